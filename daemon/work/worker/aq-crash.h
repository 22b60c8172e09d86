/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean aq_crash_has_report   (void);
void     aq_crash_install      (int status_fd);
void     aq_crash_guard_thread (void);

G_END_DECLS
