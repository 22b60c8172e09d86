/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The worker as the enemy
 *
 * A pool over the memory store whose workers are this file: no process is
 * started, the other end of each socket is here, and the input says what comes
 * out of it. It is a list of steps: whole frames that are right in all but what
 * the fuzzer puts into them, frames with any content, bytes that are none, ends of
 * processes; and what clients and the clock do meanwhile. Leases are taken from
 * what the daemon has handed over, most of the time. What the daemon sends has to
 * make sense whatever it was told.
 */

#include "config.h"

#include "fuzz.h"

#include "core/aq-engine-queues.h"
#include "store/aq-memory-store.h"
#include "work/aq-process.h"
#include "work/aq-work.h"
#include "work/worker/aq-describe.h"
#include "work/worker/aq-wire.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

/* larger than any process id, so that nobody is asked of or killed by mistake */
#define FIRST_PID 0x3f000000
#define MAX_STEPS 200
#define N_SLOTS 2

typedef struct
{
  int          pid;
  int          fd;      /* our end of the socket; -1: it is closed */
  int          ending;  /* becomes readable when the process has ended */
  gboolean     ended;
  AqProcessEnd end;
  AqWireBuffer in;
  AqWireBuffer out;
  GArray      *leases;  /* of guint64: what it was handed over */
} Fake;

/* what is left of the input */
typedef struct
{
  const guint8 *data;
  gsize         size;
} Input;

typedef struct
{
  AqClock  *clock;
  AqStore  *store;
  AqEngine *engine;
  AqWork   *work;
} World;

static GPtrArray *fakes;  /* of Fake */
static char      *folder; /* with a file that is taken for a plugin */

static void
fake_free (gpointer data)
{
  Fake *self = data;

  if (self->fd >= 0)
    (void) close (self->fd); /* a socket */
  aq_wire_buffer_clear (&self->in);
  aq_wire_buffer_clear (&self->out);
  g_array_unref (self->leases);
  g_free (self);
}

static void
fake_end (Fake *self,
          int   exit_status,
          int   signal)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  self->end = (AqProcessEnd) { .exit_status = exit_status, .signal = signal };
  if (self->fd >= 0)
    (void) close (self->fd); /* a socket */
  self->fd = -1;
  (void) eventfd_write (self->ending, 1); /* cannot be full */
}

/* Plugins do not change here, and to close one of these takes the system longer than all the rest. */
int
inotify_init1 (int flags)
{
  errno = EMFILE;
  return -1;
}

static Fake *
find_fake (int pid)
{
  for (guint i = 0; i < fakes->len; i++)
    if (((Fake *) g_ptr_array_index (fakes, i))->pid == pid)
      return g_ptr_array_index (fakes, i);
  g_assert_not_reached ();
}

/* what asyncq-worker --describe writes */
static void
write_description (int fd)
{
  g_autoptr(GVariant) description = g_variant_ref_sink (g_variant_new_parsed (
    "('fuzz', '1', '00', '', [('int', 'a i', 'i', '', '', ''), ('any', 'a v = <1>', 'v', '', '', ''),"
    " ('none', '', '()', '', '', ''), ('many', '', '()', '', '', 'concurrent=4'),"
    " ('text', '', 's', '', '', ''), ('object', '', 'i', '', 'i', '')])"));

  g_assert_true (g_variant_is_of_type (description, AQ_DESCRIPTION_TYPE));
  g_assert_cmpint (write (fd, g_variant_get_data (description), g_variant_get_size (description)), ==,
                   (gssize) g_variant_get_size (description));
}

/* These take the place of aq-process.c. */

