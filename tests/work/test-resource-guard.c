/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What processes take is measured, limited and ended
 *
 * The processes are children of the test, which do what a plugin would: nothing
 * here waits for time to pass, but for what they tell through a pipe.
 */

#include "config.h"

#include "work/aq-resource-guard.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((gsize) 1 << 20)

typedef struct
{
  AqClock         *clock;
  AqFunctionRules *rules;
  AqResources     *resources;
  AqResourceGrant  grant;
  int              told; /* the end of the pipe that children write to */
  int              tell;
  pid_t            child;
  guint64          late;
} Fixture;

/* what a child does once it is there */
typedef void (*Deed) (Fixture *self);

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  int ends[2];

  self->clock = aq_clock_new_manual (0);
  self->rules = aq_function_rules_new ();
  self->resources = aq_resources_new (self->rules, NULL);
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  self->told = ends[0];
  self->tell = ends[1];
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  if (self->child > 0)
    {
      (void) kill (-self->child, SIGKILL);
      (void) waitpid (self->child, NULL, 0);
    }
  (void) close (self->told);
  (void) close (self->tell);
  aq_resources_unref (self->resources);
  aq_function_rules_unref (self->rules);
  aq_clock_unref (self->clock);
}

static void
wait_for_word (Fixture *self)
{
  char word;

  g_assert_cmpint (read (self->told, &word, 1), ==, 1);
}

/* in a child */
static void
say (Fixture *self)
{
  if (write (self->tell, "x", 1) != 1)
    _exit (1);
}

static void
stay (void)
{
  for (;;)
    (void) pause ();
}

static void
spawn (Fixture *self,
       Deed     deed)
{
  self->child = fork ();
  g_assert_cmpint (self->child, >=, 0);
  if (self->child > 0)
    {
      (void) setpgid (self->child, self->child); /* whoever is first */
      wait_for_word (self);
      return;
    }
  (void) setpgid (0, 0);
  (void) prctl (PR_SET_PDEATHSIG, SIGKILL);
  (void) prctl (PR_SET_CHILD_SUBREAPER, 1);
  (void) alarm (60);
  deed (self);
  say (self);
  stay ();
}

/* Returns: the signal that ended it */
static int
wait_for_end (Fixture *self)
{
  int status;

  g_assert_cmpint (waitpid (self->child, &status, 0), ==, self->child);
  self->child = 0;
  return WIFSIGNALED (status) ? WTERMSIG (status) : 0;
}

static void
do_nothing (Fixture *self)
{
}

static void
take_memory (Fixture *self)
{
  volatile char *memory = g_malloc (64 * MIB);

  for (gsize i = 0; i < 64 * MIB; i += 1024)
    memory[i] = 1;
}

static void
take_memory_and_share_it (Fixture *self)
{
  take_memory (self);
  for (guint i = 0; i < 3; i++)
    if (fork () == 0)
      stay ();
}

static void
take_time (Fixture *self)
{
  struct rusage usage;

  do
    g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);
  while (usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 < 50);
}

/* a child, a grandchild in a session of its own, and one whose parent is gone */
static void
start_others (Fixture *self)
{
  int ends[2];
  char word;

  if (pipe (ends) != 0)
    _exit (1);
  if (fork () == 0)
    {
      if (fork () == 0)
        {
          (void) setsid ();
          (void) !write (ends[1], "x", 1);
          stay ();
        }
      stay ();
    }
  if (fork () == 0)
    {
      if (fork () != 0)
        _exit (0);
      (void) setsid ();
      (void) !write (ends[1], "x", 1);
      stay ();
    }
  (void) !read (ends[0], &word, 1);
  (void) !read (ends[0], &word, 1);
  (void) waitpid (-1, NULL, 0);
}

static void
test_memory_of_a_process_is_what_is_resident (Fixture       *self,
                                              gconstpointer  unused)
{
  g_autoptr(AqProcessTree) tree = NULL;
  AqTreeUse use;

  spawn (self, take_memory);
  tree = aq_process_tree_new (self->child);
  g_assert_true (aq_process_tree_measure (tree, AQ_TREE_MEMORY, &use));
  g_assert_cmpuint (use.n_processes, ==, 1);
  g_assert_cmpuint (use.resident_bytes, >, 64 * MIB);
  g_assert_cmpuint (aq_process_tree_get_mapped (tree), >, use.resident_bytes);
}

