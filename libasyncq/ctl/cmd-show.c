/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * show: all properties of jobs, as KEY=VALUE
 */

#include "config.h"

#include "ctl-attempts.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-suggest.h"

#include <glib/gi18n.h>
#include <string.h>

/* the plain text of a value: strings as they are, ids with blanks between them, else GVariant text */
static char *
dup_plain (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("at")))
    {
      GString *text = g_string_new (NULL);
      gsize n;
      const guint64 *ids = g_variant_get_fixed_array (value, &n, sizeof (guint64));

      for (gsize i = 0; i < n; i++)
        g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? " " : "", ids[i]);
      return g_string_free (text, FALSE);
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("ax")))
    {
      GString *text = g_string_new (NULL);
      gsize n;
      const gint64 *times = g_variant_get_fixed_array (value, &n, sizeof (gint64));

      for (gsize i = 0; i < n; i++)
        g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "", times[i]);
      return g_string_free (text, FALSE);
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTE))
    return g_strdup_printf ("%u", g_variant_get_byte (value));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr(GVariant) inner = g_variant_get_variant (value);

      return g_variant_print (inner, TRUE);
    }
  return g_variant_print (value, FALSE);
}

static void
put_property (const char *name,
              GVariant   *value,
              gboolean    value_only)
{
  g_autofree char *text = dup_plain (value);

  if (value_only)
    ctl_put ("%s\n", text);
  else
    ctl_put ("%s=%s\n", name, text);
}

static gboolean
check_chosen (GVariant            *properties,
              const char * const  *chosen,
              GError             **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  GVariantIter iter;
  const char *name;
  const char *meant;

  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    g_ptr_array_add (names, (gpointer) name);
  g_ptr_array_add (names, NULL);

  for (guint i = 0; chosen[i] != NULL; i++)
    {
      if (g_strv_contains ((const char * const *) names->pdata, chosen[i]))
        continue;
      meant = ctl_suggest (chosen[i], (const char * const *) names->pdata);
      if (meant != NULL)
        /* TRANSLATORS: both %s are names of properties */
        g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                     _("there is no property '%s'; did you mean '%s'?"), chosen[i], meant);
      else
        /* TRANSLATORS: %s is the name of a property */
        g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no property '%s'"), chosen[i]);
      return FALSE;
    }
  return TRUE;
}

static void
put_all (GVariant *properties,
         gboolean  value_only)
{
  GVariantIter iter;
  const char *name;
  GVariant *item;

  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &item))
    {
      g_autoptr(GVariant) value = item;

      put_property (name, value, value_only);
    }
}

static void
put_chosen (GVariant           *properties,
            const char * const *chosen,
            gboolean            value_only)
{
  for (guint i = 0; chosen[i] != NULL; i++)
    {
      g_autoptr(GVariant) value = g_variant_lookup_value (properties, chosen[i], NULL);

      put_property (chosen[i], value, value_only);
    }
}

/* what of a job is shown */
typedef struct
{
  const char *const *properties; /* nullable: all */
  gboolean           value_only;
  gboolean           attempts;
  char              *failure;    /* nullable: "brief", "default" or "verbose" */
} Choice;

static void
put_properties (CtlContext    *context,
                AsyncqJobInfo *job,
                const Choice  *choice)
{
  if (context->json != CTL_JSON_OFF)
    ctl_json_put (context, ctl_json_of_job (job, choice->properties));
  else if (choice->properties != NULL)
    put_chosen (asyncq_job_info_get_properties (job), choice->properties, choice->value_only);
  else
    put_all (asyncq_job_info_get_properties (job), choice->value_only);
}

/* the attempts that were and will be, and what decides about them */
static void
put_attempts (CtlContext    *context,
              AsyncqJobInfo *job)
{
  static const char *const properties[] = { "Id", "Attempts", "ForgottenAttempts", "NextTries", "RetryPlan", NULL };
  const char *const *plan = asyncq_job_info_get_retry_plan (job);

  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_job (job, properties));
      return;
    }
  (void) ctl_attempts_put (context, job); /* where there is nothing, nothing is shown */
  for (guint i = 0; plan != NULL && plan[i] != NULL; i++)
    ctl_put ("%s\n", plan[i]);
  ctl_attempts_put_details (context, job);
}

