/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "monitor/aq-monitor-guard.h"

#include "libasyncq/asyncq-error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define BEARER "Bearer " TOKEN
#define HOST "localhost:8970"
#define ORIGIN "http://localhost:8970"

static AqMonitorGuard *
new_guard (void)
{
  const char * const hosts[] = { "monitor.example:8443", NULL };
  const char * const origins[] = { "https://ops.example", NULL };

  return aq_monitor_guard_new (TOKEN, 8970, hosts, origins);
}

/* one that passes: an upgrade over TCP with the token */
static const AqMonitorRequest good = {
  .method = "GET",
  .path = "/ws",
  .upgrade = TRUE,
  .n_hosts = 1,
  .host = HOST,
  .authorization = BEARER,
};

static guint
check (const AqMonitorRequest *request)
{
  g_autoptr(AqMonitorGuard) guard = new_guard ();
  const char *reason = NULL;
  guint status = aq_monitor_guard_check (guard, request, &reason);

  g_assert_true ((status == 0) == (reason == NULL));
  return status;
}

static void
test_hosts (void)
{
  static const char * const bad[] = {
    "", "localhost", "127.0.0.1", "[::1]", "localhost:8971", "localhost:08970", "localhost:8970 ",
    " localhost:8970", "LOCALHOST:8970", "localhost.:8970", "localhost:8970.evil.example",
    "localhost.evil.example:8970", "evil.example:8970", "evil.example", "user@localhost:8970", "127.1:8970",
    "127.0.0.1.:8970", "0.0.0.0:8970", "2130706433:8970", "0x7f.1:8970", "[::ffff:127.0.0.1]:8970",
    "[0:0:0:0:0:0:0:1]:8970", "::1:8970", "[::1%lo]:8970", "localhost:8970,localhost:8970",
    "monitor.example", "monitor.example:8970", "x.monitor.example:8443"
  };
  static const char * const allowed[] = { HOST, "127.0.0.1:8970", "[::1]:8970", "monitor.example:8443" };
  AqMonitorRequest request = good;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      request.host = bad[i];
      g_assert_cmpuint (check (&request), ==, 421);
    }
  for (guint i = 0; i < G_N_ELEMENTS (allowed); i++)
    {
      request.host = allowed[i];
      g_assert_cmpuint (check (&request), ==, 0);
    }
  request.n_hosts = 2;
  g_assert_cmpuint (check (&request), ==, 421);
  request.n_hosts = 0;
  request.host = NULL;
  g_assert_cmpuint (check (&request), ==, 421);
}

static void
test_origins (void)
{
  static const char * const bad[] = {
    "", "null", "NULL", "*", "http://evil.example", "http://evil.example:8970", "http://localhost",
    "http://localhost:8971", "http://localhost:89700", "http://localhost:08970", "http://localhost:8970/",
    "http://localhost:8970/x", "http://localhost:8970?x", "http://localhost:8970#x", "http://localhost:8970 ",
    "https://localhost:8970", "ws://localhost:8970", "HTTP://localhost:8970", "http://LOCALHOST:8970",
    "http://localhost.:8970", "http://localhost.evil.example:8970", "http://evil-localhost:8970",
    "http://user@localhost:8970", "http://localhost:8970@evil.example", "http://127.1:8970",
    "http://2130706433:8970", "http://0.0.0.0:8970", "http://[::ffff:127.0.0.1]:8970",
    "http://[0:0:0:0:0:0:0:1]:8970", "http://::1:8970", "localhost:8970", "//localhost:8970", "file://",
    "chrome-extension://abcdef", "data:", "about:blank", "http://localhost:8970, http://localhost:8970",
    "http://localhost%3a8970", "http://loc\xc4\x81lhost:8970", "https://ops.example:443",
    "https://ops.example.", "https://ops.example.evil.example", "https://x.ops.example", "http://ops.example"
  };
  static const char * const allowed[] = {
    ORIGIN, "http://127.0.0.1:8970", "http://[::1]:8970", "https://ops.example"
  };
  AqMonitorRequest request = good;

  request.n_origins = 1;
  for (guint local = 0; local < 2; local++)
    {
      request.local = local;
      for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
        {
          request.origin = bad[i];
          g_assert_cmpuint (check (&request), ==, 403);
        }
      for (guint i = 0; i < G_N_ELEMENTS (allowed); i++)
        {
          request.origin = allowed[i];
          g_assert_cmpuint (check (&request), ==, 0);
        }
    }
  request.n_origins = 2;
  g_assert_cmpuint (check (&request), ==, 403);
}

static void
test_tokens (void)
{
  static const char * const bad[] = {
    "", "Bearer", "Bearer ", TOKEN, "Basic " TOKEN, "Bearer  " TOKEN, BEARER " ", BEARER "0",
    "Bearer 00112233445566778899aabbccddeeff00112233445566778899aabbccddeefe",
    "Bearer 10112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    "Bearer 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
    "Bearer 00112233445566778899aabbccddeeff00112233445566778899aabbccddeef"
  };
  AqMonitorRequest request = good;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      request.authorization = bad[i];
      g_assert_cmpuint (check (&request), ==, 401);
    }
  request.authorization = NULL;
  g_assert_cmpuint (check (&request), ==, 401);
  request.authorization = "bearer " TOKEN;
  g_assert_cmpuint (check (&request), ==, 0);
}

