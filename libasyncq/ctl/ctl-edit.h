/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* a line that is being written with the keys of a terminal, and the lines before it */
typedef struct _CtlEdit CtlEdit;

typedef enum
{
  CTL_EDIT_GOES_ON,
  CTL_EDIT_ENTER,    /* the line is done: ctl_edit_take() */
  CTL_EDIT_END       /* Ctrl-D on an empty line */
} CtlEditEvent;

CtlEdit      *ctl_edit_new       (void);
void          ctl_edit_free      (CtlEdit    *self);
CtlEditEvent  ctl_edit_feed      (CtlEdit    *self,
                                  guchar      byte);
const char   *ctl_edit_get_text  (CtlEdit    *self);
gsize         ctl_edit_get_point (CtlEdit    *self);
char         *ctl_edit_take      (CtlEdit    *self);
void          ctl_edit_remember  (CtlEdit    *self,
                                  const char *line);
char         *ctl_edit_dup_lines (CtlEdit    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlEdit, ctl_edit_free)

G_END_DECLS
