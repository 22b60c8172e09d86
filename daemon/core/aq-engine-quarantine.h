/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

void      aq_engine_set_quarantine    (AqEngine      *self,
                                       guint          n_jobs);
void      aq_engine_release_function  (AqEngine      *self,
                                       const AqActor *actor,
                                       const char    *name,
                                       AqEngineDone   done,
                                       gpointer       user_data);
GVariant *aq_engine_dup_quarantine    (AqEngine      *self,
                                       const char    *name);

G_END_DECLS
