/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* what the words of a verb are, for completion */
typedef enum
{
  CTL_COMPLETES_NOTHING,
  CTL_COMPLETES_CALL,      /* a function and its arguments */
  CTL_COMPLETES_FUNCTIONS,
  CTL_COMPLETES_JOBS,
  CTL_COMPLETES_FILTERS,
  CTL_COMPLETES_PATHS,     /* of objects of the bus */
  CTL_COMPLETES_QUEUES,
  CTL_COMPLETES_FACTORIES,
  CTL_COMPLETES_SCHEDULES,
  CTL_COMPLETES_POLICIES,
  CTL_COMPLETES_AGENTS,
  CTL_COMPLETES_LIMITS,
  CTL_COMPLETES_OBJECTS
} CtlCompletes;

/*
 * One verb. Its function gets the words after the verb, options among them, and
 * returns the exit status; with @error set the status is that of the error.
 */
typedef struct
{
  const char *name;
  const char *usage;       /* what follows the name; marked for translation */
  const char *summary;     /* one line; marked for translation */
  const char *description; /* more, and examples; marked for translation */
  CtlExit   (*run) (CtlContext          *context,
                    const char * const  *arguments,
                    GError             **error);
  const char *const *words;  /* nullable, NULL-terminated: what the first word may be */
  CtlCompletes completes;    /* what the other words are */
  gboolean    is_hidden;     /* for programs; not in the help */
} CtlVerb;

/* all of them, in the order of the help; the last is NULL */
extern const CtlVerb *const ctl_verbs[];

extern const CtlVerb ctl_verb_agent;
extern const CtlVerb ctl_verb_annotate;
extern const CtlVerb ctl_verb_annotation;
extern const CtlVerb ctl_verb_async;
extern const CtlVerb ctl_verb_calendar;
extern const CtlVerb ctl_verb_call;
extern const CtlVerb ctl_verb_cancel;
extern const CtlVerb ctl_verb_change;
extern const CtlVerb ctl_verb_claiming;
extern const CtlVerb ctl_verb_clean;
extern const CtlVerb ctl_verb_complete;
extern const CtlVerb ctl_verb_drain;
extern const CtlVerb ctl_verb_factory;
extern const CtlVerb ctl_verb_functions;
extern const CtlVerb ctl_verb_get_property;
extern const CtlVerb ctl_verb_introspect;
extern const CtlVerb ctl_verb_limit;
extern const CtlVerb ctl_verb_list;
extern const CtlVerb ctl_verb_log;
extern const CtlVerb ctl_verb_monitor;
extern const CtlVerb ctl_verb_plugin;
extern const CtlVerb ctl_verb_object;
extern const CtlVerb ctl_verb_policy;
extern const CtlVerb ctl_verb_queue;
extern const CtlVerb ctl_verb_quota;
extern const CtlVerb ctl_verb_remove;
extern const CtlVerb ctl_verb_retry;
extern const CtlVerb ctl_verb_run;
extern const CtlVerb ctl_verb_schedule;
extern const CtlVerb ctl_verb_scheduling;
extern const CtlVerb ctl_verb_show;
extern const CtlVerb ctl_verb_snooze;
extern const CtlVerb ctl_verb_stats;
extern const CtlVerb ctl_verb_status;
extern const CtlVerb ctl_verb_store;
extern const CtlVerb ctl_verb_submit;
extern const CtlVerb ctl_verb_wait;
extern const CtlVerb ctl_verb_why;

G_END_DECLS
