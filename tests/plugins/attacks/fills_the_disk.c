/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Hostile: writes a file for as long as that can be done. There is an end to it,
 * should nobody else make one.
 */

#include <asyncq-plugin.h>

#include <errno.h>
#include <unistd.h>

#define BLOCK (1024 * 1024)
#define MOST 64

ASYNCQ_EXPORT GVariant *
fills_the_disk_run (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  g_autofree char *path = NULL;
  g_autofree guint8 *bytes = g_malloc0 (BLOCK);
  int fd = g_file_open_tmp ("attack-XXXXXX", &path, error);

  if (fd < 0)
    return NULL;
  (void) unlink (path); /* else it is left behind */
  for (guint i = 0; i < MOST; i++)
    if (write (fd, bytes, BLOCK) < 0)
      {
        g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), "the disk is full");
        return NULL;
      }
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "run", "", "()", "Writes a file for as long as that can be done" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "fills_the_disk",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "file-size=4M",
};
