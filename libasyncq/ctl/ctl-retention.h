/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* what the daemon keeps of jobs that have ended, for people: a line for all queues, and one for each
 * queue and outcome that differs; @status: a{sv}, of the daemon */
char **ctl_retention_dup_lines (GVariant *status);

G_END_DECLS
