/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The frames between daemon and worker
 */

#include "config.h"

#include "libasyncq/asyncq-error.h"
#include "work/worker/aq-wire.h"

#include <string.h>

static AqWireFrame
only_frame (AqWireBuffer *buffer)
{
  g_autoptr(GError) error = NULL;
  AqWireFrame frame;

  g_assert_true (aq_wire_next_frame (buffer, &frame, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (buffer->start, ==, buffer->end);
  return frame;
}

static const AqWireRun a_run = {
  .id = 30,
  .lease = G_GUINT64_CONSTANT (0x123456789abcdef0),
  .parent = 29,
  .attempt = 2,
  .function = "pi.generate_sample",
  .queue = "mail",
  .arguments_type = "(u)",
  .arguments = "\1\2\3\4",
  .arguments_size = 4,
};

static const AqWireDone a_done = {
  .lease = 7,
  .run_nsec = 1234,
  .failed = 0,
  .returned = AQ_WIRE_NONE_RETURNED,
  .usage = { 11, 12, 13, 14, 15 },
  .result_type = "(uu)",
  .result = "\1\0\0\0\2\0\0\0",
  .result_size = 8,
};

/* an object at the end of a job, and what the job asked for */
static const AqWireDone a_done_with_object = {
  .lease = 7,
  .returned = AQ_WIRE_NONE_RETURNED,
  .result_type = "i",
  .result = "\1\0\0\0",
  .result_size = 4,
  .object = { "s", "six", 4 },
};

static const AqWireAsk an_ask = {
  .lease = 7,
  .number = 2,
  .job = 5,
  .timeout_usec = 1000000,
  .poll_usec = 1000,
  .question = AQ_WIRE_SET_ANNOTATION,
  .name = "flag",
  .value = { "(uu)", "\1\0\0\0\2\0\0\0", 8 },
};

static void
test_what_is_written_is_read (void)
{
  AqWireBuffer buffer = { NULL };
  g_autoptr(GArray) leases = g_array_new (FALSE, FALSE, sizeof (guint64));
  const guint64 given[] = { 5, G_MAXUINT64 };
  AqWireSettings settings;
  AqWireLoaded loaded;
  AqWireFrame frame;
  guint64 lease;

  aq_wire_append_settings (&buffer, &(AqWireSettings) { AQ_WIRE_VERSION, "main" });
  frame = only_frame (&buffer);
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_SETTINGS);
  g_assert_true (aq_wire_parse_settings (&frame, &settings, NULL));
  g_assert_cmpuint (settings.version, ==, AQ_WIRE_VERSION);
  g_assert_cmpstr (settings.agent, ==, "main");

  aq_wire_append_refused (&buffer, &(AqWireLoaded) { 3, "pi", "no" });
  frame = only_frame (&buffer);
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_REFUSED);
  g_assert_true (aq_wire_parse_loaded (&frame, &loaded, NULL));
  g_assert_cmpuint (loaded.generation, ==, 3);
  g_assert_cmpstr (loaded.plugin, ==, "pi");
  g_assert_cmpstr (loaded.message, ==, "no");

  aq_wire_append_cancel (&buffer, 9);
  frame = only_frame (&buffer);
  g_assert_true (aq_wire_parse_cancel (&frame, &lease, NULL));
  g_assert_cmpuint (lease, ==, 9);

  aq_wire_append_ready (&buffer);
  frame = only_frame (&buffer);
  g_assert_true (aq_wire_parse_ready (&frame, NULL));

  aq_wire_append_returned (&buffer, given, G_N_ELEMENTS (given));
  frame = only_frame (&buffer);
  g_assert_true (aq_wire_parse_returned (&frame, leases, NULL));
  g_assert_cmpmem (leases->data, leases->len * sizeof (guint64), given, sizeof given);
  aq_wire_buffer_clear (&buffer);
}

