/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * C3 and C4: power cuts
 *
 * A workload runs once while everything that reaches the disk is written down.
 * From that come the states in which a power cut may leave the disk: what was
 * flushed is there; of the rest anything, in any order, torn or whole. A store is
 * opened on each, compared with what the workload remembers, and opened again.
 * What the opening itself writes is written down too, and cut in the same way.
 *
 *   crash-states [--seeds=N] [--first-seed=N] [--states=N] [--depth=N] [--short=N] [--keep]
 */

#include "config.h"

#include "crash-disk.h"
#include "figures.h"
#include "workload.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define N_STEPS 50
#define MAX_ALL_SUBSETS 8    /* of so many writes every subset is tried */
#define N_SEEDED_SUBSETS 256 /* of more, so many */
#define RECENT_SYNCS 4       /* what is older than that has been written back, or not at all */
#define SECTOR_BYTES 512
#define HEADER_BYTES 112     /* of a segment and its first frame */
#define TRAILER_BYTES 48
#define MAX_FAILURES 5

static int option_seeds = 6;
static int option_first_seed = 1;
static int option_states = 0;
static int option_depth = 1;
static int option_short = 2;
static int option_recoveries = 40;
static gboolean option_keep;

static const GOptionEntry option_entries[] = {
  { "seeds", 0, 0, G_OPTION_ARG_INT, &option_seeds, "How many random workloads", "N" },
  { "first-seed", 0, 0, G_OPTION_ARG_INT, &option_first_seed, "The first of them", "N" },
  { "states", 0, 0, G_OPTION_ARG_INT, &option_states, "Stop after so many states", "N" },
  { "depth", 0, 0, G_OPTION_ARG_INT, &option_depth, "Recoveries that are cut, one after another", "N" },
  { "recoveries", 0, 0, G_OPTION_ARG_INT, &option_recoveries, "Cut the recovery of one state in so many", "N" },
  { "short", 0, 0, G_OPTION_ARG_INT, &option_short, "All workloads of so many steps", "N" },
  { "keep", 0, 0, G_OPTION_ARG_NONE, &option_keep, "Keep the first state that fails", NULL },
  { NULL }
};

/* one test of all */
typedef struct
{
  char       *root;       /* owned: where states are made real */
  GHashTable *seen;       /* of guint64: states that were tried, with what had to be there */
  guint64     n_states;
  guint64     n_repeated; /* the same state, found again */
  guint64     n_recovery_states;
  guint64     n_ops;
  guint64     n_failures;
  GRand      *random;
  char       *workload;   /* owned: says which */
} Explorer;

/* what was written down of one run, and what is known of it */
typedef struct
{
  ShimLog   *log;
  CrashDisk *base;     /* before it */
  Workload  *workload; /* whose oracle it is */
  guint64    acknowledged; /* before it */
  guint64    newest;
  guint      depth;    /* of recoveries that are still to be cut */
} Recording;

static void explore (Explorer        *self,
                     const Recording *recording,
                     guint            from);

/* one state */

/* Returns: what was written while it was opened */
static ShimLog *
try_open (Explorer        *self,
          const Recording *recording,
          const CrashDisk *disk,
          guint64          acknowledged,
          guint64          newest,
          gboolean         clean)
{
  Workload *workload = recording->workload;
  g_autoptr(GError) error = NULL;
  ShimLog *log = shim_log_new ();
  guint64 digests[2] = { 0 };

  crash_disk_write (disk, self->root);
  shim_set_root (self->root);
  crash_disk_number (disk, log);
  shim_record (log);
  for (guint i = 0; i < 2 && workload->wrong == NULL; i++)
    {
      if (!workload_open (workload, &error))
        {
          workload_set_wrong (workload, "opening %u: %s", i + 1, error->message);
          break;
        }
      workload_check (workload, acknowledged, newest, &digests[i]);
      if (!clean || i == 1)
        workload_crash (workload);
      else if (!workload_stop (workload, &error))
        workload_set_wrong (workload, "closing: %s", error->message);
      /* the second one is not cut again */
      shim_record (NULL);
    }
  /* it would be made again, and yet: a power cut must not harm what is called whole */
  if (workload_take_damaged_images () > 0 && workload->wrong == NULL)
    workload_set_wrong (workload, "an image that is marked whole is damaged");
  if (workload->wrong == NULL && digests[0] != digests[1])
    workload_set_wrong (workload, "a second recovery gives another store");
  shim_set_root (NULL);
  return log;
}

