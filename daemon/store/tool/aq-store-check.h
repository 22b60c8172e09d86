/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/tool/aq-snapshot.h"
#include "store/tool/aq-store-report.h"

G_BEGIN_DECLS

gboolean aq_store_check      (const AqSnapshotSource  *source,
                              AqStoreReport           *out_report,
                              GError                 **error);
gboolean aq_store_check_path (AqStoreIo               *io,
                              const char              *path,
                              AqMeter                 *meter,
                              AqStoreReport           *out_report,
                              GError                 **error);

G_END_DECLS
