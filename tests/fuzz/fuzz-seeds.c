/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Seeds of the fuzz targets, from a real store
 *
 *   fuzz-seeds FOLDER
 *
 * A store is played with, its first segment taken, and each frame of it made a
 * seed of its own: FOLDER/record, FOLDER/segment, FOLDER/page. FOLDER/image has a
 * small image.
 */

#include "config.h"

#include "fuzz.h"
#include "store-testing.h"
#include "store/aq-image.h"
#include "store/aq-journal-reader.h"
#include "store/aq-page.h"
#include "store/aq-store-directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define N_STORES 8
#define N_STEPS 30

typedef struct
{
  const char *folder;
  guint       n_frames;
  guint       n_pages;
} Seeds;

static void
write_seed (Seeds        *self,
            const char   *target,
            guint         number,
            gconstpointer head,
            gsize         head_size,
            gconstpointer bytes,
            gsize         size)
{
  g_autofree char *folder = g_build_filename (self->folder, target, NULL);
  g_autofree char *name = g_strdup_printf ("seed-%u", number);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GByteArray) all = g_byte_array_new ();
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_byte_array_append (all, head, head_size);
  g_byte_array_append (all, bytes, size);
  if (!g_file_set_contents (path, (const char *) all->data, all->len, &error))
    g_error ("%s", error->message);
}

static void
add_page (Seeds        *self,
          const guint8 *job,
          gsize         size,
          const AqRecord *record)
{
  AqPageEntry entry = { .id = record->job.id, .sequence = 1, .job = job, .job_size = size };
  const guint8 page = aq_page_of (record->job.id);
  AqBuffer buffer = { 0 };
  AqPageWriter writer;

  aq_page_writer_begin (&writer, page, &buffer);
  aq_page_writer_add (&writer, &entry);
  if (aq_page_writer_end (&writer))
    write_seed (self, "page", ++self->n_pages, &page, 1, buffer.data, buffer.size);
  aq_buffer_clear (&buffer);
}

/* every job record is a page too */
static void
add_pages (Seeds         *self,
           const AqFrame *frame,
           const guint8  *content)
{
  AqReader reader = aq_reader_init (content, frame->length);

  for (guint32 i = 0; i < frame->n_transactions; i++)
    {
      AqTransactionRecord transaction;
      AqReader records;

      if (!aq_record_read_transaction (&reader, &transaction, &records, NULL))
        return;
      for (guint32 j = 0; j < transaction.n_records; j++)
        {
          gsize start = records.position;
          g_auto(AqRecord) record = { 0 };

          if (!aq_record_read (&records, &record, NULL))
            return;
          if (record.kind == AQ_RECORD_JOB)
            add_page (self, records.data + start, records.position - start, &record);
        }
    }
}

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  Seeds *self = user_data;
  const guint8 head[8] = { (guint8) MIN (frame->n_transactions, 255) };

  write_seed (self, "record", ++self->n_frames, head, sizeof head, content, frame->length);
  add_pages (self, frame, content);
  return TRUE;
}

static void
add_segment (Seeds                   *self,
             const char              *path,
             const AqJournalPosition *end,
             guint                    number)
{
  g_autofree char *file = g_build_filename (path, "journal", "000001", NULL);
  g_autofree char *bytes = NULL;
  const guint8 heads[] = { 0, 1 };
  gsize size;

  g_assert_true (g_file_get_contents (file, &bytes, &size, NULL));
  /* the zeros behind the last frame are no use */
  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    write_seed (self, "segment", 2 * number + i, &heads[i], 1, bytes,
                MIN (size, end->segment == 1 ? end->end + 64 : size));
}

static void
add_store (Seeds *self,
           guint  number)
{
  g_auto(StoreTest) test = { 0 };
  g_autoptr(GRand) chance = g_rand_new_with_seed (number);
  g_autoptr(GError) error = NULL;
  AqStoreDirectory directory;
  AqJournalPosition end;
  AqStoreIo io;

  store_test_init (&test);
  g_assert_true (store_test_open (&test, &error));
  store_test_play (&test, chance, N_STEPS);
  store_test_close (&test);

  aq_store_io_init_system (&io);
  g_assert_true (aq_store_directory_open (&directory, &io, test.path, &error));
  g_assert_true (aq_journal_read (&io, directory.journal_fd, directory.store_id, NULL, NULL, on_frame,
                                  self, &end, &error));
  aq_store_directory_clear (&directory);
  add_segment (self, test.path, &end, number);
}

static void
add_image (Seeds *self)
{
  g_autofree char *folder = g_dir_make_tmp ("asyncq-seed-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, aq_image_get_name (AQ_IMAGE_A), NULL);
  g_autofree char *bytes = NULL;
  g_autoptr(AqImage) image = NULL;
  g_autoptr(GError) error = NULL;
  const guint8 value[100] = { 1 };
  AqImageState state = { .whole = TRUE, .generation = 1 };
  AqStoreIo io;
  gsize size;
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  aq_store_io_init_system (&io);
  image = aq_image_create (&io, fd, (const guint8 *) FUZZ_STORE_ID, AQ_IMAGE_A, &error);
  g_assert_nonnull (image);
  for (guint64 page = 0; page < FUZZ_N_VALUES - 1; page++)
    g_assert_true (aq_image_write_page (image, page, value, sizeof value - page, &error));
  g_assert_true (aq_image_write_counters (image, value, sizeof value, &error));
  g_assert_true (aq_image_flush (image, &state, &error));
  g_assert_true (g_file_get_contents (file, &bytes, &size, &error));
  write_seed (self, "image", 1, NULL, 0, bytes, size);
  (void) close (fd); /* only read */
  store_test_remove (folder);
}

int
main (int    argc,
      char **argv)
{
  Seeds self = { 0 };

  if (argc != 2)
    {
      fputs ("usage: fuzz-seeds FOLDER\n", stderr);
      return EXIT_FAILURE;
    }
  self.folder = argv[1];
  for (guint i = 0; i < N_STORES; i++)
    add_store (&self, i);
  add_image (&self);
  return EXIT_SUCCESS;
}
