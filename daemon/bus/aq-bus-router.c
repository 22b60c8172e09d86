/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Our objects on one connection
 */

#include "config.h"

#include "bus/aq-bus-router.h"

#include "bus/aq-bus-job.h"
#include "bus/aq-bus-jobs.h"
#include "bus/aq-bus-manager.h"
#include "bus/aq-bus-testing.h"

static gboolean
export_all (AqBusRouter  *self,
            GError      **error)
{
  gboolean manual = aq_clock_is_manual (aq_engine_get_clock (self->host->engine));

  self->manager = aq_bus_manager_export (self, error);
  if (self->manager == 0)
    return FALSE;
  if (manual)
    {
      self->testing = aq_bus_testing_export (self, error);
      if (self->testing == 0)
        return FALSE;
    }
  self->folder = aq_bus_jobs_export (self, error);
  if (self->folder == 0)
    return FALSE;
  self->jobs = aq_bus_job_export (self, error);
  return self->jobs != 0;
}

/**
 * aq_bus_router_export:
 * @self: a router, without objects
 * @error: return location for an error
 *
 * Puts the manager, the jobs, and where the clock is a manual one, the testing
 * interface on the connection.
 *
 * Errors: those of GDBus.
 *
 * Returns: whether all are there; else none is
 *
 * Since: 0.1
 */
gboolean
aq_bus_router_export (AqBusRouter  *self,
                      GError      **error)
{
  if (export_all (self, error))
    return TRUE;

  aq_bus_router_unexport (self);
  return FALSE;
}

/**
 * aq_bus_router_unexport:
 * @self: a router
 *
 * Takes the objects off the connection; no call comes through them any more.
 *
 * Since: 0.1
 */
void
aq_bus_router_unexport (AqBusRouter *self)
{
  if (self->manager != 0)
    (void) g_dbus_connection_unregister_object (self->connection, self->manager);
  if (self->testing != 0)
    (void) g_dbus_connection_unregister_object (self->connection, self->testing);
  if (self->folder != 0)
    (void) g_dbus_connection_unregister_object (self->connection, self->folder);
  if (self->jobs != 0)
    (void) g_dbus_connection_unregister_subtree (self->connection, self->jobs);
  self->manager = self->testing = self->folder = self->jobs = 0;
}

/**
 * aq_bus_router_call:
 * @self: a router
 * @invocation: (transfer full): a call of one of its objects
 * @handle: what handles it
 *
 * Finds out who has made the call, and has it handled.
 *
 * Since: 0.1
 */
void
aq_bus_router_call (AqBusRouter           *self,
                    GDBusMethodInvocation *invocation,
                    AqBusHandler           handle)
{
  self->route (self, invocation, handle);
}
