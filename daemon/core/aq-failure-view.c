/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How a job failed, for people
 *
 * Made of what org.asyncq.Job1 shows, so that it says nothing that cannot be read
 * there as well. The headings are those of the originals.
 */

#include "config.h"

#include "core/aq-failure-view.h"

#include "libasyncq/asyncq-error.h"

static const char * const detail_words[] = { "brief", "default", "verbose" };
G_STATIC_ASSERT (G_N_ELEMENTS (detail_words) == AQ_N_FAILURE_DETAILS);

/**
 * aq_failure_detail_from_string:
 * @text: "brief", "default" or "verbose"
 * @out_detail: (out): what it means; untouched on failure
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether @text is one of them
 *
 * Since: 0.1
 */
gboolean
aq_failure_detail_from_string (const char       *text,
                               AqFailureDetail  *out_detail,
                               GError          **error)
{
  for (AqFailureDetail detail = 0; detail < AQ_N_FAILURE_DETAILS; detail++)
    if (g_str_equal (text, detail_words[detail]))
      {
        *out_detail = detail;
        return TRUE;
      }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%.64s' is no detail of a failure: brief, default or verbose is wanted", text);
  return FALSE;
}

static const char *
get_text (GVariant   *dictionary,
          const char *key)
{
  const char *text = "";

  (void) g_variant_lookup (dictionary, key, "&s", &text);
  return text;
}

static guint
get_uint (GVariant   *dictionary,
          const char *key)
{
  guint32 number = 0;

  (void) g_variant_lookup (dictionary, key, "u", &number);
  return number;
}

