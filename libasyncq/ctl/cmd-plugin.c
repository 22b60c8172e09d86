/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * plugin: try a plugin without a daemon
 *
 * The plugin is loaded by asyncq-worker, whose exit status is ours: nothing here
 * calls the loader.
 */

#include "config.h"

#include "ctl-options.h"
#include "ctl-tool.h"

#include <glib/gi18n.h>

static CtlExit
run_function (char      **words,
              char       *object,
              char       *checkpoint,
              GError    **error)
{
  g_autoptr(GStrvBuilder) command = g_strv_builder_new ();
  g_autofree char *tool = ctl_tool_dup_path ("ASYNCQ_WORKER", "asyncq-worker");
  g_auto(GStrv) argv = NULL;

  g_strv_builder_add_many (command, tool, "--run", NULL);
  if (object != NULL)
    g_strv_builder_add_many (command, "--object", object, NULL);
  if (checkpoint != NULL)
    g_strv_builder_add_many (command, "--checkpoint", checkpoint, NULL);
  g_strv_builder_add (command, "--");
  g_strv_builder_addv (command, (const char **) words);
  argv = g_strv_builder_end (command);
  return ctl_tool_run (argv, error);
}

static CtlExit
run (CtlContext         *context,
     const char *const  *arguments,
     GError            **error)
{
  g_auto(GStrv) words = NULL;
  g_autofree char *object = NULL;
  g_autofree char *checkpoint = NULL;
  const GOptionEntry entries[] = {
    { "object", 0, 0, G_OPTION_ARG_STRING, &object, N_("Bind it to an object that has this value"), N_("VALUE") },
    { "checkpoint", 0, 0, G_OPTION_ARG_STRING, &checkpoint, N_("Give it what an earlier attempt has left"), N_("VALUE") },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_plugin, entries, CTL_DASH_IS_WORD, arguments, &words, error))
    return CTL_EXIT_OK;
  if (words[0] == NULL || !g_str_equal (words[0], "run") || words[1] == NULL)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("wanted: plugin run FILE:FUNCTION [ARG…]"));
      return CTL_EXIT_USAGE;
    }
  return run_function (words + 1, object, checkpoint, error);
}

static const char *const action_words[] = { "run", NULL };

const CtlVerb ctl_verb_plugin = {
  .name = "plugin",
  .usage = N_("run FILE:FUNCTION [ARG…]"),
  .summary = N_("Try a plugin's function without a daemon."),
  .description = N_("Runs one function of the plugin in FILE, here and now, without a daemon or a\n"
                    "store, and prints its result. What else it does goes to stderr: the jobs that\n"
                    "it would put, its progress, annotations and checkpoints, and what it sets its\n"
                    "object to. VALUE is a GVariant in text form.\n"
                    "\n"
                    "The exit status is 20 if the function fails, and 65 if the plugin is refused.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl plugin run ./demo.so:multiply 14 3\n"
                    "  asyncqctl plugin run --object=1 ./demo.so:increase 5\n"),
  .words = action_words,
  .run = run,
};
