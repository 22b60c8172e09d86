/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Store
 *
 * What every store has: its output gate, and whom to tell of changes and of
 * its own failure. Where a rule runs, and how what it wrote is kept, is the
 * implementation's.
 */

#include "config.h"

#include "core/aq-store.h"

#include "libasyncq/asyncq-error.h"

typedef struct
{
  AqGate            *gate; /* owned */
  AqChangedFunc      changed;
  gpointer           changed_data;
  AqStoreFailedFunc  failed;
  gpointer           failed_data;
  GError            *refusal; /* owned, nullable: why new work is refused */
  AqStoreNotify      refusal_func;
  gpointer           refusal_data;
} AqStorePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (AqStore, aq_store, G_TYPE_OBJECT)

static void
aq_store_finalize (GObject *object)
{
  AqStorePrivate *priv = aq_store_get_instance_private (AQ_STORE (object));

  aq_gate_free (priv->gate);
  g_clear_error (&priv->refusal);

  G_OBJECT_CLASS (aq_store_parent_class)->finalize (object);
}

static void
aq_store_class_init (AqStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = aq_store_finalize;
}

static void
aq_store_init (AqStore *self)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  priv->gate = aq_gate_new ();
}

/**
 * aq_store_open:
 * @self: a store
 * @error: return location for an error
 *
 * Opens the store, and recovers what is in it. Jobs that were running are still
 * shown as running: [func@Aq.rule_recover] sees to them.
 *
 * Errors: `ASYNCQ_ERROR_STORE_LOCKED`, `ASYNCQ_ERROR_STORE_FOREIGN`,
 * `ASYNCQ_ERROR_STORE_VERSION`, `ASYNCQ_ERROR_STORE_CORRUPT`,
 * `ASYNCQ_ERROR_STORE_FAILED`; then nothing on disk was changed.
 *
 * Returns: whether it is open
 *
 * Since: 0.1
 */
gboolean
aq_store_open (AqStore  *self,
               GError  **error)
{
  return AQ_STORE_GET_CLASS (self)->open (self, error);
}

/**
 * aq_store_apply:
 * @self: an open store
 * @actor: who asked for it
 * @rule: the rule for what happens
 * @event: what the rule is given; must live until @applied is called
 * @applied: called once when the rule was applied, or refused: by a store in
 *   memory before this returns, by others later; what it may tell is not
 *   flushed yet
 * @user_data: for @applied
 *
 * Runs a rule in a transaction of its own: all it writes is kept, or nothing.
 *
 * Since: 0.1
 */
void
aq_store_apply (AqStore       *self,
                const AqActor *actor,
                AqRule         rule,
                gpointer       event,
                AqAppliedFunc  applied,
                gpointer       user_data)
{
  AQ_STORE_GET_CLASS (self)->apply (self, actor, rule, event, applied, user_data);
}

/**
 * aq_store_close:
 * @self: a store
 * @error: return location for an error
 *
 * Flushes what is not flushed, and closes the store.
 *
 * Returns: whether all is flushed
 *
 * Since: 0.1
 */
gboolean
aq_store_close (AqStore  *self,
                GError  **error)
{
  return AQ_STORE_GET_CLASS (self)->close (self, error);
}

/**
 * aq_store_get_sequence:
 * @self: a store
 *
 * Returns: the sequence number of the newest transaction, flushed or not
 *
 * Since: 0.1
 */
guint64
aq_store_get_sequence (AqStore *self)
{
  return AQ_STORE_GET_CLASS (self)->get_sequence (self);
}

/**
 * aq_store_get_next_due:
 * @self: a store
 * @kind: which of the two clocks
 *
 * Returns: when to look for jobs that have become due, or whose deadlines have
 *   passed; %G_MAXINT64 when none will by itself. Of %AQ_TIME_WALL it is a time of
 *   the wall clock, of %AQ_TIME_STEADY one of the *monotonic* clock.
 *
 * Since: 0.1
 */
gint64
aq_store_get_next_due (AqStore    *self,
                       AqTimeKind  kind)
{
  return AQ_STORE_GET_CLASS (self)->get_next_due (self, kind);
}

/**
 * aq_store_get_path:
 * @self: a store
 *
 * Returns: where it is, or "" when it is in memory only
 *
 * Since: 0.1
 */
