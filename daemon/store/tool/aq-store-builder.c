/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A new store from whole jobs
 *
 * Everything goes into image A, page by page; a page that is left is written, and
 * read back if a job of it comes later. The journal of the new store begins behind
 * a segment that there never was, as one does whose first segments were removed:
 * so sequences go on, and without the images the journal alone is not taken for
 * all there is.
 */

#include "config.h"

#include "store/tool/aq-store-builder.h"

#include "libasyncq/asyncq-error.h"

#include <fcntl.h>
#include <unistd.h>

/* the segment that there never was, and the one behind it */
#define MISSING_SEGMENT 1
#define FIRST_SEGMENT 2

/**
 * aq_store_builder_begin:
 * @self: memory for a builder
 * @io: the system calls
 * @place: where the store is to be
 * @store_id: (nullable): the id that it is to have, else a new one
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set; @self is to be cleared either way
 */
gboolean
aq_store_builder_begin (AqStoreBuilder  *self,
                        AqStoreIo       *io,
                        const char      *place,
                        const guint8    *store_id,
                        GError         **error)
{
  *self = (AqStoreBuilder) {
    .io = io,
    .directory = { .fd = -1, .journal_fd = -1 },
    .counters = { .next_id = 1, .next_order = 1, .next_lease = 1 },
  };
  if (!aq_directory_draft_begin (&self->draft, place, error) ||
      !aq_store_directory_begin (&self->directory, io, self->draft.path, store_id, error) ||
      !aq_super_create (io, self->directory.fd, self->directory.store_id, error))
    return FALSE;
  self->image = aq_image_create (io, self->directory.fd, self->directory.store_id, AQ_IMAGE_A, error);
  return self->image != NULL;
}

/* pages */

static AqStoreSlot *
get_slot (AqStoreBuilder *self,
          guint64         id)
{
  return &self->slots[id & (AQ_PAGE_JOBS - 1)];
}

static void
fill_slot (AqStoreSlot       *slot,
           const AqPageEntry *entry)
{
  slot->bytes.size = 0;
  memcpy (aq_buffer_extend (&slot->bytes, entry->job_size + entry->edges_size), entry->job, entry->job_size);
  if (entry->edges_size > 0)
    memcpy (slot->bytes.data + entry->job_size, entry->edges, entry->edges_size);
  slot->entry = *entry;
  slot->entry.job = slot->bytes.data;
  slot->entry.edges = slot->bytes.data + entry->job_size;
  slot->is_used = TRUE;
}

static gboolean
leave_page (AqStoreBuilder  *self,
            GError         **error)
{
  AqPageWriter writer;

  if (!self->has_page)
    return TRUE;
  self->buffer.size = 0;
  aq_page_writer_begin (&writer, self->page, &self->buffer);
  for (guint i = 0; i < AQ_PAGE_JOBS; i++)
    {
      if (self->slots[i].is_used)
        aq_page_writer_add (&writer, &self->slots[i].entry);
      self->slots[i].is_used = FALSE;
    }
  (void) aq_page_writer_end (&writer); /* there is a job in it */
  self->has_page = FALSE;
  return aq_image_write_page (self->image, self->page, self->buffer.data, self->buffer.size, error);
}

static gboolean
enter_page (AqStoreBuilder  *self,
            guint64          page,
            GError         **error)
{
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found;

  self->buffer.size = 0;
  if (!leave_page (self, error) || !aq_image_read_page (self->image, page, &self->buffer, &found, error))
    return FALSE;
  self->page = page;
  self->has_page = TRUE;
  if (!found)
    return TRUE;
  if (!aq_page_reader_init (&reader, page, self->buffer.data, self->buffer.size, error))
    return FALSE;
  for (;;)
    {
      if (!aq_page_reader_next (&reader, &entry, &found, error))
        return FALSE;
      if (!found)
        return TRUE;
      fill_slot (get_slot (self, entry.id), &entry);
    }
}

/* @record: of the job that is added */
static void
raise_counters (AqStoreBuilder    *self,
                guint64            sequence,
                const AqJobRecord *record)
{
  AqCounters *counters = &self->counters;

  self->last_sequence = MAX (self->last_sequence, sequence);
  counters->next_id = MAX (counters->next_id, record->id + 1);
  counters->next_order = MAX (counters->next_order, record->order + 1);
  counters->next_lease = MAX (counters->next_lease, record->lease + 1);
  /* of a job that was not delayed; what lies in the future would hold back all later ones */
  if (record->begin_after_usec == 0 && !(record->flags & (AQ_JOB_SCHEDULED | AQ_JOB_STEADY)))
    counters->last_due_usec = MAX (counters->last_due_usec, record->due_usec);
}

/**
 * aq_store_builder_add:
 * @self: a builder
 * @entry: a whole job; with its record read
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, if the builder has a job of that id; those of
 * writing an image.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_store_builder_add (AqStoreBuilder     *self,
                      const AqPageEntry  *entry,
                      GError            **error)
{
  guint64 page = aq_page_of (entry->id);
  AqStoreSlot *slot = get_slot (self, entry->id);

  if ((!self->has_page || self->page != page) && !enter_page (self, page, error))
    return FALSE;
  if (slot->is_used)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "job %" G_GUINT64_FORMAT " is there already", entry->id);
      return FALSE;
    }
  fill_slot (slot, entry);
  raise_counters (self, entry->sequence, &entry->record);
  self->n_jobs++;
  return TRUE;
}

gboolean
aq_store_builder_add_agent (AqStoreBuilder  *self,
                            const char      *name,
                            gconstpointer    record,
                            gsize            size,
                            GError         **error)
{
  return aq_image_write_agent (self->image, name, record, size, error);
}

gboolean
aq_store_builder_add_item (AqStoreBuilder  *self,
                           guint            kind,
                           const char      *name,
                           gconstpointer    record,
                           gsize            size,
                           GError         **error)
{
  return aq_image_write_item (self->image, kind, name, record, size, error);
}

/* the end */

