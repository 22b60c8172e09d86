/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: leaves nothing as it was for who comes after it. */

#include <asyncq-plugin.h>

#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

ASYNCQ_EXPORT GVariant *
changes_the_process_run (AsyncqJobContext  *job,
                         GVariant          *arguments,
                         GError           **error)
{
  sigset_t all;

  (void) sigfillset (&all); /* these cannot fail, or then nothing is changed */
  (void) sigprocmask (SIG_BLOCK, &all, NULL);
  for (int number = 1; number < 32; number++)
    (void) signal (number, SIG_IGN);
  (void) umask (0777);
  (void) !chdir ("/proc");
  (void) setlocale (LC_ALL, "tr_TR.UTF-8");
  (void) setpriority (PRIO_PROCESS, 0, 5);
  (void) g_setenv ("LD_PRELOAD", "/nowhere.so", TRUE);
  (void) g_setenv ("PATH", "/nowhere", TRUE);
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Leaves nothing as it was for who comes after it" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "changes_the_process",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
