/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* runs the jobs that come through the socket, until the daemon closes it */
G_NORETURN
void aq_runner_run (int channel_fd);

G_END_DECLS
