/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/* The door of the core for factories, named templates of jobs. Answers come as those of aq-engine.h do. */

/* @entry: a{sv}, an entry of Submit without edges. INVALID, EXISTS, and those of a submit */
void aq_engine_add_factory    (AqEngine      *self,
                               const AqActor *actor,
                               const char    *name,
                               GVariant      *entry,
                               AqEngineDone   done,
                               gpointer       user_data);
/* NO_SUCH_FACTORY */
void aq_engine_remove_factory (AqEngine      *self,
                               const AqActor *actor,
                               const char    *name,
                               AqEngineDone   done,
                               gpointer       user_data);
/* aa{sv}: the entries, each with its "name", sorted by that */
void aq_engine_list_factories (AqEngine      *self,
                               AqEngineRead   done,
                               gpointer       user_data);

G_END_DECLS