gboolean
aq_process_spawn (AqProcess                  *self,
                  const char * const         *argv,
                  const AqProcessDescriptor  *descriptors,
                  guint                       n_descriptors,
                  GError                    **error)
{
  Fake *fake = g_new0 (Fake, 1);

  fake->pid = FIRST_PID + (int) fakes->len;
  fake->fd = -1;
  fake->ending = eventfd (0, EFD_CLOEXEC);
  fake->leases = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_ptr_array_add (fakes, fake);
  *self = (AqProcess) { .pid = fake->pid, .pidfd = fake->ending };
  if (g_strv_contains (argv, "--describe"))
    {
      write_description (descriptors[0].source);
      fake_end (fake, 0, 0);
      return TRUE;
    }
  for (guint i = 0; i < n_descriptors; i++)
    if (descriptors[i].target == AQ_WIRE_CHANNEL_FD)
      fake->fd = fcntl (descriptors[i].source, F_DUPFD_CLOEXEC, 0);
  g_assert_cmpint (fake->fd, >=, 0);
  return TRUE;
}

void
aq_process_terminate (AqProcess *self)
{
  Fake *fake = find_fake (self->pid);

  /* every other one listens to that */
  if (fake->pid % 2 == 0)
    fake_end (fake, -1, SIGTERM);
}

void
aq_process_kill (AqProcess *self)
{
  fake_end (find_fake (self->pid), -1, SIGKILL);
}

char *
aq_process_reap (AqProcess    *self,
                 AqProcessEnd *out_end)
{
  Fake *fake = find_fake (self->pid);

  g_assert_true (fake->ended);
  if (out_end != NULL)
    *out_end = fake->end;
  (void) close (self->pidfd); /* an event */
  *self = (AqProcess) { .pidfd = -1 };
  return g_strdup ("was fuzzed");
}

/* The daemon's words: they have to make sense. */
static void
fake_listen (Fake *self)
{
  g_autoptr(GError) error = NULL;
  AqWireFrame frame;
  AqWireRun run;
  gssize n_received;

  if (self->fd < 0)
    return;
  while ((n_received = recv (self->fd, aq_wire_buffer_reserve (&self->in, 65536), 65536, MSG_DONTWAIT)) > 0)
    {
      self->in.end += (gsize) n_received;
      while (aq_wire_next_frame (&self->in, &frame, &error))
        if (frame.kind == AQ_WIRE_RUN)
          {
            g_assert_true (aq_wire_parse_run (&frame, &run, &error));
            g_array_append_val (self->leases, run.lease);
          }
      g_assert_no_error (error);
    }
}

