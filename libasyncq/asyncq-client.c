/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The connection of a client to a daemon
 *
 * A client is one connection to the daemon's private socket; there is no message
 * bus between them, so calls have no destination. It exists only while it is or
 * was connected: making one is what can fail. What it submits is in
 * asyncq-client-submit.c, what it asks in asyncq-client-jobs.c.
 *
 * Any thread may call it. Its signals come in the main context that was the
 * thread's default when it was made.
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"
#include "asyncq-error.h"

#define MANAGER_PATH "/org/asyncq"
#define MANAGER_INTERFACE "org.asyncq.Manager1"

struct _AsyncqClient
{
  GObject parent_instance;

  char            *address;
  GDBusConnection *connection;
  guint            subscription;
  gulong           closed_handler;
  int              subscribed; /* atomic: the daemon was asked to tell of changes */
};

enum
{
  SIGNAL_JOBS_CHANGED,
  SIGNAL_CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/**
 * AsyncqClient:
 *
 * A connection to an asyncq daemon.
 *
 * Each call has three forms: `_async` with `_finish`, and `_sync`, which blocks
 * the thread. There is no time-out but the one that is a parameter; use a
 * cancellable. An error that the daemon reports keeps its code of [error@Error]; a
 * daemon that has gone away is `ASYNCQ_ERROR_NOT_RUNNING`.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AsyncqClient, asyncq_client, G_TYPE_OBJECT)

static void
asyncq_client_dispose (GObject *object)
{
  AsyncqClient *self = ASYNCQ_CLIENT (object);

  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->subscription);
  self->subscription = 0;
  if (self->connection != NULL)
    g_clear_signal_handler (&self->closed_handler, self->connection);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (asyncq_client_parent_class)->dispose (object);
}

static void
asyncq_client_finalize (GObject *object)
{
  AsyncqClient *self = ASYNCQ_CLIENT (object);

  g_clear_pointer (&self->address, g_free);

  G_OBJECT_CLASS (asyncq_client_parent_class)->finalize (object);
}

static void
asyncq_client_class_init (AsyncqClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = asyncq_client_dispose;
  object_class->finalize = asyncq_client_finalize;

  /* registers the D-Bus names of our errors, before the first can arrive */
  (void) asyncq_error_quark ();

  /**
   * AsyncqClient::jobs-changed:
   * @self: the client
   * @changes: a list `a(tsst)`: id, state, outcome, and the number of the
   *   transaction that changed the job
   *
   * Jobs have changed, and the changes are stored. Comes after
   * [method@Client.subscribe_async].
   *
   * Since: 0.1
   */
  signals[SIGNAL_JOBS_CHANGED] =
    g_signal_new ("jobs-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_VARIANT);

  /**
   * AsyncqClient::closed:
   * @self: the client
   *
   * The connection has ended, and with it every call that was under way.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CLOSED] =
    g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
asyncq_client_init (AsyncqClient *self)
{
}

/* ---- signals ---- */

/* a signal may be on its way, in another thread, while the client's last reference goes */
static void
on_jobs_changed (GDBusConnection *connection,
                 const char      *sender,
                 const char      *path,
                 const char      *interface,
                 const char      *signal,
                 GVariant        *parameters,
                 gpointer         user_data)
{
  g_autoptr(AsyncqClient) self = g_weak_ref_get (user_data);
  g_autoptr(GVariant) changes = NULL;

  if (self == NULL || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(a(tsst))")))
    return;
  changes = g_variant_get_child_value (parameters, 0);
  g_signal_emit (self, signals[SIGNAL_JOBS_CHANGED], 0, changes);
}

static void
on_closed (GDBusConnection *connection,
           gboolean         remote_peer_vanished,
           GError          *error,
           gpointer         user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_CLOSED], 0);
}

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* takes @connection */
static AsyncqClient *
asyncq_client_new_connected (const char      *address,
                             GDBusConnection *connection)
{
  AsyncqClient *self = g_object_new (ASYNCQ_TYPE_CLIENT, NULL);
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, self);
  self->address = g_strdup (address);
  self->connection = connection;
  self->subscription =
    g_dbus_connection_signal_subscribe (connection, NULL, MANAGER_INTERFACE, "JobsChanged",
                                        MANAGER_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                        on_jobs_changed, weak, free_weak_ref);
  self->closed_handler = g_signal_connect_object (connection, "closed", G_CALLBACK (on_closed), self, 0);
  return self;
}

