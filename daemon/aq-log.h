/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-event-log.h"

G_BEGIN_DECLS

/* Where messages go: to the journal where the service manager gave us that, else to stderr. */
void aq_log_install (const AqLogLevels *levels);

G_END_DECLS
