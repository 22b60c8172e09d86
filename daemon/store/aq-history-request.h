/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-store.h"

G_BEGIN_DECLS

/* so many changes are one answer at most, but for a transaction that has more */
#define AQ_HISTORY_MAX_CHANGES 65536

/* One question about history, and its answer. */
typedef struct
{
  guint64        after_sequence;
  guint          max_changes; /* 1 to AQ_HISTORY_MAX_CHANGES */
  AqHistoryFunc  func;
  gpointer       user_data;

  /* the answer */
  GArray        *changes;     /* of AqJobChange, owned */
  GError        *error;       /* owned, nullable: why there is none */
} AqHistoryRequest;

AqHistoryRequest *aq_history_request_new          (guint64           after_sequence,
                                                   guint             max_changes,
                                                   AqHistoryFunc     func,
                                                   gpointer          user_data);
void              aq_history_request_free         (AqHistoryRequest *self);
/* both take it */
void              aq_history_request_answer       (AqHistoryRequest *self);
void              aq_history_request_answer_later (AqHistoryRequest *self);
gboolean          aq_history_check_sequence       (guint64           after_sequence,
                                                   guint64           flushed,
                                                   GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqHistoryRequest, aq_history_request_free)

G_END_DECLS
