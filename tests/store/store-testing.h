/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-rules.h"
#include "core/aq-store.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-embedded-settings.h"
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
  AqEmbeddedSettings settings; /* likewise */
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

/* both images hold everything, and what can leave memory has left it; or an error */
gboolean   store_test_try_checkpoint (StoreTest     *self,
                                     GError         **error);
void       store_test_checkpoint    (StoreTest       *self);
/* completed jobs leave memory until none is left to look at */
void       store_test_evict         (StoreTest       *self);
/* all that are away come back */
gboolean   store_test_fetch         (StoreTest       *self,
                                     GError         **error);
guint      store_test_count_away    (StoreTest       *self);

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
/* all there is in the store, as text; what is away is fetched for it */
char      *store_test_dump          (StoreTest       *self);

void       store_test_assert_same    (const char      *left,
                                     const char      *right);

/* Somebody who reads history to its end, page by page. Zeroed by start. */
typedef struct
{
  StoreTest *test;
  guint64    after;
  guint      max_changes;
  gboolean   waits;     /* for an answer */
  guint      n_answers;
  gboolean   at_end;    /* the last answer had nothing */
  GArray    *changes;   /* of AqJobChange, owned: all that it was told */
  GError    *error;     /* owned, nullable */
} StoreTestReading;

void       store_test_reading_start  (StoreTestReading *self,
                                      StoreTest        *test,
                                      guint64           after,
                                      guint             max_changes);
/* asks for the next page if it does not wait */
void       store_test_reading_go_on  (StoreTestReading *self);
void       store_test_reading_wait   (StoreTestReading *self);
/* to the end of what is flushed now */
void       store_test_reading_finish (StoreTestReading *self);
void       store_test_reading_clear  (StoreTestReading *self);
void       store_test_assert_same_changes (GArray     *changes,
                                           GArray     *live,
                                           guint64     after);
/* history after @after is the rest of @live */
void       store_test_assert_history (StoreTest       *self,
                                      GArray          *live,
                                      guint64          after,
                                      guint            max_changes);

char      *store_test_copy          (StoreTest       *self,
                                     const char      *name);
void       store_test_remove        (const char      *path);
/* names, sizes and contents of all files below @path, as one checksum */
char      *store_test_checksum      (const char      *path);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StoreTest, store_test_clear)

G_END_DECLS
