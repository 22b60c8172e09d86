/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the plugin has: its functions are in files of their own
 */

#include <asyncq-plugin.h>

static const AsyncqFunction functions[] = {
  { "checksum", "path s, algorithm s = 'sha256', manifest s = ''", "(stt)",
    "Reads a tree of files: a digest of it, and how many files and bytes" },
  { "compress", "path s, archive s, level i = 6", "(ttt)",
    "Writes a tree of files into a .tar.gz: how many files, their bytes, its bytes" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "archive",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .options = "sandbox=prefer network=no no-new-privileges deny-calls",
};
