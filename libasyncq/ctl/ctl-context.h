/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <asyncq.h>

G_BEGIN_DECLS

/* exit statuses; documented in asyncqctl(1), stable */
typedef enum
{
  CTL_EXIT_OK = 0,
  CTL_EXIT_ERROR = 1,
  CTL_EXIT_USAGE = 2,
  CTL_EXIT_TIMED_OUT = 3,
  CTL_EXIT_NOT_ALLOWED = 4,
  CTL_EXIT_CONFLICT = 6,
  CTL_EXIT_PARTLY = 7,
  CTL_EXIT_NOT_RUNNING = 8,
  CTL_EXIT_NO_SUCH_OBJECT = 10,
  CTL_EXIT_REFUSED = 11, /* no new work is taken now */
  CTL_EXIT_JOB_FAILED = 20,
  CTL_EXIT_JOB_CANCELLED = 21,
  CTL_EXIT_JOB_EXPIRED = 22,
  CTL_EXIT_HELD = 75, /* as asyncq-store has it, whose statuses are passed on */
  CTL_EXIT_INTERRUPTED = 130
} CtlExit;

typedef enum
{
  CTL_JSON_OFF,
  CTL_JSON_SHORT,
  CTL_JSON_PRETTY
} CtlJson;

typedef enum
{
  CTL_COLOR_AUTO,
  CTL_COLOR_ALWAYS,
  CTL_COLOR_NEVER
} CtlColor;

/* one run of the program: what the options that every verb has say, and the connection */
typedef struct
{
  char         *address;      /* NULL: look for the daemon */
  CtlJson       json;
  CtlColor      color;
  gboolean      quiet;
  gboolean      no_hints;     /* --id-only */
  gboolean      no_legend;
  gboolean      help;
  gint64        timeout_usec; /* -1: none */
  gpointer      options;      /* while they are parsed: where those go that a callback reads */
  GArray       *want_entries; /* nullable: then no verb runs, and its options go there, for completion */

  AsyncqClient *client;       /* NULL until it is needed */
} CtlContext;

/* the filter of jobs that have not ended */
#define CTL_FILTER_UNFINISHED "state:new state:pending state:assigned state:active state:callbacks"

#define CTL_ERROR (ctl_error_quark ())

typedef enum
{
  CTL_ERROR_USAGE,          /* the command line makes no sense */
  CTL_ERROR_NO_SUCH_OBJECT,
  CTL_ERROR_HELD            /* somebody else uses the store */
} CtlError;

GQuark        ctl_error_quark      (void);
void          ctl_context_clear    (CtlContext   *self);
AsyncqClient *ctl_context_connect  (CtlContext   *self,
                                    GError      **error);
CtlExit       ctl_exit_of_error    (const GError *error);
CtlExit       ctl_exit_of_outcome  (AsyncqJobOutcome outcome);
/* of a call that says with an error why it did not succeed */
CtlExit       ctl_exit_of_success  (gboolean      succeeded);

/* data goes to stdout, talk to stderr, for people; neither tells a terminal what it is to do */
void          ctl_put              (const char   *format,
                                    ...) G_GNUC_PRINTF (1, 2);
/* likewise, but as it is */
void          ctl_put_raw          (const char   *format,
                                    ...) G_GNUC_PRINTF (1, 2);
void          ctl_complain         (const GError *error);
/* whether a value stands for no value at all: what a function returns that returns nothing */
gboolean      ctl_is_nothing       (GVariant     *value);
gboolean      ctl_parse_id         (const char   *word,
                                    guint64      *out_id,
                                    GError      **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CtlContext, ctl_context_clear)

G_END_DECLS