static void
test_memory_that_is_shared_counts_once_where_it_is_exact (Fixture       *self,
                                                          gconstpointer  unused)
{
  g_autoptr(AqProcessTree) tree = NULL;
  AqTreeUse cheap;
  AqTreeUse exact;

  spawn (self, take_memory_and_share_it);
  tree = aq_process_tree_new (self->child);
  g_assert_true (aq_process_tree_measure (tree, AQ_TREE_MEMORY, &cheap));
  g_assert_true (aq_process_tree_measure (tree, AQ_TREE_MEMORY | AQ_TREE_EXACT, &exact));
  g_assert_cmpuint (cheap.n_processes, ==, 4);
  g_assert_cmpuint (cheap.resident_bytes, >, 4 * 64 * MIB);
  g_assert_cmpuint (exact.resident_bytes, >, 60 * MIB);
  g_assert_cmpuint (exact.resident_bytes, <, 2 * 64 * MIB);
}

static void
test_processor_time_is_that_of_the_process (Fixture       *self,
                                            gconstpointer  unused)
{
  g_autoptr(AqProcessTree) tree = NULL;
  AqTreeUse use;

  spawn (self, take_time);
  tree = aq_process_tree_new (self->child);
  g_assert_true (aq_process_tree_measure (tree, AQ_TREE_CPU, &use));
  g_assert_cmpint (use.cpu_usec, >=, 40000);
  g_assert_cmpint (aq_process_tree_get_cpu (tree), >=, 40000);
}

static void
test_all_that_a_process_has_started_is_found_and_killed (Fixture       *self,
                                                         gconstpointer  unused)
{
  g_autoptr(AqProcessTree) tree = NULL;
  AqTreeUse use;
  char word;

  spawn (self, start_others);
  tree = aq_process_tree_new (self->child);
  g_assert_true (aq_process_tree_measure (tree, 0, &use));
  g_assert_cmpuint (use.n_processes, ==, 4);
  aq_process_tree_kill (tree);
  g_assert_cmpint (wait_for_end (self), ==, SIGKILL);
  /* the last of them has let go of the pipe */
  (void) close (self->tell);
  self->tell = -1;
  g_assert_cmpint (read (self->told, &word, 1), ==, 0);
}

static void
test_a_process_that_is_gone_has_no_figures (Fixture       *self,
                                            gconstpointer  unused)
{
  g_autoptr(AqProcessTree) tree = NULL;
  pid_t pid;
  AqTreeUse use;

  spawn (self, do_nothing);
  pid = self->child;
  (void) kill (pid, SIGKILL);
  (void) wait_for_end (self);
  tree = aq_process_tree_new (pid);
  g_assert_false (aq_process_tree_measure (tree, AQ_TREE_MEMORY | AQ_TREE_CPU, &use));
  aq_process_tree_kill (tree);
}

/* guards */

static void
on_late (guint64  lease,
         gpointer user_data)
{
  Fixture *self = user_data;

  self->late = lease;
}

static AqResourceGuard *
guard_child (Fixture *self)
{
  return aq_resource_guard_new (self->resources, self->clock, (guint) self->child, on_late, self);
}

static void
get_limit (Fixture       *self,
           int            kind,
           struct rlimit *limit)
{
  g_assert_cmpint (prlimit (self->child, kind, NULL, limit), ==, 0);
}

