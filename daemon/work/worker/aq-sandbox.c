/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A process confines itself
 *
 * Happens before a plugin is loaded, as loading one runs its constructors, and
 * while there is one thread: Landlock and namespaces are a thread's, and what it
 * starts afterwards inherits them. Nothing of it can be taken back.
 *
 * The order is that of what each step still needs: a user's name is looked up
 * with everything open, folders and mounts are made by who the daemon is, paths
 * are opened by it, and then it becomes who it is to be, loses all capabilities,
 * and closes the doors one after the other; the filter of system calls, which
 * denies some of these steps, last.
 */

#include "config.h"

#include "work/worker/aq-sandbox.h"

#include "libasyncq/asyncq-error.h"
#include "work/worker/aq-landlock.h"
#include "work/worker/aq-namespaces.h"
#include "work/worker/aq-syscall-filter.h"
#include "work/worker/aq-user.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* what the steps know of one another */
typedef struct
{
  const AqConfinement *confinement;
  const AqSandbox     *sandbox; /* of these */
  AqSandboxParts       parts;
  AqSandboxResult     *result;
  AqUser               user;
  AqNamespaces         namespaces;
  AqLandlock           landlock;
} State;

static void
reach (State      *self,
       const char *level)
{
  if (self->result->levels->len > 0)
    g_string_append_c (self->result->levels, ' ');
  g_string_append (self->result->levels, level);
}

static void
lack (State      *self,
      const char *level,
      const char *why)
{
  g_autofree char *word = g_strconcat ("without=", level, NULL);

  reach (self, word);
  g_string_append_printf (self->result->lacking, "%s%s (%s)", self->result->lacking->len > 0 ? ", " : "", level, why);
}

static void
reach_or_lack (State      *self,
               const char *level,
               GError     *error)
{
  if (error == NULL)
    reach (self, level);
  else
    lack (self, level, error->message);
}

static gboolean
has_one_thread (void)
{
  struct stat status;

  /* a folder has a link for each folder in it, itself and the one above */
  return stat ("/proc/self/task", &status) == 0 && status.st_nlink == 3;
}

static void
find_user (State *self)
{
  g_autoptr(GError) error = NULL;

  if (self->sandbox->user != NULL && !aq_user_find (&self->user, self->sandbox->user, &error))
    lack (self, "user", error->message);
}

static void
make_folder (State *self)
{
  const char *folder = self->confinement->temporary;

  if (folder == NULL)
    return;
  if (mkdir (folder, 0700) < 0 || (self->user.found && chown (folder, self->user.id, self->user.group) < 0))
    {
      lack (self, "private-tmp", g_strerror (errno));
      return;
    }
  self->result->folder = g_strdup (folder);
  reach (self, "private-tmp");
}

static void
enter_namespaces (State *self)
{
  g_autoptr(GError) error = NULL;

  /* nothing was promised that needs them: what is there is told */
  if ((self->parts & AQ_SANDBOX_NAMESPACES) == 0 ||
      !aq_namespaces_enter (&self->namespaces, self->sandbox, self->result->folder, &error))
    return;
  reach (self, "own-ipc");
  if (self->namespaces.network)
    reach (self, "own-network");
  if (self->namespaces.read_only)
    reach (self, "read-only");
  if (self->namespaces.tmp)
    {
      reach (self, "own-tmp");
      g_free (self->result->folder);
      self->result->folder = g_strdup ("/tmp");
    }
}

static gboolean
prepare_landlock (State   *self,
                  GError **error)
{
  if ((self->parts & AQ_SANDBOX_LANDLOCK) != 0)
    return aq_landlock_prepare (&self->landlock, self->sandbox, self->result->folder, error);
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "no Landlock");
  return FALSE;
}

/* Where another user may write to a folder of plugins, it could become the daemon's. */
static void
check_plugin_directories (State *self)
{
  char **directories = self->confinement->plugin_directories;

  for (guint i = 0; directories != NULL && directories[i] != NULL; i++)
    if (faccessat (AT_FDCWD, directories[i], W_OK, AT_EACCESS) == 0)
      {
        g_autofree char *why = g_strdup_printf ("it can write to the plugin directory '%s'", directories[i]);

        lack (self, "user", why);
        return;
      }
  reach (self, "user");
}

/* Half a change is no level: FALSE ends it all. */
static gboolean
become_user (State   *self,
             GError **error)
{
  if (!self->user.found)
    return TRUE;
  if (!aq_user_become (&self->user, error))
    return FALSE;
  check_plugin_directories (self);
  return TRUE;
}

/* None comes back. Before the user changes, who may not do this. */
static void
drop_bounding_set (void)
{
  /* fails at the first that this kernel does not know, and where there is none to drop */
  for (unsigned long capability = 0; prctl (PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++)
    ;
}

static gboolean
drop_capabilities (GError **error)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

  (void) prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (syscall (SYS_capset, &header, none) == 0)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "could not drop capabilities: %s", g_strerror (errno));
  return FALSE;
}

static void
tell_of_files (State        *self,
               const GError *failed)
{
  gboolean can_deny_writing = self->landlock.version >= 3;
  const char *why = failed != NULL ? failed->message : "this Landlock lets files be truncated";

  if (self->sandbox->read_paths != NULL && failed == NULL)
    reach (self, "read");
  else if (self->sandbox->read_paths != NULL)
    lack (self, "read", why);
  if (self->sandbox->write_paths != NULL && ((failed == NULL && can_deny_writing) || self->namespaces.read_only))
    reach (self, "write");
  else if (self->sandbox->write_paths != NULL)
    lack (self, "write", why);
}

