/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * load: a new or empty store from a dump
 *
 * The store is made beside its place, checked as verify does, and moved there
 * last. So whatever is wrong with the dump, nothing was changed.
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-fold.h"
#include "store/tool/aq-dump-entry.h"
#include "store/tool/aq-dump-reader.h"
#include "store/tool/aq-dump-settings.h"
#include "store/tool/aq-page-cache.h"
#include "store/tool/aq-store-builder.h"
#include "store/tool/aq-store-check.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  AqStoreTool   *tool;
  AqDumpReader   reader;
  AqStoreBuilder builder;
  AqDumpJob      job;
  AqBuffer       bytes;     /* of the job */
  GHashTable    *agents;    /* names, owned: added already */
  GHashTable    *items;     /* likewise, behind their kinds */
  AqSnapshot    *existing;  /* owned, nullable: the empty store that is there */
  gboolean       has_place; /* something is there: a store without jobs, or an empty directory */
} Load;

static void
load_clear (Load *self)
{
  g_clear_pointer (&self->existing, aq_snapshot_free);
  aq_dump_reader_clear (&self->reader);
  aq_store_builder_clear (&self->builder);
  aq_dump_job_clear (&self->job);
  aq_buffer_clear (&self->bytes);
  g_clear_pointer (&self->agents, g_hash_table_unref);
  g_clear_pointer (&self->items, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Load, load_clear)

/* what is at the place */

/* one that is fit for a store; what is not is refused where stores are opened */
static gboolean
is_empty_directory (const char        *path,
                    const struct stat *info)
{
  g_autoptr(GDir) directory = NULL;

  if (!S_ISDIR (info->st_mode) || info->st_uid != geteuid () || (info->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return FALSE;
  directory = g_dir_open (path, 0, NULL);
  return directory != NULL && g_dir_read_name (directory) == NULL;
}

static gboolean
on_existing_job (const AqPageEntry  *entry,
                 gpointer            user_data,
                 GError            **error)
{
  guint64 *n_jobs = user_data;

  (*n_jobs)++;
  return TRUE;
}

/* the first line of the dump that names a job of the store, else that there are any */
static gboolean
refuse_jobs (Load     *self,
             guint64   n_jobs,
             GError  **error)
{
  g_auto(AqPageCache) cache = { .snapshot = self->existing };

  for (;;)
    {
      g_autoptr(JsonNode) node = NULL;
      AqPageEntry entry;
      gboolean found = FALSE;

      if (!aq_dump_reader_next (&self->reader, &node, error))
        return FALSE;
      if (node == NULL)
        break;
      aq_dump_job_reset (&self->job);
      if (aq_dump_is_agent (json_node_get_object (node)) || aq_dump_is_counters (json_node_get_object (node)) ||
          aq_dump_is_item (json_node_get_object (node)) || !aq_dump_job_read_json (&self->job, json_node_get_object (node), NULL))
        continue;
      if (!aq_page_cache_find (&cache, self->job.record.id, &entry, &found, error))
        return FALSE;
      if (found)
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                       "job %" G_GUINT64_FORMAT " is in store '%s' already", self->job.record.id, self->tool->path);
          aq_dump_reader_prefix (&self->reader, error);
          return FALSE;
        }
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS,
               "store '%s' has %" G_GUINT64_FORMAT " jobs; a dump is loaded into a new or empty store",
               self->tool->path, n_jobs);
  return FALSE;
}

static gboolean
look_at_place (Load    *self,
               GError **error)
{
  AqStoreTool *tool = self->tool;
  guint64 n_jobs = 0;
  struct stat info;

  if (lstat (tool->path, &info) < 0)
    return TRUE;
  self->has_place = TRUE;
  if (is_empty_directory (tool->path, &info))
    return TRUE;
  if (!aq_store_tool_open (tool, error))
    return FALSE;
  self->existing = aq_store_tool_read (tool, error);
  if (self->existing == NULL || !aq_snapshot_foreach (self->existing, on_existing_job, &n_jobs, tool->meter, error))
    return FALSE;
  return n_jobs == 0 || refuse_jobs (self, n_jobs, error);
}

/* lines */

static gboolean
add_agent (Load           *self,
           const AqAgent  *agent,
           GError        **error)
{
  g_auto(AqBuffer) record = { 0 };

  if (!g_hash_table_add (self->agents, g_strdup (agent->name)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "agent '%s' is there twice", agent->name);
      return FALSE;
    }
  aq_record_append_agent (&record, agent);
  return aq_store_builder_add_agent (&self->builder, agent->name, record.data, record.size, error);
}

static gboolean
read_agent (Load        *self,
            JsonObject  *object,
            GError     **error)
{
  g_autoptr(AqAgent) agent = aq_dump_agent_read_json (object, error);

  return agent != NULL && add_agent (self, agent, error);
}

static gboolean
read_item (Load        *self,
           JsonObject  *object,
           GError     **error)
{
  g_autoptr(AqItem) item = aq_dump_item_read_json (object, error);
  g_auto(AqBuffer) record = { 0 };
  AqItemChange change;

  if (item == NULL)
    return FALSE;
  if (!g_hash_table_add (self->items, g_strdup_printf ("%u %s", item->kind, item->name)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "item '%s' is there twice", item->name);
      return FALSE;
    }
  change = (AqItemChange) { item->kind, item->name, item->value };
  aq_record_append_item (&record, &change);
  return aq_store_builder_add_item (&self->builder, item->kind, item->name, record.data, record.size, error);
}

/* never lower than what was there: raised again by each job */
static void
raise_counters (Load             *self,
                const AqCounters *counters)
{
  AqCounters *mine = &self->builder.counters;

  mine->next_id = MAX (mine->next_id, counters->next_id);
  mine->next_order = MAX (mine->next_order, counters->next_order);
  mine->next_lease = MAX (mine->next_lease, counters->next_lease);
  mine->last_due_usec = MAX (mine->last_due_usec, counters->last_due_usec);
  if (counters->steady_ahead_usec != 0)
    mine->steady_ahead_usec = counters->steady_ahead_usec;
}

static gboolean
read_counters (Load        *self,
               JsonObject  *object,
               GError     **error)
{
  AqCounters counters;

  if (!aq_dump_counters_read_json (object, &counters, error))
    return FALSE;
  raise_counters (self, &counters);
  return TRUE;
}

static gboolean
read_job (Load        *self,
          JsonObject  *object,
          GError     **error)
{
  AqPageEntry entry;

  aq_dump_job_reset (&self->job);
  if (!aq_dump_job_read_json (&self->job, object, error))
    return FALSE;
  aq_dump_entry_make (&self->job, &self->bytes, &entry);
  entry.record = self->job.record;
  if (aq_store_builder_add (&self->builder, &entry, error))
    return TRUE;
  /* a mistake of the dump */
  if (g_error_matches (*error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS))
    {
      g_clear_error (error);
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "job %" G_GUINT64_FORMAT " is there twice", entry.id);
    }
  return FALSE;
}

