/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Functions that tell a test from outside what happens to jobs: they write to
 * files that the test names, and wait until it lets them go on.
 */

#include <asyncq-plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
fail_with_errno (const char  *what,
                 const char  *path,
                 GError     **error)
{
  int saved_errno = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "could not %s '%s': %s", what,
               path, g_strerror (saved_errno));
  return FALSE;
}

/* one write a line, so that lines of several workers do not mix */
static gboolean
append_line (const char  *path,
             const char  *line,
             GError     **error)
{
  int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  gboolean written;

  if (fd < 0)
    return fail_with_errno ("open", path, error);
  written = write (fd, line, strlen (line)) == (gssize) strlen (line) ||
            fail_with_errno ("write", path, error);
  (void) close (fd); /* nothing is lost: the write itself was checked */
  return written;
}

/* takes one byte out of a FIFO, waiting for it; the test puts in as many as it wants jobs to run */
static gboolean
take_token (const char  *fifo,
            GError     **error)
{
  int fd = open (fifo, O_RDWR | O_CLOEXEC); /* both ends, so that it never reads an end of file */
  gboolean taken;
  char token;

  if (fd < 0)
    return fail_with_errno ("open", fifo, error);
  taken = read (fd, &token, 1) == 1 || fail_with_errno ("read", fifo, error);
  (void) close (fd); /* nothing was written */
  return taken;
}

/* (path, tag, tokens): appends a line "job attempt lease tag", after taking a token where given */
ASYNCQ_EXPORT GVariant *
probe_append (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  g_autofree char *line = NULL;
  const char *path, *tag, *tokens;

  g_variant_get (arguments, "(&s&s&s)", &path, &tag, &tokens);
  if (*tokens != '\0' && !take_token (tokens, error))
    return NULL;
  line = g_strdup_printf ("%" G_GUINT64_FORMAT " %u %" G_GUINT64_FORMAT "%s%s\n",
                          asyncq_job_context_get_id (job), asyncq_job_context_get_attempt (job),
                          asyncq_job_context_get_lease (job), *tag != '\0' ? " " : "", tag);
  (void) append_line (path, line, error); /* there is no value to return in either case */
  return NULL;
}

/* (fifo): opens it, which waits for the test to open it too, and returns what the test writes */
ASYNCQ_EXPORT GVariant *
probe_hold (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  g_autofree char *text = NULL;
  const char *path;

  g_variant_get (arguments, "(&s)", &path);
  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  return g_variant_new_string (text);
}

ASYNCQ_EXPORT GVariant *
probe_context (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  return g_variant_new ("(tutssi)", asyncq_job_context_get_id (job),
                        asyncq_job_context_get_attempt (job), asyncq_job_context_get_lease (job),
                        asyncq_job_context_get_queue (job), asyncq_job_context_get_agent (job),
                        (gint32) getpid ());
}

/* (n): returns a job that counts n - 1, until 0 */
ASYNCQ_EXPORT GVariant *
probe_count_down (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  g_autoptr(AsyncqJobSpec) spec = NULL;
  guint32 n;

  g_variant_get (arguments, "(u)", &n);
  if (n == 0)
    return g_variant_new_string ("lift off");
  spec = asyncq_job_spec_new ("probe.count_down");
  asyncq_job_spec_add_argument (spec, g_variant_new_uint32 (n - 1));
  (void) asyncq_job_context_return_job (job, spec, error); /* no value in either case */
  return NULL;
}

/* (n): returns a parallel job of n members, each twice its number, that sum () adds up */
ASYNCQ_EXPORT GVariant *
probe_fan_out (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new_parallel ();
  g_autoptr(AsyncqJobSpec) sum = asyncq_job_spec_new ("probe.sum");
  guint32 n;

  g_variant_get (arguments, "(u)", &n);
  for (guint32 i = 0; i < n; i++)
    {
      g_autoptr(AsyncqJobSpec) member = asyncq_job_spec_new ("probe.double");

      asyncq_job_spec_add_argument (member, g_variant_new_uint32 (i));
      asyncq_job_spec_add_member (spec, member);
    }
  asyncq_job_spec_add_argument (sum, g_variant_new_uint32 (0));
  asyncq_job_spec_set_postprocess (spec, sum);
  (void) asyncq_job_context_return_job (job, spec, error); /* no value in either case */
  return NULL;
}

