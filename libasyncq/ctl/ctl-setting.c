/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Settings of a job
 *
 * One table has their names, what they are for and what they may be. Options of
 * the command line, keys of files, "change", help and completion come from it.
 */

#include "config.h"

#include "ctl-setting.h"

#include "ctl-suggest.h"
#include "ctl-time.h"

#include <glib/gi18n.h>
#include <string.h>

const CtlSetting ctl_settings[] = {
  [CTL_SETTING_QUEUE] = {
    "queue", CTL_REACH_ALL, N_("The queue"), N_("NAME"),
    .is_change = TRUE,
  },
  [CTL_SETTING_PRIORITY] = {
    "priority", CTL_REACH_ALL, N_("0, most urgent, to 255"), N_("NUMBER"),
    .is_change = TRUE,
  },
  [CTL_SETTING_AT] = {
    "at", CTL_REACH_JOB, N_("Begin no sooner; UTC where it has no zone"), N_("TIME"),
    .is_change = TRUE,
  },
  [CTL_SETTING_AFTER] = {
    "after", CTL_REACH_JOB, N_("Begin no sooner than after this time"), N_("DURATION"),
    .is_change = TRUE,
  },
  [CTL_SETTING_BEGIN_BY] = {
    "begin-by", CTL_REACH_JOB, N_("Begin by then, from when it may, or never"), N_("DURATION"),
    .is_change = TRUE,
  },
  [CTL_SETTING_RETRY] = {
    "retry", CTL_REACH_CALLS, N_("When to try again; see \"policy list\""), N_("POLICY"),
    .is_change = TRUE,
  },
  [CTL_SETTING_RUN_TIMEOUT] = {
    "run-timeout", CTL_REACH_CALLS, N_("How long one attempt may take"), N_("DURATION"),
    .is_change = TRUE,
  },
  [CTL_SETTING_TOTAL_TIMEOUT] = {
    "total-timeout", CTL_REACH_JOB, N_("How long all attempts may take, and pauses"), N_("DURATION"),
    .is_change = TRUE,
  },
  [CTL_SETTING_CRASH_LIMIT] = {
    "crash-limit", CTL_REACH_CALLS, N_("Crashes that make it fail, 1 to 100"), N_("NUMBER"),
    .is_change = TRUE,
  },
  [CTL_SETTING_FAILURE_LOG_LEVEL] = {
    "failure-log-level", CTL_REACH_ALL, N_("At what level its failure is logged"), N_("LEVEL"),
    .choices = "debug info warning error critical", .is_change = TRUE,
  },
  [CTL_SETTING_OBJECT] = {
    "object", CTL_REACH_CALLS, N_("Bind the function to an object"), N_("NAME"),
  },
  [CTL_SETTING_LIMIT] = {
    "limit", CTL_REACH_CALLS, N_("Under this limit; may be given again"), N_("NAME"),
    .is_list = TRUE, .is_change = TRUE,
  },
  [CTL_SETTING_TAG] = {
    "tag", CTL_REACH_ALL, N_("A word for filters; may be given again"), N_("WORD"),
    .is_list = TRUE, .is_change = TRUE,
  },
  [CTL_SETTING_KEY] = {
    "key", CTL_REACH_JOB, N_("Submit once: the same key is the same job"), N_("KEY"),
  },
  [CTL_SETTING_UNIQUE_KEY] = {
    "unique-key", CTL_REACH_JOB, N_("No second job with this key"), N_("KEY"),
  },
  [CTL_SETTING_UNIQUE] = {
    "unique", CTL_REACH_JOB, N_("No second job with these arguments, or all"), N_("NAME,…"),
    .is_optional = TRUE,
  },
  [CTL_SETTING_UNIQUE_SCOPE] = {
    "unique-scope", CTL_REACH_JOB, N_("As long as the first one is so"), N_("SCOPE"),
    .choices = "waiting unfinished period",
  },
  [CTL_SETTING_UNIQUE_PERIOD] = {
    "unique-period", CTL_REACH_JOB, N_("For this time after the first one was put"), N_("DURATION"),
  },
  [CTL_SETTING_UNIQUE_CONFLICT] = {
    "unique-conflict", CTL_REACH_JOB, N_("What becomes of a second one"), N_("WHAT"),
    .choices = "skip replace merge",
  },
};
G_STATIC_ASSERT (G_N_ELEMENTS (ctl_settings) == CTL_N_SETTINGS);

/* names that are taken as well */
static const struct
{
  const char  *name;
  CtlSettingId id;
} aliases[] = {
  { "delay", CTL_SETTING_AFTER },
  { "begin-after", CTL_SETTING_AT },
  { "limits", CTL_SETTING_LIMIT },
  { "quota", CTL_SETTING_LIMIT },
  { "quotas", CTL_SETTING_LIMIT },
  { "tags", CTL_SETTING_TAG },
  { "submit-key", CTL_SETTING_KEY },
  { "unique-arguments", CTL_SETTING_UNIQUE },
};

