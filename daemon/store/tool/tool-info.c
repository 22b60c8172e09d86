/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * info: what is in a store
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "libasyncq/asyncq-error.h"
#include "store/tool/aq-segment-chain.h"
#include "store/tool/aq-store-report.h"

#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <sys/stat.h>

#define SCHEMA 1
#define MAX_SAFE_NUMBER (G_GINT64_CONSTANT (1) << 53)

typedef struct
{
  AqStoreTool  *tool;
  AqStoreReport report;
  AqCounters    counters;
  GPtrArray    *agents;   /* of char*, owned */
  GArray       *chain;    /* of AqChainedSegment, owned */
} Info;

static void
info_clear (Info *self)
{
  g_clear_pointer (&self->agents, g_ptr_array_unref);
  g_clear_pointer (&self->chain, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Info, info_clear)

static gboolean
on_job (const AqPageEntry  *entry,
        gpointer            user_data,
        GError            **error)
{
  Info *self = user_data;

  self->report.n_jobs++;
  self->report.n_states[entry->record.state]++;
  self->report.n_outcomes[entry->record.outcome]++;
  return TRUE;
}

static gboolean
list_agents (Info        *self,
             AqSnapshot  *snapshot,
             GError     **error)
{
  g_autoptr(GPtrArray) records = aq_snapshot_get_agents (snapshot);

  self->agents = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < records->len; i++)
    {
      gsize size;
      const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (records, i), &size);
      AqReader reader = aq_reader_init (bytes, size);
      g_auto(AqRecord) record = { 0 };

      if (!aq_record_read (&reader, &record, error))
        return FALSE;
      g_ptr_array_add (self->agents, g_strdup (record.agent.name));
    }
  return TRUE;
}

static gboolean
gather (Info    *self,
        GError **error)
{
  AqStoreTool *tool = self->tool;
  g_autoptr(AqSnapshot) snapshot = aq_store_tool_read (tool, error);
  gboolean ok;

  if (snapshot == NULL)
    return FALSE;
  self->report.end = *aq_snapshot_get_end (snapshot);
  self->chain = aq_segment_chain_read (&tool->io, &tool->directory, self->report.end.segment, error);
  if (self->chain == NULL || !list_agents (self, snapshot, error))
    return FALSE;
  if (!aq_snapshot_get_counters (snapshot, &self->counters))
    self->counters = (AqCounters) { .next_id = 1 };
  aq_meter_begin (tool->meter, "jobs", aq_snapshot_get_pages (snapshot)->len);
  ok = aq_snapshot_foreach (snapshot, on_job, self, tool->meter, error);
  aq_meter_end (tool->meter);
  return ok;
}

static char *
dup_id (Info *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < AQ_STORE_ID_SIZE; i++)
    g_string_append_printf (text, "%02x", self->tool->directory.store_id[i]);
  return g_string_free (text, FALSE);
}

static const char *
get_byte_order (void)
{
  return G_BYTE_ORDER == G_LITTLE_ENDIAN ? "little-endian" : "big-endian"; /* another one is not opened */
}

/* @out_size: of the file of an image, 0 where there is none */
static void
get_image_size (Info          *self,
                AqImageLetter  letter,
                guint64       *out_size)
{
  struct stat info;

  *out_size = 0;
  if (fstatat (self->tool->directory.fd, aq_image_get_name (letter), &info, AT_SYMLINK_NOFOLLOW) == 0)
    *out_size = (guint64) info.st_size;
}

static void
sum_chain (Info    *self,
           guint64 *out_first,
           guint64 *out_last,
           guint64 *out_bytes)
{
  *out_first = *out_last = *out_bytes = 0;
  for (guint i = 0; i < self->chain->len; i++)
    {
      const AqChainedSegment *segment = &g_array_index (self->chain, AqChainedSegment, i);

      if (i == 0)
        *out_first = segment->header.number;
      *out_last = segment->header.number;
      *out_bytes += segment->file_size;
    }
}

/* for people */

static void
put_image (Info          *self,
           AqImageLetter  letter)
{
  const AqImageState *state = &self->tool->super.images[letter];
  g_autofree char *size_text = NULL;
  guint64 size;

  get_image_size (self, letter, &size);
  size_text = g_format_size_full (size, G_FORMAT_SIZE_IEC_UNITS);
  if (!state->whole)
    g_print ("     Image: %s is not %s; asyncqd makes it when it runs\n", aq_image_get_name (letter),
             size == 0 ? "there yet" : "whole");
  else
    g_print ("     Image: %s is whole up to sequence %" G_GUINT64_FORMAT ": generation %" G_GUINT64_FORMAT
             ",\n            %" G_GUINT64_FORMAT " values, %s\n",
             aq_image_get_name (letter), state->position.next_sequence - 1, state->generation, state->n_values,
             size_text);
}

static void
put_journal (Info *self)
{
  g_autofree char *size_text = NULL;
  guint64 first;
  guint64 last;
  guint64 bytes;

  sum_chain (self, &first, &last, &bytes);
  size_text = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
  if (self->chain->len == 0)
    g_print ("   Journal: empty\n");
  else
    g_print ("   Journal: %u segment%s, %06" G_GUINT64_FORMAT " to %06" G_GUINT64_FORMAT ", %s\n", self->chain->len,
             self->chain->len == 1 ? "" : "s", first, last, size_text);
}

/* "3 pending, 4 active" on a line of its own; nothing where all are 0 */
static void
put_counts (const guint64 *counts,
            guint          first,
            guint          end,
            const char *(*word) (guint number))
{
  const char *separator = "            ";

  for (guint i = first; i < end; i++)
    if (counts[i] > 0)
      {
        g_print ("%s%" G_GUINT64_FORMAT " %s", separator, counts[i], word (i));
        separator = ", ";
      }
  if (*separator == ',')
    g_print ("\n");
}

