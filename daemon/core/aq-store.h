/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

#include "core/aq-clock.h"
#include "core/aq-gate.h"
#include "core/aq-transaction.h"

G_BEGIN_DECLS

/*
 * A rule: what happens to the store at one event. It has no inputs but these.
 * On an error it has changed nothing.
 */
typedef gboolean (*AqRule) (AqTransaction  *transaction,
                            gpointer        event,
                            GError        **error);

/* What one transaction changed, for those who watch jobs. */
typedef struct
{
  guint64 id;
  guint64 sequence;
  guint8  state;     /* AsyncqJobState */
  guint8  outcome;   /* AsyncqJobOutcome */
  guint8  is_annotation; /* boolean: the state is as it was, and something was noted on the job */
  guint32 attempt;
  gint64  time_usec; /* of the transaction, wall clock */
} AqJobChange;

/* @changes: the next ones, whole transactions in order; none at the end. @error: what cannot be read */
typedef void (*AqHistoryFunc) (const AqJobChange *changes,
                               guint              n_changes,
                               const GError      *error,
                               gpointer           user_data);

/* @sequence: what the event may reveal; 0 with @error */
typedef void (*AqAppliedFunc) (gpointer      event,
                               guint64       sequence,
                               const GError *error,
                               gpointer      user_data);

/* called right after a rule was applied, with what it changed, none in an error; not flushed yet */
typedef void (*AqChangedFunc) (const AqJobChange *changes,
                               guint              n_changes,
                               gpointer           user_data);

/* @error: NULL, or what of the jobs could not be read: that is still away */
typedef void (*AqFetchedFunc) (const GError *error,
                               gpointer      user_data);

/* How far a store that is held may be read: the end of a frame of its journal. */
typedef struct
{
  guint64 segment;       /* 0: nothing was ever written */
  guint64 end;           /* offset in it, in bytes */
  guint32 crc;           /* of the frame before */
  guint64 next_sequence; /* of the first transaction behind it */
} AqStoreHold;

/* @hold: NULL, with @error, when the store cannot be held */
typedef void (*AqHoldFunc) (const AqStoreHold *hold,
                            const GError      *error,
                            gpointer           user_data);

/* @error: NULL, or why nothing of that size is to be applied */
typedef void (*AqRoomFunc) (const GError *error,
                            gpointer      user_data);

typedef void (*AqStoreFailedFunc) (const GError *error,
                                   gpointer      user_data);

/* something of the store is not as it was */
typedef void (*AqStoreNotify) (gpointer user_data);

#define AQ_TYPE_STORE (aq_store_get_type ())
G_DECLARE_DERIVABLE_TYPE (AqStore, aq_store, AQ, STORE, GObject)

struct _AqStoreClass
{
  GObjectClass parent_class;

  gboolean    (*open)         (AqStore        *self,
                               GError        **error);
  void        (*apply)        (AqStore        *self,
                               const AqActor  *actor,
                               AqRule          rule,
                               gpointer        event,
                               AqAppliedFunc   applied,
                               gpointer        user_data);
  gboolean    (*close)        (AqStore        *self,
                               GError        **error);
  guint64     (*get_sequence) (AqStore        *self);
  gint64      (*get_next_due) (AqStore        *self,
                               AqTimeKind      kind);
  const char *(*get_path)     (AqStore        *self);
  void        (*read_history) (AqStore        *self,
                               guint64         after_sequence,
                               guint           max_changes,
                               AqHistoryFunc   func,
                               gpointer        user_data);
  /* nullable, both: then nothing is ever away */
  gboolean    (*is_away)      (AqStore        *self,
                               guint64         id);
  void        (*fetch)        (AqStore        *self,
                               const guint64  *ids,
                               guint           n_ids,
                               AqFetchedFunc   func,
                               gpointer        user_data);
  /* nullable, both: then there are no files to hold */
  void        (*hold)         (AqStore        *self,
                               AqHoldFunc      func,
                               gpointer        user_data);
  void        (*release)      (AqStore        *self);
  /* nullable: then the ends of jobs need no space */
  void        (*set_slots)    (AqStore        *self,
                               guint           n_slots);
  /* nullable: then there is room for everything */
  void        (*make_room)    (AqStore        *self,
                               guint64         n_bytes,
                               AqRoomFunc      func,
                               gpointer        user_data);
};

gboolean    aq_store_open         (AqStore            *self,
                                   GError            **error);
void        aq_store_apply        (AqStore            *self,
                                   const AqActor      *actor,
                                   AqRule              rule,
                                   gpointer            event,
                                   AqAppliedFunc       applied,
                                   gpointer            user_data);
gboolean    aq_store_close        (AqStore            *self,
                                   GError            **error);
guint64     aq_store_get_sequence (AqStore            *self);
gint64      aq_store_get_next_due (AqStore            *self,
                                   AqTimeKind          kind);
const char *aq_store_get_path     (AqStore            *self);
void        aq_store_read_history (AqStore            *self,
                                   guint64             after_sequence,
                                   guint               max_changes,
                                   AqHistoryFunc       func,
                                   gpointer            user_data);
gboolean    aq_store_is_away      (AqStore            *self,
                                   guint64             id);
void        aq_store_fetch        (AqStore            *self,
                                   const guint64      *ids,
                                   guint               n_ids,
                                   AqFetchedFunc       func,
                                   gpointer            user_data);
void        aq_store_hold         (AqStore            *self,
                                   AqHoldFunc          func,
                                   gpointer            user_data);
void        aq_store_release      (AqStore            *self);
const GError *
            aq_store_get_refusal  (AqStore            *self);
void        aq_store_set_refusal_func
                                  (AqStore            *self,
                                   AqStoreNotify       func,
                                   gpointer            user_data);
void        aq_store_set_slots    (AqStore            *self,
                                   guint               n_slots);
void        aq_store_make_room    (AqStore            *self,
                                   guint64             n_bytes,
                                   AqRoomFunc          func,
                                   gpointer            user_data);
AqGate     *aq_store_get_gate     (AqStore            *self);
void        aq_store_set_changed  (AqStore            *self,
                                   AqChangedFunc       func,
                                   gpointer            user_data);
void        aq_store_set_failed   (AqStore            *self,
                                   AqStoreFailedFunc   func,
                                   gpointer            user_data);

/* for implementations */
gboolean    aq_store_wants_changes (AqStore           *self);
void        aq_store_emit_changed (AqStore            *self,
                                   const AqJobChange  *changes,
                                   guint               n_changes);
void        aq_store_emit_failed  (AqStore            *self,
                                   const GError       *error);
void        aq_store_set_refusal  (AqStore            *self,
                                   const GError       *why);

G_END_DECLS
