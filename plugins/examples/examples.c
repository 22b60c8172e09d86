/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Examples, one for each thing that a function can do
 *
 * A function gets its job and its arguments, a tuple of the types that the table
 * at the end declares. It returns a value of the type declared there, or NULL
 * with an error.
 */

#include <asyncq-plugin.h>

#include <signal.h>

typedef enum
{
  EXAMPLES_ERROR_DIVISION, /* there is no result */
  EXAMPLES_ERROR_NAME      /* a name means nothing */
} ExamplesError;

/* errors of a plugin's own have a domain of their own, which callbacks and retry rules can tell apart */
static G_DEFINE_QUARK (examples-error-quark, examples_error)

/* a value, or a failure */
ASYNCQ_EXPORT GVariant *
examples_divide (AsyncqJobContext  *job,
                 GVariant          *arguments,
                 GError           **error)
{
  gint32 dividend, divisor;

  g_variant_get (arguments, "(ii)", &dividend, &divisor);
  if (divisor == 0)
    {
      g_set_error (error, examples_error_quark (), EXAMPLES_ERROR_DIVISION, "cannot divide %d by zero", dividend);
      return NULL;
    }
  return g_variant_new_double ((double) dividend / divisor);
}

/* Nothing to return: the type is () and the function returns NULL without an error. What it
 * prints comes with the daemon's own messages. */
ASYNCQ_EXPORT GVariant *
examples_send_message (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  g_print ("imagine this sent a message to another machine\n");
  return NULL;
}

ASYNCQ_EXPORT GVariant *
examples_network_call (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  return g_variant_new_string ("200 OK");
}

ASYNCQ_EXPORT GVariant *
examples_bad_function (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  g_set_error_literal (error, examples_error_quark (), EXAMPLES_ERROR_NAME, "name 'foo' is not defined");
  return NULL;
}

/* A callback's last argument is what the job came to. One that takes a `v` is good for any
 * job and any end: it finds a value in it, or a failure as (domain, code, message). */
ASYNCQ_EXPORT GVariant *
examples_tell (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  g_autoptr(GVariant) outcome = NULL;
  g_autofree char *text = NULL;
  const char *domain, *message;
  gint32 code;

  g_variant_get (arguments, "(v)", &outcome);
  if (g_variant_is_of_type (outcome, G_VARIANT_TYPE ("(sis)")))
    {
      g_variant_get (outcome, "(&si&s)", &domain, &code, &message);
      return g_variant_new_take_string (g_strdup_printf ("it failed: %s", message));
    }
  text = g_variant_print (outcome, FALSE);
  return g_variant_new_take_string (g_strdup_printf ("the result is %s", text));
}

/* One that takes another type is for successes of jobs with that type of result: here a string. */
ASYNCQ_EXPORT GVariant *
examples_scribble (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  const char *text;

  g_variant_get (arguments, "(&s)", &text);
  return g_variant_new_take_string (g_strdup_printf ("%s: SCRIBBLED", text));
}

/* handles one kind of failure, and fails with any other */
ASYNCQ_EXPORT GVariant *
examples_handle_name_error (AsyncqJobContext  *job,
                            GVariant          *arguments,
                            GError           **error)
{
  g_autoptr(GVariant) outcome = NULL;
  const char *domain, *message;
  gint32 code;

  g_variant_get (arguments, "(v)", &outcome);
  if (!g_variant_is_of_type (outcome, G_VARIANT_TYPE ("(sis)")))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "there is no failure to handle");
      return NULL;
    }
  g_variant_get (outcome, "(&si&s)", &domain, &code, &message);
  if (g_quark_from_string (domain) == examples_error_quark () && code == EXAMPLES_ERROR_NAME)
    return g_variant_new_string ("I handled a name error");

  g_set_error_literal (error, g_quark_from_string (domain), code, message);
  return NULL;
}

/* the parts of the serial and the parallel example */
ASYNCQ_EXPORT GVariant *
examples_number (AsyncqJobContext  *job,
                 GVariant          *arguments,
                 GError           **error)
{
  return g_variant_get_child_value (arguments, 0);
}

static void
set_bad_member (GVariant  *member,
                GError   **error)
{
  const char *function = "";
  const char *message = "it has no result of the type that is wanted";
  const char *domain;
  guint64 id = 0;
  gint32 code;

  (void) g_variant_lookup (member, "id", "t", &id); /* 0 and "" say as much as can be said */
  (void) g_variant_lookup (member, "function", "&s", &function);
  (void) g_variant_lookup (member, "error", "(&si&s)", &domain, &code, &message);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED,
               "job %" G_GUINT64_FORMAT " (%s) cannot be used: %s", id, function, message);
}

