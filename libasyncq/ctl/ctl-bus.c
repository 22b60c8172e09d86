/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Any object of the bus: for call, introspect and get-property
 */

#include "config.h"

#include "ctl-bus.h"

#include "ctl-suggest.h"

#include <glib/gi18n.h>
#include <string.h>

char *
ctl_bus_dup_path (const char  *word,
                  GError     **error)
{
  guint64 id;

  if (g_variant_is_object_path (word))
    return g_strdup (word);
  if (ctl_parse_id (word, &id, NULL))
    return g_strdup_printf ("/org/asyncq/jobs/%" G_GUINT64_FORMAT, id);
  /* TRANSLATORS: %s is what was given for the path of an object */
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               _ ("'%s' is no object's path; write /org/asyncq, or 30 for a job"), word);
  return NULL;
}

/* @parameters: floating, or NULL; returns the reply, a tuple */
GVariant *
ctl_bus_call (CtlContext  *context,
              const char  *path,
              const char  *interface,
              const char  *method,
              GVariant    *parameters,
              GError     **error)
{
  g_autoptr(GVariant) owned = parameters != NULL ? g_variant_ref_sink (parameters) : NULL;
  AsyncqClient *client = ctl_context_connect (context, error);
  gint64 timeout_msec = context->timeout_usec < 0 ? G_MAXINT : context->timeout_usec / 1000;
  g_autoptr(GError) reason = NULL;
  GVariant *reply;

  if (client == NULL)
    return NULL;
  reply = g_dbus_connection_call_sync (asyncq_client_get_connection (client), NULL, path, interface,
                                       method, owned, NULL, G_DBUS_CALL_FLAGS_NONE,
                                       (int) CLAMP (timeout_msec, 1, G_MAXINT), NULL, &reason);
  if (reply != NULL)
    return reply;
  if (g_dbus_error_is_remote_error (reason))
    (void) g_dbus_error_strip_remote_error (reason);
  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT, reason->message);
  else if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CLOSED))
    g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING, reason->message);
  else
    g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

char *
ctl_bus_dup_xml (CtlContext  *context,
                 const char  *path,
                 GError     **error)
{
  g_autoptr(GVariant) reply = NULL;
  const char *xml;

  reply = ctl_bus_call (context, path, "org.freedesktop.DBus.Introspectable", "Introspect", NULL, error);
  if (reply == NULL)
    return NULL;
  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE ("(s)")))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, _("the daemon's answer cannot be read"));
      return NULL;
    }
  g_variant_get (reply, "(&s)", &xml);
  return g_strdup (xml);
}

GDBusNodeInfo *
ctl_bus_introspect (CtlContext  *context,
                    const char  *path,
                    GError     **error)
{
  g_autofree char *xml = ctl_bus_dup_xml (context, path, error);

  return xml != NULL ? g_dbus_node_info_new_for_xml (xml, error) : NULL;
}

/* the interface of this name, borrowed; the part after the last dot will do */
GDBusInterfaceInfo *
ctl_bus_find (GDBusNodeInfo  *node,
              const char     *path,
              const char     *interface,
              GError        **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  const char *meant;

  for (guint i = 0; node->interfaces != NULL && node->interfaces[i] != NULL; i++)
    {
      const char *name = node->interfaces[i]->name;
      const char *dot = strrchr (name, '.');

      if (g_str_equal (name, interface) || (dot != NULL && g_str_equal (dot + 1, interface)))
        return node->interfaces[i];
      g_ptr_array_add (names, (gpointer) name);
      if (dot != NULL)
        g_ptr_array_add (names, (gpointer) (dot + 1));
    }
  g_ptr_array_add (names, NULL);
  meant = ctl_suggest (interface, (const char * const *) names->pdata);
  if (meant != NULL)
    /* TRANSLATORS: the path of an object, and the names of two interfaces */
    g_set_error (error, CTL_ERROR, CTL_ERROR_NO_SUCH_OBJECT,
                 _ ("'%s' has no interface '%s'; did you mean '%s'?"), path, interface, meant);
  else
    /* TRANSLATORS: the path of an object, and the name of an interface */
    g_set_error (error, CTL_ERROR, CTL_ERROR_NO_SUCH_OBJECT, _ ("'%s' has no interface '%s'"), path,
                 interface);
  return NULL;
}
