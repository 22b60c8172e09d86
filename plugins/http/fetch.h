/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "request.h"

#include <asyncq-plugin.h>

G_BEGIN_DECLS

void fetch_begin (AsyncqJobContext *job,
                  SoupSession      *session,
                  Request          *request);

G_END_DECLS
