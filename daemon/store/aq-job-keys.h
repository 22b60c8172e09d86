/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which job has which key, a submit key or a unique key, be it in memory or away. */
typedef struct _AqJobKeys AqJobKeys;

AqJobKeys *aq_job_keys_new         (void);
void       aq_job_keys_free        (AqJobKeys  *self);
void       aq_job_keys_add         (AqJobKeys  *self,
                                    const char *key,
                                    guint64     id);
/* 0: none */
guint64    aq_job_keys_get         (AqJobKeys  *self,
                                    const char *key);
void       aq_job_keys_remove      (AqJobKeys  *self,
                                    const char *key,
                                    guint64     id);
/* a job is away, or comes back: while it is away its key can be removed by the id */
void       aq_job_keys_send_away   (AqJobKeys  *self,
                                    const char *key,
                                    guint64     id);
void       aq_job_keys_bring_back  (AqJobKeys  *self,
                                    guint64     id);
void       aq_job_keys_remove_away (AqJobKeys  *self,
                                    guint64     id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqJobKeys, aq_job_keys_free)

G_END_DECLS
