/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * schedule: jobs that are made again and again, by the clock
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-json.h"
#include "ctl-schedule-view.h"
#include "ctl-schedule.h"
#include "ctl-submit.h"
#include "ctl-time.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

#define DEFAULT_TIMES 10

typedef struct
{
  CtlSpecOptions spec;
  char          *kinds[CTL_N_CALENDAR_KINDS];
  char          *zone;
  char          *catch_up;
  char          *window;
  char          *overlap;
  char          *description;
  char          *reason;
  gboolean       paused;
  int            n_times;
} ScheduleOptions;

static void
options_clear (ScheduleOptions *self)
{
  ctl_spec_options_clear (&self->spec);
  for (guint kind = 0; kind < CTL_N_CALENDAR_KINDS; kind++)
    g_free (self->kinds[kind]);
  g_free (self->zone);
  g_free (self->catch_up);
  g_free (self->window);
  g_free (self->overlap);
  g_free (self->description);
  g_free (self->reason);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScheduleOptions, options_clear)

/* ---- looking ---- */

static CtlExit
list_schedules (CtlContext  *context,
                char       **words,
                gpointer     options,
                GError     **error)
{
  g_autoptr(GVariant) schedules = ctl_schedules_get (context, error);

  for (gsize i = 0; schedules != NULL && context->json != CTL_JSON_OFF && i < g_variant_n_children (schedules); i++)
    {
      g_autoptr(GVariant) schedule = g_variant_get_child_value (schedules, i);

      ctl_json_put (context, ctl_json_of_properties (schedule));
    }
  if (schedules != NULL && context->json == CTL_JSON_OFF)
    ctl_schedule_put_list (context, schedules, ctl_schedules_get_now (context));
  return CTL_EXIT_OK; /* unless @error is set */
}

static CtlExit
show_schedule (CtlContext  *context,
               char       **words,
               gpointer     user_data,
               GError     **error)
{
  g_autoptr(GVariant) schedule = asyncq_client_get_schedule_sync (context->client, words[0], NULL, error);
  g_autoptr(GVariant) times = NULL;

  if (schedule == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_properties (schedule));
      return CTL_EXIT_OK;
    }
  times = asyncq_client_preview_schedule_sync (context->client, words[0], 5, NULL, error);
  if (times != NULL)
    ctl_schedule_put (context, schedule, times, ctl_schedules_get_now (context));
  return ctl_exit_of_success (times != NULL);
}

static CtlExit
preview_schedule (CtlContext  *context,
                  char       **words,
                  gpointer     user_data,
                  GError     **error)
{
  const ScheduleOptions *options = user_data;
  g_autoptr(GVariant) schedule = asyncq_client_get_schedule_sync (context->client, words[0], NULL, error);
  g_autoptr(GVariant) times = NULL;
  g_autoptr(GTimeZone) zone = NULL;

  if (schedule == NULL)
    return CTL_EXIT_ERROR;
  times = asyncq_client_preview_schedule_sync (context->client, words[0], (guint) options->n_times, NULL, error);
  if (times == NULL)
    return CTL_EXIT_ERROR;
  if (context->json == CTL_JSON_OFF)
    ctl_put ("%s\n", ctl_value_get_text (schedule, "Text"));
  zone = ctl_zone_new_of_schedule (schedule);
  ctl_zone_put_times (context, zone, times, ctl_schedules_get_now (context));
  return CTL_EXIT_OK;
}

/* ---- what was given ---- */

static void
add_text (GVariantBuilder *settings,
          const char      *key,
          const char      *text)
{
  if (text != NULL)
    g_variant_builder_add (settings, "{sv}", key, g_variant_new_string (text));
}

static gboolean
add_calendar (GVariantBuilder        *settings,
              const ScheduleOptions  *options,
              gboolean                is_wanted,
              GError                **error)
{
  guint n_kinds = 0;

  for (guint kind = 0; kind < CTL_N_CALENDAR_KINDS; kind++)
    if (options->kinds[kind] != NULL)
      {
        add_text (settings, "kind", ctl_calendar_kind_to_string (kind));
        add_text (settings, "when", options->kinds[kind]);
        n_kinds++;
      }
  if (n_kinds == 1 || (n_kinds == 0 && !is_wanted))
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                       _("one of --cron, --calendar, --every, --delay and --m01 is wanted"));
  return FALSE;
}

static gboolean
add_options (GVariantBuilder        *settings,
             const ScheduleOptions  *options,
             GError                **error)
{
  gint64 window_usec;

  add_text (settings, "zone", options->zone);
  add_text (settings, "catch-up", options->catch_up);
  add_text (settings, "overlap", options->overlap);
  add_text (settings, "description", options->description);
  if (options->paused)
    g_variant_builder_add (settings, "{sv}", "paused", g_variant_new_boolean (TRUE));
  if (options->window == NULL)
    return TRUE;
  if (!ctl_parse_duration (options->window, &window_usec, error))
    return FALSE;
  g_variant_builder_add (settings, "{sv}", "catch-up-window", g_variant_new_int64 (window_usec));
  return TRUE;
}

