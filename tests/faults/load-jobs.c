/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The load of the fault tests, and its history
 *
 *   load-jobs ADDRESS HISTORY SEED CLIENTS WINDOW
 *   load-jobs --dump ADDRESS
 *   load-jobs --fill ADDRESS NUMBER
 *
 * Clients that submit jobs of the plugin "effects" and wait for them, over the
 * public library alone. Everything goes into HISTORY, which the caller puts on
 * another file system than the store: what a client is about to do before it
 * does it, what it was told before anything else. A daemon may die at any
 * moment: lines on standard input say when there is one.
 *
 *   up      a daemon serves: connect, wait again for what was acknowledged, submit
 *   down    it has been killed
 *   quiet   submit nothing new; "idle" is printed once all is over
 *   pause   submit nothing new
 *   go on   again
 *
 * Lines of the history, all numbers decimal; NONCE is unique to an intent:
 *
 *   intent NONCE KIND NUMBER [KEY]   about to submit; NUMBER: what KIND has so many of
 *   again NONCE                      the same once more, by its key
 *   reply NONCE ID                   acknowledged
 *   refused NONCE ERROR MESSAGE      the daemon said no
 *   lost NONCE                       the connection ended before an answer
 *   told ID OUTCOME LEASE            the answer to a wait; LEASE: in the result, 0: none
 *   missing ID ERROR                 a wait for an acknowledged job had this error
 *   seen ID STATE OUTCOME SEQUENCE   a subscriber was told
 *   up, down                         as on standard input
 *
 * --dump prints a line for each job that there is:
 *
 *   ID FUNCTION STATE OUTCOME LEASE ATTEMPT RESULT-LEASE KEY MEMBERS ARGUMENTS…
 *
 * MEMBERS are ids with commas; empty strings are "-"; ARGUMENTS are the numbers among them.
 *
 * --fill submits so many jobs of demo.noop, FILL_AT_ONCE in one call.
 */

#include "config.h"

#include <asyncq.h>

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUEUE "load"
#define N_MEMBERS 3
#define N_FOLLOWERS 2
#define MAX_LARGE_BYTES 20000
#define MAX_RETRY_MSEC 20
#define FILL_AT_ONCE 10000

typedef struct _Load Load;

/* what a client may submit, all of it to the queue "load"; how often, of 100 */
typedef enum
{
  KIND_APPEND,
  KIND_KEYED,
  KIND_SERIAL,
  KIND_PARALLEL,
  KIND_PUT,
  KIND_CHAIN,
  KIND_FAIL,
  KIND_LARGE
} Kind;

static const struct
{
  const char *name;
  guint       share;
} kinds[] = {
  [KIND_APPEND] = { "append", 42 },
  [KIND_KEYED] = { "keyed", 15 },
  [KIND_SERIAL] = { "serial", 10 },
  [KIND_PARALLEL] = { "parallel", 10 },
  [KIND_PUT] = { "put", 10 },
  [KIND_CHAIN] = { "chain", 5 },
  [KIND_FAIL] = { "fail", 5 },
  [KIND_LARGE] = { "large", 3 },
};

typedef struct
{
  Load         *load;
  AsyncqClient *client;      /* owned; NULL: not connected */
  guint         number;
  guint         n_under_way; /* submits and waits */
  GHashTable   *waiting;     /* of ids that were acknowledged and are not known to have ended */
  GQueue        unanswered;  /* of Intent, owned: with a key, without an answer */
  guint         retry;       /* source */
} Client;

typedef struct
{
  Client  *client;
  guint64  nonce;
  Kind     kind;
  guint    number; /* of what the kind has several of */
  gint64   id;     /* of a wait */
} Intent;

struct _Load
{
  const char *address;
  GMainLoop  *loop;
  GRand      *rand;
  Client     *clients;
  guint       n_clients;
  guint       window;
  guint64     n_intents;
  gboolean    up;
  gboolean    submits;
  gboolean    quiet;
  GDataInputStream *commands;
  int         history_fd;
};

