/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule of a retry policy: as people write and read it
 *
 *   error [DOMAIN[/CODE]] | signal [NAME] | exit [STATUS] | timeout | interrupted | any
 *   followed by: retry | fail | snooze DURATION
 */

#include "config.h"

#include "core/aq-retry-rule.h"

#include "libasyncq/asyncq-quantity-private.h"
#include "core/aq-suggestion.h"

#include "libasyncq/asyncq-error.h"

#include <signal.h>
#include <string.h>

/* of errors of ours */
#define ASYNCQ_ERROR_DOMAIN "asyncq-error-quark"

static const char *const match_words[] = { "any", "error", "signal", "exit", "timeout", "interrupted", "oom" };
G_STATIC_ASSERT (G_N_ELEMENTS (match_words) == AQ_N_RETRY_MATCHES);

static const struct
{
  const char *name;
  int         number;
} signals[] = {
  { "SIGHUP", SIGHUP },   { "SIGINT", SIGINT },   { "SIGQUIT", SIGQUIT }, { "SIGILL", SIGILL },
  { "SIGTRAP", SIGTRAP }, { "SIGABRT", SIGABRT }, { "SIGBUS", SIGBUS },   { "SIGFPE", SIGFPE },
  { "SIGKILL", SIGKILL }, { "SIGUSR1", SIGUSR1 }, { "SIGSEGV", SIGSEGV }, { "SIGUSR2", SIGUSR2 },
  { "SIGPIPE", SIGPIPE }, { "SIGALRM", SIGALRM }, { "SIGTERM", SIGTERM }, { "SIGXCPU", SIGXCPU },
  { "SIGXFSZ", SIGXFSZ }, { "SIGSYS", SIGSYS },
};

static gboolean
parse_signal (const char  *word,
              int         *out_number,
              GError     **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (g_str_equal (word, signals[i].name) || g_str_equal (word, signals[i].name + strlen ("SIG")))
      {
        *out_number = signals[i].number;
        return TRUE;
      }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is not the name of a signal, such as SIGKILL", word);
  return FALSE;
}

static gboolean
parse_exit (const char  *word,
            int         *out_number,
            GError     **error)
{
  guint64 status;

  if (!g_ascii_string_to_unsigned (word, 10, 0, 255, &status, NULL))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is not an exit status, 0 to 255", word);
      return FALSE;
    }
  *out_number = (int) status;
  return TRUE;
}

/* Returns: whether the word is one of ours, such as "Conflict", or could be the domain of others */
static gboolean
parse_error_name (const char   *word,
                  AqRetryRule  *rule,
                  GError      **error)
{
  AqSuggestion meant;

  aq_suggestion_init (&meant, word);
  for (int code = 0; code < ASYNCQ_N_ERRORS; code++)
    {
      const char *name = asyncq_error_get_name (ASYNCQ_ERROR_DOMAIN, code);

      if (g_str_equal (word, name))
        {
          rule->domain = ASYNCQ_ERROR_DOMAIN;
          rule->code = code;
          return TRUE;
        }
      aq_suggestion_offer (&meant, name);
    }
  if (meant.best == NULL)
    {
      rule->domain = g_intern_string (word);
      rule->any_code = TRUE;
      return TRUE;
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "there is no error '%s', did you mean '%s'?", word,
               meant.best);
  return FALSE;
}

static gboolean
parse_error (const char   *word,
             AqRetryRule  *rule,
             GError      **error)
{
  const char *slash = strchr (word, '/');
  g_autofree char *domain = slash != NULL ? g_strndup (word, slash - word) : NULL;
  gint64 code = 0;

  rule->any_code = FALSE;
  if (slash == NULL)
    return parse_error_name (word, rule, error);
  if (!g_ascii_string_to_signed (slash + 1, 10, G_MININT32, G_MAXINT32, &code, NULL))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is not the number of an error", slash + 1);
      return FALSE;
    }
  if (*domain == '\0')
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' has no domain, such as g-io-error-quark", word);
      return FALSE;
    }
  rule->domain = g_intern_string (domain);
  rule->code = (gint32) code;
  return TRUE;
}

