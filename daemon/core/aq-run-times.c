/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Run times
 *
 * For each function a histogram of fixed size: eight steps for each doubling of
 * the time, up to about fifty days. What is longer counts as that long.
 */

#include "config.h"

#include "core/aq-run-times.h"

#include <string.h>

/* steps for one doubling */
#define STEP_BITS 3
#define N_STEPS (1 << STEP_BITS)
#define MAX_EXPONENT 41
#define N_BUCKETS ((MAX_EXPONENT - STEP_BITS + 2) * N_STEPS)

typedef struct
{
  GRefString *function; /* interned */
  guint64     n_runs;
  guint64     n_failed;
  gint64      sum_usec;
  gint64      max_usec;
  guint32     buckets[N_BUCKETS];
} Histogram;

struct _AqRunTimes
{
  GHashTable *by_function; /* interned name, of the histogram → Histogram */
  Histogram  *last;        /* nullable: jobs of one function mostly come together */
  Histogram  *others;      /* nullable: of the functions that are too many */
};

static void
free_histogram (gpointer data)
{
  Histogram *histogram = data;

  g_ref_string_release (histogram->function);
  g_free (histogram);
}

AqRunTimes *
aq_run_times_new (void)
{
  AqRunTimes *self = g_new0 (AqRunTimes, 1);

  /* names are interned, so equal ones are one */
  self->by_function = g_hash_table_new_full (NULL, NULL, NULL, free_histogram);
  return self;
}

void
aq_run_times_free (AqRunTimes *self)
{
  g_clear_pointer (&self->others, free_histogram);
  g_hash_table_unref (self->by_function);
  g_free (self);
}

static Histogram *
new_histogram (GRefString *function)
{
  Histogram *histogram = g_new0 (Histogram, 1);

  histogram->function = g_ref_string_acquire (function);
  return histogram;
}

static Histogram *
get_histogram (AqRunTimes *self,
               GRefString *function)
{
  Histogram *histogram = g_hash_table_lookup (self->by_function, function);
  GRefString *none;

  if (histogram != NULL)
    return histogram;
  if (g_hash_table_size (self->by_function) < AQ_MAX_RUN_TIMES)
    {
      histogram = new_histogram (function);
      g_hash_table_insert (self->by_function, histogram->function, histogram);
      return histogram;
    }
  if (self->others != NULL)
    return self->others;
  none = g_ref_string_new_intern ("");
  self->others = new_histogram (none);
  g_ref_string_release (none);
  return self->others;
}

static guint
get_bucket (gint64 usec)
{
  guint exponent;

  if (usec < N_STEPS)
    return (guint) usec;
  exponent = 63 - (guint) __builtin_clzll ((guint64) usec);
  if (exponent > MAX_EXPONENT)
    return N_BUCKETS - 1;
  return ((exponent - STEP_BITS + 1) << STEP_BITS) + (guint) ((usec >> (exponent - STEP_BITS)) & (N_STEPS - 1));
}

/* Returns: the middle of what counts there */
static gint64
get_time (guint bucket)
{
  guint shift = bucket / N_STEPS - 1;
  gint64 low;

  if (bucket < N_STEPS)
    return bucket;
  low = (gint64) (N_STEPS + bucket % N_STEPS) << shift;
  return low + ((gint64) 1 << shift) / 2;
}

/**
 * aq_run_times_add:
 * @self: run times
 * @function: plugin.function, interned
 * @usec: how long an attempt took
 * @failed: whether it ended otherwise than in success
 *
 * Since: 0.1
 */
void
aq_run_times_add (AqRunTimes *self,
                  GRefString *function,
                  gint64      usec,
                  gboolean    failed)
{
  Histogram *histogram = self->last != NULL && self->last->function == function ? self->last
                                                                                : get_histogram (self, function);

  usec = MAX (usec, 0);
  self->last = histogram;
  histogram->n_runs++;
  histogram->n_failed += failed ? 1 : 0;
  histogram->sum_usec += usec;
  histogram->max_usec = MAX (histogram->max_usec, usec);
  histogram->buckets[get_bucket (usec)]++;
}

/**
 * aq_run_times_get_mean:
 * @self: run times
 * @function: plugin.function
 * @out_usec: (out): how long its attempts took on average
 *
 * Returns: %FALSE if it never ran
 *
 * Since: 0.1
 */
gboolean
aq_run_times_get_mean (AqRunTimes *self,
                       const char *function,
                       gint64     *out_usec)
{
  const Histogram *histogram;
  GRefString *name;

  name = g_ref_string_new_intern (function);
  histogram = g_hash_table_lookup (self->by_function, name);
  g_ref_string_release (name);
  if (histogram == NULL)
    return FALSE;
  *out_usec = histogram->sum_usec / (gint64) histogram->n_runs;
  return TRUE;
}

static gint64
get_quantile (const Histogram *histogram,
              guint            percent)
{
  guint64 wanted = (histogram->n_runs * percent + 99) / 100;
  guint64 n_runs = 0;
  guint bucket = 0;

  for (; bucket < N_BUCKETS; bucket++)
    {
      n_runs += histogram->buckets[bucket];
      if (n_runs >= wanted)
        break;
    }
  return MIN (get_time (MIN (bucket, N_BUCKETS - 1)), histogram->max_usec);
}

static void
add_to_list (GArray          *list,
             const Histogram *histogram)
{
  AqRunTime time = {
    .function = histogram->function,
    .n_runs = histogram->n_runs,
    .n_failed = histogram->n_failed,
    .mean_usec = histogram->sum_usec / (gint64) histogram->n_runs,
    .p50_usec = get_quantile (histogram, 50),
    .p90_usec = get_quantile (histogram, 90),
    .p99_usec = get_quantile (histogram, 99),
    .max_usec = histogram->max_usec,
  };

  g_array_append_val (list, time);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (((const AqRunTime *) a)->function, ((const AqRunTime *) b)->function);
}

/**
 * aq_run_times_list:
 * @self: run times
 *
 * Returns: (transfer full) (element-type AqRunTime): those of each function that
 *   ran, by name; first, with an empty name, those of the functions that were too
 *   many to be told apart
 *
 * Since: 0.1
 */
GArray *
aq_run_times_list (AqRunTimes *self)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (AqRunTime));
  GHashTableIter iter;
  gpointer histogram;

  if (self->others != NULL)
    add_to_list (list, self->others);
  g_hash_table_iter_init (&iter, self->by_function);
  while (g_hash_table_iter_next (&iter, NULL, &histogram))
    add_to_list (list, histogram);
  g_array_sort (list, compare_names);
  return list;
}
