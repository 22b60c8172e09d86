/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Functions that note something for others, or leave something to the next
 * attempt. Some die in between, and wait for a test to see them there.
 */

#include <asyncq-plugin.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void
die (void)
{
  (void) raise (SIGKILL);
}

/* one write a line, so that a test counts how often it came here */
static void
append_line (const char *path,
             const char *line)
{
  int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

  if (fd < 0 || write (fd, line, strlen (line)) < 0)
    die (); /* then the test fails */
  (void) close (fd); /* nothing is lost: the write itself was checked */
}

/* (job, key, value): sets an annotation */
ASYNCQ_EXPORT GVariant *
notes_set (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  g_autoptr(GVariant) value = NULL;
  const char *key;
  guint64 id;

  g_variant_get (arguments, "(t&sv)", &id, &key, &value);
  (void) asyncq_job_context_set_annotation (job, id, key, value, error); /* there is no value in either case */
  return NULL;
}

/* (job, key, timeout): waits for an annotation, and returns it, or nothing */
ASYNCQ_EXPORT GVariant *
notes_get (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  g_autoptr(GVariant) value = NULL;
  GVariantBuilder found;
  g_autoptr(GError) failure = NULL;
  const char *key;
  gint64 timeout_usec;
  guint64 id;

  g_variant_get (arguments, "(t&sx)", &id, &key, &timeout_usec);
  value = asyncq_job_context_get_annotation (job, id, key, timeout_usec, 0, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  g_variant_builder_init (&found, G_VARIANT_TYPE ("av"));
  if (value != NULL)
    g_variant_builder_add (&found, "v", value);
  return g_variant_builder_end (&found);
}

/* (n): sets n annotations of one name, and returns the last one */
ASYNCQ_EXPORT GVariant *
notes_flood (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  guint32 n;

  g_variant_get (arguments, "(u)", &n);
  for (guint32 i = 1; i <= n; i++)
    if (!asyncq_job_context_set_annotation (job, 0, "count", g_variant_new_uint32 (i), error))
      return NULL;
  return asyncq_job_context_get_annotation (job, 0, "count", 0, 0, error);
}

/* (n): tells n times how far it is */
ASYNCQ_EXPORT GVariant *
notes_progress (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  guint32 n;

  g_variant_get (arguments, "(u)", &n);
  for (guint32 i = 1; i <= n; i++)
    asyncq_job_context_set_progress (job, -1, i, n, "counting");
  return NULL;
}

typedef struct
{
  AsyncqJobContext *job;
  guint             number;
} Talker;

static void *
help (void *data)
{
  Talker *talker = data;
  g_autofree char *key = g_strdup_printf ("talker-%u", talker->number);
  g_autoptr(GVariant) value = NULL;

  for (guint i = 0; i < 100; i++)
    asyncq_job_context_set_progress (talker->job, -1, i, 100, key);
  (void) asyncq_job_context_set_annotation (talker->job, 0, key, g_variant_new_boolean (TRUE), NULL);
  value = asyncq_job_context_get_annotation (talker->job, 0, key, -1, 0, NULL);
  return value == NULL ? NULL : data;
}

/* asks from several threads at once. Returns: how many of them saw what they had set */
ASYNCQ_EXPORT GVariant *
notes_threads (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  Talker talkers[4];
  pthread_t threads[G_N_ELEMENTS (talkers)];
  guint32 n_good = 0;

  for (guint i = 0; i < G_N_ELEMENTS (talkers); i++)
    {
      talkers[i] = (Talker) { job, i };
      if (pthread_create (&threads[i], NULL, help, &talkers[i]) != 0)
        die ();
    }
  for (guint i = 0; i < G_N_ELEMENTS (talkers); i++)
    {
      void *good = NULL;

      (void) pthread_join (threads[i], &good); /* cannot fail: it is ours */
      n_good += good != NULL;
    }
  return g_variant_new_uint32 (n_good);
}

/* (deaths): counts its attempts in a checkpoint, and dies in the first ones. Returns: the count */
ASYNCQ_EXPORT GVariant *
notes_checkpoint (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  g_autoptr(GVariant) before = asyncq_job_context_dup_checkpoint (job);
  guint32 count = 1;
  guint32 n_deaths;

  g_variant_get (arguments, "(u)", &n_deaths);
  if (before != NULL)
    count += g_variant_get_uint32 (before);
  if (!asyncq_job_context_set_checkpoint (job, g_variant_new_uint32 (count), error))
    return NULL;
  if (count <= n_deaths)
    die ();
  return g_variant_new_uint32 (count);
}

typedef struct
{
  const char *path;
  const char *how;
} Effect;

static GVariant *
have_effect (AsyncqJobContext  *job,
             gpointer           user_data,
             GError           **error)
{
  const Effect *effect = user_data;
  gboolean is_first = asyncq_job_context_get_attempt (job) == 1;

  if (is_first && g_str_equal (effect->how, "fail"))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "not now");
      return NULL;
    }
  if (is_first && g_str_equal (effect->how, "die"))
    die ();
  append_line (effect->path, "effect\n");
  if (is_first && g_str_equal (effect->how, "die late"))
    die ();
  if (is_first && g_str_equal (effect->how, "wait"))
    (void) pause (); /* until somebody kills it */
  return g_variant_new_uint32 (asyncq_job_context_get_attempt (job));
}

