/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Control groups, on a tree of plain files
 *
 * What the kernel does by itself is done here: a folder that is made gets the files
 * of a group, one that is removed loses them. What it refuses is a file that is a
 * folder, or is not there.
 */

#include "config.h"

#include "work/aq-cgroup.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define UNIT "/system.slice/asyncqd.service"

static const char * const files[] = {
  "cgroup.procs", "cgroup.subtree_control", "cgroup.kill", "memory.max", "memory.oom.group", "memory.events",
  "memory.peak", "pids.max", "cpu.stat", NULL,
};

typedef struct
{
  char           *root;
  char           *unit;
  char           *self_file;
  AqCgroupPlaces  places;
} Fixture;

static void
write_at (const char *folder,
          const char *name,
          const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GError) error = NULL;

  (void) g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static char *
read_at (const char *folder,
         const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
assert_file (const char *folder,
             const char *name,
             const char *wanted)
{
  g_autofree char *text = read_at (folder, name);

  g_assert_cmpstr (text, ==, wanted);
}

static void
fill (const char *folder)
{
  for (guint i = 0; files[i] != NULL; i++)
    write_at (folder, files[i], "");
}

static void
fill_without_kill (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "cgroup.kill", NULL);

  fill (folder);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
empty (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_IS_DIR))
        (void) g_unlink (path);
    }
}

/* the kernel does not remove a group that has processes */
static void
empty_unless_busy (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "busy", NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    empty (folder);
}

static void
remove_all (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        remove_all (path);
      else
        (void) g_unlink (path);
    }
  (void) g_rmdir (folder);
}

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  self->root = g_dir_make_tmp ("aq-XXXXXX", NULL);
  self->unit = g_strconcat (self->root, UNIT, NULL);
  self->self_file = g_build_filename (self->root, "self", NULL);
  g_assert_cmpint (g_mkdir_with_parents (self->unit, 0700), ==, 0);
  fill (self->unit);
  write_at (self->unit, "cgroup.type", "domain\n");
  write_at (self->unit, "cgroup.controllers", "cpuset cpu io memory pids\n");
  write_at (self->root, "self", "1:name=x:/\n0::" UNIT "\n");
  self->places = (AqCgroupPlaces) { self->root, self->self_file, 4711, fill, empty_unless_busy };
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  remove_all (self->root);
  g_free (self->root);
  g_free (self->unit);
  g_free (self->self_file);
}

/* "require": somebody has said that it is ours, whoever runs the test */
static AqCgroups *
open_groups (Fixture *self)
{
  g_autoptr(GError) error = NULL;
  AqCgroups *groups = aq_cgroups_new (AQ_CGROUP_REQUIRE, &self->places, &error);

  g_assert_no_error (error);
  g_assert_true (aq_cgroups_are_used (groups));
  return groups;
}

static void
assert_not_used (Fixture      *self,
                 AqCgroupMode  mode,
                 const char   *why)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqCgroups) groups = aq_cgroups_new (mode, &self->places, &error);

  if (mode == AQ_CGROUP_REQUIRE)
    {
      g_assert_null (groups);
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG);
      g_assert_nonnull (strstr (error->message, why));
      return;
    }
  g_assert_no_error (error);
  g_assert_false (aq_cgroups_are_used (groups));
  g_test_message ("%s", aq_cgroups_describe (groups));
  g_assert_nonnull (strstr (aq_cgroups_describe (groups), why));
  g_assert_null (aq_cgroup_new (groups, 1234));
}

static void
test_daemon_moves_into_a_group_of_its_own_first (Fixture       *self,
                                                 gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = open_groups (self);
  g_autofree char *own = g_build_filename (self->unit, "asyncqd", NULL);

  assert_file (own, "cgroup.procs", "4711");
  /* each write of the kernel's file adds one; this one keeps the last */
  assert_file (self->unit, "cgroup.subtree_control", "+pids");
  g_assert_cmpstr (aq_cgroups_describe (groups), ==, "memory, processes, kill");
}

