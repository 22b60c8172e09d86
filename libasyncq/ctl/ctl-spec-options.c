/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What submit and run are to submit, from their words and options
 *
 * Everything is read here, so a mistake is found before anything is sent.
 */

#include "config.h"

#include "ctl-spec-options.h"

#include "ctl-factory.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

typedef struct
{
  AsyncqJobOn on;
  char       *line;
} Callback;

static void
callback_clear (gpointer data)
{
  g_free (((Callback *) data)->line);
}

void
ctl_spec_options_clear (CtlSpecOptions *self)
{
  g_clear_pointer (&self->postprocess, g_free);
  g_clear_pointer (&self->file, g_free);
  g_clear_pointer (&self->factory, g_free);
  g_clear_pointer (&self->after_jobs, g_strfreev);
  g_clear_pointer (&self->callback_of, g_free);
  g_clear_pointer (&self->append_to, g_free);
  g_clear_pointer (&self->callbacks, g_array_unref);
  ctl_settings_clear (&self->settings);
}

void
ctl_spec_options_add_callback (CtlSpecOptions *self,
                               AsyncqJobOn     on,
                               const char     *line)
{
  Callback callback = { on, g_strdup (line) };

  if (self->callbacks == NULL)
    {
      self->callbacks = g_array_new (FALSE, FALSE, sizeof (Callback));
      g_array_set_clear_func (self->callbacks, callback_clear);
    }
  g_array_append_val (self->callbacks, callback);
}

static gboolean
is_composite (const CtlSpecOptions *self)
{
  return self->parallel || self->serial || self->batch;
}

/* ---- composites ---- */

static AsyncqJobSpec *
make_part (CtlFunctions          *functions,
           const CtlSpecOptions  *options,
           const char            *line,
           guint                  n_open,
           GError               **error)
{
  g_autoptr (AsyncqJobSpec) part = ctl_spec_of_line (functions, line, n_open, options->defer_check, error);

  if (part == NULL || !ctl_settings_apply (&options->settings, part, CTL_REACH_CALLS, error))
    return NULL;
  return g_steal_pointer (&part);
}

static AsyncqJobSpec *
make_composite (CtlFunctions          *functions,
                const CtlSpecOptions  *options,
                const char * const    *lines,
                GError               **error)
{
  g_autoptr(AsyncqJobSpec) spec = NULL;

  if (options->parallel)
    spec = asyncq_job_spec_new_parallel ();
  else if (options->serial)
    spec = asyncq_job_spec_new_serial ();
  else
    spec = asyncq_job_spec_new_batch ();
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr(AsyncqJobSpec) member = make_part (functions, options, lines[i], 0, error);

      if (member == NULL)
        return NULL;
      asyncq_job_spec_add_member (spec, member);
    }
  if (options->postprocess != NULL)
    {
      g_autoptr(AsyncqJobSpec) last = make_part (functions, options, options->postprocess, 1, error);

      if (last == NULL)
        return NULL;
      asyncq_job_spec_set_postprocess (spec, last);
    }
  return g_steal_pointer (&spec);
}

/* ---- what it has to do with other jobs ---- */

static gboolean
add_callbacks (AsyncqJobSpec         *spec,
               CtlFunctions          *functions,
               const CtlSpecOptions  *options,
               GError               **error)
{
  for (guint i = 0; options->callbacks != NULL && i < options->callbacks->len; i++)
    {
      const Callback *callback = &g_array_index (options->callbacks, Callback, i);
      g_autoptr(AsyncqJobSpec) call = NULL;

      call = ctl_spec_of_line (functions, callback->line, 1, options->defer_check, error);
      if (call == NULL)
        return FALSE;
      asyncq_job_spec_add_callback (spec, call, callback->on);
    }
  return TRUE;
}

static gboolean
add_edges (AsyncqJobSpec         *spec,
           const CtlSpecOptions  *options,
           GError               **error)
{
  AsyncqJobOn on;
  guint64 id;

  for (guint i = 0; options->after_jobs != NULL && options->after_jobs[i] != NULL; i++)
    {
      if (!ctl_spec_read_edge (options->after_jobs[i], ASYNCQ_JOB_ON_SUCCESS, &id, &on, error))
        return FALSE;
      asyncq_job_spec_add_after_job (spec, id, on);
    }
  if (options->callback_of != NULL)
    {
      if (!ctl_spec_read_edge (options->callback_of, ASYNCQ_JOB_ON_ANY, &id, &on, error))
        return FALSE;
      asyncq_job_spec_set_callback_of (spec, id, on);
    }
  if (options->append_to != NULL)
    {
      if (!ctl_parse_id (options->append_to, &id, error))
        return FALSE;
      asyncq_job_spec_set_parent_job (spec, id);
    }
  return TRUE;
}

