/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-job-folder.h"
#include "work/worker/aq-wire.h"

G_BEGIN_DECLS

/* A worker's sandbox, if it was told to have one. Zero-initialised for a worker that was not. */
typedef struct
{
  AqJobFolder folder;
  char       *refusal; /* owned, nullable: why no function is run here */
} AqCell;

gboolean aq_cell_confine (AqCell             *self,
                          const AqWireFrame  *frame,
                          AqWireBuffer       *out,
                          GError            **error);
gboolean aq_cell_admits  (const AqCell       *self,
                          const char         *function,
                          GError            **error);

G_END_DECLS
