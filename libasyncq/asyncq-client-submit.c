/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Submitting jobs
 *
 * A list goes as a message, or when it is large as a sealed memfd: the daemon
 * then reads it where it is, and no connection buffers it.
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"
#include "asyncq-error.h"
#include "asyncq-job-spec-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define BULK_BYTES (64 * 1024)
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static gboolean
write_all (int            fd,
           const guint8  *bytes,
           gsize          length,
           GError       **error)
{
  while (length > 0)
    {
      gssize written = write (fd, bytes, length);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        {
          int code = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                       "could not write %" G_GSIZE_FORMAT " bytes of jobs to memory: %s", length,
                       g_strerror (code));
          return FALSE;
        }
      bytes += written;
      length -= (gsize) written;
    }
  return TRUE;
}

/* returns a sealed memfd, or -1 with @error set */
static int
make_memfd (GVariant  *entries,
            GError   **error)
{
  int fd = memfd_create ("asyncq-entries", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && !write_all (fd, g_variant_get_data (entries), g_variant_get_size (entries), error))
    {
      (void) g_close (fd, NULL); /* the error is reported already */
      return -1;
    }
  if (fd < 0 || fcntl (fd, F_ADD_SEALS, SEALS) < 0)
    {
      int code = errno;

      if (fd >= 0)
        (void) g_close (fd, NULL);
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "could not make a sealed memfd: %s",
                   g_strerror (code));
      return -1;
    }
  return fd;
}

/*
 * Chooses how the jobs travel. @positions gets where each spec's own entry is in the
 * list, since the ids of the others are not asked for.
 */
static gboolean
prepare_call (AsyncqJobSpec **specs,
              gsize           n_specs,
              GArray         *positions,
              AsyncqCall     *out_call,
              GError        **error)
{
  g_autoptr(GVariant) entries = g_variant_ref_sink (_asyncq_job_spec_list_to_entries (specs, n_specs, positions));
  int fd;

  if (g_variant_get_size (entries) <= BULK_BYTES)
    {
      *out_call = _asyncq_call_of_manager ("Submit", g_variant_new ("(@aa{sv})", entries), "(at)");
      return TRUE;
    }

  fd = make_memfd (entries, error);
  if (fd < 0)
    return FALSE;
  *out_call = _asyncq_call_of_manager ("SubmitBulk", g_variant_new ("(h)", 0), "(at)");
  out_call->fds = g_unix_fd_list_new_from_array (&fd, 1);
  return TRUE;
}

/* picks the ids at @positions out of the reply; returns an array of as many, or NULL */
static guint64 *
pick_ids (GVariant  *reply,
          GArray    *positions,
          GError   **error)
{
  g_autoptr(GVariant) list = g_variant_get_child_value (reply, 0);
  gsize n_ids;
  const guint64 *ids = g_variant_get_fixed_array (list, &n_ids, sizeof (guint64));
  guint64 *picked = g_new0 (guint64, positions->len + 1);

  for (guint i = 0; i < positions->len; i++)
    {
      guint position = g_array_index (positions, guint, i);

      if (position >= n_ids)
        {
          g_free (picked);
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED,
                       "the daemon gave %" G_GSIZE_FORMAT " ids, more were due", n_ids);
          return NULL;
        }
      picked[i] = ids[position];
    }
  return picked;
}

static void
on_submitted (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GVariant) reply = NULL;
  GError *error = NULL;
  guint64 *ids = NULL;

  reply = _asyncq_client_call_finish (ASYNCQ_CLIENT (source), result, on_submitted, &error);
  if (reply != NULL)
    ids = pick_ids (reply, g_task_get_task_data (task), &error);
  if (ids != NULL)
    g_task_return_pointer (task, ids, g_free);
  else
    g_task_return_error (task, error);
}

static void
submit (AsyncqClient         *self,
        AsyncqJobSpec       **specs,
        gsize                 n_specs,
        gpointer              source_tag,
        GCancellable         *cancellable,
        GAsyncReadyCallback   callback,
        gpointer              user_data)
{
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, user_data);
  GArray *positions = g_array_new (FALSE, FALSE, sizeof (guint));
  AsyncqCall call = { NULL };
  GError *error = NULL;

  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, positions, (GDestroyNotify) g_array_unref);
  if (prepare_call (specs, n_specs, positions, &call, &error))
    _asyncq_client_call (self, call, on_submitted, cancellable, on_submitted, g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

static guint64 *
submit_finish (AsyncqClient  *self,
               GAsyncResult  *result,
               gpointer       source_tag,
               gsize         *out_n_ids,
               GError       **error)
{
  guint64 *ids;
  gsize n_ids;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == source_tag, NULL);

  n_ids = ((GArray *) g_task_get_task_data (G_TASK (result)))->len;
  ids = g_task_propagate_pointer (G_TASK (result), error);
  if (ids != NULL)
    *out_n_ids = n_ids;
  return ids;
}

