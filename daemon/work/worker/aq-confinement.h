/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-function-options.h"

G_BEGIN_DECLS

/* a worker's sandbox in a frame */

/* what a worker is told to do to itself: the sandbox of its functions, and what belongs to that worker alone */
typedef struct
{
  AqSandbox  sandbox;
  char      *temporary;          /* owned, nullable: the folder that it is to make for itself */
  char     **plugin_directories; /* owned, nullable: another user than the daemon's must not write there */
} AqConfinement;

void      aq_sandbox_clear             (AqSandbox            *self);
void      aq_sandbox_copy              (AqSandbox            *self,
                                        const AqSandbox      *other);

void      aq_confinement_clear         (AqConfinement        *self);
GVariant *aq_confinement_to_variant    (const AqConfinement  *self);
gboolean  aq_confinement_from_variant  (AqConfinement        *self,
                                        GVariant             *value,
                                        GError              **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqSandbox, aq_sandbox_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqConfinement, aq_confinement_clear)

G_END_DECLS
