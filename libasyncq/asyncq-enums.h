/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib-object.h>

#include <asyncq-macros.h>

G_BEGIN_DECLS

/**
 * AsyncqJobState:
 * @ASYNCQ_JOB_STATE_NEW: waits for other jobs; not in a queue yet
 * @ASYNCQ_JOB_STATE_PENDING: in a queue
 * @ASYNCQ_JOB_STATE_ASSIGNED: claimed by an agent, not begun
 * @ASYNCQ_JOB_STATE_ACTIVE: its function runs, or the job that it returned does
 * @ASYNCQ_JOB_STATE_CALLBACKS: has its result, its callbacks are not all done
 * @ASYNCQ_JOB_STATE_COMPLETED: done; never left again
 *
 * Where a job is in its life.
 *
 * Source: zc.async's statuses, behaviour Z1 and Z3.
 *
 * Since: 0.1
 */
typedef enum
{
  ASYNCQ_JOB_STATE_NEW,
  ASYNCQ_JOB_STATE_PENDING,
  ASYNCQ_JOB_STATE_ASSIGNED,
  ASYNCQ_JOB_STATE_ACTIVE,
  ASYNCQ_JOB_STATE_CALLBACKS,
  ASYNCQ_JOB_STATE_COMPLETED
} AsyncqJobState;

#define ASYNCQ_N_JOB_STATES (ASYNCQ_JOB_STATE_COMPLETED + 1)

/**
 * AsyncqJobOutcome:
 * @ASYNCQ_JOB_OUTCOME_NONE: no result yet
 * @ASYNCQ_JOB_OUTCOME_SUCCEEDED: the function returned a value
 * @ASYNCQ_JOB_OUTCOME_FAILED: the function failed, or its worker died
 * @ASYNCQ_JOB_OUTCOME_CANCELLED: somebody cancelled it
 * @ASYNCQ_JOB_OUTCOME_EXPIRED: its time to begin had passed
 *
 * How a job ended. It is kept apart from where the job is in its life.
 *
 * Since: 0.1
 */
typedef enum
{
  ASYNCQ_JOB_OUTCOME_NONE,
  ASYNCQ_JOB_OUTCOME_SUCCEEDED,
  ASYNCQ_JOB_OUTCOME_FAILED,
  ASYNCQ_JOB_OUTCOME_CANCELLED,
  ASYNCQ_JOB_OUTCOME_EXPIRED
} AsyncqJobOutcome;

#define ASYNCQ_N_JOB_OUTCOMES (ASYNCQ_JOB_OUTCOME_EXPIRED + 1)

/**
 * AsyncqJobOn:
 * @ASYNCQ_JOB_ON_SUCCESS: it has succeeded
 * @ASYNCQ_JOB_ON_FAILURE: it has ended otherwise: failed, cancelled or expired
 * @ASYNCQ_JOB_ON_ANY: it has ended
 * @ASYNCQ_JOB_ON_FIRST_FAILURE: the first member of a composite job has not succeeded
 *
 * What another job waits for.
 *
 * Since: 0.1
 */
typedef enum
{
  ASYNCQ_JOB_ON_SUCCESS,
  ASYNCQ_JOB_ON_FAILURE,
  ASYNCQ_JOB_ON_ANY,
  ASYNCQ_JOB_ON_FIRST_FAILURE
} AsyncqJobOn;

#define ASYNCQ_N_JOB_ONS (ASYNCQ_JOB_ON_FIRST_FAILURE + 1)

#define ASYNCQ_TYPE_JOB_STATE (asyncq_job_state_get_type ())
#define ASYNCQ_TYPE_JOB_OUTCOME (asyncq_job_outcome_get_type ())
#define ASYNCQ_TYPE_JOB_ON (asyncq_job_on_get_type ())

ASYNCQ_EXPORT
GType       asyncq_job_state_get_type      (void);
ASYNCQ_EXPORT
const char *asyncq_job_state_to_string     (AsyncqJobState    state);
ASYNCQ_EXPORT
gboolean    asyncq_job_state_from_string   (const char       *text,
                                            AsyncqJobState   *out_state);

ASYNCQ_EXPORT
GType       asyncq_job_outcome_get_type    (void);
ASYNCQ_EXPORT
const char *asyncq_job_outcome_to_string   (AsyncqJobOutcome  outcome);
ASYNCQ_EXPORT
gboolean    asyncq_job_outcome_from_string (const char       *text,
                                            AsyncqJobOutcome *out_outcome);

ASYNCQ_EXPORT
GType       asyncq_job_on_get_type         (void);
ASYNCQ_EXPORT
const char *asyncq_job_on_to_string        (AsyncqJobOn       on);
ASYNCQ_EXPORT
gboolean    asyncq_job_on_from_string      (const char       *text,
                                            AsyncqJobOn      *out_on);

G_END_DECLS