const char *
aq_store_get_path (AqStore *self)
{
  return AQ_STORE_GET_CLASS (self)->get_path (self);
}

/**
 * aq_store_read_history:
 * @self: a store
 * @after_sequence: a sequence number, 0 for the beginning
 * @max_changes: about how many; the last transaction is always whole
 * @func: called once, from the main loop and not before this returns, with the
 *   changes of jobs' states in the transactions after @after_sequence
 * @user_data: for @func
 *
 * Reads what happened, up to what the gate has let through when this is called.
 * Whoever wants all of it asks again, after the sequence of the last change,
 * until there are none. They are the changes that were told of when they
 * happened, in the same order.
 *
 * Closing the store answers what is still open; a store that is gone without it
 * does not.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file, offset and sequence;
 * `ASYNCQ_ERROR_STORE_FAILED` when it cannot be read, or the store was closed;
 * `ASYNCQ_ERROR_INVALID` when the history no longer reaches back so far, or
 * @after_sequence is in the future: not flushed yet.
 *
 * Since: 0.1
 */
void
aq_store_read_history (AqStore       *self,
                       guint64        after_sequence,
                       guint          max_changes,
                       AqHistoryFunc  func,
                       gpointer       user_data)
{
  AQ_STORE_GET_CLASS (self)->read_history (self, after_sequence, max_changes, func, user_data);
}

/**
 * aq_store_is_away:
 * @self: a store
 * @id: a job's id
 *
 * Returns: whether the job is completed and not in memory, so that a rule cannot
 *   get it before aq_store_fetch()
 *
 * Since: 0.1
 */
gboolean
aq_store_is_away (AqStore *self,
                  guint64  id)
{
  AqStoreClass *class = AQ_STORE_GET_CLASS (self);

  return class->is_away != NULL && class->is_away (self, id);
}

/**
 * aq_store_fetch:
 * @self: an open store
 * @ids: (array length=n_ids): ids of jobs, away, in memory or gone
 * @n_ids: how many
 * @func: called once, from the main loop, when all are in memory that there are:
 *   before this returns if none is away
 * @user_data: for @func
 *
 * Brings jobs back into memory. They are there until @func has returned, and may
 * leave again at any time after.
 *
 * Closing the store calls every @func that is still owed, with an error.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file and page;
 * `ASYNCQ_ERROR_STORE_FAILED`.
 *
 * Since: 0.1
 */
void
aq_store_fetch (AqStore       *self,
                const guint64 *ids,
                guint          n_ids,
                AqFetchedFunc  func,
                gpointer       user_data)
{
  AqStoreClass *class = AQ_STORE_GET_CLASS (self);

  if (class->fetch != NULL)
    class->fetch (self, ids, n_ids, func, user_data);
  else
    func (NULL, user_data);
}

/**
 * aq_store_hold:
 * @self: an open store
 * @func: called once, by stores on disk in a later turn of the loop, when the
 *   store is held, or cannot be
 * @user_data: for @func
 *
 * Whoever holds a store can read its files, up to the position that @func is
 * given: from then on no image is written to, and nothing of the journal is
 * removed or written over. Work goes on. Holds are counted; each one that
 * succeeded ends with [method@Aq.Store.release], or with the store's closing.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` for a store that is in memory only,
 * `ASYNCQ_ERROR_STORE_FAILED` for one that is closed before it was held.
 *
 * Since: 0.1
 */
void
aq_store_hold (AqStore    *self,
               AqHoldFunc  func,
               gpointer    user_data)
{
  g_autoptr(GError) error = NULL;

  if (AQ_STORE_GET_CLASS (self)->hold != NULL)
    {
      AQ_STORE_GET_CLASS (self)->hold (self, func, user_data);
      return;
    }
  g_set_error_literal (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                       "the store is in memory only: it has no files");
  func (NULL, error, user_data);
}

/**
 * aq_store_release:
 * @self: a store that is held
 *
 * Ends one hold.
 *
 * Since: 0.1
 */
void
aq_store_release (AqStore *self)
{
  if (AQ_STORE_GET_CLASS (self)->release != NULL)
    AQ_STORE_GET_CLASS (self)->release (self);
}

AqGate *
aq_store_get_gate (AqStore *self)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  return priv->gate;
}

/**
 * aq_store_set_changed:
 * @self: a store
 * @func: (nullable): whom to tell of every change of a job, right after the
 *   rule and before its `applied`
 * @user_data: for @func
 *
 * Since: 0.1
 */
