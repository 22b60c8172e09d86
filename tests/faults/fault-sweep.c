/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * C1: the n-th call fails
 *
 * One workload, run again and again: each time the n-th call of one kind fails in
 * one way, once or for good, for n = 1, 2 and so on until a run has no such call.
 * Then the disk is whole again, the service has to go on (unless it was told that
 * it cannot), and a new start has to find all that was acknowledged.
 *
 *   fault-sweep [--seeds=N] [--first-seed=N] [--only=KIND]
 */

#include "config.h"

#include "crash-disk.h"
#include "figures.h"
#include "workload.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define N_STEPS_BEFORE 18 /* of a store that a crash has left: its recovery meets the failures */
#define N_STEPS 22
#define MAX_ERRNOS 8
#define MAX_STARTS 4
#define MAX_VIOLATIONS 10

static int option_seeds = 1;
static int option_first_seed = 1;
static char *option_only;

static const GOptionEntry option_entries[] = {
  { "seeds", 0, 0, G_OPTION_ARG_INT, &option_seeds, "How many workloads", "N" },
  { "first-seed", 0, 0, G_OPTION_ARG_INT, &option_first_seed, "The first of them", "N" },
  { "only", 0, 0, G_OPTION_ARG_STRING, &option_only, "Only failures of these calls", "KIND" },
  { NULL }
};

/* what each call can answer on a disk that is broken, full or read-only, or in a machine that is */
static const struct
{
  ShimKind kind;
  int      errnos[MAX_ERRNOS];
} failures[] = {
  { SHIM_OPEN, { EIO, ENOSPC, EDQUOT, EINTR, EMFILE, ENFILE, ENOMEM, EROFS } },
  { SHIM_READ, { EIO, EINTR } },
  { SHIM_WRITE, { EIO, ENOSPC, EDQUOT, EINTR } },
  { SHIM_RESIZE, { EIO, ENOSPC, EDQUOT, EINTR } },
  { SHIM_ALLOCATE, { EIO, ENOSPC, EDQUOT, EINTR, EOPNOTSUPP } },
  { SHIM_FDATASYNC, { EIO, ENOSPC, EDQUOT, EINTR, EROFS } },
  { SHIM_FSYNC, { EIO, ENOSPC, EDQUOT, EINTR, EROFS } },
  { SHIM_WRITE_BACK, { EIO, ENOSPC, EINTR } },
  { SHIM_RENAME, { EIO, ENOSPC, EDQUOT, ENOMEM, EROFS } },
  { SHIM_UNLINK, { EIO, ENOMEM, EROFS } },
  { SHIM_MKDIR, { EIO, ENOSPC, EDQUOT, ENOMEM, EROFS } },
  { SHIM_CLOSE, { EIO, ENOSPC, EDQUOT, EINTR } },
  { SHIM_STAT, { EIO, ENOMEM } },
  { SHIM_LIST, { EIO, ENOMEM } },
  { SHIM_LOCK, { EINTR, ENOLCK } },
  { SHIM_THREAD, { EAGAIN, EMFILE } },
};

G_STATIC_ASSERT (G_N_ELEMENTS (failures) == SHIM_N_KINDS);

typedef enum
{
  FAULT_CALL,  /* answers with an errno */
  FAULT_SHORT, /* a write that is cut short */
  FAULT_FULL   /* no more space from there on */
} FaultType;

typedef struct
{
  FaultType type;
  ShimKind  kind;
  int       fail_errno;
  gsize     max_bytes;
  gboolean  for_good;
  gboolean  on_recovery; /* of a store that a crash has left, else from the very first call */
} Fault;

typedef struct
{
  char    *root;
  guint32  seed;
  guint64  n_points;
  guint64  n_ended;      /* stores that failed for good, and said so */
  guint64  n_refused;
  guint64  n_violations;
} Sweep;

static char *
describe (const Fault *fault,
          guint32      seed,
          guint64      nth)
{
  const char *where = fault->on_recovery ? "after a crash" : "from the start";
  const char *how_often = fault->for_good ? "for good" : "once";

  if (fault->type == FAULT_FULL)
    return g_strdup_printf ("seed %u, disk full at growth %" G_GUINT64_FORMAT ", %s", seed, nth, where);
  if (fault->type == FAULT_SHORT)
    return g_strdup_printf ("seed %u, write %" G_GUINT64_FORMAT " short (%" G_GSSIZE_FORMAT "), %s, %s", seed, nth,
                            (gssize) fault->max_bytes, how_often, where);
  return g_strdup_printf ("seed %u, %s %" G_GUINT64_FORMAT ": %s, %s, %s", seed, shim_kind_name (fault->kind), nth,
                          g_strerror (fault->fail_errno), how_often, where);
}

