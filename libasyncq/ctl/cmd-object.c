/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * object: values that outlive jobs, and that functions are bound to
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-table.h"
#include "ctl-time.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

#define PAGE_LENGTH 1000
#define NAME_COLUMN 0

typedef struct
{
  char   *type;    /* of one that is to be created */
  gint64  version; /* that one must have that is to be changed; 0: any */
} Given;

static void
add_row (CtlTable *table,
         GVariant *view)
{
  g_autofree char *version_text = NULL;
  g_autofree char *size_text = NULL;
  g_autofree char *changed_text = NULL;
  guint64 version = 0;
  guint64 size = 0;
  gint64 changed_usec = 0;

  (void) g_variant_lookup (view, "version", "t", &version);
  (void) g_variant_lookup (view, "size", "t", &size);
  (void) g_variant_lookup (view, "changed", "x", &changed_usec);
  version_text = g_strdup_printf ("%" G_GUINT64_FORMAT, version);
  size_text = g_strdup_printf ("%" G_GUINT64_FORMAT, size);
  changed_text = ctl_dup_time_local (changed_usec);
  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_value_get_text (view, "name"));
  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_value_get_text (view, "type"));
  ctl_table_add (table, CTL_LOOK_PLAIN, version_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, size_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, changed_text);
}

/* Returns: how many there were; the name of the last is @last then */
static gsize
add_page (CtlContext *context,
          CtlTable   *table,
          GVariant   *page,
          char      **last)
{
  gsize n = g_variant_n_children (page);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GVariant) view = g_variant_get_child_value (page, i);

      g_free (*last);
      *last = g_strdup (ctl_value_get_text (view, "name"));
      if (context->json != CTL_JSON_OFF)
        ctl_json_put (context, ctl_json_of_variant (view));
      else
        add_row (table, view);
    }
  return n;
}

static CtlExit
list_objects (CtlContext  *context,
              char       **words,
              gpointer     given,
              GError     **error)
{
  const char *const headings[] = { _("OBJECT"), _("TYPE"), _(">VERSION"), _(">BYTES"), _("CHANGED"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autofree char *last = NULL;
  gsize n_all = 0;
  gsize n;

  do
    {
      g_autoptr(GVariant) page = asyncq_client_list_objects_sync (context->client, words[0], last, PAGE_LENGTH, NULL,
                                                                  error);

      if (page == NULL)
        return CTL_EXIT_ERROR;
      n = add_page (context, table, page, &last);
      n_all += n;
    }
  while (n == PAGE_LENGTH);
  if (n_all > 0 && context->json == CTL_JSON_OFF)
    ctl_table_put (table, context, NAME_COLUMN);
  return CTL_EXIT_OK;
}

static CtlExit
show_object (CtlContext  *context,
             char       **words,
             gpointer     given,
             GError     **error)
{
  g_autoptr(GVariant) view = asyncq_client_read_object_sync (context->client, words[0], NULL, error);
  g_autoptr(GVariant) value = view != NULL ? g_variant_lookup_value (view, "value", NULL) : NULL;
  g_autofree char *text = NULL;

  if (value == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_variant (view));
      return CTL_EXIT_OK;
    }
  text = g_variant_print (value, FALSE);
  ctl_put ("%s\n", text);
  return CTL_EXIT_OK;
}

static CtlExit
create_object (CtlContext  *context,
               char       **words,
               gpointer     options,
               GError     **error)
{
  const Given *given = options;
  g_autoptr(GVariant) value = NULL;

  if (given->type != NULL && !g_variant_type_string_is_valid (given->type))
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is no type"), given->type);
      return CTL_EXIT_USAGE;
    }
  value = ctl_value_parse (words[1], given->type != NULL ? G_VARIANT_TYPE (given->type) : NULL, error);
  return ctl_exit_of_success (value != NULL &&
                              asyncq_client_create_object_sync (context->client, words[0], value, NULL, error));
}

/* of the type that the object has; else as it is: the daemon refuses that, and says why */
static GVariant *
parse_for (GVariant    *now,
           const char  *text,
           GError     **error)
{
  GVariant *value = ctl_value_parse (text, g_variant_get_type (now), NULL);

  return value != NULL ? value : ctl_value_parse (text, NULL, error);
}

static CtlExit
set_object (CtlContext  *context,
            char       **words,
            gpointer     options,
            GError     **error)
{
  const Given *given = options;
  g_autoptr(GVariant) view = asyncq_client_read_object_sync (context->client, words[0], NULL, error);
  g_autoptr(GVariant) now = view != NULL ? g_variant_lookup_value (view, "value", NULL) : NULL;
  g_autoptr(GVariant) value = now != NULL ? parse_for (now, words[1], error) : NULL;

  return ctl_exit_of_success (value != NULL &&
                              asyncq_client_set_object_sync (context->client, words[0], value,
                                                             (guint64) given->version, NULL, error));
}

static CtlExit
remove_object (CtlContext  *context,
               char       **words,
               gpointer     given,
               GError     **error)
{
  return ctl_exit_of_success (asyncq_client_remove_object_sync (context->client, words[0], NULL, error));
}

static const CtlAction actions[] = {
  { "list", 0, 1, list_objects },
  { "show", 1, 1, show_object },
  { "create", 2, 2, create_object },
  { "set", 2, 2, set_object },
  { "remove", 1, 1, remove_object },
  { NULL },
};

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  Given given = { NULL, 0 };
  const GOptionEntry entries[] = {
    { "type", 0, 0, G_OPTION_ARG_STRING, &given.type, N_("create: of this type, where the value may be of several"),
      N_("TYPE") },
    { "version", 0, 0, G_OPTION_ARG_INT64, &given.version, N_("set: only if it has this version"), N_("NUMBER") },
    { NULL },
  };
  g_auto(GStrv) words = NULL;
  CtlExit status;

  if (!ctl_options_parse (context, &ctl_verb_object, entries, CTL_DASH_IS_WORD, arguments, &words, error))
    return CTL_EXIT_OK;
  status = given.version < 0 ? CTL_EXIT_USAGE : ctl_action_run (context, actions, "object", words, &given, error);
  if (given.version < 0)
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("a version is not negative"));
  g_free (given.type);
  return status;
}

static const char *const action_words[] = { "list", "show", "create", "set", "remove", NULL };

const CtlVerb ctl_verb_object = {
  .name = "object",
  .usage = N_("[ACTION [WORD…]]"),
  .summary = N_("Keep values that functions are bound to."),
  .description = N_("What can be done:\n"
                    "  list [NAME]                  all objects; * and ? stand for any characters\n"
                    "  show NAME                    the value of one\n"
                    "  create NAME VALUE            as GVariant has it: 5, 'text'; it keeps its type\n"
                    "  set NAME VALUE               another value of the same type\n"
                    "  remove NAME                  jobs that are bound to it fail when they run\n"
                    "\"submit --object=NAME\" binds a function to one. What it makes of the value is\n"
                    "kept when the job succeeds; if somebody else has changed the object meanwhile,\n"
                    "the job runs again.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl object create demo 1\n"
                    "  asyncqctl run --object=demo demo.increase 5\n"
                    "  asyncqctl object show demo\n"),
  .words = action_words,
  .completes = CTL_COMPLETES_OBJECTS,
  .run = run,
};
