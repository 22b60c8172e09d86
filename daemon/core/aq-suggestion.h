/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which of the names that there are was meant by one that is not: "did you mean …?" */
typedef struct
{
  const char *name;     /* borrowed */
  const char *best;     /* borrowed, nullable: the closest one offered, if any is close */

  /*< private >*/
  guint       distance;
} AqSuggestion;

void aq_suggestion_init  (AqSuggestion *self,
                          const char   *name);
void aq_suggestion_offer (AqSuggestion *self,
                          const char   *candidate);

G_END_DECLS