static void
report_failure (Explorer        *self,
                const Recording *recording,
                const CrashDisk *disk,
                const char      *what)
{
  Workload *workload = recording->workload;

  self->n_failures++;
  g_printerr ("%s, %s, depth %u: %s\n", self->workload, what, recording->depth, workload->wrong);
  if (option_keep && self->n_failures == 1)
    {
      g_autofree char *kept = g_strdup_printf ("%s.kept", self->root);

      crash_disk_write (disk, kept);
      g_printerr ("kept in %s\n", kept);
    }
  g_clear_pointer (&workload->wrong, g_free);
}

static gboolean
is_over (Explorer *self)
{
  return self->n_failures >= MAX_FAILURES ||
         (option_states > 0 && self->n_states >= (guint64) option_states);
}

static void
cut_recovery (Explorer        *self,
              const Recording *parent,
              const CrashDisk *disk,
              ShimLog         *log,
              guint64          acknowledged,
              guint64          newest)
{
  Recording recording = {
    .log = log,
    .base = crash_disk_copy (disk),
    .workload = parent->workload,
    .acknowledged = acknowledged,
    .newest = newest,
    .depth = parent->depth - 1,
  };
  guint64 before = self->n_states;

  explore (self, &recording, 0);
  if (parent->depth == (guint) option_depth)
    self->n_recovery_states += self->n_states - before;
  crash_disk_free (recording.base);
}

static void
try_state (Explorer        *self,
           const Recording *recording,
           const CrashDisk *disk,
           guint64          acknowledged,
           guint64          newest,
           const char      *what)
{
  guint64 key = crash_hash (crash_disk_hash (disk), &acknowledged, sizeof acknowledged);
  ShimLog *log;

  if (is_over (self))
    return;
  if (!g_hash_table_add (self->seen, g_memdup2 (&key, sizeof key)))
    {
      self->n_repeated++;
      return;
    }
  self->n_states++;
  shim_watch (self->workload);
  log = try_open (self, recording, disk, acknowledged, newest, self->n_states % 4 == 0);
  if (recording->workload->wrong != NULL)
    report_failure (self, recording, disk, what);
  else if (recording->depth > 0 && self->n_states % (guint) option_recoveries == 0)
    cut_recovery (self, recording, disk, log, acknowledged, newest);
  shim_log_free (log);
}

/* all states of one recording */

typedef struct
{
  Explorer        *explorer;
  const Recording *recording;
  guint            now;       /* index of the operation behind which the power goes */
  GArray          *durable;   /* of gboolean, by operation: flushed by now */
  CrashDisk       *settled;   /* all operations before `settled_to`, which are all flushed */
  guint            settled_to;
  guint64          acknowledged;
  guint64          newest;
} Cut;

static const ShimOp *
get_op (const Recording *recording,
        guint            i)
{
  return &g_array_index (recording->log->ops, ShimOp, i);
}

static gboolean
is_change (const ShimOp *op)
{
  return op->type < SHIM_OP_SYNC;
}

static const char *
parent_of (const char *name)
{
  const char *slash = strrchr (name, '/');
  g_autofree char *parent = slash != NULL ? g_strndup (name, (gsize) (slash - name)) : g_strdup ("");

  return g_intern_string (parent);
}

static gboolean
is_flushed_by (const ShimOp *op,
               const ShimOp *sync)
{
  if (sync->type == SHIM_OP_SYNC)
    return op->file == sync->file && (op->type == SHIM_OP_WRITE || op->type == SHIM_OP_RESIZE ||
                                      op->type == SHIM_OP_ALLOCATE);
  if (op->type == SHIM_OP_RENAME)
    return parent_of (op->new_name) == sync->name;
  return (op->type == SHIM_OP_CREATE || op->type == SHIM_OP_MKDIR || op->type == SHIM_OP_UNLINK) &&
         parent_of (op->name) == sync->name;
}

static void
mark_flushed (Cut          *cut,
              const ShimOp *sync)
{
  for (guint i = cut->settled_to; i < cut->now; i++)
    if (is_flushed_by (get_op (cut->recording, i), sync))
      g_array_index (cut->durable, gboolean, i) = TRUE;
  while (cut->settled_to < cut->now &&
         (g_array_index (cut->durable, gboolean, cut->settled_to) ||
          !is_change (get_op (cut->recording, cut->settled_to))))
    crash_disk_apply (cut->settled, get_op (cut->recording, cut->settled_to++), cut->recording->log->bytes->data);
}

