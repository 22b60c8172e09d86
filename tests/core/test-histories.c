/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Random histories of nested composite jobs: claims, ends, failures, releases,
 * interruptions, returned jobs, cancellations and restarts in any order. What
 * must hold is checked on the way and at the end. A seed that fails is printed
 * by the test program (--seed repeats it).
 */

#include "config.h"

#include "world.h"

#define N_HISTORIES 300
#define MAX_ENTRIES 40

typedef struct
{
  World      *world;
  GArray     *attempts;    /* of Attempt: claimed, not over */
  GArray     *over;        /* of Attempt: every one that is */
  GHashTable *completions; /* job id → how often it completed */
  guint64     last_lease;
} History;

static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  History *self = user_data;

  for (guint i = 0; i < n_changes; i++)
    if (changes[i].state == ASYNCQ_JOB_STATE_COMPLETED)
      {
        gpointer key = GUINT_TO_POINTER ((guint) changes[i].id);

        /* a job completes once */
        g_assert_true (g_hash_table_add (self->completions, key));
      }
}

static void
append_call (GString *text,
             guint    parent,
             gboolean postprocess)
{
  g_string_append_printf (text, ", {'function': <'%s'>, 'parent': <%u>%s}", postprocess ? "t.count" : "t.noop", parent,
                          postprocess ? ", 'role': <'postprocess'>" : "");
}

/* a tree of composite jobs, at most MAX_ENTRIES of all kinds */
static char *
random_tree (void)
{
  GString *text = g_string_new ("[{'kind': <'serial'>}");
  g_autoptr(GArray) composites = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n_entries = 1;
  guint root = 0;

  g_array_append_val (composites, root);
  while (n_entries < (guint) g_test_rand_int_range (2, MAX_ENTRIES))
    {
      guint parent = g_array_index (composites, guint, g_test_rand_int_range (0, composites->len));

      if (g_test_rand_int_range (0, 3) == 0)
        {
          g_string_append_printf (text, ", {'kind': <'%s'>, 'parent': <%u>}",
                                  g_test_rand_int_range (0, 2) == 0 ? "serial" : "parallel", parent);
          g_array_append_val (composites, n_entries);
        }
      else
        append_call (text, parent, FALSE);
      n_entries++;
    }
  /* a postprocess job each, so that no result is a list that nests */
  for (guint i = 0; i < composites->len; i++)
    append_call (text, g_array_index (composites, guint, i), TRUE);
  g_string_append (text, "]");
  return g_string_free (text, FALSE);
}

static void
claim_some (History *self)
{
  guint n = g_test_rand_int_range (1, 4);
  Attempt attempt;

  while (n-- > 0 && world_claim (self->world, &attempt))
    {
      /* leases only grow, and none is given twice */
      g_assert_cmpuint (attempt.lease, >, self->last_lease);
      self->last_lease = attempt.lease;
      if (g_test_rand_int_range (0, 2) == 0)
        world_start (self->world, attempt);
      g_array_append_val (self->attempts, attempt);
    }
}

static void
end_attempt (History *self,
             Attempt  attempt)
{
  switch (g_test_rand_int_range (0, 8))
    {
    case 0:
      world_fail (self->world, attempt);
      break;
    case 1:
      world_return (self->world, attempt, "[{'kind': <'parallel'>}, {'function': <'t.noop'>, 'parent': <0>},"
                                          " {'function': <'t.count'>, 'parent': <0>, 'role': <'postprocess'>}]", 0, "i");
      break;
    case 2:
      world_return (self->world, attempt, "[{'function': <'t.noop'>}]", 0, "()");
      break;
    case 3:
      (void) aq_engine_release_job (self->world->engine, attempt.id, attempt.lease, NULL);
      break;
    case 4:
      g_assert_true (aq_engine_interrupt_job (self->world->engine, attempt.id, attempt.lease, NULL));
      break;
    default:
      world_succeed (self->world, attempt, "1");
      break;
    }
}

