/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-retry-policy.h"
#include "core/aq-usage.h"
#include "work/aq-process.h"
#include "work/aq-witness.h"
#include "work/worker/aq-crash-report.h"

G_BEGIN_DECLS

/* How a worker came to its end, and what is known of it. */
typedef struct
{
  guint         pid;
  AqProcessEnd  end;
  char         *how;        /* owned: "worker 1234 died of signal SIGSEGV (11)" */
  gboolean      is_fault;   /* it was killed for what it sent */
  const char   *limit;      /* static, nullable: what it took too much of: "memory", "output", … */
  GError       *verdict;    /* owned, nullable: what it has died of, if that is more than one can see … */
  AqCause       cause;      /* … and the cause, then */
  AqUsage       usage;      /* what it took since its last job that it told the end of */
  int           report_fd;  /* owned: what it left when it crashed; -1: nothing */
  gboolean      used_nothing; /* it has touched what is at NULL, and was refused memory before */
} AqDeath;

void      aq_death_copy         (AqDeath          *self,
                                 const AqDeath    *other);
void      aq_death_clear        (AqDeath          *self);
void      aq_death_take_report  (AqDeath          *self,
                                 int               report_fd);
void      aq_death_judge        (AqDeath          *self,
                                 const AqCause    *cause,
                                 const char       *limit,
                                 GError           *verdict);
AqCause   aq_death_get_cause    (const AqDeath    *self,
                                 AqWitness        *witness);
GError   *aq_death_dup_failure  (const AqDeath    *self,
                                 AqWitness        *witness,
                                 const char       *function,
                                 GVariant         *stack);
GVariant *aq_death_dup_evidence (const AqDeath    *self,
                                 AqWitness        *witness,
                                 const char       *build,
                                 GVariant         *stack);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqDeath, aq_death_clear)

G_END_DECLS
