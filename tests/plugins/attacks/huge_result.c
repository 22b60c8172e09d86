/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Hostile: returns 4 GiB. */

#include <asyncq-plugin.h>

#include <sys/mman.h>

ASYNCQ_EXPORT GVariant *
huge_result_run (AsyncqJobContext  *job,
                 GVariant          *arguments,
                 GError           **error)
{
  gsize size = (gsize) 4 * 1024 * 1024 * 1024;
  gpointer data = mmap (NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (data == MAP_FAILED)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "there is no room for 4 GiB");
      return NULL;
    }
  return g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, data, size, TRUE, NULL, NULL);
}

static const AsyncqFunction functions[] = {
  { "run", "", "ay", "Returns 4 GiB" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "huge_result",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