static void
test_each_worker_has_a_group_until_it_is_gone (Fixture       *self,
                                               gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = open_groups (self);
  g_autofree char *path = g_build_filename (self->unit, "worker-1", NULL);
  AqCgroup *group = aq_cgroup_new (groups, 1234);

  assert_file (path, "cgroup.procs", "1234");
  aq_cgroup_free (group);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_limits_are_written_and_taken_back (Fixture       *self,
                                        gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = open_groups (self);
  g_autoptr(AqCgroup) group = aq_cgroup_new (groups, 1234);
  g_autofree char *path = g_build_filename (self->unit, "worker-1", NULL);

  aq_cgroup_limit (group, 268435456, 20);
  assert_file (path, "memory.max", "268435456");
  assert_file (path, "memory.oom.group", "1");
  assert_file (path, "pids.max", "144");
  aq_cgroup_limit (group, 0, 0);
  assert_file (path, "memory.max", "max");
  assert_file (path, "memory.oom.group", "0");
  assert_file (path, "pids.max", "max");
}

static void
test_what_the_kernel_counts_is_read (Fixture       *self,
                                     gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = open_groups (self);
  g_autoptr(AqCgroup) group = aq_cgroup_new (groups, 1234);
  g_autofree char *path = g_build_filename (self->unit, "worker-1", NULL);

  g_assert_cmpuint (aq_cgroup_count_oom (group), ==, 0);
  write_at (path, "memory.events", "low 0\nhigh 0\nmax 31\noom 2\noom_kill 3\noom_group_kill 1\n");
  write_at (path, "memory.peak", "267386880\n");
  write_at (path, "cpu.stat", "usage_usec 1500000\nuser_usec 1400000\n");
  g_assert_cmpuint (aq_cgroup_count_oom (group), ==, 3);
  g_assert_cmpuint (aq_cgroup_get_peak (group), ==, 267386880);
  g_assert_cmpint (aq_cgroup_get_cpu (group), ==, 1500000);

  write_at (self->unit, "memory.max", "1073741824\n");
  write_at (self->unit, "pids.max", "max\n");
  g_assert_cmpuint (aq_cgroups_get_memory (groups), ==, 1073741824);
  g_assert_cmpuint (aq_cgroups_get_processes (groups), ==, 0);
}

static void
test_a_group_is_killed_at_once (Fixture       *self,
                                gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = open_groups (self);
  g_autoptr(AqCgroup) group = aq_cgroup_new (groups, 1234);
  g_autofree char *path = g_build_filename (self->unit, "worker-1", NULL);

  aq_cgroup_kill (group);
  assert_file (path, "cgroup.kill", "1");
}

static void
test_without_a_kill_file_processes_are_killed_one_by_one (Fixture       *self,
                                                          gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = NULL;
  g_autoptr(AqCgroup) group = NULL;
  g_autofree char *path = g_build_filename (self->unit, "worker-1", NULL);
  g_autofree char *text = NULL;
  int status;
  pid_t child = fork ();

  if (child == 0)
    for (;;)
      (void) pause ();
  self->places.made = fill_without_kill;
  groups = open_groups (self);
  group = aq_cgroup_new (groups, child);
  text = g_strdup_printf ("%d\n", child);
  write_at (path, "cgroup.procs", text);
  aq_cgroup_kill (group);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  write_at (path, "cgroup.procs", "");
}

static void
test_leftovers_of_an_earlier_daemon_go (Fixture       *self,
                                        gconstpointer  unused)
{
  g_autofree char *left = g_build_filename (self->unit, "worker-17", NULL);
  g_autofree char *other = g_build_filename (self->unit, "other", NULL);
  g_autoptr(AqCgroups) groups = NULL;

  g_assert_cmpint (g_mkdir (left, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (other, 0700), ==, 0);
  fill (left);
  groups = open_groups (self);
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
}

static void
test_a_group_that_is_not_empty_yet_goes_later (Fixture       *self,
                                               gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = open_groups (self);
  g_autofree char *path = g_build_filename (self->unit, "worker-1", NULL);
  g_autofree char *busy = g_build_filename (path, "busy", NULL);
  g_autoptr(AqCgroup) next = NULL;
  AqCgroup *group = aq_cgroup_new (groups, 1234);

  write_at (path, "busy", "");
  aq_cgroup_free (group);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_unlink (busy), ==, 0);
  next = aq_cgroup_new (groups, 1235);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_names_that_are_taken_are_passed_over (Fixture       *self,
                                           gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = open_groups (self);
  g_autofree char *taken = g_build_filename (self->unit, "worker-1", NULL);
  g_autofree char *path = g_build_filename (self->unit, "worker-2", NULL);
  g_autoptr(AqCgroup) group = NULL;

  g_assert_cmpint (g_mkdir (taken, 0700), ==, 0);
  group = aq_cgroup_new (groups, 1234);
  assert_file (path, "cgroup.procs", "1234");
}

static void
test_what_is_not_delegated_is_not_used (Fixture       *self,
                                        gconstpointer  unused)
{
  g_autofree char *control = g_build_filename (self->unit, "cgroup.subtree_control", NULL);

  assert_not_used (self, AQ_CGROUP_NO, "switched off");
  /* what belongs to root is the service manager's, unless that has marked it */
  if (geteuid () == 0)
    assert_not_used (self, AQ_CGROUP_AUTO, "'" UNIT "' is not delegated");
  g_assert_cmpint (g_unlink (control), ==, 0);
  assert_not_used (self, AQ_CGROUP_AUTO, "cgroup.subtree_control cannot be written");
  assert_not_used (self, AQ_CGROUP_REQUIRE, "cgroup.subtree_control cannot be written");
}

static void
test_the_root_of_all_groups_is_nobodys (Fixture       *self,
                                        gconstpointer  unused)
{
  write_at (self->root, "self", "0::/\n");
  fill (self->root);
  assert_not_used (self, AQ_CGROUP_AUTO, "root of all");
}

static void
test_the_root_of_a_container_is_its_own (Fixture       *self,
                                         gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqCgroups) groups = NULL;

  write_at (self->root, "self", "0::/\n");
  fill (self->root);
  write_at (self->root, "cgroup.type", "domain\n");
  write_at (self->root, "cgroup.controllers", "memory pids\n");
  groups = aq_cgroups_new (AQ_CGROUP_AUTO, &self->places, &error);
  g_assert_no_error (error);
  g_assert_true (aq_cgroups_are_used (groups));
}

static void
test_a_system_without_groups_has_none (Fixture       *self,
                                       gconstpointer  unused)
{
  write_at (self->root, "self", "4:memory:/a\n1:name=systemd:/b\n");
  assert_not_used (self, AQ_CGROUP_AUTO, "no control groups of version 2");
  assert_not_used (self, AQ_CGROUP_REQUIRE, "no control groups of version 2");
  write_at (self->root, "self", "0::/../../etc\n");
  assert_not_used (self, AQ_CGROUP_AUTO, "no control groups of version 2");
  write_at (self->root, "self", "0::/gone\n");
  assert_not_used (self, AQ_CGROUP_AUTO, "'/gone'");
}

static void
test_missing_controllers_are_done_without_unless_required (Fixture       *self,
                                                           gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqCgroups) groups = NULL;
  g_autoptr(AqCgroup) group = NULL;
  g_autofree char *path = g_build_filename (self->root, "worker-1", NULL);

  write_at (self->unit, "cgroup.controllers", "cpu pids\n");
  assert_not_used (self, AQ_CGROUP_REQUIRE, "no controller of memory");

  write_at (self->root, "self", "0::/\n");
  fill (self->root);
  write_at (self->root, "cgroup.type", "domain\n");
  write_at (self->root, "cgroup.controllers", "pids\n");
  groups = aq_cgroups_new (AQ_CGROUP_AUTO, &self->places, &error);
  g_assert_cmpstr (aq_cgroups_describe (groups), ==, "processes, kill");
  group = aq_cgroup_new (groups, 1234);
  aq_cgroup_limit (group, 1024, 20);
  assert_file (path, "memory.max", "");
  assert_file (path, "pids.max", "144");
  g_assert_cmpuint (aq_cgroup_count_oom (group), ==, 0);
}

