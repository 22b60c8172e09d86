/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which job was submitted with which key, be it in memory or away. */
typedef struct _AqSubmitKeys AqSubmitKeys;

AqSubmitKeys *aq_submit_keys_new       (void);
void          aq_submit_keys_free      (AqSubmitKeys *self);
void          aq_submit_keys_add       (AqSubmitKeys *self,
                                        const char   *key,
                                        guint64       id);
/* 0: none */
guint64       aq_submit_keys_get       (AqSubmitKeys *self,
                                        const char   *key);
void          aq_submit_keys_remove    (AqSubmitKeys *self,
                                        const char   *key,
                                        guint64       id);
/* a job is away, or comes back: while it is away its key can be removed by the id */
void          aq_submit_keys_send_away (AqSubmitKeys *self,
                                        const char   *key,
                                        guint64       id);
void          aq_submit_keys_bring_back (AqSubmitKeys *self,
                                        guint64       id);
void          aq_submit_keys_remove_away (AqSubmitKeys *self,
                                        guint64       id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqSubmitKeys, aq_submit_keys_free)

G_END_DECLS
