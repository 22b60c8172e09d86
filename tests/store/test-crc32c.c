/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "store/aq-crc32c.h"

#include <string.h>

static void
test_known_values (void)
{
  guint8 bytes[32];

  g_test_summary ("The vectors of RFC 3720, B.4");
  g_assert_cmphex (aq_crc32c (0, "123456789", 9), ==, 0xe3069283);
  memset (bytes, 0, sizeof bytes);
  g_assert_cmphex (aq_crc32c (0, bytes, sizeof bytes), ==, 0x8a9136aa);
  memset (bytes, 0xff, sizeof bytes);
  g_assert_cmphex (aq_crc32c (0, bytes, sizeof bytes), ==, 0x62a8ab43);
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = i;
  g_assert_cmphex (aq_crc32c (0, bytes, sizeof bytes), ==, 0x46dd794e);
  g_assert_cmphex (aq_crc32c (0, NULL, 0), ==, 0);
}

static void
test_both_ways_agree (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (1);
  guint8 bytes[300];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) g_rand_int (random);
  for (guint from = 0; from < 9; from++)
    for (guint size = 0; from + size <= sizeof bytes; size++)
      {
        guint32 seed = g_rand_int (random);

        g_assert_cmphex (aq_crc32c (seed, bytes + from, size), ==,
                         aq_crc32c_portable (seed, bytes + from, size));
      }
}

static void
test_a_checksum_can_be_continued (void)
{
  const char *text = "the journal is the truth";
  gsize size = strlen (text);

  for (gsize split = 0; split <= size; split++)
    g_assert_cmphex (aq_crc32c (aq_crc32c (0, text, split), text + split, size - split), ==,
                     aq_crc32c (0, text, size));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/crc32c/gives the values of the standard", test_known_values);
  g_test_add_func ("/crc32c/is the same with and without the instruction", test_both_ways_agree);
  g_test_add_func ("/crc32c/can be continued", test_a_checksum_can_be_continued);
  return g_test_run ();
}