static void
test_a_controller_that_cannot_be_enabled_is_missing (Fixture       *self,
                                                     gconstpointer  unused)
{
  g_autofree char *control = g_build_filename (self->unit, "cgroup.subtree_control", NULL);

  /* a folder: it cannot be opened for writing, whoever asks */
  g_assert_cmpint (g_unlink (control), ==, 0);
  g_assert_cmpint (g_mkdir (control, 0700), ==, 0);
  assert_not_used (self, AQ_CGROUP_REQUIRE, "no controller of memory");
}

static void
test_a_daemon_that_was_started_in_its_own_group_uses_the_one_above (Fixture       *self,
                                                                    gconstpointer  unused)
{
  g_autofree char *own = g_build_filename (self->unit, "asyncqd", NULL);
  g_autofree char *path = g_build_filename (self->unit, "worker-1", NULL);
  g_autoptr(AqCgroups) groups = NULL;
  g_autoptr(AqCgroup) group = NULL;

  g_assert_cmpint (g_mkdir (own, 0700), ==, 0);
  fill (own);
  write_at (self->root, "self", "0::" UNIT "/asyncqd\n");
  groups = open_groups (self);
  group = aq_cgroup_new (groups, 1234);
  assert_file (path, "cgroup.procs", "1234");
}

static void
test_a_tree_that_vanishes_is_done_without (Fixture       *self,
                                           gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = open_groups (self);
  AqCgroup *group = aq_cgroup_new (groups, 1234);

  remove_all (self->unit);
  aq_cgroup_limit (group, 0, 0);
  g_assert_cmpuint (aq_cgroup_get_peak (group), ==, 0);
  aq_cgroup_kill (group);
  aq_cgroup_free (group);
  g_assert_null (aq_cgroup_new (groups, 1235));
  g_assert_false (aq_cgroups_are_used (groups));
  g_assert_nonnull (strstr (aq_cgroups_describe (groups), "not used: could not make"));
  g_assert_null (aq_cgroup_new (groups, 1236));
}

