/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Settings in a dump
 *
 *   {"agent":"main","size":3,"filter":"","queues":["mail"]}
 *   {"counters":{"next_id":31,"next_order":31,"next_lease":"…","last_due":"…"}}
 */

#include "config.h"

#include "store/tool/aq-dump-settings.h"

#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"
#include "store/tool/aq-dump-json.h"

#define AGENT_KEY "agent"
#define COUNTERS_KEY "counters"

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

gboolean
aq_dump_counters_read_json (JsonObject  *object,
                            AqCounters  *out_counters,
                            GError     **error)
{
  JsonNode *node = json_object_get_member (object, COUNTERS_KEY);
  JsonObject *inner = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  AqCounters counters = { 0 };

  if (json_object_get_size (object) != 1 || inner == NULL || json_object_get_size (inner) != 4 ||
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
  *out_counters = counters;
  return TRUE;
}