gboolean
_asyncq_client_is_subscribed (AsyncqClient *self)
{
  return g_atomic_int_get (&self->subscribed) != 0;
}

void
_asyncq_client_note_subscribed (AsyncqClient *self,
                                gboolean      is_subscribed)
{
  g_atomic_int_set (&self->subscribed, is_subscribed);
}

/* ---- connecting ---- */

typedef struct
{
  GPtrArray *addresses; /* of char* */
  guint      next;
} Attempt;

static void
attempt_free (gpointer data)
{
  Attempt *attempt = data;

  g_clear_pointer (&attempt->addresses, g_ptr_array_unref);
  g_free (attempt);
}

/* whether there may still be a daemon at another address */
static gboolean
nobody_is_there (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

/* consumes @reason */
static GError *
describe_failure_to_connect (GPtrArray *addresses,
                             GError    *reason)
{
  g_autoptr(GError) owned = reason;
  g_autoptr(GString) names = g_string_new (NULL);
  int code = ASYNCQ_ERROR_NOT_RUNNING;

  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_steal_pointer (&owned);
  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    code = ASYNCQ_ERROR_NOT_ALLOWED;

  for (guint i = 0; i < addresses->len; i++)
    g_string_append_printf (names, "%s'%s'", i == 0 ? "" : " or ",
                            (char *) g_ptr_array_index (addresses, i));
  if (code == ASYNCQ_ERROR_NOT_ALLOWED)
    return g_error_new (ASYNCQ_ERROR, code, "could not connect to the daemon at %s: %s", names->str,
                        reason->message);
  return g_error_new (ASYNCQ_ERROR, code,
                      "no daemon answers at %s: %s; start one with \"asyncqd\", or say where it is with "
                      "ASYNCQ_ADDRESS", names->str, reason->message);
}

static void try_next_address (GTask *task);

static void
on_connected (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Attempt *attempt = g_task_get_task_data (task);
  GError *error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_finish (result, &error);

  if (connection != NULL)
    {
      const char *address = g_ptr_array_index (attempt->addresses, attempt->next - 1);

      g_task_return_pointer (task, asyncq_client_new_connected (address, connection), g_object_unref);
    }
  else if (attempt->next < attempt->addresses->len && nobody_is_there (error))
    {
      g_error_free (error);
      try_next_address (g_steal_pointer (&task));
    }
  else
    {
      g_task_return_error (task, describe_failure_to_connect (attempt->addresses, error));
    }
}

/* takes @task */
static void
try_next_address (GTask *task)
{
  Attempt *attempt = g_task_get_task_data (task);

  g_dbus_connection_new_for_address (g_ptr_array_index (attempt->addresses, attempt->next++),
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                     g_task_get_cancellable (task), on_connected, task);
}

/**
 * asyncq_client_new_async:
 * @address: (nullable): a D-Bus address or the path of a socket; %NULL to look for
 *   the daemon: `$ASYNCQ_ADDRESS`, `$XDG_RUNTIME_DIR/asyncq/bus`, `/run/asyncq/bus`
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when connected, or not
 * @user_data: for @callback
 *
 * Connects to a daemon.
 *
 * Since: 0.1
 */
void
asyncq_client_new_async (const char          *address,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr(GPtrArray) addresses = NULL;
  GError *error = NULL;
  Attempt *attempt;

  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  g_task_set_source_tag (task, asyncq_client_new_async);
  g_type_ensure (ASYNCQ_TYPE_CLIENT);
  addresses = _asyncq_address_list (address, &error);
  if (addresses == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  attempt = g_new0 (Attempt, 1);
  attempt->addresses = g_steal_pointer (&addresses);
  g_task_set_task_data (task, attempt, attempt_free);
  try_next_address (g_steal_pointer (&task));
}

/**
 * asyncq_client_new_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [func@Client.new_async].
 *
 * Errors: `ASYNCQ_ERROR_NOT_RUNNING`, `ASYNCQ_ERROR_NOT_ALLOWED`;
 * `ASYNCQ_ERROR_INVALID` if the address makes no sense.
 *
 * Returns: (transfer full): a client, or %NULL with @error set
 *
 * Since: 0.1
 */
AsyncqClient *
asyncq_client_new_finish (GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == asyncq_client_new_async, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * asyncq_client_new_sync:
 * @address: (nullable): as for [func@Client.new_async]
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Connects to a daemon, and blocks until it is done.
 *
 * Errors: as [ctor@Client.new_finish].
 *
 * Returns: (transfer full): a client, or %NULL with @error set
 *
 * Since: 0.1
 */
AsyncqClient *
asyncq_client_new_sync (const char    *address,
                        GCancellable  *cancellable,
                        GError       **error)
{
  g_autoptr(GPtrArray) addresses = NULL;
  GError *reason = NULL;

  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  g_type_ensure (ASYNCQ_TYPE_CLIENT);
  addresses = _asyncq_address_list (address, error);
  if (addresses == NULL)
    return NULL;

  for (guint i = 0; i < addresses->len; i++)
    {
      const char *candidate = g_ptr_array_index (addresses, i);
      GDBusConnection *connection;

      g_clear_error (&reason);
      connection = g_dbus_connection_new_for_address_sync (candidate,
                                                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                                           NULL, cancellable, &reason);
      if (connection != NULL)
        return asyncq_client_new_connected (candidate, connection);
      if (!nobody_is_there (reason))
        break;
    }
  g_propagate_error (error, describe_failure_to_connect (addresses, reason));
  return NULL;
}

/**
 * asyncq_client_get_address:
 * @self: a client
 *
 * Gives the D-Bus address at which the daemon was found.
 *
 * Returns: the address
 *
 * Since: 0.1
 */
const char *
asyncq_client_get_address (AsyncqClient *self)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return self->address;
}

/**
 * asyncq_client_get_connection:
 * @self: a client
 *
 * Gives the connection, for calls that have no function here. It is not one to a
 * message bus: calls take %NULL as the name of the bus.
 *
 * Returns: (transfer none): the connection
 *
 * Since: 0.1
 */
GDBusConnection *
asyncq_client_get_connection (AsyncqClient *self)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return self->connection;
}

/* ---- calls ---- */

/* gives a failed call the error that is documented; consumes @error */
static GError *
describe_failure_of_call (AsyncqClient *self,
                          GError       *error)
{
  GError *described;

  if (g_dbus_error_is_remote_error (error))
    {
      (void) g_dbus_error_strip_remote_error (error);
      return error;
    }
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return error;

  described = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING, "the daemon at '%s' has gone away: %s",
                           self->address, error->message);
  g_error_free (error);
  return described;
}

