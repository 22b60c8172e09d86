/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus-router.h"

G_BEGIN_DECLS

void     aq_bus_folder_answer (AqBusCall            *call,
                               GPtrArray            *labels);
void     aq_bus_folder_read   (GVariant             *list,
                               const GError         *error,
                               gpointer              call);
gboolean aq_bus_folder_export (AqBusRouter          *router,
                               AqBusObject          *object,
                               const AqBusInterface *interface,
                               const char           *path,
                               GError              **error);

G_END_DECLS
