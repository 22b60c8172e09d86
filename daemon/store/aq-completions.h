/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-retention.h"

G_BEGIN_DECLS

/* The completed jobs in the order in which they ended, by queue and outcome: which is to go next. */
typedef struct _AqCompletions AqCompletions;

typedef gboolean (*AqCompletionsExists) (guint64  id,
                                         gpointer user_data);

AqCompletions *aq_completions_new             (AqCompletionsExists  exists,
                                               gpointer             user_data);
void           aq_completions_free            (AqCompletions       *self);
void           aq_completions_add             (AqCompletions       *self,
                                               const char          *queue,
                                               AsyncqJobOutcome     outcome,
                                               guint64              id,
                                               gint64               ended_usec);
void           aq_completions_add_first       (AqCompletions       *self,
                                               const char          *queue,
                                               AsyncqJobOutcome     outcome,
                                               guint64              id,
                                               gint64               ended_usec);
void           aq_completions_remove          (AqCompletions       *self,
                                               const char          *queue,
                                               AsyncqJobOutcome     outcome);
guint64        aq_completions_take_expired    (AqCompletions       *self,
                                               const AqRetention   *retention,
                                               gint64               now_usec);
gint64         aq_completions_get_next_expiry (AqCompletions       *self,
                                               const AqRetention   *retention);
void           aq_completions_sort            (AqCompletions       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqCompletions, aq_completions_free)

G_END_DECLS
