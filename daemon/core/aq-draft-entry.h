/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-list.h"

G_BEGIN_DECLS

/* One entry, as it is read. Strings and values are borrowed from the list, which keeps them. */
typedef struct
{
  AqDraftList *list;
  AqDraft     *draft;

  const char  *function;
  const char  *kind;
  const char  *role;
  GVariant    *arguments;
  GVariant    *named;
  gboolean     defer_check;
  gboolean     has_parent;
} AqDraftEntry;

/* what reads a key: see the table in aq-draft-list.c */
typedef gboolean (*AqDraftRead) (AqDraftEntry  *entry,
                                 const char    *key,
                                 GVariant      *value,
                                 GError       **error);

G_END_DECLS
