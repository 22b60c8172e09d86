/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The limits of one worker
 *
 * Three things keep them. The worker's rlimits, which are set before a job that
 * has limits is sent, and again before one that has others: files are kept by
 * them alone, for memory, processor time and processes they only stop what is
 * too fast for the watch. The watch, which looks while such a job runs, and kills.
 * And the worker's control group, where there is one.
 *
 * Only soft limits are set, so that the next job can have more.
 *
 * A worker has one function's jobs at a time: limits hold for all of them
 * together, but for the time that they run, which each has for itself.
 */

#include "config.h"

#include "work/aq-resource-guard.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* address space that is only promised costs nothing, so this is far above what may be resident */
#define AS_FACTOR 4
/* threads and the other processes of a user count: this stops only what multiplies without end */
#define NPROC_FACTOR 4
#define NPROC_ROOM 1024
/* a worker that was killed with more than this share of its memory was killed for that */
#define NEAR_LIMIT(bytes) ((bytes) / 4 * 3)

typedef struct
{
  AqResourceGuard *guard; /* not owned */
  guint64          lease;
  AqTimer         *timer; /* NULL: none, or its time is over */
  gboolean         late;
} Running;

struct _AqResourceGuard
{
  AqResources           *resources;
  AqClock               *clock;
  int                    pid;
  AqResourceTimeOver     time_over;
  gpointer               user_data;

  AqCgroup              *cgroup;   /* nullable */
  AqProcessTree         *tree;     /* nullable: made for the first job that needs it */
  AqResourceWatched      watched;
  gboolean               watching;

  const AqResourceGrant *grant;    /* whose limits the worker has; nullable */
  char                  *function; /* owned, nullable: that runs, or ran last */
  GPtrArray             *running;  /* of Running: jobs with a limit that it has begun */
  struct rlimit          before[RLIM_NLIMITS]; /* of those that were changed */
  gboolean               changed[RLIM_NLIMITS];

  guint64                n_oom_before; /* kills in the control group before the job */
  gboolean               over;         /* a limit was exceeded, and it was killed */
  AqResource             over_what;
  guint64                over_used;
};

static void
running_free (gpointer data)
{
  Running *self = data;

  g_clear_pointer (&self->timer, aq_timer_free);
  g_free (self);
}

/**
 * aq_resource_guard_new:
 * @resources: what jobs may take
 * @clock: the daemon's clock
 * @pid: a worker that has not run anything of a plugin yet
 * @time_over: called when the time of a job is over
 * @user_data: for @time_over
 *
 * Puts the worker into a control group of its own, where there are any, and lets
 * it write no core: memory of jobs is nobody's business.
 */
AqResourceGuard *
aq_resource_guard_new (AqResources        *resources,
                       AqClock            *clock,
                       guint               pid,
                       AqResourceTimeOver  time_over,
                       gpointer            user_data)
{
  AqResourceGuard *self = g_new0 (AqResourceGuard, 1);
  AqCgroups *cgroups = aq_resources_get_cgroups (resources);
  const struct rlimit none = { 0, 0 };

  self->resources = aq_resources_ref (resources);
  self->clock = aq_clock_ref (clock);
  self->pid = (int) pid;
  self->time_over = time_over;
  self->user_data = user_data;
  self->cgroup = cgroups != NULL ? aq_cgroup_new (cgroups, self->pid) : NULL;
  self->running = g_ptr_array_new_with_free_func (running_free);
  (void) prlimit (self->pid, RLIMIT_CORE, &none, NULL); /* fails only where it is gone already */
  return self;
}

static void
stop_watching (AqResourceGuard *self)
{
  if (self->watching)
    aq_resource_watch_remove (aq_resources_get_watch (self->resources), &self->watched);
  self->watching = FALSE;
}

