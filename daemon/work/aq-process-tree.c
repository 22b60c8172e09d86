/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A process and its descendants
 *
 * Measured through /proc, whose files are kept open for the first process: they
 * are read 50 times a second and more. Processor time comes from the process's
 * clock, which is exact, and for children that have ended from its statistics.
 *
 * The first process is a child of ours that nobody has reaped: its pid, and with
 * that its process group, is nobody else's. A descendant's pid may be somebody
 * else's as soon as it is read. So it is killed by a pidfd, after that was opened
 * and the process still has the parent that it was found under.
 */

#include "config.h"

#include "work/aq-process-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

/* a tree that is larger counts as that large */
#define MAX_PROCESSES 8192
/* those that start others faster than they are found are left to who kills what is left over */
#define MAX_ROUNDS 64

typedef struct
{
  int pid;
  int parent;
} Member;

typedef struct
{
  int  thread;
  int  fd;   /* its children */
  guint seen; /* number of the last listing that had it */
} Thread;

struct _AqProcessTree
{
  int     pid;
  int     statm_fd;
  int     stat_fd;
  DIR    *tasks;
  GArray *threads; /* of Thread */
  guint   n_listings;
  gsize   page_bytes;
  GArray *members; /* of Member: scratch */
};

static int
open_file (int         pid,
           const char *name)
{
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/%s", pid, name);
  return open (path, O_RDONLY | O_CLOEXEC);
}

/* Returns: how many bytes, 0 where there are none; @buffer ends with a zero byte */
static gsize
read_fd (int    fd,
         char  *buffer,
         gsize  size)
{
  gssize n_read = fd < 0 ? -1 : pread (fd, buffer, size - 1, 0);

  buffer[MAX (n_read, 0)] = '\0';
  return (gsize) MAX (n_read, 0);
}

static gsize
read_file (int         pid,
           const char *name,
           char       *buffer,
           gsize       size)
{
  int fd = open_file (pid, name);
  gsize n_read = read_fd (fd, buffer, size);

  if (fd >= 0)
    (void) close (fd); /* nothing was written */
  return n_read;
}

static void
thread_clear (gpointer data)
{
  Thread *self = data;

  if (self->fd >= 0)
    (void) close (self->fd);
}

/**
 * aq_process_tree_new:
 * @pid: a child process of ours that was not reaped
 */
AqProcessTree *
aq_process_tree_new (int pid)
{
  AqProcessTree *self = g_new0 (AqProcessTree, 1);
  int tasks_fd;

  self->pid = pid;
  self->statm_fd = open_file (pid, "statm");
  self->stat_fd = open_file (pid, "stat");
  tasks_fd = open_file (pid, "task");
  self->tasks = tasks_fd >= 0 ? fdopendir (tasks_fd) : NULL;
  self->threads = g_array_new (FALSE, FALSE, sizeof (Thread));
  g_array_set_clear_func (self->threads, thread_clear);
  self->page_bytes = (gsize) sysconf (_SC_PAGESIZE);
  self->members = g_array_new (FALSE, FALSE, sizeof (Member));
  return self;
}

void
aq_process_tree_free (AqProcessTree *self)
{
  if (self->statm_fd >= 0)
    (void) close (self->statm_fd);
  if (self->stat_fd >= 0)
    (void) close (self->stat_fd);
  if (self->tasks != NULL)
    (void) closedir (self->tasks);
  g_array_unref (self->threads);
  g_array_unref (self->members);
  g_free (self);
}

/* members */

static void
add_children (AqProcessTree *self,
              int            parent,
              const char    *text)
{
  while (*text != '\0' && self->members->len < MAX_PROCESSES)
    {
      char *end;
      Member member = { (int) strtol (text, &end, 10), parent };

      if (end == text)
        break;
      g_array_append_val (self->members, member);
      text = end + strspn (end, " \n");
    }
}

