/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "asyncq-job-spec.h"

G_BEGIN_DECLS

guint _asyncq_job_spec_append_entries (AsyncqJobSpec   *self,
                                       GVariantBuilder *entries,
                                       guint            first_index);

G_END_DECLS
