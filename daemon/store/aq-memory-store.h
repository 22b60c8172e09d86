/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-store.h"

G_BEGIN_DECLS

#define AQ_TYPE_MEMORY_STORE (aq_memory_store_get_type ())
G_DECLARE_FINAL_TYPE (AqMemoryStore, aq_memory_store, AQ, MEMORY_STORE, AqStore)

/* Keeps nothing: a fair stand-in for tests, and for jobs that may be lost. */
AqStore *aq_memory_store_new (AqClock *clock);

G_END_DECLS
