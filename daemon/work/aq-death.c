/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How a worker came to its end
 *
 * Here facts become a cause, which retry rules tell apart, a failure, which people
 * read, and evidence, which is kept with the attempt.
 */

#include "config.h"

#include "work/aq-death.h"

#include "libasyncq/asyncq-error.h"
#include "work/worker/aq-wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* what GLib and the C++ library say before they abort */
static const char * const refused_words[] = { "failed to allocate ", "std::bad_alloc" };

/* what is at NULL, and so near behind that it is a member of what should be there */
#define NOTHING_BYTES (64 * 1024)

/* for one of several jobs that a worker ran when it died */
void
aq_death_copy (AqDeath       *self,
               const AqDeath *other)
{
  *self = *other;
  self->how = g_strdup (other->how);
  self->verdict = other->verdict == NULL ? NULL : g_error_copy (other->verdict);
  if (other->report_fd >= 0)
    self->report_fd = fcntl (other->report_fd, F_DUPFD_CLOEXEC, 0); /* without it, it is told without where */
}

void
aq_death_clear (AqDeath *self)
{
  g_clear_pointer (&self->how, g_free);
  g_clear_error (&self->verdict);
  if (self->report_fd >= 0)
    (void) close (self->report_fd); /* memory */
  self->report_fd = -1;
}

/* whether it says what can be, and not of another end */
static gboolean
is_sane (const AqDeath       *self,
         const AqCrashReport *report)
{
  return report->magic == AQ_CRASH_MAGIC && report->size == sizeof *report && report->signal == self->end.signal &&
         report->stack_size <= AQ_CRASH_MAX_STACK_BYTES && report->maps_size <= AQ_CRASH_MAX_MAPS_BYTES;
}

/**
 * aq_death_take_report:
 * @self: a death
 * @report_fd: (transfer full): the memory file that the worker had for it; or -1
 *
 * Looks at what the worker has left, and keeps it if it is about this end.
 */
void
aq_death_take_report (AqDeath *self,
                      int      report_fd)
{
  AqCrashReport report;

  if (report_fd < 0)
    return;
  if (self->end.signal == 0 || pread (report_fd, &report, sizeof report, 0) != sizeof report ||
      !is_sane (self, &report))
    {
      (void) close (report_fd); /* memory */
      return;
    }
  self->report_fd = report_fd;
  self->used_nothing = report.signal == SIGSEGV && report.last_error == ENOMEM && report.address < NOTHING_BYTES;
  self->usage.peak_bytes = MAX (self->usage.peak_bytes, MIN (report.peak_bytes, G_GUINT64_CONSTANT (1) << 50));
}

/* an allocation was refused, and the library that wanted it has given up */
static gboolean
was_refused_memory (const AqDeath *self,
                    AqWitness     *witness)
{
  g_autofree char *output = witness == NULL ? NULL : aq_witness_dup_output (witness);

  if (output == NULL || (self->end.signal != SIGABRT && self->end.signal != SIGTRAP))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (refused_words); i++)
    if (strstr (output, refused_words[i]) != NULL)
      return TRUE;
  return FALSE;
}

/**
 * aq_death_judge:
 * @self: a death
 * @cause: what it comes from
 * @limit: (nullable): what it took too much of; static
 * @verdict: (transfer full): the failure of the job
 *
 * Somebody knows more of it than how the process ended.
 */
void
aq_death_judge (AqDeath       *self,
                const AqCause *cause,
                const char    *limit,
                GError        *verdict)
{
  g_clear_error (&self->verdict);
  self->verdict = verdict;
  self->cause = *cause;
  self->limit = limit;
}

/* It was killed for the memory that it had, or was refused more. */
static gboolean
is_oom (const AqDeath *self,
        AqWitness     *witness)
{
  return self->verdict != NULL ? self->cause.kind == AQ_CAUSE_OOM : was_refused_memory (self, witness);
}

/**
 * aq_death_get_cause:
 * @self: a death
 * @witness: (nullable): what the job that ran had said
 *
 * Returns: what retry rules match. A worker that was killed for what it sent counts
 *   as one that gave up for what it was sent.
 */
