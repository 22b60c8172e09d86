/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Runs a program that comes with asyncqd
 */

#include "config.h"

#include "ctl-tool.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

/**
 * ctl_tool_dup_path:
 * @variable: of the environment: says where it is, for tests
 * @name: the program's name
 *
 * Returns: (transfer full): its path
 */
char *
ctl_tool_dup_path (const char *variable,
                   const char *name)
{
  const char *given = g_getenv (variable);

  return given != NULL ? g_strdup (given) : g_build_filename (LIBEXECDIR, name, NULL);
}

/**
 * ctl_tool_run:
 * @command: the program and its arguments
 * @error: return location for an error
 *
 * Runs it with our descriptors.
 *
 * Returns: its exit status, which is ours; 128 and the number of the signal that ended it
 */
CtlExit
ctl_tool_run (GStrv    command,
              GError **error)
{
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) reason = NULL;

  process = g_subprocess_newv ((const char *const *) command, G_SUBPROCESS_FLAGS_STDIN_INHERIT, &reason);
  if (process == NULL || !g_subprocess_wait (process, NULL, &reason))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED,
                   /* TRANSLATORS: the path of a program, and why */
                   _("could not run '%s', which comes with asyncqd: %s"), command[0], reason->message);
      return CTL_EXIT_ERROR;
    }
  if (g_subprocess_get_if_exited (process))
    return (CtlExit) g_subprocess_get_exit_status (process);
  return (CtlExit) (128 + g_subprocess_get_term_sig (process));
}
