/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-clock.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* One run of asyncq-worker --describe. */
typedef struct _AqDescriber AqDescriber;

/* @description: AQ_DESCRIPTION_TYPE, normal; NULL with @error */
typedef void (*AqDescribedFunc) (GVariant     *description,
                                 const GError *error,
                                 gpointer      user_data);

AqDescriber *aq_describer_new  (AqClock         *clock,
                                const char      *worker_program,
                                int              fd,
                                const char      *file,
                                AqDescribedFunc  func,
                                gpointer         user_data,
                                GError         **error);
void         aq_describer_free (AqDescriber     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqDescriber, aq_describer_free)

G_END_DECLS
