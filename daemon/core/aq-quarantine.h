/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-rules.h"

G_BEGIN_DECLS

/* A function of one build is kept from running when this many different jobs crashed in it, unless the
 * configuration says another number … */
#define AQ_QUARANTINE_JOBS 3
#define AQ_QUARANTINE_MAX_JOBS 10
/* … within this time, of the steady clock. */
#define AQ_QUARANTINE_WINDOW_USEC (10 * 60 * G_USEC_PER_SEC)

gboolean aq_quarantine_is_any      (AqTransaction       *transaction);
gboolean aq_quarantine_holds       (AqTransaction       *transaction,
                                    const char          *function);
GVariant *aq_quarantine_view       (AqTransaction       *transaction,
                                    const char          *function);
gboolean aq_quarantine_note_crash  (AqTransaction       *transaction,
                                    const AqJob         *job,
                                    const AqFinishEvent *event);

/* a function's jobs may run again */
typedef struct
{
  const char      *name;
  AqFunctionTable *functions;
} AqReleaseFunctionEvent;

/* plugins have changed */
typedef struct
{
  AqFunctionTable *functions;
  GPtrArray       *out_names; /* of char, owned: functions that are quarantined no longer; from the caller */
} AqNewBuildsEvent;

gboolean aq_rule_release_function  (AqTransaction       *transaction,
                                    gpointer             release_function_event,
                                    GError             **error);
gboolean aq_rule_note_new_builds   (AqTransaction       *transaction,
                                    gpointer             new_builds_event,
                                    GError             **error);

G_END_DECLS