/* the kernel gives as much as fits: a long list takes several reads */
static void
add_children_of_fd (AqProcessTree *self,
                    int            parent,
                    int            fd)
{
  char buffer[4096];
  g_autoptr(GString) text = NULL;
  gssize n_read;

  n_read = pread (fd, buffer, sizeof buffer - 1, 0);
  if (n_read <= 0)
    return;
  buffer[n_read] = '\0';
  if ((gsize) n_read < sizeof buffer / 2)
    {
      add_children (self, parent, buffer);
      return;
    }
  text = g_string_new_len (buffer, n_read);
  while (text->len < MAX_PROCESSES * 8 && (n_read = pread (fd, buffer, sizeof buffer, (off_t) text->len)) > 0)
    g_string_append_len (text, buffer, n_read);
  add_children (self, parent, text->str);
}

static Thread *
find_thread (AqProcessTree *self,
             int            number)
{
  Thread thread = { .thread = number };
  char path[64];

  for (guint i = 0; i < self->threads->len; i++)
    if (g_array_index (self->threads, Thread, i).thread == number)
      return &g_array_index (self->threads, Thread, i);
  g_snprintf (path, sizeof path, "%d/children", number);
  thread.fd = openat (dirfd (self->tasks), path, O_RDONLY | O_CLOEXEC);
  g_array_append_val (self->threads, thread);
  return &g_array_index (self->threads, Thread, self->threads->len - 1);
}

/* of the first process, whose threads seldom change */
static void
add_first_children (AqProcessTree *self)
{
  struct dirent *entry;

  if (self->tasks == NULL)
    return;
  self->n_listings++;
  rewinddir (self->tasks);
  while ((entry = readdir (self->tasks)) != NULL)
    if (g_ascii_isdigit (entry->d_name[0]))
      {
        Thread *thread = find_thread (self, atoi (entry->d_name));

        thread->seen = self->n_listings;
        add_children_of_fd (self, self->pid, thread->fd);
      }
  for (guint i = self->threads->len; i > 0; i--)
    if (g_array_index (self->threads, Thread, i - 1).seen != self->n_listings)
      g_array_remove_index_fast (self->threads, i - 1);
}

static void
add_children_of (AqProcessTree *self,
                 int            pid)
{
  char path[64];
  g_autoptr(GDir) tasks = NULL;
  const char *name;

  g_snprintf (path, sizeof path, "/proc/%d/task", pid);
  tasks = g_dir_open (path, 0, NULL);
  while (tasks != NULL && (name = g_dir_read_name (tasks)) != NULL)
    {
      int fd;

      g_snprintf (path, sizeof path, "/proc/%d/task/%s/children", pid, name);
      fd = open (path, O_RDONLY | O_CLOEXEC);
      if (fd < 0)
        continue;
      add_children_of_fd (self, pid, fd);
      (void) close (fd);
    }
}

/* all but the first; a child comes after its parent */
static void
list_members (AqProcessTree *self)
{
  g_array_set_size (self->members, 0);
  add_first_children (self);
  for (guint i = 0; i < self->members->len && self->members->len < MAX_PROCESSES; i++)
    add_children_of (self, g_array_index (self->members, Member, i).pid);
}

/* what they take */

/* "size resident shared …", in pages */
static guint64
parse_statm (const char *text,
             guint       field)
{
  guint64 value = 0;

  for (guint i = 0; i <= field; i++)
    {
      char *end;

      value = g_ascii_strtoull (text, &end, 10);
      text = end;
    }
  return value;
}

/* Returns: what is behind the name, which may have anything in it: "S 1 …", the third field first; or NULL */
static const char *
skip_name (const char *stat)
{
  const char *end = strrchr (stat, ')');

  return end == NULL || end[1] == '\0' ? NULL : end + 2;
}

static guint64
get_shared_once (int pid)
{
  char buffer[2048];
  const char *line;

  if (read_file (pid, "smaps_rollup", buffer, sizeof buffer) == 0)
    return 0;
  line = strstr (buffer, "\nPss:");
  return line == NULL ? 0 : g_ascii_strtoull (line + strlen ("\nPss:"), NULL, 10) * 1024;
}

static guint64
get_resident (AqProcessTree *self,
              int            pid,
              AqTreeFlags    flags)
{
  char buffer[256];
  guint64 exact = (flags & AQ_TREE_EXACT) != 0 ? get_shared_once (pid) : 0;

  if (exact != 0)
    return exact;
  if (pid == self->pid)
    (void) read_fd (self->statm_fd, buffer, sizeof buffer);
  else
    (void) read_file (pid, "statm", buffer, sizeof buffer);
  return parse_statm (buffer, 1) * self->page_bytes;
}