ASYNCQ_EXPORT GVariant *
probe_double (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  guint32 n;

  g_variant_get (arguments, "(u)", &n);
  return g_variant_new_uint32 (2 * n);
}

/* (start, jobs): the sum of the members' results */
ASYNCQ_EXPORT GVariant *
probe_sum (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  g_autoptr(GVariant) jobs = NULL;
  guint32 sum, value;

  g_variant_get (arguments, "(u@aa{sv})", &sum, &jobs);
  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (jobs, i);

      if (g_variant_lookup (member, "result", "u", &value))
        sum += value;
    }
  return g_variant_new_uint32 (sum);
}

/* (n): so many bytes, of which the first is 1 */
ASYNCQ_EXPORT GVariant *
probe_bytes (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  g_autofree guint8 *bytes = NULL;
  guint32 n;

  g_variant_get (arguments, "(u)", &n);
  bytes = g_malloc0 ((gsize) n + 1);
  bytes[0] = 1;
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, n, 1);
}

/* (jobs): how many bytes the members' results are */
ASYNCQ_EXPORT GVariant *
probe_count_bytes (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  g_autoptr(GVariant) jobs = g_variant_get_child_value (arguments, 0);
  guint64 n = 0;

  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (jobs, i);
      g_autoptr(GVariant) result = g_variant_lookup_value (member, "result", G_VARIANT_TYPE_BYTESTRING);

      n += result == NULL ? 0 : g_variant_get_size (result);
    }
  return g_variant_new_uint64 (n);
}

/* (jobs): each member as "function state outcome", then its result or its failure's message */
ASYNCQ_EXPORT GVariant *
probe_members (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  g_autoptr(GVariant) jobs = g_variant_get_child_value (arguments, 0);
  GVariantBuilder lines;

  g_variant_builder_init (&lines, G_VARIANT_TYPE_STRING_ARRAY);
  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (jobs, i);
      g_autoptr(GVariant) result = g_variant_lookup_value (member, "result", NULL);
      g_autoptr(GVariant) failure =
        g_variant_lookup_value (member, "error", G_VARIANT_TYPE ("(sis)"));
      g_autofree char *printed = NULL;
      const char *function = "?", *state = "?", *outcome = "?";

      (void) g_variant_lookup (member, "function", "&s", &function); /* a "?" shows in the test */
      (void) g_variant_lookup (member, "state", "&s", &state);
      (void) g_variant_lookup (member, "outcome", "&s", &outcome);
      if (result != NULL)
        printed = g_variant_print (result, FALSE);
      else if (failure != NULL)
        g_variant_get (failure, "(sis)", NULL, NULL, &printed);
      g_variant_builder_add_value (&lines, g_variant_new_take_string (
        g_strdup_printf ("%s %s %s %s", function, state, outcome, printed)));
    }
  return g_variant_builder_end (&lines);
}

/* (path, fail): puts an append job to path, then fails or not */
ASYNCQ_EXPORT GVariant *
probe_put (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("probe.append");
  const char *path;
  gboolean fail;

  g_variant_get (arguments, "(&sb)", &path, &fail);
  asyncq_job_spec_add_argument (spec, g_variant_new_string (path));
  if (asyncq_job_context_put_job (job, spec, error) && fail)
    g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "put, then failed");
  return NULL;
}

static const struct
{
  const char *kind;
  AsyncqError code;
} errors[] = {
  { "conflict", ASYNCQ_ERROR_CONFLICT },
  { "disconnected", ASYNCQ_ERROR_DISCONNECTED },
  { "final", ASYNCQ_ERROR_FINAL },
  { "retry", ASYNCQ_ERROR_RETRY },
};

/* whether what goes wrong in the first @times attempts, or in all for 0, goes wrong in this one */
static gboolean
is_among_first (AsyncqJobContext *job,
                guint32           times)
{
  return times == 0 || asyncq_job_context_get_attempt (job) <= times;
}

/* for who does not fail any more: the number of the attempt */
static GVariant *
new_attempt (AsyncqJobContext *job)
{
  return g_variant_new_uint32 (asyncq_job_context_get_attempt (job));
}

