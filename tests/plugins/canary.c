/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Says that somebody has loaded it: a file in the folder that $ASYNCQ_CANARY names. */

#include <asyncq-plugin.h>

#include <unistd.h>

__attribute__ ((constructor)) static void
sing (void)
{
  const char *folder = g_getenv ("ASYNCQ_CANARY");
  g_autofree char *name = g_strdup_printf ("%d", (int) getpid ());
  g_autofree char *path = folder == NULL ? NULL : g_build_filename (folder, name, NULL);

  if (path != NULL)
    (void) g_file_set_contents (path, "loaded", -1, NULL); /* one that cannot is found by the test's control */
}

ASYNCQ_EXPORT GVariant *
canary_sing (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  return g_variant_new_string ("la");
}

static const AsyncqFunction functions[] = {
  { "sing", "", "s", "Sings" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "canary",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
