/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * show: all properties of jobs, or of the daemon, as KEY=VALUE
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
put_chosen (GVariant            *properties,
            const char * const  *chosen,
            gboolean             value_only,
            GError             **error)
{
  for (guint i = 0; chosen[i] != NULL; i++)
    {
      g_autoptr(GVariant) value = g_variant_lookup_value (properties, chosen[i], NULL);
      g_autoptr(GPtrArray) names = NULL;
      const char *meant;
      const char *name;
      GVariantIter iter;

      if (value != NULL)
        {
          put_property (chosen[i], value, value_only);
          continue;
        }
      names = g_ptr_array_new ();
      g_variant_iter_init (&iter, properties);
      while (g_variant_iter_next (&iter, "{&s@v}", &name, NULL))
        g_ptr_array_add (names, (gpointer) name);
      g_ptr_array_add (names, NULL);
      meant = ctl_suggest (chosen[i], (const char * const *) names->pdata);
      if (meant != NULL)
        /* TRANSLATORS: both %s are names of properties */
        g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no property '%s'; did you mean '%s'?"),
                     chosen[i], meant);
      else
        /* TRANSLATORS: %s is the name of a property */
        g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no property '%s'"), chosen[i]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
put_properties (GVariant            *properties,
                const char * const  *chosen,
                gboolean             value_only,
                GError             **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *item;

  if (chosen != NULL)
    return put_chosen (properties, chosen, value_only, error);
  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &item))
    {
      g_autoptr(GVariant) value = item;

      put_property (name, value, value_only);
    }
  return TRUE;
}

static gboolean
show_daemon (CtlContext          *context,
             AsyncqClient        *client,
             const char * const  *chosen,
             gboolean             value_only,
             GError             **error)
{
  g_autoptr(GVariant) properties = asyncq_client_get_status_sync (client, NULL, error);

  if (properties == NULL)
    return FALSE;
  if (context->json == CTL_JSON_OFF)
    return put_properties (properties, chosen, value_only, error);
  ctl_json_put (context, ctl_json_of_variant (properties));
  return TRUE;
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
      if (context->json != CTL_JSON_OFF)
        {
          ctl_json_put (context, ctl_json_of_job (job));
          continue;
        }
      if (i > 0 && !value_only)
        ctl_put ("\n");
      if (!put_properties (asyncq_job_info_get_properties (job), chosen, value_only, error))
        return FALSE;
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
  const char *const *chosen;
  gboolean value_only = FALSE;
  AsyncqClient *client;
  const GOptionEntry entries[] = {
    { "property", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &properties, N_("Only this property; may be repeated"),
      N_("NAME") },
    { "value", 0, 0, G_OPTION_ARG_NONE, &value_only, N_("Only values, without names"), NULL },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_show, entries, CTL_DASH_IS_OPTION, arguments, &words, error) ||
      (client = ctl_context_connect (context, error)) == NULL)
    return CTL_EXIT_OK;

  /* the caller looks at the error */
  chosen = (const char *const *) properties;
  if (words[0] == NULL)
    (void) show_daemon (context, client, chosen, value_only, error);
  else
    (void) show_jobs (context, client, words, chosen, value_only, error);
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_show = {
  .name = "show",
  .usage = N_("[JOB…]"),
  .summary = N_("Print what is known of jobs, or of the daemon, as KEY=VALUE."),
  .description = N_("Times are microseconds since 1970-01-01 UTC, and 0 for not yet; numbers of jobs are\n"
                    "separated by blanks. With --json, times are RFC 3339.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl show 30\n"
                    "  asyncqctl show 30 -p State --value\n"
                    "  asyncqctl show -p Version\n"),
  .run = run,
};
