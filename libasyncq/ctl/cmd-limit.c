/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * limit: how many jobs of a kind are active at once, and how many begin in a time
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-fact.h"
#include "ctl-json.h"
#include "ctl-limit.h"
#include "ctl-options.h"
#include "ctl-table.h"
#include "ctl-time.h"

#include <glib/gi18n.h>

#define HOLDERS_COLUMN 3
/* of one limit, on a line */
#define MAX_HOLDERS 5

typedef struct
{
  char *size;
  char *rate;
  char *burst;
} LimitOptions;

/* "free-at" becomes "FreeAt", as properties of the bus are named */
static char *
dup_property_name (const char *key)
{
  GString *name = g_string_new (NULL);

  for (const char *c = key; *c != '\0'; c++)
    if (*c != '-')
      g_string_append_c (name, c == key || c[-1] == '-' ? g_ascii_toupper (*c) : *c);
  return g_string_free (name, FALSE);
}

static JsonNode *
node_of (GVariant *limit)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr(GVariant) properties = NULL;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, limit);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      g_autofree char *name = dup_property_name (key);

      g_variant_dict_insert_value (&dict, name, value);
    }
  properties = g_variant_ref_sink (g_variant_dict_end (&dict));
  return ctl_json_of_properties (properties);
}

static JsonNode *
node_of_uses (GVariant *uses)
{
  JsonArray *array = json_array_new ();

  for (gsize i = 0; i < g_variant_n_children (uses); i++)
    {
      g_autoptr(GVariant) use = g_variant_get_child_value (uses, i);

      json_array_add_element (array, node_of (use));
    }
  return json_node_init_array (json_node_alloc (), array);
}

static guint64
number_of (GVariant   *limit,
           const char *key)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (limit, key, NULL);

  if (value == NULL)
    return 0;
  return g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32) ? g_variant_get_uint32 (value)
                                                             : g_variant_get_uint64 (value);
}

static char *
dup_number (GVariant   *limit,
            const char *key)
{
  guint64 number = number_of (limit, key);

  return number > 0 ? g_strdup_printf ("%" G_GUINT64_FORMAT, number) : g_strdup ("-");
}

/* "100/min", "100/min burst 5", "-" */
static char *
dup_rate (guint  rate,
          gint64 period_usec,
          guint  burst)
{
  g_autofree char *text = NULL;

  if (rate == 0)
    return g_strdup ("-");
  text = ctl_limit_dup_rate (rate, period_usec);
  /* TRANSLATORS: a rate such as 100/min, and how many may begin at once */
  return burst > 0 ? g_strdup_printf (_("%s, burst %u"), text, burst) : g_steal_pointer (&text);
}

/* ---- looking ---- */

static void
add_limit (CtlTable *table,
           GVariant *limit)
{
  g_autofree char *size = dup_number (limit, "size");
  g_autofree char *in_use = g_strdup_printf ("%" G_GUINT64_FORMAT, number_of (limit, "in-use"));
  g_autofree char *waiting = g_strdup_printf ("%" G_GUINT64_FORMAT, number_of (limit, "waiting"));
  g_autofree char *rate = NULL;
  const char *name = "";
  gint64 period_usec = 0;

  (void) g_variant_lookup (limit, "name", "&s", &name);
  (void) g_variant_lookup (limit, "period", "x", &period_usec);
  rate = dup_rate ((guint) number_of (limit, "rate"), period_usec, (guint) number_of (limit, "burst"));
  ctl_table_add (table, CTL_LOOK_PLAIN, name);
  ctl_table_add (table, CTL_LOOK_PLAIN, size);
  ctl_table_add (table, CTL_LOOK_PLAIN, rate);
  ctl_table_add (table, CTL_LOOK_PLAIN, in_use);
  ctl_table_add (table, CTL_LOOK_PLAIN, waiting);
}

