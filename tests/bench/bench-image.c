/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Images of a million jobs
 *
 * Folds a journal of puts, lays it over an empty image, reads all of that back,
 * copies it, and changes every job of it. Argument: a directory on the disk that
 * is to be measured; else the one for temporary files.
 */

#include "config.h"

#include "core/aq-lane.h"
#include "store/aq-fold.h"
#include "store/aq-image.h"
#include "store/aq-page.h"
#include "store/aq-record.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define N_JOBS 1000000
#define ARGUMENTS_SIZE 100
#define FRAME_JOBS 1000
#define WINDOW_BYTES (64 * 1024 * 1024)

static const guint8 store_id[AQ_STORE_ID_SIZE] = "bench";

typedef struct
{
  AqStoreIo     io;
  int           fd;
  AqLane       *lane;
  AqBuffer      content;
  guint64       sequence;
  AqFold       *fold;
  AqImage      *image;
  AqImageState  state;
  double        fold_sec;
  double        write_sec;
} Bench;

static void
check (gboolean      ok,
       const GError *error)
{
  if (ok)
    return;
  fprintf (stderr, "bench-image: %s\n", error->message);
  exit (1);
}

static double
now_sec (void)
{
  return (double) g_get_monotonic_time () / G_USEC_PER_SEC;
}

static void
report (const char *what,
        double      seconds)
{
  printf ("%-44s %7.3f s  %9.0f jobs/s\n", what, seconds, N_JOBS / seconds);
}

/* the content of a frame with one transaction: jobs from @first on, so many parts of each */
static void
encode (Bench      *self,
        guint64     first,
        AqJobParts  parts)
{
  static const char arguments[ARGUMENTS_SIZE];
  AqChanges changes = {
    .jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_job_free),
    .edges = g_array_new (FALSE, FALSE, sizeof (AqEdge)),
    .agents = g_array_new (FALSE, FALSE, sizeof (AqAgentChange)),
    .removed = g_array_new (FALSE, FALSE, sizeof (guint64)),
  };

  for (guint64 id = first; id < first + FRAME_JOBS; id++)
    {
      AqJob *job = aq_job_new (id, aq_lane_ref (self->lane), arguments, ARGUMENTS_SIZE);

      job->dirty = (guint8) parts;
      g_ptr_array_add (changes.jobs, job);
    }
  self->content.size = 0;
  aq_record_append_transaction (&self->content, ++self->sequence, NULL, &changes, NULL);
  g_ptr_array_unref (changes.jobs);
  g_array_unref (changes.edges);
  g_array_unref (changes.agents);
  g_array_unref (changes.removed);
}

/* lays what was folded over the image */
static void
write_window (Bench *self)
{
  g_autoptr(GArray) pages = NULL;
  g_auto(AqBuffer) old = { 0 };
  g_auto(AqBuffer) merged = { 0 };
  g_autoptr(GError) error = NULL;
  double start = now_sec ();
  gboolean found;

  pages = aq_fold_list_pages (self->fold);
  for (guint i = 0; i < pages->len; i++)
    {
      guint64 page = g_array_index (pages, guint64, i);

      check (aq_image_read_page (self->image, page, &old, &found, &error) &&
             aq_fold_merge_page (self->fold, page, old.data, found ? old.size : 0, &merged, &error) &&
             aq_image_write_page (self->image, page, merged.data, merged.size, &error), error);
    }
  g_clear_pointer (&self->fold, aq_fold_free);
  self->fold = aq_fold_new ();
  self->write_sec += now_sec () - start;
}

static void
change_all (Bench      *self,
            AqJobParts  parts)
{
  g_autoptr(GError) error = NULL;

  self->fold_sec = self->write_sec = 0;
  for (guint64 first = 1; first <= N_JOBS; first += FRAME_JOBS)
    {
      AqFrame frame = { .n_transactions = 1 };
      double start;

      encode (self, first, parts);
      frame.length = self->content.size;
      frame.sequence = self->sequence;
      start = now_sec ();
      check (aq_fold_add_frame (self->fold, &frame, self->content.data, &error), error);
      self->fold_sec += now_sec () - start;
      if (aq_fold_get_bytes (self->fold) >= WINDOW_BYTES)
        write_window (self);
    }
  write_window (self);
}

