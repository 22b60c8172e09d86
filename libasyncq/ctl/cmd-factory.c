/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * factory: calls with settings that have a name, and that jobs are made of
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-fact.h"
#include "ctl-factory.h"
#include "ctl-json.h"
#include "ctl-submit.h"
#include "ctl-table.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

#define ARGUMENTS_COLUMN 2

/* as a command line has them: "1 2 size=3" */
static char *
dup_arguments (GVariant *factory)
{
  g_autoptr(GVariant) positional = g_variant_lookup_value (factory, "arguments", NULL);
  g_autoptr(GVariant) named = g_variant_lookup_value (factory, "named", G_VARIANT_TYPE_VARDICT);
  GString *text = g_string_new (NULL);
  GVariantIter iter;
  const char *name;
  GVariant *item;

  for (gsize i = 0; positional != NULL && i < g_variant_n_children (positional); i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (positional, i);
      g_autofree char *printed = g_variant_print (value, FALSE);

      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", printed);
    }
  if (named == NULL)
    return g_string_free (text, FALSE);
  g_variant_iter_init (&iter, named);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &item))
    {
      g_autoptr(GVariant) value = item;
      g_autofree char *printed = g_variant_print (value, FALSE);

      g_string_append_printf (text, "%s%s=%s", text->len > 0 ? " " : "", name, printed);
    }
  return g_string_free (text, FALSE);
}

static void
add_factory_row (CtlTable *table,
                 GVariant *factory)
{
  g_autofree char *arguments = dup_arguments (factory);

  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_value_get_text (factory, "name"));
  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_value_get_text (factory, "function"));
  ctl_table_add (table, CTL_LOOK_PLAIN, arguments);
}

static CtlExit
list_factories (CtlContext  *context,
                char       **words,
                gpointer     options,
                GError     **error)
{
  const char *const headings[] = { _("FACTORY"), _("FUNCTION"), _("ARGUMENTS"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autoptr(GVariant) factories = ctl_factories_get (context, error);

  ctl_table_put_items (table, context, factories, add_factory_row, ctl_json_of_variant, ARGUMENTS_COLUMN);
  return CTL_EXIT_OK; /* unless @error is set */
}

static CtlExit
show_factory (CtlContext  *context,
              char       **words,
              gpointer     options,
              GError     **error)
{
  g_autoptr(GVariant) factory = ctl_factories_find (context, words[0], error);

  if (factory != NULL)
    ctl_fact_put_settings (context, factory);
  return ctl_exit_of_success (factory != NULL);
}

/* the words after its name, and the options, are those of submit */
static CtlExit
add_factory (CtlContext  *context,
             char       **words,
             gpointer     options,
             GError     **error)
{
  CtlSpecOptions *given = options;
  g_autoptr(GPtrArray) specs = NULL;
  g_autoptr(GVariant) entries = NULL;
  g_autoptr(GVariant) entry = NULL;

  given->is_template = TRUE;
  specs = ctl_spec_options_build (context, given, (const char * const *) words + 1, error);
  if (specs == NULL)
    return CTL_EXIT_ERROR;
  entries = asyncq_job_spec_to_entries (g_ptr_array_index (specs, 0));
  if (specs->len != 1 || g_variant_n_children (entries) != 1)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("a factory is of one call, without callbacks"));
      return CTL_EXIT_USAGE;
    }
  entry = g_variant_get_child_value (entries, 0);
  return ctl_exit_of_success (asyncq_client_add_factory_sync (context->client, words[0], entry, NULL, error));
}

static CtlExit
remove_factory (CtlContext  *context,
                char       **words,
                gpointer     options,
                GError     **error)
{
  return ctl_exit_of_success (asyncq_client_remove_factory_sync (context->client, words[0], NULL, error));
}

static const CtlAction actions[] = {
  { "list", 0, 0, list_factories },
  { "show", 1, 1, show_factory },
  { "add", 2, G_MAXUINT, add_factory },
  { "remove", 1, 1, remove_factory },
  { NULL },
};

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(CtlSpecOptions) options = { 0 };
  g_auto(GStrv) words = NULL;

  if (!ctl_submit_parse (context, &ctl_verb_factory, arguments, &options, &words, error))
    return CTL_EXIT_OK;
  return ctl_action_run (context, actions, "factory", words, &options, error);
}

static const char *const action_words[] = { "list", "show", "add", "remove", NULL };

const CtlVerb ctl_verb_factory = {
  .name = "factory",
  .usage = N_("[ACTION [WORD…]]"),
  .summary = N_("Keep calls under a name, to submit them by it."),
  .description = N_("What can be done:\n"
                    "  list                         all factories\n"
                    "  show NAME                    one, with its settings\n"
                    "  add NAME FUNCTION [WORD…]    with the words and options of submit\n"
                    "  remove NAME                  jobs that were made of it stay\n"
                    "\"submit --factory=NAME\" makes a job of one; its words and options take the place\n"
                    "of those of the factory.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl factory add pi pi.generate_sample size=1000000 --queue=slow\n"
                    "  asyncqctl run --factory=pi size=10\n"
                    "  asyncqctl factory list\n"),
  .words = action_words,
  .completes = CTL_COMPLETES_FACTORIES,
  .run = run,
};