/* A postprocess function is given the members of its composite job, also those that failed. */
ASYNCQ_EXPORT GVariant *
examples_sum (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  g_autoptr(GVariant) jobs = g_variant_get_child_value (arguments, 0);
  gint32 sum = 0;

  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (jobs, i);
      gint32 value;

      if (!g_variant_lookup (member, "result", "i", &value))
        {
          set_bad_member (member, error);
          return NULL;
        }
      sum += value;
    }
  return g_variant_new_int32 (sum);
}

/* all results in one list, whatever their types are */
ASYNCQ_EXPORT GVariant *
examples_collect (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  g_autoptr(GVariant) jobs = g_variant_get_child_value (arguments, 0);
  g_auto(GVariantBuilder) results = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (jobs, i);
      g_autoptr(GVariant) result = g_variant_lookup_value (member, "result", NULL);

      if (result == NULL)
        {
          set_bad_member (member, error);
          return NULL;
        }
      g_variant_builder_add (&results, "v", result);
    }
  return g_variant_builder_end (&results);
}

ASYNCQ_EXPORT GVariant *
examples_double (AsyncqJobContext  *job,
                 GVariant          *arguments,
                 GError           **error)
{
  gint32 value;

  g_variant_get (arguments, "(i)", &value);
  return g_variant_new_int32 (value * 2);
}

/* Does half of the work, and leaves the rest to another job: that one's result becomes its own. */
ASYNCQ_EXPORT GVariant *
examples_return_job (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  g_autoptr(AsyncqJobSpec) rest = asyncq_job_spec_new ("examples.double");

  asyncq_job_spec_add_argument (rest, g_variant_new_int32 (21));
  (void) asyncq_job_context_return_job (job, rest, error); /* there is no value to return in either case */
  return NULL;
}

/* The next three make a composite job that grows while it runs: first() adds a member, and that
 * member has a callback that adds another one. The callback belongs to second(), so it is told
 * which composite job is meant. */
ASYNCQ_EXPORT GVariant *
examples_first (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  g_autoptr(AsyncqJobSpec) second = asyncq_job_spec_new ("examples.say");
  g_autoptr(AsyncqJobSpec) schedule_third = asyncq_job_spec_new ("examples.schedule_third");
  guint64 composite = asyncq_job_context_get_parent (job);

  if (composite == 0)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "this job belongs to no other one");
      return NULL;
    }
  asyncq_job_spec_add_argument (second, g_variant_new_string ("second"));
  asyncq_job_spec_set_parent_job (second, composite);
  asyncq_job_spec_add_argument (schedule_third, g_variant_new_uint64 (composite));
  asyncq_job_spec_add_callback (second, schedule_third, ASYNCQ_JOB_ON_SUCCESS);
  if (!asyncq_job_context_put_job (job, second, error))
    return NULL;
  return g_variant_new_string ("first");
}

ASYNCQ_EXPORT GVariant *
examples_schedule_third (AsyncqJobContext  *job,
                         GVariant          *arguments,
                         GError           **error)
{
  g_autoptr(AsyncqJobSpec) third = asyncq_job_spec_new ("examples.say");
  guint64 composite;

  g_variant_get_child (arguments, 0, "t", &composite);
  asyncq_job_spec_add_argument (third, g_variant_new_string ("third"));
  asyncq_job_spec_set_parent_job (third, composite);
  (void) asyncq_job_context_put_job (job, third, error); /* there is no value to return in either case */
  return NULL;
}

ASYNCQ_EXPORT GVariant *
examples_say (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  return g_variant_get_child_value (arguments, 0);
}