static void fill (Client *self);

G_NORETURN static void G_GNUC_PRINTF (1, 2)
fail (const char *format,
      ...)
{
  va_list arguments;

  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  exit (EXIT_FAILURE);
}

/* the line is on its disk when this returns */
static void G_GNUC_PRINTF (2, 3)
record (Load       *self,
        const char *format,
        ...)
{
  g_autofree char *line = NULL;
  va_list arguments;
  gsize length;

  va_start (arguments, format);
  line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_strdelimit (line, "\n\t", ' ');
  length = strlen (line);
  line[length] = '\n';
  if (write (self->history_fd, line, length + 1) != (gssize) length + 1)
    fail ("load-jobs: could not write the history: %s", g_strerror (errno));
}

/* the errors that the checker tells apart */
static const char *
name_of (const GError *error)
{
  if (error->domain != ASYNCQ_ERROR)
    return g_quark_to_string (error->domain);
  switch (error->code)
    {
    case ASYNCQ_ERROR_NO_SUCH_JOB:
      return "NoSuchJob";
    case ASYNCQ_ERROR_STORE_FULL:
      return "StoreFull";
    case ASYNCQ_ERROR_STORE_FAILED:
      return "StoreFailed";
    case ASYNCQ_ERROR_STORE_CORRUPT:
      return "StoreCorrupt";
    case ASYNCQ_ERROR_BUSY:
      return "Busy";
    default:
      return "other";
    }
}

/* ---- what is submitted ---- */

static AsyncqJobSpec *
new_spec (const char *function,
          guint64     nonce)
{
  AsyncqJobSpec *spec = asyncq_job_spec_new (function);

  asyncq_job_spec_set_queue (spec, QUEUE);
  asyncq_job_spec_add_argument (spec, g_variant_new_uint64 (nonce));
  return spec;
}

static void
add_members (AsyncqJobSpec *spec,
             const Intent  *intent)
{
  for (guint i = 0; i < intent->number; i++)
    {
      g_autoptr(AsyncqJobSpec) member = new_spec ("effects.append", intent->nonce + 1 + i);

      asyncq_job_spec_add_member (spec, member);
    }
}

static AsyncqJobSpec *
new_parallel (const Intent *intent)
{
  AsyncqJobSpec *spec = asyncq_job_spec_new_parallel ();
  g_autoptr(AsyncqJobSpec) join = new_spec ("effects.join", intent->nonce);

  asyncq_job_spec_set_queue (spec, QUEUE);
  add_members (spec, intent);
  asyncq_job_spec_set_postprocess (spec, join);
  return spec;
}

static AsyncqJobSpec *
new_large (const Intent *intent)
{
  AsyncqJobSpec *spec = new_spec ("effects.large", intent->nonce);
  g_autofree guint8 *bytes = g_malloc0 (intent->number);

  asyncq_job_spec_add_argument (
    spec, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, intent->number, 1));
  asyncq_job_spec_add_argument (spec, g_variant_new_uint32 (intent->number));
  return spec;
}

static AsyncqJobSpec *
new_spec_of_intent (const Intent *intent)
{
  g_autofree char *key = NULL;
  AsyncqJobSpec *spec;

  switch (intent->kind)
    {
    case KIND_KEYED:
      spec = new_spec ("effects.append", intent->nonce);
      key = g_strdup_printf ("k%" G_GUINT64_FORMAT, intent->nonce);
      asyncq_job_spec_set_submit_key (spec, key);
      return spec;
    case KIND_SERIAL:
      spec = asyncq_job_spec_new_serial ();
      asyncq_job_spec_set_queue (spec, QUEUE);
      add_members (spec, intent);
      return spec;
    case KIND_PARALLEL:
      return new_parallel (intent);
    case KIND_PUT:
    case KIND_CHAIN:
      spec = new_spec (intent->kind == KIND_PUT ? "effects.put" : "effects.chain", intent->nonce);
      asyncq_job_spec_add_argument (spec, g_variant_new_uint32 (intent->number));
      return spec;
    case KIND_FAIL:
      return new_spec ("effects.fail", intent->nonce);
    case KIND_LARGE:
      return new_large (intent);
    case KIND_APPEND:
    default:
      return new_spec ("effects.append", intent->nonce);
    }
}

