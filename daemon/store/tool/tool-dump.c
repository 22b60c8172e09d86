/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * dump: every job as a line of JSON
 *
 * The store is read and checked before the first line is printed, so a dump that
 * has begun is that of a whole store.
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-fold.h"
#include "store/tool/aq-dump-entry.h"
#include "store/tool/aq-dump-settings.h"

#include <errno.h>
#include <stdio.h>

typedef struct
{
  AqDumpJob  job;
  GString   *line; /* owned, used again and again */
} Dump;

static gboolean
put_line (GString  *line,
          GError  **error)
{
  g_string_append_c (line, '\n');
  if (fwrite (line->str, 1, line->len, stdout) == line->len)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "could not write the dump: %s", g_strerror (errno));
  return FALSE;
}

static gboolean
on_job (const AqPageEntry  *entry,
        gpointer            user_data,
        GError            **error)
{
  Dump *self = user_data;

  g_string_truncate (self->line, 0);
  aq_dump_job_reset (&self->job);
  if (!aq_dump_entry_read (entry, &self->job, error))
    return FALSE;
  if (!aq_dump_job_append_json (&self->job, self->line, error))
    {
      (*error)->code = ASYNCQ_ERROR_STORE_CORRUPT; /* what is no mistake in what was given is damage */
      return FALSE;
    }
  return put_line (self->line, error);
}

static gboolean
put_items (AqSnapshot  *snapshot,
           GString     *line,
           GError     **error)
{
  GPtrArray *items = aq_snapshot_get_items (snapshot);

  for (guint i = 0; i < items->len; i++)
    {
      const AqFoldItem *item = g_ptr_array_index (items, i);
      gsize size;
      const guint8 *bytes = g_bytes_get_data (item->record, &size);
      AqReader reader = aq_reader_init (bytes, size);
      g_auto(AqRecord) record = { 0 };

      g_string_truncate (line, 0);
      if (!aq_record_read (&reader, &record, error) || !aq_dump_item_append_json (&record.item, line, error) ||
          !put_line (line, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
put_settings (AqSnapshot  *snapshot,
              GString     *line,
              GError     **error)
{
  g_autoptr(GPtrArray) agents = aq_snapshot_get_agents (snapshot);
  AqCounters counters;

  for (guint i = 0; i < agents->len; i++)
    {
      gsize size;
      const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (agents, i), &size);
      AqReader reader = aq_reader_init (bytes, size);
      g_auto(AqRecord) record = { 0 };

      if (!aq_record_read (&reader, &record, error))
        return FALSE;
      g_string_truncate (line, 0);
      aq_dump_agent_append_json (&record.agent, line);
      if (!put_line (line, error))
        return FALSE;
    }
  if (!put_items (snapshot, line, error))
    return FALSE;
  if (!aq_snapshot_get_counters (snapshot, &counters))
    return TRUE;
  g_string_truncate (line, 0);
  aq_dump_counters_append_json (&counters, line);
  return put_line (line, error);
}

gboolean
aq_tool_dump (AqStoreTool  *self,
              GError      **error)
{
  g_autoptr(AqSnapshot) snapshot = NULL;
  Dump dump = { 0 };
  gboolean ok;

  if (!aq_store_tool_open (self, error))
    return FALSE;
  snapshot = aq_store_tool_read (self, error);
  if (snapshot == NULL)
    return FALSE;

  dump.line = g_string_new (NULL);
  aq_dump_job_init (&dump.job);
  aq_meter_begin (self->meter, "dump", aq_snapshot_get_pages (snapshot)->len);
  ok = (!self->settings || put_settings (snapshot, dump.line, error)) &&
       aq_snapshot_foreach (snapshot, on_job, &dump, self->meter, error);
  aq_meter_end (self->meter);
  aq_dump_job_clear (&dump.job);
  g_string_free (dump.line, TRUE);
  if (ok && fflush (stdout) != 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "could not write the dump: %s",
                   g_strerror (errno));
      return FALSE;
    }
  return ok;
}
