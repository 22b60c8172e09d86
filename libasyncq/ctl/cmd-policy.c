/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * policy: the retry policies that jobs can name
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-json.h"
#include "ctl-style.h"
#include "ctl-suggest.h"

#include <glib/gi18n.h>

static const char *
get_name (GVariant *policy)
{
  const char *name = "";

  (void) g_variant_lookup (policy, "name", "&s", &name);
  return name;
}

/* the name, and below it what it does, a line each */
static void
put_policy (CtlContext *context,
            GVariant   *policy)
{
  g_autofree const char **lines = NULL;

  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_variant (policy));
      return;
    }
  ctl_put ("%s%s%s\n", ctl_style_on (context, CTL_LOOK_HEADING), get_name (policy),
           ctl_style_off (context, CTL_LOOK_HEADING));
  (void) g_variant_lookup (policy, "plan", "^a&s", &lines);
  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    ctl_put ("    %s\n", lines[i]);
}

static gboolean
set_no_such_policy (GVariant    *policies,
                    const char  *name,
                    GError     **error)
{
  g_autoptr(GPtrArray) held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  const char *meant;

  for (gsize i = 0; i < g_variant_n_children (policies); i++)
    {
      g_ptr_array_add (held, g_variant_get_child_value (policies, i));
      g_ptr_array_add (names, (gpointer) get_name (g_ptr_array_index (held, i)));
    }
  g_ptr_array_add (names, NULL);
  meant = ctl_suggest (name, (const char * const *) names->pdata);
  if (meant != NULL)
    /* TRANSLATORS: both %s are names of retry policies */
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_POLICY,
                 _("there is no retry policy '%s'; did you mean '%s'?"), name, meant);
  else
    /* TRANSLATORS: %s is the name of a retry policy */
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_POLICY,
                 _("there is no retry policy '%s'; \"asyncqctl policy list\" shows them"), name);
  return FALSE;
}

static gboolean
put_policies (CtlContext  *context,
              const char  *chosen,
              GError     **error)
{
  AsyncqClient *client = ctl_context_connect (context, error);
  g_autoptr(GVariant) policies = NULL;
  gboolean found = FALSE;

  if (client == NULL || (policies = asyncq_client_list_policies_sync (client, NULL, error)) == NULL)
    return FALSE;
  for (gsize i = 0; i < g_variant_n_children (policies); i++)
    {
      g_autoptr(GVariant) policy = g_variant_get_child_value (policies, i);

      if (chosen != NULL && !g_str_equal (chosen, get_name (policy)))
        continue;
      found = TRUE;
      put_policy (context, policy);
    }
  return chosen == NULL || found || set_no_such_policy (policies, chosen, error);
}

static CtlExit
list_policies (CtlContext  *context,
               char       **words,
               gpointer     options,
               GError     **error)
{
  (void) put_policies (context, NULL, error); /* the caller looks at the error */
  return CTL_EXIT_OK;
}

static CtlExit
show_policy (CtlContext  *context,
             char       **words,
             gpointer     options,
             GError     **error)
{
  (void) put_policies (context, words[0], error); /* the caller looks at the error */
  return CTL_EXIT_OK;
}

static const CtlAction actions[] = {
  { "list", 0, 0, list_policies },
  { "show", 1, 1, show_policy },
  { NULL },
};

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  return ctl_action_run_plain (context, &ctl_verb_policy, actions, arguments, error);
}

static const char *const action_words[] = { "list", "show", NULL };

const CtlVerb ctl_verb_policy = {
  .name = "policy",
  .usage = N_("[list|show NAME]"),
  .summary = N_("Show the retry policies that jobs can name."),
  .description = N_("Four are always there: common, forever, never and m01. Others are groups\n"
                    "[retry NAME] of the daemon's configuration.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl policy list\n"
                    "  asyncqctl policy show common\n"),
  .words = action_words,
  .run = run,
};
