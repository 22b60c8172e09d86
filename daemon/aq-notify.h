/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tells those who started us how far we are. */
void aq_notify_service_manager (const char *state);
void aq_notify_ready_fd        (int         fd);

G_END_DECLS