/* a segment with an empty frame, closed cleanly: what a daemon leaves that had nothing to do */
static gboolean
write_segment (AqStoreBuilder     *self,
               AqJournalPosition  *out_end,
               GError            **error)
{
  guint64 next_sequence = self->last_sequence + 1;
  AqSegmentHeader header = {
    .number = FIRST_SEGMENT,
    .size = AQ_SEGMENT_MIN_SIZE,
    .first_sequence = next_sequence,
    .previous_number = MISSING_SEGMENT,
    .previous_end = AQ_SEGMENT_HEADER_SIZE,
  };
  AqFrame frame = { .sequence = next_sequence, .flags = AQ_FRAME_CLEAN };
  guint8 bytes[AQ_SEGMENT_HEADER_SIZE + AQ_FRAME_HEADER_SIZE];
  char name[AQ_SEGMENT_NAME_SIZE];
  gboolean ok;
  int fd;

  memcpy (header.store_id, self->directory.store_id, AQ_STORE_ID_SIZE);
  aq_segment_header_write (&header, bytes);
  aq_frame_seal (&frame, aq_segment_seed (header.store_id, FIRST_SEGMENT), AQ_SEGMENT_HEADER_SIZE, NULL,
                 bytes + AQ_SEGMENT_HEADER_SIZE);
  aq_segment_format_name (FIRST_SEGMENT, name);
  fd = aq_store_io_open (self->io, self->directory.journal_fd, name, O_WRONLY | O_CREAT | O_TRUNC, error);
  if (fd < 0)
    return FALSE;
  ok = aq_store_io_resize (self->io, fd, name, AQ_SEGMENT_MIN_SIZE, error) &&
       aq_store_io_write (self->io, fd, name, bytes, sizeof bytes, 0, error) &&
       aq_store_io_flush (self->io, fd, name, error);
  (void) close (fd); /* flushed, or of no use */
  *out_end = (AqJournalPosition) {
    .segment = FIRST_SEGMENT,
    .end = sizeof bytes,
    .crc = frame.crc,
    .next_sequence = next_sequence,
    .clean = TRUE,
  };
  return ok;
}

static gboolean
write_counters (AqStoreBuilder  *self,
                GError         **error)
{
  g_auto(AqBuffer) record = { 0 };

  aq_record_append_counters (&record, &self->counters);
  return aq_image_write_counters (self->image, record.data, record.size, error);
}

static gboolean
write_super (AqStoreBuilder           *self,
             const AqImageState        states[AQ_N_IMAGES],
             const AqJournalPosition  *end,
             GError                  **error)
{
  int fd = aq_super_open (self->io, self->directory.fd, error);
  const guint8 *store_id = self->directory.store_id;
  gboolean ok = fd >= 0;

  for (guint i = 0; ok && i < AQ_N_IMAGES; i++)
    ok = aq_super_write_image (self->io, fd, store_id, i, &states[i], error);
  ok = ok && aq_super_write_tail (self->io, fd, store_id, 1, end, error);
  if (fd >= 0)
    (void) close (fd); /* flushed, or of no use */
  return ok;
}

/* B is a copy, so that the store has two from the start */
static gboolean
flush_images (AqStoreBuilder  *self,
              AqImageState     states[AQ_N_IMAGES],
              GError         **error)
{
  g_autoptr(AqImage) copy = NULL;

  if (!aq_image_flush (self->image, &states[AQ_IMAGE_A], error))
    return FALSE;
  g_clear_pointer (&self->image, aq_image_free);
  copy = aq_image_copy (self->io, self->directory.fd, self->directory.store_id, AQ_IMAGE_A, AQ_IMAGE_B,
                        &states[AQ_IMAGE_A], NULL, NULL, error);
  return copy != NULL && aq_image_flush (copy, &states[AQ_IMAGE_B], error);
}

/**
 * aq_store_builder_finish:
 * @self: a builder with all jobs in it, and counters that were not lowered
 * @error: return location for an error
 *
 * Makes it a store, still under the name of the draft, and gives up its lock.
 *
 * Errors: those of writing an image; `ASYNCQ_ERROR_STORE_FULL`,
 * `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_store_builder_finish (AqStoreBuilder  *self,
                         GError         **error)
{
  AqImageState states[AQ_N_IMAGES] = { { .generation = 1 }, { .generation = 2 } };
  AqJournalPosition end;

  if (!leave_page (self, error) || !write_counters (self, error) || !write_segment (self, &end, error))
    return FALSE;
  for (guint i = 0; i < AQ_N_IMAGES; i++)
    {
      states[i].whole = TRUE;
      states[i].position = end;
    }
  if (!flush_images (self, states, error) || !write_super (self, states, &end, error) ||
      !aq_store_directory_finish (&self->directory, self->io, error))
    return FALSE;
  aq_store_directory_clear (&self->directory);
  return TRUE;
}

void
aq_store_builder_clear (AqStoreBuilder *self)
{
  g_clear_pointer (&self->image, aq_image_free);
  aq_store_directory_clear (&self->directory);
  aq_directory_draft_clear (&self->draft);
  aq_buffer_clear (&self->buffer);
  for (guint i = 0; i < AQ_PAGE_JOBS; i++)
    aq_buffer_clear (&self->slots[i].bytes);
}
