/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Suggestion for a misspelt name
 */

#include "config.h"

#include "core/aq-suggestion.h"

#include <string.h>

/* so many letters may be wrong, but not all of them */
#define MAX_DISTANCE 3
#define MAX_NAME_LENGTH 256

/* Levenshtein's distance; what is longer than any name of ours is cut */
static guint
distance (const char *a,
          const char *b)
{
  guint row[130];
  gsize length = MIN (strlen (b), G_N_ELEMENTS (row) - 1);

  for (guint j = 0; j <= length; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++)
    {
      guint diagonal = row[0];

      row[0] = i;
      for (guint j = 1; j <= length; j++)
        {
          guint above = row[j];

          row[j] = MIN (MIN (row[j], row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
          diagonal = above;
        }
    }
  return row[length];
}

/**
 * aq_suggestion_init:
 * @self: (out caller-allocates): a suggestion
 * @name: a name that there is not
 *
 * Begins with nothing to suggest.
 *
 * Since: 0.1
 */
void
aq_suggestion_init (AqSuggestion *self,
                    const char   *name)
{
  self->name = name;
  self->best = NULL;
  /* nothing is near to what is longer than any name, and it might be long to look */
  self->distance = strlen (name) <= MAX_NAME_LENGTH ? MIN (MAX_DISTANCE + 1, strlen (name) / 2 + 1) : 0;
}

/**
 * aq_suggestion_offer:
 * @self: a suggestion
 * @candidate: a name that there is; must outlive @self
 *
 * Keeps @candidate if it is closer than all before, or as close and earlier in
 * the alphabet.
 *
 * Since: 0.1
 */
void
aq_suggestion_offer (AqSuggestion *self,
                     const char   *candidate)
{
  guint d;

  if (self->distance == 0)
    return;

  d = distance (self->name, candidate);
  if (d < self->distance ||
      (d == self->distance && self->best != NULL && strcmp (candidate, self->best) < 0))
    {
      self->best = candidate;
      self->distance = d;
    }
}
