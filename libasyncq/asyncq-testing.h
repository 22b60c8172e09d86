/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <asyncq.h>

G_BEGIN_DECLS

#define ASYNCQ_TYPE_TESTING (asyncq_testing_get_type ())

ASYNCQ_EXPORT
G_DECLARE_FINAL_TYPE (AsyncqTesting, asyncq_testing, ASYNCQ, TESTING, GObject)

ASYNCQ_EXPORT
AsyncqTesting *asyncq_testing_new         (const char     *plugin_directory,
                                           GError        **error);
ASYNCQ_EXPORT
AsyncqClient  *asyncq_testing_get_client  (AsyncqTesting  *self);
ASYNCQ_EXPORT
const char    *asyncq_testing_get_address (AsyncqTesting  *self);
ASYNCQ_EXPORT
gint64         asyncq_testing_get_time    (AsyncqTesting  *self,
                                           GError        **error);
ASYNCQ_EXPORT
gboolean       asyncq_testing_advance     (AsyncqTesting  *self,
                                           gint64          interval_usec,
                                           GError        **error);
ASYNCQ_EXPORT
gboolean       asyncq_testing_set_time    (AsyncqTesting  *self,
                                           gint64          time_usec,
                                           GError        **error);
ASYNCQ_EXPORT
gboolean       asyncq_testing_drain       (AsyncqTesting  *self,
                                           GError        **error);
ASYNCQ_EXPORT
void           asyncq_testing_stop        (AsyncqTesting  *self);

G_END_DECLS
