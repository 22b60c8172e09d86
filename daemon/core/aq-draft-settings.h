/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-entry.h"

G_BEGIN_DECLS

/* The keys of an entry that say how its job is to be treated. */
gboolean aq_draft_settings_read_key (AqDraftEntry          *entry,
                                     const char            *key,
                                     GVariant              *value,
                                     GError               **error);
gboolean aq_draft_settings_set      (AqDraftEntry          *entry,
                                     const AqDraftContext  *context,
                                     GError               **error);
/* @more: a{sv}, consumed if it is floating: takes the place of what the draft has */
gboolean aq_draft_settings_add      (AqDraftEntry          *entry,
                                     GVariant              *more,
                                     const AqDraftContext  *context,
                                     GError               **error);

G_END_DECLS
