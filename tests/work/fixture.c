/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * An engine over the memory store, with real workers and a plugin directory of its own
 *
 * Nothing here sleeps: whatever is waited for turns the main loop until it is
 * there, and meson's time limit ends a test that waits in vain.
 */

#include "config.h"

#include "fixture.h"

#include "core/aq-engine-annotations.h"
#include "core/aq-engine-quarantine.h"
#include "core/aq-engine-queues.h"

#include "store/aq-memory-store.h"

#include <glib/gstdio.h>


const char *
built_worker (void)
{
  return g_getenv ("ASYNCQ_TEST_WORKER");
}

/* path of a built plugin, a shipped one or one of the tests */
char *
built_plugin (const char *name)
{
  static const char * const shipped[] = { "demo", "examples", "exec", "pi", NULL };
  const char *build = g_getenv ("ASYNCQ_TEST_BUILD");
  g_autofree char *file = g_strconcat (name, ".so", NULL);

  if (g_strv_contains (shipped, name))
    return g_build_filename (build, "plugins", name, file, NULL);
  return g_build_filename (build, "tests", "plugins", file, NULL);
}

char *
fixture_path (Fixture    *self,
              const char *name)
{
  return g_build_filename (self->directory, name, NULL);
}

/* makes a file in the plugin directory, all at once as a good installer does */
void
fixture_write_file (Fixture    *self,
                    const char *name,
                    const char *content,
                    int         mode)
{
  g_autofree char *path = fixture_path (self, name);
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (path, content, -1, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
}

/* drops the built plugin @source in, as @name.so */
void
fixture_add_plugin (Fixture    *self,
                    const char *source,
                    const char *name)
{
  g_autofree char *from = built_plugin (source);
  g_autofree char *file = g_strconcat (name, ".so", NULL);
  g_autofree char *temporary_name = g_strconcat (".", file, NULL);
  g_autofree char *temporary = fixture_path (self, temporary_name);
  g_autofree char *path = fixture_path (self, file);
  g_autofree char *bytes = NULL;
  g_autoptr(GError) error = NULL;
  gsize size;

  g_file_get_contents (from, &bytes, &size, &error);
  g_assert_no_error (error);
  g_file_set_contents (temporary, bytes, (gssize) size, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (temporary, 0644), ==, 0);
  g_assert_cmpint (g_rename (temporary, path), ==, 0);
}

void
fixture_turn (void)
{
  g_main_context_iteration (NULL, TRUE);
}

static void
on_started (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static void
start_work (Fixture               *self,
            const char            *directory,
            const AqRecycleLimits *recycle)
{
  const char *directories[] = { directory, NULL };
  g_autoptr(GHashTable) settings = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                                          (GDestroyNotify) g_variant_unref);
  AqWorkSettings work_settings = {
    .worker_program = built_worker (),
    .plugin_directories = directories,
    .plugin_settings = settings,
    .stop_timeout_usec = AQ_WORK_DEFAULT_STOP_TIMEOUT_USEC,
    .kill_timeout_usec = AQ_WORK_DEFAULT_KILL_TIMEOUT_USEC,
    .worker_max_jobs = recycle->max_jobs,
    .worker_max_memory_bytes = recycle->max_memory_bytes,
  };
  g_autofree char *journal = g_build_filename (directory, "journal", NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_hash_table_insert (settings, (gpointer) "exec",
                       g_variant_ref_sink (g_variant_new_parsed ("{'programs': '/bin/echo; /bin/sh;/bin/false'}")));
  g_hash_table_insert (settings, (gpointer) "later",
                       g_variant_ref_sink (g_variant_new_parsed ("{'journal': %s}", journal)));
  self->work = aq_work_new (self->engine, &work_settings);
  aq_work_start_async (self->work, NULL, on_started, &result);
  while (result == NULL)
    fixture_turn ();
  g_assert_true (aq_work_start_finish (self->work, result, &error));
  g_assert_no_error (error);
}

static void
start_engine (Fixture *self,
              guint    size)
{
  g_autoptr(AqAgent) agent = NULL;
  g_autoptr(GError) error = NULL;

  self->store = aq_memory_store_new (self->clock);
  g_assert_true (aq_store_open (self->store, &error));
  self->engine = aq_engine_new (self->store, self->clock);
  aq_engine_set_quarantine (self->engine, 0); /* one function may crash in many tests */
  agent = aq_agent_new (AQ_AGENT_DEFAULT_NAME, size, "", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (aq_engine_configure_agent (self->engine, agent, &error));
  aq_engine_configure_queue (self->engine, "mail");
  g_assert_true (aq_engine_start (self->engine, &error));
  g_assert_no_error (error);
}

static const AqRecycleLimits never = { 0 };

static Fixture *
new_fixture (guint                  size,
             const char * const    *plugins,
             AqClock               *clock,
             const char            *directory,
             const AqRecycleLimits *recycle)
{
  Fixture *self = g_new0 (Fixture, 1);
  g_autoptr(GError) error = NULL;

  self->directory = g_dir_make_tmp ("asyncq-work-XXXXXX", &error);
  g_assert_no_error (error);
  for (guint i = 0; plugins != NULL && plugins[i] != NULL; i++)
    fixture_add_plugin (self, plugins[i], plugins[i]);
  self->clock = aq_clock_ref (clock);
  start_engine (self, size);
  start_work (self, directory == NULL ? self->directory : directory, recycle);
  return self;
}

/* @plugins: (nullable): names of built plugins */
Fixture *
fixture_new (guint               size,
             const char * const *plugins)
{
  g_autoptr(AqClock) clock = aq_clock_new_system ();

  return new_fixture (size, plugins, clock, NULL, &never);
}

Fixture *
fixture_new_with_clock (guint               size,
                        const char * const *plugins,
                        AqClock            *clock)
{
  return new_fixture (size, plugins, clock, NULL, &never);
}

/* with workers that are replaced */
Fixture *
fixture_new_recycling (guint                  size,
                       const char * const    *plugins,
                       const AqRecycleLimits *recycle)
{
  g_autoptr(AqClock) clock = aq_clock_new_system ();

  return new_fixture (size, plugins, clock, NULL, recycle);
}

/* with another plugin directory than its own */
Fixture *
fixture_new_in (guint       size,
                const char *directory)
{
  g_autoptr(AqClock) clock = aq_clock_new_system ();

  return new_fixture (size, NULL, clock, directory, &never);
}

void
remove_directory (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_unlink (child) < 0)
        remove_directory (child);
    }
  (void) g_rmdir (path); /* what is left behind is in the temporary folder */
}

void
fixture_free (Fixture *self)
{
  aq_work_free (self->work);
  aq_engine_free (self->engine);
  g_object_unref (self->store);
  aq_clock_unref (self->clock);
  remove_directory (self->directory);
  g_free (self->directory);
  g_free (self);
}

typedef struct
{
  gboolean done;
  guint64  id;
} Submitted;

static void
on_submitted (const guint64 *ids,
              guint          n_ids,
              const GError  *error,
              gpointer       user_data)
{
  Submitted *submitted = user_data;

  g_assert_no_error (error);
  submitted->done = TRUE;
  submitted->id = ids[0];
}

/* @entries: aa{sv} in GVariant text. Returns: the first one's id */
guint64
fixture_submit (Fixture    *self,
                const char *entries)
{
  static const AqActor actor = { 0, "" };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) list = g_variant_parse (G_VARIANT_TYPE ("aa{sv}"), entries, NULL, NULL, &error);
  Submitted submitted = { FALSE };

  g_assert_no_error (error);
  aq_engine_submit_entries (self->engine, &actor, list, on_submitted, &submitted);
  while (!submitted.done)
    fixture_turn ();
  return submitted.id;
}