static Kind
choose_kind (GRand *rand)
{
  guint chosen = g_rand_int_range (rand, 0, 100), sum = 0;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      sum += kinds[i].share;
      if (chosen < sum)
        return (Kind) i;
    }
  return KIND_APPEND;
}

/* ---- one client ---- */

/* the lease that the functions of the plugin put first into their result */
static guint64
lease_of (GVariant *result)
{
  g_autoptr(GVariant) first = NULL;

  if (result == NULL)
    return 0;
  if (g_variant_is_of_type (result, G_VARIANT_TYPE_UINT64))
    return g_variant_get_uint64 (result);
  if (!g_variant_is_of_type (result, G_VARIANT_TYPE_TUPLE) || g_variant_n_children (result) == 0)
    return 0;
  first = g_variant_get_child_value (result, 0);
  return g_variant_is_of_type (first, G_VARIANT_TYPE_UINT64) ? g_variant_get_uint64 (first) : 0;
}

static void
say_if_idle (Load *self)
{
  if (!self->quiet || !self->up)
    return;
  for (guint i = 0; i < self->n_clients; i++)
    if (self->clients[i].client == NULL || self->clients[i].n_under_way > 0 ||
        self->clients[i].retry != 0 || g_hash_table_size (self->clients[i].waiting) > 0 ||
        !g_queue_is_empty (&self->clients[i].unanswered))
      return;
  self->quiet = FALSE;
  puts ("idle");
  fflush (stdout);
}

static gboolean
on_retry (gpointer user_data)
{
  Client *self = user_data;

  self->retry = 0;
  fill (self);
  return G_SOURCE_REMOVE;
}

/* a refusal is no reason to ask a thousand times a second */
static void
fill_later (Client *self)
{
  if (self->retry == 0)
    self->retry = g_timeout_add (MAX_RETRY_MSEC, on_retry, self);
}

static void
on_told (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree Intent *wait = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = NULL;
  Client *self = wait->client;
  AsyncqJobOutcome outcome;
  gint64 id = wait->id;

  self->n_under_way--;
  if (asyncq_client_wait_finish (ASYNCQ_CLIENT (source), result, &outcome, &value, &error))
    {
      record (self->load, "told %" G_GINT64_FORMAT " %s %" G_GUINT64_FORMAT, id,
              asyncq_job_outcome_to_string (outcome), lease_of (value));
      (void) g_hash_table_remove (self->waiting, &id);
      fill (self);
    }
  else if (!g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING) &&
           ASYNCQ_CLIENT (source) == self->client)
    {
      record (self->load, "missing %" G_GINT64_FORMAT " %s %s", id, name_of (error), error->message);
      if (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB))
        (void) g_hash_table_remove (self->waiting, &id);
    }
  say_if_idle (self->load);
}

static void
wait_for (Client *self,
          gint64  id)
{
  Intent *wait = g_new0 (Intent, 1);

  wait->client = self;
  wait->id = id;
  self->n_under_way++;
  asyncq_client_wait_async (self->client, id, -1, NULL, on_told, wait);
}

