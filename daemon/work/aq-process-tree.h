/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A child process of ours that was not reaped, and all that it has started and that still belongs to it. */
typedef struct _AqProcessTree AqProcessTree;

/* what of it to look at */
typedef enum
{
  AQ_TREE_MEMORY = 1 << 0,
  AQ_TREE_CPU = 1 << 1,
  AQ_TREE_EXACT = 1 << 2 /* memory that several share counts once: takes milliseconds */
} AqTreeFlags;

typedef struct
{
  guint   n_processes; /* the first included; also those that have ended and nobody has reaped */
  guint64 resident_bytes;
  gint64  cpu_usec;    /* also of those that have ended and were reaped */
} AqTreeUse;

AqProcessTree *aq_process_tree_new          (int            pid);
void           aq_process_tree_free         (AqProcessTree *self);
gboolean       aq_process_tree_measure      (AqProcessTree *self,
                                             AqTreeFlags    flags,
                                             AqTreeUse     *out_use);
gint64         aq_process_tree_get_cpu      (AqProcessTree *self);
guint64        aq_process_tree_get_mapped   (AqProcessTree *self);
void           aq_process_tree_kill         (AqProcessTree *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqProcessTree, aq_process_tree_free)

G_END_DECLS