static guint64 *
submit_sync (AsyncqClient   *self,
             AsyncqJobSpec **specs,
             gsize           n_specs,
             gsize          *out_n_ids,
             GCancellable   *cancellable,
             GError        **error)
{
  g_autoptr(GArray) positions = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr(GVariant) reply = NULL;
  AsyncqCall call = { NULL };
  guint64 *ids;

  if (!prepare_call (specs, n_specs, positions, &call, error))
    return NULL;
  reply = _asyncq_client_call_sync (self, call, cancellable, error);
  if (reply == NULL)
    return NULL;
  ids = pick_ids (reply, positions, error);
  if (ids != NULL)
    *out_n_ids = positions->len;
  return ids;
}

/* takes @ids, one or none */
static gboolean
take_only_id (guint64 *ids,
              guint64 *out_id)
{
  g_autofree guint64 *owned = ids;

  if (ids != NULL && out_id != NULL)
    *out_id = ids[0];
  return ids != NULL;
}

/* ---- one ---- */

/**
 * asyncq_client_submit_async:
 * @self: a client
 * @spec: (transfer none): what to submit; it is read before this returns
 * @cancellable: (nullable): a cancellable; it does not take a submitted job back
 * @callback: (scope async): called when the job is stored, or not
 * @user_data: for @callback
 *
 * Submits a job, or a composite job with all of its members, in one step.
 *
 * Since: 0.1
 */