static void
restrict_files (State        *self,
                const GError *unprepared)
{
  g_autoptr(GError) error = NULL;
  const GError *failed = unprepared;

  if (unprepared == NULL && !aq_landlock_restrict (&self->landlock, &error))
    failed = error;
  if (failed == NULL)
    {
      g_autofree char *level = g_strdup_printf ("landlock-%d", self->landlock.version);

      reach (self, level);
    }
  else
    self->landlock.scopes = 0;
  tell_of_files (self, failed);
}

/* Becoming another user, or less capable, has undone these. The filter denies to undo them again. */
static gboolean
tie_again (pid_t    parent,
           int      death_signal,
           GError **error)
{
  if (prctl (PR_SET_DUMPABLE, 0) == 0 && prctl (PR_SET_PDEATHSIG, death_signal) == 0 && getppid () == parent)
    return TRUE;
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "the daemon is gone");
  return FALSE;
}

static void
filter_calls (State *self)
{
  const AqSyscallFilter filter = {
    .network = self->sandbox->network,
    .scoped_signals = self->landlock.scopes != 0,
    .own_ipc = self->namespaces.ipc,
  };
  g_autoptr(GError) error = NULL;

  if ((self->parts & AQ_SANDBOX_SYSCALL_FILTER) == 0)
    g_set_error_literal (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "no filter of system calls");
  else
    (void) aq_syscall_filter_install (&filter, &error); /* that it failed is told */
  reach_or_lack (self, "deny-calls", error);
  if (self->sandbox->network != AQ_NETWORK_YES)
    reach_or_lack (self, self->sandbox->network == AQ_NETWORK_LOCAL ? "network=local" : "network=no", error);
}

/* FALSE where the process is neither what it was nor what it was to be */
static gboolean
take_steps (State   *self,
            GError **error)
{
  g_autoptr(GError) unprepared = NULL;
  pid_t parent = getppid ();
  int death_signal = 0;

  (void) prctl (PR_GET_PDEATHSIG, &death_signal); /* none where it fails */
  find_user (self);
  make_folder (self);
  enter_namespaces (self);
  (void) prepare_landlock (self, &unprepared); /* told where it is put in force */
  drop_bounding_set ();
  if (!become_user (self, error) || !drop_capabilities (error))
    return FALSE;
  reach (self, "no-capabilities");
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
    reach (self, "no-new-privileges");
  else
    lack (self, "no-new-privileges", g_strerror (errno));
  restrict_files (self, unprepared);
  if (!tie_again (parent, death_signal, error))
    return FALSE;
  filter_calls (self);
  return TRUE;
}

/**
 * aq_sandbox_parts_from_text:
 * @without: (nullable): words among "landlock", "system-calls" and "namespaces",
 *   with commas between
 *
 * Returns: all parts but those
 */
AqSandboxParts
aq_sandbox_parts_from_text (const char *without)
{
  static const char * const names[] = { "landlock", "system-calls", "namespaces" };
  g_auto(GStrv) words = without == NULL ? NULL : g_strsplit (without, ",", -1);
  guint parts = AQ_SANDBOX_ALL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (words != NULL && g_strv_contains ((const char * const *) words, names[i]))
      parts &= ~(1u << i);
  return parts;
}

/**
 * aq_sandbox_apply:
 * @confinement: what is asked for
 * @parts: what may be used of what this system has
 * @out_result: (out): what came of it, also where it fails
 * @error: return location for an error
 *
 * Confines the process, for ever, as far as this system can. What is lacking is
 * an error where the sandbox is required.
 *
 * Errors: `ASYNCQ_ERROR_SANDBOX`; then the process is of no use any more.
 */
gboolean
aq_sandbox_apply (const AqConfinement  *confinement,
                  AqSandboxParts        parts,
                  AqSandboxResult      *out_result,
                  GError              **error)
{
  State self = {
    .confinement = confinement,
    .sandbox = &confinement->sandbox,
    .parts = parts,
    .result = out_result,
    .landlock.ruleset_fd = -1,
  };

  *out_result = (AqSandboxResult) { g_string_new (NULL), g_string_new (NULL), NULL };
  if (!has_one_thread ())
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "the process has other threads already");
      return FALSE;
    }
  if (!take_steps (&self, error))
    return FALSE;
  if (out_result->lacking->len > 0 && self.sandbox->mode == AQ_SANDBOX_REQUIRE)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, out_result->lacking->str);
      return FALSE;
    }
  return TRUE;
}

void
aq_sandbox_result_clear (AqSandboxResult *self)
{
  if (self->levels != NULL)
    g_string_free (g_steal_pointer (&self->levels), TRUE);
  if (self->lacking != NULL)
    g_string_free (g_steal_pointer (&self->lacking), TRUE);
  g_clear_pointer (&self->folder, g_free);
}

/**
 * aq_sandbox_apply_to_describe:
 *
 * Confines a process that loads a plugin to say what is in it: it reads, and
 * writes into what it was given, and that is all. It runs with less where the
 * system has less.
 */
void
aq_sandbox_apply_to_describe (void)
{
  char *nothing[] = { NULL };
  const AqConfinement confinement = {
    .sandbox = { .mode = AQ_SANDBOX_PREFER, .network = AQ_NETWORK_NO, .write_paths = nothing },
  };
  g_auto(AqSandboxResult) result = { NULL };
  g_autoptr(GError) error = NULL;

  /* namespaces take longer than all the rest, and this has nothing to hide */
  if (!aq_sandbox_apply (&confinement, AQ_SANDBOX_LANDLOCK | AQ_SANDBOX_SYSCALL_FILTER, &result, &error))
    g_debug ("described without a sandbox: %s", error->message);
}
