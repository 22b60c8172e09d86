/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tells when a directory that cannot be used may have become one that can. */
typedef struct _AqParentWatch AqParentWatch;

typedef void (*AqParentChanged) (gpointer user_data);

AqParentWatch *aq_parent_watch_new  (const char      *path,
                                     AqParentChanged  func,
                                     gpointer         user_data);
void           aq_parent_watch_free (AqParentWatch   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqParentWatch, aq_parent_watch_free)

G_END_DECLS
