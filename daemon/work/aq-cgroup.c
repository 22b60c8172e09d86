/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Control groups
 *
 *   /system.slice/asyncqd.service     handed over: Delegate=yes
 *     asyncqd                         the daemon: a group that has groups has no processes of its own
 *     worker-1, worker-2 …            one for each worker process
 *
 * A group counts as handed over if it is a user's own, or the service manager has
 * marked it (the attribute `delegate`), or it is the root of a container's. With
 * `require` somebody has said that it is, and only what cannot be done tells
 * otherwise. The root of all groups is nobody's.
 *
 * What is missing is done without: where there is no controller of memory the
 * daemon's own watch is all that keeps a limit, but a group can still be killed.
 * Groups that are not empty yet when they are to go are removed later.
 *
 * This file is all that knows how the kernel shows them.
 */

#include "config.h"

#include "work/aq-cgroup.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OWN_NAME "asyncqd"
#define WORKER_PREFIX "worker-"
#define MAX_ROUNDS 64

struct _AqCgroups
{
  AqCgroupPlaces  places;  /* its strings are not kept */
  char           *folder;  /* of what was handed over; NULL: none is used */
  char           *text;    /* what is used, or why none is */
  gboolean        memory;
  gboolean        pids;
  guint64         n_made;
  GPtrArray      *leaving; /* of paths: groups that are not empty yet */
};

struct _AqCgroup
{
  AqCgroups *groups; /* not owned: lives longer */
  char      *folder;
};

/* files */

static gboolean
write_file (AqCgroups  *self,
            const char *folder,
            const char *name,
            const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  gssize n_written;
  int saved;
  int fd;

  if (self->places.refuse != NULL && (errno = self->places.refuse (path)) != 0)
    return FALSE;
  fd = open (path, O_WRONLY | O_CLOEXEC | O_TRUNC);
  if (fd < 0)
    return FALSE;
  n_written = write (fd, text, strlen (text));
  saved = errno;
  (void) close (fd); /* what it says of a write that has failed is known */
  errno = saved;
  return n_written == (gssize) strlen (text);
}

/* Returns: (transfer full) (nullable): what is in the file, errno if it cannot be read */
static char *
read_file (const char *folder,
           const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GError) error = NULL;
  char *text = NULL;

  if (g_file_get_contents (path, &text, NULL, &error))
    return text;
  return NULL;
}

/* of a file "KEY VALUE\n…", or, without a key, of one that has a number only */
static guint64
read_number (const char *folder,
             const char *name,
             const char *key)
{
  g_autofree char *text = read_file (folder, name);
  g_auto(GStrv) lines = text == NULL ? NULL : g_strsplit (text, "\n", -1);

  if (lines != NULL && key == NULL)
    return g_ascii_strtoull (text, NULL, 10); /* "max": 0 */
  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], key) && lines[i][strlen (key)] == ' ')
      return g_ascii_strtoull (lines[i] + strlen (key) + 1, NULL, 10);
  return 0;
}

static gboolean
has_word (const char *text,
          const char *word)
{
  g_auto(GStrv) words = text == NULL ? NULL : g_strsplit_set (text, " \n", -1);

  return words != NULL && g_strv_contains ((const char * const *) words, word);
}

static gboolean
make_folder (AqCgroups  *self,
             const char *path)
{
  if (mkdir (path, 0755) < 0)
    return FALSE;
  if (self->places.made != NULL)
    self->places.made (path);
  return TRUE;
}

static gboolean
remove_folder (AqCgroups  *self,
               const char *path)
{
  if (self->places.removing != NULL)
    self->places.removing (path);
  return rmdir (path) == 0 || errno == ENOENT;
}

/* processes */

/* where there is no cgroup.kill, before Linux 5.14; what forks faster than this finds it is left to the caller */
static void
kill_one_by_one (const char *folder)
{
  for (guint round = 0; round < MAX_ROUNDS; round++)
    {
      g_autofree char *text = read_file (folder, "cgroup.procs");
      g_auto(GStrv) pids = text == NULL ? NULL : g_strsplit (text, "\n", -1);

      if (pids == NULL || pids[0] == NULL || pids[0][0] == '\0')
        return;
      for (char **pid = pids; *pid != NULL; pid++)
        {
          int number = atoi (*pid);
          int fd = number > 1 ? pidfd_open (number, 0) : -1;
          g_autofree char *now = NULL;

          if (fd < 0)
            continue;
          /* still there: so it is the one that the descriptor is about */
          now = read_file (folder, "cgroup.procs");
          if (now != NULL && has_word (now, *pid))
            (void) pidfd_send_signal (fd, SIGKILL, NULL, 0);
          (void) close (fd);
        }
    }
}

