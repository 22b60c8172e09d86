/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-entry.h"

G_BEGIN_DECLS

/* The keys of an entry that keep two alike from being put. */
gboolean aq_draft_unique_read_key (AqDraftEntry      *entry,
                                   const char        *key,
                                   GVariant          *value,
                                   GError           **error);
gboolean aq_draft_unique_set      (AqDraftEntry      *entry,
                                   const AqFunction  *function,
                                   GError           **error);

G_END_DECLS