static void
test_limits_are_set_for_a_job_and_taken_back (Fixture       *self,
                                              gconstpointer  unused)
{
  static const int kinds[] = { RLIMIT_AS, RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_NPROC };
  struct rlimit before[G_N_ELEMENTS (kinds)];
  g_autoptr(AqResourceGuard) guard = NULL;
  struct rlimit limit;

  spawn (self, do_nothing);
  guard = guard_child (self);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    get_limit (self, kinds[i], &before[i]);
  self->grant.limits = (AqResourceLimits) {
    .memory_bytes = 1024 * MIB, .file_bytes = 4096, .cpu_usec = 10 * G_USEC_PER_SEC, .n_files = 32, .n_processes = 4,
  };
  aq_resource_guard_begin (guard, "demo.small", 1, &self->grant);
  get_limit (self, RLIMIT_AS, &limit);
  g_assert_cmpuint (limit.rlim_cur, >=, 4 * 1024 * MIB);
  get_limit (self, RLIMIT_NOFILE, &limit);
  g_assert_cmpuint (limit.rlim_cur, ==, 32);
  get_limit (self, RLIMIT_FSIZE, &limit);
  g_assert_cmpuint (limit.rlim_cur, ==, 4096);
  get_limit (self, RLIMIT_CPU, &limit);
  g_assert_cmpuint (limit.rlim_cur, >=, 11);
  g_assert_cmpuint (limit.rlim_cur, <=, 13);
  get_limit (self, RLIMIT_CORE, &limit);
  g_assert_cmpuint (limit.rlim_max, ==, 0);
  g_assert_cmpuint (aq_resource_watch_get_n_watched (aq_resources_get_watch (self->resources)), ==, 1);

  aq_resource_guard_end (guard, 1);
  g_assert_cmpuint (aq_resource_watch_get_n_watched (aq_resources_get_watch (self->resources)), ==, 0);
  aq_resource_guard_begin (guard, "demo.plain", 2, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      get_limit (self, kinds[i], &limit);
      g_assert_cmpuint (limit.rlim_cur, ==, before[i].rlim_cur);
      g_assert_cmpuint (limit.rlim_max, ==, before[i].rlim_max);
    }
}

static void
test_limits_without_a_look_wake_nobody (Fixture       *self,
                                        gconstpointer  unused)
{
  g_autoptr(AqResourceGuard) guard = NULL;

  spawn (self, do_nothing);
  guard = guard_child (self);
  self->grant.limits = (AqResourceLimits) { .n_files = 32, .run_usec = G_USEC_PER_SEC };
  aq_resource_guard_begin (guard, "demo.small", 1, &self->grant);
  g_assert_cmpuint (aq_resource_watch_get_n_watched (aq_resources_get_watch (self->resources)), ==, 0);
  aq_resource_guard_end (guard, 1);
}

/* what became of a child that goes beyond @limits */
static void
judge_after_a_look (Fixture           *self,
                    Deed               deed,
                    AqResourceLimits   limits,
                    AqResourceVerdict *out_verdict)
{
  const AqCause cause = { .kind = AQ_CAUSE_SIGNAL, .number = SIGKILL };
  const AqResourceDeath death = { 0 };
  g_autoptr(AqResourceGuard) guard = NULL;

  spawn (self, deed);
  guard = guard_child (self);
  self->grant.limits = limits;
  aq_resource_guard_begin (guard, "demo.small", 1, &self->grant);
  aq_resource_watch_look (aq_resources_get_watch (self->resources));
  g_assert_cmpint (wait_for_end (self), ==, SIGKILL);
  g_assert_true (aq_resource_guard_judge (guard, 1, &cause, &death, out_verdict));
  aq_resource_guard_end (guard, 1);
}

static void
test_too_much_memory_is_out_of_memory (Fixture       *self,
                                       gconstpointer  unused)
{
  g_auto(AqResourceVerdict) verdict = { 0 };

  judge_after_a_look (self, take_memory, (AqResourceLimits) { .memory_bytes = 32 * MIB }, &verdict);
  g_assert_cmpint (verdict.cause.kind, ==, AQ_CAUSE_OOM);
  g_assert_cmpstr (verdict.limit, ==, "memory");
  g_assert_error (verdict.failure, ASYNCQ_ERROR, ASYNCQ_ERROR_OUT_OF_MEMORY);
  g_assert_true (g_regex_match_simple ("^demo\\.small took [0-9.]+ MiB of memory, 32 MiB are allowed: it was killed$",
                                       verdict.failure->message, 0, 0));
}

