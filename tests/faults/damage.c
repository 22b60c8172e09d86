/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * C8: damage
 *
 * Three stores that were filled by a workload are damaged, one place at a time,
 * and opened. There are two right answers: a refusal that names a file and leaves
 * the folder as it is, or a store that is equal to the one before the damage. The
 * one exception: where a crash has left a frame that nothing covers, a flip in it
 * looks like a torn write, and the store is the one without that frame.
 *
 *   damage [--flips=N] [--segment=BYTES] [--seed=N]
 */

#include "config.h"

#include "crash-disk.h"
#include "figures.h"
#include "workload.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define SECTOR_BYTES 512
#define MAX_VIOLATIONS 10
#define N_PUTS_BEHIND 24 /* the images */
#define GOES_ON_EVERY 32 /* of the stores that open, so many are worked with too */

static int option_flips = 40000;
static int option_segment = 16384;
static int option_seed = 1;

static const GOptionEntry option_entries[] = {
  { "flips", 0, 0, G_OPTION_ARG_INT, &option_flips, "Random flips", "N" },
  { "segment", 0, 0, G_OPTION_ARG_INT, &option_segment, "So much of a segment is flipped bit by bit", "BYTES" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &option_seed, "Of the stores and of chance", "N" },
  { NULL }
};

typedef enum
{
  RESULT_DETECTED,
  RESULT_EQUAL,
  RESULT_EXCEPTION,
  RESULT_SILENT
} Result;

#define N_RESULTS (RESULT_SILENT + 1)

/* A store that was right. */
typedef struct
{
  Workload   workload; /* knows what is in it */
  CrashDisk *disk;
  CrashDisk *backup;   /* the same store some time before; nullable */
  guint64    digest;
  guint64    sequence;
  guint64    certain;  /* the newest transaction with a frame behind it */
} Reference;

typedef struct
{
  char    *root;
  GRand   *random;
  gboolean is_dirty;   /* the folder is not the reference's */
  guint64  n_results[N_RESULTS];
  guint64  n_went_on;
  guint64  n_bits;
  guint64  n_flips;
  guint64  n_others;
  guint64  n_violations;
} Damage;

static void
report (Damage     *self,
        const char *what,
        const char *wrong)
{
  self->n_violations++;
  g_printerr ("seed %d, %s: %s\n", option_seed, what, wrong);
}

/* real files, unseen by the shim */

static void
restore (Damage          *self,
         const Reference *reference)
{
  if (self->is_dirty)
    crash_disk_write (reference->disk, self->root);
  self->is_dirty = FALSE;
}

static void
write_file (Damage       *self,
            const char   *name,
            const guint8 *bytes,
            gsize         size)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);
  int fd;

  shim_enter_test ();
  fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_assert (fd >= 0);
  g_assert (write (fd, bytes, size) == (gssize) size);
  (void) close (fd); /* in memory */
  shim_leave_test ();
}

static void
patch_file (Damage       *self,
            const char   *name,
            const guint8 *bytes,
            gsize         size,
            gsize         offset)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);
  int fd;

  shim_enter_test ();
  fd = open (path, O_WRONLY | O_CLOEXEC);
  g_assert (fd >= 0);
  g_assert (pwrite (fd, bytes, size, (off_t) offset) == (gssize) size);
  (void) close (fd); /* in memory */
  shim_leave_test ();
}

static void
remove_file (Damage     *self,
             const char *name)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);

  shim_enter_test ();
  (void) unlink (path); /* may not be there */
  shim_leave_test ();
}

static void
cut_file (Damage     *self,
          const char *name,
          gsize       size)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);

  shim_enter_test ();
  g_assert (truncate (path, (off_t) size) == 0);
  shim_leave_test ();
}

/* what the store says to it */

static gboolean
names_a_file (const char *message)
{
  static const char * const names[] = { "journal/", "A.gdbm", "B.gdbm", "super", "format" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strstr (message, names[i]) != NULL)
      return TRUE;
  return FALSE;
}

static Result
judge_refusal (Damage       *self,
               const char   *what,
               const GError *error)
{
  gboolean right = g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT) ||
                   g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION) ||
                   g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN);

  /* a folder that is no store has no file to name */
  if (!right || (!names_a_file (error->message) &&
                 !g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN)))
    report (self, what, error->message);
  if (shim_has_changed_disk ())
    report (self, what, "the store was refused, and changed");
  return RESULT_DETECTED;
}

