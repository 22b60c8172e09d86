/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a worker, and whatever it has started, writes to stdout and stderr. */
typedef struct _AqRunOutput AqRunOutput;

typedef struct
{
  /* some of it was read */
  void  (*read)     (const guint8 *data,
                     gsize         size,
                     gpointer      user_data);
  /* who writes now: begins the lines in our own log */
  char *(*dup_name) (gpointer      user_data);
} AqRunOutputHooks;

AqRunOutput *aq_run_output_new      (int                     fd,
                                     const AqRunOutputHooks *hooks,
                                     gpointer                user_data);
void         aq_run_output_free     (AqRunOutput            *self);
void         aq_run_output_read     (AqRunOutput            *self);
void         aq_run_output_end_line (AqRunOutput            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqRunOutput, aq_run_output_free)

G_END_DECLS