/* the worker is gone */
void
aq_resource_guard_free (AqResourceGuard *self)
{
  stop_watching (self);
  g_ptr_array_unref (self->running);
  g_clear_pointer (&self->cgroup, aq_cgroup_free);
  g_clear_pointer (&self->tree, aq_process_tree_free);
  aq_resources_unref (self->resources);
  aq_clock_unref (self->clock);
  g_free (self->function);
  g_free (self);
}

static AqProcessTree *
ensure_tree (AqResourceGuard *self)
{
  if (self->tree == NULL)
    self->tree = aq_process_tree_new (self->pid);
  return self->tree;
}

/* the worker and all that it has started */
static void
kill_all (AqResourceGuard *self)
{
  if (self->cgroup != NULL)
    aq_cgroup_kill (self->cgroup);
  aq_process_tree_kill (ensure_tree (self));
}

/* rlimits */

/* @value: 0: as it was before the first job that had a limit */
static void
set_limit (AqResourceGuard *self,
           int              kind,
           guint64          value)
{
  struct rlimit limit;

  if (value == 0 && !self->changed[kind])
    return;
  if (!self->changed[kind] && prlimit (self->pid, (__rlimit_resource_t) kind, NULL, &self->before[kind]) != 0)
    return; /* it is gone */
  limit = self->before[kind];
  if (value != 0)
    limit.rlim_cur = MIN (value, limit.rlim_max);
  self->changed[kind] = value != 0;
  if (prlimit (self->pid, (__rlimit_resource_t) kind, &limit, NULL) != 0 && errno != ESRCH)
    g_warning ("could not limit worker %d, which is about to run %s: %s", self->pid, self->function,
               g_strerror (errno));
}

/* Processes are counted for a user. Only for one that the daemon does not have itself is that about the worker. */
static gboolean
has_own_user (AqResourceGuard *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", self->pid);
  g_autofree char *text = NULL;
  const char *line;
  guint64 user;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (line = strstr (text, "\nUid:")) == NULL)
    return FALSE;
  user = g_ascii_strtoull (line + strlen ("\nUid:"), NULL, 10);
  return user != 0 && user != getuid ();
}

static void
set_limits (AqResourceGuard        *self,
            const AqResourceLimits *limits)
{
  guint64 address_bytes = 0;
  guint64 n_processes = 0;

  /* what a worker has mapped before it begins can be more than four times a small limit */
  if (limits->memory_bytes != 0)
    address_bytes = MAX (limits->memory_bytes * AS_FACTOR,
                         aq_process_tree_get_mapped (ensure_tree (self)) + limits->memory_bytes);
  set_limit (self, RLIMIT_AS, address_bytes);
  set_limit (self, RLIMIT_NOFILE, limits->n_files);
  set_limit (self, RLIMIT_FSIZE, limits->file_bytes);
  if (limits->n_processes != 0 && has_own_user (self))
    n_processes = (guint64) limits->n_processes * NPROC_FACTOR + NPROC_ROOM;
  set_limit (self, RLIMIT_NPROC, n_processes);
  set_limit (self, RLIMIT_CPU, 0);
  if (self->cgroup != NULL)
    aq_cgroup_limit (self->cgroup, limits->memory_bytes, limits->n_processes);
}

/* counts what the process has taken since it was started, in whole seconds */
static void
set_cpu_limit (AqResourceGuard *self,
               gint64           cpu_usec)
{
  if (cpu_usec == 0)
    return;
  cpu_usec += aq_process_tree_get_cpu (ensure_tree (self));
  set_limit (self, RLIMIT_CPU, (guint64) (cpu_usec / G_USEC_PER_SEC + 2));
}

/* limits that are exceeded */

static void
exceed (AqResource resource,
        guint64    used,
        gpointer   user_data)
{
  AqResourceGuard *self = user_data;

  stop_watching (self);
  self->over = TRUE;
  self->over_what = resource;
  self->over_used = used;
  kill_all (self);
}

