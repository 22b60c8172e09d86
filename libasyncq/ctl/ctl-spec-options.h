/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-spec.h"

G_BEGIN_DECLS

/* what submit and run were told about the job besides its words */
typedef struct
{
  gboolean     parallel;
  gboolean     serial;
  gboolean     batch;
  char        *postprocess;
  char        *file;
  char        *factory;
  char       **after_jobs;  /* "30:failure" each */
  char        *callback_of; /* likewise */
  char        *append_to;
  GArray      *callbacks;   /* NULL or of calls and what they wait for, in their order */
  gboolean     defer_check;
  gboolean     is_template; /* arguments may be missing: they come when it is used */
  CtlSettings  settings;
} CtlSpecOptions;

void       ctl_spec_options_clear        (CtlSpecOptions       *self);
/* @line: a call with its arguments */
void       ctl_spec_options_add_callback (CtlSpecOptions       *self,
                                          AsyncqJobOn           on,
                                          const char           *line);
/* (element-type AsyncqJobSpec): one, or with --file any number */
GPtrArray *ctl_spec_options_build        (CtlContext           *context,
                                          const CtlSpecOptions *options,
                                          const char * const   *words,
                                          GError              **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CtlSpecOptions, ctl_spec_options_clear)

G_END_DECLS
