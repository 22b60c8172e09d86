/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Page
 *
 * 32 jobs that follow one another by id, each whole: its record as the journal
 * has it, with every part, and its edges. An image keeps its jobs so because one
 * value for each would be fifteen times slower. README.md has the layout.
 *
 * Reading assumes nothing: an entry is handed out when its records make sense,
 * are those of its job, and fill it.
 */

#include "config.h"

#include "store/aq-page.h"

#include "libasyncq/asyncq-error.h"

#define PAGE_HEADER_SIZE 8
#define ENTRY_HEADER_SIZE 24

G_GNUC_PRINTF (3, 4)
static gboolean
set_damage (GError     **error,
            guint64      page,
            const char  *format,
            ...)
{
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT,
               "page %" G_GUINT64_FORMAT " makes no sense: %s", page, what);
  return FALSE;
}

/**
 * aq_page_reader_init:
 * @self: memory for a reader
 * @page: which page it is
 * @content: of the page, borrowed for as long as @self and its entries are used
 * @size: of @content, in bytes; 0: a page without jobs
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_page_reader_init (AqPageReader  *self,
                     guint64        page,
                     const guint8  *content,
                     gsize          size,
                     GError       **error)
{
  const guint8 *header;

  *self = (AqPageReader) {
    .page = page,
    .next_id = page << AQ_PAGE_SHIFT,
    .reader = aq_reader_init (content, size),
  };
  if (size == 0)
    return TRUE;
  if (page > G_MAXUINT64 >> AQ_PAGE_SHIFT)
    return set_damage (error, page, "there is no such page");
  header = aq_reader_take (&self->reader, PAGE_HEADER_SIZE);
  if (header == NULL)
    return set_damage (error, page, "it is too short");
  self->n_left = aq_get_u32 (header);
  if (self->n_left < 1 || self->n_left > AQ_PAGE_JOBS)
    return set_damage (error, page, "it has %u jobs", self->n_left);
  return TRUE;
}

/* takes one edge of the entry; @is_child: whether the job is to be its child, else its parent */
static gboolean
take_edge (AqPageReader  *self,
           guint64        id,
           gboolean       is_child,
           GError       **error)
{
  g_auto(AqRecord) record = { 0 };

  if (!aq_record_read (&self->reader, &record, error))
    {
      g_prefix_error (error, "page %" G_GUINT64_FORMAT ": ", self->page);
      return FALSE;
    }
  if (record.kind != AQ_RECORD_EDGE ||
      (is_child ? record.edge.child : record.edge.parent) != id)
    return set_damage (error, self->page, "job %" G_GUINT64_FORMAT " has an edge of another", id);
  return TRUE;
}

static gboolean
take_edges (AqPageReader  *self,
            AqPageEntry   *entry,
            GError       **error)
{
  gsize start = self->reader.position;

  entry->edges = self->reader.data + start;
  for (guint32 i = 0; i < entry->n_edges_in; i++)
    if (!take_edge (self, entry->id, TRUE, error))
      return FALSE;
  entry->edges_in_size = self->reader.position - start;
  for (guint32 i = 0; i < entry->n_edges_out; i++)
    if (!take_edge (self, entry->id, FALSE, error))
      return FALSE;
  entry->edges_size = self->reader.position - start;
  return TRUE;
}