static void
test_shared_memory_alone_kills_nobody (Fixture       *self,
                                       gconstpointer  unused)
{
  g_autoptr(AqResourceGuard) guard = NULL;

  spawn (self, take_memory_and_share_it);
  guard = guard_child (self);
  self->grant.limits = (AqResourceLimits) { .memory_bytes = 160 * MIB };
  aq_resource_guard_begin (guard, "demo.small", 1, &self->grant);
  aq_resource_watch_look (aq_resources_get_watch (self->resources));
  g_assert_cmpuint (aq_resource_watch_get_n_watched (aq_resources_get_watch (self->resources)), ==, 1);
  aq_resource_guard_end (guard, 1);
}

static void
test_too_many_processes_are_beyond_a_limit (Fixture       *self,
                                            gconstpointer  unused)
{
  g_auto(AqResourceVerdict) verdict = { 0 };

  judge_after_a_look (self, start_others, (AqResourceLimits) { .n_processes = 3 }, &verdict);
  g_assert_cmpint (verdict.cause.kind, ==, AQ_CAUSE_ERROR);
  g_assert_cmpstr (verdict.limit, ==, "processes");
  g_assert_error (verdict.failure, ASYNCQ_ERROR, ASYNCQ_ERROR_LIMIT_EXCEEDED);
  g_assert_cmpstr (verdict.failure->message, ==, "demo.small had 4 processes, 3 are allowed: it was killed");
}

static void
test_time_before_a_job_is_not_the_jobs (Fixture       *self,
                                        gconstpointer  unused)
{
  g_autoptr(AqResourceGuard) guard = NULL;

  spawn (self, take_time);
  guard = guard_child (self);
  self->grant.limits = (AqResourceLimits) { .cpu_usec = 20000 };
  aq_resource_guard_begin (guard, "demo.small", 1, &self->grant);
  aq_resource_watch_look (aq_resources_get_watch (self->resources));
  g_assert_cmpuint (aq_resource_watch_get_n_watched (aq_resources_get_watch (self->resources)), ==, 1);
  aq_resource_guard_end (guard, 1);
}

static void
test_too_much_output_is_beyond_a_limit (Fixture       *self,
                                        gconstpointer  unused)
{
  const AqCause cause = { .kind = AQ_CAUSE_SIGNAL, .number = SIGKILL };
  const AqResourceDeath death = { 0 };
  g_auto(AqResourceVerdict) verdict = { 0 };
  g_autoptr(AqResourceGuard) guard = NULL;

  spawn (self, do_nothing);
  guard = guard_child (self);
  self->grant.limits = (AqResourceLimits) { .output_bytes = 1000 };
  aq_resource_guard_begin (guard, "demo.small", 1, &self->grant);
  aq_resource_guard_wrote (guard, 1000);
  aq_resource_guard_wrote (guard, 1001);
  g_assert_cmpint (wait_for_end (self), ==, SIGKILL);
  g_assert_true (aq_resource_guard_judge (guard, 1, &cause, &death, &verdict));
  g_assert_cmpstr (verdict.failure->message, ==, "demo.small wrote 1001 bytes of output, 1000 bytes are allowed: it was killed");
}

