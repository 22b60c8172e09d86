/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-store.h"
#include "store/aq-buffer.h"
#include "store/aq-tables.h"

G_BEGIN_DECLS

/*
 * The tables of the memory store, and what the embedded store would have
 * written of each transaction. A crash forgets the tables, and some of what was
 * not flushed; the rest is read again.
 */
typedef struct
{
  AqClock   *clock;    /* owned */
  AqTables  *tables;   /* owned */
  AqBuffer   written;  /* one transaction after another */
  GArray    *ends;     /* of gsize: where in there each ends; the first is number 1 */
  guint64    flushed;  /* transactions up to here survive */
  guint64    hash;     /* of all that was ever written, in that order: what a history is known by */
} SimStore;

void     sim_store_init  (SimStore       *self,
                          AqClock        *clock);
void     sim_store_clear (SimStore       *self);
guint64  sim_store_get_sequence (const SimStore *self);
gboolean sim_store_apply (SimStore       *self,
                          AqRule          rule,
                          gpointer        event,
                          GError        **error);
/* to read only */
AqTransaction *
         sim_store_read  (SimStore       *self);
/* @sequence: the last transaction that survives, at least `flushed` */
void     sim_store_crash (SimStore       *self,
                          guint64         sequence);
void     sim_store_mix   (SimStore       *self,
                          gconstpointer   bytes,
                          gsize           n_bytes);

G_END_DECLS