static void
start_watching (AqResourceGuard *self)
{
  AqTreeUse use = { 0 };

  if (!aq_resource_watch_wants (&self->grant->limits))
    return;
  self->watched.tree = ensure_tree (self);
  self->watched.limits = &self->grant->limits;
  self->watched.exceeded = exceed;
  self->watched.user_data = self;
  self->watched.cpu_before_usec = 0;
  if (self->grant->limits.cpu_usec != 0 && aq_process_tree_measure (self->tree, AQ_TREE_CPU, &use))
    self->watched.cpu_before_usec = use.cpu_usec;
  aq_resource_watch_add (aq_resources_get_watch (self->resources), &self->watched);
  self->watching = TRUE;
}

static void
on_time_over (gpointer user_data)
{
  Running *running = user_data;
  AqResourceGuard *self = running->guard;

  g_clear_pointer (&running->timer, aq_timer_free);
  running->late = TRUE;
  self->time_over (running->lease, self->user_data);
}

static void
add_running (AqResourceGuard *self,
             guint64          lease)
{
  Running *running = g_new0 (Running, 1);
  gint64 run_usec = self->grant->limits.run_usec;

  running->guard = self;
  running->lease = lease;
  if (run_usec != 0)
    running->timer = aq_timer_new (self->clock, AQ_CLOCK_MONOTONIC, aq_clock_get_monotonic (self->clock) + run_usec,
                                   on_time_over, running);
  g_ptr_array_add (self->running, running);
}

static void
take_grant (AqResourceGuard       *self,
            const char            *function,
            const AqResourceGrant *grant)
{
  static const AqResourceLimits none = { 0 };

  self->grant = grant;
  g_free (self->function);
  self->function = g_strdup (function);
  set_limits (self, grant != NULL ? &grant->limits : &none);
}

/**
 * aq_resource_guard_begin:
 * @self: a guard
 * @function: name of a function
 * @lease: of a job of it, which is about to be sent
 * @grant: (nullable): what it may take; stays until the job has ended
 *
 * Gives the worker the limits of the job. Does nothing where neither it nor an
 * earlier one has any.
 */
void
aq_resource_guard_begin (AqResourceGuard       *self,
                         const char            *function,
                         guint64                lease,
                         const AqResourceGrant *grant)
{
  if (grant != self->grant)
    take_grant (self, function, grant);
  if (grant == NULL)
    return;
  if (self->running->len == 0)
    {
      set_cpu_limit (self, grant->limits.cpu_usec);
      self->n_oom_before = self->cgroup != NULL ? aq_cgroup_count_oom (self->cgroup) : 0;
      start_watching (self);
    }
  add_running (self, lease);
}

static Running *
find_running (AqResourceGuard *self,
              guint64          lease,
              guint           *out_index)
{
  for (guint i = 0; i < self->running->len; i++)
    {
      Running *running = g_ptr_array_index (self->running, i);

      if (running->lease != lease)
        continue;
      if (out_index != NULL)
        *out_index = i;
      return running;
    }
  return NULL;
}

/* the job of that lease is done, or was never begun */
void
aq_resource_guard_end (AqResourceGuard *self,
                       guint64          lease)
{
  guint index;

  if (find_running (self, lease, &index) == NULL)
    return;
  g_ptr_array_remove_index_fast (self->running, index);
  if (self->running->len == 0)
    stop_watching (self);
}

/* @output_bytes: that the job which runs has written so far */
void
aq_resource_guard_wrote (AqResourceGuard *self,
                         guint64          output_bytes)
{
  if (self->running->len > 0 && !self->over && self->grant->limits.output_bytes != 0 &&
      output_bytes > self->grant->limits.output_bytes)
    exceed (AQ_RESOURCE_OUTPUT, output_bytes, self);
}

/* whether the job was to stop, since its time was over */
gboolean
aq_resource_guard_is_late (AqResourceGuard *self,
                           guint64          lease)
{
  Running *running = find_running (self, lease, NULL);

  return running != NULL && running->late;
}

/* verdicts */