static void
fake_say (Fake *self)
{
  gsize size = self->out.end - self->out.start;

  /* what does not fit is lost, which is a frame that breaks off */
  if (self->fd >= 0 && size > 0)
    (void) !send (self->fd, self->out.data + self->out.start, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  aq_wire_buffer_consume (&self->out, size);
}

static guint8
take_byte (Input *input)
{
  guint8 byte = 0;

  if (input->size > 0)
    {
      byte = *input->data++;
      input->size--;
    }
  return byte;
}

static guint64
take_number (Input *input)
{
  static const guint64 special[] = { 0, 1, 2, 1000, G_MAXINT32, G_MAXUINT32, G_MAXINT64, G_MAXUINT64 };
  guint8 byte = take_byte (input);
  guint64 number = 0;

  if (byte < 128)
    return byte;
  if (byte < 192)
    return special[byte % G_N_ELEMENTS (special)];
  for (guint i = 0; i < 8; i++)
    number = number << 8 | take_byte (input);
  return number;
}

/* @out_data: in the input, or a copy at @room where it has to be aligned */
static gsize
take_bytes (Input   *input,
            guint64 *room,
            gsize    max_size)
{
  gsize size = take_byte (input);

  size = MIN (MIN (size, input->size), max_size);
  memset (room, 0, max_size);
  memcpy (room, input->data, size);
  input->data += size;
  input->size -= size;
  return size;
}

static guint64
take_lease (Input *input,
            Fake  *fake)
{
  guint8 byte = take_byte (input);

  if (byte < 200 && fake->leases->len > 0)
    return g_array_index (fake->leases, guint64, fake->leases->len - 1 - byte % MIN (fake->leases->len, 4));
  return take_number (input);
}

static const char *
take_type (Input *input,
           char   room[32])
{
  static const char * const types[] = { "", "i", "v", "()", "s", "(sis)", "aa{sv}", "ay", "(tv)", "a{sv}" };
  guint8 byte = take_byte (input);

  if (byte < 250)
    return types[byte % G_N_ELEMENTS (types)];
  memset (room, 0, 32);
  for (guint i = 0; i < 8; i++)
    room[i] = (char) take_byte (input);
  return room;
}

static void
take_value (Input       *input,
            AqWireValue *value,
            char         type_room[32],
            guint64     *room,
            gsize        room_size)
{
  if (take_byte (input) % 2 == 0)
    return;
  value->type = take_type (input, type_room);
  value->data = room;
  value->size = take_bytes (input, room, room_size);
}

static void
say_done (Input *input,
          Fake  *fake)
{
  char type[32], object_type[32];
  guint64 result[32], puts[32], object[32];
  guint8 flags = take_byte (input);
  AqWireDone done = {
    .lease = take_lease (input, fake),
    .run_nsec = take_number (input),
    .snooze_usec = (flags & 1) != 0 ? take_number (input) : 0,
    .failed = (flags & 2) != 0,
    .snoozed = (flags & 1) != 0,
    .returned = (flags & 4) != 0 ? (guint32) take_number (input) : AQ_WIRE_NONE_RETURNED,
    .result_type = take_type (input, type),
  };

  done.result = result;
  done.result_size = take_bytes (input, result, sizeof result);
  done.puts = puts;
  done.puts_size = (flags & 8) != 0 ? take_bytes (input, puts, sizeof puts) : 0;
  take_value (input, &done.object, object_type, object, sizeof object);
  aq_wire_append_done (&fake->out, &done);
}

/* the end that a sound worker would tell, with jobs that the function put */
static void
say_sound_done (Input *input,
                Fake  *fake)
{
  static const char * const lists[] = {
    "@aa{sv} []", "[{'function': <'fuzz.none'>}]", "[{'function': <'fuzz.int'>, 'arguments': <(1,)>}]",
    "[{'kind': <'serial'>}, {'function': <'fuzz.none'>, 'parent': <uint32 0>}]", "[{'function': <'nobody.none'>}]",
  };
  g_autoptr(GVariant) puts = g_variant_ref_sink (
    g_variant_new_parsed (lists[take_byte (input) % G_N_ELEMENTS (lists)]));
  const guint64 result = take_byte (input);
  gboolean is_returned = take_byte (input) % 4 == 0;
  gsize puts_size = g_variant_get_size (puts);
  static const char * const types[] = { "i", "()" };
  guint kind = take_byte (input) % G_N_ELEMENTS (types);

  aq_wire_append_done (&fake->out, &(AqWireDone) {
    .lease = take_lease (input, fake),
    .run_nsec = take_number (input),
    .returned = is_returned ? take_byte (input) % 3 : AQ_WIRE_NONE_RETURNED,
    .result_type = is_returned ? "" : types[kind],
    .result = &result,
    .result_size = is_returned ? 0 : kind == 0 ? 4 : 1,
    .puts = puts_size == 0 ? NULL : g_variant_get_data (puts),
    .puts_size = puts_size,
  });
}

static void
say_ask (Input *input,
         Fake  *fake)
{
  static const char * const names[] = { "key", "go", "", "progress", "a b", "effect" };
  char type[32];
  guint64 room[32];
  AqWireAsk ask = {
    .lease = take_lease (input, fake),
    .number = take_number (input),
    .job = take_number (input),
    .timeout_usec = take_number (input),
    .poll_usec = take_number (input),
    .question = take_byte (input) % 10,
    .name = names[take_byte (input) % G_N_ELEMENTS (names)],
  };

  take_value (input, &ask.value, type, room, sizeof room);
  aq_wire_append_ask (&fake->out, &ask);
}

static void
say_returned (Input *input,
              Fake  *fake)
{
  guint64 leases[8];
  guint n_leases = take_byte (input) % G_N_ELEMENTS (leases);

  for (guint i = 0; i < n_leases; i++)
    leases[i] = take_lease (input, fake);
  aq_wire_append_returned (&fake->out, leases, n_leases);
}

static void
say_loaded (Input *input,
            Fake  *fake)
{
  static const char * const plugins[] = { "fuzz", "other", "", "\xff" };
  AqWireLoaded loaded = {
    (guint32) take_number (input), plugins[take_byte (input) % G_N_ELEMENTS (plugins)],
    take_byte (input) % 2 == 0 ? "" : "no \xfe",
  };

  if (take_byte (input) % 2 == 0)
    aq_wire_append_loaded (&fake->out, &loaded);
  else
    aq_wire_append_refused (&fake->out, &loaded);
}

static void
say_confined (Input *input,
              Fake  *fake)
{
  static const char * const levels[] = { "", "no-new-privileges seccomp", "landlock=6", "\xff" };
  guint8 byte = take_byte (input);

  aq_wire_append_confined (&fake->out, &(AqWireConfined) {
    .failed = byte % 2, .message = byte % 2 == 0 ? "" : "no", .levels = levels[byte / 2 % G_N_ELEMENTS (levels)],
  });
}

/* a frame of the right size, with any content */
static void
say_any (Input *input,
         Fake  *fake)
{
  guint64 room[32];
  guint32 kind = take_byte (input) % 20;
  gsize size = (take_bytes (input, room, sizeof room - 8) + 7) / 8 * 8 + 8;
  guint8 *data = aq_wire_buffer_reserve (&fake->out, size);
  const guint32 words[] = { GUINT32_TO_LE ((guint32) size), GUINT32_TO_LE (kind) };

  memcpy (data, words, sizeof words);
  memcpy (data + sizeof words, room, size - sizeof words);
  fake->out.end += size;
}

static void
say_bytes (Input *input,
           Fake  *fake)
{
  guint64 room[32];
  gsize size = take_bytes (input, room, sizeof room);

  if (size == 0)
    return;
  memcpy (aq_wire_buffer_reserve (&fake->out, size), room, size);
  fake->out.end += size;
}

static void
on_submitted (const guint64 *ids,
              guint          n_ids,
              const GError  *error,
              gpointer       user_data)
{
  /* whether they were put is the engine's affair */
}

static void
on_ended (const GError *error,
          gpointer      user_data)
{
  /* likewise */
}

static void
submit (World *self,
        Input *input)
{
  static const AqActor actor = { 0, "" };
  static const char * const entries[] = {
    "[{'function': <'fuzz.int'>, 'arguments': <(1,)>}]",
    "[{'function': <'fuzz.any'>, 'retry': <'never'>}]",
    "[{'function': <'fuzz.none'>, 'run-timeout': <int64 1000>}]",
    "[{'function': <'fuzz.text'>, 'crash-limit': <uint32 1>}]",
    "[{'function': <'fuzz.none'>}, {'function': <'fuzz.none'>}, {'function': <'fuzz.none'>}, {'function': <'fuzz.none'>}]",
    "[{'function': <'fuzz.many'>}, {'function': <'fuzz.many'>}, {'function': <'fuzz.many'>}]",
    "[{'kind': <'parallel'>}, {'function': <'fuzz.none'>, 'parent': <uint32 0>}]",
  };
  g_autoptr(GVariant) list = g_variant_parse (G_VARIANT_TYPE ("aa{sv}"),
                                              entries[take_byte (input) % G_N_ELEMENTS (entries)], NULL, NULL, NULL);

  g_assert_nonnull (list);
  aq_engine_submit_entries (self->engine, &actor, list, on_submitted, NULL);
}

static void
turn (World *self)
{
  for (guint i = 0; i < 100 && g_main_context_iteration (NULL, FALSE); i++)
    ;
  for (guint i = 0; i < fakes->len; i++)
    fake_listen (g_ptr_array_index (fakes, i));
}

/* one of the newest workers */
static Fake *
take_fake (Input *input)
{
  guint index = take_byte (input) % N_SLOTS;

  return g_ptr_array_index (fakes, fakes->len - 1 - MIN (index, fakes->len - 1));
}

static void
step (World *self,
      Input *input)
{
  static const AqActor actor = { 0, "" };
  guint8 kind = take_byte (input);
  Fake *fake = take_fake (input);

  switch (kind % 16)
    {
    case 0:
    case 1:
      aq_wire_append_ready (&fake->out);
      break;

    case 2:
    case 3:
      say_done (input, fake);
      break;

    case 4:
    case 5:
      say_sound_done (input, fake);
      break;

    case 6:
      say_returned (input, fake);
      break;

    case 7:
    case 8:
      say_ask (input, fake);
      break;

    case 9:
      if (kind % 32 == 9)
        say_loaded (input, fake);
      else
        say_confined (input, fake);
      break;

    case 10:
      say_any (input, fake);
      break;

    case 11:
      say_bytes (input, fake);
      break;

    case 12:
      fake_end (fake, kind / 16 % 2 == 0 ? kind / 32 : -1, kind / 16 % 2 == 0 ? 0 : kind / 32 + 1);
      break;

    case 13:
      aq_clock_advance (self->clock, (gint64) take_byte (input) * 100 * 1000);
      break;

    case 14:
      aq_engine_cancel (self->engine, &actor, take_byte (input) % 8 + 1, "", on_ended, NULL);
      break;

    default:
      submit (self, input);
    }
  /* several frames may come at once */
  if (kind < 224)
    {
      fake_say (fake);
      turn (self);
    }
}

static void
silence (const char     *domain,
         GLogLevelFlags  level,
         const char     *message,
         gpointer        user_data)
{
  if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) != 0)
    {
      fprintf (stderr, "%s: %s\n", domain, message);
      abort ();
    }
}

