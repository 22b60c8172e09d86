/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The reading end of the images
 *
 * One request, one page after the other. The image is in use, and open, for the
 * time of one request, so the checkpointer never waits longer than that.
 */

#include "config.h"

#include "store/aq-image-reader.h"

#include "store/aq-image.h"
#include "store/aq-job-loader.h"
#include "store/aq-page.h"

void
aq_image_reader_init (AqImageReader *self,
                      AqStoreIo     *io,
                      int            directory_fd,
                      const guint8   store_id[AQ_STORE_ID_SIZE],
                      AqImageUse    *use)
{
  *self = (AqImageReader) { .io = io, .directory_fd = directory_fd, .use = use };
  memcpy (self->store_id, store_id, AQ_STORE_ID_SIZE);
}

/*
 * Copies the entries of one page that are wanted: those of @request's ids from
 * *@index on, which it moves on to the first of another page.
 */
static gboolean
take_entries (AqFetchRequest  *request,
              guint64          number,
              const AqBuffer  *page,
              guint           *index,
              GError         **error)
{
  const guint64 *ids = (const guint64 *) request->ids->data;
  AqPageReader reader;
  AqPageWriter writer;
  gboolean found;

  if (!aq_page_reader_init (&reader, number, page->data, page->size, error))
    return FALSE;
  aq_page_writer_begin (&writer, number, &request->content);
  for (; *index < request->ids->len && aq_page_of (ids[*index]) == number; ++*index)
    {
      AqPageEntry entry;

      do
        if (!aq_page_reader_next (&reader, &entry, &found, error))
          return FALSE;
      while (found && entry.id < ids[*index]);
      if (!found || entry.id != ids[*index])
        return aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " is gone from its page",
                                         ids[*index]);
      aq_page_writer_add (&writer, &entry);
    }
  return aq_page_writer_end (&writer);
}

/* on an error what was read of the page is forgotten */
static gboolean
read_page (AqFetchRequest  *request,
           AqImage         *image,
           guint           *index,
           AqBuffer        *page,
           GError         **error)
{
  AqFetchedPage fetched = {
    .number = aq_page_of (g_array_index (request->ids, guint64, *index)),
    .start = request->content.size,
  };
  gboolean found;

  if (!aq_image_read_page (image, fetched.number, page, &found, error))
    return FALSE;
  if (!take_entries (request, fetched.number, page, index, error))
    {
      request->content.size = fetched.start;
      g_prefix_error (error, "image '%s' is damaged: page %" G_GUINT64_FORMAT ": ",
                      aq_image_get_name (request->letter), fetched.number);
      return FALSE;
    }
  fetched.size = request->content.size - fetched.start;
  g_array_append_val (request->pages, fetched);
  return TRUE;
}

/* to the first of another page */
static void
skip_page (AqFetchRequest *request,
           guint          *index)
{
  const guint64 *ids = (const guint64 *) request->ids->data;
  guint64 number = aq_page_of (ids[*index]);

  while (*index < request->ids->len && aq_page_of (ids[*index]) == number)
    ++*index;
}

/* a page that cannot be read leaves the others to be read; the first error is told */
static void
read_pages (AqFetchRequest *request,
            AqImage        *image)
{
  g_auto(AqBuffer) page = { 0 };
  guint i = 0;

  while (i < request->ids->len)
    {
      g_autoptr(GError) error = NULL;
      guint next = i;

      if (!read_page (request, image, &next, &page, &error))
        {
          next = i;
          skip_page (request, &next);
          if (request->error == NULL)
            request->error = g_steal_pointer (&error);
        }
      i = next;
    }
}

/**
 * aq_image_reader_read:
 * @self: a reader
 * @request: which jobs; gets the answer
 *
 * Errors, in the request: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file and page;
 * `ASYNCQ_ERROR_STORE_FAILED`. What could be read is there all the same.
 */
void
aq_image_reader_read (AqImageReader  *self,
                      AqFetchRequest *request)
{
  g_autoptr(AqImage) image = NULL;
  AqImageState state;

  if (!aq_image_use_acquire (self->use, request->sequence, &request->letter, &state, &request->error))
    return;
  request->generation = state.generation;
  request->held_sequence = state.position.next_sequence - 1;
  image = aq_image_open (self->io, self->directory_fd, self->store_id, request->letter, &state, FALSE,
                         &request->error);
  if (image != NULL)
    read_pages (request, image);
  g_clear_pointer (&image, aq_image_free);
  aq_image_use_release (self->use, request->letter);
}