static void
arm (const Fault *fault,
     guint64      nth)
{
  if (fault->type == FAULT_FULL)
    shim_fill (nth);
  else if (fault->type == FAULT_SHORT)
    shim_shorten (nth, fault->for_good, fault->max_bytes);
  else
    shim_fail (fault->kind, nth, fault->for_good, fault->fail_errno);
}

/* a failed start may be tried again, and what fails once cannot fail the second time */
static gboolean
start_somehow (Workload    *workload,
               const Fault *fault)
{
  for (guint i = 0; i < MAX_STARTS && workload->wrong == NULL; i++)
    {
      g_autoptr(GError) error = NULL;

      if (workload_start (workload, &error))
        return TRUE;
      if (!g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL) &&
          !g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED))
        workload_set_wrong (workload, "a start was refused: %s", error->message);
      if (i > 0 && !fault->for_good)
        workload_set_wrong (workload, "a second start was refused: %s", error->message);
    }
  return FALSE;
}

static void
work (Workload    *workload,
      const Fault *fault,
      guint        n_steps)
{
  for (guint i = 0; i < n_steps && workload->wrong == NULL && workload->failure == NULL; i++)
    {
      if (workload->store == NULL && !start_somehow (workload, fault))
        return;
      workload_do_any (workload);
    }
}

/* on a full disk what runs can still record its end */
static void
end_all (Workload *workload)
{
  guint n_errors;

  /* without a reserve from the start nothing runs */
  if (workload->store == NULL || workload->failure != NULL || workload->attempts->len == 0)
    return;
  n_errors = workload->n_store_errors;
  while (workload->attempts->len > 0 && workload->wrong == NULL && workload_do (workload, WORKLOAD_SUCCEED))
    ;
  workload_wait (workload);
  if (workload->attempts->len > 0 || workload->n_store_errors > n_errors || workload->held->len > 0)
    workload_set_wrong (workload, "full disk: %u of the running jobs could not end, %u ends were refused, %u wait",
                        workload->attempts->len, workload->n_store_errors - n_errors, workload->held->len);
}

/* the disk is whole again: within a second the store goes on by itself */
static void
go_on (Workload    *workload,
       const Fault *fault)
{
  gint64 from_msec = shim_get_time ();
  guint n_errors;

  if (workload->store == NULL && !start_somehow (workload, fault))
    {
      workload_set_wrong (workload, "no start on a disk that is whole again");
      return;
    }
  if (workload->failure != NULL)
    return;
  workload_wait (workload);
  if (workload->failure == NULL && workload->held->len > 0)
    workload_set_wrong (workload, "I10: %u requests wait though the disk is whole again", workload->held->len);
  while (shim_settle () && shim_get_time () < from_msec + 1000)
    shim_advance (25);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  n_errors = workload->n_store_errors;
  workload_do (workload, WORKLOAD_PUT);
  workload_wait (workload);
  if (workload->failure == NULL && (workload->n_store_errors > n_errors || workload->held->len > 0))
    workload_set_wrong (workload, "nothing can be put a second after the disk is whole again: %s",
                        aq_store_get_refusal (workload->store) != NULL ? aq_store_get_refusal (workload->store)->message
                                                                       : "no answer");
}

static void
check_fault (Workload    *workload,
             const Fault *fault)
{
  if (workload->failure != NULL && (!fault->for_good || fault->type != FAULT_CALL))
    workload_set_wrong (workload, "the store has failed for good: %s", workload->failure->message);
  if (fault->fail_errno == EINTR && workload->n_store_errors > 0)
    workload_set_wrong (workload, "an interrupted call was not made again");
  if (fault->type == FAULT_SHORT && workload->n_store_errors > 0)
    workload_set_wrong (workload, "a short write was not continued");
}

/* a new start finds all that was acknowledged, and the next one finds the same */
static void
verify (Workload *workload)
{
  guint64 digests[2] = { 0 };

  for (guint i = 0; i < 2 && workload->wrong == NULL; i++)
    {
      g_autoptr(GError) error = NULL;

      if (!workload_open (workload, &error))
        {
          workload_set_wrong (workload, "start %u afterwards: %s", i + 1, error->message);
          return;
        }
      workload_check (workload, oracle_get_acknowledged (workload->oracle), oracle_get_newest (workload->oracle),
                      &digests[i]);
      workload_crash (workload);
    }
  if (digests[0] != digests[1])
    workload_set_wrong (workload, "a second start gives another store");
}

