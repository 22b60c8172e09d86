/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What submit and run are to submit, from their words and options
 *
 * Words are read here, by the declared parameters, with the same code as the
 * daemon's; so a mistake is found before anything is sent.
 */

#include "config.h"

#include "ctl-spec.h"

#include "ctl-time.h"

#include <glib/gi18n.h>
#include <string.h>

void
ctl_spec_options_clear (CtlSpecOptions *self)
{
  g_clear_pointer (&self->postprocess, g_free);
  g_clear_pointer (&self->file, g_free);
  g_clear_pointer (&self->queue, g_free);
  g_clear_pointer (&self->at, g_free);
  g_clear_pointer (&self->after, g_free);
  g_clear_pointer (&self->key, g_free);
}

/* ---- calls ---- */

/* @positional: NULL or a tuple; @named: NULL or a{sv} */
static void
add_arguments (AsyncqJobSpec *spec,
               GVariant      *positional,
               GVariant      *named)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (positional != NULL)
    {
      g_variant_iter_init (&iter, positional);
      while ((value = g_variant_iter_next_value (&iter)) != NULL)
        {
          asyncq_job_spec_add_argument (spec, value);
          g_variant_unref (value);
        }
    }
  if (named != NULL)
    {
      g_variant_iter_init (&iter, named);
      while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
        {
          asyncq_job_spec_set_argument (spec, name, value);
          g_variant_unref (value);
        }
    }
}

/* whether a word could name an argument, where nothing is declared; gives where its value begins */
static gboolean
looks_named (const char  *word,
             const char **out_value)
{
  gsize length = strcspn (word, "=");

  if (word[length] != '=' || length == 0 || g_ascii_isdigit (word[0]))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (word[i]) && word[i] != '_')
      return FALSE;
  *out_value = word + length + 1;
  return TRUE;
}

/* a value of no declared type: GVariant text where it is that, else a string; not floating */
static GVariant *
guess_value (const char *text)
{
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, NULL);

  return value != NULL ? value : g_variant_ref_sink (g_variant_new_string (text));
}

/* for a plugin that comes later: its declaration is not known */
static void
add_undeclared (AsyncqJobSpec      *spec,
                const char * const *words)
{
  gboolean only_positional = FALSE;

  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *value = NULL;

      if (!only_positional && g_str_equal (words[i], "--"))
        only_positional = TRUE;
      else if (!only_positional && looks_named (words[i], &value))
        {
          g_autofree char *name = g_strndup (words[i], value - words[i] - 1);
          g_autoptr(GVariant) guess = guess_value (value);

          asyncq_job_spec_set_argument (spec, name, guess);
        }
      else
        {
          g_autoptr(GVariant) guess = guess_value (words[i]);

          asyncq_job_spec_add_argument (spec, guess);
        }
    }
}

/* with @defer_check a function that nobody knows is not an error */
AsyncqJobSpec *
ctl_spec_of_words (CtlFunctions        *functions,
                   const char          *function,
                   const char * const  *words,
                   guint                n_open,
                   gboolean             defer_check,
                   GError             **error)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new (function);
  g_autoptr(AsyncqSignature) signature = NULL;
  g_autoptr(GVariant) positional = NULL;
  g_autoptr(GVariant) named = NULL;
  g_autoptr(GVariant) bound = NULL;
  g_autoptr(GError) unknown = NULL;
  AsyncqFunctionInfo *info = ctl_functions_find (functions, function, &unknown);

  asyncq_job_spec_set_defer_check (spec, defer_check);
  if (info == NULL && defer_check)
    {
      add_undeclared (spec, words);
      return g_steal_pointer (&spec);
    }
  if (info == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&unknown));
      return NULL;
    }

  signature = asyncq_function_info_parse_signature (info, error);
  if (signature == NULL ||
      !asyncq_signature_parse_words (signature, words, n_open, &positional, &named, error) ||
      (bound = asyncq_signature_bind (signature, positional, named, n_open, error)) == NULL)
    {
      g_prefix_error (error, "%s: ", function);
      return NULL;
    }
  add_arguments (spec, positional, named);
  return g_steal_pointer (&spec);
}

/* the same, from one text: "pi.generate_sample size=1000" */
AsyncqJobSpec *
ctl_spec_of_line (CtlFunctions  *functions,
                  const char    *line,
                  guint          n_open,
                  gboolean       defer_check,
                  GError       **error)
{
  g_autoptr(GError) reason = NULL;
  g_auto(GStrv) words = NULL;

  if (!g_shell_parse_argv (line, NULL, &words, &reason))
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   /* TRANSLATORS: the first %s is a command line, the second what is wrong with it */
                   _("'%s' cannot be split into words: %s"), line, reason->message);
      return NULL;
    }
  return ctl_spec_of_words (functions, words[0], (const char *const *) words + 1, n_open,
                            defer_check, error);
}

/* ---- composites ---- */

