/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Job table
 *
 * A tree of fixed depth over the bits of the id: chunks of pages of jobs. A
 * chunk covers 262,144 ids, so a thousand million ids need some 4,000 pointers
 * at the top.
 */

#include "config.h"

#include "store/aq-job-table.h"

#define PAGE_BITS 6
#define CHUNK_BITS 12
#define PAGE_JOBS (1u << PAGE_BITS)
#define CHUNK_PAGES (1u << CHUNK_BITS)

typedef struct
{
  AqJob *jobs[PAGE_JOBS]; /* owned, nullable */
} Page;

typedef struct
{
  Page *pages[CHUNK_PAGES]; /* owned, nullable */
} Chunk;

struct _AqJobTable
{
  GPtrArray *chunks; /* of Chunk, nullable */
};

static void
free_chunk (gpointer data)
{
  Chunk *chunk = data;

  if (chunk == NULL)
    return;
  for (guint i = 0; i < CHUNK_PAGES; i++)
    {
      Page *page = chunk->pages[i];

      for (guint j = 0; page != NULL && j < PAGE_JOBS; j++)
        g_clear_pointer (&page->jobs[j], aq_job_free);
      g_free (page);
    }
  g_free (chunk);
}

AqJobTable *
aq_job_table_new (void)
{
  AqJobTable *self = g_new0 (AqJobTable, 1);

  self->chunks = g_ptr_array_new_with_free_func (free_chunk);
  return self;
}

void
aq_job_table_free (AqJobTable *self)
{
  g_ptr_array_unref (self->chunks);
  g_free (self);
}

static Page *
find_page (AqJobTable *self,
           guint64     id)
{
  guint64 top = id >> (PAGE_BITS + CHUNK_BITS);
  Chunk *chunk;

  if (top >= self->chunks->len)
    return NULL;
  chunk = g_ptr_array_index (self->chunks, top);
  return chunk != NULL ? chunk->pages[(id >> PAGE_BITS) & (CHUNK_PAGES - 1)] : NULL;
}

AqJob *
aq_job_table_lookup (AqJobTable *self,
                     guint64     id)
{
  Page *page = find_page (self, id);

  return page != NULL ? page->jobs[id & (PAGE_JOBS - 1)] : NULL;
}

/**
 * aq_job_table_insert:
 * @self: a table
 * @job: (transfer full): a job whose id is not in it
 *
 * Since: 0.1
 */
void
aq_job_table_insert (AqJobTable *self,
                     AqJob      *job)
{
  guint64 top = job->id >> (PAGE_BITS + CHUNK_BITS);
  Chunk *chunk;
  Page **page;

  if (top >= self->chunks->len)
    g_ptr_array_set_size (self->chunks, top + 1);
  chunk = g_ptr_array_index (self->chunks, top);
  if (chunk == NULL)
    g_ptr_array_index (self->chunks, top) = chunk = g_new0 (Chunk, 1);
  page = &chunk->pages[(job->id >> PAGE_BITS) & (CHUNK_PAGES - 1)];
  if (*page == NULL)
    *page = g_new0 (Page, 1);
  g_assert ((*page)->jobs[job->id & (PAGE_JOBS - 1)] == NULL);
  (*page)->jobs[job->id & (PAGE_JOBS - 1)] = job;
}

/**
 * aq_job_table_steal:
 * @self: a table
 * @id: an id
 *
 * Returns: (transfer full) (nullable): the job, which is no longer in the table
 *
 * Since: 0.1
 */
AqJob *
aq_job_table_steal (AqJobTable *self,
                    guint64     id)
{
  Page *page = find_page (self, id);

  return page != NULL ? g_steal_pointer (&page->jobs[id & (PAGE_JOBS - 1)]) : NULL;
}

/**
 * aq_job_table_below:
 * @self: a table
 * @id: an id
 *
 * Returns: (nullable): the job with the greatest id that is lower than @id
 *
 * Since: 0.1
 */
AqJob *
aq_job_table_below (AqJobTable *self,
                    guint64     id)
{
  guint64 end = (guint64) self->chunks->len << (PAGE_BITS + CHUNK_BITS);

  id = MIN (id, end);
  while (id > 0)
    {
      Page *page = find_page (self, id - 1);

      if (page == NULL)
        {
          id = (id - 1) & ~(guint64) (PAGE_JOBS - 1);
          continue;
        }
      if (page->jobs[(id - 1) & (PAGE_JOBS - 1)] != NULL)
        return page->jobs[(id - 1) & (PAGE_JOBS - 1)];
      id--;
    }
  return NULL;
}