static void
test_jobs_and_their_ends_are_read_as_written (void)
{
  AqWireBuffer buffer = { NULL };
  AqWireFrame frame;
  AqWireLoad load;
  AqWireDone done;
  AqWireRun run;

  aq_wire_append_run (&buffer, &a_run);
  frame = only_frame (&buffer);
  g_assert_true (aq_wire_parse_run (&frame, &run, NULL));
  g_assert_cmpuint (run.id, ==, a_run.id);
  g_assert_cmpuint (run.lease, ==, a_run.lease);
  g_assert_cmpuint (run.parent, ==, a_run.parent);
  g_assert_cmpuint (run.attempt, ==, a_run.attempt);
  g_assert_cmpstr (run.function, ==, a_run.function);
  g_assert_cmpstr (run.queue, ==, a_run.queue);
  g_assert_cmpstr (run.arguments_type, ==, a_run.arguments_type);
  g_assert_cmpmem (run.arguments, run.arguments_size, a_run.arguments, a_run.arguments_size);
  g_assert_cmpuint ((gsize) run.arguments % 8, ==, 0);

  aq_wire_append_done (&buffer, &a_done);
  frame = only_frame (&buffer);
  g_assert_true (aq_wire_parse_done (&frame, &done, NULL));
  g_assert_cmpuint (done.lease, ==, a_done.lease);
  g_assert_cmpuint (done.run_nsec, ==, a_done.run_nsec);
  g_assert_cmpuint (done.returned, ==, AQ_WIRE_NONE_RETURNED);
  g_assert_cmpmem (&done.usage, sizeof done.usage, &a_done.usage, sizeof a_done.usage);
  g_assert_cmpstr (done.result_type, ==, a_done.result_type);
  g_assert_cmpmem (done.result, done.result_size, a_done.result, a_done.result_size);
  g_assert_cmpuint ((gsize) done.result % 8, ==, 0);
  g_assert_cmpuint (done.puts_size, ==, 0);

  aq_wire_append_load (&buffer, &(AqWireLoad) { 4, "demo", "abc", 3 });
  frame = only_frame (&buffer);
  g_assert_true (aq_wire_parse_load (&frame, &load, NULL));
  g_assert_cmpuint (load.generation, ==, 4);
  g_assert_cmpstr (load.plugin, ==, "demo");
  g_assert_cmpmem (load.settings, load.settings_size, "abc", 3);
  aq_wire_buffer_clear (&buffer);
}

static void
test_checkpoints_and_objects_are_read_as_written (void)
{
  AqWireBuffer buffer = { NULL };
  AqWireRun given = a_run;
  AqWireFrame frame;
  AqWireDone done;
  AqWireRun run;

  for (guint i = 0; i < 4; i++)
    {
      given.checkpoint = (i & 1) != 0 ? (AqWireValue) { "t", "\1\2\3\4\5\6\7\10", 8 } : (AqWireValue) { NULL };
      given.object = (i & 2) != 0 ? (AqWireValue) { "s", "object", 7 } : (AqWireValue) { NULL };
      aq_wire_append_run (&buffer, &given);
      frame = only_frame (&buffer);
      g_assert_true (aq_wire_parse_run (&frame, &run, NULL));
      g_assert_cmpstr (run.checkpoint.type, ==, given.checkpoint.type);
      g_assert_cmpmem (run.checkpoint.data, run.checkpoint.size, given.checkpoint.data, given.checkpoint.size);
      g_assert_cmpuint ((gsize) run.checkpoint.data % 8, ==, 0);
      g_assert_cmpstr (run.object.type, ==, given.object.type);
      g_assert_cmpmem (run.object.data, run.object.size, given.object.data, given.object.size);
    }
  aq_wire_append_done (&buffer, &a_done_with_object);
  frame = only_frame (&buffer);
  g_assert_true (aq_wire_parse_done (&frame, &done, NULL));
  g_assert_cmpstr (done.object.type, ==, "s");
  g_assert_cmpmem (done.object.data, done.object.size, "six", 4);
  aq_wire_buffer_clear (&buffer);
}

