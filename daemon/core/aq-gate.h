/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The output gate: nobody hears of what a crash can undo. Whoever wants to tell
 * the world of a transaction holds the telling here until it is flushed.
 */
typedef struct _AqGate AqGate;

/* @error is NULL when the sequence is flushed, else why it never will be */
typedef void (*AqGateFunc) (const GError *error,
                            gpointer      user_data);

AqGate  *aq_gate_new         (void);
void     aq_gate_free        (AqGate       *self);
guint64  aq_gate_get_flushed (AqGate       *self);
void     aq_gate_hold        (AqGate       *self,
                              guint64       sequence,
                              AqGateFunc    func,
                              gpointer      user_data);
void     aq_gate_open        (AqGate       *self,
                              guint64       flushed);
void     aq_gate_fail        (AqGate       *self,
                              const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqGate, aq_gate_free)

G_END_DECLS