void
aq_store_set_changed (AqStore       *self,
                      AqChangedFunc  func,
                      gpointer       user_data)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  priv->changed = func;
  priv->changed_data = user_data;
}

/**
 * aq_store_set_failed:
 * @self: a store
 * @func: whom to tell, once, that nothing can be written any more
 * @user_data: for @func
 *
 * Since: 0.1
 */
void
aq_store_set_failed (AqStore           *self,
                     AqStoreFailedFunc  func,
                     gpointer           user_data)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  priv->failed = func;
  priv->failed_data = user_data;
}

gboolean
aq_store_wants_changes (AqStore *self)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  return priv->changed != NULL;
}

void
aq_store_emit_changed (AqStore           *self,
                       const AqJobChange *changes,
                       guint              n_changes)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  if (priv->changed != NULL && n_changes > 0)
    priv->changed (changes, n_changes, priv->changed_data);
}

void
aq_store_emit_failed (AqStore      *self,
                      const GError *error)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  if (priv->failed != NULL)
    priv->failed (error, priv->failed_data);
}

/**
 * aq_store_get_refusal:
 * @self: a store
 *
 * While a store has no space for new work nothing of it is to be applied:
 * `ASYNCQ_ERROR_STORE_FULL` and `ASYNCQ_ERROR_STORE_FAILED` stand against jobs,
 * agents and claims, `ASYNCQ_ERROR_BUSY` against jobs only. What is running may
 * end all the time: there is a reserve for it. A refusal passes by itself.
 *
 * Returns: (nullable): why new work is refused now
 *
 * Since: 0.1
 */
const GError *
aq_store_get_refusal (AqStore *self)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  return priv->refusal;
}

/**
 * aq_store_set_refusal_func:
 * @self: a store
 * @func: (nullable): called from the main loop when there is another refusal, or
 *   none any more
 * @user_data: for @func
 *
 * Since: 0.1
 */
void
aq_store_set_refusal_func (AqStore       *self,
                           AqStoreNotify  func,
                           gpointer       user_data)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  priv->refusal_func = func;
  priv->refusal_data = user_data;
}

/**
 * aq_store_set_slots:
 * @self: a store
 * @n_slots: how many jobs may run at once
 *
 * So many ends have to find space, whatever else does not.
 *
 * Since: 0.1
 */
void
aq_store_set_slots (AqStore *self,
                    guint    n_slots)
{
  AqStoreClass *klass = AQ_STORE_GET_CLASS (self);

  if (klass->set_slots != NULL)
    klass->set_slots (self, n_slots);
}

/**
 * aq_store_make_room:
 * @self: an open store
 * @n_bytes: that new work will take in the store, at the most
 * @func: called once, from the main loop, when the work may be applied, or with
 *   why not: before this returns if there is room already; apply it from there
 * @user_data: for @func
 *
 * Asked for new work, so that what is running never waits for space behind it.
 * Ends of jobs do not ask. Whoever asks later is answered later.
 *
 * Closing the store calls every @func that is still owed, with an error.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL` when there is no space for so much, while less
 * may be possible; those of aq_store_get_refusal(); `ASYNCQ_ERROR_STORE_FAILED`.
 *
 * Since: 0.1
 */
void
aq_store_make_room (AqStore    *self,
                    guint64     n_bytes,
                    AqRoomFunc  func,
                    gpointer    user_data)
{
  AqStoreClass *klass = AQ_STORE_GET_CLASS (self);

  if (klass->make_room != NULL)
    klass->make_room (self, n_bytes, func, user_data);
  else
    func (NULL, user_data);
}

static gboolean
is_same (const GError *a,
         const GError *b)
{
  return a == NULL || b == NULL ? a == b
                                : a->domain == b->domain && a->code == b->code && g_str_equal (a->message, b->message);
}

/* @why: (nullable): none any more */
void
aq_store_set_refusal (AqStore      *self,
                      const GError *why)
{
  AqStorePrivate *priv = aq_store_get_instance_private (self);

  if (is_same (priv->refusal, why))
    return;
  g_clear_error (&priv->refusal);
  priv->refusal = why != NULL ? g_error_copy (why) : NULL;
  if (priv->refusal_func != NULL)
    priv->refusal_func (priv->refusal_data);
}
