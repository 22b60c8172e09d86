/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Images, on the loop
 *
 *   journal: a segment is closed    → checkpointer
 *   checkpointer: what images hold  → journal: which segments nobody needs
 *                                   → tables: completed jobs leave memory
 *
 * While somebody holds the store the second line waits: no image is written, and
 * the journal is not told that it may use segments again.
 */

#include "config.h"

#include "store/aq-images.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-checkpointer.h"
#include "store/aq-job-loader.h"

/* looked at in one turn of the loop */
#define EVICT_JOBS 1000

/* jobs that were brought back stay for so long at least */
#define EVICT_AFTER_MSEC 1000

/* somebody waits for the images to hold everything up to a sequence */
typedef struct
{
  guint64      sequence;
  AqImagesFunc func;
  gpointer     user_data;
} Demand;

/* somebody waits for the store to be held */
typedef struct
{
  AqHoldFunc func;
  gpointer   user_data;
  guint      number; /* of those who asked the checkpointer */
} Hold;

struct _AqImages
{
  AqTables       *tables;       /* borrowed */
  AqJournal      *journal;      /* borrowed */
  AqImageUse      use;
  AqCheckpointer *checkpointer; /* owned, nullable while it is freed */
  AqJobLoader     loader;
  AqCheckpoint    told;         /* the newest */
  AqJournalPosition followed;   /* what the checkpointer knows to be closed */
  guint64         sequence;     /* the greatest that was told: jobs may be away up to here */
  guint64         evicted_sequence; /* jobs that were changed up to here may have left memory since */
  guint           n_holds;      /* asked for, granted or not */
  GQueue          holds;        /* of Hold, owned: not granted yet */
  GQueue          demands;      /* of Demand, owned */
  GSource        *evict_source; /* owned, nullable */
};

/* eviction */

static void
stop_evicting (AqImages *self)
{
  if (self->evict_source == NULL)
    return;
  g_source_destroy (self->evict_source);
  g_clear_pointer (&self->evict_source, g_source_unref);
}

static void start_evicting (AqImages *self,
                            guint     after_msec);

static gboolean
on_evict (gpointer user_data)
{
  AqImages *self = user_data;

  stop_evicting (self);
  self->evicted_sequence = MAX (self->evicted_sequence, self->told.sequence);
  if (aq_tables_evict (self->tables, self->told.sequence, EVICT_JOBS) > 0)
    start_evicting (self, 0);
  return G_SOURCE_REMOVE;
}

/* behind all that is urgent; in batches, so that it is in nobody's way */
static void
start_evicting (AqImages *self,
                guint     after_msec)
{
  if (self->evict_source != NULL && after_msec > 0)
    return;
  stop_evicting (self);
  self->evict_source = after_msec > 0 ? g_timeout_source_new (after_msec) : g_idle_source_new ();
  g_source_set_priority (self->evict_source, G_PRIORITY_LOW);
  g_source_set_static_name (self->evict_source, "evict jobs");
  g_source_set_callback (self->evict_source, on_evict, self, NULL);
  g_source_attach (self->evict_source, g_main_context_get_thread_default ());
}

/* holds */

static void
set_closed (GError **error)
{
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "the store was closed");
}

/*
 * To those whom both threads know of: no image is written and no segment goes any
 * more, and what the gate has let through is on the disk.
 */
static void
grant_holds (AqImages *self)
{
  const AqJournalPosition *flushed = aq_journal_get_flushed (self->journal);
  AqStoreHold position = {
    .segment = flushed->segment,
    .end = flushed->end,
    .crc = flushed->crc,
    .next_sequence = flushed->next_sequence,
  };
  guint n_held = aq_journal_has_taken_keep (self->journal) ? self->told.n_held : 0;
  Hold *hold;

  while ((hold = g_queue_peek_head (&self->holds)) != NULL && hold->number <= n_held)
    {
      (void) g_queue_pop_head (&self->holds);
      hold->func (&position, NULL, hold->user_data);
      g_free (hold);
    }
}

