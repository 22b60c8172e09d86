/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/tool/aq-directory-draft.h"
#include "store/tool/aq-snapshot.h"

G_BEGIN_DECLS

gboolean aq_store_copy (const AqSnapshotSource  *source,
                        const char              *path,
                        GError                 **error);

G_END_DECLS
