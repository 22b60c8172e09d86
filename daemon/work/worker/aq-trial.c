/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * asyncq-worker --run: one function, without a daemon
 *
 * For people who write a plugin: what a daemon would do with what the function
 * asks for is told on stderr, and its result is printed. Annotations are those that
 * it sets itself, and nobody else sets any: so a wait for one is over at once. The
 * plugin is set up before, and torn down afterwards; a deferred job has the main loop.
 */

#include "config.h"

#include "work/worker/aq-trial.h"

#include "libasyncq/asyncq-error.h"
#include "work/worker/aq-loaded-plugin.h"
#include "work/worker/aq-worker-context.h"

#include <glib/gstdio.h>

#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#define TRIAL_JOB 1

typedef struct
{
  GHashTable *annotations; /* char * → GVariant */
  pthread_mutex_t lock;    /* guards it: the function may have threads */
} Trial;

G_GNUC_PRINTF (1, 2)
static void
tell_people (const char *format,
             ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("%s\n", text);
}

static char *
print_value (const AqWireValue *value)
{
  g_autoptr(GVariant) variant = aq_wire_value_dup (value);

  return variant == NULL ? g_strdup ("nothing") : g_variant_print (variant, TRUE);
}

static gboolean
check_job (guint64   id,
           GError  **error)
{
  if (id == 0 || id == TRIAL_JOB)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB, "there is no job %" G_GUINT64_FORMAT ": only this one, %d",
               id, TRIAL_JOB);
  return FALSE;
}

static void
set_annotation (Trial           *self,
                const AqWireAsk *ask)
{
  GVariant *value = aq_wire_value_dup (&ask->value);

  pthread_mutex_lock (&self->lock);
  if (value != NULL)
    g_hash_table_replace (self->annotations, g_strdup (ask->name), value);
  else
    g_hash_table_remove (self->annotations, ask->name);
  pthread_mutex_unlock (&self->lock);
}

static gboolean
tell (AqWireAsk  *ask,
      gpointer    user_data,
      GError    **error)
{
  g_autofree char *text = print_value (&ask->value);

  tell_people ("annotation %s: %s", ask->name, text);
  if (check_job (ask->job, NULL))
    set_annotation (user_data, ask);
  return TRUE;
}

static gboolean
get_annotation (Trial      *self,
                AqWireAsk  *ask,
                GVariant  **out_value,
                GError    **error)
{
  GVariant *value;

  if (!check_job (ask->job, error))
    return FALSE;
  pthread_mutex_lock (&self->lock);
  value = g_hash_table_lookup (self->annotations, ask->name);
  if (value != NULL)
    *out_value = g_variant_ref (value);
  pthread_mutex_unlock (&self->lock);
  if (value == NULL)
    tell_people ("annotation %s: nobody sets it here", ask->name);
  return TRUE;
}

static gboolean
ask (AqWireAsk  *ask,
     GVariant  **out_value,
     gpointer    user_data,
     GError    **error)
{
  g_autofree char *text = print_value (&ask->value);

  switch (ask->question)
    {
    case AQ_WIRE_GET_ANNOTATION:
      return get_annotation (user_data, ask, out_value, error);
    case AQ_WIRE_SET_CHECKPOINT:
      tell_people ("checkpoint: %s", text);
      return TRUE;
    case AQ_WIRE_BEGIN_ONCE:
      tell_people ("once %s: begins", ask->name);
      return TRUE;
    case AQ_WIRE_END_ONCE:
      tell_people ("once %s: %s", ask->name, ask->value.type == NULL ? "did not come to pass" : text);
      return TRUE;
    default:
      return tell (ask, user_data, error);
    }
}

