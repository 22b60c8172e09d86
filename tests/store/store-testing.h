/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-rules.h"
#include "core/aq-store.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-store-io.h"

#include <glib/gstdio.h>

G_BEGIN_DECLS

/* A store that a test plays with, and what the rules need besides it. */
typedef struct
{
  char            *folder;    /* owned, removed at the end */
  char            *path;      /* owned: of the store, in the folder */
  AqClock         *clock;     /* owned, manual */
  AqFunctionTable *functions; /* owned: test.echo and test.other */
  AqAgent         *agent;     /* owned: takes everything */
  AqStore         *store;     /* owned, nullable */
  AqStoreIo       *io;        /* borrowed, nullable: of stores opened from now on */
  GError          *failure;   /* owned: what the store said when it failed */
} StoreTest;

void       store_test_init          (StoreTest       *self);
void       store_test_clear         (StoreTest       *self);

/* embedded, at self->path */
gboolean   store_test_open          (StoreTest       *self,
                                     GError         **error);
void       store_test_reopen        (StoreTest       *self);
void       store_test_close         (StoreTest       *self);
/* as if the process were gone */
void       store_test_crash         (StoreTest       *self);
void       store_test_flush         (StoreTest       *self);

/* Returns: the sequence, or 0 with @error set */
guint64    store_test_apply         (StoreTest       *self,
                                     AqRule           rule,
                                     gpointer         event,
                                     GError         **error);
AqDraft    store_test_draft         (const char      *text);
guint64    store_test_put           (StoreTest       *self,
                                     const char      *text);
guint64    store_test_put_large     (StoreTest       *self,
                                     gsize            size);
/* claims one job, 0 if there is none */
guint64    store_test_claim         (StoreTest       *self,
                                     guint64         *out_lease);
void       store_test_finish        (StoreTest       *self,
                                     guint64          id,
                                     guint64          lease,
                                     const char      *result);
void       store_test_play          (StoreTest       *self,
                                     GRand           *random,
                                     guint            n_steps);
/* all there is in the store, as text */
char      *store_test_dump          (StoreTest       *self);

void       store_test_assert_same    (const char      *left,
                                     const char      *right);

char      *store_test_copy          (StoreTest       *self,
                                     const char      *name);
void       store_test_remove        (const char      *path);
/* names, sizes and contents of all files below @path, as one checksum */
char      *store_test_checksum      (const char      *path);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StoreTest, store_test_clear)

G_END_DECLS
