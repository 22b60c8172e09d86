/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The folder of the jobs
 *
 * It names the newest jobs only: there may be millions.
 */

#include "config.h"

#include "bus/aq-bus-jobs.h"

#include "bus/aq-bus-folder.h"

#define N_SHOWN 100

static void
on_listed (GVariant     *value,
           const GError *error,
           gpointer      user_data)
{
  AqBusCall *call = user_data;
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GVariant) jobs = NULL;

  if (error != NULL)
    {
      aq_bus_call_fail (call, error);
      return;
    }

  jobs = g_variant_get_child_value (value, 0);
  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr(GVariant) job = g_variant_get_child_value (jobs, i);
      guint64 id = 0;

      (void) g_variant_lookup (job, "Id", "t", &id);
      g_ptr_array_add (labels, g_strdup_printf ("%" G_GUINT64_FORMAT, id));
    }
  aq_bus_folder_answer (call, labels);
}

static void
handle_introspect (AqBusCall *call,
                   GVariant  *parameters)
{
  g_autoptr(AqFilter) everything = aq_filter_parse ("", NULL);

  aq_engine_list_jobs (aq_bus_call_get_engine (call), everything, G_MAXUINT64, N_SHOWN, FALSE,
                       on_listed, call);
}

static const AqBusMethod methods[] = {
  { "Introspect", handle_introspect },
};

static const AqBusInterface interface = { .methods = methods, .n_methods = G_N_ELEMENTS (methods) };

/**
 * aq_bus_jobs_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts the folder of the jobs on the router's connection.
 *
 * Returns: whether it is there
 *
 * Since: 0.1
 */
gboolean
aq_bus_jobs_export (AqBusRouter  *router,
                    GError      **error)
{
  return aq_bus_folder_export (router, &router->folder, &interface, AQ_BUS_JOBS_PATH, error);
}
