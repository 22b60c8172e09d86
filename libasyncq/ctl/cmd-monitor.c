/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * monitor: every change of a job, as it happens
 *
 * The stream goes on after an end of the connection that nobody asked for: it
 * resumes after the last transaction that was read whole, and what was read of the
 * one after it is not printed again. Where the monitor could not keep up with a
 * slow reader it says so with a "resync" line.
 */

#include "config.h"

#include "ctl-json.h"
#include "ctl-monitor.h"
#include "ctl-options.h"
#include "ctl-style.h"
#include "ctl-time.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_DELAY_MSEC 100
#define MAX_ATTEMPTS 7

typedef struct
{
  CtlContext    *context;
  char          *filter;      /* as watch takes it */
  guint64        limit;       /* how many changes; 0: no limit */
  GMainLoop     *loop;
  MonitorClient *client;      /* NULL between two connections */
  guint          n_attempts;  /* to connect again, since a line came */
  guint          retry;       /* source of the next attempt */
  CtlExit        status;
  GError        *error;       /* that ends it */

  guint64        whole;       /* the last transaction of which nothing is missing */
  guint64        partial;     /* one after it, of which changes up to partial_n were read; 0: none */
  gint64         partial_n;
  guint64        n_changes;
} Monitor;

static void
monitor_clear (Monitor *self)
{
  g_clear_handle_id (&self->retry, g_source_remove);
  g_clear_pointer (&self->client, monitor_client_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->filter, g_free);
  g_clear_error (&self->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Monitor, monitor_clear)

static void
finish (Monitor *self,
        CtlExit  status)
{
  g_clear_pointer (&self->client, monitor_client_free);
  self->status = status;
  g_main_loop_quit (self->loop);
}

/* ---- printing ---- */

/* numbers beyond 2^53 come as text */
static guint64
get_number (JsonObject *object,
            const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  guint64 number = 0;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return 0;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    (void) g_ascii_string_to_unsigned (json_node_get_string (node), 10, 0, G_MAXUINT64, &number, NULL);
  else
    number = (guint64) json_node_get_int (node);
  return number;
}

static const char *
get_text (JsonObject *object,
          const char *name)
{
  const char *text = json_object_get_string_member_with_default (object, name, NULL);

  return text != NULL ? text : "";
}

static char *
dup_time (const char *text)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  if (time == NULL)
    return g_strdup (text);
  return ctl_dup_time_local (g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time));
}

static void
put_change (CtlContext *context,
            JsonObject *change)
{
  g_autofree char *time = dup_time (get_text (change, "time"));
  const char *outcome = get_text (change, "outcome");
  const char *state = get_text (change, "state");
  const char *queue = get_text (change, "queue");
  const char *word = g_str_equal (state, "completed") && !g_str_equal (outcome, "none") ? outcome : state;
  CtlStateStyle style = ctl_style_of_state (word);
  guint64 attempt = get_number (change, "attempt");

  ctl_put ("%s  %s%s %-9s%s  %6" G_GUINT64_FORMAT " %s", time, ctl_style_on (context, style.look), style.sign,
           word, ctl_style_off (context, style.look), get_number (change, "job"), get_text (change, "function"));
  if (*queue != '\0')
    /* TRANSLATORS: %s is the name of a queue */
    ctl_put (_(", queue %s"), queue);
  if (attempt > 1)
    /* TRANSLATORS: %u is how often a job was started */
    ctl_put (_(", attempt %u"), (guint) attempt);
  ctl_put ("\n");
}

static void
put_resync (JsonObject *resync)
{
  g_autofree char *since = g_strdup_printf ("%" G_GUINT64_FORMAT, get_number (resync, "since"));

  /* TRANSLATORS: the number of a transaction, and why */
  ctl_put (_("-- changes up to transaction %s are left out: %s\n"), since, get_text (resync, "reason"));
}