static void
test_questions_and_answers_are_read_as_written (void)
{
  AqWireBuffer buffer = { NULL };
  AqWireAnswer answer;
  AqWireFrame frame;
  AqWireAsk ask;

  aq_wire_append_ask (&buffer, &an_ask);
  frame = only_frame (&buffer);
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_ASK);
  g_assert_true (aq_wire_parse_ask (&frame, &ask, NULL));
  g_assert_cmpuint (ask.lease, ==, 7);
  g_assert_cmpuint (ask.number, ==, 2);
  g_assert_cmpuint (ask.job, ==, 5);
  g_assert_cmpuint (ask.timeout_usec, ==, 1000000);
  g_assert_cmpuint (ask.poll_usec, ==, 1000);
  g_assert_cmpint (ask.question, ==, AQ_WIRE_SET_ANNOTATION);
  g_assert_cmpstr (ask.name, ==, "flag");
  g_assert_cmpstr (ask.value.type, ==, "(uu)");
  g_assert_cmpmem (ask.value.data, ask.value.size, an_ask.value.data, 8);
  g_assert_cmpuint ((gsize) ask.value.data % 8, ==, 0);

  aq_wire_append_answer (&buffer, &(AqWireAnswer) { 7, 2, 1, { NULL } });
  frame = only_frame (&buffer);
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_ANSWER);
  g_assert_true (aq_wire_parse_answer (&frame, &answer, NULL));
  g_assert_cmpuint (answer.lease, ==, 7);
  g_assert_cmpuint (answer.number, ==, 2);
  g_assert_cmpuint (answer.failed, ==, 1);
  g_assert_null (answer.value.type);
  aq_wire_buffer_clear (&buffer);
}

static void
test_questions_that_cannot_be_are_refused (void)
{
  AqWireAsk cases[] = { an_ask, an_ask, an_ask, an_ask, an_ask, an_ask, an_ask, an_ask };
  AqWireBuffer buffer = { NULL };

  cases[0].question = 0;
  cases[1].question = AQ_WIRE_N_QUESTIONS;
  cases[2].question = AQ_WIRE_GET_ANNOTATION; /* has a value */
  cases[3].timeout_usec = AQ_WIRE_MAX_WAIT_USEC + 1;
  cases[4].poll_usec = AQ_WIRE_FOR_EVER;
  cases[5].name = "\xff";
  cases[6].value.size = 7;
  cases[7].value.type = "no type";
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      AqWireFrame frame;
      AqWireAsk ask;

      aq_wire_append_ask (&buffer, &cases[i]);
      frame = only_frame (&buffer);
      g_assert_false (aq_wire_parse_ask (&frame, &ask, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
    }
  aq_wire_buffer_clear (&buffer);
}

static const AqWireDone a_snooze = {
  .lease = 7,
  .run_nsec = 1234,
  .snooze_usec = 5,
  .snoozed = 1,
  .returned = AQ_WIRE_NONE_RETURNED,
  .result_type = "",
};

static void
test_a_job_that_snoozes_brings_nothing_else (void)
{
  AqWireDone cases[] = { a_snooze, a_snooze, a_snooze, a_snooze, a_snooze, a_snooze, a_snooze, a_done };
  AqWireBuffer buffer = { NULL };
  AqWireFrame frame;
  AqWireDone done;

  cases[1].snoozed = 2;
  cases[2].failed = 1;
  cases[3].returned = 0;
  cases[4].result_type = "u";
  cases[5].puts = "12345678";
  cases[5].puts_size = 8;
  cases[6].snooze_usec = AQ_WIRE_MAX_SNOOZE_USEC + 1;
  cases[7].snooze_usec = 5;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      aq_wire_append_done (&buffer, &cases[i]);
      frame = only_frame (&buffer);
      g_assert_cmpint (aq_wire_parse_done (&frame, &done, NULL), ==, i == 0);
      if (i == 0)
        g_assert_cmpuint (done.snooze_usec, ==, 5);
    }
  aq_wire_buffer_clear (&buffer);
}

