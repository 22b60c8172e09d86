/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "sim-world.h"

G_BEGIN_DECLS

typedef enum
{
  SIM_DRAFT_OF_CLIENT,
  SIM_DRAFT_OF_JOB,     /* put by a function */
  SIM_DRAFT_RETURNED    /* likewise, and the first one's result becomes its own: it waits for nothing outside */
} SimDraftUse;

/* A list of jobs to ask for, and what the oracle is to know of it. */
typedef struct
{
  guint      n_drafts;
  AqDraft   *drafts;   /* owned */
  SimSpec  **specs;    /* owned: the specs are not */
  guint      first;    /* number of the first one */
  guint      n_keys;   /* submit keys in it */
  GPtrArray *texts;    /* owned: what the drafts borrow */
} SimDrafts;

void sim_drafts_init  (SimDrafts   *self,
                       SimWorld    *world,
                       SimDraftUse  use,
                       guint        group);
void sim_drafts_clear (SimDrafts   *self);

G_END_DECLS