static gboolean
put_failure (CtlContext     *context,
             AsyncqJobInfo  *job,
             const char     *detail,
             GError        **error)
{
  guint64 id = asyncq_job_info_get_id (job);
  g_autofree char *text = asyncq_client_get_failure_sync (context->client, id, detail, NULL, error);
  g_autoptr(JsonObject) object = NULL;

  if (text == NULL)
    return FALSE;
  if (context->json != CTL_JSON_OFF)
    {
      object = json_object_new ();
      json_object_set_int_member (object, "id", (gint64) id);
      json_object_set_string_member (object, "failure", text);
      ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
    }
  else if (*text != '\0')
    {
      ctl_put ("%s%s", text, g_str_has_suffix (text, "\n") ? "" : "\n");
    }
  return TRUE;
}

static gboolean
show_job (CtlContext     *context,
          guint64         id,
          const Choice   *choice,
          GError        **error)
{
  g_autoptr(AsyncqJobInfo) job = asyncq_client_get_job_sync (context->client, id, NULL, error);

  if (job == NULL || (choice->properties != NULL &&
                      !check_chosen (asyncq_job_info_get_properties (job), choice->properties, error)))
    return FALSE;
  if (choice->failure != NULL)
    return put_failure (context, job, choice->failure, error);
  if (choice->attempts)
    put_attempts (context, job);
  else
    put_properties (context, job, choice);
  return TRUE;
}

static gboolean
show_jobs (CtlContext    *context,
           char         **words,
           const Choice  *choice,
           GError       **error)
{
  guint64 id;

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (i > 0 && !choice->value_only && context->json == CTL_JSON_OFF)
        ctl_put ("\n");
      if (!ctl_parse_id (words[i], &id, error) || !show_job (context, id, choice, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
on_failure (const char  *name,
            const char  *value,
            gpointer     data,
            GError     **error)
{
  Choice *choice = ((CtlContext *) data)->options;

  g_free (choice->failure);
  choice->failure = g_strdup (value != NULL ? value : "default");
  return TRUE;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_auto(GStrv) properties = NULL;
  Choice choice = { NULL };
  gboolean parsed;
  const GOptionEntry entries[] = {
    { "property", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &properties, N_("Only this property; may be repeated"),
      N_("NAME") },
    { "value", 0, 0, G_OPTION_ARG_NONE, &choice.value_only, N_("Only values, without names"), NULL },
    { "attempts", 0, 0, G_OPTION_ARG_NONE, &choice.attempts, N_("All attempts, and those to come"), NULL },
    { "failure", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, on_failure,
      N_("How it failed: brief, default or verbose"), N_("HOW") },
    { NULL }
  };

  context->options = &choice;
  parsed = ctl_options_parse (context, &ctl_verb_show, entries, CTL_DASH_IS_OPTION, arguments, &words, error);
  context->options = NULL;
  choice.properties = (const char * const *) properties;
  if (parsed && words[0] == NULL)
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("the number of a job is wanted"));
  else if (parsed && ctl_context_connect (context, error) != NULL)
    (void) show_jobs (context, words, &choice, error); /* the caller looks at the error */
  g_free (choice.failure);
  return CTL_EXIT_OK; /* unless @error is set */
}

const CtlVerb ctl_verb_show = {
  .name = "show",
  .usage = N_("JOB…"),
  .summary = N_("Print all properties of jobs as KEY=VALUE, for programs."),
  .description = N_("Times are microseconds since 1970-01-01 UTC, and 0 for not yet; numbers of jobs\n"
                    "are separated by blanks. With --json, times are RFC 3339. With --attempts or\n"
                    "--failure it is for people.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl show 30\n"
                    "  asyncqctl show 30 -p State --value\n"
                    "  asyncqctl show 30 --attempts\n"
                    "  asyncqctl show 30 --failure=verbose\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};