static void
test_a_line_of_a_log_is_text_with_a_level (void)
{
  g_autofree char *longest = g_strnfill (AQ_WIRE_MAX_LINE_BYTES, 'a');
  g_autofree char *too_long = g_strnfill (AQ_WIRE_MAX_LINE_BYTES + 1, 'a');
  const struct
  {
    guint64     number;
    const char *line;
    const char *type;
    guint32     level;
    gboolean    good;
  } cases[] = {
    { 0, "all is well", "u", 0, TRUE },  { 0, longest, "u", AQ_WIRE_MAX_LEVEL, TRUE },
    { 0, too_long, "u", 0, FALSE },      { 0, "\xff", "u", 0, FALSE },
    { 1, "a number", "u", 0, FALSE },    { 0, "a level", "u", AQ_WIRE_MAX_LEVEL + 1, FALSE },
    { 0, "another type", "i", 0, FALSE }, { 0, "none", NULL, 0, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AqWireValue value = { cases[i].type, &cases[i].level, cases[i].type == NULL ? 0 : sizeof cases[i].level };
      AqWireBuffer buffer = { NULL };
      g_autoptr(GError) error = NULL;
      AqWireFrame frame;
      AqWireAsk ask;

      aq_wire_append_ask (&buffer, &(AqWireAsk) {
        .lease = 7, .number = cases[i].number, .question = AQ_WIRE_LOG, .name = cases[i].line, .value = value,
      });
      frame = only_frame (&buffer);
      g_assert_cmpint (aq_wire_parse_ask (&frame, &ask, &error), ==, cases[i].good);
      if (!cases[i].good)
        g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      aq_wire_buffer_clear (&buffer);
    }
}

static void
test_a_frame_is_taken_once_it_is_whole (void)
{
  AqWireBuffer whole = { NULL };
  gsize size;

  aq_wire_append_run (&whole, &a_run);
  size = whole.end - whole.start;
  for (gsize n = 0; n < size; n++)
    {
      AqWireBuffer part = { NULL };
      g_autoptr(GError) error = NULL;
      AqWireFrame frame;

      memcpy (aq_wire_buffer_reserve (&part, n + 1), whole.data, n);
      part.end += n;
      g_assert_false (aq_wire_next_frame (&part, &frame, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (aq_wire_buffer_wanted (&part), ==, n < 8 ? 0 : size - n);
      aq_wire_buffer_clear (&part);
    }
  aq_wire_buffer_clear (&whole);
}

static void
put_words (AqWireBuffer  *buffer,
           const guint32 *words,
           gsize          n_words)
{
  guint8 *data = aq_wire_buffer_reserve (buffer, n_words * 4);

  for (gsize i = 0; i < n_words; i++)
    {
      guint32 word = GUINT32_TO_LE (words[i]);

      memcpy (data + 4 * i, &word, 4);
    }
  buffer->end += n_words * 4;
}

static void
test_sizes_that_no_frame_has_are_refused (void)
{
  const guint32 sizes[] = { 0, 4, 7, 12, AQ_WIRE_MAX_FRAME_BYTES + 8, 0x7ffffff8, G_MAXUINT32 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      const guint32 words[] = { sizes[i], AQ_WIRE_DONE };
      AqWireBuffer buffer = { NULL };
      g_autoptr(GError) error = NULL;
      AqWireFrame frame;

      put_words (&buffer, words, G_N_ELEMENTS (words));
      g_assert_false (aq_wire_next_frame (&buffer, &frame, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      /* nobody makes room for it */
      g_assert_cmpuint (aq_wire_buffer_wanted (&buffer), <=, sizes[i] > AQ_WIRE_MAX_FRAME_BYTES ? 0 : 4);
      aq_wire_buffer_clear (&buffer);
    }
}

static void
test_fields_that_do_not_fit_are_refused (void)
{
  static const struct
  {
    guint32  words[4]; /* of a SETTINGS frame: version, length of the text, the text */
    gboolean good;
  } cases[] = {
    { { 1, 3, 'a' | 'b' << 8 | 'c' << 16, 0 }, TRUE },
    { { 1, 7, 'a' | 'b' << 8 | 'c' << 16 | 'd' << 24, 'e' | 'f' << 8 | 'g' << 16 }, TRUE },
    { { 1, 3, 'a' | 'b' << 8 | 'c' << 16 | 'd' << 24, 0 }, FALSE }, /* no zero at its end */
    { { 1, 3, 'a' | 'b' << 16, 0 }, FALSE },                        /* a zero within */
    { { 1, 8, 'a', 0 }, FALSE },
    { { 1, G_MAXUINT32, 'a', 0 }, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AqWireBuffer buffer = { NULL };
      AqWireFrame frame = { AQ_WIRE_SETTINGS, NULL, sizeof cases[i].words };
      g_autoptr(GError) error = NULL;
      AqWireSettings settings;

      put_words (&buffer, cases[i].words, G_N_ELEMENTS (cases[i].words));
      frame.data = buffer.data;
      g_assert_cmpint (aq_wire_parse_settings (&frame, &settings, &error), ==, cases[i].good);
      if (!cases[i].good)
        g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      aq_wire_buffer_clear (&buffer);
    }
}

static void
test_bytes_beyond_the_fields_are_refused (void)
{
  const guint32 words[] = { 1, 0, 0, 0, 0, 0 };
  g_autoptr(GError) error = NULL;
  AqWireBuffer buffer = { NULL };
  AqWireSettings settings;
  AqWireFrame frame;

  put_words (&buffer, words, G_N_ELEMENTS (words));
  frame = (AqWireFrame) { AQ_WIRE_SETTINGS, buffer.data, sizeof words };
  g_assert_false (aq_wire_parse_settings (&frame, &settings, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  aq_wire_buffer_clear (&buffer);
}

/* reads every byte of what was read, so that a sanitizer sees what does not belong to it */
static guint
touch (gconstpointer data,
       gsize         size)
{
  guint sum = 0;

  for (gsize i = 0; i < size; i++)
    sum += ((const guint8 *) data)[i];
  return sum;
}

static void
parse_as_anything (const AqWireFrame *frame)
{
  g_autoptr(GArray) leases = g_array_new (FALSE, FALSE, sizeof (guint64));
  AqWireSettings settings;
  AqWireLoaded loaded;
  AqWireLoad load;
  AqWireAnswer answer;
  AqWireDone done;
  AqWireAsk ask;
  AqWireRun run;
  guint64 lease;

  if (aq_wire_parse_settings (frame, &settings, NULL))
    (void) touch (settings.agent, strlen (settings.agent));
  if (aq_wire_parse_load (frame, &load, NULL))
    (void) touch (load.settings, load.settings_size);
  if (aq_wire_parse_run (frame, &run, NULL))
    (void) (touch (run.arguments, run.arguments_size) + touch (run.checkpoint.data, run.checkpoint.size) +
            touch (run.object.data, run.object.size));
  if (aq_wire_parse_done (frame, &done, NULL))
    (void) (touch (done.result, done.result_size) + touch (done.puts, done.puts_size) +
            touch (done.object.data, done.object.size));
  if (aq_wire_parse_ask (frame, &ask, NULL))
    (void) (touch (ask.name, strlen (ask.name)) + touch (ask.value.data, ask.value.size));
  if (aq_wire_parse_answer (frame, &answer, NULL))
    (void) touch (answer.value.data, answer.value.size);
  if (aq_wire_parse_loaded (frame, &loaded, NULL))
    (void) touch (loaded.message, strlen (loaded.message));
  (void) aq_wire_parse_returned (frame, leases, NULL); /* none of these may do harm */
  (void) aq_wire_parse_cancel (frame, &lease, NULL);
  (void) aq_wire_parse_ready (frame, NULL);
}

static void
append_something (AqWireBuffer *buffer)
{
  AqWireRun run = a_run;

  run.object = an_ask.value;
  switch (g_test_rand_int_range (0, 7))
    {
    case 0:
      aq_wire_append_run (buffer, &a_run);
      break;
    case 1:
      aq_wire_append_run (buffer, &run);
      break;
    case 2:
      aq_wire_append_done (buffer, &a_done);
      break;
    case 3:
      aq_wire_append_done (buffer, &a_done_with_object);
      break;
    case 4:
      aq_wire_append_ask (buffer, &an_ask);
      break;
    case 5:
      aq_wire_append_answer (buffer, &(AqWireAnswer) { 7, 2, 0, an_ask.value });
      break;
    default:
      aq_wire_append_done (buffer, &a_snooze);
    }
}

static void
test_no_bytes_do_harm (void)
{
  g_test_summary ("100,000 frames with a few bytes changed at random, each read as every kind");

  for (int i = 0; i < 100000; i++)
    {
      AqWireBuffer buffer = { NULL };
      AqWireFrame frame;
      gsize size;

      append_something (&buffer);
      size = buffer.end - buffer.start;
      for (int n = g_test_rand_int_range (1, 6); n > 0; n--)
        buffer.data[g_test_rand_int_range (0, (gint32) size)] = (guint8) g_test_rand_int ();
      if (aq_wire_next_frame (&buffer, &frame, NULL))
        {
          /* at the end of memory of its own, which a sanitizer guards */
          g_autofree guint8 *copy = g_memdup2 (frame.data, frame.size);

          frame.data = copy;
          parse_as_anything (&frame);
        }
      aq_wire_buffer_clear (&buffer);
    }
}

static gboolean
take_cancels (const AqWireFrame *frame,
              gpointer           user_data)
{
  guint *n = user_data;

  *n += 1;
  return frame->kind == AQ_WIRE_CANCEL;
}

static void
test_sifting_leaves_the_rest_in_order (void)
{
  const guint32 begun[] = { 64, AQ_WIRE_RUN, 1 };
  AqWireBuffer buffer = { NULL };
  g_autoptr(GError) error = NULL;
  AqWireFrame frame;
  guint n = 0;

  aq_wire_append_cancel (&buffer, 1);
  aq_wire_append_run (&buffer, &a_run);
  aq_wire_append_cancel (&buffer, 2);
  aq_wire_append_ready (&buffer);
  aq_wire_append_cancel (&buffer, 3);
  put_words (&buffer, begun, G_N_ELEMENTS (begun));
  g_assert_true (aq_wire_sift (&buffer, take_cancels, &n, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 5);

  g_assert_true (aq_wire_next_frame (&buffer, &frame, NULL));
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_RUN);
  g_assert_true (aq_wire_next_frame (&buffer, &frame, NULL));
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_READY);
  g_assert_false (aq_wire_next_frame (&buffer, &frame, NULL));
  g_assert_cmpuint (buffer.end - buffer.start, ==, sizeof begun);
  g_assert_cmpuint (aq_wire_buffer_wanted (&buffer), ==, 64 - sizeof begun);
  aq_wire_buffer_clear (&buffer);
}

static void
test_sifting_can_take_everything (void)
{
  AqWireBuffer buffer = { NULL };
  guint n = 0;

  g_assert_true (aq_wire_sift (&buffer, take_cancels, &n, NULL));
  aq_wire_append_cancel (&buffer, 1);
  aq_wire_append_cancel (&buffer, 2);
  g_assert_true (aq_wire_sift (&buffer, take_cancels, &n, NULL));
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (buffer.end, ==, buffer.start);
  aq_wire_buffer_clear (&buffer);
}

static void
test_only_normal_values_are_taken_for_normal (void)
{
  guint64 zeros[2] = { 0 };
  guint8 string[8] = "AAAA";

  g_assert_true (aq_wire_is_normal ("u", zeros, 4));
  g_assert_false (aq_wire_is_normal ("u", zeros, 8));
  g_assert_false (aq_wire_is_normal ("u", NULL, 0));
  g_assert_true (aq_wire_is_normal ("x", zeros, 8));
  g_assert_true (aq_wire_is_normal ("()", zeros, 1));
  g_assert_false (aq_wire_is_normal ("()", zeros, 0));
  g_assert_false (aq_wire_is_normal ("()", "\1", 1));
  g_assert_true (aq_wire_is_normal ("(uu)", zeros, 8));
  g_assert_false (aq_wire_is_normal ("(uu)", zeros, 7));
  g_assert_true (aq_wire_is_normal ("(yyy)", zeros, 3));
  g_assert_true (aq_wire_is_normal ("(yu)", zeros, 8));
  g_assert_false (aq_wire_is_normal ("(yu)", zeros, 5));
  g_assert_true (aq_wire_is_normal ("(u(u))", zeros, 8));
  g_assert_true (aq_wire_is_normal ("s", string, 5));
  g_assert_false (aq_wire_is_normal ("s", string, 4));
  g_assert_true (aq_wire_is_normal ("b", zeros, 1));
  memset (zeros, 7, sizeof zeros);
  g_assert_false (aq_wire_is_normal ("b", zeros, 1));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add_func ("/workers/wire/" #name, test_##name)
  ADD (what_is_written_is_read);
  ADD (jobs_and_their_ends_are_read_as_written);
  ADD (checkpoints_and_objects_are_read_as_written);
  ADD (questions_and_answers_are_read_as_written);
  ADD (questions_that_cannot_be_are_refused);
  ADD (a_job_that_snoozes_brings_nothing_else);
  ADD (a_line_of_a_log_is_text_with_a_level);
  ADD (a_frame_is_taken_once_it_is_whole);
  ADD (sizes_that_no_frame_has_are_refused);
  ADD (fields_that_do_not_fit_are_refused);
  ADD (bytes_beyond_the_fields_are_refused);
  ADD (no_bytes_do_harm);
  ADD (sifting_leaves_the_rest_in_order);
  ADD (sifting_can_take_everything);
  ADD (only_normal_values_are_taken_for_normal);
#undef ADD

  return g_test_run ();
}
