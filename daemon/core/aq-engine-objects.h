/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/*
 * The door of the core for objects: named values that outlive jobs, and that functions may be bound to. Answers
 * come as those of aq-engine.h do.
 */

/* INVALID, EXISTS, TOO_LARGE */
void      aq_engine_create_object (AqEngine      *self,
                                   const AqActor *actor,
                                   const char    *name,
                                   GVariant      *value,
                                   AqEngineDone   done,
                                   gpointer       user_data);
/* @version: the one that it has now, 0: any. NO_SUCH_OBJECT, INVALID if it is of another type, CONFLICT, TOO_LARGE */
void      aq_engine_set_object    (AqEngine      *self,
                                   const AqActor *actor,
                                   const char    *name,
                                   GVariant      *value,
                                   guint64        version,
                                   AqEngineDone   done,
                                   gpointer       user_data);
/* NO_SUCH_OBJECT */
void      aq_engine_remove_object (AqEngine      *self,
                                   const AqActor *actor,
                                   const char    *name,
                                   AqEngineDone   done,
                                   gpointer       user_data);
/* a{sv}: "name" s, "value" v, "version" t, "changed" x. NO_SUCH_OBJECT */
void      aq_engine_read_object   (AqEngine      *self,
                                   const char    *name,
                                   AqEngineRead   done,
                                   gpointer       user_data);
/* aa{sv}, sorted by name: "name" s, "type" s, "version" t, "size" t, "changed" x. @glob: which, "" all;
 * @after: behind which name, "": from the first; @limit: how many at most */
void      aq_engine_list_objects  (AqEngine      *self,
                                   const char    *glob,
                                   const char    *after,
                                   guint          limit,
                                   AqEngineRead   done,
                                   gpointer       user_data);
/* (transfer full) (nullable): the value of the object that @job is bound to; from within the callback of a claim.
 * NULL: it is bound to none, or that is gone */
GVariant *aq_engine_dup_object    (AqEngine      *self,
                                   const AqJob   *job,
                                   guint64       *out_version);

G_END_DECLS
