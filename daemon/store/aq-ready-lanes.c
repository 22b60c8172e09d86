/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Ready lanes
 *
 * A claim looks at the first lane in queue order until it finds one that it wants
 * and that no limit holds back. Each that it does not take it puts where it will
 * not come upon it again, so however many jobs are refused, or blocked by a limit,
 * each of their lanes costs one claim a few steps, and the others nothing.
 *
 * 1. Whoever chooses has a bit, and `refused` and `accepted` of a lane have the bits
 *    of those that have refused or accepted it: nobody is asked about a lane twice.
 *    Lanes that the same ones have refused are of one class.
 * 2. A lane under limits that one of them has held back is in a group of that limit
 *    and of its class, and stays there until another limit holds it back. It is
 *    reached through the group.
 * 3. The heap of a class holds its lanes without a group, and its groups whose
 *    limits have room. A group is never empty.
 */

#include "config.h"

#include "store/aq-ready-lanes.h"

#include <string.h>

#define MAX_CHOOSERS 64
/* more are a sign that many have their bits who do not choose any more */
#define MAX_CLASSES 64

typedef struct
{
  guint64    refused;
  AqLaneHeap heap;
} Class;

struct _AqReadyLanes
{
  GPtrArray *lanes;   /* of AqLane, not owned */
  GPtrArray *classes; /* of Class, owned; none is empty */
  guint64    choosers[MAX_CHOOSERS];  /* by bit; 0: nobody has it */
  guint64    last_used[MAX_CHOOSERS]; /* by bit: in which choice */
  guint64    n_choices;
};

/* lifecycle */

static void
free_class (gpointer data)
{
  Class *class = data;

  aq_lane_heap_clear (&class->heap);
  g_free (class);
}

AqReadyLanes *
aq_ready_lanes_new (void)
{
  AqReadyLanes *self = g_new0 (AqReadyLanes, 1);

  self->lanes = g_ptr_array_new ();
  self->classes = g_ptr_array_new_with_free_func (free_class);
  return self;
}

void
aq_ready_lanes_free (AqReadyLanes *self)
{
  g_ptr_array_unref (self->lanes);
  g_ptr_array_unref (self->classes);
  g_free (self);
}

/* classes */

static Class *
find_class (AqReadyLanes *self,
            guint64       refused)
{
  for (guint i = 0; i < self->classes->len; i++)
    {
      Class *class = g_ptr_array_index (self->classes, i);

      if (class->refused == refused)
        return class;
    }
  return NULL;
}

static Class *
ensure_class (AqReadyLanes *self,
              guint64       refused)
{
  Class *class = find_class (self, refused);

  if (class == NULL)
    {
      class = g_new0 (Class, 1);
      class->refused = refused;
      g_ptr_array_add (self->classes, class);
    }
  return class;
}

static void
remove_from_class (AqReadyLanes *self,
                   guint64       refused,
                   guint         index)
{
  Class *class = find_class (self, refused);

  aq_lane_heap_remove (&class->heap, index);
  /* the one of lanes that nobody has refused comes and goes with each job, so it stays */
  if (class->heap.n_entries == 0 && refused != 0)
    g_ptr_array_remove_fast (self->classes, class);
}

/* groups */

static void
open_group (AqReadyLanes *self,
            AqLaneGroup  *group)
{
  Class *class = ensure_class (self, group->refused);

  aq_lane_heap_insert (&class->heap, (AqLaneHeapEntry) { group->lanes.entries[0].order, NULL, group });
}

static void
close_group (AqReadyLanes *self,
             AqLaneGroup  *group)
{
  remove_from_class (self, group->refused, group->heap_index);
}

static AqLaneGroup *
ensure_group (AqLimitUse *use,
              guint64     refused,
              gboolean    is_holding)
{
  AqLaneGroup *group = use->groups;

  while (group != NULL && (group->refused != refused || group->is_holding != is_holding))
    group = group->next;
  if (group != NULL)
    return group;
  group = g_new0 (AqLaneGroup, 1);
  group->use = use;
  group->next = use->groups;
  group->refused = refused;
  group->heap_index = G_MAXUINT;
  group->is_holding = is_holding;
  use->groups = group;
  return group;
}