static void
on_submitted (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autofree Intent *intent = user_data;
  g_autoptr(GError) error = NULL;
  Client *self = intent->client;
  gboolean current = ASYNCQ_CLIENT (source) == self->client;
  guint64 id;

  self->n_under_way--;
  if (asyncq_client_submit_finish (ASYNCQ_CLIENT (source), result, &id, &error))
    {
      gint64 *kept = g_new (gint64, 1);

      record (self->load, "reply %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, intent->nonce, id);
      *kept = (gint64) id;
      (void) g_hash_table_add (self->waiting, kept);
      if (current)
        wait_for (self, (gint64) id);
    }
  else
    {
      gboolean lost = g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);

      if (lost)
        record (self->load, "lost %" G_GUINT64_FORMAT, intent->nonce);
      else
        record (self->load, "refused %" G_GUINT64_FORMAT " %s %s", intent->nonce, name_of (error),
                error->message);
      if (intent->kind == KIND_KEYED)
        g_queue_push_tail (&self->unanswered, g_steal_pointer (&intent));
      if (!lost)
        fill_later (self);
    }
  say_if_idle (self->load);
}

static void
submit (Client *self,
        Intent *intent)
{
  g_autoptr(AsyncqJobSpec) spec = new_spec_of_intent (intent);

  self->n_under_way++;
  asyncq_client_submit_async (self->client, spec, NULL, on_submitted, intent);
}

static void
submit_new (Client *self)
{
  Load *load = self->load;
  Intent *intent = g_new0 (Intent, 1);

  /* its members have the nonces that follow */
  intent->nonce = ++load->n_intents * 16;
  intent->client = self;
  intent->kind = choose_kind (load->rand);
  if (intent->kind == KIND_LARGE)
    intent->number = g_rand_int_range (load->rand, 1, MAX_LARGE_BYTES);
  else if (intent->kind == KIND_SERIAL || intent->kind == KIND_PARALLEL)
    intent->number = N_MEMBERS;
  else if (intent->kind == KIND_PUT || intent->kind == KIND_CHAIN)
    intent->number = N_FOLLOWERS;
  record (load, "intent %" G_GUINT64_FORMAT " %s %u", intent->nonce, kinds[intent->kind].name,
          intent->number);
  /* now and then two of one key at once */
  if (intent->kind == KIND_KEYED && g_rand_int_range (load->rand, 0, 4) == 0)
    {
      Intent *twin = g_memdup2 (intent, sizeof *intent);

      record (load, "again %" G_GUINT64_FORMAT, intent->nonce);
      submit (self, twin);
    }
  submit (self, intent);
}

/* submits until as many jobs are under way as may be */
static void
fill (Client *self)
{
  Load *load = self->load;
  Intent *intent;

  if (self->client == NULL || self->retry != 0)
    return;
  while (self->n_under_way < load->window &&
         (intent = g_queue_pop_head (&self->unanswered)) != NULL)
    {
      record (load, "again %" G_GUINT64_FORMAT, intent->nonce);
      submit (self, intent);
    }
  while (load->submits && self->n_under_way < load->window)
    submit_new (self);
}

static void
on_jobs_changed (AsyncqClient *client,
                 GVariant     *changes,
                 gpointer      user_data)
{
  Client *self = user_data;
  GVariantIter iter;
  const char *state, *outcome;
  guint64 id, sequence;

  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "(t&s&st)", &id, &state, &outcome, &sequence))
    record (self->load, "seen %" G_GUINT64_FORMAT " %s %s %" G_GUINT64_FORMAT, id, state, outcome,
            sequence);
}

static void
on_connected (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Client *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(AsyncqClient) client = asyncq_client_new_finish (result, &error);
  GHashTableIter iter;
  gint64 *id;

  /* killed meanwhile, or killed and started again: then there is another call like this one */
  if (client == NULL || !self->load->up || self->client != NULL)
    return;
  self->client = g_steal_pointer (&client);
  if (self->number == 0)
    {
      (void) g_signal_connect (self->client, "jobs-changed", G_CALLBACK (on_jobs_changed), self);
      asyncq_client_subscribe_async (self->client, "", NULL, NULL, NULL); /* killed: no changes */
    }
  g_hash_table_iter_init (&iter, self->waiting);
  while (g_hash_table_iter_next (&iter, (gpointer *) &id, NULL))
    wait_for (self, *id);
  fill (self);
  say_if_idle (self->load);
}

