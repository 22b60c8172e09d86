/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Uses of limits
 *
 * How many jobs are under a limit, and how many have a place of it, is counted as
 * they come to lanes and leave them; so it is right again after a crash, when all
 * jobs are placed anew. How much of a rate is used up comes from its bucket.
 *
 * 1. A definition is there if the store has it, or if it has uses.
 * 2. A use is there if a lane has it, or the store has its bucket.
 * 3. It is in `rooms` exactly if its rate is used up, and in `fulls` exactly if the
 *    store has its bucket, each at the time that it has in the use.
 */

#include "config.h"

#include "store/aq-limit-uses.h"

#include <string.h>

/* between the two names in the name of a bucket, see aq_bucket_dup_name() */
#define SEPARATOR '\x1f'

struct _AqLimitUses
{
  AqReadyLanes *ready;       /* not owned */
  GHashTable   *definitions; /* name, of the definition → AqLimitDefinition, owned */
  GHashTable   *uses;        /* set of AqLimitUse, owned, by their names */
  GTree        *rooms;       /* of AqLimitUse, not owned, by room_usec */
  GTree        *fulls;       /* of AqLimitUse, not owned, by full_usec */
};

static guint
hash_use (gconstpointer data)
{
  const AqLimitUse *use = data;

  return g_str_hash (use->name.instance) * 33 + g_str_hash (use->name.definition);
}

static gboolean
equal_uses (gconstpointer a,
            gconstpointer b)
{
  const AqLimitUse *first = a;
  const AqLimitUse *second = b;

  return aq_limit_names_are_equal (&first->name, &second->name, 1);
}

static int
compare_pointers (gconstpointer a,
                  gconstpointer b)
{
  return a < b ? -1 : a > b;
}

static int
compare_rooms (gconstpointer a,
               gconstpointer b,
               gpointer      unused)
{
  const AqLimitUse *first = a;
  const AqLimitUse *second = b;

  if (first->room_usec != second->room_usec)
    return first->room_usec < second->room_usec ? -1 : 1;
  return compare_pointers (a, b);
}

static int
compare_fulls (gconstpointer a,
               gconstpointer b,
               gpointer      unused)
{
  const AqLimitUse *first = a;
  const AqLimitUse *second = b;

  if (first->full_usec != second->full_usec)
    return first->full_usec < second->full_usec ? -1 : 1;
  return compare_pointers (a, b);
}

static void
free_definition (gpointer data)
{
  AqLimitDefinition *definition = data;

  g_ref_string_release (definition->name);
  g_hash_table_unref (definition->uses);
  g_free (definition);
}

static void
free_use (gpointer data)
{
  AqLimitUse *use = data;

  while (use->groups != NULL)
    {
      AqLaneGroup *group = use->groups;

      use->groups = group->next;
      aq_lane_heap_clear (&group->lanes);
      g_free (group);
    }
  g_clear_pointer (&use->bucket_value, g_variant_unref);
  g_ref_string_release (use->name.definition);
  g_ref_string_release (use->name.instance);
  g_free (use);
}

AqLimitUses *
aq_limit_uses_new (AqReadyLanes *ready)
{
  AqLimitUses *self = g_new0 (AqLimitUses, 1);

  self->ready = ready;
  self->definitions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_definition);
  self->uses = g_hash_table_new_full (hash_use, equal_uses, free_use, NULL);
  self->rooms = g_tree_new_full (compare_rooms, NULL, NULL, NULL);
  self->fulls = g_tree_new_full (compare_fulls, NULL, NULL, NULL);
  return self;
}

void
aq_limit_uses_free (AqLimitUses *self)
{
  g_tree_unref (self->rooms);
  g_tree_unref (self->fulls);
  g_hash_table_unref (self->uses);
  g_hash_table_unref (self->definitions);
  g_free (self);
}

/* definitions and uses come and go */

static AqLimitDefinition *
ensure_definition (AqLimitUses *self,
                   const char  *name)
{
  AqLimitDefinition *definition = g_hash_table_lookup (self->definitions, name);

  if (definition != NULL)
    return definition;
  definition = g_new0 (AqLimitDefinition, 1);
  definition->name = g_ref_string_new_intern (name);
  definition->uses = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (self->definitions, definition->name, definition);
  return definition;
}

