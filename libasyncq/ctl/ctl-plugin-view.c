/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Plugins in words: all in a table, and one on a screen
 */

#include "config.h"

#include "ctl-plugin-view.h"

#include "ctl-fact.h"
#include "ctl-json.h"
#include "ctl-table.h"
#include "ctl-time.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

#define FILE_COLUMN 6
#define SHOWN_DIGITS 16

static guint
count_quarantined (GVariant *functions)
{
  guint n = 0;

  for (gsize i = 0; functions != NULL && i < g_variant_n_children (functions); i++)
    {
      g_autoptr(GVariant) function = g_variant_get_child_value (functions, i);

      n += g_variant_lookup (function, "quarantine", "@a{sv}", NULL) ? 1 : 0;
    }
  return n;
}

/* @n_quarantined: how many of its functions are */
static char *
dup_state (const char *state,
           gboolean    is_refused,
           guint       n_quarantined)
{
  if (n_quarantined > 0)
    return g_strconcat (ctl_style_sign ("☠", "!"), " ", _("quarantined"), NULL);
  if (is_refused && g_str_equal (state, "loaded"))
    return g_strconcat (ctl_style_sign ("✗", "x"), " ", _("new file refused"), NULL);
  return g_strconcat (g_str_equal (state, "loaded") ? ctl_style_sign ("✓", "+") : ctl_style_sign ("✗", "x"), " ", state,
                      NULL);
}

static void
add_row (CtlTable *table,
         GVariant *plugin)
{
  g_autoptr(GVariant) functions = g_variant_lookup_value (plugin, "functions", G_VARIANT_TYPE ("aa{sv}"));
  guint n_quarantined = count_quarantined (functions);
  const char *state = ctl_value_get_text (plugin, "state");
  const char *id = ctl_value_get_text (plugin, "id");
  gboolean is_refused = *ctl_value_get_text (plugin, "refusal") != '\0';
  g_autofree char *word = dup_state (state, is_refused, n_quarantined);
  g_autofree char *generation = NULL;
  g_autofree char *n_functions = NULL;
  g_autofree char *build = g_strndup (ctl_value_get_text (plugin, "build"), SHOWN_DIGITS / 2);
  guint32 number = 0;

  (void) g_variant_lookup (plugin, "generation", "u", &number);
  generation = g_strdup_printf ("%u", number);
  n_functions = g_strdup_printf ("%zu", functions != NULL ? g_variant_n_children (functions) : 0);
  ctl_table_add (table, CTL_LOOK_PLAIN, *id != '\0' ? id : "-");
  ctl_table_add (table, CTL_LOOK_PLAIN, *ctl_value_get_text (plugin, "version") != '\0'
                                          ? ctl_value_get_text (plugin, "version") : "-");
  ctl_table_add (table, n_quarantined > 0 || is_refused ? CTL_LOOK_BAD : CTL_LOOK_GOOD, word);
  ctl_table_add (table, CTL_LOOK_PLAIN, generation);
  ctl_table_add (table, CTL_LOOK_PLAIN, *build != '\0' ? build : "-");
  ctl_table_add (table, CTL_LOOK_PLAIN, n_functions);
  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_value_get_text (plugin, "file"));
}