static gboolean
add_entry (CtlContext       *context,
           GVariantBuilder  *settings,
           ScheduleOptions  *options,
           char            **words,
           GError          **error)
{
  g_autoptr(GPtrArray) specs = NULL;
  g_autoptr(GVariant) entries = NULL;
  g_autoptr(GVariant) entry = NULL;

  specs = ctl_spec_options_build (context, &options->spec, (const char * const *) words, error);
  if (specs == NULL)
    return FALSE;
  entries = asyncq_job_spec_to_entries (g_ptr_array_index (specs, 0));
  if (specs->len != 1 || g_variant_n_children (entries) != 1)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("a schedule is of one call, without callbacks"));
      return FALSE;
    }
  entry = g_variant_get_child_value (entries, 0);
  g_variant_builder_add (settings, "{sv}", "entry", entry);
  return TRUE;
}

static GVariant *
read_settings (CtlContext       *context,
               ScheduleOptions  *options,
               char            **words,
               gboolean          is_new,
               GError          **error)
{
  GVariantBuilder settings;
  gboolean has_entry = is_new || words[0] != NULL || options->spec.factory != NULL;

  g_variant_builder_init (&settings, G_VARIANT_TYPE_VARDICT);
  if ((!has_entry || add_entry (context, &settings, options, words, error)) &&
      add_calendar (&settings, options, is_new, error) && add_options (&settings, options, error))
    return g_variant_builder_end (&settings);
  g_variant_builder_clear (&settings);
  return NULL;
}

/* ---- doing ---- */

static void
tell_next (CtlContext *context,
           const char *name)
{
  g_autoptr(GVariant) schedule = NULL;

  if (context->quiet || context->no_hints)
    return;
  schedule = asyncq_client_get_schedule_sync (context->client, name, NULL, NULL);
  if (schedule != NULL)
    ctl_schedule_put_next (schedule);
}

static CtlExit
add_schedule (CtlContext  *context,
              char       **words,
              gpointer     user_data,
              GError     **error)
{
  const ScheduleOptions *options = user_data;
  GVariant *settings = read_settings (context, user_data, words + 1, TRUE, error);

  if (settings == NULL || !asyncq_client_add_schedule_sync (context->client, words[0], settings, NULL, error))
    return CTL_EXIT_ERROR;
  /* it is paused from the beginning; who pauses again says why */
  if (options->paused && options->reason != NULL &&
      !asyncq_client_pause_schedule_sync (context->client, words[0], options->reason, NULL, error))
    return CTL_EXIT_ERROR;
  tell_next (context, words[0]);
  return CTL_EXIT_OK;
}

/* @settings is floating, and freed where it is of no use */
static gboolean
check_edit (const ScheduleOptions  *options,
            GVariant               *settings,
            GError                **error)
{
  const char *fault = NULL;

  if (options->paused || options->reason != NULL)
    fault = _("\"schedule pause\" pauses it, and \"schedule resume\" lets it go on");
  else if (g_variant_n_children (settings) == 0)
    fault = _("nothing is given that would change it");
  if (fault == NULL)
    return TRUE;
  g_variant_unref (g_variant_ref_sink (settings));
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, fault);
  return FALSE;
}

static CtlExit
edit_schedule (CtlContext  *context,
               char       **words,
               gpointer     user_data,
               GError     **error)
{
  GVariant *settings = read_settings (context, user_data, words + 1, FALSE, error);

  if (settings == NULL || !check_edit (user_data, settings, error))
    return CTL_EXIT_ERROR;
  if ( !asyncq_client_change_schedule_sync (context->client, words[0], settings, NULL, error))
    return CTL_EXIT_ERROR;
  tell_next (context, words[0]);
  return CTL_EXIT_OK;
}

static CtlExit
remove_schedule (CtlContext  *context,
                 char       **words,
                 gpointer     options,
                 GError     **error)
{
  return ctl_exit_of_success (asyncq_client_remove_schedule_sync (context->client, words[0], NULL, error));
}

static CtlExit
pause_schedule (CtlContext  *context,
                char       **words,
                gpointer     user_data,
                GError     **error)
{
  const ScheduleOptions *options = user_data;

  return ctl_exit_of_success (
    asyncq_client_pause_schedule_sync (context->client, words[0], options->reason, NULL, error));
}

static CtlExit
resume_schedule (CtlContext  *context,
                 char       **words,
                 gpointer     options,
                 GError     **error)
{
  if (!asyncq_client_resume_schedule_sync (context->client, words[0], NULL, error))
    return CTL_EXIT_ERROR;
  tell_next (context, words[0]);
  return CTL_EXIT_OK;
}

static CtlExit
trigger_schedule (CtlContext  *context,
                  char       **words,
                  gpointer     options,
                  GError     **error)
{
  guint64 id;

  if (!asyncq_client_trigger_schedule_sync (context->client, words[0], &id, NULL, error))
    return CTL_EXIT_ERROR;
  ctl_put ("%" G_GUINT64_FORMAT "\n", id);
  return CTL_EXIT_OK;
}

