/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The guard
 *
 * A web page that the user looks at can make the browser connect to loopback,
 * and a name of its own can be made to mean 127.0.0.1. So on TCP being local
 * proves nothing, and each request passes three gates, in this order:
 *
 *   1. Host: one, and byte for byte one of those that we answer to; else 421.
 *   2. Origin: if there is one, byte for byte one of ours; else 403. A cookie
 *      is worth nothing without an Origin, as the browser adds it by itself.
 *   3. The token, as "Authorization: Bearer", or the cookie it was exchanged
 *      for; else 401.
 *
 * Nothing is parsed or normalised: what is not equal to a listed text is not
 * allowed, so there is no spelling to find that means something else elsewhere.
 */

#include "config.h"

#include "monitor/aq-monitor-guard.h"

#include <string.h>

#define BEARER "Bearer "
#define HTTP_PORT 80

#define UNAUTHORIZED 401
#define FORBIDDEN 403
#define MISDIRECTED 421

struct _AqMonitorGuard
{
  char       *token;
  char       *session; /* what the cookie has; new at each start */
  GHashTable *hosts;   /* of char *, as a set */
  GHashTable *origins;
};

static void
add_own_names (AqMonitorGuard *self,
               guint           port)
{
  static const char * const names[] = { "localhost", "127.0.0.1", "[::1]" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_hash_table_add (self->hosts, g_strdup_printf ("%s:%u", names[i], port));
      g_hash_table_add (self->origins, g_strdup_printf ("http://%s:%u", names[i], port));
      /* RFC 6454, section 6.2: a scheme's own port is not spelled out */
      if (port == HTTP_PORT)
        {
          g_hash_table_add (self->hosts, g_strdup (names[i]));
          g_hash_table_add (self->origins, g_strdup_printf ("http://%s", names[i]));
        }
    }
}

static void
add_all (GHashTable         *set,
         const char * const *texts)
{
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    g_hash_table_add (set, g_strdup (texts[i]));
}

/**
 * aq_monitor_guard_new:
 * @token: (nullable): what clients on TCP have to know; %NULL where there is no TCP
 * @port: where we listen; 0 where there is no TCP
 * @allowed_hosts: (nullable): more values of Host
 * @allowed_origins: (nullable): more values of Origin
 *
 * Returns: (transfer full): a guard
 *
 * Since: 0.1
 */
AqMonitorGuard *
aq_monitor_guard_new (const char         *token,
                      guint               port,
                      const char * const *allowed_hosts,
                      const char * const *allowed_origins)
{
  AqMonitorGuard *self = g_new0 (AqMonitorGuard, 1);

  self->token = g_strdup (token);
  self->session = aq_monitor_token_new ();
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (port != 0)
    add_own_names (self, port);
  add_all (self->hosts, allowed_hosts);
  add_all (self->origins, allowed_origins);
  return self;
}

void
aq_monitor_guard_free (AqMonitorGuard *self)
{
  g_free (self->token);
  g_free (self->session);
  g_hash_table_unref (self->hosts);
  g_hash_table_unref (self->origins);
  g_free (self);
}

/* what the cookie has to have */
const char *
aq_monitor_guard_get_session (AqMonitorGuard *self)
{
  return self->session;
}

/* takes as long wherever the first difference is; the length is no secret */
static gboolean
equal_secrets (const char *secret,
               const char *given,
               gsize       length)
{
  volatile guchar difference = 0;

  if (secret == NULL || length != AQ_MONITOR_TOKEN_LENGTH)
    return FALSE;
  for (gsize i = 0; i < AQ_MONITOR_TOKEN_LENGTH; i++)
    difference |= (guchar) secret[i] ^ (guchar) given[i];
  return difference == 0;
}

static gboolean
has_token (AqMonitorGuard *self,
           const char     *authorization)
{
  const char *token;

  if (authorization == NULL || g_ascii_strncasecmp (authorization, BEARER, strlen (BEARER)) != 0)
    return FALSE;
  token = authorization + strlen (BEARER);
  return equal_secrets (self->token, token, strlen (token));
}

/* RFC 6265, section 4.2.1: NAME=VALUE; NAME=VALUE */
static gboolean
has_session (AqMonitorGuard *self,
             const char     *cookie)
{
  const char *next = cookie;

  while (next != NULL)
    {
      const char *end = strchr (next, ';');
      gsize length;

      while (*next == ' ')
        next++;
      length = end != NULL && end > next ? (gsize) (end - next) : strlen (next);
      if (g_str_has_prefix (next, AQ_MONITOR_COOKIE "=") && length >= strlen (AQ_MONITOR_COOKIE "=") &&
          equal_secrets (self->session, next + strlen (AQ_MONITOR_COOKIE "="),
                         length - strlen (AQ_MONITOR_COOKIE "=")))
        return TRUE;
      next = end != NULL ? end + 1 : NULL;
    }
  return FALSE;
}

static gboolean
is_known (GHashTable *set,
          guint       n,
          const char *text)
{
  return n == 1 && text != NULL && g_hash_table_contains (set, text);
}

static guint
check_token (AqMonitorGuard          *self,
             const AqMonitorRequest  *request,
             const char             **out_reason)
{
  if (request->authorization != NULL)
    {
      if (has_token (self, request->authorization))
        return 0;
      *out_reason = "the token is wrong";
      return UNAUTHORIZED;
    }
  /* the cookie is what the token is exchanged for, so it is not enough for another exchange */
  if (g_str_equal (request->method, "POST") || !has_session (self, request->cookie))
    {
      *out_reason = request->cookie != NULL ? "the cookie is wrong" : "there is no token";
      return UNAUTHORIZED;
    }
  if (request->n_origins == 0)
    {
      *out_reason = "a cookie needs an Origin";
      return FORBIDDEN;
    }
  return 0;
}

/**
 * aq_monitor_guard_check:
 * @self: a guard
 * @request: the head of a request
 * @out_reason: (out) (transfer none): why it is refused; untouched if it is not
 *
 * Returns: 0 if the request may pass, else the HTTP status to refuse it with
 *
 * Since: 0.1
 */
guint
aq_monitor_guard_check (AqMonitorGuard          *self,
                        const AqMonitorRequest  *request,
                        const char             **out_reason)
{
  if (!request->local && !is_known (self->hosts, request->n_hosts, request->host))
    {
      *out_reason = "the Host is not one of ours";
      return MISDIRECTED;
    }
  if (request->n_origins > 0 && !is_known (self->origins, request->n_origins, request->origin))
    {
      *out_reason = "the Origin is not allowed";
      return FORBIDDEN;
    }
  if (request->local)
    return 0;
  /* anybody may read what this is; there is nothing in it */
  if (!request->upgrade && g_str_equal (request->method, "GET"))
    return 0;
  return check_token (self, request, out_reason);
}
