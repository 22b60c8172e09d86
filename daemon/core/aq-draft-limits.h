/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-entry.h"

G_BEGIN_DECLS

/* The keys "limits" and "tags" of an entry. */
gboolean aq_draft_limits_read_key (AqDraftEntry          *entry,
                                   const char            *key,
                                   GVariant              *value,
                                   GError               **error);
gboolean aq_draft_limits_set      (AqDraftEntry          *entry,
                                   const AqFunction      *function,
                                   const AqDraftContext  *context,
                                   GError               **error);
/* @names: of any type */
gboolean aq_draft_limits_check    (GVariant              *names,
                                   GError               **error);
/* a(ss), as it is among the settings of a job */
GVariant *
         aq_draft_limits_expand   (GVariant              *names,
                                   const char            *name,
                                   const AqFunction      *function,
                                   GVariant              *arguments,
                                   GError               **error);

G_END_DECLS
