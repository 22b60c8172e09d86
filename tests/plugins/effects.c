/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Functions that leave a trace outside of asyncq
 *
 * Each appends a line "job lease nonce" to the file that the setting "log" of
 * [plugin effects] names, before it does anything else, and returns its lease.
 * The nonce is the client's. A checker compares these lines with what clients
 * were told and with what the store has in the end.
 */

#include <asyncq-plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
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
log_effect (AsyncqJobContext  *job,
            guint64            nonce,
            GError           **error)
{
  const char *path = asyncq_job_context_get_setting (job, "log");
  g_autofree char *line = NULL;
  gboolean written;
  int fd;

  if (path == NULL)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                           "the setting 'log' of [plugin effects] is missing");
      return FALSE;
    }
  fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_DSYNC | O_CLOEXEC, 0644);
  if (fd < 0)
    return fail_with_errno ("open", path, error);
  line = g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
                          asyncq_job_context_get_id (job), asyncq_job_context_get_lease (job), nonce);
  written = write (fd, line, strlen (line)) == (gssize) strlen (line) ||
            fail_with_errno ("write", path, error);
  (void) close (fd); /* nothing is lost: the write itself was checked */
  return written;
}

static GVariant *
new_lease (AsyncqJobContext *job)
{
  return g_variant_new_uint64 (asyncq_job_context_get_lease (job));
}

/* in the queue of the job that makes it */
static AsyncqJobSpec *
new_spec (AsyncqJobContext *job,
          const char       *function,
          guint64           nonce)
{
  AsyncqJobSpec *spec = asyncq_job_spec_new (function);

  asyncq_job_spec_set_queue (spec, asyncq_job_context_get_queue (job));
  asyncq_job_spec_add_argument (spec, g_variant_new_uint64 (nonce));
  return spec;
}

static guint64
get_nonce (GVariant *arguments)
{
  g_autoptr(GVariant) nonce = g_variant_get_child_value (arguments, 0);

  return g_variant_get_uint64 (nonce);
}

ASYNCQ_EXPORT GVariant *
effects_append (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  return log_effect (job, get_nonce (arguments), error) ? new_lease (job) : NULL;
}

/* (nonce, data, size): returns its lease, and as many bytes as it is told */
ASYNCQ_EXPORT GVariant *
effects_large (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  g_autofree guint8 *bytes = NULL;
  guint64 nonce;
  guint32 size;

  g_variant_get (arguments, "(t@ayu)", &nonce, NULL, &size);
  if (!log_effect (job, nonce, error))
    return NULL;
  bytes = g_malloc0 (size);
  memset (bytes, (int) (nonce & 0x7f), size);
  return g_variant_new ("(t@ay)", asyncq_job_context_get_lease (job),
                        g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, size, 1));
}

/* (nonce, n): puts n jobs that name this one and its lease */
ASYNCQ_EXPORT GVariant *
effects_put (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  guint64 nonce;
  guint32 n;

  g_variant_get (arguments, "(tu)", &nonce, &n);
  if (!log_effect (job, nonce, error))
    return NULL;
  for (guint32 i = 0; i < n; i++)
    {
      g_autoptr(AsyncqJobSpec) spec = new_spec (job, "effects.follow", nonce);

      asyncq_job_spec_add_argument (spec, g_variant_new_uint64 (asyncq_job_context_get_id (job)));
      asyncq_job_spec_add_argument (spec, g_variant_new_uint64 (asyncq_job_context_get_lease (job)));
      asyncq_job_spec_add_argument (spec, g_variant_new_uint32 (i));
      if (!asyncq_job_context_put_job (job, spec, error))
        return NULL;
    }
  return new_lease (job);
}

/* (nonce, parent, lease, index): what put () has put */
ASYNCQ_EXPORT GVariant *
effects_follow (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  return log_effect (job, get_nonce (arguments), error) ? new_lease (job) : NULL;
}

/* (nonce, n): returns a job that does the same for n - 1, until 0 */
ASYNCQ_EXPORT GVariant *
effects_chain (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  g_autoptr(AsyncqJobSpec) spec = NULL;
  guint64 nonce;
  guint32 n;

  g_variant_get (arguments, "(tu)", &nonce, &n);
  if (!log_effect (job, nonce, error))
    return NULL;
  if (n == 0)
    return new_lease (job);
  spec = new_spec (job, "effects.chain", nonce);
  asyncq_job_spec_add_argument (spec, g_variant_new_uint32 (n - 1));
  (void) asyncq_job_context_return_job (job, spec, error); /* no value in either case */
  return NULL;
}

ASYNCQ_EXPORT GVariant *
effects_fail (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  if (log_effect (job, get_nonce (arguments), error))
    g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "as it was told");
  return NULL;
}

/* (nonce, jobs): how many of the members have succeeded */
ASYNCQ_EXPORT GVariant *
effects_join (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  g_autoptr(GVariant) jobs = NULL;
  guint32 n_succeeded = 0;
  guint64 nonce;

  g_variant_get (arguments, "(t@aa{sv})", &nonce, &jobs);
  if (!log_effect (job, nonce, error))
    return NULL;
  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (jobs, i);
      const char *outcome;

      if (g_variant_lookup (member, "outcome", "&s", &outcome) && g_str_equal (outcome, "succeeded"))
        n_succeeded++;
    }
  return g_variant_new ("(tu)", asyncq_job_context_get_lease (job), n_succeeded);
}

/* (nonce, fifo, size): waits for a byte from the FIFO, then returns its lease and so many bytes */
ASYNCQ_EXPORT GVariant *
effects_hold (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  const char *fifo;
  guint64 nonce;
  guint32 size;
  char token;
  int fd;

  g_variant_get (arguments, "(t&su)", &nonce, &fifo, &size);
  if (!log_effect (job, nonce, error))
    return NULL;
  fd = open (fifo, O_RDWR | O_CLOEXEC); /* both ends, so that it never reads an end of file */
  if (fd < 0 || read (fd, &token, 1) != 1)
    (void) fail_with_errno ("read", fifo, error); /* reported below */
  if (fd >= 0)
    (void) close (fd); /* nothing was written */
  if (error != NULL && *error != NULL)
    return NULL;
  {
    g_autofree guint8 *bytes = g_malloc0 (size);

    return g_variant_new ("(t@ay)", asyncq_job_context_get_lease (job),
                          g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, size, 1));
  }
}

static const AsyncqFunction functions[] = {
  { "append", "nonce t", "t", "Leaves its line" },
  { "large", "nonce t, data ay, size u", "(tay)", "Takes and returns many bytes" },
  { "put", "nonce t, n u", "t", "Puts n jobs" },
  { "follow", "nonce t, parent t, lease t, index u", "t", "What put () has put" },
  { "chain", "nonce t, n u", "t", "Returns itself n times" },
  { "fail", "nonce t", "t", "Fails for good" },
  { "join", "nonce t, jobs aa{sv}", "(tu)", "Counts the members that have succeeded" },
  { "hold", "nonce t, fifo s, size u", "(tay)", "Waits for the test" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "effects",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