static void
client_connect (Client *self)
{
  g_clear_object (&self->client);
  asyncq_client_new_async (self->load->address, NULL, on_connected, self);
}

static void
client_disconnect (Client *self)
{
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_clear_handle_id (&self->retry, g_source_remove);
}

/* ---- commands ---- */

static void
obey (Load       *self,
      const char *command)
{
  if (g_str_equal (command, "up") || g_str_equal (command, "down"))
    {
      self->up = g_str_equal (command, "up");
      record (self, "%s", command);
      for (guint i = 0; i < self->n_clients; i++)
        if (self->up)
          client_connect (&self->clients[i]);
        else
          client_disconnect (&self->clients[i]);
    }
  else if (g_str_equal (command, "quiet") || g_str_equal (command, "pause"))
    {
      self->submits = FALSE;
      self->quiet = g_str_equal (command, "quiet");
      say_if_idle (self);
    }
  else if (g_str_equal (command, "go on"))
    {
      self->submits = TRUE;
      for (guint i = 0; i < self->n_clients; i++)
        fill (&self->clients[i]);
    }
  else
    fail ("load-jobs: '%s' is no command", command);
}

static void
on_command (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Load *self = user_data;
  g_autofree char *command =
    g_data_input_stream_read_line_finish (self->commands, result, NULL, NULL);

  if (command == NULL)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  obey (self, command);
  puts ("done");
  fflush (stdout);
  g_data_input_stream_read_line_async (self->commands, G_PRIORITY_DEFAULT, NULL, on_command, self);
}

static int
run (Load *self)
{
  g_autoptr(GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);

  self->clients = g_new0 (Client, self->n_clients);
  self->submits = TRUE;
  for (guint i = 0; i < self->n_clients; i++)
    {
      self->clients[i].load = self;
      self->clients[i].number = i;
      self->clients[i].waiting = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
      g_queue_init (&self->clients[i].unanswered);
    }
  self->commands = g_data_input_stream_new (input);
  self->loop = g_main_loop_new (NULL, FALSE);
  g_data_input_stream_read_line_async (self->commands, G_PRIORITY_DEFAULT, NULL, on_command, self);
  g_main_loop_run (self->loop);
  /* the caller is done with us; what is under way ends with the process */
  return EXIT_SUCCESS;
}

/* ---- dump ---- */

static const char *
or_dash (const char *text)
{
  return text != NULL && *text != '\0' ? text : "-";
}

/* what is in the property, which is of type v */
static GVariant *
lookup_boxed (GVariant   *job,
              const char *name)
{
  g_autoptr(GVariant) box = g_variant_lookup_value (job, name, G_VARIANT_TYPE_VARIANT);

  return box != NULL ? g_variant_get_variant (box) : NULL;
}

