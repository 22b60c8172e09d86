/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/*
 * A named value that outlives jobs: an item of the store. It keeps its type, and
 * each change gives it another version.
 */

#define AQ_MAX_OBJECT_BYTES (1024 * 1024)

/* an item's value: "value" v, "version" t, "changed" x (wall clock) */
GVariant    *aq_object_get_value   (const AqItem   *self); /* (transfer full) */
guint64      aq_object_get_version (const AqItem   *self);
gint64       aq_object_get_changed (const AqItem   *self);

gboolean     aq_object_check_name  (const char     *name,
                                    GError        **error);
/* borrowed. Errors: NO_SUCH_OBJECT, with what may have been meant */
AqItem      *aq_object_require     (AqTransaction  *transaction,
                                    const char     *name,
                                    GError        **error);
/* whether @value may become that of @self. Errors: TOO_LARGE; INVALID if it is of another type */
gboolean     aq_object_check_value (const AqItem   *self,
                                    GVariant       *value,
                                    GError        **error);
void         aq_object_set         (AqTransaction  *transaction,
                                    const char     *name,
                                    GVariant       *value,
                                    guint64         version);
/* whether the objects that drafts are bound to are there. Errors: NO_SUCH_OBJECT, BAD_ARGUMENTS */
gboolean     aq_object_check_drafts (AqTransaction *transaction,
                                    const AqDraft  *drafts,
                                    guint           n_drafts,
                                    GError        **error);

G_END_DECLS
