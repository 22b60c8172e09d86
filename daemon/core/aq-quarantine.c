/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Quarantine of functions
 *
 * A function whose build has crashed the workers of three different jobs, or as
 * many as the configuration says, within ten minutes is not run any more, so that it does not take every job that there
 * is of it through all its attempts, and the workers of others with them. Its jobs
 * wait, those that are to run again as well, and everything else goes on.
 *
 * What counts is a worker that died of a signal or exited by itself. One that we
 * have killed does not count, for a cancel, a time-out or a limit; nor one for
 * which there was no memory: that may be the machine's fault. A worker that had
 * begun several jobs dies once, and counts once.
 *
 * There is an item (AQ_ITEM_QUARANTINE) for each function that has crashed lately,
 * and one that is quarantined has `since` in it. It ends when somebody says so, or
 * when another build of the plugin is there. A build that comes back later begins
 * anew: who puts it back may have found the fault elsewhere.
 */

#include "config.h"

#include "core/aq-quarantine.h"

#include "core/aq-lane.h"

#include "libasyncq/asyncq-error.h"

/* that are remembered of a function: those of workers that ran beside the third one come later */
#define MAX_CRASHES 16

#define CRASHES_TYPE G_VARIANT_TYPE ("a(tux)")

/* (tux), as it is stored */
typedef struct
{
  guint64 job;
  guint32 worker;      /* pid; 0: it is not known */
  gint64  steady_usec;
} Crash;

static gint64
get_since (const AqItem *item)
{
  gint64 since_usec = 0;

  (void) g_variant_lookup (item->value, "since", "x", &since_usec);
  return since_usec;
}

static const char *
get_build (const AqItem *item)
{
  const char *build = "";

  (void) g_variant_lookup (item->value, "build", "&s", &build);
  return build;
}

/* (element-type Crash): the oldest first */
static GArray *
read_crashes (const AqItem *item)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (item->value, "crashes", CRASHES_TYPE);
  GArray *crashes = g_array_new (FALSE, FALSE, sizeof (Crash));
  GVariantIter iter;
  Crash crash;

  if (value == NULL)
    return crashes;
  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "(tux)", &crash.job, &crash.worker, &crash.steady_usec))
    g_array_append_val (crashes, crash);
  return crashes;
}

static void
write_item (AqTransaction *transaction,
            const char    *function,
            const char    *build,
            const GArray  *crashes,
            gint64         since_usec)
{
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (CRASHES_TYPE);
  GVariantBuilder value = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint i = 0; i < crashes->len; i++)
    {
      const Crash *crash = &g_array_index (crashes, Crash, i);

      g_variant_builder_add (&list, "(tux)", crash->job, crash->worker, crash->steady_usec);
    }
  g_variant_builder_add (&value, "{sv}", "build", g_variant_new_string (build));
  g_variant_builder_add (&value, "{sv}", "crashes", g_variant_builder_end (&list));
  if (since_usec != 0)
    g_variant_builder_add (&value, "{sv}", "since", g_variant_new_int64 (since_usec));
  aq_transaction_set_item (transaction, AQ_ITEM_QUARANTINE, function, g_variant_builder_end (&value));
}

/* whether anything needs to be looked up at all */
gboolean
aq_quarantine_is_any (AqTransaction *transaction)
{
  return aq_transaction_list_items (transaction, AQ_ITEM_QUARANTINE)->len > 0;
}

/**
 * aq_quarantine_holds:
 * @transaction: a transaction
 * @function: plugin.function
 *
 * Returns: whether jobs of the function wait because it is quarantined
 *
 * Since: 0.1
 */
gboolean
aq_quarantine_holds (AqTransaction *transaction,
                     const char    *function)
{
  const AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_QUARANTINE, function);

  return item != NULL && get_since (item) != 0;
}

/**
 * aq_quarantine_view:
 * @transaction: a transaction
 * @function: plugin.function
 *
 * Returns: (transfer full) (nullable): a{sv}: "since" x, wall clock; "build" s; "jobs"
 *   at: those that crashed, the oldest crash first; %NULL if it is not quarantined
 *
 * Since: 0.1
 */
GVariant *
aq_quarantine_view (AqTransaction *transaction,
                    const char    *function)
{
  const AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_QUARANTINE, function);
  GVariantBuilder jobs = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("at"));
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr(GArray) crashes = NULL;

  if (item == NULL || get_since (item) == 0)
    {
      g_variant_builder_clear (&jobs);
      g_variant_builder_clear (&builder);
      return NULL;
    }
  crashes = read_crashes (item);
  for (guint i = 0; i < crashes->len; i++)
    g_variant_builder_add (&jobs, "t", g_array_index (crashes, Crash, i).job);
  g_variant_builder_add (&builder, "{sv}", "build", g_variant_new_string (get_build (item)));
  g_variant_builder_add (&builder, "{sv}", "jobs", g_variant_builder_end (&jobs));
  g_variant_builder_add (&builder, "{sv}", "since", g_variant_new_int64 (get_since (item)));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* Functions that crashed once and never again leave nothing behind. */
static void
forget_old_crashes (AqTransaction *transaction)
{
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_QUARANTINE);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < items->len; i++)
    {
      const AqItem *item = g_ptr_array_index (items, i);
      g_autoptr(GArray) crashes = read_crashes (item);
      const Crash *last = crashes->len > 0 ? &g_array_index (crashes, Crash, crashes->len - 1) : NULL;

      if (get_since (item) == 0 &&
          (last == NULL || last->steady_usec <= transaction->now.steady_usec - AQ_QUARANTINE_WINDOW_USEC))
        g_ptr_array_add (names, g_strdup (item->name));
    }
  for (guint i = 0; i < names->len; i++)
    aq_transaction_set_item (transaction, AQ_ITEM_QUARANTINE, g_ptr_array_index (names, i), NULL);
}