static void
set_progress (guint64   lease,
              GVariant *progress,
              gpointer  user_data)
{
  const char *message;
  guint64 count, total;
  double fraction;

  g_variant_get (progress, "(dtt&s)", &fraction, &count, &total, &message);
  if (fraction >= 0)
    g_printerr ("progress: %.0f %%", fraction * 100);
  else
    g_printerr ("progress:");
  if (total > 0)
    g_printerr (" %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, count, total);
  tell_people ("%s%s", *message != '\0' ? " " : "", message);
}

/* from any thread: the one that waits for it looks */
static void
ended (guint64  lease,
       gpointer user_data)
{
  g_main_context_wakeup (NULL);
}

static void
log_line (AqWireAsk *ask,
          gpointer   user_data)
{
  static const char * const words[] = { "critical", "warning", "message", "info", "debug" };
  guint32 level;

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_WIRE_MAX_LEVEL + 1);

  memcpy (&level, ask->value.data, sizeof level); /* our own context has written it */
  tell_people ("%s: %s", words[level], ask->name);
}

static const AqWorkerContextHooks hooks = { ask, tell, set_progress, ended, log_line };

/* Returns: (transfer none) (nullable): what "FILE:FUNCTION" names */
static AqLoadedFunction *
load_function (const char      *word,
               AqLoadedPlugin **out_plugin,
               GError         **error)
{
  const char *colon = strrchr (word, ':');
  g_autofree char *file = colon == NULL ? NULL : g_strndup (word, (gsize) (colon - word));
  g_autofree char *id = file == NULL ? NULL : g_path_get_basename (file);
  AqLoadedPlugin *plugin;
  int fd;

  if (file == NULL || !g_str_has_suffix (id, ".so"))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI, "found '%s', wanted ID.so:FUNCTION", word);
      return NULL;
    }
  id[strlen (id) - strlen (".so")] = '\0';
  fd = g_open (file, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI, "could not open plugin '%s'", file);
      return NULL;
    }
  plugin = aq_loaded_plugin_open (fd, file, id, error);
  if (plugin == NULL)
    return NULL;
  for (guint i = 0; i < plugin->functions->len; i++)
    {
      AqLoadedFunction *function = g_ptr_array_index (plugin->functions, i);

      if (g_str_equal (function->name, colon + 1) || g_str_equal (function->full_name, colon + 1))
        {
          *out_plugin = plugin;
          return function;
        }
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI, "plugin '%s' has no function '%s'", file, colon + 1);
  return NULL;
}

static GVariant *
bind_words (const AqLoadedFunction  *function,
            const char * const      *words,
            GError                 **error)
{
  g_autoptr(GVariant) positional = NULL;
  g_autoptr(GVariant) named = NULL;

  if (!asyncq_signature_parse_words (function->signature, words, 0, &positional, &named, error))
    return NULL;
  return asyncq_signature_bind (function->signature, positional, named, 0, error);
}

/* @type: (nullable): of which it has to be. FALSE, with @error set, if @text is there and is none */
static gboolean
parse_value (const char   *text,
             const char   *type,
             GVariant    **out_value,
             GError      **error)
{
  if (text == NULL)
    return TRUE;
  *out_value = g_variant_parse (type == NULL ? NULL : G_VARIANT_TYPE (type), text, NULL, NULL, error);
  return *out_value != NULL;
}

static void
tell_effects (AqWorkerContext *context)
{
  g_autoptr(GVariant) puts = aq_worker_context_dup_puts (context);
  GVariant *object = aq_worker_context_get_changed (context);

  for (gsize i = 0; puts != NULL && i < g_variant_n_children (puts); i++)
    {
      g_autoptr(GVariant) entry = g_variant_get_child_value (puts, i);
      g_autofree char *text = g_variant_print (entry, TRUE);

      tell_people ("%s: %s", i == aq_worker_context_get_returned (context) ? "returns job" : "puts job", text);
    }
  if (object != NULL)
    {
      g_autofree char *text = g_variant_print (object, TRUE);

      tell_people ("object: %s", text);
    }
}

/* Runs the main loop until the job has ended. */
static GVariant *
wait_for_end (const AqLoadedFunction  *function,
              AqWorkerContext         *context,
              GError                 **error)
{
  GVariant *value = NULL;

  if (!function->deferred)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_RESULT,
                   "'%s' deferred its end, which it does not declare: 'deferred' belongs into its options",
                   function->full_name);
      return NULL;
    }
  while (!aq_worker_context_take_end (context, &value, error))
    (void) g_main_context_iteration (NULL, TRUE);
  return value;
}