/* of itself */
static gint64
get_clock (int pid)
{
  clockid_t clock;
  struct timespec time;

  if (clock_getcpuclockid (pid, &clock) != 0 || clock_gettime (clock, &time) != 0)
    return 0;
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* of the children that it has reaped */
static gint64
get_reaped (AqProcessTree *self,
            int            pid)
{
  char buffer[1024];
  const char *rest;
  long user;
  long system;

  if (pid == self->pid)
    (void) read_fd (self->stat_fd, buffer, sizeof buffer);
  else
    (void) read_file (pid, "stat", buffer, sizeof buffer);
  rest = skip_name (buffer);
  if (rest == NULL || sscanf (rest, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %ld %ld", &user, &system) != 2)
    return 0;
  return (gint64) (user + system) * G_USEC_PER_SEC / sysconf (_SC_CLK_TCK);
}

/**
 * aq_process_tree_measure:
 * @self: a tree
 * @flags: what of it
 * @out_use: (out): what it takes now
 *
 * Returns: %FALSE if the first process is gone
 */
gboolean
aq_process_tree_measure (AqProcessTree *self,
                         AqTreeFlags    flags,
                         AqTreeUse     *out_use)
{
  AqTreeUse use = { 0 };

  list_members (self);
  use.n_processes = 1 + self->members->len;
  for (guint i = 0; i < use.n_processes; i++)
    {
      int pid = i == 0 ? self->pid : g_array_index (self->members, Member, i - 1).pid;

      if ((flags & AQ_TREE_MEMORY) != 0)
        use.resident_bytes += get_resident (self, pid, flags);
      if ((flags & AQ_TREE_CPU) != 0)
        use.cpu_usec += get_clock (pid) + get_reaped (self, pid);
    }
  *out_use = use;
  return self->statm_fd >= 0;
}

/* Returns: processor time of the first process alone, microseconds */
gint64
aq_process_tree_get_cpu (AqProcessTree *self)
{
  return get_clock (self->pid);
}

/* Returns: how much address space the first process has, bytes */
guint64
aq_process_tree_get_mapped (AqProcessTree *self)
{
  char buffer[256];

  (void) read_fd (self->statm_fd, buffer, sizeof buffer);
  return parse_statm (buffer, 0) * self->page_bytes;
}

/* the end of it */

/* Returns: whether it runs, and has the parent that it was found under */
static gboolean
is_alive (const Member *member)
{
  char buffer[1024];
  const char *rest;
  char state;
  int parent;

  (void) read_file (member->pid, "stat", buffer, sizeof buffer);
  rest = skip_name (buffer);
  return rest != NULL && sscanf (rest, "%c %d", &state, &parent) == 2 && parent == member->parent && state != 'Z' &&
         state != 'X';
}

static gboolean
kill_member (const Member *member)
{
  int fd = pidfd_open (member->pid, 0);
  gboolean alive;

  if (fd < 0)
    return FALSE;
  alive = is_alive (member);
  if (alive)
    (void) pidfd_send_signal (fd, SIGKILL, NULL, 0); /* fails only where it has just ended */
  (void) close (fd);
  return alive;
}

/**
 * aq_process_tree_kill:
 * @self: a tree
 *
 * Kills all of it: the process group is stopped, so that it starts nothing more,
 * then its descendants in other groups are killed until none is found, and then
 * the group. What hides from that is adopted, and killed, by the daemon.
 */
void
aq_process_tree_kill (AqProcessTree *self)
{
  gboolean found = TRUE;

  (void) kill (-self->pid, SIGSTOP);
  for (guint round = 0; found && round < MAX_ROUNDS; round++)
    {
      found = FALSE;
      list_members (self);
      for (guint i = 0; i < self->members->len; i++)
        if (kill_member (&g_array_index (self->members, Member, i)))
          found = TRUE;
    }
  (void) kill (-self->pid, SIGKILL);
}