/* demands */

static void
answer_demand (Demand       *demand,
               const GError *error)
{
  demand->func (error, demand->user_data);
  g_free (demand);
}

/* with an error all are answered, else those that are fulfilled */
static void
answer_demands (AqImages     *self,
                const GError *error)
{
  GQueue demands = self->demands;
  Demand *demand;

  g_queue_init (&self->demands);
  while ((demand = g_queue_pop_head (&demands)) != NULL)
    if (error != NULL || demand->sequence == 0 || self->told.both.next_sequence > demand->sequence)
      answer_demand (demand, error);
    else
      g_queue_push_tail (&self->demands, demand);
}

/* what follows from a checkpoint; those who are told must not free us */
static void
on_checkpoint (const AqCheckpoint *checkpoint,
               const GError       *error,
               gpointer            user_data)
{
  AqImages *self = user_data;

  self->told = *checkpoint;
  self->sequence = MAX (self->sequence, checkpoint->sequence);
  if (self->n_holds == 0 && checkpoint->keep_segment > 0)
    aq_journal_set_keep (self->journal, checkpoint->keep_segment);
  start_evicting (self, 0);
  grant_holds (self);
  answer_demands (self, error);
}

/**
 * aq_images_new:
 * @io: the system calls; used by the checkpointer until the images are freed
 * @directory: the store's, likewise
 * @recovery: what was found
 * @tables: what leaves memory, and comes back; borrowed
 * @journal: what is followed; borrowed
 * @wait_bytes: of journal, before a checkpoint is worth it at once
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: (transfer full): the images, or %NULL with @error set
 */
AqImages *
aq_images_new (AqStoreIo               *io,
               const AqStoreDirectory  *directory,
               const AqRecovery        *recovery,
               AqTables                *tables,
               AqJournal               *journal,
               guint64                  wait_bytes,
               GError                 **error)
{
  AqImages *self = g_new0 (AqImages, 1);
  AqCheckpointerSetup setup = {
    .io = io,
    .directory_fd = directory->fd,
    .journal_fd = directory->journal_fd,
    .store_id = directory->store_id,
    .super = &recovery->super,
    .damaged = recovery->damaged,
    .closed = aq_journal_get_closed (journal),
    .use = &self->use,
    .wait_bytes = wait_bytes,
  };

  self->tables = tables;
  self->journal = journal;
  self->loader.tables = tables;
  self->followed = *setup.closed;
  self->sequence = recovery->image_sequence;
  g_queue_init (&self->holds);
  g_queue_init (&self->demands);
  aq_image_use_init (&self->use, &recovery->super, recovery->damaged);
  self->checkpointer = aq_checkpointer_new (&setup, on_checkpoint, self, error);
  if (self->checkpointer == NULL)
    g_clear_pointer (&self, aq_images_free);
  return self;
}

/* ends the thread; whoever waits is told that nothing comes any more */
void
aq_images_free (AqImages *self)
{
  g_autoptr(GError) error = NULL;
  Hold *hold;

  g_clear_pointer (&self->checkpointer, aq_checkpointer_free);
  stop_evicting (self);
  set_closed (&error);
  while ((hold = g_queue_pop_head (&self->holds)) != NULL)
    {
      hold->func (NULL, error, hold->user_data);
      g_free (hold);
    }
  answer_demands (self, error);
  aq_job_loader_clear (&self->loader);
  aq_image_use_clear (&self->use);
  g_free (self);
}

/* for whoever reads them */
AqImageUse *
aq_images_get_use (AqImages *self)
{
  return &self->use;
}

/* Returns: an image that is read has to hold everything up to it, since jobs may be away up to it */
guint64
aq_images_get_sequence (AqImages *self)
{
  return self->sequence;
}