/* Tells others something while it runs, and waits until they answer. Who is there to see it sees it run. */
ASYNCQ_EXPORT GVariant *
examples_annotate_status (AsyncqJobContext  *job,
                          GVariant          *arguments,
                          GError           **error)
{
  const char *status = asyncq_job_state_to_string (ASYNCQ_JOB_STATE_ACTIVE);
  g_autoptr(GVariant) flag = NULL;
  g_autoptr(GError) failure = NULL;

  if (!asyncq_job_context_set_annotation (job, 0, "status", g_variant_new_string (status), error))
    return NULL;
  flag = asyncq_job_context_get_annotation (job, 0, "flag", 5 * G_USEC_PER_SEC, 0, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  return g_variant_new_int32 (42);
}

/* Says that it is there, and waits until another job is: two that wait for each other in this
 * way come to an end only if they run at the same time, or somebody else helps. */
ASYNCQ_EXPORT GVariant *
examples_wait_for (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  g_autoptr(GVariant) flag = NULL;
  guint64 other;

  g_variant_get (arguments, "(t)", &other);
  if (!asyncq_job_context_set_annotation (job, 0, "flag", g_variant_new_boolean (TRUE), error))
    return NULL;
  flag = asyncq_job_context_get_annotation (job, other, "flag", 400 * 1000, 0, error);
  return NULL;
}

/* How far it is, for people and tools. It may say so as often as it likes. */
ASYNCQ_EXPORT GVariant *
examples_print_pages (AsyncqJobContext  *job,
                      GVariant          *arguments,
                      GError           **error)
{
  guint32 n_pages;

  g_variant_get (arguments, "(u)", &n_pages);
  for (guint32 page = 1; page <= n_pages; page++)
    {
      g_autofree char *message = g_strdup_printf ("page %u", page);

      asyncq_job_context_set_progress (job, -1, page, n_pages, message);
    }
  return NULL;
}

/* Keeps how far it is. Its first attempt does not come further than the third page; the next one
 * goes on there. */
ASYNCQ_EXPORT GVariant *
examples_scan_pages (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  g_autoptr(GVariant) checkpoint = asyncq_job_context_dup_checkpoint (job);
  guint32 n_done = checkpoint == NULL ? 0 : g_variant_get_uint32 (checkpoint);
  guint32 began_after = n_done;
  guint32 n_pages;

  g_variant_get (arguments, "(u)", &n_pages);
  while (n_done < n_pages)
    {
      n_done++;
      if (!asyncq_job_context_set_checkpoint (job, g_variant_new_uint32 (n_done), error))
        return NULL;
      if (n_done == 3 && asyncq_job_context_get_attempt (job) == 1)
        (void) raise (SIGKILL);
    }
  return g_variant_new_take_string (g_strdup_printf ("attempt %u went on after page %u",
                                                     asyncq_job_context_get_attempt (job), began_after));
}

/* What must not happen twice: imagine that this took somebody's money. */
static GVariant *
charge_once (AsyncqJobContext  *job,
             gpointer           customer,
             GError           **error)
{
  g_print ("imagine this charged %s\n", (const char *) customer);
  return g_variant_new_take_string (g_strdup_printf ("receipt of attempt %u", asyncq_job_context_get_attempt (job)));
}

/* Its first attempt dies when the effect has come; the second one gets the first one's result. */
ASYNCQ_EXPORT GVariant *
examples_charge (AsyncqJobContext  *job,
                 GVariant          *arguments,
                 GError           **error)
{
  const char *customer;
  GVariant *receipt;

  g_variant_get (arguments, "(&s)", &customer);
  receipt = asyncq_job_context_once (job, "charge", charge_once, (gpointer) customer, error);
  if (receipt != NULL && asyncq_job_context_get_attempt (job) == 1)
    (void) raise (SIGKILL);
  return receipt;
}

static const AsyncqFunction functions[] = {
  { "annotate_status", "", "i", "Says that it runs, and waits for a flag" },
  { "bad_function", "", "()", "Fails, as a name means nothing to it" },
  { "charge", "customer s", "s", "Has an effect once, though its first attempt dies" },
  { "collect", "jobs aa{sv}", "av", "Collects the results of the members" },
  { "divide", "dividend i, divisor i", "d", "Divides two numbers" },
  { "double", "value i", "i", "Twice the number" },
  { "first", "", "s", "Adds a second member to its composite job, which has a third one added" },
  { "handle_name_error", "outcome v", "s", "A callback that handles the failure of bad_function" },
  { "network_call", "", "s", "Imagine this made a call to another machine" },
  { "number", "value i", "i", "Returns its argument" },
  { "print_pages", "pages u", "()", "Tells how far it is" },
  { "return_job", "", "i", "Returns a job that doubles 21" },
  { "say", "text s", "s", "Returns its argument" },
  { "scan_pages", "pages u", "s", "Goes on where its first attempt died" },
  { "schedule_third", "composite t, second v", "()", "A callback that adds a third member to a composite job" },
  { "scribble", "text s", "s", "A callback that scribbles on a string" },
  { "send_message", "", "()", "Imagine this sent a message to another machine" },
  { "sum", "jobs aa{sv}", "i", "Adds up the results of the members" },
  { "tell", "outcome v", "s", "A callback that puts into words how a job has ended" },
  { "wait_for", "other t", "()", "Sets a flag, and waits for that of another job" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "examples",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};
