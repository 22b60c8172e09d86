/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The flat list of entries that specs become
 *
 * First every spec gets its place in the list, then the entries are written:
 * what a spec comes after may stand before it or behind it.
 */

#include "config.h"

#include "asyncq-job-spec.h"

#include "asyncq-job-spec-private.h"

#include <string.h>

/* a signature of D-Bus ends here; longer tuples travel as an array of variants */
#define MAX_TUPLE_TYPE_LENGTH 255

/* one entry */
typedef struct
{
  AsyncqJobSpec *spec;
  gint64         parent; /* index of the entry above, or -1 */
} Place;

/* ---- places ---- */

/*
 * Appends @self and all below it, parents before what belongs to them: members in
 * their order, the postprocess job, callbacks in their order.
 */
static void
append_tree (AsyncqJobSpec *self,
             GArray        *places,
             GHashTable    *indices)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, sizeof (Place));
  Place place = { self, -1 };

  g_array_append_val (stack, place);
  while (stack->len > 0)
    {
      Place below;

      place = g_array_index (stack, Place, stack->len - 1);
      g_array_set_size (stack, stack->len - 1);
      below.parent = places->len;
      /* of a spec that is in the list several times, others mean the first */
      if (!g_hash_table_contains (indices, place.spec))
        g_hash_table_insert (indices, place.spec, GUINT_TO_POINTER (places->len));
      g_array_append_val (places, place);

      /* pushed backwards, so that the first member comes off the stack first */
      for (guint role = ASYNCQ_N_SPEC_ROLES; role > 0; role--)
        for (guint i = place.spec->members->len; i > 0; i--)
          {
            below.spec = g_ptr_array_index (place.spec->members, i - 1);
            if (below.spec->role == role - 1)
              g_array_append_val (stack, below);
          }
    }
}

/* appends all that any spec in the list comes after and that is not there yet, and so on */
static void
append_what_comes_before (GArray     *places,
                          GHashTable *indices)
{
  for (guint i = 0; i < places->len; i++)
    {
      GArray *after = g_array_index (places, Place, i).spec->after;

      for (guint j = 0; j < after->len; j++)
        {
          AsyncqJobSpec *root = g_array_index (after, AsyncqSpecAfter, j).spec;

          if (g_hash_table_contains (indices, root))
            continue;
          while (root->parent != NULL)
            root = root->parent;
          append_tree (root, places, indices);
        }
    }
}

/* ---- entries ---- */

static GVariant *
collect_positional (AsyncqJobSpec *self)
{
  GVariant **values = (GVariant **) self->positional->pdata;
  g_autoptr(GVariant) tuple = g_variant_ref_sink (g_variant_new_tuple (values, self->positional->len));
  GVariantBuilder boxes;

  if (strlen (g_variant_get_type_string (tuple)) <= MAX_TUPLE_TYPE_LENGTH)
    return g_steal_pointer (&tuple);

  g_variant_builder_init (&boxes, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < self->positional->len; i++)
    g_variant_builder_add (&boxes, "v", values[i]);
  return g_variant_ref_sink (g_variant_builder_end (&boxes));
}

static gboolean
add_pair (gpointer key,
          gpointer value,
          gpointer user_data)
{
  g_variant_builder_add (user_data, "{sv}", (const char *) key, (GVariant *) value);
  return FALSE;
}

static void
add_text (GVariantBuilder *entry,
          const char      *key,
          const char      *text)
{
  g_variant_builder_add (entry, "{sv}", key, g_variant_new_string (text));
}

static void
add_call (AsyncqJobSpec   *self,
          GVariantBuilder *entry)
{
  static const char *const kinds[] = { NULL, NULL, "parallel", "serial", "batch" };

  if (self->kind == ASYNCQ_SPEC_CALL)
    add_text (entry, "function", self->function);
  else if (self->kind == ASYNCQ_SPEC_FACTORY)
    add_text (entry, "factory", self->function);
  else
    add_text (entry, "kind", kinds[self->kind]);

  if (self->positional->len > 0)
    {
      g_autoptr(GVariant) positional = collect_positional (self);

      g_variant_builder_add (entry, "{sv}", "arguments", positional);
    }
  if (g_tree_nnodes (self->named) > 0)
    {
      GVariantBuilder named;

      g_variant_builder_init (&named, G_VARIANT_TYPE_VARDICT);
      g_tree_foreach (self->named, add_pair, &named);
      g_variant_builder_add (entry, "{sv}", "named", g_variant_builder_end (&named));
    }
}

