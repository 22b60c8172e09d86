/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The daemon's temporary folder, in which workers have folders of their own. */
typedef struct _AqTemporary AqTemporary;

AqTemporary *aq_temporary_new        (const char   *worker_program);
void         aq_temporary_free       (AqTemporary  *self);
char        *aq_temporary_dup_folder (AqTemporary  *self);
void         aq_temporary_collect    (AqTemporary  *self,
                                      const char   *folder);
void         aq_temporary_discard    (AqTemporary  *self,
                                      const char   *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqTemporary, aq_temporary_free)

G_END_DECLS
