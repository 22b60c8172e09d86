/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the arguments of http.fetch ask for
 *
 * All of it is checked before anything is sent. A mistake is final: it stays one
 * however often the job runs.
 */

#include "request.h"

#include <asyncq-plugin.h>

#include <math.h>
#include <string.h>

/* a result is 1 MiB at most: the rest is for the headers */
#define MAX_RESULT_BODY_BYTES (1024 * 1024 - 64 * 1024)
#define DEFAULT_TIMEOUT_SECONDS 60.0
#define MAX_TIMEOUT_SECONDS (24.0 * 60 * 60)

/* one option: its type, and what it does */
typedef struct
{
  const char *name;
  const char *type;
  gboolean  (*take) (Request   *request,
                     GVariant  *value,
                     GError   **error);
} Option;

static void
set_mistake (GError     **error,
             const char  *message)
{
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, message);
}

static gboolean
is_token (const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("!#$%&'*+-.^_`|~", *c) == NULL)
      return FALSE;
  return *text != '\0';
}

static gboolean
take_any_status (Request   *request,
                 GVariant  *value,
                 GError   **error)
{
  request->any_status = g_variant_get_boolean (value);
  return TRUE;
}

static gboolean
take_body (Request   *request,
           GVariant  *value,
           GError   **error)
{
  g_autoptr(GBytes) bytes = g_variant_get_data_as_bytes (value);

  soup_message_set_request_body_from_bytes (request->message, NULL, bytes);
  return TRUE;
}

static gboolean
take_follow (Request   *request,
             GVariant  *value,
             GError   **error)
{
  if (!g_variant_get_boolean (value))
    soup_message_add_flags (request->message, SOUP_MESSAGE_NO_REDIRECT);
  return TRUE;
}

static gboolean
take_headers (Request   *request,
              GVariant  *value,
              GError   **error)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (request->message);
  const char *name, *text;
  GVariantIter iter;

  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &text))
    {
      if (!is_token (name) || strpbrk (text, "\r\n") != NULL)
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "the header '%s' is none", name);
          return FALSE;
        }
      soup_message_headers_replace (headers, name, text);
    }
  return TRUE;
}

static gboolean
take_max_size (Request   *request,
               GVariant  *value,
               GError   **error)
{
  request->max_bytes = g_variant_get_uint64 (value);
  return TRUE;
}

static gboolean
take_method (Request   *request,
             GVariant  *value,
             GError   **error)
{
  const char *method = g_variant_get_string (value, NULL);

  if (!is_token (method) || g_str_equal (method, "CONNECT"))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "the method '%s' is none", method);
      return FALSE;
    }
  soup_message_set_method (request->message, method);
  return TRUE;
}

static gboolean
take_save_to (Request   *request,
              GVariant  *value,
              GError   **error)
{
  const char *path = g_variant_get_string (value, NULL);

  if (!g_path_is_absolute (path))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "'%s' is no absolute path", path);
      return FALSE;
    }
  request->save_to = g_strdup (path);
  return TRUE;
}

static gboolean
take_timeout (Request   *request,
              GVariant  *value,
              GError   **error)
{
  double seconds = g_variant_get_double (value);

  if (!(seconds > 0.0 && seconds <= MAX_TIMEOUT_SECONDS))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "the time-out is %g seconds, wanted up to %g", seconds,
                   MAX_TIMEOUT_SECONDS);
      return FALSE;
    }
  request->timeout_usec = (gint64) (seconds * G_USEC_PER_SEC);
  return TRUE;
}

static const Option options[] = {
  { "any-status", "b", take_any_status },
  { "body", "ay", take_body },
  { "follow-redirects", "b", take_follow },
  { "headers", "a{ss}", take_headers },
  { "max-size", "t", take_max_size },
  { "method", "s", take_method },
  { "save-to", "s", take_save_to },
  { "timeout", "d", take_timeout },
};

static gboolean
take_option (Request     *self,
             const char  *name,
             GVariant    *value,
             GError     **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      if (!g_str_equal (options[i].name, name))
        continue;
      if (g_variant_is_of_type (value, G_VARIANT_TYPE (options[i].type)))
        return options[i].take (self, value, error);
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "the option '%s' is of type '%s', wanted '%s'", name,
                   g_variant_get_type_string (value), options[i].type);
      return FALSE;
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "there is no option '%s'", name);
  return FALSE;
}

/* libsoup speaks no other protocols, but what it says of them is for programmers */
static gboolean
parse_address (Request     *self,
               const char  *address,
               GError     **error)
{
  g_autoptr(GUri) uri = g_uri_parse (address, SOUP_HTTP_URI_FLAGS, NULL);
  const char *scheme = uri == NULL ? "" : g_uri_get_scheme (uri);

  if (uri == NULL || (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https")) ||
      g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "'%s' is no address of http or https", address);
      return FALSE;
    }
  self->message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  return TRUE;
}

/* @arguments: (sa{sv}). Errors: FINAL */
gboolean
request_parse (Request   *self,
               GVariant  *arguments,
               GError   **error)
{
  g_autoptr(GVariant) given = g_variant_get_child_value (arguments, 1);
  const char *address, *name;
  GVariantIter iter;
  GVariant *value;

  g_variant_get_child (arguments, 0, "&s", &address);
  if (!parse_address (self, address, error))
    return FALSE;
  self->timeout_usec = (gint64) (DEFAULT_TIMEOUT_SECONDS * G_USEC_PER_SEC);
  g_variant_iter_init (&iter, given);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_autoptr(GVariant) owned = value;

      if (!take_option (self, name, owned, error))
        return FALSE;
    }
  if (self->save_to != NULL)
    return TRUE;
  if (self->max_bytes == 0)
    self->max_bytes = MAX_RESULT_BODY_BYTES;
  if (self->max_bytes <= MAX_RESULT_BODY_BYTES)
    return TRUE;
  set_mistake (error, "a body of that size is no result: name a file with 'save-to'");
  return FALSE;
}

void
request_clear (Request *self)
{
  g_clear_object (&self->message);
  g_clear_pointer (&self->save_to, g_free);
}
