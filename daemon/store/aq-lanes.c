/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lanes
 *
 * A lane has a number exactly if there are jobs of it that are away: the number
 * stands for it where there is no room for a pointer.
 *
 * A lane under limits is gone with its last job, since there may be one for each
 * customer; the others are swept from time to time.
 */

#include "config.h"

#include "store/aq-lanes.h"

#include "store/aq-job-table.h"

#include <string.h>

struct _AqLanes
{
  AqLimitUses *limits;       /* not owned */
  GHashTable *lanes;         /* set of AqLane, a reference each, by its three names */
  GHashTable *queues;        /* name, owned → GPtrArray of its lanes, no reference */
  GHashTable *counts;        /* name, of the counts → AqQueueCounts, a reference each */
  AqLane     *last;          /* no reference, nullable; jobs of one submit mostly share one */
  guint       n_swept;       /* how many there were after the last sweep */
  GPtrArray  *numbered;      /* of AqLane, a reference each, nullable, by number */
  GArray     *free_numbers;  /* of guint */
};

static guint
hash_lane (gconstpointer data)
{
  const AqLane *lane = data;
  guint hash = (g_str_hash (lane->queue) * 33 + g_str_hash (lane->function)) * 33 + lane->priority;

  for (guint i = 0; lane->tags != NULL && lane->tags[i] != NULL; i++)
    hash = hash * 33 + g_str_hash (lane->tags[i]);
  for (guint i = 0; i < lane->n_limits; i++)
    hash = hash * 33 + g_str_hash (lane->limits[i].instance);
  return hash * 4 + (lane->given_type != NULL) * 2 + lane->is_holding;
}

static gboolean
lanes_equal (gconstpointer a,
             gconstpointer b)
{
  const AqLane *other = b;
  const AqLaneKey key = {
    .queue = other->queue,
    .function = other->function,
    .arguments_type = other->arguments_type,
    .given_type = other->given_type,
    .tags = (const char * const *) other->tags,
    .limits = other->limits,
    .n_limits = other->n_limits,
    .priority = other->priority,
    .is_holding = other->is_holding,
  };

  return aq_lane_has_key (a, &key);
}

/* enough of a lane to look it up by */
static AqLane
borrow_lane (const AqLaneKey *key)
{
  return (AqLane) {
    .queue = (GRefString *) key->queue,
    .function = (GRefString *) key->function,
    .arguments_type = (GRefString *) key->arguments_type,
    .given_type = (GRefString *) key->given_type,
    .tags = (char **) key->tags,
    .limits = (AqLimitName *) key->limits,
    .n_limits = key->n_limits,
    .priority = key->priority,
    .is_holding = key->is_holding,
  };
}

static void
unref_array (gpointer array)
{
  g_ptr_array_unref (array);
}

static void
unref_lane (gpointer lane)
{
  if (lane != NULL)
    aq_lane_unref (lane);
}

static void
unref_counts (gpointer counts)
{
  aq_queue_counts_unref (counts);
}

AqLanes *
aq_lanes_new (AqLimitUses *limits)
{
  AqLanes *self = g_new0 (AqLanes, 1);

  self->limits = limits;
  self->lanes = g_hash_table_new_full (hash_lane, lanes_equal, unref_lane, NULL);
  self->queues = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_array);
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, unref_counts);
  self->numbered = g_ptr_array_new_with_free_func (unref_lane);
  /* 0 is no number */
  g_ptr_array_add (self->numbered, NULL);
  self->free_numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  return self;
}

void
aq_lanes_free (AqLanes *self)
{
  g_ptr_array_unref (self->numbered);
  g_array_unref (self->free_numbers);
  g_hash_table_unref (self->queues);
  g_hash_table_unref (self->lanes);
  g_hash_table_unref (self->counts);
  g_free (self);
}

static gboolean
is_unused (gpointer key,
           gpointer value,
           gpointer user_data)
{
  const AqLane *lane = key;

  return lane->ref_count == 1;
}

static gboolean
has_no_lane (gpointer key,
             gpointer value,
             gpointer user_data)
{
  const AqQueueCounts *counts = value;

  return counts->ref_count == 1;
}

static AqQueueCounts *
get_counts (AqLanes    *self,
            const char *queue)
{
  AqQueueCounts *counts = g_hash_table_lookup (self->counts, queue);

  if (counts == NULL)
    {
      counts = aq_queue_counts_new (queue, g_hash_table_size (self->counts) < AQ_MAX_FLOWS);
      g_hash_table_insert (self->counts, counts->name, counts);
    }
  return counts;
}

static void
add_to_queue (AqLanes *self,
              AqLane  *lane)
{
  GPtrArray *lanes = g_hash_table_lookup (self->queues, lane->queue);

  if (lanes == NULL)
    {
      lanes = g_ptr_array_new ();
      g_hash_table_insert (self->queues, g_strdup (lane->queue), lanes);
    }
  lane->queue_index = lanes->len;
  g_ptr_array_add (lanes, lane);
}

static void
remove_from_queue (AqLanes *self,
                   AqLane  *lane)
{
  GPtrArray *lanes = g_hash_table_lookup (self->queues, lane->queue);

  g_ptr_array_remove_index_fast (lanes, lane->queue_index);
  if (lane->queue_index < lanes->len)
    ((AqLane *) g_ptr_array_index (lanes, lane->queue_index))->queue_index = lane->queue_index;
  if (lanes->len == 0)
    g_hash_table_remove (self->queues, lane->queue);
}

static void
list_queues (AqLanes *self)
{
  GHashTableIter iter;
  gpointer lane;

  g_hash_table_iter_init (&iter, self->lanes);
  while (g_hash_table_iter_next (&iter, &lane, NULL))
    add_to_queue (self, lane);
}

