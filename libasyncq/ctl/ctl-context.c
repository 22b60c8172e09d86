/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What every verb needs: the connection, exit statuses, output
 */

#include "config.h"

#include "ctl-context.h"

#include "ctl-plain.h"

#include <glib/gi18n.h>
#include <stdio.h>

G_DEFINE_QUARK (asyncqctl-error-quark, ctl_error)

void
ctl_context_clear (CtlContext *self)
{
  g_clear_pointer (&self->address, g_free);
  g_clear_object (&self->client);
}

/* the client belongs to the context; NULL with @error set */
AsyncqClient *
ctl_context_connect (CtlContext  *self,
                     GError     **error)
{
  if (self->client == NULL)
    self->client = asyncq_client_new_sync (self->address, NULL, error);
  return self->client;
}

static const struct
{
  int     code; /* of ASYNCQ_ERROR */
  CtlExit status;
} statuses[] = {
  { ASYNCQ_ERROR_INVALID, CTL_EXIT_USAGE },
  { ASYNCQ_ERROR_NO_SUCH_JOB, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_NO_SUCH_FUNCTION, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_NO_SUCH_QUEUE, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_NO_SUCH_AGENT, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_NO_SUCH_POLICY, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_NO_SUCH_FACTORY, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_NO_SUCH_LIMIT, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_NO_SUCH_SCHEDULE, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_NO_SUCH_OBJECT, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_NO_SUCH_PLUGIN, CTL_EXIT_NO_SUCH_OBJECT },
  { ASYNCQ_ERROR_EXISTS, CTL_EXIT_CONFLICT },
  { ASYNCQ_ERROR_TIMED_OUT, CTL_EXIT_TIMED_OUT },
  { ASYNCQ_ERROR_NOT_ALLOWED, CTL_EXIT_NOT_ALLOWED },
  { ASYNCQ_ERROR_NOT_RUNNING, CTL_EXIT_NOT_RUNNING },
  { ASYNCQ_ERROR_BUSY, CTL_EXIT_REFUSED },
  { ASYNCQ_ERROR_STORE_FULL, CTL_EXIT_REFUSED },
  { ASYNCQ_ERROR_STORE_FAILED, CTL_EXIT_REFUSED },
};

static CtlExit
exit_of_ctl_error (int code)
{
  switch (code)
    {
    case CTL_ERROR_USAGE:
      return CTL_EXIT_USAGE;
    case CTL_ERROR_HELD:
      return CTL_EXIT_HELD;
    case CTL_ERROR_NO_SUCH_OBJECT:
    default:
      return CTL_EXIT_NO_SUCH_OBJECT;
    }
}

CtlExit
ctl_exit_of_error (const GError *error)
{
  if (error->domain == CTL_ERROR)
    return exit_of_ctl_error (error->code);
  if (error->domain == G_OPTION_ERROR)
    return CTL_EXIT_USAGE;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    return CTL_EXIT_NOT_ALLOWED;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY))
    return CTL_EXIT_NO_SUCH_OBJECT;
  if (error->domain == ASYNCQ_ERROR)
    for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
      if (statuses[i].code == error->code)
        return statuses[i].status;
  return CTL_EXIT_ERROR;
}

CtlExit
ctl_exit_of_outcome (AsyncqJobOutcome outcome)
{
  switch (outcome)
    {
    case ASYNCQ_JOB_OUTCOME_NONE:
    case ASYNCQ_JOB_OUTCOME_SUCCEEDED:
      return CTL_EXIT_OK;
    case ASYNCQ_JOB_OUTCOME_CANCELLED:
      return CTL_EXIT_JOB_CANCELLED;
    case ASYNCQ_JOB_OUTCOME_EXPIRED:
      return CTL_EXIT_JOB_EXPIRED;
    case ASYNCQ_JOB_OUTCOME_FAILED:
    default:
      return CTL_EXIT_JOB_FAILED;
    }
}

CtlExit
ctl_exit_of_success (gboolean succeeded)
{
  return succeeded ? CTL_EXIT_OK : CTL_EXIT_ERROR;
}

/* not g_print(), which would convert: data is UTF-8 wherever it goes */
void
ctl_put (const char *format,
         ...)
{
  g_autofree char *text = NULL;
  g_autofree char *plain = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  plain = ctl_plain_dup (text);
  (void) fputs (plain, stdout); /* a failed write shows in main(), at the end */
}

void
ctl_put_raw (const char *format,
             ...)
{
  va_list arguments;

  va_start (arguments, format);
  (void) vfprintf (stdout, format, arguments); /* likewise */
  va_end (arguments);
}

void
ctl_complain (const GError *error)
{
  g_autofree char *plain = ctl_plain_dup (error->message);

  g_printerr ("asyncqctl: %s\n", plain);
}

/* D-Bus has no empty tuple; an empty list of variants stands for it, see Job1 */
gboolean
ctl_is_nothing (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_UNIT) ||
         (g_variant_is_of_type (value, G_VARIANT_TYPE ("av")) && g_variant_n_children (value) == 0);
}

gboolean
ctl_parse_id (const char  *word,
              guint64     *out_id,
              GError     **error)
{
  const char *digits = *word == '@' ? word + 1 : word;

  if (g_ascii_string_to_unsigned (digits, 10, 1, G_MAXUINT64, out_id, NULL))
    return TRUE;
  /* TRANSLATORS: %s is what was given for the number of a job */
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is not the number of a job"), word);
  return FALSE;
}
