/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Quantities, as people write them: durations "90s", "1h30m", "2d", and sizes "64K", "2G"
 *
 * In a library of its own: the daemon and its workers read the same words, and
 * neither may use the other's code.
 */

#include "config.h"

#include "libasyncq/asyncq-quantity-private.h"

#include <string.h>

static const struct
{
  const char *name;
  gint64      usec;
} units[] = {
  { "us", 1 },
  { "ms", 1000 },
  { "s", G_USEC_PER_SEC },
  { "sec", G_USEC_PER_SEC },
  { "m", 60 * G_USEC_PER_SEC },
  { "min", 60 * G_USEC_PER_SEC },
  { "h", 3600 * G_GINT64_CONSTANT (1000000) },
  { "d", 86400 * G_GINT64_CONSTANT (1000000) },
  { "w", 7 * 86400 * G_GINT64_CONSTANT (1000000) },
};

/* 100 years: more is a mistake */
#define MAX_USEC (G_GINT64_CONSTANT (36525) * 86400 * G_USEC_PER_SEC)

/* 0: there is no such unit. A number by itself is seconds. */
static gint64
find_unit (const char *name,
           gsize       length)
{
  if (length == 0)
    return G_USEC_PER_SEC;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (strlen (units[i].name) == length && strncmp (units[i].name, name, length) == 0)
      return units[i].usec;
  return 0;
}

/**
 * asyncq_duration_parse:
 * @text: whole numbers with units: us, ms, s, m or min, h, d, w; a number by
 *   itself is seconds
 * @out_usec: (out): the duration, microseconds, up to 100 years
 *
 * Returns: whether @text is one
 *
 * Since: 0.1
 */
gboolean
asyncq_duration_parse (const char *text,
                       gint64     *out_usec)
{
  gint64 sum = 0;

  if (*text == '\0')
    return FALSE;
  for (const char *at = text; *at != '\0';)
    {
      gsize n_digits = strspn (at, "0123456789");
      gsize n_letters = strspn (at + n_digits, "abcdefghijklmnopqrstuvwxyz");
      gint64 unit = find_unit (at + n_digits, n_letters);
      guint64 number = g_ascii_strtoull (at, NULL, 10);

      if (n_digits == 0 || unit == 0 || number > (guint64) (MAX_USEC / unit))
        return FALSE;
      sum += (gint64) number * unit;
      if (sum > MAX_USEC)
        return FALSE;
      at += n_digits + n_letters;
    }
  *out_usec = sum;
  return TRUE;
}

/* 0: there is no such unit */
static guint64
find_size_unit (const char *name)
{
  static const char letters[] = "KMGT";
  const char *unit = strchr (letters, *name);

  if (*name == '\0')
    return 1;
  return unit != NULL && name[1] == '\0' ? G_GUINT64_CONSTANT (1) << (10 * (unit - letters + 1)) : 0;
}

/**
 * asyncq_size_parse:
 * @text: a whole number of bytes, or of K, M, G, T: powers of 1024
 * @min: the least
 * @max: the most
 * @out_bytes: (out): the size, bytes
 *
 * Returns: whether @text is one from @min to @max
 *
 * Since: 0.1
 */
gboolean
asyncq_size_parse (const char *text,
                   guint64     min,
                   guint64     max,
                   guint64    *out_bytes)
{
  guint64 unit;
  guint64 number;
  char *end;

  if (!g_ascii_isdigit (*text))
    return FALSE;
  number = g_ascii_strtoull (text, &end, 10);
  unit = find_size_unit (end);
  if (unit == 0 || number > max / unit || number * unit < min)
    return FALSE;
  *out_bytes = number * unit;
  return TRUE;
}
