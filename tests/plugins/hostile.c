/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Functions that give back what they must not, and some that attack the channel
 * to the daemon, whose descriptor in a worker is 3.
 */

#include <asyncq-plugin.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHANNEL 3

/* until the daemon kills us, for what was written or because it ends */
static GVariant *
wait_for_judgement (void)
{
  while (TRUE)
    (void) pause (); /* only ever returns to be called again */
  return NULL;
}

static GVariant *
write_words (const guint32 *words,
             gsize          n_words)
{
  if (write (CHANNEL, words, n_words * sizeof *words) < 0)
    return NULL; /* then the test fails */
  return wait_for_judgement ();
}

/* a frame larger than any */
ASYNCQ_EXPORT GVariant *
hostile_long_frame (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  const guint32 words[] = { 0x7ffffff8, 8 };

  return write_words (words, G_N_ELEMENTS (words));
}

ASYNCQ_EXPORT GVariant *
hostile_junk (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  const guint32 words[] = { 16, 77, 1, 2 };

  return write_words (words, G_N_ELEMENTS (words));
}

/* a frame whose fields go beyond its end */
ASYNCQ_EXPORT GVariant *
hostile_short_frame (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  const guint32 words[] = { 16, 8, 0xffffffff, 0xffffffff };

  return write_words (words, G_N_ELEMENTS (words));
}

/* "ready" a second time */
ASYNCQ_EXPORT GVariant *
hostile_ready_again (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  const guint32 words[] = { 16, 5, 1, 0 };

  return write_words (words, G_N_ELEMENTS (words));
}

/* an end of lease @lease: lease, run time, snooze, failed, snoozed, returned, no
 * object, five numbers of usage that cannot be, type, result, puts */
static void
forge_done (guint64     lease,
            const char *type,
            guint32     result)
{
  const guint32 words[] = {
    0, 8, (guint32) lease, (guint32) (lease >> 32), 1, 0, 0, 0, 0, 0, G_MAXUINT32, 0,
    G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32,
    G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, (guint32) strlen (type),
  };
  guint8 bytes[120] = { 0 };
  gsize at = sizeof words;

  memcpy (bytes, words, sizeof words);
  memcpy (bytes + at, type, strlen (type));
  at += strlen (type) + 1;
  bytes[at] = sizeof result;
  at = (at + 4 + 7) / 8 * 8;
  memcpy (bytes + at, &result, sizeof result);
  at = (at + sizeof result + 4 + 7) / 8 * 8; /* no puts */
  bytes[0] = (guint8) at;
  if (write (CHANNEL, bytes, at) < 0)
    abort (); /* then the test fails */
}

ASYNCQ_EXPORT GVariant *
hostile_foreign_lease (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  forge_done (asyncq_job_context_get_lease (job) - 1, "i", 1);
  return wait_for_judgement ();
}

static GVariant *
forge_begun (guint64 lease)
{
  const guint32 words[] = { 16, 14, (guint32) lease, (guint32) (lease >> 32) };

  return write_words (words, G_N_ELEMENTS (words));
}

ASYNCQ_EXPORT GVariant *
hostile_begin_another (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  return forge_begun (asyncq_job_context_get_lease (job) + 1000);
}

ASYNCQ_EXPORT GVariant *
hostile_begin_itself (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  return forge_begun (asyncq_job_context_get_lease (job));
}

/* says that its worker goes on, and takes its time */
ASYNCQ_EXPORT GVariant *
hostile_free_itself (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  const guint32 words[] = { 8, 15 };

  g_usleep (2000); /* it has said that it does not by then */
  if (write (CHANNEL, words, sizeof words) < 0)
    return NULL; /* then the test fails */
  return g_variant_new_int32 (1);
}

ASYNCQ_EXPORT GVariant *
hostile_wrong_type (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  forge_done (asyncq_job_context_get_lease (job), "u", 1);
  return wait_for_judgement ();
}

/* the bytes of a string that does not end */
ASYNCQ_EXPORT GVariant *
hostile_not_normal (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  forge_done (asyncq_job_context_get_lease (job), "s", 0x41414141);
  return wait_for_judgement ();
}

/* the second one has no job */
ASYNCQ_EXPORT GVariant *
hostile_done_twice (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  guint64 lease = asyncq_job_context_get_lease (job);

  forge_done (lease, "i", 1);
  forge_done (lease, "i", 1);
  return wait_for_judgement ();
}

/* a question of lease @lease: lease, number, job, timeout, poll, question, name, no value */
static void
forge_ask (guint64 lease,
           guint32 question)
{
  const guint32 words[] = {
    64, 10, (guint32) lease, (guint32) (lease >> 32), 1, 0, 0, 0, G_MAXUINT32, G_MAXUINT32, 0, 0, question, 1, 'k', 0,
  };
  guint8 bytes[72] = { 0 };

  /* "k" and its zero byte, an empty type and its zero byte, no bytes */
  memcpy (bytes, words, 15 * sizeof *words);
  bytes[0] = sizeof bytes;
  bytes[56] = 'k';
  if (write (CHANNEL, bytes, sizeof bytes) < 0)
    abort (); /* then the test fails */
}

