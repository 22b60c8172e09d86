/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-cgroup-mode.h"

G_BEGIN_DECLS

/* The control group that the daemon was handed, version 2, with one below it for each worker. */
typedef struct _AqCgroups AqCgroups;
/* One worker's. */
typedef struct _AqCgroup AqCgroup;

/* where the kernel tells; tests have a tree of their own */
typedef struct
{
  const char *mount;     /* nullable: the first file system of the kind that is mounted */
  const char *self_file; /* nullable: /proc/self/cgroup */
  int         pid;       /* 0: this process */
  /* nullable, for tests: do to a folder that was made, or is to be removed, what the kernel does */
  void      (*made)     (const char *folder);
  void      (*removing) (const char *folder);
  /* nullable, for tests: an errno that writing to this file gives, or 0 */
  int       (*refuse)   (const char *path);
} AqCgroupPlaces;

AqCgroups  *aq_cgroups_new           (AqCgroupMode           mode,
                                      const AqCgroupPlaces  *places,
                                      GError               **error);
void        aq_cgroups_free          (AqCgroups             *self);
gboolean    aq_cgroups_are_used      (AqCgroups             *self);
const char *aq_cgroups_describe      (AqCgroups             *self);
guint64     aq_cgroups_get_memory    (AqCgroups             *self);
guint64     aq_cgroups_get_processes (AqCgroups             *self);

AqCgroup   *aq_cgroup_new            (AqCgroups             *groups,
                                      int                    pid);
void        aq_cgroup_free           (AqCgroup              *self);
void        aq_cgroup_limit          (AqCgroup              *self,
                                      guint64                memory_bytes,
                                      guint                  n_processes);
guint64     aq_cgroup_count_oom      (AqCgroup              *self);
guint64     aq_cgroup_get_peak       (AqCgroup              *self);
gint64      aq_cgroup_get_cpu        (AqCgroup              *self);
void        aq_cgroup_kill           (AqCgroup              *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqCgroups, aq_cgroups_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqCgroup, aq_cgroup_free)

G_END_DECLS
