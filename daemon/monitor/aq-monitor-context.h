/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-clock.h"
#include "core/aq-dispatcher.h"
#include "core/aq-engine.h"

G_BEGIN_DECLS

/* What the monitor may look at. All borrowed: main owns them and outlives it. */
typedef struct
{
  AqEngine     *engine;
  AqDispatcher *dispatcher;
  AqClock      *clock;
} AqMonitorContext;

G_END_DECLS
