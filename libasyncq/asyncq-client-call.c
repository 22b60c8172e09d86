/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The calls of each kind of object of the daemon
 */

#include "config.h"

#include "asyncq-client-private.h"

#define MANAGER_PATH "/org/asyncq"
#define MANAGER_INTERFACE "org.asyncq.Manager1"
#define JOB_PATH_FORMAT MANAGER_PATH "/jobs/%" G_GUINT64_FORMAT
#define JOB_INTERFACE "org.asyncq.Job1"
#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

/* @reply_type: static text of a tuple type; @parameters: floating, or NULL */
AsyncqCall
_asyncq_call_of_manager (const char *method,
                         GVariant   *parameters,
                         const char *reply_type)
{
  return (AsyncqCall) {
    .path = g_strdup (MANAGER_PATH),
    .interface = MANAGER_INTERFACE,
    .method = method,
    .parameters = parameters,
    .reply_type = G_VARIANT_TYPE (reply_type),
  };
}

AsyncqCall
_asyncq_call_of_job (guint64     id,
                     const char *method,
                     GVariant   *parameters,
                     const char *reply_type)
{
  return (AsyncqCall) {
    .path = g_strdup_printf (JOB_PATH_FORMAT, id),
    .interface = JOB_INTERFACE,
    .method = method,
    .parameters = parameters,
    .reply_type = G_VARIANT_TYPE (reply_type),
  };
}

/* as systemd escapes a part of a path: what is no letter or digit is `_` and two digits */
static char *
dup_label (const char *name)
{
  GString *label = g_string_new (*name != '\0' ? NULL : "_");

  for (const char *c = name; *c != '\0'; c++)
    if (g_ascii_isalpha (*c) || (g_ascii_isdigit (*c) && c != name))
      g_string_append_c (label, *c);
    else
      g_string_append_printf (label, "_%02x", (guint8) *c);
  return g_string_free (label, FALSE);
}

AsyncqCall
_asyncq_call_of_named (const char *folder,
                       const char *interface,
                       const char *name,
                       const char *method,
                       GVariant   *parameters,
                       const char *reply_type)
{
  g_autofree char *label = dup_label (name);

  return (AsyncqCall) {
    .path = g_strdup_printf (MANAGER_PATH "/%s/%s", folder, label),
    .interface = interface,
    .method = method,
    .parameters = parameters,
    .reply_type = G_VARIANT_TYPE (reply_type),
  };
}

AsyncqCall
_asyncq_call_of_properties (AsyncqCall call)
{
  call.parameters = g_variant_new ("(s)", call.interface);
  call.interface = PROPERTIES_INTERFACE;
  return call;
}

GVariant *
_asyncq_settings_or_empty (GVariant *settings)
{
  return settings != NULL ? settings : g_variant_new ("a{sv}", NULL);
}