static void
kill_folder (AqCgroups  *self,
             const char *folder)
{
  if (!write_file (self, folder, "cgroup.kill", "1") && errno == ENOENT)
    kill_one_by_one (folder);
}

static gboolean
move_all (AqCgroups  *self,
          const char *from,
          const char *to)
{
  g_autofree char *text = read_file (from, "cgroup.procs");
  g_auto(GStrv) pids = text == NULL ? NULL : g_strsplit (text, "\n", -1);
  gboolean ok = pids != NULL;

  for (guint i = 0; ok && pids[i] != NULL; i++)
    if (pids[i][0] != '\0' && !write_file (self, to, "cgroup.procs", pids[i]) && errno != ESRCH)
      ok = FALSE;
  return ok;
}

/* the group that was handed over */

/* Returns: (transfer full) (nullable): where groups of version 2 are mounted */
static char *
find_mount (void)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/mounts", &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto(GStrv) fields = g_strsplit (*line, " ", 4);

      if (g_strv_length (fields) == 4 && strcmp (fields[2], "cgroup2") == 0)
        return g_strcompress (fields[1]);
    }
  return NULL;
}

/* Returns: (transfer full) (nullable): the group of this process, "/a/b", from its line "0::/a/b" */
static char *
find_own (const char *self_file)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;

  if (!g_file_get_contents (self_file, &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, "0::/") && strstr (*line, "/../") == NULL && !g_str_has_suffix (*line, "/.."))
      return g_strdup (*line + strlen ("0::"));
  return NULL;
}

static gboolean
is_marked (const char *folder)
{
  static const char *const names[] = { "user.delegate", "trusted.delegate" };
  char value[8];

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (getxattr (folder, names[i], value, sizeof value) == 1 && value[0] == '1')
      return TRUE;
  return FALSE;
}

static gboolean
is_handed_over (const char *folder,
                gboolean    is_top)
{
  struct stat status;

  if (stat (folder, &status) != 0)
    return FALSE;
  return is_top || (status.st_uid == geteuid () && geteuid () != 0) || is_marked (folder);
}

