/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * From an image to tables
 *
 * Unfinished jobs come into memory whole. Completed ones are away from the start,
 * but for those that an unfinished one depends on: which these are is known only
 * after all pages were read, so they are brought back then. The replay of the
 * journal brings back those that it touches, through the same function.
 */

#include "config.h"

#include "store/aq-image-loader.h"

#include "core/aq-edge.h"
#include "core/aq-lane.h"

#include <string.h>

void
aq_image_loader_clear (AqImageLoader *self)
{
  g_clear_pointer (&self->parents, g_array_unref);
  aq_buffer_clear (&self->page);
  g_clear_pointer (&self->settings, aq_job_settings_unref);
}

static void
collect_parents (AqImageLoader *self,
                 const AqJob   *job)
{
  const GArray *edges = job->extra != NULL ? job->extra->edges_in : NULL;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    g_array_append_val (self->parents, g_array_index (edges, AqEdge, i).parent);
}

static gboolean
load_whole (AqImageLoader      *self,
            const AqPageEntry  *entry,
            GError            **error)
{
  AqJob *job = aq_job_loader_read_entry (&self->replay->loader, entry, error);

  if (job == NULL)
    return FALSE;
  if (job->state != ASYNCQ_JOB_STATE_COMPLETED)
    collect_parents (self, job);
  aq_tables_load_job (self->replay->loader.tables, job);
  return TRUE;
}

static gboolean
read_settings (AqImageLoader      *self,
               const AqJobRecord  *record,
               GError            **error)
{
  GVariant *value = self->settings != NULL ? self->settings->value : NULL;

  if (record->settings_size > 0 && value != NULL && g_variant_get_size (value) == record->settings_size &&
      memcmp (g_variant_get_data (value), record->settings, record->settings_size) == 0)
    return TRUE;
  g_clear_pointer (&self->settings, aq_job_settings_unref);
  return aq_job_loader_read_settings (record, &self->settings, error);
}

/* Returns: whether it could be; else it has to be loaded whole */
static gboolean
load_away (AqImageLoader     *self,
           const AqJobRecord *record)
{
  AqTables *tables = self->replay->loader.tables;
  const AqLaneKey key = {
    .queue = record->queue,
    .function = record->function,
    .arguments_type = record->arguments_type,
    .tags = self->settings != NULL ? (const char * const *) self->settings->tags : NULL,
    .priority = record->priority,
  };
  g_autoptr(AqLane) lane = aq_tables_get_lane_for_key (tables, &key);
  AqAwayJob away = {
    .id = record->id,
    .lane = lane,
    .created_usec = record->created_usec,
    .ended_usec = record->ended_usec,
    .outcome = record->outcome,
    .submit_key = record->submit_key,
    .unique_key = record->unique_key,
  };

  return aq_tables_load_away (tables, &away);
}

static gboolean
load_entry (AqImageLoader      *self,
            const AqPageEntry  *entry,
            GError            **error)
{
  const AqJobRecord *record = &entry->record;

  self->last_id = MAX (self->last_id, entry->id);
  if (record->state != ASYNCQ_JOB_STATE_COMPLETED)
    return load_whole (self, entry, error);
  if (!aq_job_loader_check (&self->replay->loader, record, error) || !read_settings (self, record, error))
    return FALSE;
  return load_away (self, record) || load_whole (self, entry, error);
}

static gboolean
load_page (AqImageLoader  *self,
           guint64         page,
           const guint8   *content,
           gsize           size,
           GError        **error)
{
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found;

  if (!aq_page_reader_init (&reader, page, content, size, error))
    return FALSE;
  for (;;)
    {
      if (!aq_page_reader_next (&reader, &entry, &found, error))
        return FALSE;
      if (!found)
        return TRUE;
      if (!load_entry (self, &entry, error))
        return FALSE;
    }
}

static gboolean
load_record (AqImageLoader  *self,
             const guint8   *content,
             gsize           size,
             GError        **error)
{
  AqReader reader = aq_reader_init (content, size);
  g_auto(AqRecord) record = { 0 };

  return aq_record_read (&reader, &record, error) && aq_replay_record (self->replay, &record, 0, error);
}

static gboolean
on_value (AqImageKey     kind,
          guint64        page,
          const guint8  *content,
          gsize          size,
          gpointer       user_data,
          GError       **error)
{
  AqImageLoader *self = user_data;

  switch (kind)
    {
    case AQ_IMAGE_KEY_PAGE:
      return load_page (self, page, content, size, error);
    case AQ_IMAGE_KEY_AGENT:
    case AQ_IMAGE_KEY_ITEM:
    case AQ_IMAGE_KEY_COUNTERS:
      return load_record (self, content, size, error);
    default:
      return TRUE;
    }
}

/* a job that is away, from its page to memory */
static AqJob *
bring_back (AqImageLoader  *self,
            guint64         id,
            GError        **error)
{
  AqTables *tables = self->replay->loader.tables;
  guint64 page = aq_page_of (id);
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found;
  AqJob *job;

  if (!aq_image_read_page (self->image, page, &self->page, &found, error) ||
      !aq_page_reader_init (&reader, page, self->page.data, self->page.size, error))
    return NULL;
  do
    if (!aq_page_reader_next (&reader, &entry, &found, error))
      return NULL;
  while (found && entry.id != id);
  if (!found)
    {
      aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " is gone from its page", id);
      return NULL;
    }
  job = aq_job_loader_read_entry (&self->replay->loader, &entry, error);
  if (job == NULL)
    return NULL;
  if (job->state != ASYNCQ_JOB_STATE_COMPLETED)
    {
      aq_job_free (job);
      aq_job_loader_set_misfit (error, "job %" G_GUINT64_FORMAT " has another state than before", id);
      return NULL;
    }
  aq_tables_bring_back (tables, job);
  return job;
}

static AqJob *
on_fetch (guint64    id,
          gpointer   user_data,
          GError   **error)
{
  return bring_back (user_data, id, error);
}

static gboolean
bring_back_parents (AqImageLoader  *self,
                    GError        **error)
{
  for (guint i = 0; i < self->parents->len; i++)
    {
      guint64 id = g_array_index (self->parents, guint64, i);

      if (aq_tables_is_away (self->replay->loader.tables, id) && bring_back (self, id, error) == NULL)
        return FALSE;
    }
  return TRUE;
}

void
aq_image_loader_init (AqImageLoader *self,
                      AqReplay      *replay,
                      AqImage       *image)
{
  *self = (AqImageLoader) {
    .replay = replay,
    .image = image,
    .parents = g_array_new (FALSE, FALSE, sizeof (guint64)),
  };
  replay->fetch = on_fetch;
  replay->fetch_data = self;
}

/**
 * aq_image_loader_run:
 * @self: a loader; it has to live as long as the replay is used
 * @error: return location for an error
 *
 * Loads the whole image, checked to its last byte. After an error the tables can
 * only be freed.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file and page;
 * `ASYNCQ_ERROR_STORE_VERSION`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_image_loader_run (AqImageLoader  *self,
                     GError        **error)
{
  if (!aq_image_read_all (self->image, on_value, self, error))
    return FALSE;
  if (self->last_id > 0 && self->last_id >= self->replay->next_id)
    return aq_job_loader_set_misfit (error, "the image has job %" G_GUINT64_FORMAT
                                     ", and the next one would be %" G_GUINT64_FORMAT,
                                     self->last_id, self->replay->next_id);
  return bring_back_parents (self, error);
}
