/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * F2: a whole segment, and recovery from it
 *
 * The input is the first segment of a store, as it is, or, where its first byte
 * is even, with every checksum set right, so that what is behind the checksums
 * is reached too. A store that opens has to open a second time, which is tried
 * with every eighth input, because opening is what takes the time here.
 */

#include "config.h"

#include "core/aq-clock.h"
#include "fuzz.h"
#include "store/aq-embedded-store.h"
#include "store/aq-segment.h"
#include "store/aq-store-directory.h"
#include "store/aq-super.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEGMENT_NAME "000001"
#define MAX_FRAMES 64

/* made once, and put back before each input */
static char   *store_path;
static char   *super_bytes;
static gsize   super_size;
static guint8  store_id[AQ_STORE_ID_SIZE];

static void
remove_store (void)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", store_path);

  (void) !system (command); /* it is in a folder for temporary files */
}

static void
silence (const char     *domain,
         GLogLevelFlags  level,
         const char     *message,
         gpointer        user_data)
{
}

static void
make_store (void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *super_path = NULL;
  AqStoreDirectory directory;
  AqStoreIo io;

  store_path = g_dir_make_tmp ("asyncq-fuzz-XXXXXX", &error);
  g_assert_no_error (error);
  super_path = g_build_filename (store_path, "super", NULL);
  aq_store_io_init_system (&io);
  g_assert_true (aq_store_directory_open (&directory, &io, store_path, &error));
  memcpy (store_id, directory.store_id, sizeof store_id);
  aq_store_directory_clear (&directory);
  g_assert_true (g_file_get_contents (super_path, &super_bytes, &super_size, &error));
  (void) atexit (remove_store); /* better left behind than not run */
  g_log_set_default_handler (silence, NULL);
}

static void
write_file (const char   *folder,
            const char   *name,
            gconstpointer bytes,
            gsize         size)
{
  g_autofree char *path = g_build_filename (store_path, folder, name, NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, bytes, size), ==, size);
  (void) close (fd); /* the write was checked */
}

/* as it was before the first segment got its first frame */
static void
reset_store (const guint8 *segment,
             gsize         size)
{
  g_autofree char *journal_path = g_build_filename (store_path, "journal", NULL);
  g_autoptr(GDir) journal = g_dir_open (journal_path, 0, NULL);
  const char * const images[] = { "A.gdbm", "B.gdbm" };
  const char *name;

  while ((name = g_dir_read_name (journal)) != NULL)
    {
      g_autofree char *path = g_build_filename (journal_path, name, NULL);

      (void) g_unlink (path); /* what cannot be removed shows as damage */
    }
  for (guint i = 0; i < G_N_ELEMENTS (images); i++)
    {
      g_autofree char *path = g_build_filename (store_path, images[i], NULL);

      (void) g_unlink (path); /* usually there is none */
    }
  write_file (".", "super", super_bytes, super_size);
  write_file ("journal", SEGMENT_NAME, segment, size);
}

/* each frame that the headers lead to gets checksums that are right */
static void
set_checksums (guint8 *segment,
               gsize   size)
{
  guint32 seed = aq_segment_seed (store_id, 1);
  AqSegmentHeader header;
  guint32 previous_crc = 0;
  gsize offset = AQ_SEGMENT_HEADER_SIZE;

  if (size < AQ_SEGMENT_HEADER_SIZE)
    return;
  (void) aq_segment_header_read (&header, segment, size); /* good or not, these are wanted: */
  memcpy (header.store_id, store_id, sizeof store_id);
  header.number = 1;
  header.size = size;
  header.first_sequence = 1;
  header.previous_number = header.previous_end = header.previous_crc = 0;
  aq_segment_header_write (&header, segment);

  for (guint i = 0; i < MAX_FRAMES && offset + AQ_FRAME_HEADER_SIZE <= size; i++)
    {
      AqFrame frame = { 0 };
      guint64 length, sequence;
      guint32 n_transactions, flags;

      memcpy (&length, segment + offset + 8, sizeof length);
      memcpy (&sequence, segment + offset + 16, sizeof sequence);
      memcpy (&n_transactions, segment + offset + 24, sizeof n_transactions);
      memcpy (&flags, segment + offset + 28, sizeof flags);
      frame.length = GUINT64_FROM_LE (length);
      if (frame.length % 8 != 0 || frame.length > size - offset - AQ_FRAME_HEADER_SIZE ||
          (frame.length == 0 && sequence == 0))
        return;
      frame.sequence = GUINT64_FROM_LE (sequence);
      frame.n_transactions = GUINT32_FROM_LE (n_transactions);
      frame.flags = GUINT32_FROM_LE (flags) & AQ_FRAME_CLEAN;
      frame.previous_crc = previous_crc;
      aq_frame_seal (&frame, seed, offset, segment + offset + AQ_FRAME_HEADER_SIZE, segment + offset);
      previous_crc = frame.crc;
      offset += AQ_FRAME_HEADER_SIZE + frame.length;
    }
}

static gboolean
open_store (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_manual (0);
  g_autoptr(AqStore) store = aq_embedded_store_new (store_path, clock);
  g_autoptr(GError) error = NULL;

  return aq_store_open (store, &error) && aq_store_close (store, &error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree guint8 *segment = NULL;

  if (store_path == NULL)
    make_store ();
  if (size < 1)
    return 0;
  segment = g_memdup2 (data + 1, size - 1);
  if (data[0] % 2 == 0)
    set_checksums (segment, size - 1);
  reset_store (segment, size - 1);
  if (open_store () && size % 8 == 0)
    g_assert_true (open_store ());
  return 0;
}
