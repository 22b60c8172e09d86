/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * show: all properties of jobs, as KEY=VALUE
 */

#include "config.h"

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

static gboolean
show_jobs (CtlContext          *context,
           AsyncqClient        *client,
           char               **words,
           const char * const  *chosen,
           gboolean             value_only,
           GError             **error)
{
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autoptr(AsyncqJobInfo) job = NULL;
      guint64 id;

      if (!ctl_parse_id (words[i], &id, error) ||
          (job = asyncq_client_get_job_sync (client, id, NULL, error)) == NULL)
        return FALSE;
      if (chosen != NULL && !check_chosen (asyncq_job_info_get_properties (job), chosen, error))
        return FALSE;
      if (i > 0 && !value_only && context->json == CTL_JSON_OFF)
        ctl_put ("\n");
      if (context->json != CTL_JSON_OFF)
        ctl_json_put (context, ctl_json_of_job (job, chosen));
      else if (chosen != NULL)
        put_chosen (asyncq_job_info_get_properties (job), chosen, value_only);
      else
        put_all (asyncq_job_info_get_properties (job), value_only);
    }
  return TRUE;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_auto(GStrv) properties = NULL;
  gboolean value_only = FALSE;
  AsyncqClient *client;
  const GOptionEntry entries[] = {
    { "property", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &properties, N_("Only this property; may be repeated"),
      N_("NAME") },
    { "value", 0, 0, G_OPTION_ARG_NONE, &value_only, N_("Only values, without names"), NULL },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_show, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (words[0] == NULL)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("the number of a job is wanted"));
      return CTL_EXIT_USAGE;
    }
  client = ctl_context_connect (context, error);
  if (client != NULL)
    (void) show_jobs (context, client, words, (const char * const *) properties, value_only, error);
  return CTL_EXIT_OK; /* unless @error is set */
}

const CtlVerb ctl_verb_show = {
  .name = "show",
  .usage = N_("JOB…"),
  .summary = N_("Print all properties of jobs as KEY=VALUE, for programs."),
  .description = N_("Times are microseconds since 1970-01-01 UTC, and 0 for not yet; numbers of jobs\n"
                    "are separated by blanks. With --json, times are RFC 3339.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl show 30\n"
                    "  asyncqctl show 30 -p State --value\n"),
  .run = run,
};
