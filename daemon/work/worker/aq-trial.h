/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* what asyncqctl has for a job that fails */
#define AQ_TRIAL_EXIT_FAILED 20

int aq_trial_run (const char * const  *words,
                  const char          *object,
                  const char          *checkpoint);

G_END_DECLS