CtlExit
ctl_plugin_list (CtlContext  *context,
                 GError     **error)
{
  const char *const headings[] = { _("PLUGIN"), _("VERSION"), _("STATE"), _(">GEN"), _("BUILD"), _(">FUNCTIONS"),
                                   _("<FILE"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autoptr(GVariant) plugins = asyncq_client_list_plugins_sync (context->client, NULL, error);

  if (plugins == NULL)
    return CTL_EXIT_ERROR;
  if (g_variant_n_children (plugins) > 0 || context->json != CTL_JSON_OFF)
    ctl_table_put_items (table, context, plugins, add_row, ctl_json_of_variant, FILE_COLUMN);
  return CTL_EXIT_OK;
}

static void
put_function (CtlContext *context,
              GVariant   *function)
{
  g_autoptr(GVariant) quarantine = g_variant_lookup_value (function, "quarantine", G_VARIANT_TYPE_VARDICT);
  const char *options = ctl_value_get_text (function, "options");
  const char *object = ctl_value_get_text (function, "object");
  const char *description = ctl_value_get_text (function, "description");
  gint64 since_usec = 0;

  ctl_put ("\n%s%s%s (%s) %s %s\n", ctl_style_on (context, CTL_LOOK_HEADING), ctl_value_get_text (function, "name"),
           ctl_style_off (context, CTL_LOOK_HEADING), ctl_value_get_text (function, "parameters"),
           ctl_style_sign ("→", "->"), ctl_value_get_text (function, "result"));
  if (*object != '\0')
    ctl_put (_("    on an object of type %s\n"), object);
  if (*options != '\0')
    ctl_put ("    %s\n", options);
  if (*description != '\0')
    ctl_put ("    %s\n", description);
  if (quarantine != NULL)
    {
      g_autoptr(GVariant) jobs = g_variant_lookup_value (quarantine, "jobs", G_VARIANT_TYPE ("at"));
      g_autofree char *since = NULL;
      g_autofree char *text = NULL;

      (void) g_variant_lookup (quarantine, "since", "x", &since_usec);
      since = ctl_dup_time_local (since_usec);
      /* TRANSLATORS: a time, how many jobs, the name of a function */
      text = g_strdup_printf (_("quarantined since %s: %zu jobs crashed in it; \"asyncqctl plugin release %s\""), since,
                              jobs != NULL ? g_variant_n_children (jobs) : 0, ctl_value_get_text (function, "name"));
      ctl_put ("    %s%s ", ctl_style_on (context, CTL_LOOK_BAD), ctl_style_sign ("☠", "!"));
      ctl_style_put_wrapped (6, text);
      ctl_put ("%s", ctl_style_off (context, CTL_LOOK_BAD));
    }
}

static void
put_workers (GVariant *plugin,
             guint32   newest)
{
  g_autoptr(GVariant) workers = g_variant_lookup_value (plugin, "Workers", G_VARIANT_TYPE ("a{uu}"));
  guint32 generation, n;
  GVariantIter iter;

  if (workers == NULL)
    return;
  g_variant_iter_init (&iter, workers);
  while (g_variant_iter_next (&iter, "{uu}", &generation, &n))
    if (generation == newest)
      /* TRANSLATORS: how many workers, and of which generation they are */
      ctl_fact_put (_("Workers"), _("%u with generation %u"), n, generation);
    else
      ctl_fact_put (_("Workers"), _("%u with generation %u, which is not the newest: until their jobs are done"), n,
                    generation);
}

/* limits that cannot be granted, and the like */
static void
put_notes (GVariant *plugin)
{
  g_autofree const char **notes = NULL;

  if (!g_variant_lookup (plugin, "Notes", "^a&s", &notes))
    return;
  for (guint i = 0; notes[i] != NULL; i++)
    ctl_fact_put_wrapped (_("Note"), notes[i]);
}

/* how far the sandboxes of functions have come */
static void
put_sandboxes (GVariant *plugin)
{
  g_autoptr(GVariant) sandboxes = g_variant_lookup_value (plugin, "Sandboxes", G_VARIANT_TYPE ("a{sas}"));

  for (gsize i = 0; sandboxes != NULL && i < g_variant_n_children (sandboxes); i++)
    {
      g_autofree const char **levels = NULL;
      g_autofree char *words = NULL;
      g_autofree char *line = NULL;
      const char *function;

      g_variant_get_child (sandboxes, i, "{&s^a&s}", &function, &levels);
      words = g_strjoinv (", ", (char **) levels);
      line = g_strdup_printf ("%s: %s", function, levels[0] != NULL ? words : _("not known before its first job"));
      ctl_fact_put_wrapped (_("Sandbox"), line);
    }
}

CtlExit
ctl_plugin_show (CtlContext  *context,
                 const char  *id,
                 GError     **error)
{
  g_autoptr(GVariant) plugin = asyncq_client_get_plugin_sync (context->client, id, NULL, error);
  g_autoptr(GVariant) functions = NULL;
  gint64 loaded_usec = 0;
  const char *version;
  guint32 generation = 0;

  if (plugin == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_properties (plugin));
      return CTL_EXIT_OK;
    }
  functions = g_variant_lookup_value (plugin, "Functions", G_VARIANT_TYPE ("aa{sv}"));
  (void) g_variant_lookup (plugin, "Generation", "u", &generation);
  (void) g_variant_lookup (plugin, "Loaded", "x", &loaded_usec);
  version = ctl_value_get_text (plugin, "Version");
  ctl_put ("%s%s%s%s%s\n", ctl_style_on (context, CTL_LOOK_HEADING), id, ctl_style_off (context, CTL_LOOK_HEADING),
           *version != '\0' ? " " : "", version);
  ctl_fact_put (_("State"), "%s", ctl_value_get_text (plugin, "State"));
  if (*ctl_value_get_text (plugin, "Refusal") != '\0')
    ctl_fact_put_wrapped (_("Refused"), ctl_value_get_text (plugin, "Refusal"));
  if (*ctl_value_get_text (plugin, "File") != '\0')
    ctl_fact_put (_("File"), "%s", ctl_value_get_text (plugin, "File"));
  if (generation != 0)
    ctl_fact_put (_("Generation"), "%u", generation);
  if (*ctl_value_get_text (plugin, "Build") != '\0')
    ctl_fact_put (_("Build"), "%s", ctl_value_get_text (plugin, "Build"));
  if (loaded_usec != 0)
    {
      g_autofree char *loaded = ctl_dup_time_local (loaded_usec);

      ctl_fact_put (_("Loaded"), "%s", loaded);
    }
  put_workers (plugin, generation);
  put_notes (plugin);
  put_sandboxes (plugin);
  for (gsize i = 0; functions != NULL && i < g_variant_n_children (functions); i++)
    {
      g_autoptr(GVariant) function = g_variant_get_child_value (functions, i);

      put_function (context, function);
    }
  return CTL_EXIT_OK;
}

static void
append_quarantined (GString  *names,
                    GVariant *plugin)
{
  g_autoptr(GVariant) functions = g_variant_lookup_value (plugin, "functions", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; functions != NULL && i < g_variant_n_children (functions); i++)
    {
      g_autoptr(GVariant) function = g_variant_get_child_value (functions, i);

      if (g_variant_lookup (function, "quarantine", "@a{sv}", NULL))
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", ctl_value_get_text (function, "name"));
    }
}

void
ctl_plugin_put_troubles (CtlContext *context)
{
  g_autoptr(GVariant) plugins = asyncq_client_list_plugins_sync (context->client, NULL, NULL);
  g_autoptr(GString) names = g_string_new (NULL);

  for (gsize i = 0; plugins != NULL && i < g_variant_n_children (plugins); i++)
    {
      g_autoptr(GVariant) plugin = g_variant_get_child_value (plugins, i);
      const char *refusal = ctl_value_get_text (plugin, "refusal");

      append_quarantined (names, plugin);
      if (*refusal != '\0')
        ctl_fact_put_wrapped (_("Refused"), refusal);
    }
  if (names->len > 0)
    ctl_fact_put (_("Quarantined"), "%s%s %s%s", ctl_style_on (context, CTL_LOOK_BAD), ctl_style_sign ("☠", "!"),
                  names->str, ctl_style_off (context, CTL_LOOK_BAD));
}