/* a store that has opened on damage must also bear what comes next */
static void
go_on (Damage    *self,
       Reference *reference)
{
  Workload *workload = &reference->workload;
  g_autoptr(GError) error = NULL;
  guint64 newest = oracle_get_newest (workload->oracle);

  self->n_went_on++;
  workload_recover (workload);
  workload_do (workload, WORKLOAD_PUT);
  workload_do (workload, WORKLOAD_CHECKPOINT);
  if (workload->wrong == NULL && !workload_stop (workload, &error))
    workload_set_wrong (workload, "closing: %s", error->message);
  if (workload->wrong == NULL && !workload_open (workload, &error))
    workload_set_wrong (workload, "the next start: %s", error->message);
  if (workload->wrong == NULL)
    workload_check (workload, oracle_get_acknowledged (workload->oracle), oracle_get_newest (workload->oracle), NULL);
  if (workload->store != NULL)
    workload_crash (workload);
  oracle_forget (workload->oracle, newest);
}

static Result
judge_store (Damage     *self,
             Reference  *reference,
             const char *what)
{
  Workload *workload = &reference->workload;
  guint64 sequence = aq_store_get_sequence (workload->store);
  guint64 digest = 0;
  Result result = RESULT_SILENT;

  workload_check (workload, reference->certain, reference->sequence, &digest);
  if (workload->wrong == NULL && sequence == reference->sequence && digest == reference->digest)
    result = RESULT_EQUAL;
  else if (workload->wrong == NULL && sequence < reference->sequence)
    result = RESULT_EXCEPTION;
  else
    report (self, what, workload->wrong != NULL ? workload->wrong : "another store was opened, and nothing was said");
  g_clear_pointer (&workload->wrong, g_free);
  return result;
}

/* of the folder as it is now; makes it the reference's again */
static void
judge (Damage     *self,
       Reference  *reference,
       const char *what)
{
  Workload *workload = &reference->workload;
  g_autoptr(GError) error = NULL;
  Result result;

  shim_watch (what);
  shim_set_root (self->root);
  if (!workload_open (workload, &error))
    result = judge_refusal (self, what, error);
  else
    {
      result = judge_store (self, reference, what);
      self->is_dirty = TRUE;
      if (result == RESULT_EQUAL && self->n_results[RESULT_EQUAL] % GOES_ON_EVERY == 0)
        go_on (self, reference);
      else
        workload_crash (workload);
      if (workload->wrong != NULL)
        report (self, what, workload->wrong);
      g_clear_pointer (&workload->wrong, g_free);
    }
  shim_set_root (NULL);
  self->n_results[result]++;
}

static gboolean
is_over (Damage *self)
{
  return self->n_violations >= MAX_VIOLATIONS;
}

/* one kind of damage after the other */

static void
flip (Damage     *self,
      Reference  *reference,
      const char *name,
      gsize       offset,
      guint       bit)
{
  g_autofree char *what = g_strdup_printf ("bit %u of byte %" G_GSIZE_FORMAT " of %s flipped", bit, offset, name);
  gsize size = 0;
  const guint8 *bytes = crash_disk_get_content (reference->disk, name, &size);
  guint8 flipped = bytes[offset] ^ (guint8) (1u << bit);

  restore (self, reference);
  patch_file (self, name, &flipped, 1, offset);
  judge (self, reference, what);
  if (!self->is_dirty)
    patch_file (self, name, bytes + offset, 1, offset);
}

static void
report_flip (Damage     *self,
             const char *name,
             gsize       offset,
             guint       bit)
{
  g_autofree char *what = g_strdup_printf ("bit %u of byte %" G_GSIZE_FORMAT " of %s", bit, offset, name);

  report (self, what, "a flip in a flushed frame was not told");
}

static void
flip_every_bit (Damage     *self,
                Reference  *reference,
                const char *name,
                gsize       n_bytes)
{
  for (gsize offset = 0; offset < n_bytes; offset++)
    for (guint bit = 0; bit < 8 && !is_over (self); bit++)
      {
        guint64 n_detected = self->n_results[RESULT_DETECTED];

        flip (self, reference, name, offset, bit);
        self->n_bits++;
        /* these were flushed, and nothing else has them: that the store looks the same is luck */
        if (self->n_results[RESULT_DETECTED] == n_detected)
          report_flip (self, name, offset, bit);
      }
}

