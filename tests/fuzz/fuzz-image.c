/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * F3: the file of an image
 *
 * The input is the file, of a store with FUZZ_STORE_ID. It is read whole, and
 * where it can be opened for writing GDBM writes to it: what our own code finds
 * good must not lead the library astray.
 */

#include "config.h"

#include "fuzz.h"
#include "store/aq-image.h"
#include "store/aq-page.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_PAGES_READ 4
#define VALUE_SIZE 300

static char *folder;

static void
remove_folder (void)
{
  g_autofree char *image = g_build_filename (folder, aq_image_get_name (AQ_IMAGE_A), NULL);

  (void) g_unlink (image); /* it is in a folder for temporary files */
  (void) g_rmdir (folder);
}

static void
write_image (const guint8 *data,
             gsize         size)
{
  g_autofree char *path = g_build_filename (folder, aq_image_get_name (AQ_IMAGE_A), NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, size), ==, size);
  (void) close (fd); /* the write was checked */
}

static gboolean
on_value (AqImageKey     kind,
          guint64        page,
          const guint8  *content,
          gsize          size,
          gpointer       user_data,
          GError       **error)
{
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found;

  if (kind != AQ_IMAGE_KEY_PAGE)
    return TRUE;
  if (!aq_page_reader_init (&reader, page, content, size, error))
    return FALSE;
  do
    if (!aq_page_reader_next (&reader, &entry, &found, error))
      return FALSE;
  while (found);
  return TRUE;
}

static void
read_image (AqStoreIo          *io,
            int                 directory_fd,
            const AqImageState *state)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqImage) image = NULL;
  AqBuffer content = { 0 };
  gboolean found;

  image = aq_image_open (io, directory_fd, (const guint8 *) FUZZ_STORE_ID, AQ_IMAGE_A, state, FALSE, &error);
  if (image == NULL)
    return;
  (void) aq_image_read_all (image, on_value, NULL, &error); /* an error is an answer */
  for (guint64 page = 0; page < N_PAGES_READ; page++)
    (void) aq_image_read_page (image, page, &content, &found, NULL); /* likewise */
  aq_buffer_clear (&content);
}

static void
write_to_image (AqStoreIo          *io,
                int                 directory_fd,
                const AqImageState *state)
{
  static const guint8 value[VALUE_SIZE];
  g_autoptr(GError) error = NULL;
  g_autoptr(AqImage) image = NULL;
  AqImageState written = *state;

  image = aq_image_open (io, directory_fd, (const guint8 *) FUZZ_STORE_ID, AQ_IMAGE_A, state, TRUE, &error);
  /* errors are answers */
  if (image != NULL && aq_image_write_page (image, 0, value, sizeof value, &error) &&
      aq_image_write_page (image, 1, NULL, 0, &error))
    (void) aq_image_flush (image, &written, &error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  const AqImageState state = { .whole = TRUE, .generation = 1, .n_values = FUZZ_N_VALUES };
  AqStoreIo io;
  int directory_fd;

  if (folder == NULL)
    {
      folder = g_dir_make_tmp ("asyncq-fuzz-XXXXXX", NULL);
      g_assert_nonnull (folder);
      (void) atexit (remove_folder); /* better left behind than not run */
    }
  aq_store_io_init_system (&io);
  directory_fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (directory_fd, >=, 0);
  write_image (data, size);
  read_image (&io, directory_fd, &state);
  write_to_image (&io, directory_fd, &state);
  (void) close (directory_fd); /* only read */
  return 0;
}
