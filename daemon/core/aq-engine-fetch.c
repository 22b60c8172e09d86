/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: jobs that are away
 *
 * A put may need jobs of earlier submits, found by their submit keys, and these
 * may be away. Which ones shows only step by step, since the parts of a composite
 * job are known when it is there itself. Each round asks for all so far, so that
 * none of them leaves again before the last is there.
 */

#include "config.h"

#include "core/aq-engine-private.h"

#include "core/aq-put.h"

typedef struct
{
  AqEngine      *engine;
  const AqDraft *drafts;
  guint          n_drafts;
  guint          returned;
  GArray        *ids;      /* of guint64 */
  AqFetchedFunc  func;
  gpointer       user_data;
} PutFetch;

static gboolean
list_away (AqTransaction  *transaction,
           gpointer        put_fetch,
           GError        **error)
{
  PutFetch *fetch = put_fetch;

  aq_put_list_away (transaction, fetch->drafts, fetch->n_drafts, fetch->returned, fetch->ids);
  return TRUE;
}

static void
on_nothing (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

/* Drafts that make no sense are the rule's to refuse. */
static gboolean
may_need_fetch (const AqDraft *drafts,
                guint          n_drafts)
{
  gboolean names_jobs = FALSE;

  for (guint i = 0; i < n_drafts && !names_jobs; i++)
    names_jobs = drafts[i].submit_key != NULL || drafts[i].parent_job != 0 || drafts[i].n_after > 0;
  return names_jobs && aq_put_check (drafts, n_drafts, NULL);
}

/* Returns: whether the list has become longer */
static gboolean
list_more (PutFetch *fetch)
{
  guint n_before = fetch->ids->len;

  aq_store_apply (fetch->engine->store, &aq_engine_self, list_away, fetch, on_nothing, NULL);
  return fetch->ids->len > n_before;
}

/**
 * aq_engine_needs_fetch:
 * @self: an engine
 * @drafts: (array length=n_drafts): drafts
 * @n_drafts: how many
 * @returned: index of the draft whose result becomes another's, or
 *   %AQ_DRAFT_NO_PARENT
 *
 * Returns: whether jobs that are away must be fetched before the drafts are put
 *
 * Since: 0.1
 */
gboolean
aq_engine_needs_fetch (AqEngine      *self,
                       const AqDraft *drafts,
                       guint          n_drafts,
                       guint          returned)
{
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  PutFetch fetch = { self, drafts, n_drafts, returned, ids, NULL, NULL };

  return may_need_fetch (drafts, n_drafts) && list_more (&fetch);
}

static void
finish_fetch (PutFetch     *fetch,
              const GError *error)
{
  fetch->func (error, fetch->user_data);
  g_array_unref (fetch->ids);
  g_free (fetch);
}

static void
on_fetched (const GError *error,
            gpointer      user_data)
{
  PutFetch *fetch = user_data;

  if (error != NULL || !list_more (fetch))
    finish_fetch (fetch, error);
  else
    aq_store_fetch (fetch->engine->store, (const guint64 *) fetch->ids->data, fetch->ids->len, on_fetched, fetch);
}

/**
 * aq_engine_fetch_for_put:
 * @self: an engine
 * @drafts: (array length=n_drafts): drafts; must live until @func is called
 * @n_drafts: how many
 * @returned: index of the draft whose result becomes another's, or
 *   %AQ_DRAFT_NO_PARENT
 * @func: called when the drafts can be put, at once if nothing is away
 * @user_data: for @func
 *
 * Errors: those of aq_store_fetch().
 *
 * Since: 0.1
 */
void
aq_engine_fetch_for_put (AqEngine      *self,
                         const AqDraft *drafts,
                         guint          n_drafts,
                         guint          returned,
                         AqFetchedFunc  func,
                         gpointer       user_data)
{
  PutFetch *fetch;

  if (!may_need_fetch (drafts, n_drafts))
    {
      func (NULL, user_data);
      return;
    }
  fetch = g_new (PutFetch, 1);
  *fetch = (PutFetch) { self, drafts, n_drafts, returned, g_array_new (FALSE, FALSE, sizeof (guint64)), func, user_data };
  on_fetched (NULL, fetch);
}
