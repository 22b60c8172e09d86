/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-meter.h"

G_BEGIN_DECLS

G_NORETURN
void aq_runner_run (int      channel_fd,
                    AqMeter *meter);

G_END_DECLS
