/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Changing all jobs that a filter accepts
 *
 * A filter may mean more than was thought. So people are shown how many and some
 * of them and are asked, and programs have to say that they mean it.
 */

#include "config.h"

#include "ctl-bulk.h"

#include "ctl-ask.h"
#include "ctl-json.h"
#include "ctl-plain.h"

#include <glib/gi18n.h>
#include <string.h>

void
ctl_bulk_clear (CtlBulk *self)
{
  g_clear_pointer (&self->match, g_free);
}

/* Returns: (nullable): what is wrong */
static const char *
find_fault (const CtlBulk  *self,
            char          **words)
{
  if (self->match == NULL)
    return self->dry_run || self->yes || self->limit != 0 ? _("--dry-run, --limit and --yes go with --match") : NULL;
  if (words[0] != NULL)
    return _("the numbers of jobs and --match exclude each other");
  if (strspn (self->match, " \t\n") == strlen (self->match))
    return _("--match wants a filter; to mean all jobs: --match='queue:*'");
  if (self->limit < 0)
    return _("--limit wants a number from 1");
  if (!self->yes && !self->dry_run && !ctl_ask_is_possible ())
    return _("many jobs are changed, and nobody can be asked: --yes or --dry-run is wanted");
  return NULL;
}

gboolean
ctl_bulk_check (const CtlBulk  *self,
                char          **words,
                GError        **error)
{
  const char *fault = find_fault (self, words);

  if (fault != NULL)
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, fault);
  return fault == NULL;
}

static guint64
count_of (GVariant   *result,
          const char *name)
{
  guint64 n = 0;

  (void) g_variant_lookup (result, name, "t", &n);
  return n;
}

/* (transfer full) (element-type AsyncqJobInfo): some of the jobs that were changed, or would be */
static GPtrArray *
list_samples (GVariant *result)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GVariant) samples = g_variant_lookup_value (result, "samples", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; samples != NULL && i < g_variant_n_children (samples); i++)
    {
      g_autoptr(GVariant) sample = g_variant_get_child_value (samples, i);

      g_ptr_array_add (jobs, asyncq_job_info_new (sample));
    }
  return jobs;
}

/* " (2 already finished, 1 running)"; where there is one reason alone its number is said already */
static char *
dup_reasons (GVariant *result)
{
  g_autoptr(GVariant) reasons = g_variant_lookup_value (result, "reasons", G_VARIANT_TYPE ("a{st}"));
  gsize n_reasons = reasons != NULL ? g_variant_n_children (reasons) : 0;
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n_reasons; i++)
    {
      const char *reason;
      guint64 n;

      g_variant_get_child (reasons, i, "{&st}", &reason, &n);
      g_string_append (text, i == 0 ? " (" : ", ");
      if (n_reasons > 1)
        g_string_append_printf (text, "%" G_GUINT64_FORMAT " ", n);
      g_string_append (text, reason);
    }
  return g_string_free (n_reasons > 0 ? g_string_append_c (text, ')') : text, FALSE);
}

static void
put_line (GVariant *result,
          gboolean  dry_run)
{
  g_autofree char *changed = g_strdup_printf ("%" G_GUINT64_FORMAT, count_of (result, "changed"));
  g_autofree char *skipped = g_strdup_printf ("%" G_GUINT64_FORMAT, count_of (result, "skipped"));
  g_autofree char *failed = g_strdup_printf ("%" G_GUINT64_FORMAT, count_of (result, "failed"));
  g_autofree char *reasons = dup_reasons (result);
  g_autofree char *line = NULL;

  /* TRANSLATORS: three numbers of jobs; behind the second one stands why, in brackets, which is not translated */
  line = g_strdup_printf (dry_run ? _("would change %s, skip %s%s, fail %s") : _("changed %s, skipped %s%s, failed %s"),
                          changed, skipped, reasons, failed);
  ctl_put ("%s\n", line);
}

static void
put_json (CtlContext *context,
          GVariant   *result,
          gboolean    dry_run)
{
  g_autoptr(JsonObject) object = json_object_new ();
  g_autoptr(GVariant) reasons = g_variant_lookup_value (result, "reasons", NULL);
  g_autoptr(GVariant) errors = g_variant_lookup_value (result, "errors", NULL);
  g_autoptr(GPtrArray) jobs = list_samples (result);
  JsonArray *samples = json_array_new ();

  json_object_set_int_member (object, "changed", (gint64) count_of (result, "changed"));
  json_object_set_int_member (object, "skipped", (gint64) count_of (result, "skipped"));
  json_object_set_int_member (object, "failed", (gint64) count_of (result, "failed"));
  json_object_set_boolean_member (object, "dry_run", dry_run);
  if (reasons != NULL)
    ctl_json_add_variant (object, "reasons", reasons);
  if (errors != NULL)
    ctl_json_add_variant (object, "errors", errors);
  for (guint i = 0; i < jobs->len; i++)
    json_array_add_element (samples, ctl_json_of_job (g_ptr_array_index (jobs, i), NULL));
  json_object_set_array_member (object, "samples", samples);
  ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
}

