/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One request, from its beginning to the end of its job
 *
 * Everything happens in the main loop: the answer's head comes, then its body
 * piece by piece, each kept or written to a file before the next one is asked for.
 * `cancellable` stops whichever call is under way, be it that the job was cancelled
 * or that its time is over; the call's own callback then ends the job. A file
 * appears when it is whole, or not at all.
 */

#include "fetch.h"

#include "failure.h"

#include <string.h>

#define CHUNK_BYTES (64 * 1024)

/* Who wants to be asked again that often is one for retry policies. */
#define MAX_SNOOZES 10

typedef struct
{
  AsyncqJobContext *job;         /* owned */
  Request           request;
  char             *address;     /* owned */
  char             *host;        /* owned: whom credentials are for */
  GCancellable     *cancellable; /* owned */
  GCancellable     *cancelled;   /* owned: the job's */
  gulong            cancelled_handler;
  guint             timeout;     /* source */
  gboolean          late;

  GInputStream     *body;        /* owned; the answer's */
  GByteArray       *bytes;       /* owned; nullable: the body, or a piece of it on its way to the file */
  GFileOutputStream *file;       /* owned; nullable */
  guint64           n_bytes;
  guint64           n_wanted;    /* 0: nobody knows */
} Fetch;

static void read_more (Fetch *self);

static void
fetch_free (Fetch *self)
{
  g_cancellable_disconnect (self->cancelled, self->cancelled_handler);
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_object (&self->body);
  if (self->file != NULL)
    {
      g_autoptr(GCancellable) never = g_cancellable_new ();

      /* a file that is not whole is not put in place: so is it said */
      g_cancellable_cancel (never);
      (void) g_output_stream_close (G_OUTPUT_STREAM (self->file), never, NULL);
      g_object_unref (self->file);
    }
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  request_clear (&self->request);
  g_object_unref (self->cancelled);
  g_object_unref (self->cancellable);
  g_object_unref (self->job);
  g_free (self->address);
  g_free (self->host);
  g_free (self);
}

static void
fail (Fetch        *self,
      const GError *error)
{
  GError *failure;

  if (self->late)
    failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_DISCONNECTED, "could not fetch '%s': it took longer than %g s",
                           self->address, (double) self->request.timeout_usec / G_USEC_PER_SEC);
  else
    failure = failure_of_transport (error, self->address);
  asyncq_job_context_return_error (self->job, failure);
  fetch_free (self);
}

static void
fail_too_large (Fetch *self)
{
  g_autoptr(GError) error = NULL;

  error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                       "the body of '%s' is larger than %" G_GUINT64_FORMAT " bytes%s", self->address,
                       self->request.max_bytes, self->request.save_to != NULL ? "" : ": 'save-to' writes it to a file");
  fail (self, error);
}

static void
add_header (const char *name,
            const char *value,
            gpointer    user_data)
{
  GVariantDict *headers = user_data;
  g_autofree char *key = g_ascii_strdown (name, -1);
  g_autofree char *valid = g_utf8_make_valid (value, -1);
  g_autofree char *joined = NULL;
  const char *before;

  if (g_variant_dict_lookup (headers, key, "&s", &before))
    joined = g_strconcat (before, ", ", valid, NULL);
  g_variant_dict_insert (headers, key, "s", joined != NULL ? joined : valid);
}

/* a{ss}, names in lower case; of several with one name the values are joined */
static GVariant *
list_headers (SoupMessage *message)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr(GVariant) found = NULL;
  GVariantBuilder headers;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  soup_message_headers_foreach (soup_message_get_response_headers (message), add_header, &dict);
  found = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_variant_builder_init (&headers, G_VARIANT_TYPE ("a{ss}"));
  g_variant_iter_init (&iter, found);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_variant_builder_add (&headers, "{ss}", name, g_variant_get_string (value, NULL));
      g_variant_unref (value);
    }
  return g_variant_builder_end (&headers);
}

static void
succeed (Fetch *self)
{
  SoupMessage *message = self->request.message;
  GVariant *body = NULL;

  if (self->request.save_to == NULL)
    {
      g_autoptr(GBytes) bytes = NULL;

      g_byte_array_set_size (self->bytes, (guint) self->n_bytes);
      bytes = g_byte_array_free_to_bytes (g_steal_pointer (&self->bytes));
      body = g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
    }
  else
    body = g_variant_new_array (G_VARIANT_TYPE_BYTE, NULL, 0);
  asyncq_job_context_return_value (self->job, g_variant_new ("(u@a{ss}@ay)", soup_message_get_status (message),
                                                             list_headers (message), body));
  fetch_free (self);
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Fetch *self = user_data;
  g_autoptr(GError) error = NULL;
  gboolean ok = g_output_stream_close_finish (G_OUTPUT_STREAM (source), result, &error);

  g_clear_object (&self->file);
  if (ok)
    succeed (self);
  else
    fail (self, error);
}

static void
end_body (Fetch *self)
{
  asyncq_job_context_set_progress (self->job, 1, self->n_bytes, self->n_bytes, "");
  if (self->file == NULL)
    succeed (self);
  else
    g_output_stream_close_async (G_OUTPUT_STREAM (self->file), G_PRIORITY_DEFAULT, self->cancellable, on_closed, self);
}

static void
on_written (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Fetch *self = user_data;
  g_autoptr(GError) error = NULL;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    read_more (self);
  else
    fail (self, error);
}