static CtlExit
list_limits (CtlContext  *context,
             char       **words,
             gpointer     options,
             GError     **error)
{
  const char *const headings[] = { _("LIMIT"), _(">AT ONCE"), _("RATE"), _(">IN USE"), _(">WAITING"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autoptr(GVariant) limits = asyncq_client_list_limits_sync (context->client, NULL, error);

  ctl_table_put_items (table, context, limits, add_limit, node_of, 0);
  return CTL_EXIT_OK; /* unless @error is set */
}

/* "12, 14, 15 …" */
static char *
dup_holders (GVariant *use)
{
  g_autoptr(GVariant) holders = g_variant_lookup_value (use, "holders", G_VARIANT_TYPE ("at"));
  gsize n = holders != NULL ? g_variant_n_children (holders) : 0;
  GString *text = g_string_new (n > 0 ? NULL : "-");

  for (gsize i = 0; i < MIN (n, MAX_HOLDERS); i++)
    {
      guint64 id;

      g_variant_get_child (holders, i, "t", &id);
      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", id);
    }
  if (n > MAX_HOLDERS)
    g_string_append (text, " …");
  return g_string_free (text, FALSE);
}

static void
put_uses (CtlContext *context,
          GVariant   *uses)
{
  const char *const headings[] = { _("FOR"), _(">IN USE"), _(">WAITING"), _("JOBS"), _("ROOM AGAIN"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);

  for (gsize i = 0; i < g_variant_n_children (uses); i++)
    {
      g_autoptr(GVariant) use = g_variant_get_child_value (uses, i);
      g_autofree char *in_use = g_strdup_printf ("%" G_GUINT64_FORMAT, number_of (use, "in-use"));
      g_autofree char *waiting = g_strdup_printf ("%" G_GUINT64_FORMAT, number_of (use, "waiting"));
      g_autofree char *holders = dup_holders (use);
      g_autofree char *free_at = NULL;
      const char *instance = "";
      gint64 usec = 0;

      (void) g_variant_lookup (use, "instance", "&s", &instance);
      (void) g_variant_lookup (use, "free-at", "x", &usec);
      free_at = usec > 0 ? ctl_dup_time_local (usec) : g_strdup ("-");
      ctl_table_add (table, CTL_LOOK_PLAIN, instance);
      ctl_table_add (table, CTL_LOOK_PLAIN, in_use);
      ctl_table_add (table, CTL_LOOK_PLAIN, waiting);
      ctl_table_add (table, CTL_LOOK_PLAIN, holders);
      ctl_table_add (table, CTL_LOOK_PLAIN, free_at);
    }
  if (g_variant_n_children (uses) > 0)
    ctl_table_put (table, context, HOLDERS_COLUMN);
}

static void
put_limit (GVariant *limit)
{
  g_autofree char *size = dup_number (limit, "Size");
  g_autofree char *rate = NULL;
  gint64 period_usec = 0;
  const char *name = "";

  (void) g_variant_lookup (limit, "Name", "&s", &name);
  (void) g_variant_lookup (limit, "Period", "x", &period_usec);
  rate = dup_rate ((guint) number_of (limit, "Rate"), period_usec, (guint) number_of (limit, "Burst"));
  ctl_put ("%s\n", name);
  ctl_fact_put (_("At once"), "%s", size);
  ctl_fact_put (_("Rate"), "%s", rate);
  ctl_fact_put (_("In use"), "%" G_GUINT64_FORMAT, number_of (limit, "InUse"));
  ctl_fact_put (_("Waiting"), "%" G_GUINT64_FORMAT, number_of (limit, "Waiting"));
}

static CtlExit
show_limit (CtlContext  *context,
            char       **words,
            gpointer     options,
            GError     **error)
{
  g_autoptr(GVariant) limit = asyncq_client_get_limit_sync (context->client, words[0], NULL, error);
  g_autoptr(GVariant) uses = NULL;

  if (limit == NULL)
    return CTL_EXIT_ERROR;
  uses = asyncq_client_list_limit_uses_sync (context->client, words[0], NULL, error);
  if (uses == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    {
      JsonNode *node = ctl_json_of_properties (limit);

      json_object_set_member (json_node_get_object (node), "uses", node_of_uses (uses));
      ctl_json_put (context, node);
      return CTL_EXIT_OK;
    }
  put_limit (limit);
  put_uses (context, uses);
  return CTL_EXIT_OK;
}

/* ---- changing ---- */

static gboolean
add_number (GVariantDict  *dict,
            const char    *key,
            const char    *text,
            GError       **error)
{
  guint64 number;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL))
    {
      /* TRANSLATORS: an option, and what was given for it */
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("--%s wants a number, not '%s'"), key, text);
      return FALSE;
    }
  g_variant_dict_insert (dict, key, "u", (guint32) number);
  return TRUE;
}

static void
drop_if_none (GPtrArray   *names,
              const char  *name,
              char       **text)
{
  if (g_strcmp0 (*text, "none") != 0)
    return;
  g_ptr_array_add (names, (gpointer) name);
  g_clear_pointer (text, g_free);
}

/* Returns: (element-type utf8): what is to be dropped, which is no longer among what is given */
static GPtrArray *
take_dropped (LimitOptions *given)
{
  GPtrArray *names = g_ptr_array_new ();

  drop_if_none (names, "size", &given->size);
  drop_if_none (names, "rate", &given->rate);
  drop_if_none (names, "burst", &given->burst);
  return names;
}

/*
 * @dropped: (nullable) (element-type utf8): names of what a change takes away
 *
 * Returns: not floating; NULL with @error set
 */
static GVariant *
make_settings (const LimitOptions  *given,
               const GPtrArray     *dropped,
               GError             **error)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  guint rate;
  gint64 period_usec;
  gboolean drops = dropped != NULL && dropped->len > 0;

  if (given->size == NULL && given->rate == NULL && given->burst == NULL && !drops)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--size=NUMBER or --rate=NUMBER/TIME is wanted"));
      return NULL;
    }
  if (!add_number (&dict, "size", given->size, error) || !add_number (&dict, "burst", given->burst, error))
    return NULL;
  if (drops)
    g_variant_dict_insert_value (&dict, "drop",
                                 g_variant_new_strv ((const char * const *) dropped->pdata, dropped->len));
  if (given->rate != NULL)
    {
      if (!ctl_limit_parse_rate (given->rate, &rate, &period_usec, error))
        return NULL;
      g_variant_dict_insert (&dict, "rate", "u", rate);
      g_variant_dict_insert (&dict, "period", "x", period_usec);
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static CtlExit
create_limit (CtlContext  *context,
              char       **words,
              gpointer     options,
              GError     **error)
{
  g_autoptr(GVariant) settings = make_settings (options, NULL, error);

  if (settings == NULL)
    return CTL_EXIT_ERROR;
  return ctl_exit_of_success (asyncq_client_create_limit_sync (context->client, words[0], settings, NULL, error));
}

static CtlExit
set_limit (CtlContext  *context,
           char       **words,
           gpointer     options,
           GError     **error)
{
  g_autoptr(GPtrArray) dropped = take_dropped (options);
  g_autoptr(GVariant) settings = make_settings (options, dropped, error);

  if (settings == NULL)
    return CTL_EXIT_ERROR;
  return ctl_exit_of_success (asyncq_client_change_limit_sync (context->client, words[0], settings, NULL, error));
}

static CtlExit
remove_limit (CtlContext  *context,
              char       **words,
              gpointer     options,
              GError     **error)
{
  return ctl_exit_of_success (asyncq_client_remove_limit_sync (context->client, words[0], NULL, error));
}

/* ---- the verb ---- */

static const CtlAction actions[] = {
  { "list", 0, 0, list_limits },
  { "show", 1, 1, show_limit },
  { "create", 1, 1, create_limit },
  { "set", 1, 1, set_limit },
  { "remove", 1, 1, remove_limit },
  { NULL },
};

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  LimitOptions options = { NULL };
  CtlExit status = CTL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "size", 0, 0, G_OPTION_ARG_STRING, &options.size, N_("How many jobs may be active at once"), N_("NUMBER") },
    { "rate", 0, 0, G_OPTION_ARG_STRING, &options.rate, N_("How many may begin in a time, such as 100/min"),
      N_("RATE") },
    { "burst", 0, 0, G_OPTION_ARG_STRING, &options.burst, N_("They come evenly, but so many after a pause"),
      N_("NUMBER") },
    { NULL }
  };

  if (ctl_options_parse (context, &ctl_verb_limit, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    status = ctl_action_run (context, actions, "limit", words, &options, error);
  g_free (options.size);
  g_free (options.rate);
  g_free (options.burst);
  return status;
}

static const char *const action_words[] = { "list", "show", "create", "set", "remove", NULL };

const CtlVerb ctl_verb_limit = {
  .name = "limit",
  .usage = N_("[ACTION [NAME]]"),
  .summary = N_("Limit how many jobs are active at once, or begin in a time."),
  .description = N_("What can be done:\n"
                    "  list             all limits, and how much of each is in use\n"
                    "  show NAME        one, which jobs have a place, and when there is room again\n"
                    "  create NAME      with --size, or --rate and perhaps --burst, or all of them\n"
                    "  set NAME         likewise, what is to change; what runs goes on;\n"
                    "                   --rate=none takes the rate away, as size and burst\n"
                    "  remove NAME      jobs under it run as if they were not\n"
                    "Jobs are put under a limit with \"submit --limit=NAME\". A NAME may have the name\n"
                    "of an argument in braces; then every value of it has the limit for itself.\n"
                    "\"quota\" is this verb, too.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl limit create database --size=5\n"
                    "  asyncqctl limit create smtp --rate=100/min\n"
                    "  asyncqctl limit create 'mail:{customer}' --size=2\n"
                    "  asyncqctl limit set database --size=8\n"
                    "  asyncqctl limit set database --rate=100/min --size=none\n"
                    "  asyncqctl limit show 'mail:{customer}'\n"),
  .words = action_words,
  .completes = CTL_COMPLETES_LIMITS,
  .run = run,
};

/* what zc.async calls it */
const CtlVerb ctl_verb_quota = {
  .name = "quota",
  .usage = N_("[ACTION [NAME]]"),
  .summary = N_("Limit how many jobs are active at once, or begin in a time."),
  .description = "",
  .words = action_words,
  .completes = CTL_COMPLETES_LIMITS,
  .is_hidden = TRUE,
  .run = run,
};
