/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-store.h"
#include "store/aq-embedded-settings.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

#define AQ_TYPE_EMBEDDED_STORE (aq_embedded_store_get_type ())
G_DECLARE_FINAL_TYPE (AqEmbeddedStore, aq_embedded_store, AQ, EMBEDDED_STORE, AqStore)

/* @error: NULL when both images hold everything */
typedef void (*AqEmbeddedCheckpointFunc) (const GError *error,
                                          gpointer      user_data);

/* Keeps its jobs in a directory, made at the first opening: see README.md. */
AqStore *aq_embedded_store_new      (const char               *path,
                                     AqClock                  *clock);
/* for tests: with system calls of their own, which must outlive the store */
AqStore *aq_embedded_store_new_full (const char               *path,
                                     AqClock                  *clock,
                                     const AqEmbeddedSettings *settings,
                                     AqStoreIo                *io);
void     aq_embedded_store_checkpoint (AqEmbeddedStore        *self,
                                     AqEmbeddedCheckpointFunc  func,
                                     gpointer                  user_data);

G_END_DECLS