/* whether the change was not read before; notes that it is now */
static gboolean
note_change (Monitor    *self,
             JsonObject *change)
{
  guint64 sequence = get_number (change, "seq");
  gint64 n = (gint64) get_number (change, "n");
  gboolean is_new = sequence > self->whole && (sequence != self->partial || n > self->partial_n);

  if (json_object_get_boolean_member_with_default (change, "last", FALSE))
    {
      self->whole = MAX (self->whole, sequence);
      self->partial = 0;
    }
  else if (is_new)
    {
      self->partial = sequence;
      self->partial_n = n;
    }
  return is_new;
}

/* @line: an object; consumes @root */
static void
put_object (Monitor    *self,
            const char *line,
            JsonNode   *root)
{
  g_autoptr(JsonNode) owned = root;
  JsonObject *object = json_node_get_object (root);
  gboolean is_resync = json_object_has_member (object, "resync");

  if (is_resync)
    {
      self->whole = MAX (self->whole, get_number (object, "since"));
      self->partial = 0;
    }
  else if (!note_change (self, object))
    return;

  if (self->context->json == CTL_JSON_SHORT)
    ctl_put_raw ("%s\n", line);
  else if (self->context->json == CTL_JSON_PRETTY)
    ctl_json_put (self->context, g_steal_pointer (&owned));
  else if (is_resync)
    put_resync (object);
  else
    put_change (self->context, object);
  if (!is_resync)
    self->n_changes++;
}

/* ---- the stream ---- */

static void
end_with_error (Monitor *self,
                int      code,
                char    *message)
{
  if (self->error == NULL)
    self->error = g_error_new_literal (CTL_ERROR, code, message);
  g_free (message);
  finish (self, CTL_EXIT_ERROR);
}

static void
on_message (const char *text,
            gpointer    user_data)
{
  Monitor *self = user_data;
  g_auto(GStrv) lines = NULL;

  if (ctl_monitor_is_error (text))
    {
      end_with_error (self, CTL_ERROR_USAGE, ctl_monitor_dup_error (text));
      return;
    }
  self->n_attempts = 0;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && (self->limit == 0 || self->n_changes < self->limit); i++)
    {
      JsonNode *root = *lines[i] == '{' ? json_from_string (lines[i], NULL) : NULL;

      if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
        put_object (self, lines[i], root);
      else
        g_clear_pointer (&root, json_node_unref);
    }
  /* what has been printed is out; a reader that has gone ends us */
  if (fflush (stdout) != 0)
    finish (self, errno == EPIPE ? CTL_EXIT_OK : CTL_EXIT_ERROR);
  else if (self->limit > 0 && self->n_changes >= self->limit)
    finish (self, CTL_EXIT_OK);
}

static void try_again_later (Monitor *self);

static void
on_closed (const char *reason,
           gpointer    user_data)
{
  Monitor *self = user_data;

  if (!self->context->quiet && isatty (STDERR_FILENO))
    /* TRANSLATORS: %s is why */
    g_printerr (_("asyncqctl: the stream has ended: %s; it goes on when the daemon answers\n"),
                reason != NULL ? reason : _("the monitor has closed it"));
  g_clear_pointer (&self->client, monitor_client_free);
  try_again_later (self);
}

/* @is_first: nothing was seen yet, so the stream begins where the daemon is now unless --since says where */
static gboolean
watch (Monitor   *self,
       gboolean   is_first,
       gboolean   has_since,
       GError   **error)
{
  g_autofree char *address = NULL;
  g_autofree char *line = NULL;
  guint64 sequence;

  if (!ctl_monitor_find (self->context, &address, &sequence, error))
    return FALSE;
  if (is_first && !has_since)
    self->whole = sequence;
  self->client = monitor_client_new (address, on_message, on_closed, self, error);
  if (self->client == NULL)
    return FALSE;
  line = g_strdup_printf ("watch %s since:%" G_GUINT64_FORMAT, self->filter, self->whole);
  monitor_client_say (self->client, line);
  return TRUE;
}