static AsyncqJobSpec *
composite_of_lines (CtlFunctions          *functions,
                    const CtlSpecOptions  *options,
                    const char * const    *lines,
                    GError               **error)
{
  g_autoptr(AsyncqJobSpec) spec = options->parallel ? asyncq_job_spec_new_parallel ()
                                                    : asyncq_job_spec_new_serial ();

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (AsyncqJobSpec) member =
          ctl_spec_of_line (functions, lines[i], 0, options->defer_check, error);

      if (member == NULL)
        return NULL;
      asyncq_job_spec_set_queue (member, options->queue);
      if (options->priority >= 0)
        asyncq_job_spec_set_priority (member, (guint) options->priority);
      asyncq_job_spec_add_member (spec, member);
    }
  if (options->postprocess != NULL)
    {
      g_autoptr (AsyncqJobSpec) last =
          ctl_spec_of_line (functions, options->postprocess, 1, options->defer_check, error);

      if (last == NULL)
        return NULL;
      asyncq_job_spec_set_queue (last, options->queue);
      if (options->priority >= 0)
        asyncq_job_spec_set_priority (last, (guint) options->priority);
      asyncq_job_spec_set_postprocess (spec, last);
    }
  return g_steal_pointer (&spec);
}

/* ---- settings ---- */

gboolean
ctl_spec_set_time (AsyncqJobSpec  *spec,
                   const char     *at,
                   const char     *after,
                   GError        **error)
{
  g_autoptr(GDateTime) time = NULL;
  gboolean assumed_utc = FALSE;
  gint64 delay;

  if (after != NULL)
    {
      g_autoptr(GDateTime) now = g_date_time_new_now_utc ();

      if (!ctl_parse_duration (after, &delay, error))
        return FALSE;
      time = g_date_time_add (now, delay);
    }
  else if (at != NULL)
    {
      time = ctl_parse_time (at, &assumed_utc, error);
      if (time == NULL)
        return FALSE;
      if (assumed_utc)
        {
          g_autofree char *text = g_date_time_format_iso8601 (time);

          /* TRANSLATORS: the first %s is what was written, the second how it was read */
          g_printerr (_("asyncqctl: '%s' has no zone and is taken as UTC: %s\n"), at, text);
        }
    }
  asyncq_job_spec_set_begin_after (spec, time);
  return TRUE;
}

static gboolean
apply_settings (AsyncqJobSpec         *spec,
                const CtlSpecOptions  *options,
                GError               **error)
{
  if (options->queue != NULL)
    asyncq_job_spec_set_queue (spec, options->queue);
  if (options->priority >= 0)
    asyncq_job_spec_set_priority (spec, (guint) options->priority);
  if (options->key != NULL)
    asyncq_job_spec_set_submit_key (spec, options->key);
  if (options->at == NULL && options->after == NULL)
    return TRUE;
  return ctl_spec_set_time (spec, options->at, options->after, error);
}

static gboolean
check_options (const CtlSpecOptions  *options,
               const char * const    *words,
               GError               **error)
{
  const char *fault = NULL;
  gboolean composite = options->parallel || options->serial;

  if (options->parallel && options->serial)
    fault = _("--parallel and --serial exclude each other");
  else if (options->postprocess != NULL && !composite)
    fault = _("--postprocess goes with --parallel or --serial");
  else if (options->at != NULL && options->after != NULL)
    fault = _("--at and --after exclude each other");
  else if (options->priority < -1 || options->priority > 255)
    fault = _("--priority is 0, most urgent, to 255");
  else if (options->file != NULL && (composite || words[0] != NULL))
    fault = _("with --file the jobs are in the file, and nowhere else");
  else if (options->file == NULL && !composite && words[0] == NULL)
    fault = _("the name of a function is wanted");
  if (fault == NULL)
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, fault);
  return FALSE;
}

static char *
read_file (const char  *path,
           GError     **error)
{
  char *text = NULL;

  (void) g_file_get_contents (g_str_equal (path, "-") ? "/dev/stdin" : path, &text, NULL, error);
  return text;
}

GPtrArray *
ctl_spec_build (CtlContext            *context,
                const CtlSpecOptions  *options,
                const char * const    *words,
                GError               **error)
{
  g_auto(CtlFunctions) functions = { NULL };
  g_autoptr(GPtrArray) specs = NULL;
  AsyncqJobSpec *spec;

  if (!check_options (options, words, error) || !ctl_functions_load (&functions, context, error))
    return NULL;

  if (options->file != NULL)
    {
      g_autofree char *text = read_file (options->file, error);

      specs = text != NULL ? ctl_spec_read_json (&functions, text, options->defer_check, error) : NULL;
    }
  else
    {
      if (options->parallel || options->serial)
        spec = composite_of_lines (&functions, options, words, error);
      else
        spec = ctl_spec_of_words (&functions, words[0], words + 1, 0, options->defer_check, error);
      if (spec != NULL)
        {
          specs = g_ptr_array_new_with_free_func (g_object_unref);
          g_ptr_array_add (specs, spec);
        }
    }

  for (guint i = 0; specs != NULL && i < specs->len; i++)
    if (!apply_settings (g_ptr_array_index (specs, i), options, error))
      return NULL;
  return g_steal_pointer (&specs);
}