/* what becomes of an operation that was not flushed */
typedef enum
{
  FATE_DONE,
  FATE_LOST,
  FATE_TORN_HEAD, /* its first half is there */
  FATE_TORN_TAIL, /* its second half is */
  FATE_ZEROS,     /* the file has grown, and what was written is not there */
  FATE_JUNK       /* ... and what was there before is */
} Fate;

#define N_FATES (FATE_JUNK + 1)

static void
apply_fate (Cut          *cut,
            CrashDisk    *disk,
            const ShimOp *op,
            Fate          fate)
{
  const guint8 *bytes = cut->recording->log->bytes->data;
  gsize middle = op->size / 2 / SECTOR_BYTES * SECTOR_BYTES;
  const guint8 *junk;
  gsize junk_size = 0;

  if (fate == FATE_DONE || (op->type != SHIM_OP_WRITE && fate != FATE_LOST))
    crash_disk_apply (disk, op, bytes);
  else if (fate == FATE_TORN_HEAD)
    crash_disk_apply_part (disk, op, bytes, 0, middle);
  else if (fate == FATE_TORN_TAIL)
    crash_disk_apply_part (disk, op, bytes, middle, op->size);
  else if (fate == FATE_ZEROS)
    crash_disk_apply_size (disk, op, NULL, 0);
  else if (fate == FATE_JUNK)
    {
      junk = crash_disk_get_content (cut->settled, "store/journal/000001", &junk_size);
      crash_disk_apply_size (disk, op, junk, junk_size);
    }
}

/* @fates: of each operation from settled_to on */
static void
try_fates (Cut        *cut,
           const Fate *fates,
           const char *what)
{
  g_autoptr(CrashDisk) disk = crash_disk_copy (cut->settled);

  for (guint i = cut->settled_to; i < cut->now; i++)
    {
      const ShimOp *op = get_op (cut->recording, i);

      if (is_change (op))
        apply_fate (cut, disk, op, fates[i - cut->settled_to]);
    }
  crash_disk_prune (disk);
  try_state (cut->explorer, cut->recording, disk, cut->acknowledged, cut->newest, what);
}

/* the operations that may be lost now: the last few, and with @old those that nobody ever flushes */
static GArray *
list_pending (Cut     *cut,
              gboolean old)
{
  GArray *pending = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n_syncs = 0;

  for (guint i = cut->now; i > cut->settled_to; i--)
    {
      const ShimOp *op = get_op (cut->recording, i - 1);
      guint at = i - 1 - cut->settled_to;

      n_syncs += op->type == SHIM_OP_SYNC || op->type == SHIM_OP_SYNC_DIR;
      if (is_change (op) && !g_array_index (cut->durable, gboolean, i - 1) && (n_syncs >= RECENT_SYNCS) == old)
        g_array_append_val (pending, at);
    }
  return pending;
}

static void
try_all_subsets (Cut    *cut,
                 GArray *pending,
                 Fate   *fates)
{
  static const Fate losses[] = { FATE_LOST, FATE_ZEROS, FATE_JUNK };

  for (guint loss = 0; loss < G_N_ELEMENTS (losses); loss++)
    for (guint subset = 0; subset < 1u << pending->len; subset++)
      {
        for (guint i = 0; i < pending->len; i++)
          fates[g_array_index (pending, guint, i)] = subset & (1u << i) ? FATE_DONE : losses[loss];
        try_fates (cut, fates, "subset");
      }
}

static void
try_seeded_subsets (Cut    *cut,
                    GArray *pending,
                    GArray *old,
                    Fate   *fates)
{
  GRand *random = cut->explorer->random;

  for (guint n = 0; n < N_SEEDED_SUBSETS; n++)
    {
      for (guint i = 0; i < pending->len; i++)
        fates[g_array_index (pending, guint, i)] = g_rand_boolean (random) ? FATE_DONE
                                                                            : (Fate) g_rand_int_range (random, 1, N_FATES);
      for (guint i = 0; i < old->len; i++)
        fates[g_array_index (old, guint, i)] = g_rand_boolean (random) ? FATE_DONE : FATE_LOST;
      try_fates (cut, fates, "seeded subset");
    }
}