static void
complain (GVariant *result)
{
  g_auto(GStrv) errors = NULL;

  if (!g_variant_lookup (result, "errors", "^as", &errors))
    return;
  for (guint i = 0; errors[i] != NULL; i++)
    {
      g_autofree char *plain = ctl_plain_dup (errors[i]);

      g_printerr ("asyncqctl: %s\n", plain);
    }
}

static CtlExit
put_result (CtlContext *context,
            GVariant   *result,
            gboolean    dry_run)
{
  if (context->json != CTL_JSON_OFF)
    put_json (context, result, dry_run);
  else if (!context->quiet)
    put_line (result, dry_run);
  complain (result);
  if (count_of (result, "failed") == 0)
    return CTL_EXIT_OK;
  return count_of (result, "changed") > 0 ? CTL_EXIT_PARTLY : CTL_EXIT_ERROR;
}

static GVariant *
change (const CtlBulk  *self,
        CtlContext     *context,
        const char     *action,
        GVariant       *options,
        gboolean        dry_run,
        GError        **error)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (options);

  if (self->limit > 0)
    g_variant_dict_insert (&dict, "limit", "t", (guint64) self->limit);
  if (dry_run)
    g_variant_dict_insert (&dict, "dry-run", "b", TRUE);
  return asyncq_client_change_jobs_sync (context->client, self->match, action, g_variant_dict_end (&dict), NULL, error);
}

static char *
dup_question (const char *action,
              guint64     n_jobs)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, n_jobs);
  gulong n = (gulong) n_jobs;
  const char *format;

  /* TRANSLATORS: %s is a number; y is what the user has to type, in every language */
  if (g_str_equal (action, "cancel"))
    format = ngettext ("Cancel %s job? [y/N] ", "Cancel %s jobs? [y/N] ", n);
  else if (g_str_equal (action, "retry"))
    format = ngettext ("Run %s job again? [y/N] ", "Run %s jobs again? [y/N] ", n);
  else if (g_str_equal (action, "remove"))
    format = ngettext ("Remove %s job for ever? [y/N] ", "Remove %s jobs for ever? [y/N] ", n);
  else
    format = ngettext ("Change %s job? [y/N] ", "Change %s jobs? [y/N] ", n);
  return g_strdup_printf (format, number);
}

/* what would be done, and whether it is to be. NULL, with or without an error: nothing is to be done */
static GVariant *
preview (const CtlBulk  *self,
         CtlContext     *context,
         const char     *action,
         GVariant       *options,
         gboolean       *out_go_on,
         GError        **error)
{
  g_autoptr(GVariant) result = change (self, context, action, options, TRUE, error);
  g_autoptr(GPtrArray) samples = NULL;
  g_autofree char *question = NULL;

  if (result == NULL)
    return NULL;
  samples = list_samples (result);
  if (!context->quiet && context->json == CTL_JSON_OFF)
    ctl_ask_show_samples (samples, count_of (result, "changed"));
  *out_go_on = FALSE;
  if (self->dry_run || count_of (result, "changed") == 0)
    return g_steal_pointer (&result);
  question = dup_question (action, count_of (result, "changed"));
  *out_go_on = ctl_ask (question);
  if (*out_go_on)
    return g_steal_pointer (&result);
  g_printerr ("%s\n", _("nothing was changed"));
  return NULL;
}

CtlExit
ctl_bulk_run (const CtlBulk  *self,
              CtlContext     *context,
              const char     *action,
              GVariant       *options,
              GError        **error)
{
  g_autoptr(GVariant) owned = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autoptr(GVariant) result = NULL;
  gboolean go_on = self->yes && !self->dry_run;

  if (ctl_context_connect (context, error) == NULL)
    return CTL_EXIT_ERROR;
  if (!go_on)
    {
      result = preview (self, context, action, owned, &go_on, error);
      if (result == NULL)
        return CTL_EXIT_ERROR;
      if (!go_on)
        return put_result (context, result, self->dry_run);
      g_clear_pointer (&result, g_variant_unref);
    }
  result = change (self, context, action, owned, FALSE, error);
  return result != NULL ? put_result (context, result, FALSE) : CTL_EXIT_ERROR;
}