static void
flip_at_random (Damage              *self,
                Reference           *reference,
                const char * const  *names,
                guint                n_flips)
{
  for (guint i = 0; i < n_flips && !is_over (self); i++)
    {
      const char *name = names[g_rand_int_range (self->random, 0, (int) g_strv_length ((char **) names))];
      gsize size = 0;

      if (crash_disk_get_content (reference->disk, name, &size) == NULL || size == 0)
        continue;
      flip (self, reference, name, (gsize) g_rand_int_range (self->random, 0, (int) size),
            (guint) g_rand_int_range (self->random, 0, 8));
      self->n_flips++;
    }
}

static void
try_content (Damage       *self,
             Reference    *reference,
             const char   *name,
             const guint8 *bytes,
             gsize         size,
             const char   *what)
{
  g_autofree char *where = g_strdup_printf ("%s: %s", name, what);

  if (is_over (self))
    return;
  restore (self, reference);
  if (bytes != NULL)
    write_file (self, name, bytes, size);
  else
    remove_file (self, name);
  judge (self, reference, where);
  self->is_dirty = TRUE;
  self->n_others++;
}

/* sectors that are zeros, that are another's, and two that have changed places */
static void
damage_sectors (Damage     *self,
                Reference  *reference,
                const char *name)
{
  gsize size = 0;
  const guint8 *bytes = crash_disk_get_content (reference->disk, name, &size);
  gsize n_sectors = MIN (size / SECTOR_BYTES, 96);

  for (gsize i = 0; i < n_sectors; i++)
    {
      gsize other = (gsize) g_rand_int_range (self->random, 0, (int) n_sectors);
      g_autofree guint8 *copy = g_memdup2 (bytes, size);

      memset (copy + i * SECTOR_BYTES, 0, SECTOR_BYTES);
      try_content (self, reference, name, copy, size, "a sector of zeros");
      memcpy (copy + i * SECTOR_BYTES, bytes + other * SECTOR_BYTES, SECTOR_BYTES);
      try_content (self, reference, name, copy, size, "a sector twice");
      memcpy (copy + other * SECTOR_BYTES, bytes + i * SECTOR_BYTES, SECTOR_BYTES);
      try_content (self, reference, name, copy, size, "two sectors have changed places");
    }
}

static void
cut_everywhere (Damage     *self,
                Reference  *reference,
                const char *name,
                gsize       step)
{
  gsize size = 0;

  if (crash_disk_get_content (reference->disk, name, &size) == NULL)
    return;
  for (gsize length = 0; length < size && !is_over (self); length += step)
    {
      g_autofree char *what = g_strdup_printf ("%s cut to %" G_GSIZE_FORMAT " bytes", name, length);

      restore (self, reference);
      cut_file (self, name, length);
      judge (self, reference, what);
      self->is_dirty = TRUE;
      self->n_others++;
    }
}

/* what is in the store's folder */
static GStrv
list_files (Reference *reference)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  static const char * const names[] = { "store/super", "store/A.gdbm", "store/B.gdbm", "store/format" };
  gsize size;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (crash_disk_get_content (reference->disk, names[i], &size) != NULL)
      g_strv_builder_add (builder, names[i]);
  for (guint i = 1; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("store/journal/%06u", i);

      if (crash_disk_get_content (reference->disk, name, &size) != NULL)
        g_strv_builder_add (builder, name);
    }
  return g_strv_builder_end (builder);
}

/* each file: gone, another store's, as it once was, in another's place */
static void
exchange_files (Damage     *self,
                Reference  *reference,
                Reference  *stranger)
{
  g_auto(GStrv) names = list_files (reference);

  for (guint i = 0; names[i] != NULL; i++)
    {
      gsize size = 0;
      const guint8 *foreign = crash_disk_get_content (stranger->disk, names[i], &size);

      /* without its format it is no store, and says so */
      try_content (self, reference, names[i], NULL, 0, "is missing");
      if (foreign != NULL && strcmp (names[i], "store/format") != 0)
        try_content (self, reference, names[i], foreign, size, "is another store's");
      if (reference->backup != NULL)
        {
          const guint8 *old = crash_disk_get_content (reference->backup, names[i], &size);

          if (old != NULL)
            try_content (self, reference, names[i], old, size, "is from a backup");
        }
      for (guint j = 0; names[j] != NULL; j++)
        {
          const guint8 *other = crash_disk_get_content (reference->disk, names[j], &size);

          if (i != j)
            try_content (self, reference, names[i], other, size, names[j]);
        }
    }
}