static void
remove_folder (void)
{
  g_autofree char *file = g_build_filename (folder, "fuzz.so", NULL);

  (void) g_unlink (file); /* it is in a folder for temporary files */
  (void) g_rmdir (folder);
}

static void
make_folder (void)
{
  g_autofree char *file = NULL;

  folder = g_dir_make_tmp ("asyncq-fuzz-XXXXXX", NULL);
  g_assert_nonnull (folder);
  file = g_build_filename (folder, "fuzz.so", NULL);
  g_assert_true (g_file_set_contents (file, "nobody loads it", -1, NULL));
  g_assert_cmpint (g_chmod (file, 0644), ==, 0);
  (void) atexit (remove_folder); /* better left behind than not run */
  g_log_set_default_handler (silence, NULL);
}

static void
on_started (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static void
world_set_up (World *self)
{
  const char *directories[] = { folder, NULL };
  AqWorkSettings settings = {
    .worker_program = "/nowhere",
    .plugin_directories = directories,
    .stop_timeout_usec = G_USEC_PER_SEC,
    .kill_timeout_usec = G_USEC_PER_SEC,
  };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(AqAgent) agent = NULL;
  g_autoptr(GError) error = NULL;

  fakes = g_ptr_array_new_with_free_func (fake_free);
  self->clock = aq_clock_new_manual (G_USEC_PER_SEC);
  self->store = aq_memory_store_new (self->clock);
  g_assert_true (aq_store_open (self->store, &error));
  self->engine = aq_engine_new (self->store, self->clock);
  agent = aq_agent_new (AQ_AGENT_DEFAULT_NAME, N_SLOTS, "", NULL, &error);
  g_assert_true (aq_engine_configure_agent (self->engine, agent, &error));
  g_assert_true (aq_engine_start (self->engine, &error));
  self->work = aq_work_new (self->engine, &settings);
  aq_work_start_async (self->work, NULL, on_started, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (aq_work_start_finish (self->work, result, &error));
  g_assert_no_error (error);
  g_assert_nonnull (aq_function_table_lookup (aq_engine_get_functions (self->engine), "fuzz.many"));
}

static void
world_tear_down (World *self)
{
  aq_work_free (self->work);
  aq_engine_free (self->engine);
  g_object_unref (self->store);
  aq_clock_unref (self->clock);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_pointer (&fakes, g_ptr_array_unref);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  Input input = { data, size };
  World world = { 0 };

  if (folder == NULL)
    make_folder ();
  world_set_up (&world);
  submit (&world, &input);
  turn (&world);
  for (guint i = 0; i < MAX_STEPS && input.size > 0; i++)
    step (&world, &input);
  turn (&world);
  world_tear_down (&world);
  return 0;
}
