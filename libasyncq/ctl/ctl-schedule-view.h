/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* schedules as people see them; each is a{sv}, the properties of Schedule1; @now_usec is the daemon's time */

void ctl_schedule_put_list (CtlContext *context,
                            GVariant   *schedules,
                            gint64      now_usec);
/* @times: ax: its next runs */
void ctl_schedule_put      (CtlContext *context,
                            GVariant   *schedule,
                            GVariant   *times,
                            gint64      now_usec);
/* one line on stderr: what it says, and when it is due */
void ctl_schedule_put_next (GVariant   *schedule);

G_END_DECLS