/* before a flush: of what it would flush, anything may be there */
static void
try_subsets (Cut *cut)
{
  g_autoptr(GArray) pending = list_pending (cut, FALSE);
  g_autoptr(GArray) old = list_pending (cut, TRUE);
  g_autofree Fate *fates = g_new0 (Fate, cut->now - cut->settled_to + 1);

  if (pending->len == 0)
    return;
  if (pending->len <= MAX_ALL_SUBSETS)
    try_all_subsets (cut, pending, fates);
  else
    try_seeded_subsets (cut, pending, old, fates);
}

/* the last write, torn at every place where it matters, and at sectors from the other end too */
static void
try_torn (Cut             *cut,
          const CrashDisk *before,
          const ShimOp    *op)
{
  const guint8 *bytes = cut->recording->log->bytes->data;

  for (gsize at = 1; at < op->size; at++)
    {
      gboolean in_sector = (op->offset + at) % SECTOR_BYTES == 0;
      g_autoptr(CrashDisk) head = NULL;

      if (at > HEADER_BYTES && op->size - at > TRAILER_BYTES && !in_sector)
        continue;
      head = crash_disk_copy (before);
      crash_disk_apply_part (head, op, bytes, 0, at);
      try_state (cut->explorer, cut->recording, head, cut->acknowledged, cut->newest, "torn");
      if (in_sector)
        {
          g_autoptr(CrashDisk) tail = crash_disk_copy (before);

          crash_disk_apply_part (tail, op, bytes, at, op->size);
          try_state (cut->explorer, cut->recording, tail, cut->acknowledged, cut->newest, "torn from behind");
        }
    }
}

static void
take_mark (Cut     *cut,
           guint64  mark)
{
  if (mark & WORKLOAD_MARK_APPLIED)
    cut->newest = MAX (cut->newest, mark & ~WORKLOAD_MARK_APPLIED);
  else
    cut->acknowledged = MAX (cut->acknowledged, mark);
}

static void
explore_op (Cut       *cut,
            CrashDisk *now,
            gboolean   is_new)
{
  const ShimOp *op = get_op (cut->recording, cut->now);

  if (op->type == SHIM_OP_MARK)
    take_mark (cut, op->mark);
  else if (is_change (op))
    {
      if (is_new && op->type == SHIM_OP_WRITE)
        try_torn (cut, now, op);
      crash_disk_apply (now, op, cut->recording->log->bytes->data);
      if (is_new)
        try_state (cut->explorer, cut->recording, now, cut->acknowledged, cut->newest, "prefix");
    }
  else if (is_new)
    try_subsets (cut);
  cut->now++;
  if (op->type == SHIM_OP_SYNC || op->type == SHIM_OP_SYNC_DIR)
    mark_flushed (cut, op);
}

/* @from: the first operation behind which the power goes */
static void
explore (Explorer        *self,
         const Recording *recording,
         guint            from)
{
  guint n_ops = recording->log->ops->len;
  g_autoptr(CrashDisk) now = crash_disk_copy (recording->base);
  Cut cut = {
    .explorer = self,
    .recording = recording,
    .durable = g_array_new (FALSE, TRUE, sizeof (gboolean)),
    .settled = crash_disk_copy (recording->base),
    .acknowledged = recording->acknowledged,
    .newest = recording->newest,
  };

  g_array_set_size (cut.durable, n_ops);
  for (guint i = 0; i < n_ops && !is_over (self); i++)
    explore_op (&cut, now, i >= from);
  self->n_ops += n_ops;
  g_array_unref (cut.durable);
  crash_disk_free (cut.settled);
}

/* recordings */

static void
begin_recording (Workload  *workload,
                 Recording *recording,
                 char      *root,
                 guint32    seed)
{
  g_autoptr(CrashDisk) nothing = crash_disk_new ();

  crash_disk_write (nothing, root);
  workload_init (workload, root, seed);
  *recording = (Recording) {
    .log = shim_log_new (),
    .base = crash_disk_new (),
    .workload = workload,
    .depth = (guint) option_depth,
  };
  shim_set_root (root);
  shim_set_seed (seed);
  shim_record (recording->log);
}

static void
end_recording (Workload  *workload,
               Recording *recording)
{
  g_autoptr(GError) error = NULL;

  if (workload->store != NULL && !workload_stop (workload, &error))
    workload_set_wrong (workload, "closing: %s", error->message);
  shim_record (NULL);
  shim_set_root (NULL);
  recording->acknowledged = recording->newest = 0;
}

