/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"
#include "work/aq-recycle.h"
#include "work/aq-resources.h"
#include "work/aq-worker.h"

G_BEGIN_DECLS

/* One place of an agent: a worker, and after it the next one. */
typedef struct _AqSlot AqSlot;

/* how its workers are dealt with; borrowed, and the same for all slots of the service */
typedef struct
{
  const char      *worker_program; /* path of asyncq-worker */
  AqLadderTimes    times;          /* of functions that say nothing, and of workers that are to end */
  AqRecycleLimits  recycle;        /* when they are replaced */
  AqResources     *resources;      /* what their jobs may take */
} AqSlotSettings;

/* the slot may be able to take jobs now, or is empty since it was to drain */
typedef void (*AqSlotOpened) (gpointer user_data);

AqSlot   *aq_slot_new             (AqEngine             *engine,
                                   const AqSlotSettings *settings,
                                   const char           *agent,
                                   AqSlotOpened          opened,
                                   gpointer              user_data);
AqSlot   *aq_slot_ref             (AqSlot           *self);
void      aq_slot_unref           (AqSlot           *self);
void      aq_slot_start           (AqSlot           *self);
void      aq_slot_stop            (AqSlot           *self);
void      aq_slot_retire          (AqSlot           *self,
                                   const char       *plugin,
                                   AqPlugin         *newest);

void      aq_slot_replace         (AqSlot           *self);
gboolean  aq_slot_is_running      (AqSlot           *self);
gboolean  aq_slot_is_coming       (AqSlot           *self);

/* whether it only ends what it has */
void      aq_slot_set_closing     (AqSlot           *self,
                                   gboolean          closing);
gboolean  aq_slot_is_closing      (AqSlot           *self);
guint     aq_slot_get_pid         (AqSlot           *self);
guint     aq_slot_get_n_runs      (AqSlot           *self);
guint     aq_slot_get_room        (AqSlot           *self);
gboolean  aq_slot_is_open         (AqSlot           *self);

/* each appends to an aa{sv} that is built: what runs, and why there is no worker, if so */
void      aq_slot_list_running    (AqSlot           *self,
                                   GVariantBuilder  *builder);
void      aq_slot_list_trouble    (AqSlot           *self,
                                   GVariantBuilder  *builder);

AqWorker *aq_slot_get_worker      (AqSlot           *self);
AqPluginFunction *
          aq_slot_get_concurrent  (AqSlot           *self);
guint     aq_slot_get_concurrent_room
                                  (AqSlot           *self);
void      aq_slot_send            (AqSlot           *self,
                                   AqWorker         *worker,
                                   guint64           position,
                                   guint             n_drops);
void      aq_slot_take_back       (AqSlot           *self);
GVariant *aq_slot_dup_witness     (AqSlot           *self,
                                   guint64           lease);
gboolean  aq_slot_stop_job        (AqSlot           *self,
                                   guint64           lease);

/* towards the end of the service */
void      aq_slot_drain           (AqSlot           *self);
void      aq_slot_interrupt       (AqSlot           *self);
gboolean  aq_slot_is_empty        (AqSlot           *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqSlot, aq_slot_unref)

G_END_DECLS