static void
add_parent (AsyncqJobSpec   *self,
            GVariantBuilder *entry,
            gint64           parent)
{
  if (parent >= 0)
    g_variant_builder_add (entry, "{sv}", "parent", g_variant_new_uint32 ((guint32) parent));
  else if (self->parent_job != 0)
    g_variant_builder_add (entry, "{sv}", "parent-job", g_variant_new_uint64 (self->parent_job));
  else
    return;

  if (self->role == ASYNCQ_SPEC_POSTPROCESS)
    add_text (entry, "role", "postprocess");
  if (self->role == ASYNCQ_SPEC_CALLBACK)
    {
      add_text (entry, "role", "callback");
      add_text (entry, "on", asyncq_job_on_to_string (self->on));
    }
}

static void
add_after (AsyncqJobSpec   *self,
           GVariantBuilder *entry,
           GHashTable      *indices)
{
  GVariantBuilder list;

  if (self->after->len > 0)
    {
      g_variant_builder_init (&list, G_VARIANT_TYPE ("a(us)"));
      for (guint i = 0; i < self->after->len; i++)
        {
          const AsyncqSpecAfter *after = &g_array_index (self->after, AsyncqSpecAfter, i);

          g_variant_builder_add (&list, "(us)", GPOINTER_TO_UINT (g_hash_table_lookup (indices, after->spec)),
                                 asyncq_job_on_to_string (after->on));
        }
      g_variant_builder_add (entry, "{sv}", "after", g_variant_builder_end (&list));
    }
  if (self->after_jobs->len > 0)
    {
      g_variant_builder_init (&list, G_VARIANT_TYPE ("a(ts)"));
      for (guint i = 0; i < self->after_jobs->len; i++)
        {
          const AsyncqSpecAfterJob *after = &g_array_index (self->after_jobs, AsyncqSpecAfterJob, i);

          g_variant_builder_add (&list, "(ts)", after->id, asyncq_job_on_to_string (after->on));
        }
      g_variant_builder_add (entry, "{sv}", "after-jobs", g_variant_builder_end (&list));
    }
}

/*
 * _asyncq_job_spec_list_to_entries:
 * @specs: specs
 * @n_specs: how many
 * @out_positions: (element-type guint): gets where each spec's own entry is
 *
 * Returns: (transfer floating): a list of type `aa{sv}`: the specs with all below
 *   them, and behind them what they come after
 */
GVariant *
_asyncq_job_spec_list_to_entries (AsyncqJobSpec **specs,
                                  gsize           n_specs,
                                  GArray         *out_positions)
{
  g_autoptr(GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  g_autoptr(GHashTable) indices = g_hash_table_new (NULL, NULL);
  GVariantBuilder entries;

  for (gsize i = 0; i < n_specs; i++)
    {
      g_array_append_val (out_positions, places->len);
      append_tree (specs[i], places, indices);
    }
  append_what_comes_before (places, indices);

  g_variant_builder_init (&entries, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < places->len; i++)
    {
      const Place *place = &g_array_index (places, Place, i);

      g_variant_builder_open (&entries, G_VARIANT_TYPE_VARDICT);
      add_call (place->spec, &entries);
      add_parent (place->spec, &entries, place->parent);
      add_after (place->spec, &entries, indices);
      g_tree_foreach (place->spec->settings, add_pair, &entries);
      g_variant_builder_close (&entries);
    }
  return g_variant_builder_end (&entries);
}

/**
 * asyncq_job_spec_to_entries:
 * @self: a spec
 *
 * Gives the spec and all below it as a flat list, as the bus method Submit takes
 * it: a parent stands before its members, and members stand in their order. What
 * they come after stands behind them.
 *
 * Returns: (transfer full): a list of type `aa{sv}`, not floating
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_spec_to_entries (AsyncqJobSpec *self)
{
  g_autoptr(GArray) positions = g_array_new (FALSE, FALSE, sizeof (guint));

  g_return_val_if_fail (ASYNCQ_IS_JOB_SPEC (self), NULL);

  return g_variant_ref_sink (_asyncq_job_spec_list_to_entries (&self, 1, positions));
}
