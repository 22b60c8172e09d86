/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "asyncq-job-spec.h"

G_BEGIN_DECLS

typedef enum
{
  ASYNCQ_SPEC_CALL,
  ASYNCQ_SPEC_FACTORY,  /* a call whose function and defaults the daemon knows */
  ASYNCQ_SPEC_PARALLEL,
  ASYNCQ_SPEC_SERIAL,
  ASYNCQ_SPEC_BATCH
} AsyncqSpecKind;

/* what a spec is to its parent, or to the job that there is which it belongs to */
typedef enum
{
  ASYNCQ_SPEC_MEMBER,
  ASYNCQ_SPEC_POSTPROCESS,
  ASYNCQ_SPEC_CALLBACK
} AsyncqSpecRole;

#define ASYNCQ_N_SPEC_ROLES (ASYNCQ_SPEC_CALLBACK + 1)

typedef struct
{
  AsyncqJobSpec *spec; /* owned */
  AsyncqJobOn    on;
} AsyncqSpecAfter;

typedef struct
{
  guint64     id;
  AsyncqJobOn on;
} AsyncqSpecAfterJob;

struct _AsyncqJobSpec
{
  GObject parent_instance;

  AsyncqSpecKind kind;
  char          *function;    /* of a factory its name; NULL in a composite spec */
  GPtrArray     *positional;  /* of GVariant */
  GTree         *named;       /* char* to GVariant */
  GTree         *settings;    /* static char* to GVariant: keys of the entry that are set as they are */

  AsyncqJobSpec *parent;      /* no reference: it owns us */
  guint64        parent_job;  /* the job that there is which it belongs to; 0: none */
  AsyncqSpecRole role;        /* to either of them */
  AsyncqJobOn    on;          /* of a callback */
  GPtrArray     *members;     /* of AsyncqJobSpec, owned: all that belong to it, of any role */
  GArray        *after;       /* of AsyncqSpecAfter */
  GArray        *after_jobs;  /* of AsyncqSpecAfterJob */
};

/* asyncq-job-spec-entries.c */
GVariant *_asyncq_job_spec_list_to_entries (AsyncqJobSpec **specs,
                                            gsize           n_specs,
                                            GArray         *out_positions);

G_END_DECLS