void
ctl_settings_clear (CtlSettings *self)
{
  for (guint i = 0; i < CTL_N_SETTINGS; i++)
    g_clear_pointer (&self->texts[i], g_free);
}

gboolean
ctl_setting_find (const char   *name,
                  CtlSettingId *out_id)
{
  g_autofree char *dashed = g_strdelimit (g_strdup (name), "_", '-');

  for (guint i = 0; i < CTL_N_SETTINGS; i++)
    if (g_str_equal (ctl_settings[i].name, dashed))
      {
        *out_id = (CtlSettingId) i;
        return TRUE;
      }
  for (guint i = 0; i < G_N_ELEMENTS (aliases); i++)
    if (g_str_equal (aliases[i].name, dashed))
      {
        *out_id = aliases[i].id;
        return TRUE;
      }
  return FALSE;
}

gboolean
ctl_settings_check (const CtlSettings  *self,
                    GError            **error)
{
  const char *fault = NULL;
  gboolean unique = self->texts[CTL_SETTING_UNIQUE] != NULL || self->texts[CTL_SETTING_UNIQUE_KEY] != NULL;

  if (self->texts[CTL_SETTING_AT] != NULL && self->texts[CTL_SETTING_AFTER] != NULL)
    fault = _("'at' and 'after' exclude each other");
  else if (self->texts[CTL_SETTING_UNIQUE] != NULL && self->texts[CTL_SETTING_UNIQUE_KEY] != NULL)
    fault = _("'unique' and 'unique-key' exclude each other");
  else if (!unique && (self->texts[CTL_SETTING_UNIQUE_SCOPE] != NULL ||
                       self->texts[CTL_SETTING_UNIQUE_PERIOD] != NULL ||
                       self->texts[CTL_SETTING_UNIQUE_CONFLICT] != NULL))
    fault = _("'unique-scope', 'unique-period' and 'unique-conflict' go with 'unique' or 'unique-key'");
  if (fault == NULL)
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, fault);
  return FALSE;
}

/* ---- values ---- */

static gboolean
read_number (CtlSettingId   id,
             const char    *text,
             guint          min,
             guint          max,
             guint         *out_number,
             GError       **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, min, max, &number, NULL))
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   /* TRANSLATORS: the name of a setting, its least and its greatest value, what was given */
                   _("'%s' is a number from %u to %u, not '%s'"), ctl_settings[id].name, min, max, text);
      return FALSE;
    }
  *out_number = (guint) number;
  return TRUE;
}

static gboolean
check_choice (CtlSettingId   id,
              const char    *text,
              GError       **error)
{
  g_auto(GStrv) choices = g_strsplit (ctl_settings[id].choices, " ", -1);
  const char *meant;
  g_autofree char *list = NULL;

  if (g_strv_contains ((const char * const *) choices, text))
    return TRUE;
  meant = ctl_suggest (text, (const char * const *) choices);
  list = g_strjoinv (", ", choices);
  if (meant != NULL)
    /* TRANSLATORS: the name of a setting, what was given for it, what was meant; not translated */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' cannot be '%s'; did you mean '%s'?"),
                 ctl_settings[id].name, text, meant);
  else
    /* TRANSLATORS: the name of a setting, what was given for it, what it may be; not translated */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' cannot be '%s'; it is one of %s"),
                 ctl_settings[id].name, text, list);
  return FALSE;
}

static gboolean
apply_time (AsyncqJobSpec  *spec,
            const char     *text,
            GError        **error)
{
  gboolean assumed_utc = FALSE;
  g_autoptr(GDateTime) time = ctl_parse_time (text, &assumed_utc, error);

  if (time == NULL)
    return FALSE;
  ctl_say_utc (text, time, assumed_utc);
  asyncq_job_spec_set_begin_after (spec, time);
  return TRUE;
}

static gboolean
apply_duration (AsyncqJobSpec  *spec,
                CtlSettingId    id,
                const char     *text,
                void          (*set) (AsyncqJobSpec *spec, gint64 usec),
                GError        **error)
{
  gint64 usec;

  if (!ctl_parse_duration (text, &usec, error))
    {
      g_prefix_error (error, "%s: ", ctl_settings[id].name);
      return FALSE;
    }
  set (spec, usec);
  return TRUE;
}

static gboolean
apply_number (AsyncqJobSpec  *spec,
              CtlSettingId    id,
              const char     *text,
              GError        **error)
{
  guint number;

  if (id == CTL_SETTING_PRIORITY)
    {
      if (!read_number (id, text, 0, 255, &number, error))
        return FALSE;
      asyncq_job_spec_set_priority (spec, number);
      return TRUE;
    }
  if (!read_number (id, text, 1, 100, &number, error))
    return FALSE;
  asyncq_job_spec_set_crash_limit (spec, number);
  return TRUE;
}

static gboolean
apply_choice (AsyncqJobSpec  *spec,
              CtlSettingId    id,
              const char     *text,
              void          (*set) (AsyncqJobSpec *spec, const char *choice),
              GError        **error)
{
  if (!check_choice (id, text, error))
    return FALSE;
  set (spec, text);
  return TRUE;
}