static void
drop_definition (AqLimitUses       *self,
                 AqLimitDefinition *definition)
{
  if (!definition->is_there && g_hash_table_size (definition->uses) == 0)
    g_hash_table_remove (self->definitions, definition->name);
}

static AqLimitUse *
ensure_use (AqLimitUses       *self,
            const AqLimitName *name)
{
  AqLimitUse *use = g_hash_table_lookup (self->uses, &(AqLimitUse) { .name = *name });

  if (use != NULL)
    return use;
  use = g_new0 (AqLimitUse, 1);
  use->name = (AqLimitName) { g_ref_string_acquire (name->definition), g_ref_string_acquire (name->instance) };
  use->definition = ensure_definition (self, name->definition);
  g_hash_table_add (use->definition->uses, use);
  g_hash_table_add (self->uses, use);
  return use;
}

static void
set_room (AqLimitUses *self,
          AqLimitUse  *use,
          gint64       room_usec)
{
  if (use->room_usec == room_usec)
    return;
  if (use->room_usec != 0)
    g_tree_remove (self->rooms, use);
  use->room_usec = room_usec;
  if (use->room_usec != 0)
    g_tree_insert (self->rooms, use, use);
}

static void
drop_use (AqLimitUses *self,
          AqLimitUse  *use)
{
  AqLimitDefinition *definition = use->definition;

  if (use->n_lanes > 0 || use->bucket_value != NULL)
    return;
  set_room (self, use, 0);
  g_hash_table_remove (definition->uses, use);
  g_hash_table_remove (self->uses, use);
  drop_definition (self, definition);
}

/* after its bucket or its definition has changed; what was counted in the other way counts as nothing */
static void
look_at_rate (AqLimitUses *self,
              AqLimitUse  *use,
              gint64       now_usec)
{
  gint64 room_usec;

  use->bucket = (AqBucket) { 0 };
  if (use->bucket_value != NULL)
    aq_bucket_read (&use->bucket, &use->definition->limit, use->bucket_value);
  room_usec = aq_bucket_get_room (&use->bucket, &use->definition->limit);
  set_room (self, use, room_usec > now_usec ? room_usec : 0);
  if (use->bucket_value != NULL)
    {
      g_tree_remove (self->fulls, use);
      use->full_usec = aq_bucket_get_full (&use->bucket, &use->definition->limit);
      g_tree_insert (self->fulls, use, use);
    }
  aq_ready_lanes_update_use (self->ready, use);
}

/* items */

/**
 * aq_limit_uses_set_definition:
 * @self: uses
 * @name: the definition's name
 * @value: (nullable): a{sv}, as aq_limit_read() wants it; %NULL: there is none any more
 * @now_usec: steady clock
 *
 * Since: 0.1
 */
void
aq_limit_uses_set_definition (AqLimitUses *self,
                              const char  *name,
                              GVariant    *value,
                              gint64       now_usec)
{
  AqLimitDefinition *definition = ensure_definition (self, name);
  AqLimit limit = { 0 };
  GHashTableIter iter;
  gpointer use;

  /* what an older release wrote could be read by it; what cannot be read limits nothing */
  definition->is_there = value != NULL && aq_limit_read (&limit, value, NULL);
  definition->limit = limit;
  g_hash_table_iter_init (&iter, definition->uses);
  while (g_hash_table_iter_next (&iter, &use, NULL))
    look_at_rate (self, use, now_usec);
  drop_definition (self, definition);
}

/**
 * aq_limit_uses_set_bucket:
 * @self: uses
 * @name: from aq_bucket_dup_name()
 * @value: (nullable): a{sv} from aq_bucket_to_value(); %NULL: all of it is free
 * @now_usec: steady clock
 *
 * Since: 0.1
 */
