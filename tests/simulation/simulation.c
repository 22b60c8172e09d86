/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * C17: deterministic simulation
 *
 * Rules, tables and a manual clock in one thread: many clients, dispatchers and
 * workers, crashes at any moment.
 */

#include "config.h"

#include "sim-main.h"
#include "sim-world.h"

static AqFunctionTable *
new_functions (void)
{
  static const char *const names[] = { "a", "b", "c" };
  AqFunctionTable *functions = aq_function_table_new ();
  GPtrArray *list = g_ptr_array_new ();
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *hears = g_strconcat (names[i], "_hears", NULL);
      g_autofree char *gathers = g_strconcat (names[i], "_gathers", NULL);

      g_ptr_array_add (list, aq_function_new ("t", names[i], "number t", "t", "", &error));
      g_ptr_array_add (list, aq_function_new ("t", hears, "number t, result v", "t", "", &error));
      g_ptr_array_add (list, aq_function_new ("t", gathers, "number t, jobs aa{sv}", "t", "", &error));
    }
  g_assert_no_error (error);
  aq_function_table_set_plugin (functions, "t", list);
  return functions;
}

static guint64
run (guint64  seed,
     gboolean verbose)
{
  g_autoptr(AqFunctionTable) functions = new_functions ();
  SimWorld world;
  guint64 hash;

  sim_world_init (&world, functions, seed);
  world.verbose = verbose;
  sim_world_run (&world);
  hash = world.store.hash;
  sim_world_clear (&world);
  return hash;
}

int
main (int    argc,
      char **argv)
{
  static const SimHistory history = { run, sim_print_counts };

  return sim_main (argc, argv, &history);
}
