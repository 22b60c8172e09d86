/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"
#include "work/aq-plugin-directory.h"
#include "work/aq-slot.h"

G_BEGIN_DECLS

/* The slots of one agent, a worker process in each. There are more while it has become smaller. */
typedef struct _AqPool AqPool;

/* a slot of a pool that drains has become empty */
typedef void (*AqPoolDrained) (gpointer user_data);

AqPool *aq_pool_new            (AqEngine           *engine,
                                AqPluginDirectory  *plugins,
                                const AqSlotSettings *settings,
                                AqAgent            *agent);
AqPool *aq_pool_ref            (AqPool             *self);
void    aq_pool_unref          (AqPool             *self);
void    aq_pool_start          (AqPool             *self);
void    aq_pool_stop           (AqPool             *self);
void    aq_pool_fill           (AqPool             *self);
void    aq_pool_plugin_changed (AqPool             *self,
                                const char         *plugin);
AqAgent *aq_pool_get_agent     (AqPool             *self);
void    aq_pool_set_agent      (AqPool             *self,
                                AqAgent            *agent);
void    aq_pool_drop_closed    (AqPool             *self);
void    aq_pool_add_pids       (AqPool             *self,
                                GArray             *pids);
void    aq_pool_list_running   (AqPool             *self,
                                GVariantBuilder    *builder);
void    aq_pool_list_troubles  (AqPool             *self,
                                GVariantBuilder    *builder);
guint   aq_pool_count_jobs     (AqPool             *self);
guint   aq_pool_count_free     (AqPool             *self);
GVariant *aq_pool_dup_witness  (AqPool             *self,
                                guint64             lease);
gboolean aq_pool_stop_job      (AqPool             *self,
                                guint64             lease);

/* towards the end of the service */
void    aq_pool_drain          (AqPool             *self,
                                AqPoolDrained       drained,
                                gpointer            user_data);
void    aq_pool_interrupt      (AqPool             *self);
gboolean aq_pool_is_empty      (AqPool             *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqPool, aq_pool_unref)

/* adds which generations its workers have loaded: see aq-plugin-view.h */
void     aq_pool_count_plugins (AqPool     *self,
                                GHashTable *workers);

G_END_DECLS
