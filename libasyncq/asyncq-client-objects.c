/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about objects
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_create_object (const char *object,
                       GVariant   *value)
{
  return _asyncq_call_of_manager ("CreateObject", g_variant_new ("(sv)", object, value), "()");
}

static AsyncqCall
call_of_set_object (const char *object,
                    GVariant   *value,
                    guint64     version)
{
  return _asyncq_call_of_manager ("SetObject", g_variant_new ("(svt)", object, value, version), "()");
}

static AsyncqCall
call_of_read_object (const char *object)
{
  return _asyncq_call_of_manager ("ReadObject", g_variant_new ("(s)", object), "(a{sv})");
}

static AsyncqCall
call_of_remove_object (const char *object)
{
  return _asyncq_call_of_manager ("RemoveObject", g_variant_new ("(s)", object), "()");
}

static AsyncqCall
call_of_list_objects (const char *glob,
                      const char *after,
                      guint       limit)
{
  return _asyncq_call_of_manager ("ListObjects", g_variant_new ("(ssu)", glob != NULL ? glob : "", after != NULL ? after : "", limit), "(aa{sv})");
}

/**
 * asyncq_client_create_object_async:
 * @self: a client
 * @object: the name of the new object: A-Z a-z 0-9 _ . : / -, 240 at most
 * @value: its first value; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Creates an object: a named value that outlives jobs, and that functions can be bound to,
 * see [method@JobSpec.set_object]. It keeps the type of this value.
 *
 * Since: 0.1
 */
void
asyncq_client_create_object_async (AsyncqClient        *self,
                                   const char          *object,
                                   GVariant            *value,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (object != NULL);
  g_return_if_fail (value != NULL);

  _asyncq_client_call (self, call_of_create_object (object, value), asyncq_client_create_object_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_create_object_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.create_object_async].
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_create_object_finish (AsyncqClient  *self,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_create_object_async, error));
}

/**
 * asyncq_client_create_object_sync:
 * @self: a client
 * @object: the name of the new object: A-Z a-z 0-9 _ . : / -, 240 at most
 * @value: its first value; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Creates an object: a named value that outlives jobs, and that functions can be bound to,
 * see [method@JobSpec.set_object]. It keeps the type of this value.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.create_object_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_create_object_sync (AsyncqClient  *self,
                                  const char    *object,
                                  GVariant      *value,
                                  GCancellable  *cancellable,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_create_object (object, value), cancellable, error));
}

/**
 * asyncq_client_set_object_async:
 * @self: a client
 * @object: the name of an object
 * @value: its value to be; consumed if it is floating
 * @version: the version that it has now; 0: whichever that is
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Gives an object another value. Its version is one more then.
 *
 * Since: 0.1
 */
void
asyncq_client_set_object_async (AsyncqClient        *self,
                                const char          *object,
                                GVariant            *value,
                                guint64              version,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (object != NULL);
  g_return_if_fail (value != NULL);

  _asyncq_client_call (self, call_of_set_object (object, value, version), asyncq_client_set_object_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_set_object_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.set_object_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_OBJECT`; `ASYNCQ_ERROR_INVALID` if the value is of another
 * type; `ASYNCQ_ERROR_CONFLICT` if the object has another version;
 * `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_set_object_finish (AsyncqClient  *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_set_object_async, error));
}

/**
 * asyncq_client_set_object_sync:
 * @self: a client
 * @object: the name of an object
 * @value: its value to be; consumed if it is floating
 * @version: the version that it has now; 0: whichever that is
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Gives an object another value. Its version is one more then.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.set_object_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_set_object_sync (AsyncqClient  *self,
                               const char    *object,
                               GVariant      *value,
                               guint64        version,
                               GCancellable  *cancellable,
                               GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_set_object (object, value, version), cancellable, error));
}

/**
 * asyncq_client_read_object_async:
 * @self: a client
 * @object: the name of an object
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Reads an object.
 *
 * Since: 0.1
 */
void
asyncq_client_read_object_async (AsyncqClient        *self,
                                 const char          *object,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (object != NULL);

  _asyncq_client_call (self, call_of_read_object (object), asyncq_client_read_object_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_read_object_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.read_object_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_OBJECT`.
 *
 * Returns: (transfer full): a dictionary `a{sv}`: "name" s, "value" v,
 *   "version" t, "changed" x (microseconds since 1970-01-01 UTC); or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_read_object_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_read_object_async, error));
}

/**
 * asyncq_client_read_object_sync:
 * @self: a client
 * @object: the name of an object
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Reads an object.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.read_object_finish].
 *
 * Returns: (transfer full): a dictionary `a{sv}`: "name" s, "value" v,
 *   "version" t, "changed" x (microseconds since 1970-01-01 UTC); or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_read_object_sync (AsyncqClient  *self,
                                const char    *object,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (object != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_read_object (object), cancellable, error));
}

/**
 * asyncq_client_remove_object_async:
 * @self: a client
 * @object: the name of an object
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Removes an object. Jobs that are bound to it fail when they run.
 *
 * Since: 0.1
 */
void
asyncq_client_remove_object_async (AsyncqClient        *self,
                                   const char          *object,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (object != NULL);

  _asyncq_client_call (self, call_of_remove_object (object), asyncq_client_remove_object_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_remove_object_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.remove_object_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_OBJECT`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_object_finish (AsyncqClient  *self,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_remove_object_async, error));
}

/**
 * asyncq_client_remove_object_sync:
 * @self: a client
 * @object: the name of an object
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Removes an object. Jobs that are bound to it fail when they run.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.remove_object_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_object_sync (AsyncqClient  *self,
                                  const char    *object,
                                  GCancellable  *cancellable,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (object != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_remove_object (object), cancellable, error));
}

/**
 * asyncq_client_list_objects_async:
 * @self: a client
 * @glob: (nullable): which names, as "report.*"; %NULL: all
 * @after: (nullable): the last name of an earlier answer; %NULL: from the first
 * @limit: how many at most, 1 to 1000
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lists objects, without their values.
 *
 * Since: 0.1
 */
void
asyncq_client_list_objects_async (AsyncqClient        *self,
                                  const char          *glob,
                                  const char          *after,
                                  guint                limit,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_objects (glob, after, limit), asyncq_client_list_objects_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_list_objects_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_objects_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: (transfer full): a list `aa{sv}`, sorted by name: "name" s, "type" s,
 *   "version" t, "size" t (bytes), "changed" x; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_objects_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_list_objects_async, error));
}

/**
 * asyncq_client_list_objects_sync:
 * @self: a client
 * @glob: (nullable): which names, as "report.*"; %NULL: all
 * @after: (nullable): the last name of an earlier answer; %NULL: from the first
 * @limit: how many at most, 1 to 1000
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists objects, without their values.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.list_objects_finish].
 *
 * Returns: (transfer full): a list `aa{sv}`, sorted by name: "name" s, "type" s,
 *   "version" t, "size" t (bytes), "changed" x; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_objects_sync (AsyncqClient  *self,
                                 const char    *glob,
                                 const char    *after,
                                 guint          limit,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_list_objects (glob, after, limit), cancellable, error));
}
