/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Session of the text protocol
 *
 * A line is read, and its answer made, at once; the answer then waits until all
 * it may reveal is flushed. The gate lets answers out in the order in which they
 * were given to it, which is the order of the lines. What is held there keeps
 * the session's memory, so a peer may be gone before its answers are.
 *
 * Once an answer that closes has been made, no further line is read.
 */

#include "config.h"

#include "monitor/aq-text-session.h"

#include "monitor/aq-async-tools.h"
#include "monitor/aq-text-grammar.h"
#include "monitor/aq-text-help.h"

struct _AqTextSession
{
  grefcount        ref_count; /* one of the peer, one a held answer, one while jobs are fetched */
  AqMonitorContext context;
  AqTextReply      reply;
  AqTextWatch      watch;
  gpointer         user_data;

  char           **last_words;  /* what an empty line repeats, nullable */
  gboolean         interactive; /* stays open after an answer */
  gboolean         deaf;        /* the last answer has been made */
  gboolean         ended;       /* closed, or freed by the peer: nothing more is said */

  GQueue           lines;       /* of char **, owned: commands that are not run yet */
  gboolean         fetching;    /* the first of them waits for jobs that are away */
  gboolean         running;     /* they are being run */
};

/* what waits at the gate: something to say, or a watch to begin */
typedef struct
{
  AqTextSession *session; /* owned */
  char          *text;    /* nullable */
  char          *watch;   /* nullable */
  gboolean       close;
} Answer;

typedef char *(*CommandFunc) (AqTextSession      *self,
                              const char * const *words,
                              GError            **error);

typedef struct
{
  const char *name;
  CommandFunc func;
} Command;

/**
 * aq_text_session_new:
 * @context: what the tools look at
 * @reply: called for every answer
 * @watch: called for every "watch"
 * @user_data: for both
 *
 * Returns: (transfer full): a session that has been told nothing yet
 *
 * Since: 0.1
 */
AqTextSession *
aq_text_session_new (const AqMonitorContext *context,
                     AqTextReply             reply,
                     AqTextWatch             watch,
                     gpointer                user_data)
{
  AqTextSession *self = g_new0 (AqTextSession, 1);

  g_ref_count_init (&self->ref_count);
  self->context = *context;
  self->reply = reply;
  self->watch = watch;
  self->user_data = user_data;
  return self;
}

static void
unref (AqTextSession *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  while (!g_queue_is_empty (&self->lines))
    g_strfreev (g_queue_pop_head (&self->lines));
  g_strfreev (self->last_words);
  g_free (self);
}

/**
 * aq_text_session_free:
 * @self: a session
 *
 * Nothing is said any more, not even what is still held.
 *
 * Since: 0.1
 */
void
aq_text_session_free (AqTextSession *self)
{
  self->ended = TRUE;
  unref (self);
}

/* Answers */

/* behaviour Z158: @where is what the error is about */
static char *
format_error (const GError *error,
              const char   *where)
{
  g_autofree char *quoted = aq_text_quote (where);

  return g_strdup_printf ("Traceback (most recent call last):\n"
                          "  in: %s\n"
                          "%s: %s\n"
                          "\n",
                          quoted, aq_text_error_get_name (error), error->message);
}

static void
begin_watch (Answer *answer)
{
  AqTextSession *self = answer->session;
  g_autoptr(GError) error = NULL;

  if (self->watch (answer->watch, &error, self->user_data))
    answer->close = FALSE;
  else
    answer->text = format_error (error, "watch");
}

static void
on_flushed (const GError *failure,
            gpointer      user_data)
{
  Answer *answer = user_data;
  AqTextSession *self = answer->session;

  if (!self->ended && failure != NULL)
    {
      g_free (answer->text);
      answer->text = format_error (failure, "store");
      answer->close = TRUE;
    }
  else if (!self->ended && answer->watch != NULL)
    begin_watch (answer);

  if (!self->ended && (answer->text != NULL || answer->close))
    {
      self->ended = answer->close;
      self->reply (answer->text, answer->close, self->user_data);
    }
  unref (self);
  g_free (answer->text);
  g_free (answer->watch);
  g_free (answer);
}

/* @text, @watch: taken */
static void
hold (AqTextSession *self,
      char          *text,
      char          *watch,
      gboolean       close)
{
  Answer *answer = g_new0 (Answer, 1);

  g_ref_count_inc (&self->ref_count);
  answer->session = self;
  answer->text = text;
  answer->watch = watch;
  answer->close = close;
  aq_engine_when_flushed (self->context.engine, on_flushed, answer);
}

/* Commands: each makes the text of its answer, or NULL: an error, or no answer yet */

static char *
run_async (AqTextSession      *self,
           const char * const *words,
           GError            **error)
{
  return aq_async_tools_run (&self->context, words + 1, error);
}