/* (kind, times): fails in a way that retry policies know, or in an ordinary one */
ASYNCQ_EXPORT GVariant *
probe_fail (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  const char *kind;
  guint32 times;

  g_variant_get (arguments, "(&su)", &kind, &times);
  if (!is_among_first (job, times))
    return new_attempt (job);
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    if (strcmp (errors[i].kind, kind) == 0)
      {
        g_set_error (error, ASYNCQ_ERROR, (gint) errors[i].code, "attempt %u: %s",
                     asyncq_job_context_get_attempt (job), kind);
        return NULL;
      }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "attempt %u: %s", asyncq_job_context_get_attempt (job), kind);
  return NULL;
}

/* (delay_usec, times) */
ASYNCQ_EXPORT GVariant *
probe_snooze (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  gint64 delay_usec;
  guint32 times;

  g_variant_get (arguments, "(xu)", &delay_usec, &times);
  if (!is_among_first (job, times))
    return new_attempt (job);
  asyncq_job_context_snooze (job, delay_usec);
  return NULL;
}

/* (status, times): ends its worker in the way of a program that has given up */
ASYNCQ_EXPORT GVariant *
probe_exit (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  gint32 status;
  guint32 times;

  g_variant_get (arguments, "(iu)", &status, &times);
  if (is_among_first (job, times))
    _exit (status);
  return new_attempt (job);
}

/* (signal, times): takes its worker down */
ASYNCQ_EXPORT GVariant *
probe_die (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  gint32 number;
  guint32 times;

  g_variant_get (arguments, "(iu)", &number, &times);
  if (!is_among_first (job, times))
    return new_attempt (job);
  /* whoever has a handler, a sanitizer for one, shall not come between */
  (void) signal (number, SIG_DFL);
  (void) raise (number);
  return NULL; /* then the test fails */
}

/* (succeed): waits until it is told to stop, and does so: with a failure, or with what it has come to */
ASYNCQ_EXPORT GVariant *
probe_wait (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  GCancellable *cancellable = asyncq_job_context_get_cancellable (job);
  gboolean succeed;
  GPollFD fd;

  g_variant_get (arguments, "(b)", &succeed);
  if (!g_cancellable_make_pollfd (cancellable, &fd))
    return NULL; /* then the test fails */
  while (!g_cancellable_is_cancelled (cancellable))
    (void) g_poll (&fd, 1, -1); /* returns to be asked again */
  g_cancellable_release_fd (cancellable);
  if (succeed)
    return new_attempt (job);
  (void) g_cancellable_set_error_if_cancelled (cancellable, error); /* it is */
  return NULL;
}

/* (times, deaf): does not care that it is told to stop; nor for SIGTERM, if deaf */
ASYNCQ_EXPORT GVariant *
probe_stay (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  guint32 times;
  gboolean deaf;

  g_variant_get (arguments, "(ub)", &times, &deaf);
  (void) signal (SIGTERM, deaf ? SIG_IGN : SIG_DFL);
  while (is_among_first (job, times))
    (void) pause (); /* only ever returns to be called again */
  return NULL;
}

/* the same, with its own times */
ASYNCQ_EXPORT GVariant *
probe_dawdle (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  (void) signal (SIGTERM, SIG_IGN);
  while (TRUE)
    (void) pause (); /* likewise */
}

/* what it finds around it: umask, working directory, number of blocked signals */
ASYNCQ_EXPORT GVariant *
probe_surroundings (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  g_autofree char *directory = g_get_current_dir ();
  mode_t mask = umask (0);
  guint32 n_blocked = 0;
  sigset_t blocked;

  (void) umask (mask); /* cannot fail */
  (void) sigprocmask (SIG_SETMASK, NULL, &blocked); /* can only fail for a bad argument */
  for (int number = 1; number < 32; number++)
    n_blocked += sigismember (&blocked, number) == 1 ? 1 : 0;
  return g_variant_new ("(usu)", (guint32) mask, directory, n_blocked);
}

/* the id of the job that it is a part or a callback of */
ASYNCQ_EXPORT GVariant *
probe_parent (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  return g_variant_new_uint64 (asyncq_job_context_get_parent (job));
}