/* (path, how): has an effect once, a line in a file. Returns: the attempt that had it; 0 if it is in doubt */
ASYNCQ_EXPORT GVariant *
notes_once (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  g_autoptr(GVariant) result = NULL;
  g_autoptr(GError) failure = NULL;
  Effect effect;

  g_variant_get (arguments, "(&s&s)", &effect.path, &effect.how);
  result = asyncq_job_context_once (job, "effect", have_effect, &effect, &failure);
  if (g_error_matches (failure, ASYNCQ_ERROR, ASYNCQ_ERROR_IN_DOUBT))
    return g_variant_new_uint32 (0);
  if (result == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  if (asyncq_job_context_get_attempt (job) == 1 && g_str_equal (effect.how, "die after"))
    die ();
  return g_steal_pointer (&result);
}

/* (by, how): adds to the job's object. Returns: the sum */
ASYNCQ_EXPORT GVariant *
notes_add (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  g_autoptr(GVariant) before = asyncq_job_context_dup_object (job);
  const char *how;
  guint32 by;

  g_variant_get (arguments, "(u&s)", &by, &how);
  by += g_variant_get_uint32 (before);
  if (!asyncq_job_context_set_object (job, g_variant_new_uint32 (by), error))
    return NULL;
  if (g_str_equal (how, "wrong"))
    (void) asyncq_job_context_set_object (job, g_variant_new_string ("no number"), error);
  else if (g_str_equal (how, "fail"))
    g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "on purpose");
  else if (g_str_equal (how, "snooze") && asyncq_job_context_get_attempt (job) == 1)
    {
      asyncq_job_context_snooze (job, 0);
      return NULL;
    }
  else if (g_str_equal (how, "wait"))
    {
      g_autoptr(GVariant) go = asyncq_job_context_get_annotation (job, 0, "go", -1, 0, error);

      (void) go; /* that it is there is enough */
    }
  return error != NULL && *error != NULL ? NULL : g_variant_new_uint32 (by);
}

static const AsyncqFunction functions[] = {
  { "add", "by u, how s = ''", "u", "Adds to its object", "u" },
  { "checkpoint", "deaths u", "u", "Counts its attempts" },
  { "flood", "n u", "u", "Sets many annotations" },
  { "get", "job t, key s, timeout x", "av", "Waits for an annotation" },
  { "once", "path s, how s", "u", "Has an effect once" },
  { "progress", "n u", "()", "Tells how far it is, often" },
  { "set", "job t, key s, value v", "()", "Sets an annotation" },
  { "threads", "", "u", "Asks from several threads" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "notes",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