static char *
run_help (AqTextSession      *self,
          const char * const *words,
          GError            **error)
{
  static const AqTextSignature signature = { "help", 0, { "command", NULL } };
  g_autofree char *quoted = NULL;
  const char *suggestion;
  const char *name;
  const char *text;

  if (!aq_text_bind (&signature, words + 1, &name, error))
    return NULL;
  if (name == NULL)
    return aq_text_help_list_commands ();
  text = aq_text_help_get_command (name);
  if (text != NULL)
    return g_strdup_printf ("Help for %s:\n\n%s", name, text);

  quoted = aq_text_quote (name);
  suggestion = aq_text_help_suggest (name);
  if (suggestion != NULL)
    g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_KEY, "there is no command '%s'; did you mean '%s'?",
                 quoted, suggestion);
  else
    g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_KEY, "there is no command '%s'", quoted);
  return NULL;
}

static char *
run_interactive (AqTextSession      *self,
                 const char * const *words,
                 GError            **error)
{
  static const AqTextSignature signature = { "interactive", 0, { NULL } };

  if (!aq_text_bind (&signature, words + 1, NULL, error))
    return NULL;
  self->interactive = TRUE;
  return g_strdup ("Interactive mode on.  Use \"quit\" To exit.\n");
}

static char *
run_quit (AqTextSession      *self,
          const char * const *words,
          GError            **error)
{
  static const AqTextSignature signature = { "quit", 0, { NULL } };

  if (!aq_text_bind (&signature, words + 1, NULL, error))
    return NULL;
  self->interactive = FALSE;
  return g_strdup ("Goodbye.\n");
}

/* whatever the mode was, a watched connection stays open; unless nothing came of it */
static char *
run_watch (AqTextSession      *self,
           const char * const *words,
           GError            **error)
{
  gboolean was_interactive = self->interactive;

  self->interactive = TRUE;
  hold (self, NULL, g_strjoinv (" ", (char **) words + 1), !was_interactive);
  return NULL;
}

static const Command commands[] = {
  { "async", run_async },
  { "help", run_help },
  { "interactive", run_interactive },
  { "quit", run_quit },
  { "watch", run_watch },
};

static char *
run_command (AqTextSession      *self,
             const char * const *words,
             GError            **error)
{
  g_autofree char *quoted = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, words[0]))
      return commands[i].func (self, words, error);
  quoted = aq_text_quote (words[0]);
  return g_strdup_printf ("Invalid command '%s'\nTry \"help\".\n", quoted);
}

static void
answer_line (AqTextSession      *self,
             const char * const *words)
{
  g_autoptr(GError) error = NULL;
  char *text = run_command (self, words, &error);

  if (error != NULL)
    {
      g_autofree char *line = g_strjoinv (" ", (char **) words);

      text = format_error (error, line);
    }
  if (text != NULL)
    {
      self->deaf = !self->interactive;
      hold (self, text, NULL, self->deaf);
    }
}

static void run_lines (AqTextSession *self);

/* What cannot be read the tools show as unknown. */
static void
on_jobs_fetched (const GError *error,
                 gpointer      user_data)
{
  AqTextSession *self = user_data;
  g_auto(GStrv) words = g_queue_pop_head (&self->lines);

  self->fetching = FALSE;
  if (!self->deaf && !self->ended)
    answer_line (self, (const char * const *) words);
  if (!self->running)
    run_lines (self);
  unref (self);
}

static void
run_lines (AqTextSession *self)
{
  char **words;

  self->running = TRUE;
  while (!self->fetching && (words = g_queue_peek_head (&self->lines)) != NULL)
    {
      self->fetching = TRUE;
      g_ref_count_inc (&self->ref_count);
      if (g_str_equal (words[0], "async"))
        aq_dispatcher_fetch (self->context.dispatcher, on_jobs_fetched, self);
      else
        on_jobs_fetched (NULL, self);
    }
  self->running = FALSE;
}

static void
run (AqTextSession      *self,
     const char * const *words)
{
  g_queue_push_tail (&self->lines, g_strdupv ((char **) words));
  if (!self->fetching)
    run_lines (self);
}

/**
 * aq_text_session_line:
 * @self: a session
 * @line: a text message, as it came; need be neither clean nor NUL-terminated
 * @length: its length in bytes
 *
 * Answers it. Whatever it is, the session goes on as documented: it closes
 * after an answer unless "interactive" or "watch" has been said.
 *
 * Source: behaviour Z151 to Z158.
 *
 * Since: 0.1
 */
void
aq_text_session_line (AqTextSession *self,
                      const char    *line,
                      gsize          length)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) words = NULL;

  if (self->deaf || self->ended)
    return;
  /* a reply may free the session */
  g_ref_count_inc (&self->ref_count);
  words = aq_text_split (line, length, &error);
  if (words == NULL)
    {
      self->deaf = !self->interactive;
      hold (self, format_error (error, "a line that cannot be read"), NULL, self->deaf);
    }
  else
    {
      if (words[0] != NULL)
        {
          g_strfreev (self->last_words);
          self->last_words = g_strdupv (words);
        }
      else if (self->last_words != NULL)
        {
          g_strfreev (words);
          words = g_strdupv (self->last_words);
        }
      if (words[0] != NULL)
        run (self, (const char * const *) words);
    }
  unref (self);
}
