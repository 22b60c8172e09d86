/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Shows on stderr how far a long piece of work is: a bar on a terminal, else a line every 10 s. */
typedef struct _AqMeter AqMeter;

typedef enum
{
  AQ_METER_SHOWN,
  AQ_METER_QUIET
} AqMeterMode;

AqMeter *aq_meter_new     (const char  *program,
                           AqMeterMode  mode);
void     aq_meter_free    (AqMeter     *self);
void     aq_meter_begin   (AqMeter     *self,
                           const char  *what,
                           guint64      total);
void     aq_meter_advance (AqMeter     *self,
                           guint64      amount);
void     aq_meter_end     (AqMeter     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqMeter, aq_meter_free)

G_END_DECLS