/* Returns: whether the fault came at all */
static gboolean
run_point (Sweep       *self,
           const Fault *fault,
           guint64      nth)
{
  g_autofree char *what = describe (fault, self->seed, nth);
  g_autoptr(CrashDisk) nothing = crash_disk_new ();
  g_autoptr(GError) error = NULL;
  ShimFaults before, after;
  gboolean reached;
  Workload workload;

  shim_watch (what);
  shim_get_violations (&before);
  crash_disk_write (nothing, self->root);
  workload_init (&workload, self->root, self->seed);
  shim_set_root (self->root);
  shim_set_seed (self->seed);
  if (fault->on_recovery)
    {
      work (&workload, fault, N_STEPS_BEFORE);
      workload_crash (&workload);
    }
  arm (fault, nth);
  work (&workload, fault, N_STEPS);
  reached = shim_has_failed ();
  if (reached && fault->type == FAULT_FULL && workload.wrong == NULL)
    end_all (&workload);
  shim_heal ();
  if (workload.wrong == NULL)
    go_on (&workload, fault);
  if (workload.wrong == NULL)
    check_fault (&workload, fault);
  self->n_ended += workload.failure != NULL;
  self->n_refused += workload.n_refused;
  if (workload.store != NULL && workload.wrong == NULL && !workload_stop (&workload, &error) &&
      workload.failure == NULL)
    workload_set_wrong (&workload, "a stop on a whole disk: %s", error->message);
  if (workload.store != NULL)
    workload_crash (&workload);
  if (workload.wrong == NULL)
    verify (&workload);
  shim_get_violations (&after);
  if (after.n_used_broken > before.n_used_broken || after.n_reflushed > before.n_reflushed)
    workload_set_wrong (&workload, "a descriptor of '%s' was used after it had failed", after.broken_name);
  if (workload.wrong != NULL)
    {
      self->n_violations++;
      g_printerr ("%s: %s\n", what, workload.wrong);
    }
  workload_clear (&workload);
  shim_set_root (NULL);
  self->n_points += reached;
  return reached;
}

static void
sweep (Sweep      *self,
       Fault       fault)
{
  for (guint i = 0; i < 2; i++)
    {
      guint64 nth = 1;

      fault.on_recovery = i == 1;
      while (self->n_violations < MAX_VIOLATIONS && run_point (self, &fault, nth))
        nth++;
    }
}

static void
sweep_calls (Sweep *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    for (guint j = 0; j < MAX_ERRNOS && failures[i].errnos[j] != 0; j++)
      for (gboolean for_good = FALSE; for_good <= TRUE; for_good++)
        {
          Fault fault = { FAULT_CALL, failures[i].kind, failures[i].errnos[j], 0, for_good };

          /* one that is interrupted for ever may try for ever */
          if ((for_good && failures[i].errnos[j] == EINTR) ||
              (option_only != NULL && strcmp (option_only, shim_kind_name (failures[i].kind)) != 0))
            continue;
          sweep (self, fault);
        }
}

static void
sweep_short_writes (Sweep *self)
{
  static const gsize sizes[] = { 1, 7, 511, G_MAXSIZE };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gboolean for_good = FALSE; for_good <= TRUE; for_good++)
      sweep (self, (Fault) { FAULT_SHORT, SHIM_WRITE, 0, sizes[i], for_good });
}

static int
finish (Sweep *self)
{
  Figures *figures = figures_new ("C1-fault-sweep");
  ShimFaults faults;
  int status;

  shim_get_violations (&faults);
  figures_set (figures, "seed", (guint64) option_first_seed);
  figures_set (figures, "points", self->n_points);
  figures_set (figures, "stores that ended", self->n_ended);
  figures_set (figures, "refusals", self->n_refused);
  figures_set (figures, "mmap or stdio", faults.n_mmaps + faults.n_stdio);
  figures_set (figures, "writes of GDBM seen", shim_count_writes (".gdbm"));
  status = figures_finish (figures, self->n_violations + faults.n_mmaps + faults.n_stdio);
  figures_free (figures);
  return status;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(CrashDisk) nothing = crash_disk_new ();
  g_autoptr(GError) error = NULL;
  Sweep self = { .root = g_strdup_printf ("/dev/shm/asyncq-sweep-%d", (int) getpid ()) };
  int status;

  g_option_context_add_main_entries (context, option_entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  workload_silence ();
  shim_hold_time (TRUE);
  for (int i = 0; i < option_seeds && self.n_violations < MAX_VIOLATIONS; i++)
    {
      self.seed = (guint32) (option_first_seed + i);
      sweep_calls (&self);
      if (option_only == NULL || strcmp (option_only, "short") == 0)
        sweep_short_writes (&self);
      if (option_only == NULL || strcmp (option_only, "full") == 0)
        sweep (&self, (Fault) { .type = FAULT_FULL, .for_good = TRUE });
    }
  shim_watch (NULL);
  status = finish (&self);
  crash_disk_write (nothing, self.root);
  (void) g_rmdir (self.root); /* nothing is in it */
  g_free (self.root);
  return status;
}
