/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* the path of an object: as given, or of a job, as 30 or @30 */
char               *ctl_bus_dup_path    (const char    *word,
                                         GError       **error);
char               *ctl_bus_dup_xml     (CtlContext    *context,
                                         const char    *path,
                                         GError       **error);
GDBusNodeInfo      *ctl_bus_introspect  (CtlContext    *context,
                                         const char    *path,
                                         GError       **error);
GDBusInterfaceInfo *ctl_bus_find        (GDBusNodeInfo *node,
                                         const char    *path,
                                         const char    *interface,
                                         GError       **error);
GVariant           *ctl_bus_call        (CtlContext    *context,
                                         const char    *path,
                                         const char    *interface,
                                         const char    *method,
                                         GVariant      *parameters,
                                         GError       **error);

G_END_DECLS
