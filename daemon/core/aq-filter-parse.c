/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Filter: from its text
 *
 * Words about ages and, with '<' or '>', about priorities each narrow a range, so
 * all of them hold. Behind a '-' the opposite narrows it.
 */

#include "config.h"

#include "core/aq-filter-private.h"

#include "libasyncq/asyncq-quantity-private.h"
#include "core/aq-filter-word.h"
#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/* what does not fit on a screen is not a filter */
#define MAX_TEXT_BYTES 16384

/* what is known while the words are read */
typedef struct
{
  AqFilter *filter;
  guint32   exact[AQ_N_PRIORITIES / AQ_PRIORITY_BITS]; /* priorities that words without '<' and '>' name */
  gboolean  has_exact;
} Draft;

typedef enum
{
  OPERATOR_LESS,
  OPERATOR_LESS_OR_EQUAL,
  OPERATOR_GREATER,
  OPERATOR_GREATER_OR_EQUAL,
  OPERATOR_NONE
} Operator;

static AqFilterSense
get_sense (const AqFilterWord *word)
{
  return word->is_negated ? AQ_FILTER_REFUSED : AQ_FILTER_WANTED;
}

/* Returns: the operator that @at begins with, as it is to hold, with @at behind it */
static Operator
read_operator (const AqFilterWord  *word,
               const char         **at)
{
  static const Operator opposites[] = {
    OPERATOR_GREATER_OR_EQUAL, OPERATOR_GREATER, OPERATOR_LESS_OR_EQUAL, OPERATOR_LESS, OPERATOR_NONE,
  };
  Operator operator = OPERATOR_NONE;

  if (**at == '<')
    operator = OPERATOR_LESS;
  else if (**at == '>')
    operator = OPERATOR_GREATER;
  else
    return OPERATOR_NONE;
  ++*at;
  if (**at == '=')
    {
      ++*at;
      operator++;
    }
  return word->is_negated ? opposites[operator] : operator;
}

static gboolean
complain (const AqFilterWord  *word,
          const char          *what,
          const char          *wanted,
          GError             **error)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' in '%s' is not %s: %s is wanted, at character %u",
               word->value, word->text, what, wanted, word->value_place);
  return FALSE;
}

/* keys */

static gboolean
add_state (Draft               *draft,
           const AqFilterWord  *word,
           GError             **error)
{
  AqFilterSense sense = get_sense (word);
  AsyncqJobOutcome outcome;
  AsyncqJobState state;

  if (asyncq_job_state_from_string (word->value, &state))
    draft->filter->states[sense] |= 1u << state;
  else if (asyncq_job_outcome_from_string (word->value, &outcome) && outcome != ASYNCQ_JOB_OUTCOME_NONE)
    draft->filter->outcomes[sense] |= 1u << outcome;
  else
    return complain (word, "a state",
                     "new, pending, assigned, active, callbacks, completed, succeeded, failed, cancelled or expired",
                     error);
  return TRUE;
}

static gboolean
add_age (Draft               *draft,
         const AqFilterWord  *word,
         GError             **error)
{
  AqFilter *filter = draft->filter;
  const char *at = word->value;
  Operator operator = read_operator (word, &at);
  gint64 usec;

  if (operator == OPERATOR_NONE || !asyncq_duration_parse (at, &usec))
    return complain (word, "an age", "'>' or '<' and a duration such as 90s, 1h30m or 2d", error);
  if (operator == OPERATOR_GREATER || operator == OPERATOR_GREATER_OR_EQUAL)
    filter->older_usec = MAX (filter->older_usec, usec - (operator == OPERATOR_GREATER_OR_EQUAL));
  else
    filter->younger_usec = MIN (filter->younger_usec, usec + (operator == OPERATOR_LESS_OR_EQUAL));
  return TRUE;
}

static gboolean
holds (Operator operator,
       guint64  priority,
       guint64  number)
{
  switch (operator)
    {
    case OPERATOR_LESS:
      return priority < number;
    case OPERATOR_LESS_OR_EQUAL:
      return priority <= number;
    case OPERATOR_GREATER:
      return priority > number;
    case OPERATOR_GREATER_OR_EQUAL:
      return priority >= number;
    case OPERATOR_NONE:
      return priority == number;
    }
  g_assert_not_reached ();
}

static gboolean
add_priority (Draft               *draft,
              const AqFilterWord  *word,
              GError             **error)
{
  const char *at = word->value;
  Operator operator = read_operator (word, &at);
  gboolean is_exact = operator == OPERATOR_NONE && !word->is_negated;
  guint64 number;

  if (!g_ascii_string_to_unsigned (at, 10, 0, AQ_N_PRIORITIES - 1, &number, NULL))
    return complain (word, "a priority", "0 to 255, behind '<', '<=', '>' or '>=' or alone,", error);
  for (guint priority = 0; priority < AQ_N_PRIORITIES; priority++)
    {
      guint32 bit = 1u << priority % AQ_PRIORITY_BITS;
      gboolean is_in = holds (operator, priority, number) != (operator == OPERATOR_NONE && word->is_negated);

      if (is_exact && is_in)
        draft->exact[priority / AQ_PRIORITY_BITS] |= bit;
      else if (!is_exact && !is_in)
        draft->filter->priorities[priority / AQ_PRIORITY_BITS] &= ~bit;
    }
  draft->has_exact |= is_exact;
  draft->filter->has_priorities = TRUE;
  return TRUE;
}

