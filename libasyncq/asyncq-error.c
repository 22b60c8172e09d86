/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The error domain, and the D-Bus name of each of its codes
 */

#include "config.h"

#include "asyncq-error.h"

#include <string.h>

#define DOMAIN "asyncq-error-quark"
#define PREFIX "org.asyncq.Error."

static const GDBusErrorEntry error_entries[] = {
  { ASYNCQ_ERROR_FAILED, "org.asyncq.Error.Failed" },
  { ASYNCQ_ERROR_FINAL, "org.asyncq.Error.Final" },
  { ASYNCQ_ERROR_RETRY, "org.asyncq.Error.Retry" },
  { ASYNCQ_ERROR_INVALID, "org.asyncq.Error.Invalid" },
  { ASYNCQ_ERROR_BAD_ARGUMENTS, "org.asyncq.Error.BadArguments" },
  { ASYNCQ_ERROR_BAD_RESULT, "org.asyncq.Error.BadResult" },
  { ASYNCQ_ERROR_NO_SUCH_JOB, "org.asyncq.Error.NoSuchJob" },
  { ASYNCQ_ERROR_NO_SUCH_FUNCTION, "org.asyncq.Error.NoSuchFunction" },
  { ASYNCQ_ERROR_NO_SUCH_QUEUE, "org.asyncq.Error.NoSuchQueue" },
  { ASYNCQ_ERROR_NO_SUCH_AGENT, "org.asyncq.Error.NoSuchAgent" },
  { ASYNCQ_ERROR_EXISTS, "org.asyncq.Error.Exists" },
  { ASYNCQ_ERROR_BAD_STATE, "org.asyncq.Error.BadState" },
  { ASYNCQ_ERROR_STALE_LEASE, "org.asyncq.Error.StaleLease" },
  { ASYNCQ_ERROR_CRASHED, "org.asyncq.Error.Crashed" },
  { ASYNCQ_ERROR_ABORTED, "org.asyncq.Error.Aborted" },
  { ASYNCQ_ERROR_CANCELLED, "org.asyncq.Error.Cancelled" },
  { ASYNCQ_ERROR_EXPIRED, "org.asyncq.Error.Expired" },
  { ASYNCQ_ERROR_TIMED_OUT, "org.asyncq.Error.TimedOut" },
  { ASYNCQ_ERROR_TOO_LARGE, "org.asyncq.Error.TooLarge" },
  { ASYNCQ_ERROR_BUSY, "org.asyncq.Error.Busy" },
  { ASYNCQ_ERROR_NOT_ALLOWED, "org.asyncq.Error.NotAllowed" },
  { ASYNCQ_ERROR_NOT_RUNNING, "org.asyncq.Error.NotRunning" },
  { ASYNCQ_ERROR_PLUGIN_ABI, "org.asyncq.Error.PluginAbi" },
  { ASYNCQ_ERROR_PLUGIN_UNSAFE, "org.asyncq.Error.PluginUnsafe" },
  { ASYNCQ_ERROR_CONFIG, "org.asyncq.Error.Config" },
  { ASYNCQ_ERROR_STORE_LOCKED, "org.asyncq.Error.StoreLocked" },
  { ASYNCQ_ERROR_STORE_FOREIGN, "org.asyncq.Error.StoreForeign" },
  { ASYNCQ_ERROR_STORE_VERSION, "org.asyncq.Error.StoreVersion" },
  { ASYNCQ_ERROR_STORE_CORRUPT, "org.asyncq.Error.StoreCorrupt" },
  { ASYNCQ_ERROR_STORE_FULL, "org.asyncq.Error.StoreFull" },
  { ASYNCQ_ERROR_STORE_FAILED, "org.asyncq.Error.StoreFailed" },
  { ASYNCQ_ERROR_CONFLICT, "org.asyncq.Error.Conflict" },
  { ASYNCQ_ERROR_DISCONNECTED, "org.asyncq.Error.Disconnected" },
  { ASYNCQ_ERROR_SKIPPED, "org.asyncq.Error.Skipped" },
  { ASYNCQ_ERROR_NO_SUCH_POLICY, "org.asyncq.Error.NoSuchPolicy" },
  { ASYNCQ_ERROR_NO_SUCH_FACTORY, "org.asyncq.Error.NoSuchFactory" },
  { ASYNCQ_ERROR_NO_SUCH_LIMIT, "org.asyncq.Error.NoSuchLimit" },
  { ASYNCQ_ERROR_NO_SUCH_SCHEDULE, "org.asyncq.Error.NoSuchSchedule" },
  { ASYNCQ_ERROR_NO_SUCH_OBJECT, "org.asyncq.Error.NoSuchObject" },
  { ASYNCQ_ERROR_IN_DOUBT, "org.asyncq.Error.InDoubt" },
  { ASYNCQ_ERROR_NO_SUCH_PLUGIN, "org.asyncq.Error.NoSuchPlugin" },
  { ASYNCQ_ERROR_OUT_OF_MEMORY, "org.asyncq.Error.OutOfMemory" },
  { ASYNCQ_ERROR_LIMIT_EXCEEDED, "org.asyncq.Error.LimitExceeded" },
  { ASYNCQ_ERROR_SANDBOX, "org.asyncq.Error.Sandbox" },
};
/* a code without a D-Bus name would reach clients as a bare number */
G_STATIC_ASSERT (G_N_ELEMENTS (error_entries) == ASYNCQ_N_ERRORS);

GQuark
asyncq_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain (DOMAIN, &quark, error_entries,
                                      G_N_ELEMENTS (error_entries));
  return (GQuark) quark;
}

/**
 * asyncq_error_get_name:
 * @domain: the domain of an error, as in a job's failure
 * @code: its code
 *
 * Says how a code of [error@Error] is called where people read it: as on D-Bus,
 * without `org.asyncq.Error.`
 *
 * Returns: (transfer none) (nullable): its name, such as `Conflict`; %NULL for
 *   errors of others
 *
 * Since: 0.1
 */
const char *
asyncq_error_get_name (const char *domain,
                       gint        code)
{
  g_return_val_if_fail (domain != NULL, NULL);

  for (guint i = 0; g_str_equal (domain, DOMAIN) && i < G_N_ELEMENTS (error_entries); i++)
    if (error_entries[i].error_code == code)
      return error_entries[i].dbus_error_name + strlen (PREFIX);
  return NULL;
}

/**
 * asyncq_error_new_from_failure: (skip)
 * @failure: a job's failure as it is stored and sent: `(sis)`, the error's domain,
 *   code and message; consumed if it is floating
 *
 * Makes an error of a failure. A domain that this process does not know becomes
 * `ASYNCQ_ERROR_FAILED` with the domain and code in the message.
 *
 * Returns: (transfer full): the error
 *
 * Since: 0.1
 */
GError *
asyncq_error_new_from_failure (GVariant *failure)
{
  g_autoptr(GVariant) owned = NULL;
  const char *domain;
  const char *message;
  gint32 code;
  GQuark quark;

  g_return_val_if_fail (failure != NULL, NULL);

  owned = g_variant_ref_sink (failure);
  if (!g_variant_is_of_type (failure, G_VARIANT_TYPE ("(sis)")))
    return g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "a failure of type '%s' cannot be read",
                        g_variant_get_type_string (failure));

  /* a text from outside is not interned: that memory would never be freed */
  g_variant_get (failure, "(&si&s)", &domain, &code, &message);
  (void) asyncq_error_quark (); /* so that ours is known */
  quark = g_quark_try_string (domain);
  if (quark != 0)
    return g_error_new_literal (quark, code, message);
  return g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "%s (%s, %d)", message, domain, code);
}