/* What the new crash replaces: one of the same job, or the same death of a worker; and what is too long ago. */
static void
remove_replaced (GArray      *crashes,
                 const Crash *crash,
                 gboolean     keep_old)
{
  guint n = 0;

  for (guint i = 0; i < crashes->len; i++)
    {
      const Crash other = g_array_index (crashes, Crash, i);

      if (other.job != crash->job && (other.worker == 0 || other.worker != crash->worker) &&
          (keep_old || other.steady_usec > crash->steady_usec - AQ_QUARANTINE_WINDOW_USEC))
        g_array_index (crashes, Crash, n++) = other;
    }
  g_array_set_size (crashes, n);
  if (n >= MAX_CRASHES)
    g_array_remove_range (crashes, 0, n - MAX_CRASHES + 1);
}

/* whether it is a crash of the build that is there now */
static gboolean
is_crash_of_newest_build (const AqJob         *job,
                          const AqFinishEvent *event)
{
  const AqFunction *function;

  if ((event->cause.kind != AQ_CAUSE_SIGNAL && event->cause.kind != AQ_CAUSE_EXIT) || event->build == NULL ||
      event->functions == NULL || event->quarantine_jobs == 0)
    return FALSE;
  function = aq_function_table_lookup (event->functions, job->lane->function);
  return function != NULL && g_strcmp0 (function->build, event->build) == 0;
}

/**
 * aq_quarantine_note_crash:
 * @transaction: a transaction
 * @job: a job whose attempt has failed by itself
 * @event: how
 *
 * Counts a crash against its function. Crashes of an older build than the one that
 * is there now count nothing.
 *
 * Returns: whether the function is quarantined from now on
 *
 * Since: 0.1
 */
gboolean
aq_quarantine_note_crash (AqTransaction       *transaction,
                          const AqJob         *job,
                          const AqFinishEvent *event)
{
  const Crash crash = { job->id, event->worker, transaction->now.steady_usec };
  const char *function = job->lane->function;
  const AqItem *item;
  g_autoptr(GArray) crashes = NULL;
  gint64 since_usec = 0;
  gboolean is_new;

  if (!is_crash_of_newest_build (job, event))
    return FALSE;
  forget_old_crashes (transaction);
  item = aq_transaction_get_item (transaction, AQ_ITEM_QUARANTINE, function);
  if (item != NULL && g_str_equal (get_build (item), event->build))
    {
      crashes = read_crashes (item);
      since_usec = get_since (item);
    }
  else
    crashes = g_array_new (FALSE, FALSE, sizeof (Crash));
  /* once it is quarantined, what it is quarantined for stays to be seen */
  remove_replaced (crashes, &crash, since_usec != 0);
  g_array_append_val (crashes, crash);
  is_new = since_usec == 0 && crashes->len >= event->quarantine_jobs;
  if (is_new)
    since_usec = transaction->now.wall_usec;
  write_item (transaction, function, event->build, crashes, since_usec);
  return is_new;
}

/**
 * aq_rule_release_function:
 * @transaction: a transaction
 * @release_function_event: an #AqReleaseFunctionEvent
 * @error: return location for an error
 *
 * Somebody says that a function's jobs may run again. Its crashes are forgotten.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_FUNCTION`; `ASYNCQ_ERROR_BAD_STATE` if it is not
 * quarantined.
 *
 * Returns: whether it was quarantined
 *
 * Since: 0.1
 */
gboolean
aq_rule_release_function (AqTransaction  *transaction,
                          gpointer        release_function_event,
                          GError        **error)
{
  const AqReleaseFunctionEvent *event = release_function_event;

  if (aq_quarantine_holds (transaction, event->name))
    {
      aq_transaction_set_item (transaction, AQ_ITEM_QUARANTINE, event->name, NULL);
      return TRUE;
    }
  if (aq_function_table_lookup (event->functions, event->name) == NULL)
    {
      const char *meant = aq_function_table_suggest (event->functions, event->name);

      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION, "there is no function '%s'%s%s%s", event->name,
                   meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "", meant != NULL ? "'?" : "");
      return FALSE;
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE, "function '%s' is not quarantined", event->name);
  return FALSE;
}

/**
 * aq_rule_note_new_builds:
 * @transaction: a transaction
 * @new_builds_event: an #AqNewBuildsEvent
 * @error: return location for an error
 *
 * Plugins have changed: what is known of crashes of other builds than those that
 * are there now is forgotten. A function that is gone keeps what it has.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_note_new_builds (AqTransaction  *transaction,
                         gpointer        new_builds_event,
                         GError        **error)
{
  AqNewBuildsEvent *event = new_builds_event;
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_QUARANTINE);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < items->len; i++)
    {
      const AqItem *item = g_ptr_array_index (items, i);
      const AqFunction *function = aq_function_table_lookup (event->functions, item->name);

      if (function == NULL || g_strcmp0 (function->build, get_build (item)) == 0)
        continue;
      g_ptr_array_add (names, g_strdup (item->name));
      if (get_since (item) != 0)
        g_ptr_array_add (event->out_names, g_strdup (item->name));
    }
  for (guint i = 0; i < names->len; i++)
    aq_transaction_set_item (transaction, AQ_ITEM_QUARANTINE, g_ptr_array_index (names, i), NULL);
  return TRUE;
}
