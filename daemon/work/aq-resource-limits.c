/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How much a job may take, and who says so
 *
 * A function's declaration, each group [function PATTERN] that is about it and
 * the group of the agent may say each of the limits: the smallest counts. Those
 * of [limits] count where none of them says anything.
 */

#include "config.h"

#include "work/aq-resource-limits.h"

#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (1024 * KIB)

typedef enum
{
  UNIT_BYTES,
  UNIT_NUMBER,
  UNIT_USEC
} Unit;

static const struct
{
  AqOption option;
  Unit     unit;
  gsize    offset; /* in AqResourceLimits */
} resources[] = {
  [AQ_RESOURCE_CPU_TIME] = { AQ_OPTION_CPU_TIME, UNIT_USEC, G_STRUCT_OFFSET (AqResourceLimits, cpu_usec) },
  [AQ_RESOURCE_FILE_SIZE] = { AQ_OPTION_FILE_SIZE, UNIT_BYTES, G_STRUCT_OFFSET (AqResourceLimits, file_bytes) },
  [AQ_RESOURCE_MEMORY] = { AQ_OPTION_MEMORY, UNIT_BYTES, G_STRUCT_OFFSET (AqResourceLimits, memory_bytes) },
  [AQ_RESOURCE_OPEN_FILES] = { AQ_OPTION_OPEN_FILES, UNIT_NUMBER, G_STRUCT_OFFSET (AqResourceLimits, n_files) },
  [AQ_RESOURCE_OUTPUT] = { AQ_OPTION_OUTPUT, UNIT_BYTES, G_STRUCT_OFFSET (AqResourceLimits, output_bytes) },
  [AQ_RESOURCE_PROCESSES] = { AQ_OPTION_PROCESSES, UNIT_NUMBER, G_STRUCT_OFFSET (AqResourceLimits, n_processes) },
  [AQ_RESOURCE_RUN_TIME] = { AQ_OPTION_RUN_TIME, UNIT_USEC, G_STRUCT_OFFSET (AqResourceLimits, run_usec) },
};
G_STATIC_ASSERT (G_N_ELEMENTS (resources) == AQ_N_RESOURCES);

/* Returns: as in the configuration: "cpu-time" */
const char *
aq_resource_to_name (AqResource resource)
{
  return aq_option_to_name (resources[resource].option);
}

/* Returns: (transfer full): for people: "256 MiB", "1.5 s", "20" */
char *
aq_resource_format (AqResource resource,
                    guint64    value)
{
  switch (resources[resource].unit)
    {
    case UNIT_BYTES:
      if (value >= MIB)
        return g_strdup_printf ("%.*f MiB", value % MIB == 0 || value >= 100 * MIB ? 0 : 1, (double) value / MIB);
      if (value >= KIB)
        return g_strdup_printf ("%.*f KiB", value % KIB == 0 ? 0 : 1, (double) value / KIB);
      return g_strdup_printf ("%" G_GUINT64_FORMAT " bytes", value);

    case UNIT_USEC:
      return g_strdup_printf ("%.6g s", (double) value / G_USEC_PER_SEC);

    case UNIT_NUMBER:
    default:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, value);
    }
}

/* Returns: bytes, microseconds or a number; 0: nobody said */
guint64
aq_resource_limits_get (const AqResourceLimits *self,
                        AqResource              resource)
{
  const char *member = (const char *) self + resources[resource].offset;

  switch (resources[resource].unit)
    {
    case UNIT_BYTES:
      return *(const guint64 *) member;
    case UNIT_USEC:
      return (guint64) *(const gint64 *) member;
    case UNIT_NUMBER:
    default:
      return *(const guint *) member;
    }
}

void
aq_resource_limits_set (AqResourceLimits *self,
                        AqResource        resource,
                        guint64           value)
{
  char *member = (char *) self + resources[resource].offset;

  switch (resources[resource].unit)
    {
    case UNIT_BYTES:
      *(guint64 *) member = value;
      break;
    case UNIT_USEC:
      *(gint64 *) member = (gint64) value;
      break;
    case UNIT_NUMBER:
    default:
      *(guint *) member = (guint) MIN (value, G_MAXUINT);
      break;
    }
}

static void
take_smaller (AqResourceGrant        *self,
              const AqResourceLimits *limits,
              const char             *place)
{
  for (AqResource i = 0; i < AQ_N_RESOURCES; i++)
    {
      guint64 value = aq_resource_limits_get (limits, i);
      guint64 smallest = aq_resource_limits_get (&self->limits, i);

      if (value == 0 || (smallest != 0 && smallest <= value))
        continue;
      aq_resource_limits_set (&self->limits, i, value);
      g_free (self->places[i]);
      self->places[i] = g_strdup (place);
    }
}

static void
take_missing (AqResourceGrant        *self,
              const AqResourceLimits *limits,
              const char             *place)
{
  AqResourceLimits missing = *limits;

  for (AqResource i = 0; i < AQ_N_RESOURCES; i++)
    if (self->places[i] != NULL)
      aq_resource_limits_set (&missing, i, 0);
  take_smaller (self, &missing, place);
}

/**
 * aq_resource_limits_merge:
 * @function: a function
 * @rules: what the configuration says
 * @agent: name of the agent that runs it
 *
 * Returns: (transfer full) (nullable): what its jobs may take; %NULL: nobody has
 *   said anything of it
 */
AqResourceGrant *
aq_resource_limits_merge (const AqPluginFunction *function,
                          AqFunctionRules        *rules,
                          const char             *agent)
{
  g_autoptr(AqResourceGrant) self = g_new0 (AqResourceGrant, 1);
  const AqFunctionRule *rule;
  guint position = 0;

  take_smaller (self, &function->options.limits, "its plugin");
  while ((rule = aq_function_rules_next (rules, function->name, &position)) != NULL)
    take_smaller (self, &rule->options.limits, rule->place);
  rule = aq_function_rules_get_agent (rules, agent);
  if (rule != NULL)
    take_smaller (self, &rule->options.limits, rule->place);
  rule = aq_function_rules_get_default (rules);
  if (rule != NULL)
    take_missing (self, &rule->options.limits, rule->place);

  for (AqResource i = 0; i < AQ_N_RESOURCES; i++)
    if (self->places[i] != NULL)
      return g_steal_pointer (&self);
  return NULL;
}

void
aq_resource_grant_free (AqResourceGrant *self)
{
  for (AqResource i = 0; i < AQ_N_RESOURCES; i++)
    g_free (self->places[i]);
  g_free (self);
}
