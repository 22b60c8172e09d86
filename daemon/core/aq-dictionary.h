/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A value a{sv}, sorted by key, each key once. NULL is the empty one. Immutable:
 * a change makes a new one, which has a memory of its own.
 */

/* (transfer full) (nullable) */
GVariant *aq_dictionary_get (GVariant   *self,
                             const char *key);
/* @value: NULL removes the key. (transfer full) (nullable) */
GVariant *aq_dictionary_set (GVariant   *self,
                             const char *key,
                             GVariant   *value);

G_END_DECLS