static void
print_numbers (GVariant *arguments)
{
  for (gsize i = 0; arguments != NULL && i < g_variant_n_children (arguments); i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (arguments, i);

      if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
        printf (" %" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
      else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
        printf (" %u", g_variant_get_uint32 (value));
    }
}

static void
print_job (GVariant *job)
{
  g_autoptr(GVariant) members = g_variant_lookup_value (job, "Members", G_VARIANT_TYPE ("at"));
  g_autoptr(GVariant) arguments = lookup_boxed (job, "Arguments");
  g_autoptr(GVariant) result = lookup_boxed (job, "Result");
  const char *function = NULL, *state = NULL, *outcome = NULL, *key = NULL;
  guint64 id = 0, lease = 0;
  guint32 attempt = 0;

  if (!g_variant_lookup (job, "Id", "t", &id) || !g_variant_lookup (job, "Function", "&s", &function) ||
      !g_variant_lookup (job, "State", "&s", &state) ||
      !g_variant_lookup (job, "Outcome", "&s", &outcome) ||
      !g_variant_lookup (job, "Lease", "t", &lease) ||
      !g_variant_lookup (job, "Attempt", "u", &attempt) ||
      !g_variant_lookup (job, "SubmitKey", "&s", &key))
    fail ("load-jobs: a job lacks a property");
  printf ("%" G_GUINT64_FORMAT " %s %s %s %" G_GUINT64_FORMAT " %u %" G_GUINT64_FORMAT " %s ", id,
          function, state, outcome, lease, attempt, lease_of (result), or_dash (key));
  if (members == NULL || g_variant_n_children (members) == 0)
    putchar ('-');
  for (gsize i = 0; members != NULL && i < g_variant_n_children (members); i++)
    {
      guint64 member;

      g_variant_get_child (members, i, "t", &member);
      printf ("%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", member);
    }
  print_numbers (arguments);
  putchar ('\n');
}

/* the answers of the bus themselves, so that nothing is between them and the checker */
static int
dump (const char *address)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AsyncqClient) client = asyncq_client_new_sync (address, NULL, &error);
  g_autofree char *cursor = g_strdup ("");

  if (client == NULL)
    fail ("load-jobs: %s", error->message);
  do
    {
      g_autoptr(GVariant) answer = NULL;
      g_autoptr(GVariant) jobs = NULL;
      GVariantBuilder options;

      g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
      if (*cursor != '\0')
        g_variant_builder_add (&options, "{sv}", "cursor", g_variant_new_string (cursor));
      answer = g_dbus_connection_call_sync (
        asyncq_client_get_connection (client), NULL, "/org/asyncq", "org.asyncq.Manager1", "ListJobs",
        g_variant_new ("(sa{sv})", "", &options), G_VARIANT_TYPE ("(aa{sv}s)"), G_DBUS_CALL_FLAGS_NONE,
        G_MAXINT, NULL, &error);
      if (answer == NULL)
        fail ("load-jobs: %s", error->message);
      g_clear_pointer (&cursor, g_free);
      g_variant_get (answer, "(@aa{sv}s)", &jobs, &cursor);
      for (gsize i = 0; i < g_variant_n_children (jobs); i++)
        {
          g_autoptr(GVariant) job = g_variant_get_child_value (jobs, i);

          print_job (job);
        }
    }
  while (*cursor != '\0');
  return fflush (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
fill_store (const char *address,
            guint64     n_jobs)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AsyncqClient) client = asyncq_client_new_sync (address, NULL, &error);
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("demo.noop");
  AsyncqJobSpec *specs[FILL_AT_ONCE];

  if (client == NULL)
    fail ("load-jobs: %s", error->message);
  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    specs[i] = spec;
  while (n_jobs > 0)
    {
      g_autofree guint64 *ids = NULL;
      guint64 n = MIN (n_jobs, FILL_AT_ONCE);
      gsize n_ids;

      ids = asyncq_client_submit_list_sync (client, specs, n, &n_ids, NULL, &error);
      if (ids == NULL || n_ids != n)
        fail ("load-jobs: %s", error != NULL ? error->message : "other ids than were asked for");
      n_jobs -= n;
    }
  return EXIT_SUCCESS;
}

int
main (int    argc,
      char **argv)
{
  Load self = { 0 };

  if (argc == 3 && g_str_equal (argv[1], "--dump"))
    return dump (argv[2]);
  if (argc == 4 && g_str_equal (argv[1], "--fill"))
    return fill_store (argv[2], g_ascii_strtoull (argv[3], NULL, 10));
  if (argc != 6)
    fail ("usage: see the top of load-jobs.c");
  self.address = argv[1];
  self.history_fd = open (argv[2], O_WRONLY | O_APPEND | O_CREAT | O_DSYNC | O_CLOEXEC, 0644);
  if (self.history_fd < 0)
    fail ("load-jobs: could not open '%s': %s", argv[2], g_strerror (errno));
  self.rand = g_rand_new_with_seed ((guint32) strtoul (argv[3], NULL, 10));
  self.n_clients = (guint) strtoul (argv[4], NULL, 10);
  self.window = (guint) strtoul (argv[5], NULL, 10);
  return run (&self);
}
