/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What the arguments of http.fetch ask for. */
typedef struct
{
  SoupMessage *message;      /* owned */
  gint64       timeout_usec; /* for all of it */
  guint64      max_bytes;    /* of the body; 0: no limit */
  char        *save_to;      /* owned, nullable: the file that gets the body */
  gboolean     any_status;   /* an answer is a result, whatever its status */
} Request;

gboolean request_parse (Request   *self,
                        GVariant  *arguments,
                        GError   **error);
void     request_clear (Request   *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

G_END_DECLS