static const CtlAction actions[] = {
  { "list", 0, 0, list_schedules },
  { "show", 1, 1, show_schedule },
  { "preview", 1, 1, preview_schedule },
  { "add", 1, G_MAXUINT, add_schedule },
  { "edit", 1, G_MAXUINT, edit_schedule },
  { "pause", 1, 1, pause_schedule },
  { "resume", 1, 1, resume_schedule },
  { "trigger", 1, 1, trigger_schedule },
  { "remove", 1, 1, remove_schedule },
  { NULL },
};

/* the other actions take no call, whose words might begin with a dash */
static CtlDash
dash_of (const char * const *arguments)
{
  return g_strv_contains (arguments, "add") || g_strv_contains (arguments, "edit") ? CTL_DASH_IS_WORD
                                                                                   : CTL_DASH_IS_OPTION;
}

static gboolean
parse (CtlContext           *context,
       const char * const   *arguments,
       ScheduleOptions      *options,
       char               ***out_words,
       GError              **error)
{
  const GOptionEntry entries[] = {
    { "cron", 0, 0, G_OPTION_ARG_STRING, &options->kinds[CTL_CALENDAR_CRON], N_("When: the five fields of cron"),
      N_("FIELDS") },
    { "calendar", 0, 0, G_OPTION_ARG_STRING, &options->kinds[CTL_CALENDAR_SYSTEMD],
      N_("When: an expression as systemd has them"), N_("EXPRESSION") },
    { "every", 0, 0, G_OPTION_ARG_STRING, &options->kinds[CTL_CALENDAR_EVERY],
      N_("When: an interval, counted from now"), N_("DURATION") },
    { "delay", 0, 0, G_OPTION_ARG_STRING, &options->kinds[CTL_CALENDAR_DELAY],
      N_("When: so long after the run before"), N_("DURATION") },
    { "m01", 0, 0, G_OPTION_ARG_STRING, &options->kinds[CTL_CALENDAR_M01], N_("When: lists as m01.remote has them"),
      N_("LISTS") },
    { "zone", 0, 0, G_OPTION_ARG_STRING, &options->zone, N_("The time zone; UTC by default"), N_("ZONE") },
    { "catch-up", 0, 0, G_OPTION_ARG_STRING, &options->catch_up, N_("Missed runs to make up: last, none, all"),
      N_("WHICH") },
    { "window", 0, 0, G_OPTION_ARG_STRING, &options->window, N_("How old those may be; 1d by default"),
      N_("DURATION") },
    { "overlap", 0, 0, G_OPTION_ARG_STRING, &options->overlap, N_("allow, skip, queue or replace the one before"),
      N_("HOW") },
    { "description", 0, 0, G_OPTION_ARG_STRING, &options->description, N_("What it is for"), N_("TEXT") },
    { "paused", 0, 0, G_OPTION_ARG_NONE, &options->paused, N_("Make no job until it is resumed"), NULL },
    { "reason", 0, 0, G_OPTION_ARG_STRING, &options->reason, N_("Why it is paused"), N_("TEXT") },
    { "number", 'n', 0, G_OPTION_ARG_INT, &options->n_times, N_("How many times preview shows"), N_("NUMBER") },
    { NULL }
  };

  return ctl_submit_parse_more (context, &ctl_verb_schedule, entries, dash_of (arguments), arguments, &options->spec,
                                out_words, error);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(ScheduleOptions) options = { .n_times = DEFAULT_TIMES };
  g_auto(GStrv) words = NULL;

  if (!parse (context, arguments, &options, &words, error))
    return CTL_EXIT_OK;
  if (options.n_times < 1 || options.n_times > 1000)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--number is a number from 1 to 1000"));
      return CTL_EXIT_USAGE;
    }
  return ctl_action_run (context, actions, "schedule", words, &options, error);
}

static const char *const action_words[] = { "list",  "show",   "preview", "add",    "edit",
                                            "pause", "resume", "trigger", "remove", NULL };

const CtlVerb ctl_verb_schedule = {
  .name = "schedule",
  .usage = N_("[ACTION [WORD…]]"),
  .summary = N_("Make jobs again and again, by the clock."),
  .description = N_("What can be done:\n"
                    "  list                       all schedules, and when they are due\n"
                    "  show NAME                  one, with its next runs\n"
                    "  preview NAME               the next runs alone\n"
                    "  add NAME FUNCTION [WORD…]  with the words and options of submit\n"
                    "  edit NAME [FUNCTION …]     what is given takes the place of what there was\n"
                    "  pause NAME                 make no more jobs; what is due then is left out\n"
                    "  resume NAME                make them again\n"
                    "  trigger NAME               make a job now, beside the plan\n"
                    "  remove NAME                jobs that it has made stay\n"
                    "No run is made twice, also when the clock is set back.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl schedule add report --cron='0 8 * * mon-fri' pi.report\n"
                    "  asyncqctl schedule add ping --every=15min --overlap=skip net.ping\n"
                    "  asyncqctl schedule add tidy --calendar='Sun 03:00' fs.tidy\n"
                    "  asyncqctl schedule pause report --reason='holidays'\n"),
  .words = action_words,
  .completes = CTL_COMPLETES_SCHEDULES,
  .run = run,
};