static void
swap_images (Damage    *self,
             Reference *reference)
{
  gsize size_a = 0;
  gsize size_b = 0;
  const guint8 *a = crash_disk_get_content (reference->disk, "store/A.gdbm", &size_a);
  const guint8 *b = crash_disk_get_content (reference->disk, "store/B.gdbm", &size_b);

  if (a == NULL || b == NULL)
    return;
  restore (self, reference);
  write_file (self, "store/A.gdbm", b, size_b);
  write_file (self, "store/B.gdbm", a, size_a);
  judge (self, reference, "A and B have changed names");
  self->is_dirty = TRUE;
  self->n_others++;
}

/* the stores */

static void
begin_reference (Reference *self,
                 Damage    *damage,
                 guint32    seed,
                 guint64    segment_bytes)
{
  g_autoptr(CrashDisk) nothing = crash_disk_new ();
  g_autoptr(GError) error = NULL;

  *self = (Reference) { NULL };
  crash_disk_write (nothing, damage->root);
  workload_init (&self->workload, damage->root, seed);
  self->workload.settings.segment_min_bytes = segment_bytes;
  self->workload.settings.segment_max_bytes = segment_bytes;
  shim_set_root (damage->root);
  shim_set_seed (seed);
  if (!workload_start (&self->workload, &error))
    workload_set_wrong (&self->workload, "the first start: %s", error->message);
  workload_wait (&self->workload);
}

/* how it is when it is opened: the store that comes after damage has to be this one */
static void
end_reference (Reference *self,
               Damage    *damage)
{
  Workload *workload = &self->workload;
  g_autoptr(GError) error = NULL;

  shim_set_root (NULL);
  self->disk = crash_disk_read (damage->root);
  shim_set_root (damage->root);
  if (!workload_open (workload, &error))
    workload_set_wrong (workload, "the store is not right: %s", error->message);
  else
    {
      self->sequence = aq_store_get_sequence (workload->store);
      workload_check (workload, oracle_get_acknowledged (workload->oracle), oracle_get_newest (workload->oracle),
                      &self->digest);
      workload_crash (workload);
    }
  shim_set_root (NULL);
  damage->is_dirty = TRUE;
  if (workload->wrong != NULL)
    report (damage, "before any damage", workload->wrong);
  g_clear_pointer (&workload->wrong, g_free);
}

static void
clear_reference (Reference *self)
{
  g_clear_pointer (&self->disk, crash_disk_free);
  g_clear_pointer (&self->backup, crash_disk_free);
  workload_clear (&self->workload);
}

static gsize
get_used_bytes (Damage     *self,
                const char *name)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);
  g_autofree char *bytes = NULL;
  gsize size = 0;

  shim_enter_test ();
  g_assert (g_file_get_contents (path, &bytes, &size, NULL));
  shim_leave_test ();
  while (size > 0 && bytes[size - 1] == '\0')
    size--;
  return size;
}

/* one segment, filled at least as far as its bits are flipped; no image */
static void
make_journal (Reference *self,
              Damage    *damage,
              guint32    seed,
              gboolean   clean)
{
  g_autoptr(GError) error = NULL;

  begin_reference (self, damage, seed, (guint64) option_segment * 2);
  for (;;)
    {
      self->certain = oracle_get_acknowledged (self->workload.oracle);
      workload_do (&self->workload, WORKLOAD_PUT);
      workload_do (&self->workload, WORKLOAD_PUT_COMPOSITE);
      workload_do (&self->workload, WORKLOAD_CLAIM);
      workload_do (&self->workload, WORKLOAD_SUCCEED);
      workload_wait (&self->workload);
      if (self->workload.wrong != NULL ||
          get_used_bytes (damage, "store/journal/000001") >= (gsize) option_segment + SECTOR_BYTES)
        break;
    }
  if (!clean)
    workload_crash (&self->workload);
  else if (!workload_stop (&self->workload, &error))
    workload_set_wrong (&self->workload, "closing: %s", error->message);
  end_reference (self, damage);
  if (clean)
    self->certain = self->sequence;
}

