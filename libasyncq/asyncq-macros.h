/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

/**
 * ASYNCQ_EXPORT:
 *
 * Marks a symbol as visible outside its object: the public functions of the
 * library, and the functions and the description of a plugin.
 *
 * Since: 0.1
 */
#define ASYNCQ_EXPORT __attribute__ ((visibility ("default")))
