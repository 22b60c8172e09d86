/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* how a job is to be treated: options of submit and run, keys of files and of change */
typedef enum
{
  CTL_SETTING_QUEUE,
  CTL_SETTING_PRIORITY,
  CTL_SETTING_AT,
  CTL_SETTING_AFTER,
  CTL_SETTING_BEGIN_BY,
  CTL_SETTING_RETRY,
  CTL_SETTING_RUN_TIMEOUT,
  CTL_SETTING_TOTAL_TIMEOUT,
  CTL_SETTING_CRASH_LIMIT,
  CTL_SETTING_FAILURE_LOG_LEVEL,
  CTL_SETTING_OBJECT,
  CTL_SETTING_LIMIT,
  CTL_SETTING_TAG,
  CTL_SETTING_KEY,
  CTL_SETTING_UNIQUE_KEY,
  CTL_SETTING_UNIQUE,
  CTL_SETTING_UNIQUE_SCOPE,
  CTL_SETTING_UNIQUE_PERIOD,
  CTL_SETTING_UNIQUE_CONFLICT
} CtlSettingId;

#define CTL_N_SETTINGS (CTL_SETTING_UNIQUE_CONFLICT + 1)

/* whose it is where a composite job is submitted */
typedef enum
{
  CTL_REACH_JOB = 1,   /* the composite job itself */
  CTL_REACH_CALLS = 2, /* its members and its postprocess */
  CTL_REACH_ALL = 3
} CtlReach;

typedef struct
{
  const char *name;       /* "begin-by": the option --begin-by, the key "begin_by" of a file */
  CtlReach    reach;
  const char *help;       /* marked for translation */
  const char *value;      /* what stands for its value in the help; marked for translation */
  const char *choices;    /* nullable: what it may be, with blanks between */
  gboolean    is_list;    /* names with commas between; an option can be given several times */
  gboolean    is_optional; /* the option makes sense without a value */
  gboolean    is_change;  /* a job that is there can be given another one */
} CtlSetting;

extern const CtlSetting ctl_settings[CTL_N_SETTINGS];

/* the words that were given for settings; NULL: not given */
typedef struct
{
  char *texts[CTL_N_SETTINGS];
} CtlSettings;

void      ctl_settings_clear     (CtlSettings       *self);
/* also by the names that it has had; @name: with '-' or '_'; FALSE: it is none */
gboolean  ctl_setting_find       (const char        *name,
                                  CtlSettingId      *out_id);
/* fits together what was given */
gboolean  ctl_settings_check     (const CtlSettings *self,
                                  GError           **error);
/* those that reach it: of a call by itself all do */
gboolean  ctl_settings_apply     (const CtlSettings *self,
                                  AsyncqJobSpec     *spec,
                                  CtlReach           reach,
                                  GError           **error);
/* what stands in a file for a setting, as the word that an option has; NULL with @error set */
char     *ctl_setting_dup_of_json (CtlSettingId      id,
                                   JsonNode         *node,
                                   GError          **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CtlSettings, ctl_settings_clear)

G_END_DECLS