static gboolean
read_lines (Load    *self,
            GError **error)
{
  for (;;)
    {
      g_autoptr(JsonNode) node = NULL;
      JsonObject *object;
      gboolean ok;

      if (!aq_dump_reader_next (&self->reader, &node, error))
        return FALSE;
      if (node == NULL)
        return TRUE;
      aq_meter_advance (self->tool->meter, self->reader.line.size);
      object = json_node_get_object (node);
      if (aq_dump_is_agent (object))
        ok = read_agent (self, object, error);
      else if (aq_dump_is_item (object))
        ok = read_item (self, object, error);
      else if (aq_dump_is_counters (object))
        ok = read_counters (self, object, error);
      else
        ok = read_job (self, object, error);
      if (!ok)
        {
          aq_dump_reader_prefix (&self->reader, error);
          return FALSE;
        }
    }
}

/* the store that was there */

/* a dump without agents leaves those that the store had */
static gboolean
keep_agents (Load    *self,
             GError **error)
{
  g_autoptr(GPtrArray) records = aq_snapshot_get_agents (self->existing);

  for (guint i = 0; i < records->len && g_hash_table_size (self->agents) == 0; i++)
    {
      gsize size;
      const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (records, i), &size);
      AqReader reader = aq_reader_init (bytes, size);
      g_auto(AqRecord) record = { 0 };

      if (!aq_record_read (&reader, &record, error) ||
          !aq_store_builder_add_agent (&self->builder, record.agent.name, bytes, size, error))
        return FALSE;
    }
  return TRUE;
}

