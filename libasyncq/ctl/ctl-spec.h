/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-functions.h"

G_BEGIN_DECLS

/* what submit and run were told about the job besides its words */
typedef struct
{
  gboolean  parallel;
  gboolean  serial;
  char     *postprocess;
  char     *file;
  char     *queue;
  int       priority;    /* -1: not given */
  char     *at;
  char     *after;
  char     *key;
  gboolean  defer_check;
} CtlSpecOptions;

void           ctl_spec_options_clear (CtlSpecOptions       *self);
/* (element-type AsyncqJobSpec): one, or with --file any number */
GPtrArray     *ctl_spec_build         (CtlContext           *context,
                                       const CtlSpecOptions *options,
                                       const char * const   *words,
                                       GError              **error);

/* a call; @n_open: how many parameters are filled in when it runs */
AsyncqJobSpec *ctl_spec_of_words      (CtlFunctions         *functions,
                                       const char           *function,
                                       const char * const   *words,
                                       guint                 n_open,
                                       gboolean              defer_check,
                                       GError              **error);
AsyncqJobSpec *ctl_spec_of_line       (CtlFunctions         *functions,
                                       const char           *line,
                                       guint                 n_open,
                                       gboolean              defer_check,
                                       GError              **error);
gboolean       ctl_spec_set_time      (AsyncqJobSpec        *spec,
                                       const char           *at,
                                       const char           *after,
                                       GError              **error);
GPtrArray     *ctl_spec_read_json     (CtlFunctions         *functions,
                                       const char           *text,
                                       gboolean              defer_check,
                                       GError              **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CtlSpecOptions, ctl_spec_options_clear)

G_END_DECLS