/* a file is there and ours to write */
static gboolean
is_writable (const char *folder,
             const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  /* the effective ids count, as for all that follows */
  return faccessat (AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* Returns: (transfer full) (nullable): the folder that groups are made in, or NULL, and why in @out_why */
static char *
find_folder (AqCgroupMode           mode,
             const AqCgroupPlaces  *places,
             char                 **out_why)
{
  g_autofree char *mount = places->mount != NULL ? g_strdup (places->mount) : find_mount ();
  g_autofree char *own = find_own (places->self_file != NULL ? places->self_file : "/proc/self/cgroup");
  g_autofree char *folder = NULL;
  g_autofree char *type = NULL;
  const char *missing;

  if (mount == NULL || own == NULL)
    {
      *out_why = g_strdup ("this system has no control groups of version 2");
      return NULL;
    }
  /* whoever started us may have put us into the daemon's own group already */
  if (g_str_has_suffix (own, "/" OWN_NAME))
    own[MAX (strlen (own) - strlen ("/" OWN_NAME), 1)] = '\0';
  folder = g_build_filename (mount, own, NULL);
  type = read_file (folder, "cgroup.type");
  missing = !is_writable (folder, "cgroup.procs") ? "cgroup.procs" :
            !is_writable (folder, "cgroup.subtree_control") ? "cgroup.subtree_control" : NULL;
  if (type == NULL)
    *out_why = g_strdup_printf ("control group '%s' is the root of all, or is not there", own);
  else if (missing != NULL)
    *out_why = g_strdup_printf ("control group '%s' is not delegated: its %s cannot be written", own, missing);
  else if (mode != AQ_CGROUP_REQUIRE && !is_handed_over (folder, strcmp (own, "/") == 0))
    *out_why = g_strdup_printf ("control group '%s' is not delegated", own);
  else
    return g_steal_pointer (&folder);
  return NULL;
}

/* Moves the daemon out of the way. Returns: whether it is */
static gboolean
move_daemon (AqCgroups *self)
{
  g_autofree char *own = g_build_filename (self->folder, OWN_NAME, NULL);
  g_autofree char *pid = g_strdup_printf ("%d", self->places.pid);

  if (!make_folder (self, own) && errno != EEXIST)
    return FALSE;
  return write_file (self, own, "cgroup.procs", pid);
}

/* Returns: whether workers' groups have the controller */
static gboolean
enable (AqCgroups  *self,
        const char *controller)
{
  g_autofree char *available = read_file (self->folder, "cgroup.controllers");
  g_autofree char *own = g_build_filename (self->folder, OWN_NAME, NULL);
  g_autofree char *text = g_strconcat ("+", controller, NULL);

  if (!has_word (available, controller))
    return FALSE;
  if (write_file (self, self->folder, "cgroup.subtree_control", text))
    return TRUE;
  /* somebody else is in there, whom the service manager has started beside us */
  return errno == EBUSY && move_all (self, self->folder, own) &&
         write_file (self, self->folder, "cgroup.subtree_control", text);
}

/* of a daemon that was killed: what was in them belongs to nobody */
static void
remove_leftovers (AqCgroups *self)
{
  g_autoptr(GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, WORKER_PREFIX))
      {
        g_autofree char *path = g_build_filename (self->folder, name, NULL);

        kill_folder (self, path);
        if (!remove_folder (self, path))
          g_ptr_array_add (self->leaving, g_steal_pointer (&path));
      }
}

/* Returns: (nullable): why they cannot be used, errno text and all */
static char *
set_up (AqCgroups *self)
{
  if (!move_daemon (self))
    return g_strdup_printf ("could not make group '%s' in '%s': %s", OWN_NAME, self->folder, g_strerror (errno));
  remove_leftovers (self);
  self->memory = enable (self, "memory");
  self->pids = enable (self, "pids");
  return NULL;
}

static void
take_text (AqCgroups *self,
           char      *text)
{
  g_free (self->text);
  self->text = text;
}

/**
 * aq_cgroups_new:
 * @mode: whether to use them
 * @places: (nullable): where the kernel's files are, for tests
 * @error: return location for an error
 *
 * Looks whether a group was handed over, moves this process out of the way in it,
 * and removes what an earlier daemon has left.
 *
 * Errors: `ASYNCQ_ERROR_CONFIG` with %AQ_CGROUP_REQUIRE, if it cannot be used, or
 * has no controller of memory or processes.
 *
 * Returns: (transfer full): an object also where none is used, or %NULL with @error set
 */
AqCgroups *
aq_cgroups_new (AqCgroupMode           mode,
                const AqCgroupPlaces  *places,
                GError               **error)
{
  static const AqCgroupPlaces real = { 0 };
  g_autoptr(AqCgroups) self = g_new0 (AqCgroups, 1);
  char *why = NULL;

  self->places = places != NULL ? *places : real;
  if (self->places.pid == 0)
    self->places.pid = getpid ();
  self->leaving = g_ptr_array_new_with_free_func (g_free);
  if (mode == AQ_CGROUP_NO)
    why = g_strdup ("switched off by 'cgroup' in [limits]");
  else
    {
      self->folder = find_folder (mode, &self->places, &why);
      if (self->folder != NULL)
        why = set_up (self);
    }
  if (why == NULL && mode == AQ_CGROUP_REQUIRE && (!self->memory || !self->pids))
    why = g_strdup_printf ("'%s' has no controller of %s", self->folder, self->memory ? "processes" : "memory");
  if (why != NULL && mode == AQ_CGROUP_REQUIRE)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                   "control groups are required by 'cgroup' in [limits], but: %s", why);
      g_free (why);
      return NULL;
    }
  if (why != NULL)
    g_clear_pointer (&self->folder, g_free);
  self->places.mount = NULL;
  self->places.self_file = NULL;
  take_text (self, why != NULL ? g_strdup_printf ("not used: %s", why)
                               : g_strdup_printf ("%s%s%s", self->memory ? "memory, " : "",
                                                  self->pids ? "processes, " : "", "kill"));
  g_free (why);
  return g_steal_pointer (&self);
}

/* tries again what was not empty before */
static void
remove_leaving (AqCgroups *self)
{
  for (guint i = self->leaving->len; i > 0; i--)
    if (remove_folder (self, g_ptr_array_index (self->leaving, i - 1)))
      g_ptr_array_remove_index_fast (self->leaving, i - 1);
}

/* no worker is left; what is not empty even now goes at the next start, or with the service */
void
aq_cgroups_free (AqCgroups *self)
{
  remove_leaving (self);
  g_ptr_array_unref (self->leaving);
  g_free (self->folder);
  g_free (self->text);
  g_free (self);
}

gboolean
aq_cgroups_are_used (AqCgroups *self)
{
  return self->folder != NULL;
}