static gboolean
is_action (const char *word)
{
  return g_str_equal (word, "retry") || g_str_equal (word, "fail") || g_str_equal (word, "snooze");
}

/* @words: what follows the first word; moved behind what was taken */
static gboolean
parse_operand (char        ***words,
               AqRetryRule   *rule,
               GError       **error)
{
  const char *word = **words;

  if (word == NULL || is_action (word))
    return TRUE;
  (*words)++;
  switch (rule->match)
    {
    case AQ_RETRY_MATCH_ERROR:
      return parse_error (word, rule, error);
    case AQ_RETRY_MATCH_SIGNAL:
      return parse_signal (word, &rule->number, error);
    case AQ_RETRY_MATCH_EXIT:
      return parse_exit (word, &rule->number, error);
    case AQ_RETRY_MATCH_ANY:
    case AQ_RETRY_MATCH_TIMEOUT:
    case AQ_RETRY_MATCH_INTERRUPTED:
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "after '%s' comes retry, fail or snooze, not '%s'",
                   match_words[rule->match], word);
      return FALSE;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
parse_snooze (const char   *duration,
              AqRetryRule  *rule,
              GError      **error)
{
  if (duration == NULL || !asyncq_duration_parse (duration, &rule->delay_usec))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "snooze wants a duration, such as 5min");
      return FALSE;
    }
  rule->action = AQ_RETRY_SNOOZE;
  rule->max_delay_usec = rule->delay_usec;
  return TRUE;
}

static gboolean
parse_action (char        **words,
              AqRetryRule  *rule,
              GError      **error)
{
  guint n_words = g_strv_length (words);

  if (n_words == 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "it does not end in retry, fail or snooze");
      return FALSE;
    }
  if (n_words == 2 && g_str_equal (words[0], "snooze"))
    return parse_snooze (words[1], rule, error);
  if (n_words == 1 && g_str_equal (words[0], "snooze"))
    return parse_snooze (NULL, rule, error);
  if (n_words > 1 || !is_action (words[0]))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is too much or unknown",
                   is_action (words[0]) ? words[1] : words[0]);
      return FALSE;
    }
  rule->action = g_str_equal (words[0], "retry") ? AQ_RETRY_AGAIN : AQ_RETRY_FAIL;
  return TRUE;
}

static gboolean
parse_match (const char   *word,
             AqRetryRule  *rule,
             GError      **error)
{
  for (guint i = 0; i < AQ_N_RETRY_MATCHES; i++)
    if (g_str_equal (word, match_words[i]))
      {
        rule->match = i;
        return TRUE;
      }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%s' is no cause: error, signal, exit, timeout, interrupted or any", word);
  return FALSE;
}

static GStrv
split_words (const char *text)
{
  g_auto(GStrv) pieces = g_strsplit_set (text, " \t", -1);
  g_autoptr(GStrvBuilder) words = g_strv_builder_new ();

  for (char **piece = pieces; *piece != NULL; piece++)
    if (**piece != '\0')
      g_strv_builder_add (words, *piece);
  return g_strv_builder_end (words);
}

/**
 * aq_retry_rule_parse:
 * @self: a rule, overwritten on success; how often and after which pause is not said in @text
 * @text: such as `error g-io-error-quark/39 fail`
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, with the rule in the message.
 *
 * Returns: whether the text is a rule
 *
 * Since: 0.1
 */
gboolean
aq_retry_rule_parse (AqRetryRule  *self,
                     const char   *text,
                     GError      **error)
{
  AqRetryRule rule = { .domain = "", .any_code = TRUE, .number = -1, .factor = 1 };
  g_auto(GStrv) words = split_words (text);
  char **rest = words + 1;

  if (words[0] == NULL || !parse_match (words[0], &rule, error) || !parse_operand (&rest, &rule, error) ||
      !parse_action (rest, &rule, error))
    {
      g_prefix_error (error, "rule '%s': ", text);
      return FALSE;
    }
  *self = rule;
  return TRUE;
}

