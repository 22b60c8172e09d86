/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * CRC32C
 *
 * The checksum of RFC 3720, section 12.1 (polynomial 0x1EDC6F41, reflected).
 * The instruction of SSE 4.2 where the processor has it, else eight tables that
 * take eight bytes at a time. Any thread may call; the tables are made once.
 */

#include "config.h"

#include "store/aq-crc32c.h"

#include <pthread.h>
#include <string.h>

#define POLYNOMIAL_REFLECTED 0x82f63b78u

static guint32 tables[8][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void
make_tables (void)
{
  for (guint i = 0; i < 256; i++)
    {
      guint32 crc = i;

      for (guint bit = 0; bit < 8; bit++)
        crc = (crc >> 1) ^ ((crc & 1) != 0 ? POLYNOMIAL_REFLECTED : 0);
      tables[0][i] = crc;
    }
  for (guint i = 0; i < 256; i++)
    for (guint t = 1; t < 8; t++)
      tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xff];
}

static guint64
load_64 (const guint8 *bytes)
{
  guint64 word;

  memcpy (&word, bytes, sizeof word);
  return GUINT64_FROM_LE (word);
}

/**
 * aq_crc32c_portable:
 * @crc: the checksum of what comes before @data, 0 if nothing does
 * @data: (array length=size): bytes
 * @size: how many
 *
 * As aq_crc32c(), without special instructions: gives the same on every machine.
 *
 * Returns: the checksum
 */
guint32
aq_crc32c_portable (guint32       crc,
                    gconstpointer data,
                    gsize         size)
{
  const guint8 *bytes = data;

  pthread_once (&tables_once, make_tables);

  crc = ~crc;
  for (; size >= 8; size -= 8, bytes += 8)
    {
      guint64 word = load_64 (bytes) ^ crc;

      crc = tables[7][word & 0xff] ^ tables[6][(word >> 8) & 0xff] ^
            tables[5][(word >> 16) & 0xff] ^ tables[4][(word >> 24) & 0xff] ^
            tables[3][(word >> 32) & 0xff] ^ tables[2][(word >> 40) & 0xff] ^
            tables[1][(word >> 48) & 0xff] ^ tables[0][word >> 56];
    }
  for (; size > 0; size--, bytes++)
    crc = (crc >> 8) ^ tables[0][(crc ^ *bytes) & 0xff];
  return ~crc;
}

#if defined (__x86_64__) && defined (__GNUC__)

__attribute__ ((target ("sse4.2")))
static guint32
crc32c_sse42 (guint32       crc,
              gconstpointer data,
              gsize         size)
{
  const guint8 *bytes = data;
  guint64 state = (guint32) ~crc;

  for (; size >= 8; size -= 8, bytes += 8)
    state = __builtin_ia32_crc32di (state, load_64 (bytes));
  for (; size > 0; size--, bytes++)
    state = __builtin_ia32_crc32qi ((guint32) state, *bytes);
  return ~(guint32) state;
}

#endif

/**
 * aq_crc32c:
 * @crc: the checksum of what comes before @data, 0 if nothing does
 * @data: (array length=size): bytes
 * @size: how many
 *
 * Goes on with a checksum: the checksum of A and B in a row is
 * `aq_crc32c (aq_crc32c (0, A), B)`, so a checksum can also be seeded.
 *
 * Returns: the checksum
 */
guint32
aq_crc32c (guint32       crc,
           gconstpointer data,
           gsize         size)
{
#if defined (__x86_64__) && defined (__GNUC__)
  if (__builtin_cpu_supports ("sse4.2"))
    return crc32c_sse42 (crc, data, size);
#endif
  return aq_crc32c_portable (crc, data, size);
}
