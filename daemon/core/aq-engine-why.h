/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/* The door of the core for who wants to know: why a job does not run, and how it goes with all of them. */

/* Returns: how many workers of an agent could begin a job now */
typedef guint (*AqEngineRoom) (const char *agent,
                               gpointer    user_data);

/* @func: nullable: then what runs tells how much room there is */
void aq_engine_set_room_func   (AqEngine     *self,
                                AqEngineRoom  func,
                                gpointer      user_data);
/* a{sv}, see org.asyncq.Job1.Why. NO_SUCH_JOB, and those of aq_store_fetch() */
void aq_engine_explain_job     (AqEngine     *self,
                                guint64       id,
                                AqEngineRead  done,
                                gpointer      user_data);
/* a{sv}, see org.asyncq.Manager1.Statistics */
void aq_engine_read_statistics (AqEngine     *self,
                                AqEngineRead  done,
                                gpointer      user_data);

G_END_DECLS