static gboolean
on_retry (gpointer user_data)
{
  Monitor *self = user_data;
  g_autoptr(GError) error = NULL;

  self->retry = 0;
  /* the old connection to the bus may be that of a daemon which is no more */
  g_clear_object (&self->context->client);
  if (watch (self, FALSE, TRUE, &error))
    return G_SOURCE_REMOVE;
  if (self->n_attempts < MAX_ATTEMPTS)
    {
      try_again_later (self);
      return G_SOURCE_REMOVE;
    }
  self->error = g_steal_pointer (&error);
  finish (self, CTL_EXIT_ERROR);
  return G_SOURCE_REMOVE;
}

/* each time twice as late: a daemon that starts again is back within the last of them */
static void
try_again_later (Monitor *self)
{
  self->retry = g_timeout_add (FIRST_DELAY_MSEC << self->n_attempts, on_retry, self);
  self->n_attempts++;
}

static gboolean
on_interrupt (gpointer user_data)
{
  finish (user_data, CTL_EXIT_INTERRUPTED);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_timeout (gpointer user_data)
{
  finish (user_data, CTL_EXIT_TIMED_OUT);
  return G_SOURCE_CONTINUE;
}

static void
explain_end (Monitor *self)
{
  g_autofree char *whole = g_strdup_printf ("%" G_GUINT64_FORMAT, self->whole);

  if (self->status != CTL_EXIT_OK && self->n_changes > 0 && !self->context->quiet && isatty (STDERR_FILENO))
    /* TRANSLATORS: %s is the number of a transaction */
    g_printerr (_("\nasyncqctl: to go on from here: asyncqctl monitor --since=%s\n"), whole);
}

static gboolean
parse_since (const char  *text,
             guint64     *out_since,
             GError     **error)
{
  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, out_since, NULL))
    return TRUE;
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               /* TRANSLATORS: %s is what was given for the number of a transaction */
               _("'%s' is not the number of a transaction"), text);
  return FALSE;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_auto(Monitor) monitor = { .context = context };
  g_autofree char *since = NULL;
  gint64 limit = 0;
  guint sources[2];
  guint timeout = 0;
  const GOptionEntry entries[] = {
    { "since", 0, 0, G_OPTION_ARG_STRING, &since, N_("Begin after this transaction"), N_("NUMBER") },
    { "limit", 'n', 0, G_OPTION_ARG_INT64, &limit, N_("End after so many changes"), N_("NUMBER") },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_monitor, entries, CTL_DASH_IS_OPTION, arguments, &words, error) ||
      !parse_since (since, &monitor.whole, error))
    return CTL_EXIT_OK;
  if (limit < 0)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--limit is a number from 1 on"));
      return CTL_EXIT_USAGE;
    }
  monitor.limit = (guint64) limit;
  monitor.filter = g_strjoinv (" ", words);
  monitor.loop = g_main_loop_new (NULL, FALSE);
  if (!watch (&monitor, TRUE, since != NULL, error))
    return CTL_EXIT_ERROR;

  sources[0] = g_unix_signal_add (SIGINT, on_interrupt, &monitor);
  sources[1] = g_unix_signal_add (SIGTERM, on_interrupt, &monitor);
  if (context->timeout_usec >= 0)
    timeout = g_timeout_add ((guint) MIN (context->timeout_usec / 1000, G_MAXINT), on_timeout, &monitor);
  g_main_loop_run (monitor.loop);
  g_source_remove (sources[0]);
  g_source_remove (sources[1]);
  g_clear_handle_id (&timeout, g_source_remove);

  explain_end (&monitor);
  if (monitor.error != NULL)
    g_propagate_error (error, g_steal_pointer (&monitor.error));
  return monitor.status;
}

const CtlVerb ctl_verb_monitor = {
  .name = "monitor",
  .usage = N_("[FILTER…]"),
  .summary = N_("Print every change of a job, as it happens."),
  .description = N_("A FILTER is as for list, without ages. --json=short gives the monitor's lines:\n"
                    "changes of one transaction have the same \"seq\", and the last of them says\n"
                    "\"last\": true. --since=SEQ begins with what came after that transaction.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl monitor\n"
                    "  asyncqctl monitor state:failed queue:mail\n"
                    "  asyncqctl monitor --since=4711 --json=short | jq .job\n"),
  .completes = CTL_COMPLETES_FILTERS,
  .run = run,
};
