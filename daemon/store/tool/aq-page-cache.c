/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Pages of a snapshot by job
 *
 * Jobs that belong together have ids close to one another, so few pages are
 * enough to follow edges with.
 */

#include "config.h"

#include "store/tool/aq-page-cache.h"

static gboolean
get_page (AqPageCache  *self,
          guint64       page,
          AqBuffer    **out_content,
          GError      **error)
{
  guint i = page % AQ_PAGE_CACHE_SIZE;

  *out_content = &self->pages[i].content;
  if (self->pages[i].is_used && self->pages[i].page == page)
    return TRUE;
  self->pages[i].is_used = FALSE;
  if (!aq_snapshot_read_page (self->snapshot, page, &self->pages[i].content, error))
    return FALSE;
  self->pages[i].page = page;
  self->pages[i].is_used = TRUE;
  return TRUE;
}

/* @out_entry: borrowed until the next call */
gboolean
aq_page_cache_find (AqPageCache  *self,
                    guint64       id,
                    AqPageEntry  *out_entry,
                    gboolean     *out_found,
                    GError      **error)
{
  AqPageReader reader;
  AqBuffer *content;
  gboolean found = TRUE;

  *out_found = FALSE;
  if (!get_page (self, aq_page_of (id), &content, error))
    return FALSE;
  if (content->size == 0)
    return TRUE;
  if (!aq_page_reader_init (&reader, aq_page_of (id), content->data, content->size, error))
    return FALSE;
  while (found)
    {
      if (!aq_page_reader_next (&reader, out_entry, &found, error))
        return FALSE;
      if (found && out_entry->id == id)
        {
          *out_found = TRUE;
          return TRUE;
        }
    }
  return TRUE;
}

void
aq_page_cache_clear (AqPageCache *self)
{
  for (guint i = 0; i < AQ_PAGE_CACHE_SIZE; i++)
    aq_buffer_clear (&self->pages[i].content);
}
