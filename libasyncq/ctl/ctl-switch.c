/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the whole daemon does or does not do
 */

#include "config.h"

#include "ctl-switch.h"

#include "ctl-json.h"

CtlExit
ctl_switch_put (CtlContext  *context,
                const char  *property,
                const char  *name,
                gboolean     is_on,
                GError     **error)
{
  g_autoptr(GVariant) properties = asyncq_client_get_status_sync (context->client, NULL, error);
  g_autoptr(JsonObject) object = NULL;

  if (properties == NULL)
    return CTL_EXIT_ERROR;
  (void) g_variant_lookup (properties, property, "b", &is_on);
  if (context->json == CTL_JSON_OFF)
    {
      ctl_put ("%s\n", is_on ? "on" : "off");
      return CTL_EXIT_OK;
    }
  object = json_object_new ();
  json_object_set_boolean_member (object, name, is_on);
  ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
  return CTL_EXIT_OK;
}
