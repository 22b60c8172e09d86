/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * F4: the text of a filter
 *
 * What is refused says why. Blanks in front change nothing but the place; with a
 * word more that refuses every function no job is accepted; and of one word and
 * its opposite, exactly one accepts a job.
 */

#include "config.h"

#include "core/aq-filter.h"
#include "core/aq-lane.h"
#include "fuzz.h"

#include <string.h>

#define HOUR_USEC (3600 * G_GINT64_CONSTANT (1000000))

static char *tags[] = { "eu", "night", NULL };

static const AqLane lanes[] = {
  { .queue = "", .function = "t.noop", .priority = 128 },
  { .queue = "mail", .function = "mail.send", .priority = 0, .tags = tags },
  { .queue = "two.words", .function = "parallel", .priority = 255, .tags = tags + 1 },
};

static const AqJobBrief briefs[] = {
  { 1, (AqLane *) &lanes[0], 0, ASYNCQ_JOB_STATE_PENDING, ASYNCQ_JOB_OUTCOME_NONE, FALSE },
  { 2, (AqLane *) &lanes[1], -HOUR_USEC, ASYNCQ_JOB_STATE_ACTIVE, ASYNCQ_JOB_OUTCOME_NONE, FALSE },
  { 3, (AqLane *) &lanes[2], HOUR_USEC, ASYNCQ_JOB_STATE_COMPLETED, ASYNCQ_JOB_OUTCOME_FAILED, TRUE },
};

/* Returns: (nullable): a filter of @prefix and @text */
static AqFilter *
parse (const char *prefix,
       const char *text)
{
  g_autofree char *whole = g_strconcat (prefix, text, NULL);
  g_autoptr(GError) error = NULL;
  AqFilter *filter = aq_filter_parse (whole, &error);

  g_assert_true ((filter == NULL) == (error != NULL));
  g_assert_true (error == NULL || g_utf8_validate (error->message, -1, NULL));
  return filter;
}

/* one bit for each job that is accepted */
static guint
accept (AqFilter *filter)
{
  guint accepted = 0;

  for (guint i = 0; i < G_N_ELEMENTS (briefs); i++)
    {
      if (aq_filter_accepts_brief (filter, &briefs[i], 2 * HOUR_USEC))
        accepted |= 1u << i;
      /* who accepts a job accepts its lane */
      g_assert_true (!(accepted >> i & 1) || aq_filter_accepts_lane (filter, &lanes[i]));
    }
  return accepted;
}

static void
check (AqFilter   *filter,
       const char *text)
{
  guint accepted = accept (filter);
  g_autoptr(AqFilter) later = parse (" \t", text);
  g_autoptr(AqFilter) none = parse ("-function:* ", text);
  g_autoptr(AqFilter) opposite = NULL;

  g_assert_cmpuint (accept (later), ==, accepted);
  g_assert_true (none == NULL || accept (none) == 0);
  (void) aq_filter_check_lane (filter, NULL);
  (void) aq_filter_check_ended (filter, NULL);
  if (*text == '\0' || *text == '-' || strpbrk (text, " \t\n\v\f\r\"") != NULL)
    return;
  opposite = parse ("-", text);
  g_assert_cmpuint (accept (opposite), ==, ~accepted & ((1u << G_N_ELEMENTS (briefs)) - 1));
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr(AqFilter) filter = parse ("", text);

  if (filter != NULL && strlen (text) < 16000)
    check (filter, text);
  return 0;
}
