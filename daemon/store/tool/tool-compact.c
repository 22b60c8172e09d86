/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * compact: both images without holes, and no more journal than is needed
 *
 * The older image is made again as a copy of the newer, with the journal laid over
 * it to its end; then the newer as a copy of that one. One of them is whole at any
 * moment, with the journal behind it, as when the daemon writes images. Segments go
 * last and the oldest first, so a crash leaves a shorter journal, which both images
 * do without.
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "store/aq-image-writer.h"
#include "store/aq-journal-reader.h"
#include "store/tool/aq-store-check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
rewrite_images (AqStoreTool              *self,
                const AqJournalPosition  *end,
                GError                  **error)
{
  const AqImageState *newest = aq_super_get_newest (&self->super);
  AqImageLetter first = newest == &self->super.images[AQ_IMAGE_A] ? AQ_IMAGE_B : AQ_IMAGE_A;
  AqImageLetter second = first == AQ_IMAGE_A ? AQ_IMAGE_B : AQ_IMAGE_A;
  const gboolean none_damaged[AQ_N_IMAGES] = { FALSE, FALSE };
  const int stop = 0;
  AqImageWriter writer;
  AqImageUse use;
  gboolean ok;

  aq_image_use_init (&use, &self->super, none_damaged);
  aq_image_writer_init (&writer, &self->io, self->directory.fd, self->directory.journal_fd, self->directory.store_id,
                        &self->super, &use, &stop);
  writer.damaged[first] = TRUE; /* so it is not gone on with but made again */
  ok = aq_image_writer_bring_up (&writer, first, end, error);
  writer.damaged[second] = ok;
  ok = ok && aq_image_writer_bring_up (&writer, second, end, error);
  aq_image_writer_clear (&writer);
  aq_image_use_clear (&use);
  return ok;
}

/* all but the segment that the journal ends in, the oldest first */
static gboolean
remove_segments (AqStoreTool              *self,
                 const AqJournalPosition  *end,
                 GError                  **error)
{
  g_autoptr(GArray) numbers = aq_journal_list (&self->io, self->directory.journal_fd, error);

  if (numbers == NULL)
    return FALSE;
  for (guint i = 0; i < numbers->len; i++)
    {
      guint64 number = g_array_index (numbers, guint64, i);
      char name[AQ_SEGMENT_NAME_SIZE];

      aq_segment_format_name (number, name);
      if (number != end->segment && unlinkat (self->directory.journal_fd, name, 0) < 0)
        {
          aq_store_io_set_error (error, errno, "remove", name);
          return FALSE;
        }
    }
  return aq_store_io_flush (&self->io, self->directory.journal_fd, "journal", error);
}

/* of all files, as they are on the disk, in bytes */
static guint64
measure (AqStoreTool *self)
{
  g_autoptr(GArray) numbers = aq_journal_list (&self->io, self->directory.journal_fd, NULL);
  guint64 size = 0;
  struct stat info;

  for (guint i = 0; i < AQ_N_IMAGES; i++)
    if (fstatat (self->directory.fd, aq_image_get_name (i), &info, AT_SYMLINK_NOFOLLOW) == 0)
      size += (guint64) info.st_blocks * 512;
  for (guint i = 0; numbers != NULL && i < numbers->len; i++)
    {
      char name[AQ_SEGMENT_NAME_SIZE];

      aq_segment_format_name (g_array_index (numbers, guint64, i), name);
      if (fstatat (self->directory.journal_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
        size += (guint64) info.st_blocks * 512;
    }
  return size;
}

gboolean
aq_tool_compact (AqStoreTool  *self,
                 GError      **error)
{
  AqSnapshotSource source;
  AqStoreReport report;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  if (!aq_store_tool_open (self, error))
    return FALSE;
  before = g_format_size_full (measure (self), G_FORMAT_SIZE_IEC_UNITS);
  source = aq_store_tool_source (self);
  /* what is damaged is not to be copied over what is not */
  if (!aq_store_check (&source, &report, error))
    {
      g_prefix_error (error, "store '%s': ", self->path);
      return FALSE;
    }
  if (report.end.segment > 0 &&
      (!rewrite_images (self, &report.end, error) || !remove_segments (self, &report.end, error)))
    return FALSE;
  after = g_format_size_full (measure (self), G_FORMAT_SIZE_IEC_UNITS);
  aq_store_tool_say (self, "compacted store '%s': %s, and was %s", self->path, after, before);
  return TRUE;
}
