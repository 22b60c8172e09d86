/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One generation of a plugin, and how long its functions run
 *
 * Lives as long as a worker has it loaded or a job of it runs, which may be
 * longer than it is the newest.
 */

#include "config.h"

#include "work/aq-plugin.h"

#include "work/worker/aq-wire.h"

#include <unistd.h>

/* what a job costs a worker beside its function: frames, system calls */
#define OVERHEAD_NSEC 1500.0

/* Who is back that soon has computed something and touched nothing outside. */
#define TINY_NSEC 2000.0

static void
function_free (gpointer data)
{
  AqPluginFunction *self = data;

  g_free (self->name);
  g_free (self->result_type);
  aq_function_options_clear (&self->options);
  g_clear_pointer (&self->profile, aq_profile_unref);
  g_clear_pointer (&self->grants, g_hash_table_unref);
  g_clear_pointer (&self->notes, g_ptr_array_unref);
  g_free (self);
}

/**
 * aq_plugin_new:
 * @id: its id
 * @generation: which one, from 1
 * @file: path of its file
 * @fd: (transfer full): a copy of the file
 * @settings: a{ss}: its group of the configuration
 */
AqPlugin *
aq_plugin_new (const char *id,
               guint       generation,
               const char *file,
               int         fd,
               GVariant   *settings)
{
  AqPlugin *self = g_new0 (AqPlugin, 1);

  self->ref_count = 1;
  self->generation = generation;
  self->id = g_strdup (id);
  self->file = g_strdup (file);
  self->fd = fd;
  self->settings = g_variant_ref (settings);
  self->functions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, function_free);
  return self;
}

AqPlugin *
aq_plugin_ref (AqPlugin *self)
{
  self->ref_count++;
  return self;
}

void
aq_plugin_unref (AqPlugin *self)
{
  if (--self->ref_count > 0)
    return;

  (void) close (self->fd); /* sealed: nothing is lost */
  g_hash_table_unref (self->functions);
  g_variant_unref (self->settings);
  g_free (self->id);
  g_free (self->file);
  g_free (self->build);
  g_free (self->version);
  g_free (self);
}

/* @name: plugin.function; @options: copied */
void
aq_plugin_add_function (AqPlugin                *self,
                        const char              *name,
                        const char              *result_type,
                        const AqFunctionOptions *options)
{
  AqPluginFunction *function = g_new0 (AqPluginFunction, 1);

  function->plugin = self;
  function->name = g_strdup (name);
  function->result_type = g_strdup (result_type);
  aq_function_options_copy (&function->options, options);
  g_hash_table_replace (self->functions, function->name, function);
}

/* what somebody should know of it: a limit that cannot be granted. Returns: whether that is new */
gboolean
aq_plugin_function_add_note (AqPluginFunction *self,
                             const char       *note)
{
  if (self->notes == NULL)
    self->notes = g_ptr_array_new_with_free_func (g_free);
  if (g_ptr_array_find_with_equal_func (self->notes, note, g_str_equal, NULL))
    return FALSE;
  g_ptr_array_add (self->notes, g_strdup (note));
  return TRUE;
}

/**
 * aq_plugin_function_ran:
 * @self: a function
 * @run_nsec: how long it ran, as its worker measured
 *
 * Adjusts what is known. In the mean a single run counts for at most eight times
 * the mean: a worker that had to wait for a processor must not make a short
 * function a long one, and one that has become long is known as such after a few
 * runs. What is typical moves by a tenth with each run, whatever that took.
 */
void
aq_plugin_function_ran (AqPluginFunction *self,
                        guint64           run_nsec)
{
  double nsec = MAX ((double) run_nsec, 1);

  if (!self->measured)
    {
      self->mean_nsec = nsec;
      self->typical_nsec = nsec;
      self->measured = TRUE;
      return;
    }
  self->typical_nsec *= nsec > self->typical_nsec ? 1.1 : 0.9;
  nsec = MIN (nsec, 8 * self->mean_nsec + 20000);
  self->mean_nsec += (nsec - self->mean_nsec) / 4;
}

/* whether it runs a millisecond or more, or may */
gboolean
aq_plugin_function_is_long (const AqPluginFunction *self)
{
  return !self->measured || self->mean_nsec >= AQ_WIRE_SHORT_NSEC;
}

/**
 * aq_plugin_function_is_tiny:
 * @self: a function
 *
 * Whether it is so short that running it again matters to nobody: its jobs are
 * handed over in batches, and before the ends of earlier ones are flushed.
 */
gboolean
aq_plugin_function_is_tiny (const AqPluginFunction *self)
{
  return self->measured && self->typical_nsec < TINY_NSEC && !aq_plugin_function_is_concurrent (self);
}

/* whether a worker begins several jobs of it beside each other */
gboolean
aq_plugin_function_is_concurrent (const AqPluginFunction *self)
{
  return self->options.n_concurrent > 1;
}

/* how long a run of it is expected to keep a worker busy, ns; AQ_WIRE_SHORT_NSEC or more: alone */
double
aq_plugin_function_cost (const AqPluginFunction *self)
{
  return aq_plugin_function_is_tiny (self) ? self->mean_nsec + OVERHEAD_NSEC : AQ_WIRE_SHORT_NSEC;
}
