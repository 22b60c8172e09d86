/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-process-tree.h"
#include "work/aq-resource-limits.h"

G_BEGIN_DECLS

/* Looks at running jobs that have limits of memory, processor time or processes. */
typedef struct _AqResourceWatch AqResourceWatch;
typedef struct _AqResourceWatched AqResourceWatched;

/* @used: as the limit, bytes, microseconds or a number; the entry may be removed from within */
typedef void (*AqResourceExceeded) (AqResource resource,
                                    guint64    used,
                                    gpointer   user_data);

/* one worker whose job is looked at; its owner's memory */
struct _AqResourceWatched
{
  AqProcessTree          *tree;
  const AqResourceLimits *limits;
  gint64                  cpu_before_usec; /* that earlier jobs have taken */
  AqResourceExceeded      exceeded;
  gpointer                user_data;

  AqTreeUse               last;            /* what was seen last */
  guint                   n_exact_ago;     /* looks since memory was counted exactly */
};

AqResourceWatch *aq_resource_watch_new    (void);
void             aq_resource_watch_free   (AqResourceWatch        *self);
gboolean         aq_resource_watch_wants  (const AqResourceLimits *limits);
void             aq_resource_watch_add    (AqResourceWatch        *self,
                                           AqResourceWatched      *watched);
void             aq_resource_watch_remove (AqResourceWatch        *self,
                                           AqResourceWatched      *watched);
guint            aq_resource_watch_get_n_watched (AqResourceWatch *self);
void             aq_resource_watch_look   (AqResourceWatch        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqResourceWatch, aq_resource_watch_free)

G_END_DECLS
