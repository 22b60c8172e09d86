/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-slot.h"

G_BEGIN_DECLS

/* The workers of one slot: the next one, and those that are to end. */
typedef struct _AqSuccession AqSuccession;

typedef struct
{
  const AqWorkerHooks *worker;    /* of each worker */
  AqResourceTimeOver   time_over; /* of each worker's guard */
  void               (*due)       (gpointer user_data); /* one may be taken again */
} AqSuccessionHooks;

AqSuccession *aq_succession_new             (AqClock                 *clock,
                                             const AqSlotSettings    *settings,
                                             const char              *agent,
                                             const AqSuccessionHooks *hooks,
                                             gpointer                 user_data);
void          aq_succession_free            (AqSuccession            *self);
AqWorker     *aq_succession_take            (AqSuccession            *self);
gboolean      aq_succession_is_waiting      (AqSuccession            *self);
void          aq_succession_prepare         (AqSuccession            *self);
void          aq_succession_retire          (AqSuccession            *self,
                                             AqWorker                *worker);
void          aq_succession_ended           (AqSuccession            *self,
                                             AqWorker                *worker,
                                             const AqDeath           *death);
void          aq_succession_note_failure    (AqSuccession            *self,
                                             const char              *message);
void          aq_succession_forget_failures (AqSuccession            *self);
void          aq_succession_list_trouble    (AqSuccession            *self,
                                             GVariantBuilder         *builder);
void          aq_succession_close           (AqSuccession            *self);
void          aq_succession_stop            (AqSuccession            *self);
gboolean      aq_succession_is_empty        (AqSuccession            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqSuccession, aq_succession_free)

G_END_DECLS