void
asyncq_client_submit_async (AsyncqClient        *self,
                            AsyncqJobSpec       *spec,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (spec));

  submit (self, &spec, 1, asyncq_client_submit_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_submit_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_id: (out) (optional): the job's id
 * @error: return location for an error
 *
 * Finishes [method@Client.submit_async]. After %TRUE the job is stored, and will
 * be run whatever happens to this program or to the daemon.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_FUNCTION`, `ASYNCQ_ERROR_BAD_ARGUMENTS`,
 * `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_TOO_LARGE`, `ASYNCQ_ERROR_STORE_FULL`,
 * `ASYNCQ_ERROR_STORE_FAILED`; then there is no job. After `ASYNCQ_ERROR_NOT_RUNNING`
 * there may be one; a submit-key makes it safe to try again.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_submit_finish (AsyncqClient  *self,
                             GAsyncResult  *result,
                             guint64       *out_id,
                             GError       **error)
{
  gsize n_ids;

  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return take_only_id (submit_finish (self, result, asyncq_client_submit_async, &n_ids, error), out_id);
}

/**
 * asyncq_client_submit_sync:
 * @self: a client
 * @spec: (transfer none): what to submit
 * @out_id: (out) (optional): the job's id
 * @cancellable: (nullable): a cancellable; it does not take a submitted job back
 * @error: return location for an error
 *
 * Submits a job, or a composite job with all of its members, and blocks until it
 * is stored.
 *
 * Errors: as [method@Client.submit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_submit_sync (AsyncqClient   *self,
                           AsyncqJobSpec  *spec,
                           guint64        *out_id,
                           GCancellable   *cancellable,
                           GError        **error)
{
  gsize n_ids;

  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (ASYNCQ_IS_JOB_SPEC (spec), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return take_only_id (submit_sync (self, &spec, 1, &n_ids, cancellable, error), out_id);
}

/* ---- many ---- */

/**
 * asyncq_client_submit_list_async:
 * @self: a client
 * @specs: (array length=n_specs) (transfer none): what to submit; they are read
 *   before this returns
 * @n_specs: how many
 * @cancellable: (nullable): a cancellable; it does not take submitted jobs back
 * @callback: (scope async): called when all jobs are stored, or none
 * @user_data: for @callback
 *
 * Submits many jobs in one step: all or none. A large list travels as a sealed
 * memfd.
 *
 * Since: 0.1
 */
void
asyncq_client_submit_list_async (AsyncqClient         *self,
                                 AsyncqJobSpec       **specs,
                                 gsize                 n_specs,
                                 GCancellable         *cancellable,
                                 GAsyncReadyCallback   callback,
                                 gpointer              user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (specs != NULL || n_specs == 0);

  submit (self, specs, n_specs, asyncq_client_submit_list_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_submit_list_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_n_ids: (out): how many ids: as many as there were specs
 * @error: return location for an error
 *
 * Finishes [method@Client.submit_list_async].
 *
 * Errors: as [method@Client.submit_finish]; the message names the entry.
 *
 * Returns: (transfer full) (array length=out_n_ids): the id of each spec, in the same
 *   order, or %NULL with @error set
 *
 * Since: 0.1
 */
guint64 *
asyncq_client_submit_list_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  gsize         *out_n_ids,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (out_n_ids != NULL, NULL);

  return submit_finish (self, result, asyncq_client_submit_list_async, out_n_ids, error);
}

/**
 * asyncq_client_submit_list_sync:
 * @self: a client
 * @specs: (array length=n_specs) (transfer none): what to submit
 * @n_specs: how many
 * @out_n_ids: (out): how many ids: as many as there were specs
 * @cancellable: (nullable): a cancellable; it does not take submitted jobs back
 * @error: return location for an error
 *
 * Submits many jobs in one step, all or none, and blocks until they are stored.
 *
 * Errors: as [method@Client.submit_list_finish].
 *
 * Returns: (transfer full) (array length=out_n_ids): the id of each spec, in the same
 *   order, or %NULL with @error set
 *
 * Since: 0.1
 */
guint64 *
asyncq_client_submit_list_sync (AsyncqClient   *self,
                                AsyncqJobSpec **specs,
                                gsize           n_specs,
                                gsize          *out_n_ids,
                                GCancellable   *cancellable,
                                GError        **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (specs != NULL || n_specs == 0, NULL);
  g_return_val_if_fail (out_n_ids != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return submit_sync (self, specs, n_specs, out_n_ids, cancellable, error);
}

/* ---- words ---- */

static AsyncqCall
call_of_words (const char         *function,
               const char * const *words)
{
  return _asyncq_call_of_manager ("SubmitWords", g_variant_new ("(s^as)", function, words), "(t)");
}

/**
 * asyncq_client_submit_words_async:
 * @self: a client
 * @function: the function's name, `plugin.function`
 * @words: (array zero-terminated=1): its arguments, as [method@Signature.parse_words]
 *   reads them
 * @cancellable: (nullable): a cancellable; it does not take a submitted job back
 * @callback: (scope async): called when the job is stored, or not
 * @user_data: for @callback
 *
 * Submits a call whose arguments are words of a command line.
 *
 * Since: 0.1
 */
void
asyncq_client_submit_words_async (AsyncqClient        *self,
                                  const char          *function,
                                  const char * const  *words,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (function != NULL);
  g_return_if_fail (words != NULL);

  _asyncq_client_call (self, call_of_words (function, words), asyncq_client_submit_words_async, cancellable,
                       callback, user_data);
}

/**
 * asyncq_client_submit_words_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_id: (out) (optional): the job's id
 * @error: return location for an error
 *
 * Finishes [method@Client.submit_words_async].
 *
 * Errors: as [method@Client.submit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_submit_words_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   guint64       *out_id,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_take_id (_asyncq_client_call_finish (self, result, asyncq_client_submit_words_async, error),
                                out_id);
}

/**
 * asyncq_client_submit_words_sync:
 * @self: a client
 * @function: the function's name, `plugin.function`
 * @words: (array zero-terminated=1): its arguments, as [method@Signature.parse_words]
 *   reads them
 * @out_id: (out) (optional): the job's id
 * @cancellable: (nullable): a cancellable; it does not take a submitted job back
 * @error: return location for an error
 *
 * Submits a call whose arguments are words, and blocks until it is stored.
 *
 * Errors: as [method@Client.submit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_submit_words_sync (AsyncqClient        *self,
                                 const char          *function,
                                 const char * const  *words,
                                 guint64             *out_id,
                                 GCancellable        *cancellable,
                                 GError             **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (function != NULL, FALSE);
  g_return_val_if_fail (words != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_take_id (_asyncq_client_call_sync (self, call_of_words (function, words), cancellable, error),
                                out_id);
}
