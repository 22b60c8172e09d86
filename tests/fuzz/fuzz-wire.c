/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The frames between daemon and worker, as either end reads them
 *
 * The input is a stream that arrives in pieces. Where its first byte is odd the
 * sizes in it are set right, so that what is behind the header is reached too.
 * Each frame is read as every kind that there is, whatever it says to be; of what
 * is accepted each field is touched, and most is written and read again.
 */

#include "config.h"

#include "fuzz.h"
#include "work/worker/aq-wire.h"

#include <string.h>

#define HEADER_BYTES 8

/* what a reader does with a text: it is whole, and ends */
static void
touch_text (const char *text)
{
  g_assert_cmpuint (strlen (text), <=, AQ_WIRE_MAX_FRAME_BYTES);
}

static void
touch_bytes (gconstpointer data,
             gsize         size)
{
  const guint8 *bytes = data;
  volatile guint8 sum = 0;

  g_assert_true (size == 0 || (gsize) bytes % 8 == 0);
  for (gsize i = 0; i < size; i++)
    sum = (guint8) (sum + bytes[i]);
}

static void
touch_value (const AqWireValue *value)
{
  g_autoptr(GVariant) variant = NULL;

  if (value->type == NULL)
    return;
  touch_text (value->type);
  touch_bytes (value->data, value->size);
  if (!aq_wire_value_is_normal (value))
    return;
  variant = aq_wire_value_dup (value);
  g_assert_true (g_variant_is_normal_form (variant));
}

/* what was written from a message is one frame that is read as the same */
static AqWireFrame
written (AqWireBuffer *buffer,
         AqWireKind    kind)
{
  g_autoptr(GError) error = NULL;
  AqWireFrame frame;

  g_assert_true (aq_wire_next_frame (buffer, &frame, &error));
  g_assert_no_error (error);
  g_assert_cmpint (frame.kind, ==, kind);
  g_assert_cmpuint (buffer->start, ==, buffer->end);
  return frame;
}

static void
read_done (const AqWireFrame *frame,
           AqWireBuffer      *buffer)
{
  AqWireDone done, again;
  AqWireFrame copy;

  if (!aq_wire_parse_done (frame, &done, NULL))
    return;
  touch_text (done.result_type);
  touch_bytes (done.result, done.result_size);
  touch_bytes (done.puts, done.puts_size);
  touch_value (&done.object);
  (void) aq_wire_is_normal ("aa{sv}", done.puts, done.puts_size); /* whatever it says */
  aq_wire_append_done (buffer, &done);
  copy = written (buffer, AQ_WIRE_DONE);
  g_assert_true (aq_wire_parse_done (&copy, &again, NULL));
  g_assert_cmpuint (done.lease, ==, again.lease);
  g_assert_cmpstr (done.result_type, ==, again.result_type);
  g_assert_cmpmem (done.result, done.result_size, again.result, again.result_size);
  g_assert_cmpmem (done.puts, done.puts_size, again.puts, again.puts_size);
}

static void
read_ask (const AqWireFrame *frame,
          AqWireBuffer      *buffer)
{
  AqWireAsk ask, again;
  AqWireFrame copy;

  if (!aq_wire_parse_ask (frame, &ask, NULL))
    return;
  touch_text (ask.name);
  touch_value (&ask.value);
  g_assert_true (g_utf8_validate (ask.name, -1, NULL));
  aq_wire_append_ask (buffer, &ask);
  copy = written (buffer, AQ_WIRE_ASK);
  g_assert_true (aq_wire_parse_ask (&copy, &again, NULL));
  g_assert_cmpstr (ask.name, ==, again.name);
  g_assert_cmpmem (ask.value.data, ask.value.size, again.value.data, again.value.size);
}