/* (n): makes its composite job grow by n members, each twice its number */
ASYNCQ_EXPORT GVariant *
probe_extend (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  guint32 n;

  g_variant_get (arguments, "(u)", &n);
  for (guint32 i = 0; i < n; i++)
    {
      g_autoptr(AsyncqJobSpec) member = asyncq_job_spec_new ("probe.double");

      asyncq_job_spec_add_argument (member, g_variant_new_uint32 (i));
      asyncq_job_spec_set_parent_job (member, asyncq_job_context_get_parent (job));
      if (!asyncq_job_context_put_job (job, member, error))
        return NULL;
    }
  return g_variant_new_uint32 (n);
}

/* (path): puts an append job to path as a callback of itself */
ASYNCQ_EXPORT GVariant *
probe_put_callback (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  g_autoptr(AsyncqJobSpec) callback = asyncq_job_spec_new ("probe.append_result");
  const char *path;

  g_variant_get (arguments, "(&s)", &path);
  asyncq_job_spec_add_argument (callback, g_variant_new_string (path));
  asyncq_job_spec_set_callback_of (callback, asyncq_job_context_get_id (job), ASYNCQ_JOB_ON_ANY);
  if (!asyncq_job_context_put_job (job, callback, error))
    return NULL;
  return new_attempt (job);
}

/* (path, outcome): a callback: appends a line with what the job came to */
ASYNCQ_EXPORT GVariant *
probe_append_result (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  g_autoptr(GVariant) outcome = NULL;
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  const char *path;

  g_variant_get (arguments, "(&sv)", &path, &outcome);
  text = g_variant_print (outcome, FALSE);
  line = g_strdup_printf ("%s\n", text);
  (void) append_line (path, line, error); /* there is no value to return in either case */
  return NULL;
}

static gboolean
on_later (gpointer user_data)
{
  GError **error = user_data;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "failed later");
  return G_SOURCE_REMOVE;
}

/* fails from a main loop of its own, not from where it was called */
ASYNCQ_EXPORT GVariant *
probe_fail_later (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(GSource) source = g_idle_source_new ();
  GError *later = NULL;

  g_source_set_callback (source, on_later, &later, NULL);
  (void) g_source_attach (source, context); /* its id is of no use */
  while (later == NULL)
    (void) g_main_context_iteration (context, TRUE);
  g_propagate_error (error, later);
  return NULL;
}

/* declares a string, returns a number */
ASYNCQ_EXPORT GVariant *
probe_wrong_result (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  return g_variant_new_uint32 (7);
}

static const AsyncqFunction functions[] = {
  { "append", "path s, tag s = '', tokens s = ''", "()", "Appends job, attempt and lease to a file" },
  { "hold", "fifo s", "s", "Waits for the test, returns what it says" },
  { "context", "", "(tutssi)", "What a job knows of itself, and the worker's pid" },
  { "count_down", "n u", "s", "Returns itself n times" },
  { "fan_out", "n u", "u", "Returns a parallel job of n members" },
  { "double", "n u", "u", "Twice the number" },
  { "sum", "start u, jobs aa{sv}", "u", "Adds up the members' results" },
  { "surroundings", "", "(usu)", "Tells umask, working directory and number of blocked signals" },
  { "bytes", "n u", "ay", "So many bytes" },
  { "count_bytes", "jobs aa{sv}", "t", "How many bytes the members' results are" },
  { "members", "jobs aa{sv}", "as", "Describes the members" },
  { "fail", "kind s = 'ordinary', times u = 0", "u", "Fails: conflict, disconnected, final, retry, or in any other way" },
  { "fail_later", "", "()", "Fails from a main loop" },
  { "snooze", "delay_usec x = 0, times u = 1", "u", "Asks to run again later" },
  { "exit", "status i = 0, times u = 0", "u", "Exits" },
  { "die", "signal i = 11, times u = 0", "u", "Dies of a signal" },
  { "wait", "succeed b = false", "u", "Waits until it is told to stop" },
  { "stay", "times u = 0, deaf b = false", "()", "Does not stop" },
  { "dawdle", "", "()", "Has a minute to stop, and does not", .options = "stop-timeout=1min kill-timeout=0s" },
  { "parent", "", "t", "The job that it belongs to" },
  { "extend", "n u = 1", "u", "Adds members to its composite job" },
  { "put_callback", "path s", "u", "Puts a callback of itself" },
  { "append_result", "path s, outcome v", "()", "A callback: appends what a job came to to a file" },
  { "put", "path s, fail b = false", "()", "Puts an append job" },
  { "wrong_result", "", "s", "Returns what it does not declare" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "probe",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
