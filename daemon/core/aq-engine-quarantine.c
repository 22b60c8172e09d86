/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: quarantine
 */

#include "config.h"

#include "core/aq-engine-quarantine.h"

#include "core/aq-engine-private.h"
#include "core/aq-quarantine.h"

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

/**
 * aq_engine_set_quarantine:
 * @self: an engine
 * @n_jobs: how many different jobs have to crash within ten minutes for their
 *   function to be quarantined, 10 at most; 0: none is, but those that are
 *
 * Since: 0.1
 */
void
aq_engine_set_quarantine (AqEngine *self,
                          guint     n_jobs)
{
  g_assert (n_jobs <= AQ_QUARANTINE_MAX_JOBS);
  self->quarantine_jobs = n_jobs;
}

typedef struct
{
  const char *name;
  GVariant   *value;
} ReadEvent;

static gboolean
read_quarantine (AqTransaction  *transaction,
                 gpointer        read_event,
                 GError        **error)
{
  ReadEvent *event = read_event;

  event->value = aq_quarantine_view (transaction, event->name);
  return TRUE;
}

/**
 * aq_engine_dup_quarantine:
 * @self: an engine
 * @name: plugin.function
 *
 * Returns: (transfer full) (nullable): what aq_quarantine_view() says, at this
 *   moment, flushed or not; %NULL if the function is not quarantined
 *
 * Since: 0.1
 */
GVariant *
aq_engine_dup_quarantine (AqEngine   *self,
                          const char *name)
{
  ReadEvent event = { name, NULL };

  aq_store_apply (self->store, &aq_engine_self, read_quarantine, &event, on_applied, NULL);
  return event.value;
}

/**
 * aq_engine_tell_quarantine:
 * @self: an engine
 * @name: a function that is quarantined since now
 *
 * Since: 0.1
 */
void
aq_engine_tell_quarantine (AqEngine   *self,
                           const char *name)
{
  g_autoptr(GVariant) quarantine = aq_engine_dup_quarantine (self, name);
  const char *build = "";

  if (quarantine == NULL)
    return;
  (void) g_variant_lookup (quarantine, "build", "&s", &build);
  g_warning ("function '%s' is quarantined: build %.16s of its plugin crashed with %u different jobs within 10 "
             "minutes; its jobs wait for \"asyncqctl plugin release %s\", or a new build",
             name, build, self->quarantine_jobs, name);
}

/**
 * aq_engine_functions_changed:
 * @self: an engine
 *
 * Plugins have come or gone: jobs whose function was missing may be claimable. A
 * function of which there is a new build is quarantined no longer.
 *
 * Since: 0.1
 */
void
aq_engine_functions_changed (AqEngine *self)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  AqNewBuildsEvent event = { self->functions, names };

  if (self->running)
    aq_store_apply (self->store, &aq_engine_self, aq_rule_note_new_builds, &event, on_applied, NULL);
  for (guint i = 0; i < names->len; i++)
    g_message ("function '%s' is quarantined no longer: there is another build of its plugin",
               (const char *) g_ptr_array_index (names, i));
  aq_engine_poke (self);
}

static void
free_release_event (gpointer data)
{
  AqReleaseFunctionEvent *event = data;

  g_free ((char *) event->name);
  g_free (event);
}

/**
 * aq_engine_release_function:
 * @self: an engine
 * @actor: who asked for it
 * @name: plugin.function
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Lets jobs of a quarantined function run again.
 *
 * Errors: those of aq_rule_release_function().
 *
 * Since: 0.1
 */
void
aq_engine_release_function (AqEngine      *self,
                            const AqActor *actor,
                            const char    *name,
                            AqEngineDone   done,
                            gpointer       user_data)
{
  AqReleaseFunctionEvent *event = g_new (AqReleaseFunctionEvent, 1);
  const AqEngineRequest request = {
    .rule = aq_rule_release_function,
    .event = event,
    .free_event = free_release_event,
    .done = done,
    .user_data = user_data,
  };

  *event = (AqReleaseFunctionEvent) { g_strdup (name), self->functions };
  aq_engine_apply_request (self, actor, &request);
}