static const char *
state_word (guint number)
{
  return asyncq_job_state_to_string (number);
}

static const char *
outcome_word (guint number)
{
  return asyncq_job_outcome_to_string (number);
}

static void
put_jobs (Info *self)
{
  g_print ("      Jobs: %" G_GUINT64_FORMAT "\n", self->report.n_jobs);
  put_counts (self->report.n_states, 0, ASYNCQ_JOB_STATE_COMPLETED, state_word);
  put_counts (self->report.n_outcomes, ASYNCQ_JOB_OUTCOME_SUCCEEDED, ASYNCQ_N_JOB_OUTCOMES, outcome_word);
  g_print ("   Next id: %" G_GUINT64_FORMAT "\n", self->counters.next_id);
}

static void
put_agents (Info *self)
{
  g_print ("    Agents:");
  for (guint i = 0; i < self->agents->len; i++)
    g_print ("%s %s", i > 0 ? "," : "", (const char *) g_ptr_array_index (self->agents, i));
  g_print (self->agents->len > 0 ? "\n" : " none\n");
}

static void
put_text (Info *self)
{
  g_autofree char *id = dup_id (self);

  g_print ("     Store: %s\n", self->tool->path);
  g_print ("        Id: %s\n", id);
  g_print ("    Format: %u, %s\n", AQ_STORE_FORMAT_VERSION, get_byte_order ());
  g_print ("  Sequence: %" G_GUINT64_FORMAT "\n", self->report.end.next_sequence - 1);
  for (guint i = 0; i < AQ_N_IMAGES; i++)
    put_image (self, i);
  put_journal (self);
  put_jobs (self);
  put_agents (self);
}

/* for programs */

static void
set_number (JsonObject *object,
            const char *name,
            guint64     number)
{
  g_autofree char *text = NULL;

  if (number <= (guint64) MAX_SAFE_NUMBER)
    {
      json_object_set_int_member (object, name, (gint64) number);
      return;
    }
  text = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  json_object_set_string_member (object, name, text);
}

static void
add_images (Info       *self,
            JsonObject *root)
{
  JsonArray *images = json_array_new ();

  for (guint i = 0; i < AQ_N_IMAGES; i++)
    {
      const AqImageState *state = &self->tool->super.images[i];
      JsonObject *image = json_object_new ();
      guint64 size;

      get_image_size (self, i, &size);
      json_object_set_string_member (image, "file", aq_image_get_name (i));
      json_object_set_boolean_member (image, "whole", state->whole);
      set_number (image, "size_bytes", size);
      if (state->whole)
        {
          set_number (image, "generation", state->generation);
          set_number (image, "sequence", state->position.next_sequence - 1);
          set_number (image, "values", state->n_values);
        }
      json_array_add_object_element (images, image);
    }
  json_object_set_array_member (root, "images", images);
}

static void
add_journal (Info       *self,
             JsonObject *root)
{
  JsonObject *journal = json_object_new ();
  guint64 first;
  guint64 last;
  guint64 bytes;

  sum_chain (self, &first, &last, &bytes);
  json_object_set_int_member (journal, "segments", self->chain->len);
  set_number (journal, "first_segment", first);
  set_number (journal, "last_segment", last);
  set_number (journal, "size_bytes", bytes);
  json_object_set_object_member (root, "journal", journal);
}

static void
add_jobs (Info       *self,
          JsonObject *root)
{
  JsonObject *jobs = json_object_new ();

  for (guint i = 0; i < ASYNCQ_N_JOB_STATES; i++)
    set_number (jobs, asyncq_job_state_to_string (i), self->report.n_states[i]);
  for (guint i = ASYNCQ_JOB_OUTCOME_SUCCEEDED; i < ASYNCQ_N_JOB_OUTCOMES; i++)
    set_number (jobs, asyncq_job_outcome_to_string (i), self->report.n_outcomes[i]);
  set_number (root, "n_jobs", self->report.n_jobs);
  json_object_set_object_member (root, "jobs", jobs);
}

static void
put_json (Info *self)
{
  g_autoptr(JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *root = json_object_new ();
  JsonArray *agents = json_array_new ();
  g_autofree char *id = dup_id (self);
  g_autofree char *text = NULL;

  json_node_take_object (node, root);
  json_object_set_string_member (root, "path", self->tool->path);
  json_object_set_string_member (root, "id", id);
  json_object_set_int_member (root, "format", AQ_STORE_FORMAT_VERSION);
  json_object_set_string_member (root, "byte_order", get_byte_order ());
  set_number (root, "sequence", self->report.end.next_sequence - 1);
  add_images (self, root);
  add_journal (self, root);
  add_jobs (self, root);
  set_number (root, "next_id", self->counters.next_id);
  for (guint i = 0; i < self->agents->len; i++)
    json_array_add_string_element (agents, g_ptr_array_index (self->agents, i));
  json_object_set_array_member (root, "agents", agents);
  json_object_set_int_member (root, "schema", SCHEMA);
  text = json_to_string (node, self->tool->json == AQ_TOOL_JSON_PRETTY);
  g_print ("%s\n", text);
}

gboolean
aq_tool_info (AqStoreTool  *self,
              GError      **error)
{
  g_auto(Info) info = { .tool = self };

  if (!aq_store_tool_open (self, error) || !gather (&info, error))
    return FALSE;
  if (self->json != AQ_TOOL_JSON_OFF)
    put_json (&info);
  else
    put_text (&info);
  return TRUE;
}
