/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What failures of http.fetch mean to retry policies
 *
 * Who was not reached may be there later: DISCONNECTED. Who answered, but could
 * not do it now: RETRY. What will be the same the next time: FINAL.
 */

#include "failure.h"

#include <asyncq-plugin.h>

/* nobody is asked to come again in a year */
#define MAX_DELAY_SECONDS (24 * 60 * 60)

static AsyncqError
code_of_session_error (int code)
{
  switch (code)
    {
    case SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS:
    case SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION:
    case SOUP_SESSION_ERROR_REDIRECT_BAD_URI:
      return ASYNCQ_ERROR_FINAL;
    case SOUP_SESSION_ERROR_PARSING:
    case SOUP_SESSION_ERROR_ENCODING:
      return ASYNCQ_ERROR_RETRY;
    default:
      return ASYNCQ_ERROR_DISCONNECTED;
    }
}

static AsyncqError
code_of (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return ASYNCQ_ERROR_CANCELLED;
  /* a certificate that is wrong stays wrong for long */
  if (error->domain == G_TLS_ERROR)
    return error->code == G_TLS_ERROR_BAD_CERTIFICATE ? ASYNCQ_ERROR_FINAL : ASYNCQ_ERROR_DISCONNECTED;
  if (error->domain == SOUP_SESSION_ERROR)
    return code_of_session_error (error->code);
  if (error->domain == G_RESOLVER_ERROR)
    return ASYNCQ_ERROR_DISCONNECTED;
  if (error->domain != G_IO_ERROR)
    return ASYNCQ_ERROR_FAILED;
  switch (error->code)
    {
    case G_IO_ERROR_INVALID_DATA:
    case G_IO_ERROR_PARTIAL_INPUT:
      return ASYNCQ_ERROR_RETRY;
    case G_IO_ERROR_NO_SPACE:
    case G_IO_ERROR_PERMISSION_DENIED:
    case G_IO_ERROR_NOT_FOUND:
    case G_IO_ERROR_IS_DIRECTORY:
    case G_IO_ERROR_READ_ONLY:
      return ASYNCQ_ERROR_FAILED; /* of the file that is written */
    default:
      return ASYNCQ_ERROR_DISCONNECTED;
    }
}

/* Returns: (transfer full): what it is to the daemon that there was no whole answer */
GError *
failure_of_transport (const GError *error,
                      const char   *address)
{
  if (error->domain == ASYNCQ_ERROR)
    return g_error_copy (error);
  return g_error_new (ASYNCQ_ERROR, code_of (error), "could not fetch '%s': %s", address, error->message);
}

/* Returns: (transfer full): likewise, that the answer has this status */
GError *
failure_of_status (guint       status,
                   const char *reason)
{
  gboolean is_for_now = status >= 500 || status == SOUP_STATUS_REQUEST_TIMEOUT || status == 425 || status == 429;

  /* not implemented is not implemented later */
  if (status == SOUP_STATUS_NOT_IMPLEMENTED || status == SOUP_STATUS_HTTP_VERSION_NOT_SUPPORTED)
    is_for_now = FALSE;
  return g_error_new (ASYNCQ_ERROR, is_for_now ? ASYNCQ_ERROR_RETRY : ASYNCQ_ERROR_FINAL,
                      "the answer is %u %s", status, reason == NULL ? "" : reason);
}

/* Returns: when the server wants to be asked again, in microseconds from now; -1: it does not say */
gint64
failure_get_delay (guint               status,
                   SoupMessageHeaders *headers)
{
  const char *text = soup_message_headers_get_one (headers, "Retry-After");
  g_autoptr(GDateTime) date = NULL;
  guint64 seconds;
  gint64 delay;

  if (text == NULL || (status != 429 && status != SOUP_STATUS_SERVICE_UNAVAILABLE))
    return -1;
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &seconds, NULL))
    return (gint64) MIN (seconds, MAX_DELAY_SECONDS) * G_USEC_PER_SEC;
  date = soup_date_time_new_from_http_string (text);
  if (date == NULL)
    return -1;
  delay = g_date_time_to_unix (date) - g_get_real_time () / G_USEC_PER_SEC;
  return CLAMP (delay, 0, MAX_DELAY_SECONDS) * G_USEC_PER_SEC;
}
