/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job.h"

G_BEGIN_DECLS

/* When an edge fires, as seen from its parent. */
typedef enum
{
  AQ_EDGE_ON_START,   /* the parent, a composite job, has started */
  AQ_EDGE_ON_SUCCESS, /* the parent has succeeded */
  AQ_EDGE_ON_FAILURE, /* the parent has ended otherwise */
  AQ_EDGE_ON_ANY,     /* the parent has ended */
  AQ_EDGE_ON_FIRST_FAILURE /* the first member of the parent, a composite job, has ended otherwise than in success */
} AqEdgeOn;

#define AQ_N_EDGE_ONS (AQ_EDGE_ON_FIRST_FAILURE + 1)

typedef enum
{
  AQ_EDGE_MEMBER,      /* composite → member: the member may go once the composite has started */
  AQ_EDGE_POSTPROCESS, /* composite → postprocess job, likewise */
  AQ_EDGE_NEXT,        /* member → the next member of a serial job; callback → the job's next callback */
  AQ_EDGE_JOIN,        /* member → the job that is given the members: postprocess or composite */
  AQ_EDGE_RESULT,      /* job → the job whose result it makes: the child takes it over */
  AQ_EDGE_CALLBACK,    /* job → a job that is given its result, and that it waits for in state CALLBACKS */
  AQ_EDGE_AFTER        /* job → a job that may go once it has ended; nothing is handed over */
} AqEdgeRole;

#define AQ_N_EDGE_ROLES (AQ_EDGE_AFTER + 1)

/* One job waits for another. Written to the store once, never changed. */
struct _AqEdge
{
  guint64     parent;
  guint64     child;
  GRefString *type; /* nullable: the GVariant type that a handed-over result must have */
  guint8      on;   /* AqEdgeOn */
  guint8      role; /* AqEdgeRole */
};

gboolean aq_edge_is_over   (const AqEdge *self,
                            const AqJob  *parent);
gboolean aq_edge_is_unmet  (const AqEdge *self,
                            const AqJob  *parent);
gboolean aq_job_has_let_go (const AqJob  *self);

G_END_DECLS
