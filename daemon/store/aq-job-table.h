/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job.h"

G_BEGIN_DECLS

/* Jobs by id, owned. Ids are dense, so eight bytes a job and no hashing do. */
typedef struct _AqJobTable AqJobTable;

AqJobTable *aq_job_table_new    (void);
void        aq_job_table_free   (AqJobTable *self);
AqJob      *aq_job_table_lookup (AqJobTable *self,
                                 guint64     id);
void        aq_job_table_insert (AqJobTable *self,
                                 AqJob      *job);
AqJob      *aq_job_table_steal  (AqJobTable *self,
                                 guint64     id);
AqJob      *aq_job_table_below  (AqJobTable *self,
                                 guint64     id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqJobTable, aq_job_table_free)

G_END_DECLS