static GVariant *
run_function (const AqLoadedPlugin    *plugin,
              const AqLoadedFunction  *function,
              AqWorkerContext         *context,
              GVariant                *arguments,
              GError                 **error)
{
  GVariant *value;

  if (plugin->set_up != NULL && !plugin->set_up (ASYNCQ_JOB_CONTEXT (context), error))
    {
      if (*error == NULL)
        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "it does not say why");
      g_prefix_error (error, "could not set up plugin '%s': ", plugin->id);
      return NULL;
    }
  value = function->call (ASYNCQ_JOB_CONTEXT (context), arguments, error);
  if (value != NULL)
    value = g_variant_take_ref (value);
  else if (*error == NULL && aq_worker_context_is_deferred (context))
    value = wait_for_end (function, context, error);
  if (plugin->tear_down != NULL)
    plugin->tear_down ();
  return value;
}

static int
call (const AqLoadedPlugin   *plugin,
      const AqLoadedFunction *function,
      AqWorkerContext        *context,
      GVariant               *arguments)
{
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  gboolean returned_job;

  value = run_function (plugin, function, context, arguments, &error);
  returned_job = aq_worker_context_get_returned (context) != AQ_WIRE_NONE_RETURNED;
  if (error == NULL && aq_worker_context_get_snooze (context) >= 0)
    {
      tell_people ("snoozes: %.6g s", (double) aq_worker_context_get_snooze (context) / G_USEC_PER_SEC);
      return 0;
    }
  if (error != NULL || !aq_loaded_function_check_result (function, returned_job, &value, &error))
    {
      tell_people ("failed: %s (%s %d)", error->message, g_quark_to_string (error->domain), error->code);
      return AQ_TRIAL_EXIT_FAILED;
    }
  tell_effects (context);
  if (value == NULL || g_variant_is_of_type (value, G_VARIANT_TYPE_UNIT))
    return 0;
  text = g_variant_print (value, FALSE);
  g_print ("%s\n", text);
  return 0;
}

/**
 * aq_trial_run:
 * @words: "FILE:FUNCTION", and the arguments as asyncqctl run takes them
 * @object: (nullable): the value of its object, a GVariant in text form
 * @checkpoint: (nullable): likewise, what an earlier attempt has left
 *
 * Runs a function.
 *
 * Returns: an exit status
 */
int
aq_trial_run (const char * const *words,
              const char         *object,
              const char         *checkpoint)
{
  Trial trial = { g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref) };
  g_autoptr(GVariant) object_value = NULL;
  g_autoptr(GVariant) checkpoint_value = NULL;
  g_autoptr(GVariant) arguments = NULL;
  g_autoptr(GError) error = NULL;
  AqWireRun run = { .id = TRIAL_JOB, .lease = 1, .attempt = 1, .queue = "" };
  g_autoptr(AqWorkerContext) context = NULL;
  AqLoadedPlugin *plugin = NULL;
  AqLoadedFunction *function = load_function (words[0], &plugin, &error);

  if (function == NULL)
    {
      tell_people ("asyncq-worker: %s", error->message);
      return AQ_WIRE_EXIT_REFUSED;
    }
  arguments = bind_words (function, words + 1, &error);
  if (arguments == NULL || !parse_value (object, function->object, &object_value, &error) ||
      !parse_value (checkpoint, NULL, &checkpoint_value, &error))
    {
      tell_people ("asyncq-worker: %s: %s", function->full_name, error->message);
      return 2;
    }
  if (function->object != NULL && object_value == NULL)
    {
      tell_people ("asyncq-worker: %s is bound to an object of type '%s': give it one with --object=VALUE",
                   function->full_name, function->object);
      return 2;
    }
  run.function = function->full_name;
  aq_wire_value_set (&run.object, object_value);
  aq_wire_value_set (&run.checkpoint, checkpoint_value);
  pthread_mutex_init (&trial.lock, NULL);
  context = aq_worker_context_new ("trial", &hooks, &trial);
  aq_worker_context_begin (context, &run, NULL);
  return call (plugin, function, context, arguments);
}