static void
read_run (const AqWireFrame *frame,
          AqWireBuffer      *buffer)
{
  AqWireRun run, again;
  AqWireFrame copy;

  if (!aq_wire_parse_run (frame, &run, NULL))
    return;
  touch_text (run.function);
  touch_text (run.queue);
  touch_text (run.arguments_type);
  touch_bytes (run.arguments, run.arguments_size);
  touch_value (&run.checkpoint);
  touch_value (&run.object);
  aq_wire_append_run (buffer, &run);
  copy = written (buffer, AQ_WIRE_RUN);
  g_assert_true (aq_wire_parse_run (&copy, &again, NULL));
  g_assert_cmpstr (run.function, ==, again.function);
  g_assert_cmpmem (run.arguments, run.arguments_size, again.arguments, again.arguments_size);
}

static void
read_others (const AqWireFrame *frame)
{
  g_autoptr(GArray) leases = g_array_new (FALSE, FALSE, sizeof (guint64));
  AqWireSettings settings;
  AqWireLoad load;
  AqWireLoaded loaded;
  AqWireAnswer answer;
  guint64 lease;

  if (aq_wire_parse_settings (frame, &settings, NULL))
    touch_text (settings.agent);
  if (aq_wire_parse_load (frame, &load, NULL))
    {
      touch_text (load.plugin);
      touch_bytes (load.settings, load.settings_size);
    }
  if (aq_wire_parse_loaded (frame, &loaded, NULL))
    {
      touch_text (loaded.plugin);
      touch_text (loaded.message);
    }
  if (aq_wire_parse_answer (frame, &answer, NULL))
    touch_value (&answer.value);
  if (aq_wire_parse_returned (frame, leases, NULL))
    touch_bytes (NULL, 0);
  (void) aq_wire_parse_cancel (frame, &lease, NULL); /* whether it can be: nothing is to be touched */
  (void) aq_wire_parse_ready (frame, NULL);
}

/* Each frame ends where the next begins, as far as the sizes are sane. */
static void
set_sizes (guint8 *data,
           gsize   size)
{
  for (gsize at = 0; at + HEADER_BYTES <= size;)
    {
      guint32 found, kind;

      memcpy (&found, data + at, sizeof found);
      found = MIN (MAX (GUINT32_FROM_LE (found) % 512 / 8 * 8, HEADER_BYTES), (guint32) ((size - at) / 8 * 8));
      memcpy (&kind, data + at + 4, sizeof kind);
      kind = GUINT32_TO_LE (GUINT32_FROM_LE (kind) % 16);
      at += found;
      found = GUINT32_TO_LE (found);
      memcpy (data + at - GUINT32_FROM_LE (found), &found, sizeof found);
      memcpy (data + at - GUINT32_FROM_LE (found) + 4, &kind, sizeof kind);
    }
}

static gboolean
is_cancel (const AqWireFrame *frame,
           gpointer           user_data)
{
  return frame->kind == AQ_WIRE_CANCEL;
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree guint8 *stream = NULL;
  g_autoptr(GError) error = NULL;
  AqWireBuffer in = { 0 };
  AqWireBuffer out = { 0 };
  AqWireFrame frame;
  gsize piece;

  if (size < 2)
    return 0;
  stream = g_memdup2 (data + 2, size - 2);
  size -= 2;
  if (data[0] % 2 == 1)
    set_sizes (stream, size);
  piece = data[1] == 0 ? MAX (size, 1) : data[1];
  for (gsize at = 0; at < size && error == NULL; at += piece)
    {
      gsize n_bytes = MIN (piece, size - at);

      memcpy (aq_wire_buffer_reserve (&in, n_bytes), stream + at, n_bytes);
      in.end += n_bytes;
      (void) aq_wire_buffer_wanted (&in); /* sane, or 0 */
      if (data[0] % 4 == 1)
        (void) aq_wire_sift (&in, is_cancel, NULL, NULL); /* takes some out, or finds that it makes no sense */
      while (aq_wire_next_frame (&in, &frame, &error))
        {
          read_done (&frame, &out);
          read_ask (&frame, &out);
          read_run (&frame, &out);
          read_others (&frame);
        }
    }
  aq_wire_buffer_clear (&in);
  aq_wire_buffer_clear (&out);
  return 0;
}