static void
tell_progress (Fetch *self)
{
  double fraction = self->n_wanted == 0 ? -1 : (double) self->n_bytes / (double) self->n_wanted;

  asyncq_job_context_set_progress (self->job, fraction, self->n_bytes, self->n_wanted, "");
}

static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Fetch *self = user_data;
  g_autoptr(GError) error = NULL;
  gssize n_read = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n_read < 0)
    {
      fail (self, error);
      return;
    }
  if (n_read == 0)
    {
      end_body (self);
      return;
    }
  self->n_bytes += (guint64) n_read;
  self->n_wanted = self->n_wanted >= self->n_bytes ? self->n_wanted : 0; /* packed ones tell another size */
  if (self->request.max_bytes != 0 && self->n_bytes > self->request.max_bytes)
    {
      fail_too_large (self);
      return;
    }
  tell_progress (self);
  if (self->file != NULL)
    {
      g_output_stream_write_all_async (G_OUTPUT_STREAM (self->file), self->bytes->data, (gsize) n_read,
                                       G_PRIORITY_DEFAULT, self->cancellable, on_written, self);
      return;
    }
  read_more (self);
}

/* A body that is kept grows by a piece; one that goes to a file has room for one. */
static void
read_more (Fetch *self)
{
  gsize offset = self->file == NULL ? (gsize) self->n_bytes : 0;

  g_byte_array_set_size (self->bytes, (guint) offset + CHUNK_BYTES);
  g_input_stream_read_async (self->body, self->bytes->data + offset, CHUNK_BYTES, G_PRIORITY_DEFAULT,
                             self->cancellable, on_read, self);
}

static void
on_opened (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Fetch *self = user_data;
  g_autoptr(GError) error = NULL;

  self->file = g_file_replace_finish (G_FILE (source), result, &error);
  if (self->file != NULL)
    read_more (self);
  else
    fail (self, error);
}

static void
begin_body (Fetch *self)
{
  g_autoptr(GFile) file = NULL;

  self->bytes = g_byte_array_new ();
  if (self->request.save_to == NULL)
    {
      read_more (self);
      return;
    }
  file = g_file_new_for_path (self->request.save_to);
  g_file_replace_async (file, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, G_PRIORITY_DEFAULT, self->cancellable,
                        on_opened, self);
}

/* Returns: whether the answer is none that is wanted, and the job has ended */
static gboolean
refuse_status (Fetch *self)
{
  SoupMessage *message = self->request.message;
  guint status = soup_message_get_status (message);
  gint64 delay_usec = failure_get_delay (status, soup_message_get_response_headers (message));

  if (self->request.any_status || status < 400)
    return FALSE;
  if (delay_usec >= 0 && asyncq_job_context_get_attempt (self->job) <= MAX_SNOOZES)
    {
      asyncq_job_context_snooze (self->job, delay_usec);
      asyncq_job_context_return_value (self->job, NULL);
    }
  else
    asyncq_job_context_return_error (self->job,
                                     failure_of_status (status, soup_message_get_reason_phrase (message)));
  fetch_free (self);
  return TRUE;
}

static void
on_answered (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Fetch *self = user_data;
  SoupMessage *message = self->request.message;
  g_autoptr(GError) error = NULL;
  goffset length;

  self->body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (self->body == NULL)
    {
      fail (self, error);
      return;
    }
  if (refuse_status (self))
    return;
  length = soup_message_headers_get_content_length (soup_message_get_response_headers (message));
  self->n_wanted = (guint64) MAX (length, 0);
  if (self->request.max_bytes != 0 && self->n_wanted > self->request.max_bytes &&
      !g_str_equal (soup_message_get_method (message), SOUP_METHOD_HEAD))
    {
      fail_too_large (self);
      return;
    }
  begin_body (self);
}

/* What was meant for one host is not told to another one. */
static void
on_restarted (SoupMessage *message,
              gpointer     user_data)
{
  static const char * const secrets[] = { "Authorization", "Cookie", "Proxy-Authorization" };
  Fetch *self = user_data;
  const char *host = g_uri_get_host (soup_message_get_uri (message));

  if (g_strcmp0 (host, self->host) == 0)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    soup_message_headers_remove (soup_message_get_request_headers (message), secrets[i]);
}

static gboolean
on_late (gpointer user_data)
{
  Fetch *self = user_data;

  self->timeout = 0;
  self->late = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancelled,
              gpointer      user_data)
{
  g_cancellable_cancel (user_data);
}

/* Takes what is in @request. The job, which is deferred, ends when the answer is there. */
void
fetch_begin (AsyncqJobContext *job,
             SoupSession      *session,
             Request          *request)
{
  Fetch *self = g_new0 (Fetch, 1);
  GUri *uri = soup_message_get_uri (request->message);

  self->job = g_object_ref (job);
  self->request = *request;
  *request = (Request) { NULL };
  self->address = g_uri_to_string_partial (uri, G_URI_HIDE_PASSWORD);
  self->host = g_strdup (g_uri_get_host (uri));
  self->cancellable = g_cancellable_new ();
  self->cancelled = g_object_ref (asyncq_job_context_get_cancellable (job));
  self->cancelled_handler = g_cancellable_connect (self->cancelled, G_CALLBACK (on_cancelled),
                                                   g_object_ref (self->cancellable), g_object_unref);
  self->timeout = g_timeout_add ((guint) MAX (self->request.timeout_usec / 1000, 1), on_late, self);
  g_signal_connect (self->request.message, "restarted", G_CALLBACK (on_restarted), self);
  soup_session_send_async (session, self->request.message, G_PRIORITY_DEFAULT, self->cancellable, on_answered, self);
}
