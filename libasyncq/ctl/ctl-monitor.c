/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the verbs that talk to the monitor have in common
 */

#include "config.h"

#include "ctl-monitor.h"

#include <glib/gi18n.h>
#include <string.h>

gboolean
ctl_monitor_find (CtlContext  *context,
                  char       **out_address,
                  guint64     *out_sequence,
                  GError     **error)
{
  AsyncqClient *client = ctl_context_connect (context, error);
  g_autoptr(GVariant) properties = NULL;
  g_autoptr(GVariant) status = NULL;
  const char *address = "";
  guint64 sequence = 0;

  if (client == NULL || (properties = asyncq_client_get_status_sync (client, NULL, error)) == NULL)
    return FALSE;
  (void) g_variant_lookup (properties, "MonitorAddress", "&s", &address);
  status = g_variant_lookup_value (properties, "Status", G_VARIANT_TYPE_VARDICT);
  if (status != NULL)
    (void) g_variant_lookup (status, "sequence", "t", &sequence);
  if (*address == '\0')
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING,
                           _("the daemon has no monitor; its configuration says so, or its log says why"));
      return FALSE;
    }
  *out_address = g_strdup (address);
  if (out_sequence != NULL)
    *out_sequence = sequence;
  return TRUE;
}

gboolean
ctl_monitor_is_error (const char *text)
{
  return g_str_has_prefix (text, "Traceback ") || g_str_has_prefix (text, "Invalid command ") ||
         g_str_has_prefix (text, "[Unknown tool name ");
}

char *
ctl_monitor_dup_error (const char *text)
{
  g_autofree char *trimmed = g_strchomp (g_strdup (text));
  const char *last = strrchr (trimmed, '\n');

  if (g_str_has_prefix (trimmed, "Invalid command "))
    return g_strndup (trimmed, strcspn (trimmed, "\n"));
  return g_strdup (last != NULL ? last + 1 : trimmed);
}
