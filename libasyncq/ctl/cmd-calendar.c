/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * calendar: what an expression means, and when it would be due
 */

#include "config.h"

#include "ctl-options.h"
#include "ctl-schedule.h"

#include <glib/gi18n.h>

#define DEFAULT_TIMES 5

typedef struct
{
  gboolean kinds[CTL_N_CALENDAR_KINDS];
  char    *zone;
  int      n_times;
} CalendarOptions;

static gboolean
check_options (const CalendarOptions  *options,
               char                  **words,
               CtlCalendarKind        *out_kind,
               GError                **error)
{
  const char *fault = NULL;
  guint n_kinds = 0;

  *out_kind = CTL_CALENDAR_SYSTEMD;
  for (guint kind = 0; kind < CTL_N_CALENDAR_KINDS; kind++)
    if (options->kinds[kind])
      {
        *out_kind = kind;
        n_kinds++;
      }
  if (n_kinds > 1)
    fault = _("one of --cron, --calendar, --every, --delay and --m01 is wanted");
  else if (g_strv_length (words) != 1)
    fault = _("one expression is wanted; put it between quotes");
  else if (options->n_times < 1 || options->n_times > 1000)
    fault = _("--number is a number from 1 to 1000");
  if (fault == NULL)
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, fault);
  return FALSE;
}

static GVariant *
get_preview (AsyncqClient     *client,
             CtlCalendarKind   kind,
             const char       *expression,
             const char       *zone,
             int               n_times,
             GError          **error)
{
  GVariantBuilder settings;

  g_variant_builder_init (&settings, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&settings, "{sv}", "kind", g_variant_new_string (ctl_calendar_kind_to_string (kind)));
  g_variant_builder_add (&settings, "{sv}", "when", g_variant_new_string (expression));
  g_variant_builder_add (&settings, "{sv}", "zone", g_variant_new_string (zone));
  return asyncq_client_preview_calendar_sync (client, g_variant_builder_end (&settings), (guint) n_times, NULL, error);
}

/* who knows cron better forgets to say that it is */
static void
suggest_cron (AsyncqClient  *client,
              const char    *expression,
              GError       **error)
{
  g_autoptr(GVariant) preview = NULL;

  if (error == NULL || !g_error_matches (*error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID))
    return;
  preview = get_preview (client, CTL_CALENDAR_CRON, expression, "UTC", 1, NULL);
  if (preview != NULL)
    {
      g_autofree char *message = (*error)->message;

      (*error)->message = g_strdup_printf (_("%s. It is cron: did you mean --cron?"), message);
    }
}

static CtlExit
put_preview (CtlContext       *context,
             CtlCalendarKind   kind,
             const char       *expression,
             const char       *zone_name,
             int               n_times,
             GError          **error)
{
  AsyncqClient *client = ctl_context_connect (context, error);
  g_autoptr(GTimeZone) zone = NULL;
  g_autoptr(GVariant) preview = NULL;
  g_autoptr(GVariant) times = NULL;
  const char *text;

  if (client == NULL)
    return CTL_EXIT_ERROR;
  preview = get_preview (client, kind, expression, zone_name, n_times, error);
  if (preview == NULL)
    {
      if (kind == CTL_CALENDAR_SYSTEMD)
        suggest_cron (client, expression, error);
      return CTL_EXIT_ERROR;
    }
  g_variant_get (preview, "(@ax&s&s)", &times, &text, &zone_name);
  zone = ctl_zone_new (zone_name);
  if (context->json == CTL_JSON_OFF)
    ctl_put ("%s\n", text);
  ctl_zone_put_times (context, zone, times, ctl_schedules_get_now (context));
  return CTL_EXIT_OK;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  CalendarOptions options = { .n_times = DEFAULT_TIMES };
  CtlCalendarKind kind;
  CtlExit status = CTL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "calendar", 0, 0, G_OPTION_ARG_NONE, &options.kinds[CTL_CALENDAR_SYSTEMD],
      N_("It is an expression as systemd has them; the default"), NULL },
    { "cron", 0, 0, G_OPTION_ARG_NONE, &options.kinds[CTL_CALENDAR_CRON], N_("It is the five fields of cron"), NULL },
    { "every", 0, 0, G_OPTION_ARG_NONE, &options.kinds[CTL_CALENDAR_EVERY], N_("It is an interval"), NULL },
    { "delay", 0, 0, G_OPTION_ARG_NONE, &options.kinds[CTL_CALENDAR_DELAY], N_("It is a delay from run to run"),
      NULL },
    { "m01", 0, 0, G_OPTION_ARG_NONE, &options.kinds[CTL_CALENDAR_M01], N_("It is lists as m01.remote has them"),
      NULL },
    { "zone", 0, 0, G_OPTION_ARG_STRING, &options.zone, N_("The time zone; UTC by default"), N_("ZONE") },
    { "number", 'n', 0, G_OPTION_ARG_INT, &options.n_times, N_("How many times are shown"), N_("NUMBER") },
    { NULL }
  };

  if (ctl_options_parse (context, &ctl_verb_calendar, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    status = check_options (&options, words, &kind, error)
               ? put_preview (context, kind, words[0], options.zone != NULL ? options.zone : "UTC", options.n_times,
                              error)
               : CTL_EXIT_USAGE;
  g_free (options.zone);
  return status;
}

const CtlVerb ctl_verb_calendar = {
  .name = "calendar",
  .usage = N_("EXPRESSION"),
  .summary = N_("Show what an expression means, and when it is due."),
  .description = N_("Takes what \"schedule add\" takes, and adds nothing.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl calendar 'Mon..Fri 08:00' --zone=Europe/Berlin\n"
                    "  asyncqctl calendar --cron '*/5 8-18 * * mon-fri' -n 3\n"
                    "  asyncqctl calendar --m01 'minute=0,10 hour=2 dayOfWeek=0'\n"),
  .run = run,
};
