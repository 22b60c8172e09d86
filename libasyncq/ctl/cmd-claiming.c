/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * claiming: whether the daemon begins jobs
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-json.h"
#include "ctl-options.h"

#include <glib/gi18n.h>

static CtlExit
put_claiming (CtlContext  *context,
              char       **words,
              gpointer     options,
              GError     **error)
{
  AsyncqClient *client = ctl_context_connect (context, error);
  g_autoptr(GVariant) properties = NULL;
  g_autoptr(JsonObject) object = NULL;
  gboolean claiming = TRUE;

  if (client == NULL || (properties = asyncq_client_get_status_sync (client, NULL, error)) == NULL)
    return CTL_EXIT_ERROR;
  (void) g_variant_lookup (properties, "Claiming", "b", &claiming); /* an older daemon always does */
  if (context->json == CTL_JSON_OFF)
    {
      ctl_put ("%s\n", claiming ? "on" : "off");
      return CTL_EXIT_OK;
    }
  object = json_object_new ();
  json_object_set_boolean_member (object, "claiming", claiming);
  ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
  return CTL_EXIT_OK;
}

static CtlExit
set_claiming (CtlContext  *context,
              gboolean     claiming,
              GError     **error)
{
  AsyncqClient *client = ctl_context_connect (context, error);

  return client != NULL && asyncq_client_set_claiming_sync (client, claiming, NULL, error) ? CTL_EXIT_OK
                                                                                           : CTL_EXIT_ERROR;
}

static CtlExit
turn_on (CtlContext  *context,
         char       **words,
         gpointer     options,
         GError     **error)
{
  return set_claiming (context, TRUE, error);
}

static CtlExit
turn_off (CtlContext  *context,
          char       **words,
          gpointer     options,
          GError     **error)
{
  return set_claiming (context, FALSE, error);
}

static const CtlAction actions[] = {
  { "status", 0, 0, put_claiming },
  { "on", 0, 0, turn_on },
  { "off", 0, 0, turn_off },
  { NULL },
};

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;

  if (!ctl_options_parse (context, &ctl_verb_claiming, NULL, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  return ctl_action_run (context, actions, "claiming", words, NULL, error);
}

static const char *const action_words[] = { "status", "on", "off", NULL };

const CtlVerb ctl_verb_claiming = {
  .name = "claiming",
  .usage = N_("[on|off|status]"),
  .summary = N_("Begin no more jobs, or begin them again."),
  .description = N_("While it is off, jobs are taken in and wait; those that run go on. \"queue pause\"\n"
                    "does that for one queue.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl claiming off\n"
                    "  asyncqctl claiming status\n"),
  .words = action_words,
  .run = run,
};