static void
flush (Bench *self)
{
  g_autoptr(GError) error = NULL;
  double start = now_sec ();

  self->state.generation++;
  check (aq_image_flush (self->image, &self->state, &error), error);
  printf ("%-44s %7.3f s\n", "  flush at the end", now_sec () - start);
  printf ("%-44s %7.1f MB\n", "  size of the file", (double) aq_image_get_file_size (self->image) / 1e6);
  g_clear_pointer (&self->image, aq_image_free);
}

static gboolean
count_jobs (AqImageKey     kind,
            guint64        page,
            const guint8  *content,
            gsize          size,
            gpointer       user_data,
            GError       **error)
{
  guint64 *n_jobs = user_data;
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found;

  if (!aq_page_reader_init (&reader, page, content, size, error))
    return FALSE;
  do
    {
      if (!aq_page_reader_next (&reader, &entry, &found, error))
        return FALSE;
      *n_jobs += found;
    }
  while (found);
  return TRUE;
}

static void
read_all (Bench *self)
{
  g_autoptr(GError) error = NULL;
  double start = now_sec ();
  guint64 n_jobs = 0;

  self->image = aq_image_open (&self->io, self->fd, store_id, AQ_IMAGE_A, &self->state, FALSE, &error);
  check (self->image != NULL && aq_image_read_all (self->image, count_jobs, &n_jobs, &error), error);
  g_assert (n_jobs == N_JOBS);
  report ("all read, checked and parsed", now_sec () - start);
  g_clear_pointer (&self->image, aq_image_free);
}

static void
copy_all (Bench *self)
{
  g_autoptr(GError) error = NULL;
  AqImageState state = self->state;
  double start = now_sec ();
  AqImage *copy = aq_image_copy (&self->io, self->fd, store_id, AQ_IMAGE_A, AQ_IMAGE_B, &self->state, NULL, NULL, &error);

  check (copy != NULL && aq_image_flush (copy, &state, &error), error);
  report ("copied and flushed", now_sec () - start);
  aq_image_free (copy);
}

static void
open_to_change (Bench *self)
{
  g_autoptr(GError) error = NULL;
  double start = now_sec ();

  self->image = aq_image_open (&self->io, self->fd, store_id, AQ_IMAGE_A, &self->state, TRUE, &error);
  check (self->image != NULL, error);
  printf ("%-44s %7.3f s\n", "opened to write: structure checked", now_sec () - start);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *folder = g_build_filename (argc > 1 ? argv[1] : g_get_tmp_dir (), "asyncq-bench-XXXXXX", NULL);
  g_autoptr(GError) error = NULL;
  Bench self = { .fold = aq_fold_new (), .lane = aq_lane_new ("", "test.echo", "(s)") };

  if (g_mkdtemp (folder) == NULL)
    {
      perror (folder);
      return 1;
    }
  aq_store_io_init_system (&self.io);
  self.fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  self.image = aq_image_create (&self.io, self.fd, store_id, AQ_IMAGE_A, &error);
  check (self.image != NULL, error);

  change_all (&self, AQ_JOB_PART_SPEC | AQ_JOB_PART_STATE);
  report ("puts folded", self.fold_sec);
  report ("sorted, merged, written", self.write_sec);
  flush (&self);
  read_all (&self);
  copy_all (&self);
  open_to_change (&self);
  change_all (&self, AQ_JOB_PART_STATE | AQ_JOB_PART_RUN | AQ_JOB_PART_RESULT);
  report ("changes of all folded", self.fold_sec);
  report ("sorted, read, merged, written", self.write_sec);
  flush (&self);
  read_all (&self);

  aq_fold_free (self.fold);
  aq_buffer_clear (&self.content);
  aq_lane_unref (self.lane);
  (void) unlinkat (self.fd, "A.gdbm", 0); /* a benchmark's */
  (void) unlinkat (self.fd, "B.gdbm", 0);
  (void) close (self.fd);
  (void) g_rmdir (folder);
  return 0;
}
