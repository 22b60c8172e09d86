/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "libasyncq/asyncq-enums.h"
#include "libasyncq/asyncq-error.h"

G_BEGIN_DECLS

/* what can happen to a job */
typedef enum
{
  AQ_JOB_EVENT_PUT,            /* nothing holds it back: into the queue */
  AQ_JOB_EVENT_PULL,           /* somebody takes it out of the queue */
  AQ_JOB_EVENT_CLAIM,          /* an agent takes it */
  AQ_JOB_EVENT_RELEASE,        /* the agent gives it back, not begun */
  AQ_JOB_EVENT_START,          /* its function begins; a composite job's parts may go */
  AQ_JOB_EVENT_RETURN,         /* it has its result */
  AQ_JOB_EVENT_INTERRUPT,      /* it was stopped by no fault of its own */
  AQ_JOB_EVENT_RETRY,          /* its attempt failed, and there is to be another */
  AQ_JOB_EVENT_CANCEL,         /* it ends without a run: cancelled, or its time to begin has passed */
  AQ_JOB_EVENT_CALLBACKS_DONE  /* and its callbacks have run */
} AqJobEvent;

#define AQ_N_JOB_EVENTS (AQ_JOB_EVENT_CALLBACKS_DONE + 1)

gboolean aq_job_state_next (AsyncqJobState   from,
                            AqJobEvent       event,
                            AsyncqJobState  *out_to,
                            GError         **error);

G_END_DECLS