/* both images, segments that were used again, and a journal that goes on behind them */
static void
make_full (Reference *self,
           Damage    *damage,
           guint32    seed)
{
  g_autoptr(GError) error = NULL;

  begin_reference (self, damage, seed, 4096);
  for (guint i = 0; i < 120 && self->workload.store != NULL && self->workload.wrong == NULL; i++)
    {
      workload_do_any (&self->workload);
      if (i == 60)
        {
          workload_do (&self->workload, WORKLOAD_CHECKPOINT);
          self->backup = crash_disk_read (damage->root);
        }
    }
  workload_do (&self->workload, WORKLOAD_CHECKPOINT);
  /* over more than one segment; jobs that nothing else refers to, so that nothing but the chain misses them */
  for (guint i = 0; i < N_PUTS_BEHIND; i++)
    {
      workload_do (&self->workload, WORKLOAD_PUT);
      workload_wait (&self->workload);
    }
  if (!workload_stop (&self->workload, &error))
    workload_set_wrong (&self->workload, "closing: %s", error->message);
  end_reference (self, damage);
  self->certain = self->sequence;
}

/* all of it */

static void
damage_journal (Damage *self)
{
  static const char * const names[] = { "store/journal/000001", NULL };
  Reference reference;
  Reference crashed;

  make_journal (&reference, self, (guint32) option_seed, TRUE);
  flip_every_bit (self, &reference, names[0], (gsize) option_segment);
  cut_everywhere (self, &reference, names[0], 1);
  damage_sectors (self, &reference, names[0]);
  clear_reference (&reference);

  make_journal (&crashed, self, (guint32) option_seed + 1, FALSE);
  flip_at_random (self, &crashed, names, (guint) option_flips / 10);
  clear_reference (&crashed);
}

static void
damage_full (Damage *self)
{
  static const char * const images[] = { "store/A.gdbm", "store/B.gdbm", NULL };
  static const char * const others[] = { "store/super", "store/format", NULL };
  g_auto(GStrv) all = NULL;
  Reference reference;
  Reference stranger;

  make_full (&stranger, self, (guint32) option_seed + 2);
  make_full (&reference, self, (guint32) option_seed + 3);
  all = list_files (&reference);
  exchange_files (self, &reference, &stranger);
  swap_images (self, &reference);
  flip_at_random (self, &reference, images, (guint) option_flips * 4 / 10);
  flip_at_random (self, &reference, others, (guint) option_flips * 1 / 10);
  flip_at_random (self, &reference, (const char * const *) all, (guint) option_flips * 4 / 10);
  for (guint i = 0; all[i] != NULL; i++)
    {
      damage_sectors (self, &reference, all[i]);
      cut_everywhere (self, &reference, all[i], 97);
    }
  clear_reference (&reference);
  clear_reference (&stranger);
}

static int
finish (Damage *self)
{
  Figures *figures = figures_new ("C8-damage");
  int status;

  figures_set (figures, "seed", (guint64) option_seed);
  figures_set (figures, "bits in turn", self->n_bits);
  figures_set (figures, "random flips", self->n_flips);
  figures_set (figures, "other damage", self->n_others);
  figures_set (figures, "detected", self->n_results[RESULT_DETECTED]);
  figures_set (figures, "opened equal", self->n_results[RESULT_EQUAL]);
  figures_set (figures, "worked with", self->n_went_on);
  figures_set (figures, "exception", self->n_results[RESULT_EXCEPTION]);
  figures_set (figures, "silent", self->n_results[RESULT_SILENT]);
  status = figures_finish (figures, self->n_violations);
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
  Damage self = { .root = g_strdup_printf ("/dev/shm/asyncq-damage-%d", (int) getpid ()) };
  int status;

  g_option_context_add_main_entries (context, option_entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  self.random = g_rand_new_with_seed ((guint32) option_seed);
  workload_silence ();
  shim_hold_time (TRUE);
  damage_full (&self);
  damage_journal (&self);
  shim_watch (NULL);
  status = finish (&self);
  crash_disk_write (nothing, self.root);
  (void) g_rmdir (self.root); /* nothing is in it */
  g_rand_free (self.random);
  g_free (self.root);
  return status;
}
