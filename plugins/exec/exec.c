/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Runs programs
 *
 * Only programs that the configuration lists by path, without a shell, with
 * stdin from /dev/null. What they print is kept up to a limit; a program that
 * prints more is killed. Programs die with their worker.
 */

#include <asyncq-plugin.h>

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* of each of stdout and stderr */
#define MAX_OUTPUT_BYTES (256 * 1024)

/* one of the two outputs */
typedef struct
{
  int      fd;   /* borrowed from its stream; -1 once it has ended */
  GString *text; /* owned */
} Output;

static gboolean
is_listed (AsyncqJobContext *job,
           const char       *program)
{
  const char *setting = asyncq_job_context_get_setting (job, "programs");
  g_auto(GStrv) programs = g_strsplit (setting == NULL ? "" : setting, ";", -1);

  for (guint i = 0; programs[i] != NULL; i++)
    if (g_path_is_absolute (program) && strcmp (g_strstrip (programs[i]), program) == 0)
      return TRUE;
  return FALSE;
}

static void
die_with_parent (gpointer user_data)
{
  /* between fork and exec: nobody to tell that it failed, and it does not */
  (void) prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *
spawn (const char  *program,
       GVariant    *words,
       GError     **error)
{
  g_autoptr(GSubprocessLauncher) launcher = NULL;
  g_autofree const char **arguments = g_variant_get_strv (words, NULL);
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();

  g_ptr_array_add (argv, (gpointer) program);
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);

  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  return g_subprocess_launcher_spawnv (launcher, (const char * const *) argv->pdata, error);
}

static gboolean
read_some (Output      *output,
           const char  *program,
           GError     **error)
{
  char bytes[4096];
  gssize n_read = read (output->fd, bytes, sizeof bytes);

  if (n_read < 0 && (errno == EINTR || errno == EAGAIN))
    return TRUE;
  if (n_read <= 0)
    {
      output->fd = -1;
      return TRUE;
    }
  if (output->text->len + (gsize) n_read > MAX_OUTPUT_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "program '%s' printed more than %d bytes", program, MAX_OUTPUT_BYTES);
      return FALSE;
    }
  g_string_append_len (output->text, bytes, n_read);
  return TRUE;
}

/* reads both outputs to their end */
static gboolean
collect (Output        outputs[2],
         const char   *program,
         GCancellable *cancellable,
         GError      **error)
{
  GPollFD fds[3] = { { .events = G_IO_IN }, { .events = G_IO_IN } };
  gboolean ok = TRUE;
  guint n_fds = 2;

  if (g_cancellable_make_pollfd (cancellable, &fds[2]))
    n_fds = 3;
  while (ok && (outputs[0].fd >= 0 || outputs[1].fd >= 0))
    {
      for (int i = 0; i < 2; i++)
        {
          fds[i].fd = outputs[i].fd; /* poll() skips negative ones */
          fds[i].revents = 0;
        }
      (void) g_poll (fds, n_fds, n_fds == 3 ? -1 : 100); /* looks at what is there in any case */
      ok = !g_cancellable_set_error_if_cancelled (cancellable, error);
      for (int i = 0; i < 2 && ok; i++)
        if (outputs[i].fd >= 0 && fds[i].revents != 0)
          ok = read_some (&outputs[i], program, error);
    }
  if (n_fds == 3)
    g_cancellable_release_fd (cancellable);
  return ok;
}

static GVariant *
result_of (GSubprocess  *process,
           const char   *program,
           Output        outputs[2],
           GError      **error)
{
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  if (!g_subprocess_wait (process, NULL, error))
    return NULL;
  if (g_subprocess_get_if_signaled (process))
    {
      int number = g_subprocess_get_term_sig (process);

      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "program '%s' died of signal %d (%s)",
                   program, number, g_strsignal (number));
      return NULL;
    }
  out = g_utf8_make_valid (outputs[0].text->str, (gssize) outputs[0].text->len);
  err = g_utf8_make_valid (outputs[1].text->str, (gssize) outputs[1].text->len);
  return g_variant_new ("(iss)", g_subprocess_get_exit_status (process), out, err);
}

/* (exit status, stdout, stderr) */
ASYNCQ_EXPORT GVariant *
exec_run (AsyncqJobContext  *job,
          GVariant          *arguments,
          GError           **error)
{
  GCancellable *cancellable = asyncq_job_context_get_cancellable (job);
  g_autoptr(GVariant) words = NULL;
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GString) out = g_string_new (NULL);
  g_autoptr(GString) err = g_string_new (NULL);
  Output outputs[2] = { { .text = out }, { .text = err } };
  const char *program;

  g_variant_get (arguments, "(&s@as)", &program, &words);
  if (!is_listed (job, program))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_ALLOWED,
                   "program '%s' may not be run: it is not in the setting 'programs' of [plugin exec]", program);
      return NULL;
    }
  process = spawn (program, words, error);
  if (process == NULL)
    return NULL;

  outputs[0].fd = g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (g_subprocess_get_stdout_pipe (process)));
  outputs[1].fd = g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (g_subprocess_get_stderr_pipe (process)));
  if (!collect (outputs, program, cancellable, error))
    {
      g_subprocess_force_exit (process);
      (void) g_subprocess_wait (process, NULL, NULL); /* only so that nothing is left */
      return NULL;
    }
  return result_of (process, program, outputs, error);
}

static const AsyncqFunction functions[] = {
  { "run", "program s, arguments as = []", "(iss)", "Runs a listed program: its exit status, stdout and stderr" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "exec",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