static void
end_one (History *self)
{
  guint index;
  Attempt attempt;

  if (self->attempts->len == 0)
    return;
  index = g_test_rand_int_range (0, self->attempts->len);
  attempt = g_array_index (self->attempts, Attempt, index);
  g_array_remove_index_fast (self->attempts, index);
  end_attempt (self, attempt);

  /* given back unless it has ended or was begun */
  if (!aq_engine_release_job (self->world->engine, attempt.id, attempt.lease, NULL))
    (void) aq_engine_interrupt_job (self->world->engine, attempt.id, attempt.lease, NULL);
  g_array_append_val (self->over, attempt);
}

/* a worker that was thought dead comes back: its job may be anybody's by now */
static void
try_stale (History *self)
{
  g_autoptr(GError) error = NULL;

  if (self->over->len == 0)
    return;
  error = world_try_succeed (self->world,
                             g_array_index (self->over, Attempt, g_test_rand_int_range (0, self->over->len)));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE);
}

static void
restart (History *self)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (aq_engine_start (self->world->engine, &error));
  world_settle (self->world);
  g_array_append_vals (self->over, self->attempts->data, self->attempts->len);
  g_array_set_size (self->attempts, 0);
}

static void
step (History *self,
      guint64  n_jobs)
{
  guint what = g_test_rand_int_range (0, 100);

  try_stale (self);
  if (what < 45)
    claim_some (self);
  else if (what < 92)
    end_one (self);
  else if (what < 96)
    restart (self);
  else
    {
      g_autoptr(GError) error = world_cancel (self->world, g_test_rand_int_range (1, n_jobs + 1));

      if (error != NULL)
        g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
    }
}

static guint
count_state (World      *world,
             const char *state)
{
  g_autoptr(GVariant) counts = g_variant_ref_sink (aq_engine_count_jobs (world->engine));
  guint32 n = 0;

  g_assert_true (g_variant_lookup (counts, state, "u", &n));
  return n;
}

static void
drain (History *self)
{
  Attempt attempt;

  for (guint i = 0; i < self->attempts->len; i++)
    world_succeed (self->world, g_array_index (self->attempts, Attempt, i), "1");
  while (world_claim (self->world, &attempt))
    world_succeed (self->world, attempt, "1");
  /* a job that was given back may have been cancelled before */
  world_settle (self->world);
}

static void
run_history (World *world)
{
  g_autoptr(GArray) attempts = g_array_new (FALSE, FALSE, sizeof (Attempt));
  g_autoptr(GArray) over = g_array_new (FALSE, FALSE, sizeof (Attempt));
  g_autoptr(GHashTable) completions = g_hash_table_new (NULL, NULL);
  g_autofree char *text = random_tree ();
  History self = { world, attempts, over, completions };
  guint handle = aq_engine_add_changed (world->engine, on_changed, &self);
  g_autoptr(GArray) ids = world_submit (world, text);
  guint n_steps = g_test_rand_int_range (10, 150);

  while (n_steps-- > 0)
    step (&self, ids->len);
  drain (&self);

  /* nothing is left behind in any state, and everything completed, once */
  for (guint state = 0; state < ASYNCQ_JOB_STATE_COMPLETED; state++)
    g_assert_cmpuint (count_state (world, asyncq_job_state_to_string (state)), ==, 0);
  g_assert_cmpuint (g_hash_table_size (completions), ==, count_state (world, "completed"));
  g_assert_cmpuint (g_hash_table_size (completions), >=, ids->len);
  aq_engine_remove_changed (world->engine, handle);
}

static void
test_histories (void)
{
  for (guint i = 0; i < N_HISTORIES; i++)
    {
      World world;

      world_set_up (&world, NULL);
      run_history (&world);
      world_tear_down (&world, NULL);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/histories/whatever happens, every job completes, and once", test_histories);

  return g_test_run ();
}
