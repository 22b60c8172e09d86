/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Job table
 *
 * A tree of fixed depth over the bits of the id: chunks of pages of slots. A
 * chunk covers 1,048,576 ids, so a thousand million ids need some 1,000 pointers
 * at the top. A page or chunk without jobs is not kept.
 *
 * A slot is 0 for no job, a pointer to one, or, with its lowest bit set, a job
 * that is away:
 *
 *   bit 0       1
 *   bits 1-3    outcome
 *   bit 4       whether it has a submit key or a unique key
 *   bits 5-21   number of its lane
 *   bits 22-63  when it was created, in steps of 10 ms: until the year 3363
 */

#include "config.h"

#include "store/aq-job-table.h"

#define PAGE_BITS 9
#define CHUNK_BITS 11
#define PAGE_JOBS (1u << PAGE_BITS)
#define CHUNK_PAGES (1u << CHUNK_BITS)

#define AWAY_OUTCOME_SHIFT 1
#define AWAY_KEY_SHIFT 4
#define AWAY_LANE_SHIFT 5
#define AWAY_CREATED_SHIFT 22
#define AWAY_CREATED_MAX ((G_GINT64_CONSTANT (1) << (64 - AWAY_CREATED_SHIFT)) - 1)

G_STATIC_ASSERT (AQ_JOB_TABLE_MAX_ID >> (PAGE_BITS + CHUNK_BITS) < G_MAXUINT); /* GPtrArray's count */
G_STATIC_ASSERT (ASYNCQ_N_JOB_OUTCOMES <= 1 << (AWAY_KEY_SHIFT - AWAY_OUTCOME_SHIFT));
G_STATIC_ASSERT (AQ_AWAY_MAX_LANES == 1u << (AWAY_CREATED_SHIFT - AWAY_LANE_SHIFT));

typedef struct
{
  guint   n_jobs;
  guint64 slots[PAGE_JOBS];
} Page;

typedef struct
{
  guint n_pages;
  Page *pages[CHUNK_PAGES]; /* owned, nullable */
} Chunk;

struct _AqJobTable
{
  GPtrArray *chunks; /* of Chunk, nullable */
};

static gboolean
is_job (guint64 slot)
{
  return slot != 0 && !(slot & 1);
}

static AqJob *
to_job (guint64 slot)
{
  return is_job (slot) ? (AqJob *) (guintptr) slot : NULL;
}

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
        if (is_job (page->slots[j]))
          aq_job_free (to_job (page->slots[j]));
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

static Chunk *
find_chunk (AqJobTable *self,
            guint64     id)
{
  guint64 top = id >> (PAGE_BITS + CHUNK_BITS);

  return top < self->chunks->len ? g_ptr_array_index (self->chunks, top) : NULL;
}

static Page **
page_of (Chunk   *chunk,
         guint64  id)
{
  return &chunk->pages[(id >> PAGE_BITS) & (CHUNK_PAGES - 1)];
}

static guint64
get_slot (AqJobTable *self,
          guint64     id)
{
  Chunk *chunk = find_chunk (self, id);
  Page *page = chunk != NULL ? *page_of (chunk, id) : NULL;

  return page != NULL ? page->slots[id & (PAGE_JOBS - 1)] : 0;
}

/* Returns: the slot, in a page that is made if it is not there */
static guint64 *
ensure_slot (AqJobTable *self,
             guint64     id)
{
  guint64 top = id >> (PAGE_BITS + CHUNK_BITS);
  Chunk *chunk;
  Page **page;

  if (top >= self->chunks->len)
    g_ptr_array_set_size (self->chunks, top + 1);
  chunk = g_ptr_array_index (self->chunks, top);
  if (chunk == NULL)
    g_ptr_array_index (self->chunks, top) = chunk = g_new0 (Chunk, 1);
  page = page_of (chunk, id);
  if (*page == NULL)
    {
      *page = g_new0 (Page, 1);
      chunk->n_pages++;
    }
  (*page)->n_jobs += (*page)->slots[id & (PAGE_JOBS - 1)] == 0;
  return &(*page)->slots[id & (PAGE_JOBS - 1)];
}

/* Returns: what was in the slot, which is empty now */
static guint64
clear_slot (AqJobTable *self,
            guint64     id)
{
  Chunk *chunk = find_chunk (self, id);
  Page **page = page_of (chunk, id);
  guint64 slot = (*page)->slots[id & (PAGE_JOBS - 1)];

  (*page)->slots[id & (PAGE_JOBS - 1)] = 0;
  if (--(*page)->n_jobs > 0)
    return slot;
  g_clear_pointer (page, g_free);
  if (--chunk->n_pages > 0)
    return slot;
  g_ptr_array_index (self->chunks, id >> (PAGE_BITS + CHUNK_BITS)) = NULL;
  g_free (chunk);
  return slot;
}

AqJob *
aq_job_table_lookup (AqJobTable *self,
                     guint64     id)
{
  return to_job (get_slot (self, id));
}

/**
 * aq_job_table_lookup_away:
 * @self: a table
 * @id: an id
 * @out_slot: (out) (optional): what is known of the job
 *
 * Returns: whether there is such a job, and it is away
 *
 * Since: 0.1
 */
