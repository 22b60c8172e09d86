/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Small functions to try things with: values, failures of every kind, time
 */

#include <asyncq-plugin.h>

#include <signal.h>
#include <string.h>

#define MAX_SLEEP_SECONDS (365.0 * 24 * 60 * 60)

static G_DEFINE_QUARK (demo-error-quark, demo_error)

ASYNCQ_EXPORT GVariant *
demo_echo (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  g_autoptr(GVariant) value = g_variant_get_child_value (arguments, 0);

  return g_steal_pointer (&value);
}

ASYNCQ_EXPORT GVariant *
demo_multiply (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  gint32 x, y, product;

  g_variant_get (arguments, "(ii)", &x, &y);
  if (__builtin_mul_overflow (x, y, &product))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "%d times %d does not fit into 32 bits", x, y);
      return NULL;
    }
  return g_variant_new_int32 (product);
}

ASYNCQ_EXPORT GVariant *
demo_noop (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  return NULL;
}

static void
set_error_from_arguments (GVariant  *arguments,
                          GQuark     domain,
                          int        code,
                          GError   **error)
{
  const char *message;

  g_variant_get (arguments, "(&s)", &message);
  g_set_error_literal (error, domain, code, message);
}

/* a failure on purpose, which is not tried again */
ASYNCQ_EXPORT GVariant *
demo_error (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  set_error_from_arguments (arguments, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, error);
  return NULL;
}

/* any other failure, as an accident makes it: retry rules decide */
ASYNCQ_EXPORT GVariant *
demo_fatal (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  set_error_from_arguments (arguments, demo_error_quark (), 0, error);
  return NULL;
}

/* waits until the time is over or somebody cancels */
static void
wait_for (double        seconds,
          GCancellable *cancellable)
{
  gint64 end_usec = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  gboolean pollable;
  GPollFD fd;

  pollable = g_cancellable_make_pollfd (cancellable, &fd);
  while (!g_cancellable_is_cancelled (cancellable))
    {
      gint64 left_usec = end_usec - g_get_monotonic_time ();

      if (left_usec <= 0)
        break;
      (void) g_poll (&fd, pollable ? 1 : 0, (gint) MIN ((left_usec + 999) / 1000, 60 * 1000));
    }
  if (pollable)
    g_cancellable_release_fd (cancellable);
}

ASYNCQ_EXPORT GVariant *
demo_sleep (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  GCancellable *cancellable = asyncq_job_context_get_cancellable (job);
  double seconds;

  g_variant_get (arguments, "(d)", &seconds);
  if (!(seconds >= 0.0 && seconds <= MAX_SLEEP_SECONDS))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "cannot sleep for %g seconds", seconds);
      return NULL;
    }
  wait_for (seconds, cancellable);
  /* sets the error or not; nothing is returned in either case */
  (void) g_cancellable_set_error_if_cancelled (cancellable, error);
  return NULL;
}

static const struct
{
  const char *name;
  int         number;
} signals[] = {
  { "ABRT", SIGABRT },
  { "BUS", SIGBUS },
  { "FPE", SIGFPE },
  { "ILL", SIGILL },
  { "KILL", SIGKILL },
  { "SEGV", SIGSEGV },
  { "TERM", SIGTERM },
  { "TRAP", SIGTRAP },
};

/* takes its worker down with a signal */
ASYNCQ_EXPORT GVariant *
demo_crash (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  const char *name;

  g_variant_get (arguments, "(&s)", &name);
  if (g_str_has_prefix (name, "SIG"))
    name += strlen ("SIG");
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    if (strcmp (signals[i].name, name) == 0)
      {
        /* whoever has a handler, a sanitizer for one, shall not come between */
        (void) signal (signals[i].number, SIG_DFL);
        (void) raise (signals[i].number);
      }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "cannot crash with a signal '%s'", name);
  return NULL;
}

/* a persistent counter: the object that the job is bound to */
ASYNCQ_EXPORT GVariant *
demo_increase (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  g_autoptr(GVariant) counter = asyncq_job_context_dup_object (job);
  gint32 by, sum;

  g_variant_get (arguments, "(i)", &by);
  if (__builtin_add_overflow (g_variant_get_int32 (counter), by, &sum))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "the counter cannot go beyond what fits into 32 bits");
      return NULL;
    }
  if (!asyncq_job_context_set_object (job, g_variant_new_int32 (sum), error))
    return NULL;
  return g_variant_new_int32 (sum);
}

static const AsyncqFunction functions[] = {
  { "crash", "signal s = \"SEGV\"", "()", "Takes its worker down with a signal: ABRT, BUS, FPE, ILL, KILL, SEGV, TERM or TRAP" },
  { "echo", "value v", "v", "Returns its argument" },
  { "error", "message s = \"An error occurred.\"", "()", "Fails, and is not tried again" },
  { "fatal", "message s = \"A fatal error occurred.\"", "()", "Fails as an accident does" },
  { "increase", "by i = 1", "i", "Adds to a counter that is kept", "i" },
  { "multiply", "x i, y i", "i", "Multiplies two numbers" },
  { "noop", "", "()", "Does nothing" },
  { "sleep", "seconds d", "()", "Waits" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "demo",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
