/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-clock.h"

G_BEGIN_DECLS

/* What follows when something that was asked to stop does not. */
typedef struct _AqLadder AqLadder;

/* how long it has for each; 0: the next follows at once */
typedef struct
{
  gint64 stop_usec; /* from when it was asked to stop to SIGTERM */
  gint64 kill_usec; /* from that to SIGKILL */
} AqLadderTimes;

typedef enum
{
  AQ_RUNG_ASKED,
  AQ_RUNG_TERMINATED,
  AQ_RUNG_KILLED
} AqRung;

/* @reason: (transfer full): "was killed, as it had not ended …", for people; may free the ladder */
typedef void (*AqLadderFunc) (AqRung    rung,
                              char     *reason,
                              gpointer  user_data);

AqLadder *aq_ladder_new  (AqClock              *clock,
                          const AqLadderTimes  *times,
                          AqLadderFunc          func,
                          gpointer              user_data);
void      aq_ladder_free (AqLadder             *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqLadder, aq_ladder_free)

G_END_DECLS
