/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Runs a fuzz target without libFuzzer: over every file, and every file of every
 * folder, that is named. So inputs that were found once are tried by each build.
 */

#include "config.h"

#include "fuzz.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

static guint
run_file (const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  if (!g_file_get_contents (path, &bytes, &size, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      exit (EXIT_FAILURE);
    }
  (void) LLVMFuzzerTestOneInput ((const guint8 *) bytes, size); /* always 0 */
  return 1;
}

static guint
run_path (const char *path)
{
  g_autoptr(GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;
  guint n_files = 0;

  if (folder == NULL)
    return run_file (path);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      n_files += run_file (file);
    }
  return n_files;
}

int
main (int    argc,
      char **argv)
{
  guint n_files = 0;

  for (int i = 1; i < argc; i++)
    n_files += run_path (argv[i]);
  printf ("%u inputs\n", n_files);
  return EXIT_SUCCESS;
}
