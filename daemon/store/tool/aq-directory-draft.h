/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A new directory that is made beside its place, and is there whole or not at all. */
typedef struct
{
  char *place; /* owned: where it is to be */
  char *path;  /* owned: where it is until then; NULL: it is in its place */
} AqDirectoryDraft;

gboolean aq_directory_draft_begin   (AqDirectoryDraft  *self,
                                     const char        *place,
                                     GError           **error);
gboolean aq_directory_draft_commit  (AqDirectoryDraft  *self,
                                     GError           **error);
gboolean aq_directory_draft_replace (AqDirectoryDraft  *self,
                                     GError           **error);
void     aq_directory_draft_clear   (AqDirectoryDraft  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqDirectoryDraft, aq_directory_draft_clear)

G_END_DECLS
