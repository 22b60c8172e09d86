/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a claim costs when many jobs are held back
 *
 * Of a million jobs the first half is under a full limit, or refused by the filter
 * of the agent; they are of one lane, of 1,000 and of 100,000. The other half is free.
 *
 * usage: bench-limits
 */

#include "config.h"

#include "core/aq-rules.h"
#include "store/aq-memory-store.h"

#include <stdlib.h>

#define START (G_GINT64_CONSTANT (1155224662) * G_USEC_PER_SEC)
#define N_JOBS 1000000
#define N_CLAIMS 10000

typedef struct
{
  AqClock         *clock;
  AqStore         *store;
  AqFunctionTable *functions;
  AqAgent         *agent;
  GPtrArray       *jobs;
} Bench;

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  if (error == NULL)
    return;
  g_printerr ("%s\n", error->message);
  exit (EXIT_FAILURE);
}

static void
apply (Bench    *self,
       AqRule    rule,
       gpointer  event)
{
  const AqActor actor = { 1000, ":1.7" };

  aq_store_apply (self->store, &actor, rule, event, on_applied, NULL);
}

static void
set_up (Bench      *self,
        const char *filter)
{
  GPtrArray *list = g_ptr_array_new ();

  self->clock = aq_clock_new_manual (START);
  self->store = aq_memory_store_new (self->clock);
  self->functions = aq_function_table_new ();
  self->agent = aq_agent_new ("main", 3, filter, NULL, NULL);
  self->jobs = g_ptr_array_new ();
  g_ptr_array_add (list, aq_function_new ("t", "work", "number t", "t", "", NULL));
  g_ptr_array_add (list, aq_function_new ("t", "rest", "number t", "t", "", NULL));
  aq_function_table_set_plugin (self->functions, "t", list);
  apply (self, aq_rule_recover, NULL);
}

static void
tear_down (Bench *self)
{
  (void) aq_store_close (self->store, NULL);
  g_object_unref (self->store);
  g_ptr_array_unref (self->jobs);
  aq_agent_unref (self->agent);
  aq_function_table_free (self->functions);
  aq_clock_unref (self->clock);
}

static void
put (Bench         *self,
     const char    *function,
     guint64        number,
     AqJobSettings *settings)
{
  const AqDraft draft = {
    .kind = AQ_JOB_CALL, .priority = AQ_PRIORITY_DEFAULT, .queue = "", .function = function, .arguments_type = "(t)",
    .arguments = &number, .arguments_size = sizeof number, .parent = AQ_DRAFT_NO_PARENT, .settings = settings,
  };
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  apply (self, aq_rule_put, &event);
}

/* under a limit, or with a tag: of as many lanes as there are numbers */
static AqJobSettings *
make_settings (gboolean is_limit,
               guint    number)
{
  g_autofree char *text = is_limit ? g_strdup_printf ("{'limits': <[('full', 'full'), ('mail:{c}', 'mail:%u')]>}", number)
                                   : g_strdup_printf ("{'tags': <['c%u']>}", number);

  return aq_job_settings_new_from_value (g_variant_new_parsed (text), NULL);
}

static void
put_jobs (Bench    *self,
          gboolean  is_limit,
          guint     n_lanes)
{
  for (guint lane = 0; lane < n_lanes; lane++)
    {
      AqJobSettings *settings = make_settings (is_limit, lane);

      for (guint i = lane; i < N_JOBS / 2; i += n_lanes)
        put (self, "t.rest", i, settings);
      aq_job_settings_unref (settings);
    }
  for (guint i = 0; i < N_JOBS / 2; i++)
    put (self, "t.work", i, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static const AqJob *
claim (Bench *self)
{
  AqClaimEvent event = { .agent = self->agent, .max_jobs = 1, .functions = self->functions, .out_jobs = self->jobs };

  g_ptr_array_set_size (self->jobs, 0);
  apply (self, aq_rule_claim, &event);
  g_assert_cmpuint (self->jobs->len, ==, 1);
  return g_ptr_array_index (self->jobs, 0);
}

static void
create (Bench      *self,
        const char *name,
        guint       size)
{
  g_autoptr(GVariant) settings = g_variant_ref_sink (g_variant_new_parsed ("{'size': <%u>}", size));
  AqLimitEvent event = { name, settings, TRUE };

  apply (self, aq_rule_set_limit, &event);
}

static void
measure (gboolean is_limit,
         guint    n_lanes)
{
  Bench self;
  gint64 from, first_usec, usec;

  set_up (&self, is_limit ? NULL : "function:t.work");
  create (&self, "full", 1);
  create (&self, "mail:{c}", 2);
  put_jobs (&self, is_limit, n_lanes);
  /* the one that has the place */
  if (is_limit)
    g_assert_cmpstr (aq_job_get_function (claim (&self)), ==, "t.rest");

  from = g_get_monotonic_time ();
  g_assert_cmpstr (aq_job_get_function (claim (&self)), ==, "t.work");
  first_usec = g_get_monotonic_time () - from;
  for (guint i = 1; i < N_CLAIMS; i++)
    g_assert_cmpstr (aq_job_get_function (claim (&self)), ==, "t.work");
  usec = g_get_monotonic_time () - from;
  g_print ("500,000 of 1,000,000 jobs %s, %6u lanes: %8.3f us a claim on average, the first one %" G_GINT64_FORMAT
           " us\n", is_limit ? "under a full limit" : "refused by a filter", n_lanes, (double) usec / N_CLAIMS, first_usec);
  tear_down (&self);
}

int
main (int    argc,
      char **argv)
{
  static const guint n_lanes[] = { 1, 1000, 100000 };

  for (guint i = 0; i < G_N_ELEMENTS (n_lanes); i++)
    {
      measure (TRUE, n_lanes[i]);
      measure (FALSE, n_lanes[i]);
    }
  return EXIT_SUCCESS;
}
