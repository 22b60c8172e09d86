/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* bytes of entropy in a token, and characters of its text */
#define AQ_MONITOR_TOKEN_BYTES 32
#define AQ_MONITOR_TOKEN_LENGTH (2 * AQ_MONITOR_TOKEN_BYTES)
#define AQ_MONITOR_COOKIE "asyncq-monitor"

/*
 * Who may come in: decides by the head of a request and knows no socket. See
 * reliability S6 and S7.
 */
typedef struct _AqMonitorGuard AqMonitorGuard;

/* Borrowed; every header is NULL where it is missing */
typedef struct
{
  gboolean    local;         /* over the Unix socket: the kernel has named the user, and it was ours */
  const char *method;
  const char *path;
  gboolean    upgrade;       /* asks for a WebSocket */
  guint       n_hosts;       /* how many Host headers there are */
  const char *host;
  guint       n_origins;
  const char *origin;
  const char *authorization;
  const char *cookie;
} AqMonitorRequest;

AqMonitorGuard *aq_monitor_guard_new          (const char              *token,
                                               guint                    port,
                                               const char * const      *allowed_hosts,
                                               const char * const      *allowed_origins);
void            aq_monitor_guard_free         (AqMonitorGuard          *self);
guint           aq_monitor_guard_check        (AqMonitorGuard          *self,
                                               const AqMonitorRequest  *request,
                                               const char             **out_reason);
const char     *aq_monitor_guard_get_session  (AqMonitorGuard          *self);

char           *aq_monitor_token_new          (void);
char           *aq_monitor_token_load         (const char              *path,
                                               GError                 **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqMonitorGuard, aq_monitor_guard_free)

G_END_DECLS
