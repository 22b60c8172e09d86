/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* of the image that fuzz-seeds makes */
#define FUZZ_STORE_ID "an id for fuzzin"
#define FUZZ_N_VALUES 6

/* what libFuzzer calls, and fuzz-main.c where there is none */
int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize         size);

G_END_DECLS
