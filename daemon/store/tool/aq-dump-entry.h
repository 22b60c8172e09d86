/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-page.h"
#include "store/tool/aq-dump-job.h"

G_BEGIN_DECLS

/* between a job of a dump and one in a page of an image */
gboolean aq_dump_entry_read   (const AqPageEntry  *entry,
                               AqDumpJob          *out_job,
                               GError            **error);
void     aq_dump_entry_make   (const AqDumpJob    *job,
                               AqBuffer           *buffer,
                               AqPageEntry        *out_entry);

G_END_DECLS