static void
free_group (AqLaneGroup *group)
{
  AqLaneGroup **link = &group->use->groups;

  while (*link != group)
    link = &(*link)->next;
  *link = group->next;
  aq_lane_heap_clear (&group->lanes);
  g_free (group);
}

/* after its lanes have changed: it is where its first job belongs, if it has room, and gone if it is empty */
static void
settle_group (AqReadyLanes *self,
              AqLaneGroup  *group)
{
  const AqLaneHeapEntry *first = aq_lane_heap_peek (&group->lanes);
  gboolean has_room = first != NULL && aq_limit_use_has_room (group->use, group->is_holding);
  gboolean is_open = group->heap_index != G_MAXUINT;

  if (has_room && is_open)
    aq_lane_heap_update (&find_class (self, group->refused)->heap, group->heap_index, first->order);
  else if (has_room)
    open_group (self, group);
  else if (is_open)
    close_group (self, group);
  if (first == NULL)
    free_group (group);
}

/* lanes */

static void
take_out (AqReadyLanes *self,
          AqLane       *lane)
{
  AqLaneGroup *group = g_steal_pointer (&lane->group);

  if (group == NULL)
    {
      remove_from_class (self, lane->refused, lane->heap_index);
      return;
    }
  aq_lane_heap_remove (&group->lanes, lane->heap_index);
  settle_group (self, group);
}

/* @use: (nullable): the limit that it waits for */
static void
put_in (AqReadyLanes *self,
        AqLane       *lane,
        AqLimitUse   *use)
{
  const AqLaneHeapEntry entry = { lane->due.first_order, lane, NULL };

  if (use == NULL)
    {
      aq_lane_heap_insert (&ensure_class (self, lane->refused)->heap, entry);
      return;
    }
  lane->group = ensure_group (use, lane->refused, lane->is_holding);
  aq_lane_heap_insert (&lane->group->lanes, entry);
  settle_group (self, lane->group);
}

/**
 * aq_ready_lanes_insert:
 * @self: ready lanes
 * @lane: a lane that has its first due job
 *
 * Since: 0.1
 */
void
aq_ready_lanes_insert (AqReadyLanes *self,
                       AqLane       *lane)
{
  lane->ready_index = self->lanes->len;
  g_ptr_array_add (self->lanes, lane);
  put_in (self, lane, NULL);
}

/**
 * aq_ready_lanes_remove:
 * @self: ready lanes
 * @lane: one of them, which has no due job any more
 *
 * Since: 0.1
 */
void
aq_ready_lanes_remove (AqReadyLanes *self,
                       AqLane       *lane)
{
  take_out (self, lane);
  /* who has its bit may be another one when it comes again */
  lane->refused = lane->accepted = 0;
  g_ptr_array_remove_index_fast (self->lanes, lane->ready_index);
  if (lane->ready_index < self->lanes->len)
    {
      AqLane *moved = g_ptr_array_index (self->lanes, lane->ready_index);

      moved->ready_index = lane->ready_index;
    }
  lane->ready_index = G_MAXUINT;
}

void
aq_ready_lanes_update (AqReadyLanes *self,
                       AqLane       *lane)
{
  AqLaneHeap *heap = lane->group != NULL ? &lane->group->lanes : &find_class (self, lane->refused)->heap;

  aq_lane_heap_update (heap, lane->heap_index, lane->due.first_order);
  if (lane->group != NULL)
    settle_group (self, lane->group);
}

void
aq_ready_lanes_update_use (AqReadyLanes *self,
                           AqLimitUse   *use)
{
  AqLaneGroup *group = use->groups;

  while (group != NULL)
    {
      AqLaneGroup *next = group->next;

      settle_group (self, group);
      group = next;
    }
}

GPtrArray *
aq_ready_lanes_list (AqReadyLanes *self)
{
  return self->lanes;
}

/* choosers */

/* whoever had these bits may want lanes that were refused, and others not */
static void
forget_answers (AqReadyLanes *self,
                guint64       bits)
{
  for (guint i = 0; i < self->lanes->len; i++)
    {
      AqLane *lane = g_ptr_array_index (self->lanes, i);
      AqLimitUse *use = lane->group != NULL ? lane->group->use : NULL;

      lane->accepted &= ~bits;
      if ((lane->refused & bits) == 0)
        continue;
      take_out (self, lane);
      lane->refused &= ~bits;
      put_in (self, lane, use);
    }
}