static void
test_a_job_that_runs_too_long_is_late (Fixture       *self,
                                       gconstpointer  unused)
{
  const AqCause cause = { .kind = AQ_CAUSE_SIGNAL, .number = SIGTERM };
  const AqResourceDeath death = { .killed = TRUE };
  g_auto(AqResourceVerdict) verdict = { 0 };
  g_autoptr(AqResourceGuard) guard = NULL;

  spawn (self, do_nothing);
  guard = guard_child (self);
  self->grant.limits = (AqResourceLimits) { .run_usec = G_USEC_PER_SEC };
  aq_resource_guard_begin (guard, "demo.small", 7, &self->grant);
  aq_clock_advance (self->clock, G_USEC_PER_SEC);
  while (self->late == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (self->late, ==, 7);
  g_assert_true (aq_resource_guard_is_late (guard, 7));
  g_assert_true (aq_resource_guard_judge (guard, 7, &cause, &death, &verdict));
  g_assert_cmpint (verdict.cause.kind, ==, AQ_CAUSE_TIMEOUT);
  g_assert_error (verdict.failure, ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT);
  aq_resource_guard_end (guard, 7);
  g_assert_false (aq_resource_guard_is_late (guard, 7));
}

static void
test_deaths_are_what_they_look_like_or_a_limit (Fixture       *self,
                                                gconstpointer  unused)
{
  static const char refused[] = "GLib: ../glib/gmem.c:106: failed to allocate 8388608000 bytes";
  static const struct
  {
    AqCause          cause;
    AqResourceDeath  death;
    AqResourceLimits limits;
    const char      *limit; /* NULL: what it looks like */
  } cases[] = {
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGXFSZ }, { 0 }, { .file_bytes = 1 }, "file-size" },
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGXFSZ }, { 0 }, { .n_files = 1000 }, NULL },
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGXCPU }, { 0 }, { .cpu_usec = 1000000 }, "cpu-time" },
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGTRAP }, { .output = refused }, { .memory_bytes = MIB << 20 }, "memory" },
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGABRT }, { .output = "what():  std::bad_alloc" },
      { .memory_bytes = MIB << 20 }, "memory" },
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGTRAP }, { .output = refused }, { .n_files = 1000 }, NULL },
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGTRAP }, { .output = refused, .killed = TRUE },
      { .memory_bytes = MIB << 20 }, NULL },
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGSEGV }, { .output = "all is well" }, { .memory_bytes = MIB << 20 }, NULL },
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGSEGV }, { 0 }, { .memory_bytes = MIB << 20 }, NULL },
    { { .kind = AQ_CAUSE_EXIT, .number = 0 }, { .output = refused }, { .memory_bytes = MIB << 20 }, NULL },
    { { .kind = AQ_CAUSE_SIGNAL, .number = SIGKILL }, { .killed = TRUE }, { .memory_bytes = MIB << 20 }, NULL },
  };
  g_autoptr(AqResourceGuard) guard = NULL;

  spawn (self, do_nothing);
  guard = guard_child (self);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AqResourceGrant grant = { .limits = cases[i].limits };
      g_auto(AqResourceVerdict) verdict = { 0 };
      gboolean is_limit;

      g_test_message ("case %u", i);
      aq_resource_guard_begin (guard, "demo.small", 1, &grant);
      is_limit = aq_resource_guard_judge (guard, 1, &cases[i].cause, &cases[i].death, &verdict);
      g_assert_cmpint (is_limit, ==, cases[i].limit != NULL);
      g_assert_cmpstr (verdict.limit, ==, cases[i].limit);
      aq_resource_guard_end (guard, 1);
      aq_resource_guard_begin (guard, "demo.plain", 2, NULL);
    }
}

int
main (int    argc,
      char **argv)
{
#define guard_test(name, function) g_test_add ("/resource-guard/" name, Fixture, NULL, set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);
  guard_test ("memory-of-a-process-is-what-is-resident", test_memory_of_a_process_is_what_is_resident);
  guard_test ("memory-that-is-shared-counts-once-where-it-is-exact",
              test_memory_that_is_shared_counts_once_where_it_is_exact);
  guard_test ("processor-time-is-that-of-the-process", test_processor_time_is_that_of_the_process);
  guard_test ("all-that-a-process-has-started-is-found-and-killed",
              test_all_that_a_process_has_started_is_found_and_killed);
  guard_test ("a-process-that-is-gone-has-no-figures", test_a_process_that_is_gone_has_no_figures);
  guard_test ("limits-are-set-for-a-job-and-taken-back", test_limits_are_set_for_a_job_and_taken_back);
  guard_test ("limits-without-a-look-wake-nobody", test_limits_without_a_look_wake_nobody);
  guard_test ("too-much-memory-is-out-of-memory", test_too_much_memory_is_out_of_memory);
  guard_test ("shared-memory-alone-kills-nobody", test_shared_memory_alone_kills_nobody);
  guard_test ("too-many-processes-are-beyond-a-limit", test_too_many_processes_are_beyond_a_limit);
  guard_test ("time-before-a-job-is-not-the-jobs", test_time_before_a_job_is_not_the_jobs);
  guard_test ("too-much-output-is-beyond-a-limit", test_too_much_output_is_beyond_a_limit);
  guard_test ("a-job-that-runs-too-long-is-late", test_a_job_that_runs_too_long_is_late);
  guard_test ("deaths-are-what-they-look-like-or-a-limit", test_deaths_are_what_they_look_like_or_a_limit);
  return g_test_run ();
}
