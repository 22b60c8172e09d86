/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

#include <asyncq-macros.h>

G_BEGIN_DECLS

/**
 * AsyncqError:
 * @ASYNCQ_ERROR_FAILED: something else went wrong; the message says what
 * @ASYNCQ_ERROR_FINAL: for plugins: the job has failed and must not be retried
 * @ASYNCQ_ERROR_RETRY: for plugins: the job has failed and should be retried
 * @ASYNCQ_ERROR_INVALID: an argument, a setting, a key or a filter makes no sense
 * @ASYNCQ_ERROR_BAD_ARGUMENTS: a job's arguments do not fit its function
 * @ASYNCQ_ERROR_BAD_RESULT: a function's result does not fit its declaration
 * @ASYNCQ_ERROR_NO_SUCH_JOB: no job has this id
 * @ASYNCQ_ERROR_NO_SUCH_FUNCTION: no plugin has this function
 * @ASYNCQ_ERROR_NO_SUCH_QUEUE: no queue has this name
 * @ASYNCQ_ERROR_NO_SUCH_AGENT: no agent has this name
 * @ASYNCQ_ERROR_EXISTS: the name is taken
 * @ASYNCQ_ERROR_BAD_STATE: the job's state does not allow it
 * @ASYNCQ_ERROR_STALE_LEASE: the attempt is no longer the current one
 * @ASYNCQ_ERROR_CRASHED: the worker died while the job ran
 * @ASYNCQ_ERROR_ABORTED: the job was interrupted and may not run again
 * @ASYNCQ_ERROR_CANCELLED: the job was cancelled
 * @ASYNCQ_ERROR_EXPIRED: the job's time to begin has passed
 * @ASYNCQ_ERROR_TIMED_OUT: the wait is over before what was waited for
 * @ASYNCQ_ERROR_TOO_LARGE: over a stated limit of size or number
 * @ASYNCQ_ERROR_BUSY: over a stated limit at the moment; try again later
 * @ASYNCQ_ERROR_NOT_ALLOWED: the caller, or the configuration, forbids it
 * @ASYNCQ_ERROR_NOT_RUNNING: no daemon answers at the address
 * @ASYNCQ_ERROR_PLUGIN_ABI: a plugin was built for another ABI, or is none
 * @ASYNCQ_ERROR_PLUGIN_UNSAFE: a plugin's file is not safe to load
 * @ASYNCQ_ERROR_CONFIG: the configuration has a mistake
 * @ASYNCQ_ERROR_STORE_LOCKED: another daemon holds the store
 * @ASYNCQ_ERROR_STORE_FOREIGN: the store belongs to somebody else, or is none
 * @ASYNCQ_ERROR_STORE_VERSION: the store was written by a newer version
 * @ASYNCQ_ERROR_STORE_CORRUPT: the store is damaged
 * @ASYNCQ_ERROR_STORE_FULL: there is no space for new work
 * @ASYNCQ_ERROR_STORE_FAILED: the store cannot be written
 * @ASYNCQ_ERROR_CONFLICT: for plugins: somebody else changed what the job works on; it is safe to run it again at once
 * @ASYNCQ_ERROR_DISCONNECTED: for plugins: what the job needs cannot be reached at the moment
 * @ASYNCQ_ERROR_SKIPPED: the job did not run: what it waited for ended in another way
 * @ASYNCQ_ERROR_NO_SUCH_POLICY: no retry policy has this name
 * @ASYNCQ_ERROR_NO_SUCH_FACTORY: no factory has this name
 * @ASYNCQ_ERROR_NO_SUCH_LIMIT: no limit has this name
 * @ASYNCQ_ERROR_NO_SUCH_SCHEDULE: no schedule has this name
 * @ASYNCQ_ERROR_NO_SUCH_OBJECT: no object has this name
 * @ASYNCQ_ERROR_IN_DOUBT: an earlier attempt has begun it, and nobody knows whether it came to pass
 * @ASYNCQ_ERROR_NO_SUCH_PLUGIN: no plugin has this id
 * @ASYNCQ_ERROR_OUT_OF_MEMORY: the job took more memory than it may, or than there was
 * @ASYNCQ_ERROR_LIMIT_EXCEEDED: the job went beyond another limit of its function: processor time, output, processes
 * @ASYNCQ_ERROR_SANDBOX: the sandbox that the function requires cannot be had here
 *
 * What can go wrong. Each code has a D-Bus name, `org.asyncq.Error.` and the
 * code in CamelCase; names and codes are stable.
 *
 * Since: 0.1
 */