static void
clear_recording (Recording *recording)
{
  shim_log_free (recording->log);
  crash_disk_free (recording->base);
  workload_clear (recording->workload);
}

static void
run_seed (Explorer *self,
          guint32   seed)
{
  g_autoptr(GError) error = NULL;
  Recording recording;
  Workload workload;

  g_free (self->workload);
  self->workload = g_strdup_printf ("seed %u", seed);
  g_rand_set_seed (self->random, seed);
  shim_watch (self->workload);
  begin_recording (&workload, &recording, self->root, seed);
  if (!workload_start (&workload, &error))
    workload_set_wrong (&workload, "the first start: %s", error->message);
  for (guint i = 0; i < N_STEPS && workload.store != NULL && workload.wrong == NULL; i++)
    workload_do_any (&workload);
  end_recording (&workload, &recording);
  if (workload.wrong != NULL)
    report_failure (self, &recording, recording.base, "while it ran");
  else
    explore (self, &recording, 0);
  clear_recording (&recording);
}

/* all workloads of a few steps: what is new in each are the states after its last step's beginning */
static void
run_steps (Explorer     *self,
           const guint8 *steps,
           guint         n_steps)
{
  g_autoptr(GString) name = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  gboolean applies = TRUE;
  Recording recording;
  Workload workload;
  guint from = 0;

  for (guint i = 0; i < n_steps; i++)
    g_string_append_printf (name, "%s%s", i > 0 ? ", " : "", workload_step_name (steps[i]));
  g_free (self->workload);
  self->workload = g_strdup (name->str);
  shim_watch (self->workload);
  begin_recording (&workload, &recording, self->root, 7);
  if (!workload_start (&workload, &error))
    workload_set_wrong (&workload, "the first start: %s", error->message);
  for (guint i = 0; i < n_steps && applies && workload.wrong == NULL; i++)
    {
      workload_wait (&workload);
      from = recording.log->ops->len;
      applies = workload_do (&workload, steps[i]);
    }
  end_recording (&workload, &recording);
  if (workload.wrong != NULL)
    report_failure (self, &recording, recording.base, "while it ran");
  else if (applies)
    explore (self, &recording, from);
  clear_recording (&recording);
}

static void
run_short (Explorer *self,
           guint8   *steps,
           guint     n_steps,
           guint     max_steps)
{
  if (n_steps > 0)
    run_steps (self, steps, n_steps);
  if (n_steps == max_steps)
    return;
  for (guint step = 0; step < WORKLOAD_N_SHORT_STEPS && !is_over (self); step++)
    {
      steps[n_steps] = (guint8) step;
      run_short (self, steps, n_steps + 1, max_steps);
    }
}

static int
finish (Explorer *self)
{
  Figures *figures = figures_new ("C3-C4-crash-states");
  ShimFaults faults;
  int status;

  shim_get_violations (&faults);
  figures_set (figures, "seed", (guint64) option_first_seed);
  figures_set (figures, "states", self->n_states);
  figures_set (figures, "of recoveries", self->n_recovery_states);
  figures_set (figures, "repeated", self->n_repeated);
  figures_set (figures, "operations", self->n_ops);
  figures_set (figures, "mmap or stdio", faults.n_mmaps + faults.n_stdio);
  figures_set (figures, "writes of GDBM seen", shim_count_writes (".gdbm"));
  status = figures_finish (figures, self->n_failures + faults.n_mmaps + faults.n_stdio);
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
  guint8 steps[8];
  Explorer self = {
    .root = g_strdup_printf ("/dev/shm/asyncq-crash-%d", (int) getpid ()),
    .seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL),
    .random = g_rand_new (),
  };
  int status;

  g_option_context_add_main_entries (context, option_entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  workload_silence ();
  shim_hold_time (TRUE);
  run_short (&self, steps, 0, (guint) MIN (option_short, (int) G_N_ELEMENTS (steps)));
  for (int i = 0; i < option_seeds && !is_over (&self); i++)
    run_seed (&self, (guint32) (option_first_seed + i));
  shim_watch (NULL);
  status = finish (&self);
  crash_disk_write (nothing, self.root);
  (void) g_rmdir (self.root); /* nothing is in it */
  g_hash_table_unref (self.seen);
  g_rand_free (self.random);
  g_free (self.workload);
  g_free (self.root);
  return status;
}
