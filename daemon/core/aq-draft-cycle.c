/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Cycles among drafts
 *
 * Each draft is three points in time: it may go, it has ended, and its callbacks
 * are done too. Links say which point waits for which; a composite job ends when
 * its members are done, for instance. Points that wait for nothing are taken
 * away, one after another, and what is left then holds a cycle.
 */

#include "config.h"

#include "core/aq-draft-cycle.h"

#include "core/aq-draft-value.h"
#include "libasyncq/asyncq-error.h"

typedef enum
{
  MAY_GO,
  ENDED,
  DONE
} Moment;

#define N_MOMENTS (DONE + 1)

typedef struct
{
  guint earlier;
  guint later;
} Link;

static guint
point (guint  index,
       Moment moment)
{
  return index * N_MOMENTS + moment;
}

static void
add_link (GArray *links,
          guint   earlier,
          guint   later)
{
  const Link link = { earlier, later };

  g_array_append_val (links, link);
}

/* the part of @index, or the callback, that the list has before it: AQ_DRAFT_NO_PARENT if there is none */
static guint
replace_last (GHashTable *lasts,
              guint64     key,
              guint       index)
{
  gpointer last = g_hash_table_lookup (lasts, &key);

  g_hash_table_replace (lasts, g_memdup2 (&key, sizeof key), GUINT_TO_POINTER (index + 1));
  return last != NULL ? GPOINTER_TO_UINT (last) - 1 : AQ_DRAFT_NO_PARENT;
}

/* Job ids and indexes are kept apart by the lowest bit. */
static guint64
parent_key (const AqDraft *draft)
{
  return draft->parent_job != 0 ? draft->parent_job << 1 : ((guint64) draft->parent << 1) | 1;
}

static void
link_callback (GArray        *links,
               const AqDraft *draft,
               guint          index,
               GHashTable    *last_callbacks)
{
  if (draft->parent != AQ_DRAFT_NO_PARENT)
    {
      add_link (links, point (draft->parent, ENDED), point (index, MAY_GO));
      add_link (links, point (index, DONE), point (draft->parent, DONE));
    }
  if (draft->on != AQ_EDGE_ON_FIRST_FAILURE)
    {
      guint last = replace_last (last_callbacks, parent_key (draft), index);

      if (last != AQ_DRAFT_NO_PARENT)
        add_link (links, point (last, DONE), point (index, MAY_GO));
    }
}

static void
link_part (GArray        *links,
           const AqDraft *drafts,
           guint          index,
           GHashTable    *last_members,
           const guint   *postprocess)
{
  const AqDraft *draft = &drafts[index];

  add_link (links, point (draft->parent, MAY_GO), point (index, MAY_GO));
  add_link (links, point (index, draft->role == AQ_EDGE_MEMBER ? DONE : ENDED), point (draft->parent, ENDED));
  if (draft->role != AQ_EDGE_MEMBER)
    return;
  if (postprocess[draft->parent] != AQ_DRAFT_NO_PARENT)
    add_link (links, point (index, DONE), point (postprocess[draft->parent], MAY_GO));
  if (drafts[draft->parent].kind == AQ_JOB_SERIAL)
    {
      guint last = replace_last (last_members, draft->parent, index);

      if (last != AQ_DRAFT_NO_PARENT)
        add_link (links, point (last, DONE), point (index, MAY_GO));
    }
}

static guint *
list_postprocess (const AqDraft *drafts,
                  guint          n_drafts)
{
  guint *postprocess = g_new (guint, n_drafts);

  for (guint i = 0; i < n_drafts; i++)
    {
      postprocess[i] = AQ_DRAFT_NO_PARENT;
      if (drafts[i].parent != AQ_DRAFT_NO_PARENT && drafts[i].role == AQ_EDGE_POSTPROCESS)
        postprocess[drafts[i].parent] = i;
    }
  return postprocess;
}

static GArray *
list_links (const AqDraft *drafts,
            guint          n_drafts)
{
  g_autofree guint *postprocess = list_postprocess (drafts, n_drafts);
  g_autoptr(GHashTable) last_members = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr(GHashTable) last_callbacks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  GArray *links = g_array_new (FALSE, FALSE, sizeof (Link));

  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];

      add_link (links, point (i, MAY_GO), point (i, ENDED));
      add_link (links, point (i, ENDED), point (i, DONE));
      if (draft->role == AQ_EDGE_CALLBACK)
        link_callback (links, draft, i, last_callbacks);
      else if (draft->parent != AQ_DRAFT_NO_PARENT)
        link_part (links, drafts, i, last_members, postprocess);
      for (guint k = 0; k < draft->n_after; k++)
        if (draft->after[k].job == 0)
          add_link (links, point (draft->after[k].draft, ENDED), point (i, MAY_GO));
    }
  return links;
}

/* Returns: (nullable): for each draft the first one with its submit key, which is the job
 * that both become; %NULL where no key is there twice */