/* a job without limits is none of ours, but it may die for want of memory as well */
static const char *
get_function (AqResourceGuard *self)
{
  return self->running->len > 0 ? self->function : "the job";
}

static GError *
describe (AqResourceGuard *self,
          AqResource       resource,
          guint64          used)
{
  static const struct
  {
    const char *more;  /* "FUNCTION took 312 MiB of memory, …" */
    const char *beyond; /* where nobody knows how much it was */
  } texts[] = {
    [AQ_RESOURCE_CPU_TIME] = { "took %s of processor time", "took more processor time than it may" },
    [AQ_RESOURCE_FILE_SIZE] = { "wrote %s into a file", "wrote more into a file than it may" },
    [AQ_RESOURCE_MEMORY] = { "took %s of memory", "took more memory than it may" },
    [AQ_RESOURCE_OPEN_FILES] = { "opened %s files", "opened more files than it may" },
    [AQ_RESOURCE_OUTPUT] = { "wrote %s of output", "wrote more output than it may" },
    [AQ_RESOURCE_PROCESSES] = { "had %s processes", "had more processes than it may" },
    [AQ_RESOURCE_RUN_TIME] = { "ran for %s", "ran for longer than it may" },
  };
  guint64 allowed = self->running->len == 0 ? 0 : aq_resource_limits_get (&self->grant->limits, resource);
  g_autofree char *used_text = aq_resource_format (resource, used);
  g_autofree char *allowed_text = aq_resource_format (resource, allowed);
  g_autoptr(GString) text = g_string_new (get_function (self));

  G_STATIC_ASSERT (G_N_ELEMENTS (texts) == AQ_N_RESOURCES);
  g_string_append_c (text, ' ');
  if (used > 0)
    {
      g_auto(GStrv) parts = g_strsplit (texts[resource].more, "%s", 2);

      g_string_append_printf (text, "%s%s%s", parts[0], used_text, parts[1]);
    }
  else
    g_string_append (text, texts[resource].beyond);
  if (allowed > 0)
    g_string_append_printf (text, ", %s %s allowed", allowed_text,
                            resource == AQ_RESOURCE_CPU_TIME || resource == AQ_RESOURCE_RUN_TIME ? "is" : "are");
  g_string_append (text, ": it was killed");
  return g_error_new_literal (ASYNCQ_ERROR, resource == AQ_RESOURCE_MEMORY ? ASYNCQ_ERROR_OUT_OF_MEMORY
                                                                           : ASYNCQ_ERROR_LIMIT_EXCEEDED, text->str);
}

static gboolean
decide (AqResourceGuard   *self,
        AqResource         resource,
        guint64            used,
        AqResourceVerdict *out_verdict)
{
  *out_verdict = (AqResourceVerdict) { 0 };
  out_verdict->limit = aq_resource_to_name (resource);
  out_verdict->failure = describe (self, resource, used);
  out_verdict->cause.kind = resource == AQ_RESOURCE_MEMORY ? AQ_CAUSE_OOM : AQ_CAUSE_ERROR;
  return TRUE;
}

static gboolean
decide_oom (AqResourceVerdict *out_verdict,
            const char        *limit,
            GError            *failure)
{
  *out_verdict = (AqResourceVerdict) { .cause = { .kind = AQ_CAUSE_OOM }, .limit = limit, .failure = failure };
  return TRUE;
}

static gboolean
decide_late (AqResourceGuard   *self,
             AqResourceVerdict *out_verdict)
{
  *out_verdict = (AqResourceVerdict) { .cause = { .kind = AQ_CAUSE_TIMEOUT } };
  out_verdict->limit = aq_resource_to_name (AQ_RESOURCE_RUN_TIME);
  out_verdict->failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT,
                                      "the job was stopped: its run-time of %.6g s was over",
                                      (double) self->grant->limits.run_usec / G_USEC_PER_SEC);
  return TRUE;
}

