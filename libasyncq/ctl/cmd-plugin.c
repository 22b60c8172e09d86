/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * plugin: which plugins a daemon has, and what their authors need
 *
 * What tries or checks a plugin has it loaded by asyncq-worker: nothing here calls
 * the loader, and no daemon is asked.
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-options.h"
#include "ctl-plugin-new.h"
#include "ctl-plugin-verify.h"
#include "ctl-plugin-view.h"
#include "ctl-tool.h"

#include <glib/gi18n.h>

typedef struct
{
  char *object;     /* of run */
  char *checkpoint; /* of run */
  char *language;   /* of new */
} Given;

static void
given_clear (Given *given)
{
  g_free (given->object);
  g_free (given->checkpoint);
  g_free (given->language);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Given, given_clear)

static CtlExit
run_function (char        **words,
              const Given  *given,
              GError      **error)
{
  g_autoptr(GStrvBuilder) command = g_strv_builder_new ();
  g_autofree char *tool = ctl_tool_dup_path ("ASYNCQ_WORKER", "asyncq-worker");
  g_auto(GStrv) argv = NULL;

  g_strv_builder_add_many (command, tool, "--run", NULL);
  if (given->object != NULL)
    g_strv_builder_add_many (command, "--object", given->object, NULL);
  if (given->checkpoint != NULL)
    g_strv_builder_add_many (command, "--checkpoint", given->checkpoint, NULL);
  g_strv_builder_add (command, "--");
  g_strv_builder_addv (command, (const char **) words);
  argv = g_strv_builder_end (command);
  return ctl_tool_run (argv, error);
}

/* ---- what a daemon is asked ---- */

static CtlExit
list_plugins (CtlContext  *context,
              char       **words,
              gpointer     given,
              GError     **error)
{
  return ctl_plugin_list (context, error);
}

static CtlExit
show_plugin (CtlContext  *context,
             char       **words,
             gpointer     given,
             GError     **error)
{
  return ctl_plugin_show (context, words[0], error);
}

static CtlExit
reload_plugin (CtlContext  *context,
               char       **words,
               gpointer     given,
               GError     **error)
{
  return ctl_exit_of_success (asyncq_client_reload_plugin_sync (context->client, words[0], NULL, error));
}

static CtlExit
release_function (CtlContext  *context,
                  char       **words,
                  gpointer     given,
                  GError     **error)
{
  return ctl_exit_of_success (asyncq_client_release_function_sync (context->client, words[0], NULL, error));
}

static const CtlAction actions[] = {
  { "list", 0, 0, list_plugins },
  { "show", 1, 1, show_plugin },
  { "reload", 1, 1, reload_plugin },
  { "release", 1, 1, release_function },
  /* here for suggestions: what needs no daemon does not come this far, but for too few words */
  { "verify", 1, G_MAXUINT, NULL },
  { "new", 1, 1, NULL },
  { "run", 1, G_MAXUINT, NULL },
  { NULL },
};

/* ---- the verb ---- */

static gboolean
is_alone (char       **words,
          const char  *name,
          guint        n_max)
{
  return words[0] != NULL && g_str_equal (words[0], name) && words[1] != NULL && g_strv_length (words + 1) <= n_max;
}

static CtlExit
run (CtlContext         *context,
     const char *const  *arguments,
     GError            **error)
{
  g_auto(Given) given = { NULL, NULL, NULL };
  g_auto(GStrv) words = NULL;
  const GOptionEntry entries[] = {
    { "object", 0, 0, G_OPTION_ARG_STRING, &given.object, N_("run: bind it to an object that has this value"),
      N_("VALUE") },
    { "checkpoint", 0, 0, G_OPTION_ARG_STRING, &given.checkpoint, N_("run: give it what an earlier attempt has left"),
      N_("VALUE") },
    { "language", 0, 0, G_OPTION_ARG_STRING, &given.language, N_("new: c or c++; otherwise c"), N_("LANGUAGE") },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_plugin, entries, CTL_DASH_IS_WORD, arguments, &words, error))
    return CTL_EXIT_OK;
  if (is_alone (words, "run", G_MAXUINT))
    return run_function (words + 1, &given, error);
  if (is_alone (words, "verify", G_MAXUINT))
    return ctl_plugin_verify (context, words + 1, error);
  if (is_alone (words, "new", 1))
    return ctl_plugin_new (context, words[1], given.language != NULL ? given.language : "c", error);
  return ctl_action_run (context, actions, "plugin", words, &given, error);
}

static const char *const action_words[] = { "list", "show", "reload", "release", "verify", "new", "run", NULL };

const CtlVerb ctl_verb_plugin = {
  .name = "plugin",
  .usage = N_("[ACTION [WORD…]]"),
  .summary = N_("Show the plugins, and write new ones."),
  .description = N_("What can be done:\n"
                    "  list                         all plugins, and what is refused\n"
                    "  show NAME                    one, its functions, who has which generation\n"
                    "  reload NAME                  look at its file again\n"
                    "  release FUNCTION             let jobs of a quarantined function run again\n"
                    "  verify FILE…                 whether a daemon of this user would load it\n"
                    "  new NAME                     make a plugin that builds and passes its test\n"
                    "  run FILE:FUNCTION [ARG…]     run one function here, without a daemon\n"
                    "\"run\" prints the result; what else the function does goes to stderr: the\n"
                    "jobs that it would put, its progress, annotations and checkpoints, and what it\n"
                    "sets its object to. VALUE is a GVariant in text form. Its exit status is 20 if\n"
                    "the function fails, and 65 if the plugin is refused. That of \"verify\" is 1 if\n"
                    "a file would be.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl plugin new greeter --language=c++\n"
                    "  asyncqctl plugin run ./demo.so:multiply 14 3\n"
                    "  asyncqctl plugin run --object=1 ./demo.so:increase 5\n"
                    "  asyncqctl plugin verify ./demo.so\n"
                    "  asyncqctl plugin release demo.crash\n"),
  .words = action_words,
  .run = run,
};