static char *
format_moment (GVariant   *dictionary,
               const char *key)
{
  gint64 usec = 0;
  g_autoptr(GDateTime) moment = NULL;

  (void) g_variant_lookup (dictionary, key, "x", &usec);
  moment = g_date_time_new_from_unix_utc (usec / G_USEC_PER_SEC);
  return moment != NULL && usec != 0 ? g_date_time_format (moment, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("-");
}

/**
 * aq_failure_view_error:
 * @domain: of an error
 * @code: likewise
 * @message: likewise
 *
 * Returns: (transfer full): `g-io-error-quark.1: no such file`, or with the name of
 *   an error of ours, `Cancelled: by user 1000`
 *
 * Since: 0.1
 */
char *
aq_failure_view_error (const char *domain,
                       gint32      code,
                       const char *message)
{
  const char *name = asyncq_error_get_name (domain, code);

  return name != NULL ? g_strdup_printf ("%s: %s", name, message)
                      : g_strdup_printf ("%s.%d: %s", domain, code, message);
}

/* NULL: it has not failed */
static char *
format_error (GVariant *view)
{
  const char *outcome = get_text (view, "Outcome");
  g_autoptr(GVariant) boxed = g_variant_lookup_value (view, "Result", G_VARIANT_TYPE_VARIANT);
  g_autoptr(GVariant) failure = boxed != NULL ? g_variant_get_variant (boxed) : NULL;
  const char *domain;
  const char *message;
  gint32 code;

  if (g_str_equal (outcome, "none") || g_str_equal (outcome, "succeeded") || failure == NULL ||
      !g_variant_is_of_type (failure, G_VARIANT_TYPE ("(sis)")))
    return NULL;
  g_variant_get (failure, "(&si&s)", &domain, &code, &message);
  return aq_failure_view_error (domain, code, message);
}

static void
append_attempt (GString  *text,
                GVariant *attempt)
{
  g_autofree char *started = format_moment (attempt, "started");
  g_autofree char *ended = format_moment (attempt, "ended");
  const char *domain = get_text (attempt, "domain");
  gint32 code = 0;

  (void) g_variant_lookup (attempt, "code", "i", &code);
  g_string_append_printf (text, "  attempt %u, agent '%s', worker %u, %s to %s: %s", get_uint (attempt, "number"),
                          get_text (attempt, "agent"), get_uint (attempt, "worker"), started, ended,
                          get_text (attempt, "end"));
  if (*domain != '\0')
    {
      g_autofree char *error = aq_failure_view_error (domain, code, get_text (attempt, "message"));

      g_string_append_printf (text, ": %s", error);
    }
  g_string_append_c (text, '\n');
}

static void
append_attempts (GString  *text,
                 GVariant *view)
{
  g_autoptr(GVariant) attempts = g_variant_lookup_value (view, "Attempts", G_VARIANT_TYPE ("aa{sv}"));
  guint n_forgotten = get_uint (view, "ForgottenAttempts");

  if (n_forgotten > 0)
    g_string_append_printf (text, "  %u earlier attempts\n", n_forgotten);
  for (gsize i = 0; attempts != NULL && i < g_variant_n_children (attempts); i++)
    {
      g_autoptr(GVariant) attempt = g_variant_get_child_value (attempts, i);

      append_attempt (text, attempt);
    }
}

static void
append_call (GString  *text,
             GVariant *view)
{
  g_autoptr(GVariant) boxed = g_variant_lookup_value (view, "Arguments", G_VARIANT_TYPE_VARIANT);
  g_autoptr(GVariant) arguments = boxed != NULL ? g_variant_get_variant (boxed) : NULL;
  g_autofree char *printed = arguments != NULL ? g_variant_print (arguments, FALSE) : g_strdup ("()");

  g_string_append_printf (text, "  %s %s\n", get_text (view, "Function"), printed);
}

/**
 * aq_failure_view_new:
 * @view: a{sv}, from aq_job_view_new_full()
 * @detail: how much of it
 *
 * Source: behaviour Z189.
 *
 * Returns: (transfer full): how the job failed; empty where it did not
 *
 * Since: 0.1
 */
char *
aq_failure_view_new (GVariant        *view,
                     AqFailureDetail  detail)
{
  g_autofree char *failure = format_error (view);
  GString *text = g_string_new (NULL);
  guint64 id = 0;

  (void) g_variant_lookup (view, "Id", "t", &id);
  if (failure == NULL)
    return g_string_free (text, FALSE);
  switch (detail)
    {
    case AQ_FAILURE_BRIEF:
      g_string_append_printf (text, "Traceback: %s\n", failure);
      break;
    case AQ_FAILURE_DEFAULT:
      g_string_append_printf (text, "Traceback (most recent call last):\n"
                              "  job %" G_GUINT64_FORMAT ", %s, attempt %u\n%s\n", id, get_text (view, "Function"),
                              get_uint (view, "Attempt"), failure);
      break;
    case AQ_FAILURE_VERBOSE:
      g_string_append_printf (text, "*--- Failure of job %" G_GUINT64_FORMAT " ---\n", id);
      append_call (text, view);
      append_attempts (text, view);
      g_string_append_printf (text, "%s\n*--- End of failure of job %" G_GUINT64_FORMAT " ---\n", failure, id);
      break;
    default:
      g_assert_not_reached ();
    }
  return g_string_free (text, FALSE);
}

typedef struct
{
  AqFailureDetail detail;
  AqEngineRead    done;
  gpointer        user_data;
} FailureRead;

static void
on_job_read (GVariant     *view,
             const GError *error,
             gpointer      user_data)
{
  g_autofree FailureRead *read = user_data;
  g_autofree char *text = view != NULL ? aq_failure_view_new (view, read->detail) : NULL;
  g_autoptr(GVariant) value = text != NULL ? g_variant_ref_sink (g_variant_new_string (text)) : NULL;

  read->done (value, error, read->user_data);
}

/**
 * aq_engine_read_failure:
 * @self: an engine
 * @id: a job's id
 * @detail: "brief", "default" or "verbose"
 * @done: called with s, empty where the job has not failed
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_INVALID`; those of aq_engine_read_job().
 *
 * Since: 0.1
 */
void
aq_engine_read_failure (AqEngine     *self,
                        guint64       id,
                        const char   *detail,
                        AqEngineRead  done,
                        gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  AqFailureDetail parsed;
  FailureRead *read;

  if (!aq_failure_detail_from_string (detail, &parsed, &error))
    {
      done (NULL, error, user_data);
      return;
    }
  read = g_new (FailureRead, 1);
  *read = (FailureRead) { parsed, done, user_data };
  aq_engine_read_job (self, id, on_job_read, read);
}
