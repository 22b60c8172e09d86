/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-list.h"

G_BEGIN_DECLS

/* what an entry says about other jobs */
typedef struct
{
  const char *kind;       /* nullable, and so the others */
  const char *role;
  const char *on;
  GVariant   *after;      /* a(us) */
  GVariant   *after_jobs; /* a(ts) */
  gboolean    has_parent; /* "parent" or "parent-job" */
} AqEdgeKeys;

/* One entry, as it is read. Strings and values are borrowed from the list, which keeps them. */
typedef struct
{
  AqDraftList *list;
  AqDraft     *draft;

  const char  *function;
  AqEdgeKeys   edges;
  GVariant    *arguments;
  GVariant    *named;
  gboolean     defer_check;
} AqDraftEntry;

/* what reads a key: see the table in aq-draft-list.c */
typedef gboolean (*AqDraftRead) (AqDraftEntry  *entry,
                                 const char    *key,
                                 GVariant      *value,
                                 GError       **error);

G_END_DECLS