static guint *
list_firsts (const AqDraft *drafts,
             guint          n_drafts)
{
  g_autoptr(GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree guint *firsts = g_new (guint, n_drafts);
  gboolean any = FALSE;

  for (guint i = 0; i < n_drafts; i++)
    {
      gpointer first = NULL;

      firsts[i] = i;
      if (drafts[i].submit_key == NULL)
        continue;
      if (g_hash_table_lookup_extended (keys, drafts[i].submit_key, NULL, &first))
        firsts[i] = GPOINTER_TO_UINT (first);
      else
        g_hash_table_insert (keys, (gpointer) drafts[i].submit_key, GUINT_TO_POINTER (i));
      any |= firsts[i] != i;
    }
  return any ? g_steal_pointer (&firsts) : NULL;
}

/* A draft that becomes the job of an earlier one waits for nothing itself; what waits
 * for it waits for that job. */
static void
merge_links (GArray      *links,
             const guint *firsts)
{
  guint n_kept = 0;

  for (guint i = 0; i < links->len; i++)
    {
      Link link = g_array_index (links, Link, i);
      guint earlier = link.earlier / N_MOMENTS;
      guint later = link.later / N_MOMENTS;

      if (firsts[later] != later)
        continue;
      link.earlier = point (firsts[earlier], link.earlier % N_MOMENTS);
      g_array_index (links, Link, n_kept++) = link;
    }
  g_array_set_size (links, n_kept);
}

/* Links of one point follow one another from starts[point] to starts[point + 1]. */
static guint *
sort_links (const GArray *links,
            guint         n_points,
            guint       **out_later)
{
  guint *starts = g_new0 (guint, n_points + 2);

  *out_later = g_new (guint, links->len);
  for (guint i = 0; i < links->len; i++)
    starts[g_array_index (links, Link, i).earlier + 2]++;
  for (guint i = 2; i < n_points + 2; i++)
    starts[i] += starts[i - 1];
  for (guint i = 0; i < links->len; i++)
    {
      const Link *link = &g_array_index (links, Link, i);

      (*out_later)[starts[link->earlier + 1]++] = link->later;
    }
  return starts;
}

/* Returns: for each point for how many it waits still, when all that can go have gone */
static guint *
take_away (const GArray *links,
           guint         n_points)
{
  g_autofree guint *later = NULL;
  g_autofree guint *starts = sort_links (links, n_points, &later);
  g_autofree guint *ready = g_new (guint, n_points);
  guint *n_waiting = g_new0 (guint, n_points);
  guint n_ready = 0;

  for (guint i = 0; i < links->len; i++)
    n_waiting[later[i]]++;
  for (guint i = 0; i < n_points; i++)
    if (n_waiting[i] == 0)
      ready[n_ready++] = i;
  for (guint i = 0; i < n_ready; i++)
    for (guint k = starts[ready[i]]; k < starts[ready[i] + 1]; k++)
      if (--n_waiting[later[k]] == 0)
        ready[n_ready++] = later[k];
  return n_waiting;
}

/* Every point that is left waits for another one that is left: going from one to
 * the next comes into a cycle, at the latest after as many steps as there are points. */
static void
find_two (const GArray *links,
          const guint  *n_waiting,
          guint         n_points,
          guint        *out_first,
          guint        *out_second)
{
  g_autofree guint *earlier = g_new0 (guint, n_points);
  guint at = 0;

  for (guint i = 0; i < links->len; i++)
    {
      const Link *link = &g_array_index (links, Link, i);

      if (n_waiting[link->earlier] > 0 && n_waiting[link->later] > 0)
        earlier[link->later] = link->earlier;
    }
  while (n_waiting[at] == 0)
    at++;
  for (guint i = 0; i < n_points; i++)
    at = earlier[at];
  *out_first = at / N_MOMENTS;
  *out_second = *out_first;
  for (guint i = 0; i < n_points && *out_second == *out_first; i++)
    {
      at = earlier[at];
      *out_second = at / N_MOMENTS;
    }
}

/**
 * aq_draft_cycle_check:
 * @drafts: (array length=n_drafts): drafts whose parents come before them
 * @n_drafts: how many
 * @error: return location for an error
 *
 * Takes time as there are drafts and edges, and no stack.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming two entries that wait for each other.
 *
 * Returns: whether each draft can go at some time
 *
 * Since: 0.1
 */
gboolean
aq_draft_cycle_check (const AqDraft  *drafts,
                      guint           n_drafts,
                      GError        **error)
{
  g_autoptr(GArray) links = list_links (drafts, n_drafts);
  g_autofree guint *firsts = list_firsts (drafts, n_drafts);
  g_autofree guint *n_waiting = NULL;
  gboolean left = FALSE;
  guint first;
  guint second;

  if (firsts != NULL)
    merge_links (links, firsts);
  n_waiting = take_away (links, n_drafts * N_MOMENTS);
  for (guint i = 0; i < n_drafts * N_MOMENTS && !left; i++)
    left = n_waiting[i] > 0;
  if (!left)
    return TRUE;
  find_two (links, n_waiting, n_drafts * N_MOMENTS, &first, &second);
  if (first == second)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "entry %u: it waits for itself", first);
  return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "entry %u: it and entry %u wait for each other",
                          MAX (first, second), MIN (first, second));
}