/* what GLib, C++ and libc say before they end a process that gets no memory */
static gboolean
speaks_of_memory (const char *output)
{
  static const char * const words[] = {
    "failed to allocate", "bad_alloc", "annot allocate memory", "out of memory", "Out of memory", "memory exhausted",
  };

  for (guint i = 0; output != NULL && i < G_N_ELEMENTS (words); i++)
    if (strstr (output, words[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* Returns: whether the signal is one by which a process ends itself, or stumbles over what it did not get */
static gboolean
is_own_end (const AqCause *cause)
{
  return (cause->kind == AQ_CAUSE_SIGNAL &&
          (cause->number == SIGABRT || cause->number == SIGTRAP || cause->number == SIGSEGV)) ||
         (cause->kind == AQ_CAUSE_EXIT && cause->number != 0);
}

static gboolean
judge_kill (AqResourceGuard       *self,
            const AqResourceDeath *death,
            AqResourceVerdict     *out_verdict)
{
  guint64 allowed = self->running->len > 0 ? self->grant->limits.memory_bytes : 0;
  const char *limit = aq_resource_to_name (AQ_RESOURCE_MEMORY);

  if (self->cgroup != NULL && aq_cgroup_count_oom (self->cgroup) > self->n_oom_before)
    return decide (self, AQ_RESOURCE_MEMORY, aq_cgroup_get_peak (self->cgroup), out_verdict);
  if (death->killed)
    return FALSE;
  if (aq_resources_system_killed (self->resources))
    return decide_oom (out_verdict, limit,
                       g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_OUT_OF_MEMORY,
                                    "%s was killed by the kernel: there was no memory left", get_function (self)));
  if (allowed != 0 && self->watched.last.resident_bytes > NEAR_LIMIT (allowed))
    return decide (self, AQ_RESOURCE_MEMORY, self->watched.last.resident_bytes, out_verdict);
  return FALSE;
}

/**
 * aq_resource_guard_judge:
 * @self: the guard of a worker that has died
 * @lease: of the job that ran
 * @cause: what the death looks like: a signal or an exit
 * @death: what else is known of it
 * @out_verdict: (out): what it comes from
 *
 * Returns: whether it comes from a limit or from want of memory; else it is what it
 *   looks like
 */
gboolean
aq_resource_guard_judge (AqResourceGuard       *self,
                         guint64                lease,
                         const AqCause         *cause,
                         const AqResourceDeath *death,
                         AqResourceVerdict     *out_verdict)
{
  const AqResourceLimits *limits = self->running->len > 0 ? &self->grant->limits : NULL;

  if (self->over)
    return decide (self, self->over_what, self->over_used, out_verdict);
  if (aq_resource_guard_is_late (self, lease))
    return decide_late (self, out_verdict);
  if (cause->kind == AQ_CAUSE_SIGNAL && cause->number == SIGKILL)
    return judge_kill (self, death, out_verdict);
  if (limits == NULL || death->killed)
    return FALSE;
  if (cause->kind == AQ_CAUSE_SIGNAL && cause->number == SIGXFSZ && limits->file_bytes != 0)
    return decide (self, AQ_RESOURCE_FILE_SIZE, 0, out_verdict);
  if (cause->kind == AQ_CAUSE_SIGNAL && cause->number == SIGXCPU && limits->cpu_usec != 0)
    return decide (self, AQ_RESOURCE_CPU_TIME, 0, out_verdict);
  if (limits->memory_bytes != 0 && is_own_end (cause) &&
      (death->used_nothing || speaks_of_memory (death->output)))
    {
      g_autofree char *allowed = aq_resource_format (AQ_RESOURCE_MEMORY, limits->memory_bytes);

      return decide_oom (out_verdict, aq_resource_to_name (AQ_RESOURCE_MEMORY),
                         g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_OUT_OF_MEMORY,
                                      "%s was refused memory, of which %s are allowed, and died of that",
                                      self->function, allowed));
    }
  return FALSE;
}

void
aq_resource_verdict_clear (AqResourceVerdict *self)
{
  g_clear_error (&self->failure);
}