static void
on_called (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  GVariant *reply;

  reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), NULL, result, &error);
  if (reply != NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, describe_failure_of_call (g_task_get_source_object (task), error));
}

/*
 * Makes a call. There is no time-out: how long a flush or a job takes is not ours
 * to say.
 */
void
_asyncq_client_call (AsyncqClient        *self,
                     AsyncqCall           call,
                     gpointer             source_tag,
                     GCancellable        *cancellable,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, source_tag);
  g_dbus_connection_call_with_unix_fd_list (self->connection, NULL, call.path, call.interface, call.method,
                                            call.parameters, call.reply_type, G_DBUS_CALL_FLAGS_NONE,
                                            G_MAXINT, call.fds, cancellable, on_called, task);
  g_free (call.path);
  g_clear_object (&call.fds);
}

/* returns the reply, a tuple of the type that the call names, owned; or NULL with @error set */
GVariant *
_asyncq_client_call_finish (AsyncqClient  *self,
                            GAsyncResult  *result,
                            gpointer       source_tag,
                            GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == source_tag, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* the same in one, and blocks */
GVariant *
_asyncq_client_call_sync (AsyncqClient  *self,
                          AsyncqCall     call,
                          GCancellable  *cancellable,
                          GError       **error)
{
  GError *reason = NULL;
  GVariant *reply;

  reply = g_dbus_connection_call_with_unix_fd_list_sync (self->connection, NULL, call.path, call.interface,
                                                         call.method, call.parameters, call.reply_type,
                                                         G_DBUS_CALL_FLAGS_NONE, G_MAXINT, call.fds, NULL,
                                                         cancellable, &reason);
  g_free (call.path);
  g_clear_object (&call.fds);
  if (reply == NULL)
    g_propagate_error (error, describe_failure_of_call (self, reason));
  return reply;
}