/* @arguments: a tuple in GVariant text */
guint64
fixture_call (Fixture    *self,
              const char *function,
              const char *arguments)
{
  g_autofree char *entries = g_strdup_printf ("[{'function': <'%s'>, 'arguments': <%s>}]", function, arguments);

  return fixture_submit (self, entries);
}

typedef struct
{
  gboolean done;
  Ending   ending;
} Awaited;

static void
on_awaited (AsyncqJobOutcome  outcome,
            AqResult         *result,
            const GError     *error,
            gpointer          user_data)
{
  Awaited *awaited = user_data;

  g_assert_no_error (error);
  awaited->done = TRUE;
  awaited->ending.outcome = outcome;
  awaited->ending.value = g_variant_take_ref (aq_result_to_variant (result));
}

Ending
fixture_wait (Fixture *self,
              guint64  id)
{
  Awaited awaited = { FALSE };

  (void) aq_engine_wait (self->engine, id, on_awaited, &awaited); /* is over when it is called */
  while (!awaited.done)
    fixture_turn ();
  return awaited.ending;
}

Ending
fixture_run (Fixture    *self,
             const char *function,
             const char *arguments)
{
  return fixture_wait (self, fixture_call (self, function, arguments));
}

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  g_assert_no_error (error);
  *(GVariant **) user_data = g_variant_ref (value);
}

/* a{sv} of the job's properties */
GVariant *
fixture_read (Fixture *self,
              guint64  id)
{
  GVariant *value = NULL;

  aq_engine_read_job (self->engine, id, on_read, &value);
  while (value == NULL)
    fixture_turn ();
  return value;
}

char *
fixture_state (Fixture *self,
               guint64  id)
{
  g_autoptr(GVariant) job = fixture_read (self, id);
  char *state = NULL;

  g_assert_true (g_variant_lookup (job, "State", "s", &state));
  return state;
}

GArray *
fixture_pids (Fixture *self)
{
  return aq_work_dup_pids (self->work, AQ_AGENT_DEFAULT_NAME);
}

void
ending_clear (Ending *ending)
{
  g_clear_pointer (&ending->value, g_variant_unref);
}

void
assert_value (Ending      ending,
              const char *text)
{
  g_autofree char *printed = g_variant_print (ending.value, TRUE);

  g_assert_cmpstr (printed, ==, text);
  g_assert_cmpint (ending.outcome, ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
  ending_clear (&ending);
}

void
assert_failure (Ending       ending,
                AsyncqError  code,
                const char  *pattern)
{
  const char *domain, *message;
  gint32 found;

  g_assert_cmpint (ending.outcome, ==, ASYNCQ_JOB_OUTCOME_FAILED);
  g_variant_get (ending.value, "(&si&s)", &domain, &found, &message);
  if (!g_regex_match_simple (pattern, message, 0, 0))
    g_test_message ("the message is '%s'", message);
  g_assert_true (g_regex_match_simple (pattern, message, 0, 0));
  g_assert_cmpstr (domain, ==, "asyncq-error-quark");
  g_assert_cmpint (found, ==, code);
  ending_clear (&ending);
}

static void
on_annotated (const GError *error,
              gpointer      user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

/* from outside, as a client does */
void
fixture_annotate (Fixture    *self,
                  guint64     id,
                  const char *key,
                  const char *value)
{
  static const AqActor somebody = { 1000, ":1.7" };
  gboolean done = FALSE;

  aq_engine_annotate (self->engine, &somebody, id, 0, key, g_variant_new_parsed (value), on_annotated, &done);
  while (!done)
    fixture_turn ();
}
