/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-list.h"

G_BEGIN_DECLS

/* what an entry says about other jobs */
typedef struct
{
  const char *kind;       /* nullable, and so the others */
  const char *role;
  const char *on;
  GVariant   *after;      /* a(us) */
  GVariant   *after_jobs; /* a(ts) */
  gboolean    has_parent; /* "parent" or "parent-job" */
} AqEdgeKeys;

/* how its job is to be treated */
typedef struct
{
  const char *retry; /* nullable */
  gboolean    has_begin_by;
  gint64      begin_by_usec;
  gint64      run_timeout_usec;   /* 0, here and below: not given */
  gint64      total_timeout_usec;
  guint       crash_limit;
  guint       failure_log_level;
  const char *object; /* nullable */
} AqDraftSettings;

/* what settings are made of: no padding, since it is compared byte by byte */
typedef struct
{
  AqRetryPolicy *policy; /* borrowed, nullable */
  const char    *object; /* likewise; of equal texts each has settings of its own, until these are interned */
  gint64         begin_by_usec; /* -1: none */
  gint64         run_timeout_usec;
  gint64         total_timeout_usec;
  guint32        crash_limit;
  guint32        failure_log_level;
} AqDraftChoice;

/* when it is put although there is one like it */
typedef struct
{
  gboolean  is_given;  /* one of the keys at least */
  gboolean  has_scope;
  guint     scope;     /* AqUniqueScope */
  guint     conflict;  /* AqUniqueConflict */
  GVariant *arguments; /* nullable: as, the names of those that make the key */
} AqDraftUnique;

/* One entry, as it is read. Strings and values are borrowed from the list, which keeps them. */
typedef struct
{
  AqDraftList *list;
  AqDraft     *draft;

  const char  *function;
  const char  *factory;  /* nullable: what its other keys come from */
  AqDraftSettings settings;
  AqDraftUnique unique;
  AqEdgeKeys   edges;
  GVariant    *arguments;
  GVariant    *named;
  GVariant    *limits;   /* nullable: as, names of definitions */
  GVariant    *tags;     /* nullable: as */
  gboolean     defer_check;
} AqDraftEntry;

/* what reads a key: see the table in aq-draft-list.c */
typedef gboolean (*AqDraftRead) (AqDraftEntry  *entry,
                                 const char    *key,
                                 GVariant      *value,
                                 GError       **error);

G_END_DECLS
