/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * π by throwing darts
 *
 * generate_sample() throws darts at a square and counts those in the quarter
 * circle; process_samples() makes π of many such samples.
 */

#include <asyncq-plugin.h>

#include <sys/random.h>

/* how many darts are thrown between two looks at the cancellable */
#define DARTS_BETWEEN_LOOKS (1 << 20)

/* xoshiro256**, by David Blackman and Sebastiano Vigna, in the public domain */
typedef struct
{
  guint64 state[4];
} Random;

static gboolean
seed (Random  *self,
      GError **error)
{
  if (getrandom (self->state, sizeof self->state, 0) == sizeof self->state)
    return TRUE;

  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "could not get random bytes");
  return FALSE;
}

static inline guint64
rotate (guint64 x,
        int     n)
{
  return (x << n) | (x >> (64 - n));
}

static inline guint64
next (Random *self)
{
  guint64 *state = self->state;
  guint64 result = rotate (state[1] * 5, 7) * 9;
  guint64 shifted = state[1] << 17;

  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = rotate (state[3], 45);
  return result;
}

static guint32
throw_darts (Random  *generator,
             guint32  n_darts)
{
  guint32 count = 0;

  for (guint32 i = 0; i < n_darts; i++)
    {
      guint64 bits = next (generator);
      guint64 x = bits >> 33;
      guint64 y = bits & G_MAXINT32;

      /* both are below 2^31, and so is the radius: the sum cannot overflow */
      count += x * x + y * y < (G_GUINT64_CONSTANT (1) << 62);
    }
  return count;
}

/* (count, size): how many of size darts fell inside the quarter circle */
ASYNCQ_EXPORT GVariant *
pi_generate_sample (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  GCancellable *cancellable = asyncq_job_context_get_cancellable (job);
  guint32 size, left, count = 0;
  Random generator;

  g_variant_get (arguments, "(u)", &size);
  if (!seed (&generator, error))
    return NULL;

  for (left = size; left > 0;)
    {
      guint32 n_darts = MIN (left, DARTS_BETWEEN_LOOKS);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      count += throw_darts (&generator, n_darts);
      left -= n_darts;
    }
  return g_variant_new ("(uu)", count, size);
}

static void
set_bad_member (GVariant  *member,
                GError   **error)
{
  const char *function = "";
  const char *message = "it has no sample";
  const char *domain;
  guint64 id = 0;
  gint32 code;

  (void) g_variant_lookup (member, "id", "t", &id); /* 0 and "" say as much as can be said */
  (void) g_variant_lookup (member, "function", "&s", &function);
  (void) g_variant_lookup (member, "error", "(&si&s)", &domain, &code, &message);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED,
               "sample %" G_GUINT64_FORMAT " (%s) cannot be used: %s", id, function, message);
}

/* π, from the samples of the jobs */
ASYNCQ_EXPORT GVariant *
pi_process_samples (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  g_autoptr(GVariant) jobs = g_variant_get_child_value (arguments, 0);
  gsize n_jobs = g_variant_n_children (jobs);
  guint64 total_count = 0, total_size = 0;

  for (gsize i = 0; i < n_jobs; i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (jobs, i);
      guint32 count, size;

      if (!g_variant_lookup (member, "result", "(uu)", &count, &size))
        {
          set_bad_member (member, error);
          return NULL;
        }
      total_count += count;
      total_size += size;
    }
  if (total_size == 0)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "there are no darts in the samples");
      return NULL;
    }
  return g_variant_new_double (4.0 * (double) total_count / (double) total_size);
}

static const AsyncqFunction functions[] = {
  { "generate_sample", "size u = 100000", "(uu)", "Throws darts at a square: how many fell into the quarter circle, and how many there were" },
  { "process_samples", "jobs aa{sv}", "d", "Estimates pi from samples" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "pi",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