/* Returns: for people: "memory, processes, kill", or "not used: …" */
const char *
aq_cgroups_describe (AqCgroups *self)
{
  return self->text;
}

/* Returns: what all workers together may have, 0: no limit is known */
guint64
aq_cgroups_get_memory (AqCgroups *self)
{
  return self->folder != NULL ? read_number (self->folder, "memory.max", NULL) : 0;
}

guint64
aq_cgroups_get_processes (AqCgroups *self)
{
  return self->folder != NULL ? read_number (self->folder, "pids.max", NULL) : 0;
}

/* one worker's */

/**
 * aq_cgroup_new:
 * @groups: the daemon's groups
 * @pid: a worker that has not run anything of a plugin yet
 *
 * Makes a group for a worker, and puts it in there. Says so once, and gives up,
 * if that cannot be done any more.
 *
 * Returns: (transfer full) (nullable): the group; %NULL where none is used
 */
AqCgroup *
aq_cgroup_new (AqCgroups *groups,
               int        pid)
{
  g_autoptr(AqCgroup) self = NULL;
  g_autofree char *number = g_strdup_printf ("%d", pid);
  gboolean ok;

  if (groups->folder == NULL)
    return NULL;
  remove_leaving (groups);
  self = g_new0 (AqCgroup, 1);
  self->groups = groups;
  do
    {
      g_free (self->folder);
      self->folder = g_strdup_printf ("%s/%s%" G_GUINT64_FORMAT, groups->folder, WORKER_PREFIX, ++groups->n_made);
      ok = make_folder (groups, self->folder);
    }
  while (!ok && errno == EEXIST);
  ok = ok && write_file (groups, self->folder, "cgroup.procs", number);
  /* the worker may be gone already, which is another matter */
  if (ok || errno == ESRCH)
    return g_steal_pointer (&self);

  take_text (groups, g_strdup_printf ("not used: could not make '%s': %s", self->folder, g_strerror (errno)));
  g_warning ("control groups are %s", groups->text);
  g_clear_pointer (&groups->folder, g_free);
  return NULL;
}

/* kills what is in it, and removes it */
void
aq_cgroup_free (AqCgroup *self)
{
  kill_folder (self->groups, self->folder);
  if (remove_folder (self->groups, self->folder) || (errno != EBUSY && errno != ENOTEMPTY))
    g_free (self->folder);
  else
    g_ptr_array_add (self->groups->leaving, self->folder);
  g_free (self);
}

static void
write_limit (AqCgroup   *self,
             const char *name,
             guint64     value)
{
  g_autofree char *text = value == 0 ? g_strdup ("max") : g_strdup_printf ("%" G_GUINT64_FORMAT, value);

  if (!write_file (self->groups, self->folder, name, text))
    g_warning ("could not set %s of '%s' to %s: %s", name, self->folder, text, g_strerror (errno));
}

/**
 * aq_cgroup_limit:
 * @self: a group
 * @memory_bytes: what its processes may take together, or 0
 * @n_processes: how many there may be, or 0
 *
 * Memory that is swapped out does not count there, so none may be.
 */
void
aq_cgroup_limit (AqCgroup *self,
                 guint64   memory_bytes,
                 guint     n_processes)
{
  if (self->groups->memory)
    {
      write_limit (self, "memory.max", memory_bytes);
      (void) write_file (self->groups, self->folder, "memory.oom.group", memory_bytes == 0 ? "0" : "1");
      (void) write_file (self->groups, self->folder, "memory.swap.max", memory_bytes == 0 ? "max" : "0"); /* where there is swap */
    }
  /* threads are counted as well, of which a worker has some of its own */
  if (self->groups->pids)
    write_limit (self, "pids.max", n_processes == 0 ? 0 : (guint64) n_processes * 4 + 64);
}

/* Returns: how many of its processes the kernel has killed, since memory was out */
guint64
aq_cgroup_count_oom (AqCgroup *self)
{
  return self->groups->memory ? read_number (self->folder, "memory.events", "oom_kill") : 0;
}

/* Returns: the most memory that it has taken so far, bytes; 0: not known */
guint64
aq_cgroup_get_peak (AqCgroup *self)
{
  return self->groups->memory ? read_number (self->folder, "memory.peak", NULL) : 0;
}

/* Returns: processor time of all that was ever in it, microseconds */
gint64
aq_cgroup_get_cpu (AqCgroup *self)
{
  return (gint64) read_number (self->folder, "cpu.stat", "usage_usec");
}

/* kills all that is in it, at once */
void
aq_cgroup_kill (AqCgroup *self)
{
  kill_folder (self->groups, self->folder);
}