static gboolean
take_job (AqPageReader  *self,
          AqPageEntry   *entry,
          GError       **error)
{
  const AqJobParts needed = AQ_JOB_PART_SPEC | AQ_JOB_PART_STATE;
  g_auto(AqRecord) record = { 0 };
  AqReader reader;

  entry->job = aq_reader_take (&self->reader, entry->job_size);
  if (entry->job == NULL)
    return set_damage (error, self->page, "it is too short");
  reader = aq_reader_init (entry->job, entry->job_size);
  if (!aq_record_read (&reader, &record, error))
    {
      g_prefix_error (error, "page %" G_GUINT64_FORMAT ": ", self->page);
      return FALSE;
    }
  if (record.kind != AQ_RECORD_JOB || aq_reader_left (&reader) > 0)
    return set_damage (error, self->page, "it has something else in the place of a job");
  if ((record.job.parts & needed) != needed)
    return set_damage (error, self->page, "job %" G_GUINT64_FORMAT " is not whole", record.job.id);
  entry->id = record.job.id;
  entry->record = record.job;
  if (entry->id < self->next_id || aq_page_of (entry->id) != self->page)
    return set_damage (error, self->page, "job %" G_GUINT64_FORMAT " is in the wrong place",
                       entry->id);
  return TRUE;
}

/**
 * aq_page_reader_next:
 * @self: a reader
 * @out_entry: (out): the next entry, borrowed from the content
 * @out_found: (out): %FALSE at the end of the page, then there is no entry
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`; `ASYNCQ_ERROR_STORE_VERSION` for a record
 * that this version does not know.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_page_reader_next (AqPageReader  *self,
                     AqPageEntry   *out_entry,
                     gboolean      *out_found,
                     GError       **error)
{
  const guint8 *header;

  *out_found = FALSE;
  if (self->n_left == 0)
    return aq_reader_left (&self->reader) == 0 ||
           set_damage (error, self->page, "it goes on behind its last job");

  header = aq_reader_take (&self->reader, ENTRY_HEADER_SIZE);
  if (header == NULL)
    return set_damage (error, self->page, "it is too short");
  *out_entry = (AqPageEntry) {
    .sequence = aq_get_u64 (header),
    .job_size = aq_get_u32 (header + 8),
    .n_edges_in = aq_get_u32 (header + 12),
    .n_edges_out = aq_get_u32 (header + 16),
  };
  if (!take_job (self, out_entry, error) || !take_edges (self, out_entry, error))
    return FALSE;
  self->n_left--;
  self->next_id = out_entry->id + 1;
  *out_found = TRUE;
  return TRUE;
}

/* @buffer: where to append the page */
void
aq_page_writer_begin (AqPageWriter *self,
                      guint64       page,
                      AqBuffer     *buffer)
{
  *self = (AqPageWriter) {
    .buffer = buffer,
    .start = buffer->size,
    .page = page,
    .next_id = page << AQ_PAGE_SHIFT,
  };
  aq_buffer_extend (buffer, PAGE_HEADER_SIZE);
}

/* all of @entry but its `record` and `edges_in_size` is written */
void
aq_page_writer_add (AqPageWriter      *self,
                    const AqPageEntry *entry)
{
  guint8 *at;

  g_assert (entry->id >= self->next_id && aq_page_of (entry->id) == self->page);
  g_assert (entry->job_size % 8 == 0 && entry->edges_size % 8 == 0);
  self->next_id = entry->id + 1;
  self->n_jobs++;
  at = aq_buffer_extend (self->buffer, ENTRY_HEADER_SIZE + entry->job_size + entry->edges_size);
  at = aq_put_u64 (at, entry->sequence);
  at = aq_put_u32 (at, entry->job_size);
  at = aq_put_u32 (at, entry->n_edges_in);
  at = aq_put_u32 (at, entry->n_edges_out);
  at = aq_put_u32 (at, 0);
  at = aq_put_bytes (at, entry->job, entry->job_size);
  aq_put_bytes (at, entry->edges, entry->edges_size);
}

/* Returns: whether there is a page: one without jobs is nothing, and nothing was appended */
gboolean
aq_page_writer_end (AqPageWriter *self)
{
  guint8 *at = self->buffer->data + self->start;

  if (self->n_jobs == 0)
    {
      self->buffer->size = self->start;
      return FALSE;
    }
  at = aq_put_u32 (at, self->n_jobs);
  aq_put_u32 (at, 0);
  return TRUE;
}
