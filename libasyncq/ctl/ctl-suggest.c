/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Guessing what was meant by a name that does not exist
 */

#include "config.h"

#include "ctl-suggest.h"

#include <string.h>

#define MAX_LENGTH 128

/* how many letters to put in, take out or replace */
static guint
distance (const char *a,
          const char *b)
{
  gsize a_length = strlen (a);
  gsize b_length = strlen (b);
  guint row[MAX_LENGTH + 1];

  if (a_length > MAX_LENGTH || b_length > MAX_LENGTH)
    return G_MAXUINT;
  for (gsize j = 0; j <= b_length; j++)
    row[j] = (guint) j;
  for (gsize i = 1; i <= a_length; i++)
    {
      guint diagonal = row[0];

      row[0] = (guint) i;
      for (gsize j = 1; j <= b_length; j++)
        {
          guint above = row[j];
          guint replaced = diagonal + (a[i - 1] != b[j - 1]);

          row[j] = MIN (MIN (row[j] + 1, row[j - 1] + 1), replaced);
          diagonal = above;
        }
    }
  return row[b_length];
}

const char *
ctl_suggest (const char         *word,
             const char * const *names)
{
  const char *best = NULL;
  guint best_distance = MAX (1, (guint) strlen (word) / 3) + 1;

  for (guint i = 0; names[i] != NULL; i++)
    {
      guint found = distance (word, names[i]);

      if (found < best_distance)
        {
          best = names[i];
          best_distance = found;
        }
    }
  for (guint i = 0; best == NULL && names[i] != NULL; i++)
    if (*word != '\0' && g_str_has_prefix (names[i], word))
      best = names[i];
  return best;
}
