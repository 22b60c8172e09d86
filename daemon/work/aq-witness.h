/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What one running job has said: lines for its log, and the last of what it has printed. */
typedef struct _AqWitness AqWitness;

AqWitness  *aq_witness_new              (void);
void        aq_witness_free             (AqWitness    *self);
void        aq_witness_add_line         (AqWitness    *self,
                                         gint64        wall_usec,
                                         guint         level,
                                         const char   *text);
void        aq_witness_add_output       (AqWitness    *self,
                                         const guint8 *data,
                                         gsize         size);
guint64     aq_witness_get_output_bytes (AqWitness    *self);
char       *aq_witness_dup_output       (AqWitness    *self);
void        aq_witness_tell             (AqWitness    *self,
                                         GVariantDict *evidence);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqWitness, aq_witness_free)

G_END_DECLS
