/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * D-Bus names of errors
 *
 * Our domain has its names from libasyncq. What comes from elsewhere goes out
 * under the name of ours that fits best: a client can act on a stable name,
 * and never has to know which library the daemon uses.
 */

#include "config.h"

#include "bus/aq-bus-error.h"

#include "libasyncq/asyncq-error.h"

#include <gio/gio.h>

static AsyncqError
code_for_io_error (int code)
{
  switch (code)
    {
    case G_IO_ERROR_NO_SPACE:
      return ASYNCQ_ERROR_STORE_FULL;
    case G_IO_ERROR_TIMED_OUT:
      return ASYNCQ_ERROR_TIMED_OUT;
    case G_IO_ERROR_PERMISSION_DENIED:
      return ASYNCQ_ERROR_NOT_ALLOWED;
    case G_IO_ERROR_BUSY:
      return ASYNCQ_ERROR_BUSY;
    case G_IO_ERROR_INVALID_ARGUMENT:
      return ASYNCQ_ERROR_INVALID;
    default:
      return ASYNCQ_ERROR_FAILED;
    }
}

static AsyncqError
code_for (const GError *error)
{
  if (error->domain == ASYNCQ_ERROR && error->code >= 0 && error->code < ASYNCQ_N_ERRORS)
    return error->code;
  if (error->domain == G_IO_ERROR)
    return code_for_io_error (error->code);
  if (error->domain == G_VARIANT_PARSE_ERROR)
    return ASYNCQ_ERROR_BAD_ARGUMENTS;
  return ASYNCQ_ERROR_FAILED;
}

/**
 * aq_bus_error_dup_name:
 * @error: an error of any domain
 *
 * Returns: (transfer full): the name that it has on the bus: that of D-Bus for
 *   an error of D-Bus, else one that begins `org.asyncq.Error.`
 *
 * Since: 0.1
 */
char *
aq_bus_error_dup_name (const GError *error)
{
  g_autoptr(GError) ours = NULL;

  if (error->domain == G_DBUS_ERROR)
    return g_dbus_error_encode_gerror (error);

  ours = g_error_new_literal (ASYNCQ_ERROR, code_for (error), error->message);
  return g_dbus_error_encode_gerror (ours);
}

/* NULL: the message says it all */
static const char *
advice_for (AsyncqError code)
{
  switch (code)
    {
    case ASYNCQ_ERROR_STORE_FULL:
      return "new work is taken again within a second after there is space: free some where the store is";
    case ASYNCQ_ERROR_STORE_FAILED:
      return "the log of asyncqd says more";
    case ASYNCQ_ERROR_BUSY:
      return "try again when jobs have ended, or allow more with 'max-live-bytes' in [store]";
    default:
      return NULL;
    }
}

/**
 * aq_bus_error_dup_text:
 * @error: an error of any domain
 *
 * Returns: (transfer full): its message, and where somebody else has to do something, what
 *
 * Since: 0.1
 */
char *
aq_bus_error_dup_text (const GError *error)
{
  const char *advice = advice_for (code_for (error));

  return advice != NULL ? g_strdup_printf ("%s; %s", error->message, advice) : g_strdup (error->message);
}
