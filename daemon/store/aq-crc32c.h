/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint32 aq_crc32c            (guint32       crc,
                              gconstpointer data,
                              gsize         size);
guint32 aq_crc32c_portable   (guint32       crc,
                              gconstpointer data,
                              gsize         size);

G_END_DECLS
