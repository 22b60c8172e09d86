/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What images cost, and what they are good for
 *
 * A store with many queued jobs of 100 bytes of arguments: how long one put takes
 * until it is flushed, alone and while both images are brought up, and how long it
 * takes to open it from image and journal.
 */

#include "config.h"

#include "core/aq-rules.h"
#include "store/aq-embedded-store.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_SIZE 100
#define BULK 1000
#define N_LATENCIES 3000

static const AqActor actor = { .uid = 0, .sender = "" };

typedef struct
{
  AqStore *store;
  gboolean checkpointed;
} Bench;

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  g_assert (error == NULL);
}

static void
put (Bench *self,
     guint  n_jobs)
{
  static char arguments[ARGUMENTS_SIZE];
  g_autofree AqDraft *drafts = g_new0 (AqDraft, n_jobs);
  g_autofree guint64 *ids = g_new (guint64, n_jobs);
  AqPutEvent event = { .drafts = drafts, .n_drafts = n_jobs, .out_ids = ids };

  memset (arguments, 'x', sizeof arguments - 1);
  for (guint i = 0; i < n_jobs; i++)
    drafts[i] = (AqDraft) {
      .kind = AQ_JOB_CALL,
      .priority = AQ_PRIORITY_DEFAULT,
      .queue = "",
      .function = "test.echo",
      .arguments_type = "(s)",
      .arguments = arguments,
      .arguments_size = sizeof arguments,
      .parent = AQ_DRAFT_NO_PARENT,
    };
  aq_store_apply (self->store, &actor, aq_rule_put, &event, on_applied, NULL);
}

static void
flush (Bench *self)
{
  AqGate *gate = aq_store_get_gate (self->store);

  while (aq_gate_get_flushed (gate) < aq_store_get_sequence (self->store))
    g_main_context_iteration (NULL, TRUE);
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  gint64 left = *(const gint64 *) a;
  gint64 right = *(const gint64 *) b;

  return left < right ? -1 : left > right;
}

/* one at a time: so many, or until the checkpoint is done */
static void
measure_puts (Bench      *self,
              const char *what,
              gboolean    until_checkpointed)
{
  g_autoptr(GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; until_checkpointed ? !self->checkpointed : i < N_LATENCIES; i++)
    {
      gint64 start = g_get_monotonic_time ();
      gint64 usec;

      put (self, 1);
      flush (self);
      usec = g_get_monotonic_time () - start;
      g_array_append_val (times, usec);
    }
  g_array_sort (times, compare);
  g_print ("%-40s %6u puts, p50 %6" G_GINT64_FORMAT " us, p99 %6" G_GINT64_FORMAT " us, max %6" G_GINT64_FORMAT " us\n",
           what, times->len, g_array_index (times, gint64, times->len / 2),
           g_array_index (times, gint64, times->len * 99 / 100), g_array_index (times, gint64, times->len - 1));
}

static void
on_checkpointed (const GError *error,
                 gpointer      user_data)
{
  Bench *self = user_data;

  if (error != NULL)
    g_printerr ("%s\n", error->message);
  self->checkpointed = TRUE;
}

static void
checkpoint (Bench *self)
{
  self->checkpointed = FALSE;
  aq_embedded_store_checkpoint (AQ_EMBEDDED_STORE (self->store), on_checkpointed, self);
}

static void
on_held (const AqStoreHold *hold,
         const GError      *error,
         gpointer           user_data)
{
}

static void
open_store (Bench      *self,
            const char *path,
            AqClock    *clock)
{
  g_autoptr(GError) error = NULL;

  self->store = aq_embedded_store_new (path, clock);
  if (!aq_store_open (self->store, &error))
    {
      g_printerr ("%s\n", error->message);
      exit (1);
    }
}

static void
close_store (Bench *self)
{
  g_autoptr(GError) error = NULL;

  if (!aq_store_close (self->store, &error))
    g_printerr ("%s\n", error->message);
  g_clear_object (&self->store);
}

static void
measure_open (Bench      *self,
              const char *path,
              AqClock    *clock,
              const char *what)
{
  gint64 start = g_get_monotonic_time ();

  open_store (self, path, clock);
  g_print ("%-40s %.2f s\n", what, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
}

int
main (int    argc,
      char **argv)
{
  guint n_jobs = argc > 1 ? (guint) atoi (argv[1]) : 1000000;
  const char *folder = argc > 2 ? argv[2] : g_get_tmp_dir ();
  g_autofree char *template = g_build_filename (folder, "bench-checkpoint-XXXXXX", NULL);
  g_autofree char *path = NULL;
  g_autofree char *command = NULL;
  g_autoptr(AqClock) clock = aq_clock_new_system ();
  Bench bench = { 0 };
  gint64 start;

  if (g_mkdtemp (template) == NULL)
    return 1;
  path = g_build_filename (template, "store", NULL);
  open_store (&bench, path, clock);
  /* all of it for one checkpoint */
  aq_store_hold (bench.store, on_held, NULL);
  start = g_get_monotonic_time ();
  for (guint i = 0; i < n_jobs; i += BULK)
    {
      put (&bench, BULK);
      flush (&bench);
    }
  g_print ("%u jobs put in %.2f s\n", n_jobs, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  measure_puts (&bench, "without a checkpoint", FALSE);
  close_store (&bench);
  measure_open (&bench, path, clock, "opened from the journal alone");

  start = g_get_monotonic_time ();
  checkpoint (&bench);
  measure_puts (&bench, "while images are brought up", TRUE);
  g_print ("both images after %.2f s\n", (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  for (guint i = 0; i < 20; i++)
    put (&bench, BULK);
  flush (&bench);
  close_store (&bench);
  measure_open (&bench, path, clock, "opened from image and journal");
  close_store (&bench);

  command = g_strdup_printf ("rm -r '%s'", template);
  return system (command) == 0 ? 0 : 1;
}