/* in a child that does not return */
static pid_t
start_sleeper (gboolean apart)
{
  pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child > 0)
    return child;
  (void) alarm (60);
  if (apart)
    (void) setsid ();
  for (;;)
    (void) pause ();
}

static void
test_the_kernel_kills_a_group_at_once (void)
{
  const char *mount = g_getenv ("ASYNCQ_TEST_CGROUPS");
  g_autofree char *name = g_strdup_printf ("asyncq-test-%d", (int) getpid ());
  g_autofree char *folder = mount != NULL ? g_build_filename (mount, name, NULL) : NULL;
  g_autofree char *own = mount != NULL ? g_build_filename (folder, "asyncqd", NULL) : NULL;
  g_autofree char *self_file = g_build_filename (g_get_tmp_dir (), name, NULL);
  g_autofree char *text = g_strdup_printf ("0::/%s\n", name);
  g_autoptr(GError) error = NULL;
  AqCgroupPlaces places = { .mount = mount, .self_file = self_file };
  AqCgroups *groups;
  AqCgroup *group;
  pid_t worker;
  int status;

  if (mount == NULL)
    {
      g_test_skip ("ASYNCQ_TEST_CGROUPS names no file system of control groups that may be used");
      return;
    }
  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_assert_cmpint (setxattr (folder, "trusted.delegate", "1", 1, 0), ==, 0);
  g_assert_true (g_file_set_contents (self_file, text, -1, NULL));
  places.pid = start_sleeper (FALSE);
  groups = aq_cgroups_new (AQ_CGROUP_AUTO, &places, &error);
  g_assert_no_error (error);
  g_test_message ("%s", aq_cgroups_describe (groups));
  g_assert_true (aq_cgroups_are_used (groups));

  worker = start_sleeper (TRUE);
  group = aq_cgroup_new (groups, worker);
  g_assert_nonnull (group);
  aq_cgroup_kill (group);
  g_assert_cmpint (waitpid (worker, &status, 0), ==, worker);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  g_assert_cmpint (aq_cgroup_get_cpu (group), >=, 0);
  aq_cgroup_free (group);
  aq_cgroups_free (groups);

  (void) kill (places.pid, SIGKILL);
  g_assert_cmpint (waitpid (places.pid, NULL, 0), ==, places.pid);
  g_assert_cmpint (g_rmdir (own), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_assert_cmpint (g_unlink (self_file), ==, 0);
}

/* what these say to a write; "cgroup.subtree_control" only until somebody was moved */
static const char *refused_name;
static int refused_with;
static guint n_refusals;

static int
refuse (const char *path)
{
  if (refused_name == NULL || !g_str_has_suffix (path, refused_name) || n_refusals == 0)
    return 0;
  n_refusals--;
  return refused_with;
}

static void
refuse_write (Fixture    *self,
              const char *name,
              int         with,
              guint       n_times)
{
  self->places.refuse = refuse;
  refused_name = name;
  refused_with = with;
  n_refusals = n_times;
}

static void
test_who_was_started_beside_the_daemon_moves_with_it (Fixture       *self,
                                                      gconstpointer  unused)
{
  g_autofree char *own = g_build_filename (self->unit, "asyncqd", NULL);
  g_autoptr(AqCgroups) groups = NULL;

  write_at (self->unit, "cgroup.procs", "4712\n");
  refuse_write (self, "cgroup.subtree_control", EBUSY, 1);
  groups = open_groups (self);
  assert_file (own, "cgroup.procs", "4712");
  g_assert_cmpstr (aq_cgroups_describe (groups), ==, "memory, processes, kill");
}

static void
test_a_tree_that_cannot_be_written_is_not_used (Fixture       *self,
                                                gconstpointer  unused)
{
  refuse_write (self, "asyncqd/cgroup.procs", EROFS, G_MAXUINT);
  assert_not_used (self, AQ_CGROUP_REQUIRE, "Read-only file system");
  refuse_write (self, "cgroup.subtree_control", EBUSY, G_MAXUINT);
  assert_not_used (self, AQ_CGROUP_REQUIRE, "no controller of memory");
}

static void
test_a_worker_that_cannot_be_moved_ends_the_use (Fixture       *self,
                                                 gconstpointer  unused)
{
  g_autoptr(AqCgroups) groups = open_groups (self);
  g_autoptr(AqCgroup) gone = NULL;

  g_clear_pointer (&groups, aq_cgroups_free);
  refuse_write (self, "worker-1/cgroup.procs", ESRCH, 1);
  groups = open_groups (self);
  gone = aq_cgroup_new (groups, 1234);
  g_assert_nonnull (gone);
  refuse_write (self, "worker-2/cgroup.procs", EACCES, 1);
  g_assert_null (aq_cgroup_new (groups, 1235));
  g_assert_nonnull (strstr (aq_cgroups_describe (groups), "Permission denied"));
  refuse_write (self, NULL, 0, 0);
}

int
main (int    argc,
      char **argv)
{
#define cgroup_test(name, function) g_test_add ("/cgroup/" name, Fixture, NULL, set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);
  /* what cannot be done is a warning, and these cases are about that */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  cgroup_test ("daemon-moves-into-a-group-of-its-own-first", test_daemon_moves_into_a_group_of_its_own_first);
  cgroup_test ("each-worker-has-a-group-until-it-is-gone", test_each_worker_has_a_group_until_it_is_gone);
  cgroup_test ("limits-are-written-and-taken-back", test_limits_are_written_and_taken_back);
  cgroup_test ("what-the-kernel-counts-is-read", test_what_the_kernel_counts_is_read);
  cgroup_test ("a-group-is-killed-at-once", test_a_group_is_killed_at_once);
  cgroup_test ("without-a-kill-file-processes-are-killed-one-by-one",
               test_without_a_kill_file_processes_are_killed_one_by_one);
  cgroup_test ("leftovers-of-an-earlier-daemon-go", test_leftovers_of_an_earlier_daemon_go);
  cgroup_test ("a-group-that-is-not-empty-yet-goes-later", test_a_group_that_is_not_empty_yet_goes_later);
  cgroup_test ("names-that-are-taken-are-passed-over", test_names_that_are_taken_are_passed_over);
  cgroup_test ("what-is-not-delegated-is-not-used", test_what_is_not_delegated_is_not_used);
  cgroup_test ("the-root-of-all-groups-is-nobodys", test_the_root_of_all_groups_is_nobodys);
  cgroup_test ("the-root-of-a-container-is-its-own", test_the_root_of_a_container_is_its_own);
  cgroup_test ("a-system-without-groups-has-none", test_a_system_without_groups_has_none);
  cgroup_test ("missing-controllers-are-done-without-unless-required",
               test_missing_controllers_are_done_without_unless_required);
  cgroup_test ("a-controller-that-cannot-be-enabled-is-missing",
               test_a_controller_that_cannot_be_enabled_is_missing);
  cgroup_test ("a-daemon-that-was-started-in-its-own-group-uses-the-one-above",
               test_a_daemon_that_was_started_in_its_own_group_uses_the_one_above);
  cgroup_test ("who-was-started-beside-the-daemon-moves-with-it",
               test_who_was_started_beside_the_daemon_moves_with_it);
  cgroup_test ("a-tree-that-cannot-be-written-is-not-used", test_a_tree_that_cannot_be_written_is_not_used);
  cgroup_test ("a-worker-that-cannot-be-moved-ends-the-use", test_a_worker_that_cannot_be_moved_ends_the_use);
  cgroup_test ("a-tree-that-vanishes-is-done-without", test_a_tree_that_vanishes_is_done_without);
  g_test_add_func ("/cgroup/the-kernel-kills-a-group-at-once", test_the_kernel_kills_a_group_at_once);
  return g_test_run ();
}
