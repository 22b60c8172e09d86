/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "text-fixture.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

static void
on_reply (const char *text,
          gboolean    close,
          gpointer    user_data)
{
  TextFixture *self = user_data;

  g_assert_nonnull (self->session);
  if (text != NULL)
    g_string_append (self->said, text);
  if (close)
    g_string_append (self->said, "[CLOSE]\n");
  if (self->free_on_reply)
    g_clear_pointer (&self->session, aq_text_session_free);
}

static gboolean
on_watch (const char  *arguments,
          GError     **error,
          gpointer     user_data)
{
  TextFixture *self = user_data;

  g_string_append_printf (self->watched, "%s\n", arguments);
  if (self->refuse_watch)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "no such filter");
      return FALSE;
    }
  g_string_append (self->said, "[WATCHES]\n");
  return TRUE;
}

void
text_fixture_connect (TextFixture *self)
{
  const AqMonitorContext context = { self->world.engine, self->dispatcher, self->world.clock };

  g_clear_pointer (&self->session, aq_text_session_free);
  self->session = aq_text_session_new (&context, on_reply, on_watch, self);
}

void
text_fixture_set_up (TextFixture   *self,
                     gconstpointer  unused)
{
  world_set_up (&self->world, NULL);
  self->dispatcher = aq_dispatcher_new (self->world.engine, UUID, AQ_DISPATCHER_DEFAULT_POLL_USEC);
  aq_dispatcher_start (self->dispatcher);
  world_settle (&self->world);
  self->said = g_string_new (NULL);
  self->watched = g_string_new (NULL);
  text_fixture_connect (self);
}

void
text_fixture_tear_down (TextFixture   *self,
                        gconstpointer  unused)
{
  g_clear_pointer (&self->session, aq_text_session_free);
  g_string_free (self->said, TRUE);
  g_string_free (self->watched, TRUE);
  aq_dispatcher_free (self->dispatcher);
  world_tear_down (&self->world, NULL);
}

void
text_fixture_send (TextFixture *self,
                   const char  *line,
                   gssize       length)
{
  aq_text_session_line (self->session, line, length < 0 ? strlen (line) : (gsize) length);
}

char *
text_fixture_ask (TextFixture *self,
                  const char  *line)
{
  g_string_truncate (self->said, 0);
  text_fixture_send (self, line, -1);
  return g_strdup (self->said->str);
}

void
text_fixture_advance (TextFixture *self,
                      gint64       seconds)
{
  aq_clock_advance (self->world.clock, seconds * G_USEC_PER_SEC);
  world_settle (&self->world);
}

void
text_fixture_assert (TextFixture *self,
                     const char  *line,
                     const char  *answer)
{
  g_autofree char *said = text_fixture_ask (self, line);

  g_assert_cmpstr (said, ==, answer);
}

void
assert_error_shape (const char *answer,
                    const char *name,
                    const char *part)
{
  g_autofree char *last = g_strdup_printf ("\n%s: ", name);

  if (!g_str_has_prefix (answer, "Traceback (most recent call last):\n") || strstr (answer, last) == NULL ||
      strstr (answer, part) == NULL || !g_str_has_suffix (answer, "\n\n"))
    g_error ("this is no %s about '%s': %s", name, part, answer);
}

void
text_fixture_assert_error (TextFixture *self,
                           const char  *line,
                           const char  *name,
                           const char  *part)
{
  g_autofree char *said = text_fixture_ask (self, line);

  assert_error_shape (said, name, part);
}