static gboolean
apply_text (AsyncqJobSpec *spec,
            const char    *text,
            void         (*set) (AsyncqJobSpec *spec, const char *value))
{
  set (spec, text);
  return TRUE;
}

/* with commas between; of unique none at all: every argument */
static gboolean
apply_names (AsyncqJobSpec *spec,
             const char    *text,
             void         (*set) (AsyncqJobSpec *spec, const char * const *names))
{
  g_auto(GStrv) names = g_strsplit (text, ",", -1);

  set (spec, (const char * const *) names);
  return TRUE;
}

static gboolean
apply (AsyncqJobSpec  *spec,
       CtlSettingId    id,
       const char     *text,
       GError        **error)
{
  switch (id)
    {
    case CTL_SETTING_QUEUE:
      return apply_text (spec, text, asyncq_job_spec_set_queue);
    case CTL_SETTING_AT:
      return apply_time (spec, text, error);
    case CTL_SETTING_AFTER:
      return apply_duration (spec, id, text, asyncq_job_spec_set_delay, error);
    case CTL_SETTING_BEGIN_BY:
      return apply_duration (spec, id, text, asyncq_job_spec_set_begin_by, error);
    case CTL_SETTING_RETRY:
      return apply_text (spec, text, asyncq_job_spec_set_retry);
    case CTL_SETTING_RUN_TIMEOUT:
      return apply_duration (spec, id, text, asyncq_job_spec_set_run_timeout, error);
    case CTL_SETTING_TOTAL_TIMEOUT:
      return apply_duration (spec, id, text, asyncq_job_spec_set_total_timeout, error);
    case CTL_SETTING_FAILURE_LOG_LEVEL:
      return apply_choice (spec, id, text, asyncq_job_spec_set_failure_log_level, error);
    case CTL_SETTING_OBJECT:
      return apply_text (spec, text, asyncq_job_spec_set_object);
    case CTL_SETTING_KEY:
      return apply_text (spec, text, asyncq_job_spec_set_submit_key);
    case CTL_SETTING_UNIQUE_KEY:
      return apply_text (spec, text, asyncq_job_spec_set_unique_key);
    case CTL_SETTING_UNIQUE:
      return apply_names (spec, text, asyncq_job_spec_set_unique_arguments);
    case CTL_SETTING_LIMIT:
      return apply_names (spec, text, asyncq_job_spec_set_limits);
    case CTL_SETTING_TAG:
      return apply_names (spec, text, asyncq_job_spec_set_tags);
    case CTL_SETTING_UNIQUE_SCOPE:
      return apply_choice (spec, id, text, asyncq_job_spec_set_unique_scope, error);
    case CTL_SETTING_UNIQUE_PERIOD:
      return apply_duration (spec, id, text, asyncq_job_spec_set_unique_period, error);
    case CTL_SETTING_UNIQUE_CONFLICT:
      return apply_choice (spec, id, text, asyncq_job_spec_set_unique_conflict, error);
    case CTL_SETTING_PRIORITY:
    case CTL_SETTING_CRASH_LIMIT:
    default:
      return apply_number (spec, id, text, error);
    }
}

gboolean
ctl_settings_apply (const CtlSettings  *self,
                    AsyncqJobSpec      *spec,
                    CtlReach            reach,
                    GError            **error)
{
  for (guint i = 0; i < CTL_N_SETTINGS; i++)
    if (self->texts[i] != NULL && (ctl_settings[i].reach & reach) != 0 &&
        !apply (spec, (CtlSettingId) i, self->texts[i], error))
      return FALSE;
  return TRUE;
}

/* ---- files ---- */

static char *
dup_joined (JsonArray *array)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  g_auto(GStrv) strings = NULL;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        return NULL;
      g_strv_builder_add (names, json_node_get_string (node));
    }
  strings = g_strv_builder_end (names);
  return g_strjoinv (",", strings);
}

/* a text or a number is what it says, a list is of names, and true asks for what has a default */
char *
ctl_setting_dup_of_json (CtlSettingId   id,
                         JsonNode      *node,
                         GError       **error)
{
  char *text = NULL;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return g_strdup (json_node_get_string (node));
  if (id != CTL_SETTING_QUEUE && JSON_NODE_HOLDS_VALUE (node) &&
      (json_node_get_value_type (node) == G_TYPE_INT64 || json_node_get_value_type (node) == G_TYPE_DOUBLE))
    return json_to_string (node, FALSE);
  if ((id == CTL_SETTING_UNIQUE || ctl_settings[id].is_list) && JSON_NODE_HOLDS_ARRAY (node))
    text = dup_joined (json_node_get_array (node));
  else if (id == CTL_SETTING_UNIQUE && JSON_NODE_HOLDS_VALUE (node) && json_node_get_boolean (node))
    text = g_strdup ("");
  if (text == NULL)
    /* TRANSLATORS: %s is the name of a setting */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is of the wrong type"), ctl_settings[id].name);
  return text;
}