gboolean
aq_job_table_lookup_away (AqJobTable *self,
                          guint64     id,
                          AqAwaySlot *out_slot)
{
  guint64 slot = get_slot (self, id);

  if (!(slot & 1))
    return FALSE;
  if (out_slot != NULL)
    *out_slot = (AqAwaySlot) {
      .lane = slot >> AWAY_LANE_SHIFT & (AQ_AWAY_MAX_LANES - 1),
      .created_usec = (gint64) (slot >> AWAY_CREATED_SHIFT) * AQ_AWAY_STEP_USEC,
      .outcome = slot >> AWAY_OUTCOME_SHIFT & 7,
      .has_key = slot >> AWAY_KEY_SHIFT & 1,
    };
  return TRUE;
}

/**
 * aq_job_table_insert:
 * @self: a table
 * @job: (transfer full): a job whose id is not in it, or away
 *
 * Since: 0.1
 */
void
aq_job_table_insert (AqJobTable *self,
                     AqJob      *job)
{
  guint64 *slot = ensure_slot (self, job->id);

  g_assert (!is_job (*slot));
  *slot = (guintptr) job;
}

/**
 * aq_job_table_insert_away:
 * @self: a table
 * @id: an id that is not in it
 * @away: what is known of the job
 *
 * Since: 0.1
 */
void
aq_job_table_insert_away (AqJobTable       *self,
                          guint64           id,
                          const AqAwaySlot *away)
{
  guint64 *slot = ensure_slot (self, id);
  guint64 created = (guint64) CLAMP (away->created_usec / AQ_AWAY_STEP_USEC, 0, AWAY_CREATED_MAX);

  g_assert (*slot == 0 && away->lane < AQ_AWAY_MAX_LANES);
  *slot = 1 | (guint64) away->outcome << AWAY_OUTCOME_SHIFT | (guint64) !!away->has_key << AWAY_KEY_SHIFT |
          (guint64) away->lane << AWAY_LANE_SHIFT | created << AWAY_CREATED_SHIFT;
}

/**
 * aq_job_table_steal:
 * @self: a table
 * @id: an id
 *
 * Returns: (transfer full) (nullable): the job, which is no longer in the table;
 *   %NULL if it is away, or there is none
 *
 * Since: 0.1
 */
AqJob *
aq_job_table_steal (AqJobTable *self,
                    guint64     id)
{
  return is_job (get_slot (self, id)) ? to_job (clear_slot (self, id)) : NULL;
}

/**
 * aq_job_table_remove_away:
 * @self: a table
 * @id: of a job that is away
 *
 * Since: 0.1
 */
void
aq_job_table_remove_away (AqJobTable *self,
                          guint64     id)
{
  g_assert (get_slot (self, id) & 1);
  clear_slot (self, id);
}

/* Returns: the id of the last job of the page that is below @id, or 0 */
static guint64
last_below (const Page *page,
            guint64     id)
{
  for (guint64 index = ((id - 1) & (PAGE_JOBS - 1)) + 1; index > 0; index--)
    if (page->slots[index - 1] != 0)
      return ((id - 1) & ~(guint64) (PAGE_JOBS - 1)) + index - 1;
  return 0;
}

/**
 * aq_job_table_below:
 * @self: a table
 * @id: an id
 *
 * Returns: the greatest id that is lower than @id, of a job in memory or away; 0
 *   if there is none
 *
 * Since: 0.1
 */
guint64
aq_job_table_below (AqJobTable *self,
                    guint64     id)
{
  guint64 end = (guint64) self->chunks->len << (PAGE_BITS + CHUNK_BITS);

  id = MIN (id, end);
  while (id > 0)
    {
      Chunk *chunk = find_chunk (self, id - 1);
      Page *page = chunk != NULL ? *page_of (chunk, id - 1) : NULL;
      guint64 below = page != NULL ? last_below (page, id) : 0;

      if (below != 0)
        return below;
      id = (id - 1) & ~(guint64) ((chunk != NULL ? PAGE_JOBS : PAGE_JOBS * CHUNK_PAGES) - 1);
    }
  return 0;
}

/* Returns: the id of the first job of the page from @id on, or 0 */
static guint64
first_from (const Page *page,
            guint64     id)
{
  for (guint64 index = id & (PAGE_JOBS - 1); index < PAGE_JOBS; index++)
    if (page->slots[index] != 0)
      return (id & ~(guint64) (PAGE_JOBS - 1)) + index;
  return 0;
}

/**
 * aq_job_table_above:
 * @self: a table
 * @id: an id
 *
 * Returns: the smallest id that is greater than @id, of a job in memory or away; 0
 *   if there is none
 *
 * Since: 0.1
 */
guint64
aq_job_table_above (AqJobTable *self,
                    guint64     id)
{
  guint64 end = (guint64) self->chunks->len << (PAGE_BITS + CHUNK_BITS);

  for (id = MIN (id, end) + 1; id < end;)
    {
      Chunk *chunk = find_chunk (self, id);
      Page *page = chunk != NULL ? *page_of (chunk, id) : NULL;
      guint64 above = page != NULL ? first_from (page, id) : 0;

      if (above != 0)
        return above;
      id = (id | ((chunk != NULL ? PAGE_JOBS : PAGE_JOBS * CHUNK_PAGES) - 1)) + 1;
    }
  return 0;
}