/* the journal may have closed a segment, or know of a hold */
void
aq_images_follow (AqImages *self)
{
  const AqJournalPosition *closed = aq_journal_get_closed (self->journal);

  /* it is told of each flush here, and need not be woken for it */
  if (aq_journal_position_compare (closed, &self->followed) > 0)
    {
      self->followed = *closed;
      aq_checkpointer_follow (self->checkpointer, closed);
    }
  for (GList *l = self->demands.head; l != NULL; l = l->next)
    if (closed->next_sequence > ((const Demand *) l->data)->sequence)
      aq_checkpointer_hurry (self->checkpointer);
  grant_holds (self);
}

static void
bring_back (AqImages             *self,
            const AqFetchRequest *request,
            const AqFetchedPage  *page,
            GError              **error)
{
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found;

  if (!aq_page_reader_init (&reader, page->number, request->content.data + page->start, page->size,
                            error))
    return;
  while (aq_page_reader_next (&reader, &entry, &found, error) && found)
    {
      AqJob *job;

      /* another request may have brought it back, or it is gone */
      if (!aq_tables_is_away (self->tables, entry.id))
        continue;
      job = aq_job_loader_read_entry (&self->loader, &entry, error);
      if (job == NULL)
        return;
      aq_tables_bring_back (self->tables, job);
    }
}

/**
 * aq_images_is_too_old:
 * @self: the images
 * @request: answered by the reader
 *
 * Two may ask for one job. The first answer brings it back, and it may be changed
 * and leave again, with a newer image, before the second one comes: of the image
 * that was the newest when it was read.
 *
 * Returns: whether the jobs that were read may have changed since
 */
gboolean
aq_images_is_too_old (AqImages             *self,
                      const AqFetchRequest *request)
{
  return request->generation > 0 && request->held_sequence < self->evicted_sequence;
}

/**
 * aq_images_take_back:
 * @self: the images
 * @request: (transfer full): answered by the reader
 *
 * Puts the jobs that were read into memory and tells whoever has asked. An image
 * that was found damaged is made again.
 */
void
aq_images_take_back (AqImages       *self,
                     AqFetchRequest *request)
{
  g_autoptr(AqFetchRequest) answered = request;

  for (guint i = 0; i < request->pages->len; i++)
    bring_back (self, request, &g_array_index (request->pages, AqFetchedPage, i),
                request->error == NULL ? &request->error : NULL);
  if (request->generation > 0 &&
      g_error_matches (request->error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT))
    aq_checkpointer_distrust (self->checkpointer, request->letter, request->generation);
  start_evicting (self, EVICT_AFTER_MSEC);
  request->func (request->error, request->user_data);
}

/**
 * aq_images_checkpoint:
 * @self: the images
 * @sequence: of the newest transaction
 * @func: called in a later turn of the loop
 * @user_data: for @func
 *
 * Closes the current segment of the journal and brings both images up to its end.
 */
void
aq_images_checkpoint (AqImages    *self,
                      guint64      sequence,
                      AqImagesFunc func,
                      gpointer     user_data)
{
  Demand *demand = g_new (Demand, 1);

  *demand = (Demand) { .sequence = sequence, .func = func, .user_data = user_data };
  g_queue_push_tail (&self->demands, demand);
  aq_journal_end_segment (self->journal);
}

/* see aq_store_hold() */
void
aq_images_hold (AqImages   *self,
                AqHoldFunc  func,
                gpointer    user_data)
{
  Hold *hold = g_new (Hold, 1);

  if (self->n_holds++ == 0)
    aq_journal_set_keep (self->journal, 0);
  *hold = (Hold) { func, user_data, aq_checkpointer_hold (self->checkpointer) };
  g_queue_push_tail (&self->holds, hold);
}

void
aq_images_release (AqImages *self)
{
  g_return_if_fail (self->n_holds > 0);

  self->n_holds--;
  aq_checkpointer_release (self->checkpointer);
  if (self->n_holds == 0 && self->told.keep_segment > 0)
    aq_journal_set_keep (self->journal, self->told.keep_segment);
}
