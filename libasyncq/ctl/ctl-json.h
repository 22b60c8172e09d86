/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

JsonNode *ctl_json_of_variant  (GVariant           *value);
void      ctl_json_add_variant (JsonObject         *object,
                                const char         *name,
                                GVariant           *value);
/* the properties of a job, or those @chosen, under names that stay */
JsonNode *ctl_json_of_job      (AsyncqJobInfo      *job,
                                const char * const *chosen);
/* of any object of the bus, likewise */
JsonNode *ctl_json_of_properties (GVariant         *properties);
JsonNode *ctl_json_of_failure  (const GError       *failure);
/* prints an object on a line of its own, or over several; consumes @node */
void      ctl_json_put         (CtlContext         *context,
                                JsonNode           *node);

G_END_DECLS