/* likewise */
static gboolean
keep_items (Load    *self,
            GError **error)
{
  GPtrArray *items = aq_snapshot_get_items (self->existing);

  for (guint i = 0; i < items->len && g_hash_table_size (self->items) == 0; i++)
    {
      const AqFoldItem *item = g_ptr_array_index (items, i);

      if (!aq_store_builder_add_item (&self->builder, item->kind, item->name, g_bytes_get_data (item->record, NULL),
                                      g_bytes_get_size (item->record), error))
        return FALSE;
    }
  return TRUE;
}

/* what others keep beside the store's own files: the dispatcher's identity, a token */
static gboolean
keep_files (Load    *self,
            GError **error)
{
  static const char *const ours[] = { "format", "format.new", "super", "A.gdbm", "B.gdbm", "journal", "pid", NULL };
  g_autoptr(GDir) directory = g_dir_open (self->tool->path, 0, error);
  const char *name;

  if (directory == NULL)
    return FALSE;
  while ((name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *from_path = g_build_filename (self->tool->path, name, NULL);
      g_autofree char *to_path = g_build_filename (self->builder.draft.path, name, NULL);
      g_autoptr(GFile) from = g_file_new_for_path (from_path);
      g_autoptr(GFile) to = g_file_new_for_path (to_path);

      if (!g_strv_contains (ours, name) && g_file_test (from_path, G_FILE_TEST_IS_REGULAR) &&
          !g_file_copy (from, to, G_FILE_COPY_NOFOLLOW_SYMLINKS | G_FILE_COPY_ALL_METADATA, NULL, NULL, NULL, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
keep_what_was_there (Load    *self,
                     GError **error)
{
  AqCounters counters;

  if (self->existing == NULL)
    return TRUE;
  if (aq_snapshot_get_counters (self->existing, &counters))
    raise_counters (self, &counters);
  /* sequences go on: whoever has read history does not read other things under the same numbers */
  self->builder.last_sequence =
      MAX (self->builder.last_sequence, aq_snapshot_get_end (self->existing)->next_sequence - 1);
  return keep_agents (self, error) && keep_items (self, error) && keep_files (self, error);
}

static gboolean
build (Load           *self,
       AqStoreReport  *out_report,
       GError        **error)
{
  gboolean ok;

  aq_meter_begin (self->tool->meter, "loading", aq_dump_reader_get_size (&self->reader));
  ok = aq_store_builder_begin (&self->builder, &self->tool->io, self->tool->path, NULL, error) &&
       read_lines (self, error);
  aq_meter_end (self->tool->meter);
  if (!ok || !keep_what_was_there (self, error) || !aq_store_builder_finish (&self->builder, error))
    return FALSE;
  if (aq_store_check_path (&self->tool->io, self->builder.draft.path, self->tool->meter, out_report, error))
    return TRUE;
  g_prefix_error (error, "the jobs of '%s' do not fit together: ", self->reader.name);
  return FALSE;
}

gboolean
aq_tool_load (AqStoreTool  *self,
              GError      **error)
{
  g_auto(Load) load = { .tool = self };
  AqStoreReport report;

  load.builder.directory.fd = load.builder.directory.journal_fd = -1;
  load.agents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  load.items = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  aq_dump_job_init (&load.job);
  if (!aq_dump_reader_open (&load.reader, self->other, error) || !look_at_place (&load, error) ||
      !build (&load, &report, error))
    return FALSE;
  if (load.has_place ? !aq_directory_draft_replace (&load.builder.draft, error)
                     : !aq_directory_draft_commit (&load.builder.draft, error))
    return FALSE;
  aq_store_tool_say (self, "loaded %" G_GUINT64_FORMAT " jobs into store '%s'; verified", report.n_jobs, self->path);
  return TRUE;
}
