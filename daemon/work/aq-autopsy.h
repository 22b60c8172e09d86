/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-clock.h"
#include "work/aq-plugin.h"

G_BEGIN_DECLS

/* One run of asyncq-symbolizer: where a worker has crashed. */
typedef struct _AqAutopsy AqAutopsy;

/* @stack: (nullable): `aa{sv}`, not empty; NULL where nothing was found */
typedef void (*AqAutopsyFunc) (GVariant *stack,
                               gpointer  user_data);

AqAutopsy *aq_autopsy_new  (AqClock        *clock,
                            const char     *worker_program,
                            int             report_fd,
                            GPtrArray      *plugins,
                            AqAutopsyFunc   func,
                            gpointer        user_data,
                            GError        **error);
void       aq_autopsy_free (AqAutopsy      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqAutopsy, aq_autopsy_free)

G_END_DECLS
