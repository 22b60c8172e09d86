/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-usage.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* a child process of ours, known by its pidfd: a pid alone may be somebody else's by now */
typedef struct
{
  int pid;   /* 0: none */
  int pidfd; /* readable once it has ended */
} AqProcess;

/* how it ended: one of these is set, or none where nobody knows */
typedef struct
{
  int exit_status; /* -1: it did not exit */
  int signal;      /* 0: none killed it */
  AqUsage usage;   /* with what it had started and waited for */
} AqProcessEnd;

/* the child's @target is a copy of our @source */
typedef struct
{
  int source;
  int target;
} AqProcessDescriptor;

gboolean aq_process_spawn  (AqProcess                  *self,
                            const char * const         *argv,
                            const AqProcessDescriptor  *descriptors,
                            guint                       n_descriptors,
                            GError                    **error);
void     aq_process_terminate (AqProcess               *self);
void     aq_process_kill   (AqProcess                  *self);
char    *aq_process_reap   (AqProcess                  *self,
                            AqProcessEnd               *out_end);

G_END_DECLS
