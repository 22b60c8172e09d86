/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "monitor/aq-monitor-context.h"

G_BEGIN_DECLS

/* One conversation in the text protocol. Knows no socket. */
typedef struct _AqTextSession AqTextSession;

/* An answer to send, then maybe to close. May be called before the line that it
 * answers has returned, and may free the session.
 * @text: nullable: nothing to send */
typedef void     (*AqTextReply) (const char  *text,
                                 gboolean     close,
                                 gpointer     user_data);
/* "watch" was said: begins the stream of the peer
 * @arguments: the words behind it, one space between them, possibly none */
typedef gboolean (*AqTextWatch) (const char  *arguments,
                                 GError     **error,
                                 gpointer     user_data);

AqTextSession *aq_text_session_new  (const AqMonitorContext *context,
                                     AqTextReply             reply,
                                     AqTextWatch             watch,
                                     gpointer                user_data);
void           aq_text_session_free (AqTextSession          *self);
void           aq_text_session_line (AqTextSession          *self,
                                     const char             *line,
                                     gsize                   length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqTextSession, aq_text_session_free)

G_END_DECLS
