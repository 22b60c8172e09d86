/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * States and outcomes of a job, what others wait for, and their spellings on the bus
 */

#include "config.h"

#include "asyncq-enums.h"

static const GEnumValue state_values[] = {
  { ASYNCQ_JOB_STATE_NEW, "ASYNCQ_JOB_STATE_NEW", "new" },
  { ASYNCQ_JOB_STATE_PENDING, "ASYNCQ_JOB_STATE_PENDING", "pending" },
  { ASYNCQ_JOB_STATE_ASSIGNED, "ASYNCQ_JOB_STATE_ASSIGNED", "assigned" },
  { ASYNCQ_JOB_STATE_ACTIVE, "ASYNCQ_JOB_STATE_ACTIVE", "active" },
  { ASYNCQ_JOB_STATE_CALLBACKS, "ASYNCQ_JOB_STATE_CALLBACKS", "callbacks" },
  { ASYNCQ_JOB_STATE_COMPLETED, "ASYNCQ_JOB_STATE_COMPLETED", "completed" },
  { 0, NULL, NULL }
};
G_STATIC_ASSERT (G_N_ELEMENTS (state_values) == ASYNCQ_N_JOB_STATES + 1);

static const GEnumValue outcome_values[] = {
  { ASYNCQ_JOB_OUTCOME_NONE, "ASYNCQ_JOB_OUTCOME_NONE", "none" },
  { ASYNCQ_JOB_OUTCOME_SUCCEEDED, "ASYNCQ_JOB_OUTCOME_SUCCEEDED", "succeeded" },
  { ASYNCQ_JOB_OUTCOME_FAILED, "ASYNCQ_JOB_OUTCOME_FAILED", "failed" },
  { ASYNCQ_JOB_OUTCOME_CANCELLED, "ASYNCQ_JOB_OUTCOME_CANCELLED", "cancelled" },
  { ASYNCQ_JOB_OUTCOME_EXPIRED, "ASYNCQ_JOB_OUTCOME_EXPIRED", "expired" },
  { 0, NULL, NULL }
};
G_STATIC_ASSERT (G_N_ELEMENTS (outcome_values) == ASYNCQ_N_JOB_OUTCOMES + 1);

static const GEnumValue on_values[] = {
  { ASYNCQ_JOB_ON_SUCCESS, "ASYNCQ_JOB_ON_SUCCESS", "success" },
  { ASYNCQ_JOB_ON_FAILURE, "ASYNCQ_JOB_ON_FAILURE", "failure" },
  { ASYNCQ_JOB_ON_ANY, "ASYNCQ_JOB_ON_ANY", "any" },
  { ASYNCQ_JOB_ON_FIRST_FAILURE, "ASYNCQ_JOB_ON_FIRST_FAILURE", "first-failure" },
  { 0, NULL, NULL }
};
G_STATIC_ASSERT (G_N_ELEMENTS (on_values) == ASYNCQ_N_JOB_ONS + 1);

GType
asyncq_job_state_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("AsyncqJobState", state_values));
  return type;
}

GType
asyncq_job_outcome_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("AsyncqJobOutcome", outcome_values));
  return type;
}

GType
asyncq_job_on_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("AsyncqJobOn", on_values));
  return type;
}

static gboolean
value_from_nick (const GEnumValue *values,
                 const char       *nick,
                 int              *out_value)
{
  for (const GEnumValue *v = values; v->value_nick != NULL; v++)
    if (g_str_equal (v->value_nick, nick))
      {
        *out_value = v->value;
        return TRUE;
      }
  return FALSE;
}

/**
 * asyncq_job_state_to_string:
 * @state: a state
 *
 * Gives the spelling of a state that the bus, the monitor and asyncqctl use.
 *
 * Source: behaviour Z1, the monitor's spelling.
 *
 * Returns: "new", "pending", "assigned", "active", "callbacks" or "completed"
 *
 * Since: 0.1
 */
const char *
asyncq_job_state_to_string (AsyncqJobState state)
{
  g_return_val_if_fail ((guint) state < ASYNCQ_N_JOB_STATES, NULL);

  return state_values[state].value_nick;
}

/**
 * asyncq_job_state_from_string:
 * @text: a spelling, as [func@JobState.to_string] gives it
 * @out_state: (out): the state; untouched when @text is not one
 *
 * Reads the spelling of a state.
 *
 * Returns: whether @text is a state
 *
 * Since: 0.1
 */
gboolean
asyncq_job_state_from_string (const char     *text,
                              AsyncqJobState *out_state)
{
  int value;

  g_return_val_if_fail (text != NULL, FALSE);

  if (!value_from_nick (state_values, text, &value))
    return FALSE;
  *out_state = value;
  return TRUE;
}

/**
 * asyncq_job_outcome_to_string:
 * @outcome: an outcome
 *
 * Gives the spelling of an outcome that the bus and asyncqctl use.
 *
 * Returns: "none", "succeeded", "failed", "cancelled" or "expired"
 *
 * Since: 0.1
 */
const char *
asyncq_job_outcome_to_string (AsyncqJobOutcome outcome)
{
  g_return_val_if_fail ((guint) outcome < ASYNCQ_N_JOB_OUTCOMES, NULL);

  return outcome_values[outcome].value_nick;
}

/**
 * asyncq_job_outcome_from_string:
 * @text: a spelling, as [func@JobOutcome.to_string] gives it
 * @out_outcome: (out): the outcome; untouched when @text is not one
 *
 * Reads the spelling of an outcome.
 *
 * Returns: whether @text is an outcome
 *
 * Since: 0.1
 */
gboolean
asyncq_job_outcome_from_string (const char       *text,
                                AsyncqJobOutcome *out_outcome)
{
  int value;

  g_return_val_if_fail (text != NULL, FALSE);

  if (!value_from_nick (outcome_values, text, &value))
    return FALSE;
  *out_outcome = value;
  return TRUE;
}

/**
 * asyncq_job_on_to_string:
 * @on: what another job waits for
 *
 * Gives the spelling that the bus and asyncqctl use.
 *
 * Returns: "success", "failure", "any" or "first-failure"
 *
 * Since: 0.1
 */
const char *
asyncq_job_on_to_string (AsyncqJobOn on)
{
  g_return_val_if_fail ((guint) on < ASYNCQ_N_JOB_ONS, NULL);

  return on_values[on].value_nick;
}

/**
 * asyncq_job_on_from_string:
 * @text: a spelling, as [func@JobOn.to_string] gives it
 * @out_on: (out): what another job waits for; untouched when @text is nothing of that kind
 *
 * Reads the spelling of what another job waits for.
 *
 * Returns: whether @text is one
 *
 * Since: 0.1
 */
gboolean
asyncq_job_on_from_string (const char  *text,
                           AsyncqJobOn *out_on)
{
  int value;

  g_return_val_if_fail (text != NULL, FALSE);

  if (!value_from_nick (on_values, text, &value))
    return FALSE;
  *out_on = value;
  return TRUE;
}