void
aq_limit_uses_set_bucket (AqLimitUses *self,
                          const char  *name,
                          GVariant    *value,
                          gint64       now_usec)
{
  const char *separator = strchr (name, SEPARATOR);
  g_autofree char *definition = separator != NULL ? g_strndup (name, separator - name) : NULL;
  AqLimitName names;
  AqLimitUse *use;

  if (separator == NULL)
    return;
  names = (AqLimitName) { g_ref_string_new_intern (definition), g_ref_string_new_intern (separator + 1) };
  use = ensure_use (self, &names);
  g_ref_string_release (names.definition);
  g_ref_string_release (names.instance);

  if (use->bucket_value != NULL)
    g_tree_remove (self->fulls, use);
  g_clear_pointer (&use->bucket_value, g_variant_unref);
  use->bucket_value = value != NULL ? g_variant_ref (value) : NULL;
  look_at_rate (self, use, now_usec);
  drop_use (self, use);
}

/* lanes and jobs */

void
aq_limit_uses_attach (AqLimitUses *self,
                      AqLane      *lane)
{
  g_assert (lane->uses == NULL);

  lane->uses = g_new (AqLimitUse *, lane->n_limits);
  for (guint i = 0; i < lane->n_limits; i++)
    {
      lane->uses[i] = ensure_use (self, &lane->limits[i]);
      lane->uses[i]->n_lanes++;
    }
}

void
aq_limit_uses_detach (AqLimitUses *self,
                      AqLane      *lane)
{
  g_autofree AqLimitUse **uses = g_steal_pointer (&lane->uses);

  for (guint i = 0; i < lane->n_limits; i++)
    {
      uses[i]->n_lanes--;
      drop_use (self, uses[i]);
    }
}

static void
add_jobs (AqLimitUses *self,
          AqLane      *lane,
          int          n_jobs)
{
  lane->n_jobs += n_jobs;
  for (guint i = 0; i < lane->n_limits; i++)
    {
      AqLimitUse *use = lane->uses[i];

      use->n_jobs += n_jobs;
      if (!lane->is_holding)
        continue;
      use->n_holders += n_jobs;
      aq_ready_lanes_update_use (self->ready, use);
    }
}

void
aq_limit_uses_enter (AqLimitUses *self,
                     AqLane      *lane)
{
  add_jobs (self, lane, 1);
}

void
aq_limit_uses_leave (AqLimitUses *self,
                     AqLane      *lane)
{
  add_jobs (self, lane, -1);
}

/* time */

static AqLimitUse *
get_first (GTree *tree)
{
  GTreeNode *node = g_tree_node_first (tree);

  return node != NULL ? g_tree_node_value (node) : NULL;
}

void
aq_limit_uses_move_due (AqLimitUses *self,
                        gint64       now_usec)
{
  AqLimitUse *use;

  while ((use = get_first (self->rooms)) != NULL && use->room_usec <= now_usec)
    {
      set_room (self, use, 0);
      aq_ready_lanes_update_use (self->ready, use);
    }
}

gint64
aq_limit_uses_get_next (AqLimitUses *self)
{
  const AqLimitUse *room = get_first (self->rooms);
  const AqLimitUse *full = get_first (self->fulls);

  return MIN (room != NULL ? room->room_usec : G_MAXINT64, full != NULL ? full->full_usec : G_MAXINT64);
}

const AqLimitName *
aq_limit_uses_find_full (AqLimitUses *self,
                         gint64       now_usec)
{
  const AqLimitUse *use = get_first (self->fulls);

  return use != NULL && use->full_usec <= now_usec ? &use->name : NULL;
}

/* look up */

/**
 * aq_limit_uses_lookup:
 * @self: uses
 * @name: a limit of some job
 *
 * Returns: (transfer none) (nullable): what becomes of it
 *
 * Since: 0.1
 */
const AqLimitUse *
aq_limit_uses_lookup (AqLimitUses       *self,
                      const AqLimitName *name)
{
  return g_hash_table_lookup (self->uses, &(AqLimitUse) { .name = *name });
}

void
aq_limit_uses_list (AqLimitUses *self,
                    const char  *definition,
                    guint        max_names,
                    GPtrArray   *out_names)
{
  const AqLimitDefinition *known = g_hash_table_lookup (self->definitions, definition);
  GHashTableIter iter;
  gpointer use;

  if (known == NULL)
    return;
  g_hash_table_iter_init (&iter, known->uses);
  while (max_names-- > 0 && g_hash_table_iter_next (&iter, &use, NULL))
    g_ptr_array_add (out_names, g_strdup (((const AqLimitUse *) use)->name.instance));
}
