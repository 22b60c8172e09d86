/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * async: the monitor's tools, one answer or a conversation
 */

#include "config.h"

#include "ctl-monitor.h"
#include "ctl-options.h"
#include "ctl-plain.h"
#include "ctl-prompt.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  CtlContext    *context;
  GMainLoop     *loop;
  MonitorClient *client;
  CtlPrompt     *prompt;  /* NULL where one answer is wanted */
  char          *failure; /* why the conversation ended; NULL: as it should */
  CtlExit        status;
} Conversation;

static void
conversation_clear (Conversation *self)
{
  g_clear_pointer (&self->prompt, ctl_prompt_free);
  g_clear_pointer (&self->client, monitor_client_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->failure, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Conversation, conversation_clear)

static void
put_answer (const char *text)
{
  ctl_put ("%s%s", text, g_str_has_suffix (text, "\n") ? "" : "\n");
  (void) fflush (stdout); /* a failed write shows in main(), at the end */
}

static void
on_message (const char *text,
            gpointer    user_data)
{
  Conversation *self = user_data;

  if (self->prompt != NULL)
    {
      ctl_prompt_hide (self->prompt);
      put_answer (text);
      ctl_prompt_show (self->prompt);
    }
  else if (ctl_monitor_is_error (text))
    {
      g_autofree char *message = ctl_monitor_dup_error (text);
      g_autofree char *plain = ctl_plain_dup (message);

      g_printerr ("asyncqctl: %s\n", plain);
      self->status = CTL_EXIT_USAGE;
    }
  else
    {
      put_answer (text);
    }
}

static void
on_closed (const char *reason,
           gpointer    user_data)
{
  Conversation *self = user_data;

  self->failure = g_strdup (reason);
  g_main_loop_quit (self->loop);
}

static void
on_line (const char *line,
         gpointer    user_data)
{
  Conversation *self = user_data;

  monitor_client_say (self->client, line != NULL ? line : "quit");
}

static gboolean
on_interrupt (gpointer user_data)
{
  Conversation *self = user_data;

  self->status = CTL_EXIT_INTERRUPTED;
  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_timeout (gpointer user_data)
{
  Conversation *self = user_data;

  self->status = CTL_EXIT_TIMED_OUT;
  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

/* says the first line, and goes on until the monitor closes */
static void
talk (Conversation *self,
      char        **words)
{
  g_autofree char *joined = g_strjoinv (" ", words);
  g_autofree char *line = g_strconcat ("async ", joined, NULL);
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, self);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, self);
  guint timeout = 0;

  if (self->context->timeout_usec >= 0)
    timeout = g_timeout_add ((guint) MIN (self->context->timeout_usec / 1000, G_MAXINT), on_timeout, self);
  if (words[0] != NULL)
    {
      monitor_client_say (self->client, line);
    }
  else
    {
      self->prompt = ctl_prompt_new ("asyncq> ", "history", on_line, self);
      monitor_client_say (self->client, "interactive");
    }
  g_main_loop_run (self->loop);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_clear_handle_id (&timeout, g_source_remove);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_auto(Conversation) conversation = { .context = context };
  g_autofree char *address = NULL;

  if (!ctl_options_parse (context, &ctl_verb_async, NULL, CTL_DASH_IS_WORD, arguments, &words, error) ||
      !ctl_monitor_find (context, &address, NULL, error))
    return CTL_EXIT_OK;
  conversation.loop = g_main_loop_new (NULL, FALSE);
  conversation.client = monitor_client_new (address, on_message, on_closed, &conversation, error);
  if (conversation.client == NULL)
    return CTL_EXIT_ERROR;

  talk (&conversation, words);
  if (conversation.failure != NULL && conversation.status == CTL_EXIT_OK)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING,
                   /* TRANSLATORS: %s is why */
                   _("the monitor has gone away: %s"), conversation.failure);
      return CTL_EXIT_NOT_RUNNING;
    }
  return conversation.status;
}

const CtlVerb ctl_verb_async = {
  .name = "async",
  .usage = N_("[TOOL [MODIFIER…]]"),
  .summary = N_("Ask the monitor's tools about the dispatcher and its jobs."),
  .description = N_("Without a TOOL it is a conversation: every line goes to the monitor, \"help\" says\n"
                    "what it knows, an empty line repeats the last one, and \"quit\" or Ctrl-D ends it.\n"
                    "On a terminal the arrow keys bring back earlier lines.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl async help\n"
                    "  asyncqctl async status\n"
                    "  asyncqctl async polls at:30M before:10S\n"
                    "  asyncqctl async\n"),
  .run = run,
};