/* Names of queues come from clients: lanes without jobs must not pile up. */
static void
sweep (AqLanes *self)
{
  if (g_hash_table_size (self->lanes) < 2 * self->n_swept + 64)
    return;
  self->last = NULL;
  g_hash_table_remove_all (self->queues);
  g_hash_table_foreach_remove (self->lanes, is_unused, NULL);
  list_queues (self);
  g_hash_table_foreach_remove (self->counts, has_no_lane, NULL);
  self->n_swept = g_hash_table_size (self->lanes);
}

/**
 * aq_lanes_get:
 * @self: lanes
 * @key: what its jobs have in common
 *
 * Returns: (transfer full): the lane, made if it is new
 *
 * Since: 0.1
 */
AqLane *
aq_lanes_get (AqLanes         *self,
              const AqLaneKey *key)
{
  AqLane wanted;
  AqLane *lane;

  if (self->last != NULL && aq_lane_has_key (self->last, key))
    return aq_lane_ref (self->last);

  sweep (self);
  wanted = borrow_lane (key);
  lane = g_hash_table_lookup (self->lanes, &wanted);
  if (lane == NULL)
    {
      lane = aq_lane_new_for_key (key);
      lane->counts = aq_queue_counts_ref (get_counts (self, key->queue));
      if (lane->n_limits > 0)
        aq_limit_uses_attach (self->limits, lane);
      g_hash_table_add (self->lanes, lane);
      add_to_queue (self, lane);
    }
  self->last = lane;
  return aq_lane_ref (lane);
}

/**
 * aq_lanes_enter:
 * @self: lanes
 * @lane: the lane that a job has from now on
 *
 * Since: 0.1
 */
void
aq_lanes_enter (AqLanes *self,
                AqLane  *lane)
{
  if (lane->n_limits > 0)
    aq_limit_uses_enter (self->limits, lane);
}

/**
 * aq_lanes_leave:
 * @self: lanes
 * @lane: the lane of a job that will have another one, or be gone
 *
 * Since: 0.1
 */
void
aq_lanes_leave (AqLanes *self,
                AqLane  *lane)
{
  if (lane->n_limits == 0)
    return;
  aq_limit_uses_leave (self->limits, lane);
  if (lane->n_jobs > 0)
    return;
  aq_limit_uses_detach (self->limits, lane);
  remove_from_queue (self, lane);
  if (self->last == lane)
    self->last = NULL;
  g_hash_table_remove (self->lanes, lane);
}

static void
number_lane (AqLanes *self,
             AqLane  *lane)
{
  if (lane->number != 0)
    return;
  if (self->free_numbers->len > 0)
    {
      lane->number = g_array_index (self->free_numbers, guint, self->free_numbers->len - 1);
      g_array_set_size (self->free_numbers, self->free_numbers->len - 1);
      g_ptr_array_index (self->numbered, lane->number) = aq_lane_ref (lane);
    }
  else if (self->numbered->len < AQ_AWAY_MAX_LANES)
    {
      lane->number = self->numbered->len;
      g_ptr_array_add (self->numbered, aq_lane_ref (lane));
    }
}

/**
 * aq_lanes_add_away:
 * @self: lanes
 * @lane: one of them
 *
 * One more job of it is away, and its `number` can be used.
 *
 * Returns: FALSE if there is no number left; then nothing has changed
 *
 * Since: 0.1
 */
gboolean
aq_lanes_add_away (AqLanes *self,
                   AqLane  *lane)
{
  number_lane (self, lane);
  if (lane->number == 0)
    return FALSE;
  lane->n_away++;
  return TRUE;
}

/**
 * aq_lanes_remove_away:
 * @self: lanes
 * @number: a lane's number
 *
 * One job of it is away no more.
 *
 * Since: 0.1
 */
void
aq_lanes_remove_away (AqLanes *self,
                      guint    number)
{
  AqLane *lane = g_ptr_array_index (self->numbered, number);

  if (--lane->n_away > 0)
    return;
  lane->number = 0;
  g_array_append_val (self->free_numbers, number);
  aq_lane_unref (g_steal_pointer (&g_ptr_array_index (self->numbered, number)));
}

/**
 * aq_lanes_list_queue:
 * @self: lanes
 * @queue: a queue's name
 * @out_lanes: (element-type AqLane): where to append its lanes
 *
 * Since: 0.1
 */
void
aq_lanes_list_queue (AqLanes    *self,
                     const char *queue,
                     GPtrArray  *out_lanes)
{
  const GPtrArray *lanes = g_hash_table_lookup (self->queues, queue);

  for (guint i = 0; lanes != NULL && i < lanes->len; i++)
    g_ptr_array_add (out_lanes, lanes->pdata[i]);
}

AqLane *
aq_lanes_get_by_number (AqLanes *self,
                        guint    number)
{
  return g_ptr_array_index (self->numbered, number);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  const AqQueueCounts *first = *(AqQueueCounts * const *) a;
  const AqQueueCounts *second = *(AqQueueCounts * const *) b;

  return strcmp (first->name, second->name);
}

/**
 * aq_lanes_list_counts:
 * @self: lanes
 *
 * Returns: (transfer container) (element-type AqQueueCounts): those of all queues
 *   that have lanes, by name
 *
 * Since: 0.1
 */
GPtrArray *
aq_lanes_list_counts (AqLanes *self)
{
  GPtrArray *list = g_ptr_array_sized_new (g_hash_table_size (self->counts));
  GHashTableIter iter;
  gpointer counts;

  g_hash_table_iter_init (&iter, self->counts);
  while (g_hash_table_iter_next (&iter, NULL, &counts))
    g_ptr_array_add (list, counts);
  g_ptr_array_sort (list, compare_names);
  return list;
}
