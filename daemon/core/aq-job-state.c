/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The steps of a job's life
 *
 * What is not in this table cannot happen. COMPLETED is never left.
 */

#include "config.h"

#include "core/aq-job-state.h"

typedef struct
{
  AsyncqJobState from;
  AqJobEvent     event;
  AsyncqJobState to;
} Step;

static const Step steps[] = {
  { ASYNCQ_JOB_STATE_NEW, AQ_JOB_EVENT_PUT, ASYNCQ_JOB_STATE_PENDING },
  { ASYNCQ_JOB_STATE_NEW, AQ_JOB_EVENT_CANCEL, ASYNCQ_JOB_STATE_CALLBACKS },
  { ASYNCQ_JOB_STATE_PENDING, AQ_JOB_EVENT_PULL, ASYNCQ_JOB_STATE_NEW },
  { ASYNCQ_JOB_STATE_PENDING, AQ_JOB_EVENT_CLAIM, ASYNCQ_JOB_STATE_ASSIGNED },
  /* a composite job is begun by the core itself, no agent claims it */
  { ASYNCQ_JOB_STATE_PENDING, AQ_JOB_EVENT_START, ASYNCQ_JOB_STATE_ACTIVE },
  { ASYNCQ_JOB_STATE_PENDING, AQ_JOB_EVENT_CANCEL, ASYNCQ_JOB_STATE_CALLBACKS },
  { ASYNCQ_JOB_STATE_ASSIGNED, AQ_JOB_EVENT_START, ASYNCQ_JOB_STATE_ACTIVE },
  { ASYNCQ_JOB_STATE_ASSIGNED, AQ_JOB_EVENT_RELEASE, ASYNCQ_JOB_STATE_PENDING },
  { ASYNCQ_JOB_STATE_ASSIGNED, AQ_JOB_EVENT_INTERRUPT, ASYNCQ_JOB_STATE_PENDING },
  { ASYNCQ_JOB_STATE_ACTIVE, AQ_JOB_EVENT_RETURN, ASYNCQ_JOB_STATE_CALLBACKS },
  { ASYNCQ_JOB_STATE_ACTIVE, AQ_JOB_EVENT_INTERRUPT, ASYNCQ_JOB_STATE_PENDING },
  { ASYNCQ_JOB_STATE_ACTIVE, AQ_JOB_EVENT_RETRY, ASYNCQ_JOB_STATE_PENDING },
  /* one that waits for other jobs: nothing of it runs */
  { ASYNCQ_JOB_STATE_ACTIVE, AQ_JOB_EVENT_CANCEL, ASYNCQ_JOB_STATE_CALLBACKS },
  { ASYNCQ_JOB_STATE_CALLBACKS, AQ_JOB_EVENT_CALLBACKS_DONE, ASYNCQ_JOB_STATE_COMPLETED },
};

static const char * const event_names[] = {
  "put", "pull", "claim", "release", "start", "return", "interrupt", "retry", "cancel", "callbacks-done",
};
G_STATIC_ASSERT (G_N_ELEMENTS (event_names) == AQ_N_JOB_EVENTS);

/**
 * aq_job_state_next:
 * @from: the state a job is in
 * @event: what happens to it
 * @out_to: (out): the state it is in then; untouched on failure
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` when this cannot happen in this state.
 * Source: zc.async's statuses, behaviour Z3.
 *
 * Returns: whether the step exists
 *
 * Since: 0.1
 */
gboolean
aq_job_state_next (AsyncqJobState   from,
                   AqJobEvent       event,
                   AsyncqJobState  *out_to,
                   GError         **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i].from == from && steps[i].event == event)
      {
        *out_to = steps[i].to;
        return TRUE;
      }

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE, "'%s' is not possible for a job that is %s",
               event_names[event], asyncq_job_state_to_string (from));
  return FALSE;
}
