/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Settings in a dump
 *
 *   {"agent":"main","size":3,"filter":"","queues":["mail"]}
 *   {"item":"mail","kind":"queue","value":"{'created': <int64 7>}"}
 *   {"counters":{"next_id":31,"next_order":31,"next_lease":"…","last_due":"…"}}
 */

#include "config.h"

#include "store/tool/aq-dump-settings.h"

#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-job-loader.h"
#include "store/tool/aq-dump-json.h"

#include <string.h>

#define AGENT_KEY "agent"
#define COUNTERS_KEY "counters"
#define STEADY_KEY "steady_ahead"
#define ITEM_KEY "item"

static gboolean
set_invalid (GError     **error,
             const char  *what)
{
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, what);
  return FALSE;
}

void
aq_dump_agent_append_json (const AqAgentRecord *agent,
                           GString             *out)
{
  g_string_append (out, "{\"" AGENT_KEY "\":");
  aq_dump_json_append_text (out, agent->name);
  g_string_append_printf (out, ",\"size\":%u,\"filter\":", agent->size);
  aq_dump_json_append_text (out, agent->filter);
  g_string_append (out, ",\"queues\":[");
  for (guint i = 0; agent->queues[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      aq_dump_json_append_text (out, agent->queues[i]);
    }
  g_string_append (out, "]}");
}

void
aq_dump_counters_append_json (const AqCounters *counters,
                              GString          *out)
{
  g_string_append (out, "{\"" COUNTERS_KEY "\":{\"next_id\":");
  aq_dump_json_append_number (out, counters->next_id);
  g_string_append (out, ",\"next_order\":");
  aq_dump_json_append_number (out, counters->next_order);
  g_string_append (out, ",\"next_lease\":");
  aq_dump_json_append_number (out, counters->next_lease);
  g_string_append (out, ",\"last_due\":");
  aq_dump_json_append_time (out, counters->last_due_usec);
  if (counters->steady_ahead_usec != 0)
    g_string_append_printf (out, ",\"" STEADY_KEY "\":%" G_GINT64_FORMAT, counters->steady_ahead_usec);
  g_string_append (out, "}}");
}

/* a job has neither key, except the agent that ran it, and then an id as well */
gboolean
aq_dump_is_agent (JsonObject *object)
{
  return json_object_has_member (object, AGENT_KEY) && !json_object_has_member (object, "id");
}

gboolean
aq_dump_is_counters (JsonObject *object)
{
  return json_object_has_member (object, COUNTERS_KEY);
}

static gboolean
read_queues (JsonNode   *node,
             GPtrArray  *queues,
             GError    **error)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL)
    return set_invalid (error, "key 'queues' is not a list");
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *queue;

      if (!aq_dump_json_get_text (json_array_get_element (array, i), "queues", &queue, error))
        return FALSE;
      g_ptr_array_add (queues, (gpointer) queue);
    }
  g_ptr_array_add (queues, NULL);
  return TRUE;
}

/* Returns: (transfer full): NULL with @error set */
AqAgent *
aq_dump_agent_read_json (JsonObject  *object,
                         GError     **error)
{
  g_autoptr(GPtrArray) queues = g_ptr_array_new ();
  const char *name;
  const char *filter;
  guint64 size;

  if (json_object_get_size (object) != 4 || !json_object_has_member (object, "size") ||
      !json_object_has_member (object, "filter") || !json_object_has_member (object, "queues"))
    {
      set_invalid (error, "an agent has the keys 'agent', 'size', 'filter' and 'queues'");
      return NULL;
    }
  if (!aq_dump_json_get_text (json_object_get_member (object, AGENT_KEY), AGENT_KEY, &name, error) ||
      !aq_dump_json_get_number (json_object_get_member (object, "size"), "size", AQ_AGENT_MAX_SIZE, &size, error) ||
      !aq_dump_json_get_text (json_object_get_member (object, "filter"), "filter", &filter, error) ||
      !read_queues (json_object_get_member (object, "queues"), queues, error))
    return NULL;
  return aq_agent_new (name, (guint) size, filter, (const char *const *) queues->pdata, error);
}

/* microseconds, also negative ones; within a hundred years either way */
static gboolean
read_steady (JsonNode  *node,
             gint64    *out_usec,
             GError   **error)
{
  const gint64 max_usec = G_GINT64_CONSTANT (36525) * G_TIME_SPAN_DAY;
  gint64 usec = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : 0;

  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64 || usec < -max_usec ||
      usec > max_usec)
    return set_invalid (error, "key '" STEADY_KEY "' is not a number of microseconds");
  *out_usec = usec;
  return TRUE;
}