static void
free_pattern (gpointer pattern)
{
  g_pattern_spec_free (pattern);
}

static gboolean
add_glob (Draft               *draft,
          const AqFilterWord  *word,
          AqFilterGlob         kind)
{
  GPtrArray **globs = &draft->filter->globs[kind][get_sense (word)];

  if (*globs == NULL)
    *globs = g_ptr_array_new_with_free_func (free_pattern);
  g_ptr_array_add (*globs, g_pattern_spec_new (word->value));
  return TRUE;
}

static gboolean
add_queue (Draft               *draft,
           const AqFilterWord  *word,
           GError             **error)
{
  return add_glob (draft, word, AQ_FILTER_QUEUE);
}

static gboolean
add_function (Draft               *draft,
              const AqFilterWord  *word,
              GError             **error)
{
  return add_glob (draft, word, AQ_FILTER_FUNCTION);
}

static gboolean
add_tag (Draft               *draft,
         const AqFilterWord  *word,
         GError             **error)
{
  return add_glob (draft, word, AQ_FILTER_TAG);
}

static gboolean
add_limit (Draft               *draft,
           const AqFilterWord  *word,
           GError             **error)
{
  return add_glob (draft, word, AQ_FILTER_LIMIT);
}

static const struct
{
  const char *name;
  gboolean    is_of_lane; /* all jobs of a lane have the same */
  gboolean  (*add) (Draft               *draft,
                    const AqFilterWord  *word,
                    GError             **error);
} keys[] = {
  { "age", FALSE, add_age },
  { "function", TRUE, add_function },
  { "limit", FALSE, add_limit },
  { "priority", TRUE, add_priority },
  { "queue", TRUE, add_queue },
  { "state", FALSE, add_state },
  { "tag", TRUE, add_tag },
};

static gboolean
complain_about_key (const AqFilterWord  *word,
                    GError             **error)
{
  AqSuggestion suggestion;

  aq_suggestion_init (&suggestion, word->key != NULL ? word->key : word->value);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    aq_suggestion_offer (&suggestion, keys[i].name);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%s' is not known in a filter, at character %u: state:STATE, queue:GLOB, function:GLOB, tag:GLOB, "
               "limit:GLOB, priority:NUMBER, age:>DURATION or age:<DURATION is wanted%s%s%s", word->text, word->place,
               suggestion.best != NULL ? "; did you mean '" : "", suggestion.best != NULL ? suggestion.best : "",
               suggestion.best != NULL ? ":'?" : "");
  return FALSE;
}

static gboolean
add_word (Draft               *draft,
          const AqFilterWord  *word,
          GError             **error)
{
  const char *key = word->key != NULL ? word->key : "function";
  AqFilter *filter = draft->filter;
  guint i = 0;

  /* a function's name has a dot: "failed" is somebody's mistake, and would find nothing */
  if (word->key == NULL && *word->value != '\0' && strpbrk (word->value, ".*?") == NULL)
    return complain_about_key (word, error);

  while (i < G_N_ELEMENTS (keys) && !g_str_equal (keys[i].name, key))
    i++;
  if (i == G_N_ELEMENTS (keys))
    return complain_about_key (word, error);
  if (word->key == NULL && *word->value == '\0')
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a word is wanted behind '-', at character %u",
                   word->value_place);
      return FALSE;
    }
  if (!keys[i].is_of_lane && filter->job_word == NULL)
    {
      filter->job_word = g_strdup (word->text);
      filter->job_place = word->place;
    }
  return keys[i].add (draft, word, error);
}

static gboolean
check_text (const char  *text,
            GError     **error)
{
  if (strlen (text) > MAX_TEXT_BYTES)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a filter of %zu bytes is too long: at most %d are possible",
                 strlen (text), MAX_TEXT_BYTES);
  else if (!g_utf8_validate (text, -1, NULL))
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a filter that is not UTF-8");
  else
    return TRUE;
  return FALSE;
}

/**
 * aq_filter_parse:
 * @text: words, separated by white space
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the word and its place.
 *
 * Returns: (transfer full): a filter, or %NULL with @error set
 *
 * Since: 0.1
 */
AqFilter *
aq_filter_parse (const char  *text,
                 GError     **error)
{
  g_autoptr(AqFilter) self = NULL;
  AqFilterReader reader = { text, 1 };
  Draft draft = { 0 };

  if (!check_text (text, error))
    return NULL;
  self = g_new0 (AqFilter, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->text = g_strdup (text);
  self->older_usec = G_MININT64;
  self->younger_usec = G_MAXINT64;
  memset (self->priorities, 0xff, sizeof self->priorities);
  draft.filter = self;
  while (aq_filter_reader_skip (&reader))
    {
      g_auto(AqFilterWord) word = { 0 };

      if (!aq_filter_reader_read (&reader, &word, error) || !add_word (&draft, &word, error))
        return NULL;
    }
  for (guint i = 0; draft.has_exact && i < G_N_ELEMENTS (draft.exact); i++)
    self->priorities[i] &= draft.exact[i];
  return g_steal_pointer (&self);
}