/* waits for ever for more annotations than it may */
ASYNCQ_EXPORT GVariant *
hostile_ask_too_much (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  for (guint i = 0; i < 100; i++)
    forge_ask (asyncq_job_context_get_lease (job), 2);
  return wait_for_judgement ();
}

ASYNCQ_EXPORT GVariant *
hostile_ask_for_another (AsyncqJobContext  *job,
                         GVariant          *arguments,
                         GError           **error)
{
  forge_ask (asyncq_job_context_get_lease (job) - 1, 2);
  return wait_for_judgement ();
}

ASYNCQ_EXPORT GVariant *
hostile_ask_nonsense (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  forge_ask (asyncq_job_context_get_lease (job), 77);
  return wait_for_judgement ();
}

ASYNCQ_EXPORT GVariant *
hostile_close_channel (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  (void) close (CHANNEL); /* works */
  return wait_for_judgement ();
}

ASYNCQ_EXPORT GVariant *
hostile_wrong_result (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  return g_variant_new_string ("no number");
}

ASYNCQ_EXPORT GVariant *
hostile_no_result (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  return NULL;
}

ASYNCQ_EXPORT GVariant *
hostile_large_result (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  gsize size = 1024 * 1024 + 1;

  return g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, g_malloc0 (size), size, TRUE, g_free, NULL);
}

ASYNCQ_EXPORT GVariant *
hostile_unnormal_result (AsyncqJobContext  *job,
                         GVariant          *arguments,
                         GError           **error)
{
  return g_variant_new_from_data (G_VARIANT_TYPE_STRING, "AAAA", 4, FALSE, NULL, NULL);
}

/* an error whose text is no UTF-8 */
ASYNCQ_EXPORT GVariant *
hostile_bad_text (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "bad \xff text");
  return NULL;
}

/* returns a job and a value as well */
ASYNCQ_EXPORT GVariant *
hostile_both (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("hostile.no_result");

  if (!asyncq_job_context_return_job (job, spec, error))
    return NULL;
  return g_variant_new_int32 (1);
}

/* snoozes, and returns a value or a job as well */
ASYNCQ_EXPORT GVariant *
hostile_snooze_too (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("hostile.no_result");
  gboolean return_job;

  g_variant_get (arguments, "(b)", &return_job);
  asyncq_job_context_snooze (job, 0);
  if (!return_job)
    return g_variant_new_int32 (1);
  (void) asyncq_job_context_return_job (job, spec, error); /* there is no value to return in either case */
  return NULL;
}

ASYNCQ_EXPORT GVariant *
hostile_put_unknown (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("nobody.has_this");

  if (!asyncq_job_context_put_job (job, spec, error))
    return NULL;
  return g_variant_new_int32 (1);
}

/* tiny, so that many of it are handed over at once; unless it is told to die */
ASYNCQ_EXPORT GVariant *
hostile_maybe_die (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  gboolean die;

  g_variant_get (arguments, "(b)", &die);
  if (die)
    {
      (void) signal (SIGSEGV, SIG_DFL); /* a sanitizer shall not come between */
      (void) raise (SIGSEGV);
    }
  return NULL;
}

/* likewise; unless it is told to linger */
ASYNCQ_EXPORT GVariant *
hostile_maybe_linger (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  gboolean linger;

  g_variant_get (arguments, "(b)", &linger);
  return linger ? wait_for_judgement () : NULL;
}

static const AsyncqFunction functions[] = {
  { "ask_for_another", "", "i", "Asks in the name of another attempt" },
  { "ask_nonsense", "", "i", "Asks what there is not" },
  { "ask_too_much", "", "i", "Asks without an end" },
  { "bad_text", "", "i", "Fails with a message that is not UTF-8" },
  { "both", "", "i", "Returns a job and a value" },
  { "close_channel", "", "i", "Closes the channel" },
  { "done_twice", "", "i", "Ends its job twice" },
  { "begin_another", "", "i", "Begins a job that it does not have" },
  { "begin_itself", "", "i", "Says that it begins, which it is not to" },
  { "foreign_lease", "", "i", "Ends a job that it does not run" },
  { "free_itself", "", "i", "Says that it goes on, which it is not to" },
  { "junk", "", "i", "Writes a frame of no kind" },
  { "large_result", "", "ay", "Returns too much" },
  { "long_frame", "", "i", "Begins a frame of 2 GiB" },
  { "maybe_die", "die b", "()", "Does nothing, or crashes" },
  { "maybe_linger", "linger b", "()", "Does nothing, or never ends" },
  { "no_result", "", "i", "Returns nothing" },
  { "not_normal", "", "s", "Forges a result that is not normal" },
  { "put_unknown", "", "i", "Puts a job that nobody can run" },
  { "ready_again", "", "i", "Says that it is ready a second time" },
  { "short_frame", "", "i", "Writes a frame with fields beyond its end" },
  { "snooze_too", "return_job b", "i", "Snoozes, and returns something as well" },
  { "unnormal_result", "", "s", "Returns a value that is not normal" },
  { "wrong_result", "", "i", "Returns another type" },
  { "wrong_type", "", "i", "Forges a result of another type" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "hostile",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