/* items: {"item":"mail","kind":"queue","value":"{'paused': <true>}"} */

static const char *
item_kind_word (guint kind)
{
  static const char *const words[] = { NULL, "queue", "factory", "dispatcher", "pause", "limit", "bucket",
                                       "schedule", "object", "quarantine" };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_ITEM_KINDS);
  return kind < AQ_N_ITEM_KINDS ? words[kind] : NULL;
}

/* its text gives the same bytes again: a store keeps values in normal form */
gboolean
aq_dump_item_append_json (const AqItemRecord  *item,
                          GString             *out,
                          GError             **error)
{
  g_autoptr(GVariant) value = aq_job_loader_read_item (item, error);
  g_autofree char *text = NULL;

  if (value == NULL)
    return FALSE;
  text = g_variant_print (value, FALSE);
  g_string_append (out, "{\"" ITEM_KEY "\":");
  aq_dump_json_append_text (out, item->name);
  g_string_append_printf (out, ",\"kind\":\"%s\",\"value\":", item_kind_word (item->kind));
  aq_dump_json_append_text (out, text);
  g_string_append_c (out, '}');
  return TRUE;
}

gboolean
aq_dump_is_item (JsonObject *object)
{
  return json_object_has_member (object, ITEM_KEY);
}

static guint
find_item_kind (const char *word)
{
  for (guint kind = AQ_ITEM_QUEUE; kind < AQ_N_ITEM_KINDS; kind++)
    if (g_str_equal (item_kind_word (kind), word))
      return kind;
  return 0;
}

/* Returns: (transfer full): NULL with @error set */
AqItem *
aq_dump_item_read_json (JsonObject  *object,
                        GError     **error)
{
  g_autoptr(GError) reason = NULL;
  g_autoptr(GVariant) value = NULL;
  const char *name;
  const char *word;
  const char *text;
  guint kind;

  if (json_object_get_size (object) != 3 || !json_object_has_member (object, "kind") ||
      !json_object_has_member (object, "value"))
    {
      set_invalid (error, "an item has the keys 'item', 'kind' and 'value'");
      return NULL;
    }
  if (!aq_dump_json_get_text (json_object_get_member (object, ITEM_KEY), ITEM_KEY, &name, error) ||
      !aq_dump_json_get_text (json_object_get_member (object, "kind"), "kind", &word, error) ||
      !aq_dump_json_get_text (json_object_get_member (object, "value"), "value", &text, error))
    return NULL;
  kind = find_item_kind (word);
  value = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &reason);
  if (kind == 0 || strlen (name) > AQ_ITEM_MAX_NAME_BYTES || value == NULL)
    {
      set_invalid (error, "an item is of a kind that there is not, or has a name or a value that cannot be");
      return NULL;
    }
  return aq_item_new (kind, name, value);
}

gboolean
aq_dump_counters_read_json (JsonObject  *object,
                            AqCounters  *out_counters,
                            GError     **error)
{
  JsonNode *node = json_object_get_member (object, COUNTERS_KEY);
  JsonObject *inner = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  gboolean has_steady = inner != NULL && json_object_has_member (inner, STEADY_KEY);
  AqCounters counters = { 0 };

  if (json_object_get_size (object) != 1 || inner == NULL || json_object_get_size (inner) != 4u + has_steady ||
      !json_object_has_member (inner, "next_id") || !json_object_has_member (inner, "next_order") ||
      !json_object_has_member (inner, "next_lease") || !json_object_has_member (inner, "last_due"))
    return set_invalid (error, "counters are 'next_id', 'next_order', 'next_lease' and 'last_due'");
  if (!aq_dump_json_get_number (json_object_get_member (inner, "next_id"), "next_id", AQ_DUMP_MAX_ID,
                                &counters.next_id, error) ||
      !aq_dump_json_get_number (json_object_get_member (inner, "next_order"), "next_order", AQ_DUMP_MAX_ORDER,
                                &counters.next_order, error) ||
      !aq_dump_json_get_number (json_object_get_member (inner, "next_lease"), "next_lease", AQ_DUMP_MAX_LEASE,
                                &counters.next_lease, error) ||
      !aq_dump_json_get_time (json_object_get_member (inner, "last_due"), "last_due", &counters.last_due_usec,
                              error))
    return FALSE;
  if (has_steady && !read_steady (json_object_get_member (inner, STEADY_KEY), &counters.steady_ahead_usec, error))
    return FALSE;
  *out_counters = counters;
  return TRUE;
}