/**
 * aq_ready_lanes_forget:
 * @self: ready lanes
 *
 * Something has changed that those who choose decide by.
 *
 * Since: 0.1
 */
void
aq_ready_lanes_forget (AqReadyLanes *self)
{
  forget_answers (self, G_MAXUINT64);
  memset (self->choosers, 0, sizeof self->choosers);
  memset (self->last_used, 0, sizeof self->last_used);
}

/* Returns: the bit of who chooses; who has not chosen for longest gives his away */
static guint
get_bit (AqReadyLanes *self,
         guint64       chooser)
{
  guint oldest = 0;

  self->n_choices++;
  for (guint bit = 0; bit < MAX_CHOOSERS; bit++)
    {
      if (self->choosers[bit] == chooser)
        {
          self->last_used[bit] = self->n_choices;
          return bit;
        }
      if (self->last_used[bit] < self->last_used[oldest])
        oldest = bit;
    }
  if (self->choosers[oldest] != 0)
    forget_answers (self, G_GUINT64_CONSTANT (1) << oldest);
  self->choosers[oldest] = chooser;
  self->last_used[oldest] = self->n_choices;
  return oldest;
}

/* Returns: (nullable): the first lane in queue order that is not refused yet */
static AqLane *
find_first (AqReadyLanes *self,
            guint64       bit)
{
  const AqLaneHeapEntry *best = NULL;

  for (guint i = 0; i < self->classes->len; i++)
    {
      const Class *class = g_ptr_array_index (self->classes, i);
      const AqLaneHeapEntry *first = class->refused & bit ? NULL : aq_lane_heap_peek (&class->heap);

      if (first != NULL && (best == NULL || aq_order_compare (first->order, best->order) < 0))
        best = first;
    }
  if (best == NULL)
    return NULL;
  return best->lane != NULL ? best->lane : best->group->lanes.entries[0].lane;
}

/* whether whoever has the bit wants the lane's jobs */
static gboolean
is_wanted (AqLane       *lane,
           guint64       bit,
           AqLaneAccept  accept,
           gpointer      user_data)
{
  if (lane->accepted & bit)
    return TRUE;
  if (!accept (lane, user_data))
    return FALSE;
  lane->accepted |= bit;
  return TRUE;
}

/* Returns: (nullable): the first of its limits that has no room */
static AqLimitUse *
find_obstacle (const AqLane *lane)
{
  for (guint i = 0; i < lane->n_limits; i++)
    if (!aq_limit_use_has_room (lane->uses[i], lane->is_holding))
      return lane->uses[i];
  return NULL;
}

/**
 * aq_ready_lanes_next:
 * @self: ready lanes
 * @chooser: stands for all that @accept decides by, apart from the lane and what
 *   aq_ready_lanes_forget() is called for: as long as it is the same, so is each
 *   answer. 0: nothing is remembered
 * @accept: whether jobs of a lane are wanted
 * @user_data: for @accept
 *
 * Returns: (transfer none) (nullable): the lane with the first job in queue order
 *   that is wanted, and whose limits have room
 *
 * Since: 0.1
 */
AqLane *
aq_ready_lanes_next (AqReadyLanes *self,
                     guint64       chooser,
                     AqLaneAccept  accept,
                     gpointer      user_data)
{
  guint64 bit;
  AqLane *lane;

  if (self->classes->len > MAX_CLASSES)
    aq_ready_lanes_forget (self);
  bit = G_GUINT64_CONSTANT (1) << get_bit (self, chooser != 0 ? chooser : G_MAXUINT64);
  while ((lane = find_first (self, bit)) != NULL)
    {
      AqLimitUse *obstacle = find_obstacle (lane);
      AqLimitUse *use = lane->group != NULL ? lane->group->use : NULL;

      g_assert (obstacle == NULL || obstacle != use);
      if (obstacle == NULL && is_wanted (lane, bit, accept, user_data))
        break;
      take_out (self, lane);
      if (obstacle == NULL)
        lane->refused |= bit;
      put_in (self, lane, obstacle != NULL ? obstacle : use);
    }
  if (chooser == 0)
    forget_answers (self, bit);
  return lane;
}
