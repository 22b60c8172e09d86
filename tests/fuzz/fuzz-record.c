/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * F1: the content of a frame
 *
 * The first byte is the number of transactions; from the eighth on come the
 * transactions. What can be replayed, and what comes of it, is looked at as well.
 */

#include "config.h"

#include "core/aq-clock.h"
#include "fuzz.h"
#include "store/aq-replay.h"

#define HEADER_SIZE 8

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree guint8 *content = NULL;
  g_autoptr(AqClock) clock = aq_clock_new_manual (0);
  g_autoptr(GError) error = NULL;
  g_auto(AqReplay) replay = { 0 };
  AqFrame frame = { 0 };

  if (size < HEADER_SIZE)
    return 0;
  /* exactly as large as it is, so that the sanitizer sees each byte too much */
  frame.length = (size - HEADER_SIZE) / 8 * 8;
  frame.n_transactions = data[0];
  frame.sequence = 1;
  content = g_memdup2 (data + HEADER_SIZE, frame.length);
  replay.loader.tables = aq_tables_new (clock);
  (void) aq_replay_frame (&replay, &frame, content, &error); /* an error is an answer */
  aq_tables_free (replay.loader.tables);
  return 0;
}