/* ---- all together ---- */

static gboolean
check_options (const CtlSpecOptions  *options,
               const char * const    *words,
               GError               **error)
{
  const char *fault = NULL;
  gboolean composite = is_composite (options);

  if (options->parallel + options->serial + options->batch > 1)
    fault = _("--parallel, --serial and --batch exclude each other");
  else if (options->postprocess != NULL && !options->parallel && !options->serial)
    fault = _("--postprocess goes with --parallel or --serial");
  else if (options->callback_of != NULL && composite)
    fault = _("--callback-of goes with the call of a function");
  else if (options->callback_of != NULL && options->append_to != NULL)
    fault = _("--callback-of and --append-to exclude each other");
  else if (options->factory != NULL && (composite || options->file != NULL))
    fault = _("--factory stands for the name of a function");
  else if (options->file != NULL && (composite || words[0] != NULL))
    fault = _("with --file the jobs are in the file, and nowhere else");
  else if (options->file == NULL && options->factory == NULL && !composite && words[0] == NULL)
    fault = _("the name of a function is wanted");
  for (guint i = 0; !composite && options->file == NULL && options->callbacks != NULL && i < options->callbacks->len;
       i++)
    if (g_array_index (options->callbacks, Callback, i).on == ASYNCQ_JOB_ON_FIRST_FAILURE)
      fault = _("--on-first-failure goes with --parallel, --serial or --batch");
  /* behind another word options are words, as those of a call may begin with a dash */
  if (fault == NULL && options->file == NULL && options->factory == NULL && words[0] != NULL && words[0][0] == '-')
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no option '%s'"), words[0]);
      return FALSE;
    }
  if (fault == NULL)
    return ctl_settings_check (&options->settings, error);
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

static AsyncqJobSpec *
make_from_factory (CtlContext            *context,
                   CtlFunctions          *functions,
                   const CtlSpecOptions  *options,
                   const char * const    *words,
                   GError               **error)
{
  g_autoptr(GVariant) factory = ctl_factories_find (context, options->factory, error);

  if (factory == NULL)
    return NULL;
  return ctl_spec_of_factory (functions, options->factory, ctl_value_get_text (factory, "function"), words, error);
}

static AsyncqJobSpec *
make_template (CtlFunctions        *functions,
               const char * const  *words,
               GError             **error)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new (words[0]);

  return ctl_spec_add_words (spec, functions, words[0], words + 1, error) ? g_steal_pointer (&spec) : NULL;
}

static GPtrArray *
make_specs (CtlContext            *context,
            CtlFunctions          *functions,
            const CtlSpecOptions  *options,
            const char * const    *words,
            GError               **error)
{
  g_autoptr(GPtrArray) specs = NULL;
  g_autofree char *text = NULL;
  AsyncqJobSpec *spec;

  if (options->file != NULL)
    {
      text = read_file (options->file, error);
      return text != NULL ? ctl_spec_read_json (functions, text, options->defer_check, error) : NULL;
    }
  if (is_composite (options))
    spec = make_composite (functions, options, words, error);
  else if (options->is_template)
    spec = make_template (functions, words, error);
  else if (options->factory != NULL)
    spec = make_from_factory (context, functions, options, words, error);
  else
    spec = ctl_spec_of_words (functions, words[0], words + 1, options->callback_of != NULL ? 1 : 0,
                              options->defer_check, error);
  if (spec == NULL)
    return NULL;
  specs = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (specs, spec);
  return g_steal_pointer (&specs);
}

GPtrArray *
ctl_spec_options_build (CtlContext            *context,
                        const CtlSpecOptions  *options,
                        const char * const    *words,
                        GError               **error)
{
  g_auto(CtlFunctions) functions = { NULL };
  g_autoptr(GPtrArray) specs = NULL;
  CtlReach reach = is_composite (options) ? CTL_REACH_JOB : CTL_REACH_ALL;

  if (!check_options (options, words, error) || !ctl_functions_load (&functions, context, error))
    return NULL;
  specs = make_specs (context, &functions, options, words, error);
  for (guint i = 0; specs != NULL && i < specs->len; i++)
    {
      AsyncqJobSpec *spec = g_ptr_array_index (specs, i);

      if (!ctl_settings_apply (&options->settings, spec, reach, error) ||
          !add_callbacks (spec, &functions, options, error) || !add_edges (spec, options, error))
        return NULL;
    }
  return g_steal_pointer (&specs);
}