/* without trailing zeros: 10s, 1.5s, 5min, 2h */
static void
append_duration (GString *text,
                 gint64   usec)
{
  gint64 seconds = usec / G_USEC_PER_SEC;

  if (usec % G_USEC_PER_SEC != 0)
    {
      char number[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (text, "%ss", g_ascii_formatd (number, sizeof number, "%.6g", usec / 1e6));
    }
  else if (seconds > 0 && seconds % 3600 == 0)
    g_string_append_printf (text, "%" G_GINT64_FORMAT "h", seconds / 3600);
  else if (seconds > 0 && seconds % 60 == 0)
    g_string_append_printf (text, "%" G_GINT64_FORMAT "min", seconds / 60);
  else
    g_string_append_printf (text, "%" G_GINT64_FORMAT "s", seconds);
}

static void
append_signal (GString *text,
               int      number)
{
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (signals[i].number == number)
      {
        g_string_append_printf (text, " %s", signals[i].name);
        return;
      }
  g_string_append_printf (text, " %d", number);
}

static void
append_error (const AqRetryRule *self,
              GString           *text)
{
  const char *name = self->any_code ? NULL : asyncq_error_get_name (self->domain, self->code);

  if (name != NULL || *self->domain != '\0')
    g_string_append_printf (text, " %s", name != NULL ? name : self->domain);
  if (name == NULL && !self->any_code)
    g_string_append_printf (text, "/%d", self->code);
}

static void
append_match (const AqRetryRule *self,
              GString           *text)
{
  g_string_append (text, match_words[self->match]);
  if (self->match == AQ_RETRY_MATCH_ERROR)
    append_error (self, text);
  if (self->match == AQ_RETRY_MATCH_SIGNAL && self->number >= 0)
    append_signal (text, self->number);
  if (self->match == AQ_RETRY_MATCH_EXIT && self->number >= 0)
    g_string_append_printf (text, " %d", self->number);
}

static void
append_pauses (const AqRetryRule *self,
               GString           *text)
{
  if (MIN (self->delay_usec, self->max_delay_usec) == 0 && self->backoff != AQ_BACKOFF_LINEAR)
    {
      g_string_append (text, ", at once");
      return;
    }
  g_string_append (text, ", after ");
  append_duration (text, MIN (self->delay_usec, self->max_delay_usec));
  if (self->backoff == AQ_BACKOFF_LINEAR && self->step_usec > 0)
    {
      g_string_append (text, ", each time ");
      append_duration (text, self->step_usec);
      g_string_append (text, " more");
    }
  if (self->backoff == AQ_BACKOFF_EXPONENTIAL)
    {
      char number[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (text, ", each time %s times as long",
                              g_ascii_formatd (number, sizeof number, "%g", self->factor));
    }
  if (self->backoff != AQ_BACKOFF_FIXED && self->max_delay_usec > self->delay_usec)
    {
      g_string_append (text, ", at most ");
      append_duration (text, self->max_delay_usec);
    }
}

/**
 * aq_retry_rule_describe:
 * @self: a rule
 * @crash_limit: what %AQ_RETRY_CRASH_LIMIT stands for
 *
 * Returns: (transfer full): a line for people, such as `interrupted: retry, 10 runs at most, at once`
 *
 * Since: 0.1
 */
char *
aq_retry_rule_describe (const AqRetryRule *self,
                        guint              crash_limit)
{
  guint limit = self->attempts == AQ_RETRY_CRASH_LIMIT ? crash_limit : self->attempts;
  g_autoptr(GString) text = g_string_new (NULL);

  append_match (self, text);
  if (self->action == AQ_RETRY_FAIL || (self->action == AQ_RETRY_AGAIN && limit == 1))
    {
      g_string_append (text, ": fail");
      return g_string_free (g_steal_pointer (&text), FALSE);
    }
  if (self->action == AQ_RETRY_SNOOZE)
    g_string_append (text, ": snooze");
  else if (limit == 0)
    g_string_append (text, ": retry, without end");
  else
    g_string_append_printf (text, ": retry, %u runs at most", limit);
  append_pauses (self, text);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
