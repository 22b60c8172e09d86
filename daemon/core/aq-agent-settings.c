/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Agent: from what a client sends
 */

#include "config.h"

#include "core/aq-agent.h"

#include "core/aq-draft-value.h"
#include "libasyncq/asyncq-error.h"

/* Strings are borrowed from the dictionary, or from the agent that is changed. */
typedef struct
{
  gint64               size;
  const char          *filter;
  const char * const  *queues;
  const char         **given_queues; /* owned, nullable */
} Settings;

static gboolean
read_queues (Settings  *self,
             GVariant  *value,
             GError   **error)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "option 'queues' is of type '%.32s', an array of strings is wanted",
                            g_variant_get_type_string (value));
  g_clear_pointer (&self->given_queues, g_free);
  self->given_queues = g_variant_get_strv (value, NULL);
  self->queues = self->given_queues;
  return TRUE;
}

static gboolean
read_setting (Settings    *self,
              const char  *key,
              GVariant    *value,
              GError     **error)
{
  if (g_str_equal (key, "size"))
    return aq_draft_get_integer (key, value, 1, AQ_AGENT_MAX_SIZE, &self->size, error);
  if (g_str_equal (key, "filter"))
    return aq_draft_get_string (key, value, &self->filter, error);
  if (g_str_equal (key, "queues"))
    return read_queues (self, value, error);
  return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "there is no option '%.64s'; there are: filter, queues, size", key);
}

/**
 * aq_agent_new_from_settings:
 * @name: the agent's name
 * @base: (nullable): what settings that are not given are taken from; %NULL: the
 *   defaults
 * @settings: a{sv}: "size" u, "filter" s, "queues" as
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the setting, and those of aq_agent_new().
 *
 * Returns: (transfer full): an agent, or %NULL with @error set
 *
 * Since: 0.1
 */
AqAgent *
aq_agent_new_from_settings (const char     *name,
                            const AqAgent  *base,
                            GVariant       *settings,
                            GError        **error)
{
  Settings self = { .size = AQ_AGENT_DEFAULT_SIZE };
  gsize n_settings = g_variant_n_children (settings);
  AqAgent *agent = NULL;
  gboolean ok = TRUE;

  if (base != NULL)
    self = (Settings) { base->size, base->filter, (const char * const *) base->queues, NULL };
  for (gsize i = 0; ok && i < n_settings; i++)
    {
      g_autoptr(GVariant) value = NULL;
      const char *key;

      /* the strings lie in @settings, which lives longer */
      g_variant_get_child (settings, i, "{&sv}", &key, &value);
      ok = read_setting (&self, key, value, error);
    }
  if (ok)
    agent = aq_agent_new (name, (guint) self.size, self.filter, self.queues, error);
  g_free (self.given_queues);
  return agent;
}