AqCause
aq_death_get_cause (const AqDeath *self,
                    AqWitness     *witness)
{
  if (self->verdict != NULL)
    return self->cause;
  if (self->is_fault)
    return (AqCause) { .kind = AQ_CAUSE_EXIT, .number = AQ_WIRE_EXIT_CHANNEL };
  if (is_oom (self, witness))
    return (AqCause) { .kind = AQ_CAUSE_OOM, .number = self->end.signal };
  if (self->end.signal != 0)
    return (AqCause) { .kind = AQ_CAUSE_SIGNAL, .number = self->end.signal };
  return (AqCause) { .kind = AQ_CAUSE_EXIT, .number = self->end.exit_status };
}

/* the frame that people want to see first: the innermost one of the plugin itself */
static GVariant *
find_place (const char *function,
            GVariant   *stack)
{
  const char *dot = strchr (function, '.');
  g_autofree char *object = g_strdup_printf ("%.*s.so", dot == NULL ? 0 : (int) (dot - function), function);

  for (gsize i = 0; stack != NULL && i < g_variant_n_children (stack); i++)
    {
      g_autoptr(GVariant) frame = g_variant_get_child_value (stack, i);
      const char *file = "";

      (void) g_variant_lookup (frame, "file", "&s", &file); /* it may be of no file */
      if (g_str_equal (file, object))
        return g_steal_pointer (&frame);
    }
  return NULL;
}

/* ": at probe_crash+0x12 (probe.c:45)", or nothing */
static char *
describe_place (const char *function,
                GVariant   *stack)
{
  g_autoptr(GVariant) place = find_place (function, stack);
  g_autofree char *base = NULL;
  const char *name;
  const char *source;
  guint64 offset = 0;
  guint32 line = 0;

  if (place == NULL || !g_variant_lookup (place, "function", "&s", &name))
    return g_strdup ("");
  (void) g_variant_lookup (place, "offset", "t", &offset);
  (void) g_variant_lookup (place, "line", "u", &line);
  if (!g_variant_lookup (place, "source", "&s", &source) || line == 0)
    return g_strdup_printf (": at %s+0x%" G_GINT64_MODIFIER "x", name, offset);
  base = g_path_get_basename (source);
  return g_strdup_printf (": at %s+0x%" G_GINT64_MODIFIER "x (%s:%u)", name, offset, base, line);
}

/**
 * aq_death_dup_failure:
 * @self: a death
 * @witness: (nullable): what the job that ran had said
 * @function: what ran
 * @stack: (nullable): `aa{sv}`: where, as evidence has it
 *
 * Returns: (transfer full): the failure of the job
 */
GError *
aq_death_dup_failure (const AqDeath *self,
                      AqWitness     *witness,
                      const char    *function,
                      GVariant      *stack)
{
  g_autofree char *place = describe_place (function, stack);
  AsyncqError code;

  if (self->verdict != NULL)
    return g_error_copy (self->verdict);
  code = !self->is_fault && is_oom (self, witness) ? ASYNCQ_ERROR_OUT_OF_MEMORY : ASYNCQ_ERROR_CRASHED;
  return g_error_new (ASYNCQ_ERROR, code, "%s while it ran %s%s", self->how, function, place);
}

/**
 * aq_death_dup_evidence:
 * @self: a death
 * @witness: (nullable): what the job that ran had said
 * @build: (nullable): of the plugin that ran
 * @stack: (nullable): `aa{sv}`: where
 *
 * Returns: (transfer full): `a{sv}`: what is kept with the attempt
 */
GVariant *
aq_death_dup_evidence (const AqDeath *self,
                       AqWitness     *witness,
                       const char    *build,
                       GVariant      *stack)
{
  g_auto(GVariantDict) evidence = G_VARIANT_DICT_INIT (NULL);

  if (self->end.signal != 0)
    g_variant_dict_insert (&evidence, "signal", "i", self->end.signal);
  else if (self->end.exit_status >= 0)
    g_variant_dict_insert (&evidence, "exit-status", "i", self->end.exit_status);
  if (build != NULL)
    g_variant_dict_insert (&evidence, "build", "s", build);
  if (self->limit != NULL)
    g_variant_dict_insert (&evidence, "limit", "s", self->limit);
  if (stack != NULL)
    g_variant_dict_insert_value (&evidence, "stack", stack);
  aq_witness_tell (witness, &evidence);
  return g_variant_ref_sink (g_variant_dict_end (&evidence));
}