static void
test_cookies (void)
{
  g_autoptr(AqMonitorGuard) guard = new_guard ();
  const char *session = aq_monitor_guard_get_session (guard);
  g_autofree char *alone = g_strdup_printf (AQ_MONITOR_COOKIE "=%s", session);
  g_autofree char *among = g_strdup_printf ("a=b;  " AQ_MONITOR_COOKIE "=%s; c", session);
  g_autofree char *other = g_strdup_printf ("x" AQ_MONITOR_COOKIE "=%s", session);
  g_autofree char *longer = g_strdup_printf (AQ_MONITOR_COOKIE "=%s0", session);
  const char *bad[] = { "", ";", "; ;", AQ_MONITOR_COOKIE, AQ_MONITOR_COOKIE "=", AQ_MONITOR_COOKIE "=" TOKEN,
                        other, longer };
  AqMonitorRequest request = good;
  const char *reason = NULL;

  g_assert_cmpstr (session, !=, TOKEN);
  request.authorization = NULL;
  request.cookie = alone;
  g_assert_cmpuint (aq_monitor_guard_check (guard, &request, &reason), ==, 403);
  g_assert_cmpstr (reason, ==, "a cookie needs an Origin");

  request.n_origins = 1;
  request.origin = ORIGIN;
  g_assert_cmpuint (aq_monitor_guard_check (guard, &request, &reason), ==, 0);
  request.cookie = among;
  g_assert_cmpuint (aq_monitor_guard_check (guard, &request, &reason), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      request.cookie = bad[i];
      g_assert_cmpuint (aq_monitor_guard_check (guard, &request, &reason), ==, 401);
    }

  /* what the cookie was given for cannot be done with it */
  request.cookie = alone;
  request.method = "POST";
  g_assert_cmpuint (aq_monitor_guard_check (guard, &request, &reason), ==, 401);
  /* a wrong token is wrong, whatever the cookie is */
  request.method = "GET";
  request.authorization = "Bearer x";
  g_assert_cmpuint (aq_monitor_guard_check (guard, &request, &reason), ==, 401);
}

static void
test_local (void)
{
  AqMonitorRequest request = { .local = TRUE, .method = "GET", .path = "/", .upgrade = TRUE };

  g_assert_cmpuint (check (&request), ==, 0);
  request.n_hosts = 1;
  request.host = "whatever";
  g_assert_cmpuint (check (&request), ==, 0);
}

static void
test_no_tcp_no_token (void)
{
  g_autoptr(AqMonitorGuard) guard = aq_monitor_guard_new (NULL, 0, NULL, NULL);
  AqMonitorRequest request = good;
  const char *reason = NULL;

  g_assert_cmpuint (aq_monitor_guard_check (guard, &request, &reason), ==, 421);
}

static void
test_port_80_is_not_spelled_out (void)
{
  g_autoptr(AqMonitorGuard) guard = aq_monitor_guard_new (TOKEN, 80, NULL, NULL);
  AqMonitorRequest request = good;
  const char *reason = NULL;

  request.host = "localhost";
  request.n_origins = 1;
  request.origin = "http://localhost";
  g_assert_cmpuint (aq_monitor_guard_check (guard, &request, &reason), ==, 0);
}

static void
test_token_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("asyncq-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "token", NULL);
  g_autofree char *other = g_build_filename (folder, "link", NULL);
  g_autofree char *made = aq_monitor_token_load (path, NULL);
  g_autofree char *read = aq_monitor_token_load (path, NULL);
  static const char * const bad[] = { "", "\n", TOKEN "0", TOKEN "\n\n", TOKEN "x\n", "0011\n" };
  struct stat status;

  g_assert_cmpuint (strlen (made), ==, AQ_MONITOR_TOKEN_LENGTH);
  g_assert_cmpstr (read, ==, made);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_true (g_file_set_contents_full (path, bad[i], -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
      g_assert_null (aq_monitor_token_load (path, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG);
      g_assert_nonnull (strstr (error->message, path));
    }
  g_assert_cmpint (symlink (path, other), ==, 0);
  g_assert_null (aq_monitor_token_load (other, NULL));
  g_assert_null (aq_monitor_token_load (folder, NULL));
  g_assert_null (aq_monitor_token_load ("/nowhere/at/all", NULL));

  (void) g_unlink (other);
  (void) g_unlink (path);
  (void) g_rmdir (folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/monitor/guard/hosts", test_hosts);
  g_test_add_func ("/monitor/guard/origins", test_origins);
  g_test_add_func ("/monitor/guard/tokens", test_tokens);
  g_test_add_func ("/monitor/guard/cookies", test_cookies);
  g_test_add_func ("/monitor/guard/local", test_local);
  g_test_add_func ("/monitor/guard/no-tcp-no-token", test_no_tcp_no_token);
  g_test_add_func ("/monitor/guard/port-80-is-not-spelled-out", test_port_80_is_not_spelled_out);
  g_test_add_func ("/monitor/guard/token-file", test_token_file);
  return g_test_run ();
}