typedef enum
{
  ASYNCQ_ERROR_FAILED,
  ASYNCQ_ERROR_FINAL,
  ASYNCQ_ERROR_RETRY,
  ASYNCQ_ERROR_INVALID,
  ASYNCQ_ERROR_BAD_ARGUMENTS,
  ASYNCQ_ERROR_BAD_RESULT,
  ASYNCQ_ERROR_NO_SUCH_JOB,
  ASYNCQ_ERROR_NO_SUCH_FUNCTION,
  ASYNCQ_ERROR_NO_SUCH_QUEUE,
  ASYNCQ_ERROR_NO_SUCH_AGENT,
  ASYNCQ_ERROR_EXISTS,
  ASYNCQ_ERROR_BAD_STATE,
  ASYNCQ_ERROR_STALE_LEASE,
  ASYNCQ_ERROR_CRASHED,
  ASYNCQ_ERROR_ABORTED,
  ASYNCQ_ERROR_CANCELLED,
  ASYNCQ_ERROR_EXPIRED,
  ASYNCQ_ERROR_TIMED_OUT,
  ASYNCQ_ERROR_TOO_LARGE,
  ASYNCQ_ERROR_BUSY,
  ASYNCQ_ERROR_NOT_ALLOWED,
  ASYNCQ_ERROR_NOT_RUNNING,
  ASYNCQ_ERROR_PLUGIN_ABI,
  ASYNCQ_ERROR_PLUGIN_UNSAFE,
  ASYNCQ_ERROR_CONFIG,
  ASYNCQ_ERROR_STORE_LOCKED,
  ASYNCQ_ERROR_STORE_FOREIGN,
  ASYNCQ_ERROR_STORE_VERSION,
  ASYNCQ_ERROR_STORE_CORRUPT,
  ASYNCQ_ERROR_STORE_FULL,
  ASYNCQ_ERROR_STORE_FAILED,
  ASYNCQ_ERROR_CONFLICT,
  ASYNCQ_ERROR_DISCONNECTED,
  ASYNCQ_ERROR_SKIPPED,
  ASYNCQ_ERROR_NO_SUCH_POLICY,
  ASYNCQ_ERROR_NO_SUCH_FACTORY,
  ASYNCQ_ERROR_NO_SUCH_LIMIT,
  ASYNCQ_ERROR_NO_SUCH_SCHEDULE,
  ASYNCQ_ERROR_NO_SUCH_OBJECT,
  ASYNCQ_ERROR_IN_DOUBT,
  ASYNCQ_ERROR_NO_SUCH_PLUGIN,
  ASYNCQ_ERROR_OUT_OF_MEMORY,
  ASYNCQ_ERROR_LIMIT_EXCEEDED,
  ASYNCQ_ERROR_SANDBOX
} AsyncqError;

#define ASYNCQ_N_ERRORS (ASYNCQ_ERROR_SANDBOX + 1)

/**
 * ASYNCQ_ERROR:
 *
 * The domain of [enum@Error].
 *
 * Since: 0.1
 */
#define ASYNCQ_ERROR (asyncq_error_quark ())

ASYNCQ_EXPORT
GQuark  asyncq_error_quark            (void);
ASYNCQ_EXPORT
GError *asyncq_error_new_from_failure (GVariant *failure);
ASYNCQ_EXPORT
const char *
        asyncq_error_get_name         (const char *domain,
                                       gint        code);

G_END_DECLS
