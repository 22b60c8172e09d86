/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The verb table
 */

#include "config.h"

#include "ctl-verb.h"

const CtlVerb *const ctl_verbs[] = {
  &ctl_verb_submit,
  &ctl_verb_run,
  &ctl_verb_wait,
  &ctl_verb_list,
  &ctl_verb_log,
  &ctl_verb_status,
  &ctl_verb_show,
  &ctl_verb_why,
  &ctl_verb_stats,
  &ctl_verb_cancel,
  &ctl_verb_retry,
  &ctl_verb_snooze,
  &ctl_verb_change,
  &ctl_verb_clean,
  &ctl_verb_remove,
  &ctl_verb_annotate,
  &ctl_verb_annotation,
  &ctl_verb_object,
  &ctl_verb_queue,
  &ctl_verb_agent,
  &ctl_verb_limit,
  &ctl_verb_quota,
  &ctl_verb_factory,
  &ctl_verb_schedule,
  &ctl_verb_calendar,
  &ctl_verb_policy,
  &ctl_verb_claiming,
  &ctl_verb_drain,
  &ctl_verb_scheduling,
  &ctl_verb_functions,
  &ctl_verb_monitor,
  &ctl_verb_async,
  &ctl_verb_call,
  &ctl_verb_introspect,
  &ctl_verb_get_property,
  &ctl_verb_store,
  &ctl_verb_plugin,
  &ctl_verb_complete,
  NULL,
};
