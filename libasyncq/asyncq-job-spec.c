/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is to be submitted: one call, or a tree of composite jobs and calls
 *
 * A spec belongs to at most one composite spec, so specs form trees. A composite
 * spec owns its members, they point up without a reference. Trees may be of any
 * depth: nothing here calls itself once a level.
 */

#include "config.h"

#include "asyncq-job-spec.h"

#include "asyncq-job-spec-private.h"

#include <string.h>

/* a signature of D-Bus ends here; longer tuples travel as an array of variants */
#define MAX_TUPLE_TYPE_LENGTH 255

struct _AsyncqJobSpec
{
  GObject parent_instance;

  char      *function;          /* NULL in a composite spec */
  gboolean   serial;            /* composite: one after the other */
  GPtrArray *positional;        /* of GVariant */
  GTree     *named;             /* char* to GVariant */

  char      *queue;             /* NULL: not set, as with the others */
  char      *submit_key;
  int        priority;          /* -1: not set */
  gboolean   has_begin_after;
  gint64     begin_after_usec;  /* wall clock, UTC */
  gboolean   defer_check;

  GPtrArray     *members;       /* of AsyncqJobSpec, owned */
  AsyncqJobSpec *postprocess;   /* owned */
  AsyncqJobSpec *parent;        /* no reference: it owns us */
};

/**
 * AsyncqJobSpec:
 *
 * What is to be submitted: the call of a function, or a composite of others.
 *
 * Members of a `parallel` job run at the same time, those of a `serial` job one
 * after the other; the result is that of the postprocess job, which is given all
 * members. A spec can be submitted any number of times.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AsyncqJobSpec, asyncq_job_spec, G_TYPE_OBJECT)

/*
 * Drops what @self owns and moves its members to @orphans, with their references.
 */
static void
give_up_members (AsyncqJobSpec *self,
                 GPtrArray     *orphans)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      AsyncqJobSpec *member = g_ptr_array_index (self->members, i);

      member->parent = NULL;
      g_ptr_array_add (orphans, g_object_ref (member));
    }
  g_ptr_array_set_size (self->members, 0);

  if (self->postprocess != NULL)
    {
      self->postprocess->parent = NULL;
      g_ptr_array_add (orphans, g_steal_pointer (&self->postprocess));
    }
}

static void
asyncq_job_spec_dispose (GObject *object)
{
  AsyncqJobSpec *self = ASYNCQ_JOB_SPEC (object);
  g_autoptr(GPtrArray) orphans = g_ptr_array_new ();

  give_up_members (self, orphans);
  while (orphans->len > 0)
    {
      AsyncqJobSpec *orphan = g_ptr_array_steal_index_fast (orphans, orphans->len - 1);

      /* where ours is the last reference it loses its members here, not in its own dispose,
       * which would call itself once a level */
      if (g_atomic_int_get ((int *) &G_OBJECT (orphan)->ref_count) == 1)
        give_up_members (orphan, orphans);
      g_object_unref (orphan);
    }

  G_OBJECT_CLASS (asyncq_job_spec_parent_class)->dispose (object);
}

static void
asyncq_job_spec_finalize (GObject *object)
{
  AsyncqJobSpec *self = ASYNCQ_JOB_SPEC (object);

  g_clear_pointer (&self->function, g_free);
  g_clear_pointer (&self->positional, g_ptr_array_unref);
  g_clear_pointer (&self->named, g_tree_unref);
  g_clear_pointer (&self->queue, g_free);
  g_clear_pointer (&self->submit_key, g_free);
  g_clear_pointer (&self->members, g_ptr_array_unref);

  G_OBJECT_CLASS (asyncq_job_spec_parent_class)->finalize (object);
}

static void
asyncq_job_spec_class_init (AsyncqJobSpecClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = asyncq_job_spec_dispose;
  object_class->finalize = asyncq_job_spec_finalize;
}

static int
compare_names (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  return strcmp (a, b);
}

static void
asyncq_job_spec_init (AsyncqJobSpec *self)
{
  self->priority = -1;
  self->positional = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  self->named = g_tree_new_full (compare_names, NULL, g_free, (GDestroyNotify) g_variant_unref);
  self->members = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * asyncq_job_spec_new:
 * @function: the function's name, `plugin.function`
 *
 * Makes the spec of a call.
 *
 * Returns: (transfer full): the spec
 *
 * Since: 0.1
 */
AsyncqJobSpec *
asyncq_job_spec_new (const char *function)
{
  AsyncqJobSpec *self;

  g_return_val_if_fail (function != NULL, NULL);

  self = g_object_new (ASYNCQ_TYPE_JOB_SPEC, NULL);
  self->function = g_strdup (function);
  return self;
}

/**
 * asyncq_job_spec_new_parallel:
 *
 * Makes the spec of a composite job whose members run at the same time.
 *
 * Returns: (transfer full): the spec
 *
 * Since: 0.1
 */
AsyncqJobSpec *
asyncq_job_spec_new_parallel (void)
{
  return g_object_new (ASYNCQ_TYPE_JOB_SPEC, NULL);
}

/**
 * asyncq_job_spec_new_serial:
 *
 * Makes the spec of a composite job whose members run one after the other.
 *
 * Returns: (transfer full): the spec
 *
 * Since: 0.1
 */
AsyncqJobSpec *
asyncq_job_spec_new_serial (void)
{
  AsyncqJobSpec *self = g_object_new (ASYNCQ_TYPE_JOB_SPEC, NULL);

  self->serial = TRUE;
  return self;
}

/**
 * asyncq_job_spec_get_function:
 * @self: a spec
 *
 * Gives the name of the function that is to be called.
 *
 * Returns: (nullable): the name, or %NULL for a composite spec
 *
 * Since: 0.1
 */
const char *
asyncq_job_spec_get_function (AsyncqJobSpec *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_SPEC (self), NULL);

  return self->function;
}

/**
 * asyncq_job_spec_add_argument:
 * @self: the spec of a call
 * @value: (transfer none): the value; consumed if it is floating
 *
 * Adds the next positional argument.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_add_argument (AsyncqJobSpec *self,
                              GVariant      *value)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (self->function != NULL);
  g_return_if_fail (value != NULL);

  g_ptr_array_add (self->positional, g_variant_ref_sink (value));
}

/**
 * asyncq_job_spec_set_argument:
 * @self: the spec of a call
 * @name: the name of a parameter
 * @value: (transfer none): the value; consumed if it is floating
 *
 * Sets an argument by name; a second value for the same name replaces the first.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_argument (AsyncqJobSpec *self,
                              const char    *name,
                              GVariant      *value)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (self->function != NULL);
  g_return_if_fail (name != NULL);
  g_return_if_fail (value != NULL);

  g_tree_replace (self->named, g_strdup (name), g_variant_ref_sink (value));
}

/**
 * asyncq_job_spec_set_queue:
 * @self: a spec
 * @queue: (nullable): the name of a queue; the default queue's is empty
 *
 * Sets the queue.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_queue (AsyncqJobSpec *self,
                           const char    *queue)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  g_free (self->queue);
  self->queue = g_strdup (queue);
}

/**
 * asyncq_job_spec_set_priority:
 * @self: a spec
 * @priority: 0, most urgent, to 255; 128 is the default
 *
 * Sets the priority.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_priority (AsyncqJobSpec *self,
                              guint          priority)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (priority <= G_MAXUINT8);

  self->priority = (int) priority;
}

/**
 * asyncq_job_spec_set_begin_after:
 * @self: a spec
 * @time: (nullable): a moment, to the microsecond; %NULL for at once
 *
 * Sets the time before which the job does not begin.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_begin_after (AsyncqJobSpec *self,
                                 GDateTime     *time)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  self->has_begin_after = time != NULL;
  self->begin_after_usec = time == NULL ? 0 :
    g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
}

/**
 * asyncq_job_spec_set_submit_key:
 * @self: a spec
 * @key: (nullable): any text
 *
 * Sets the submit-key. A second submit with the same key gives the id of the
 * first and makes no second job, so it is safe to repeat one whose reply was lost.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_submit_key (AsyncqJobSpec *self,
                                const char    *key)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  g_free (self->submit_key);
  self->submit_key = g_strdup (key);
}

/**
 * asyncq_job_spec_set_defer_check:
 * @self: a spec
 * @defer_check: whether the function may be unknown when the job is submitted
 *
 * Lets a job be submitted whose plugin arrives later.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_defer_check (AsyncqJobSpec *self,
                                 gboolean       defer_check)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  self->defer_check = defer_check;
}

/* whether @self may own @spec: it is free, and @self is not somewhere below it */
static gboolean
may_adopt (AsyncqJobSpec *self,
           AsyncqJobSpec *spec)
{
  if (spec->parent != NULL)
    return FALSE;
  for (AsyncqJobSpec *above = self; above != NULL; above = above->parent)
    if (above == spec)
      return FALSE;
  return TRUE;
}

/**
 * asyncq_job_spec_add_member:
 * @self: a composite spec
 * @member: (transfer none): a spec that belongs to no other; it may be composite
 *
 * Adds a member. It can belong to one composite spec only, and not to itself or
 * to one of its own members.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_add_member (AsyncqJobSpec *self,
                            AsyncqJobSpec *member)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (member));
  g_return_if_fail (self->function == NULL);
  g_return_if_fail (may_adopt (self, member));

  g_ptr_array_add (self->members, g_object_ref (member));
  member->parent = self;
}

/**
 * asyncq_job_spec_set_postprocess:
 * @self: a composite spec
 * @postprocess: (transfer none): the spec of a call, which belongs to no other
 *
 * Sets the call that makes the result: when all members have ended it is given
 * its own arguments and then `jobs`, of type `aa{sv}`: what became of each.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_postprocess (AsyncqJobSpec *self,
                                 AsyncqJobSpec *postprocess)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (postprocess));
  g_return_if_fail (self->function == NULL);
  g_return_if_fail (postprocess->function != NULL);
  g_return_if_fail (may_adopt (self, postprocess));

  if (self->postprocess != NULL)
    self->postprocess->parent = NULL;
  g_set_object (&self->postprocess, postprocess);
  postprocess->parent = self;
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
add_named_argument (gpointer key,
                    gpointer value,
                    gpointer user_data)
{
  g_variant_builder_add (user_data, "{sv}", (const char *) key, (GVariant *) value);
  return FALSE;
}

/* @parent: the index of the entry above, or -1 */
static void
append_entry (AsyncqJobSpec   *self,
              GVariantBuilder *entries,
              gint64           parent)
{
  g_variant_builder_open (entries, G_VARIANT_TYPE_VARDICT);
  if (self->function != NULL)
    g_variant_builder_add (entries, "{sv}", "function", g_variant_new_string (self->function));
  else
    g_variant_builder_add (entries, "{sv}", "kind",
                           g_variant_new_string (self->serial ? "serial" : "parallel"));
  if (self->positional->len > 0)
    {
      g_autoptr(GVariant) positional = collect_positional (self);

      g_variant_builder_add (entries, "{sv}", "arguments", positional);
    }
  if (g_tree_nnodes (self->named) > 0)
    {
      GVariantBuilder named;

      g_variant_builder_init (&named, G_VARIANT_TYPE_VARDICT);
      g_tree_foreach (self->named, add_named_argument, &named);
      g_variant_builder_add (entries, "{sv}", "named", g_variant_builder_end (&named));
    }
  if (parent >= 0)
    g_variant_builder_add (entries, "{sv}", "parent", g_variant_new_uint32 ((guint32) parent));
  if (parent >= 0 && self->parent->postprocess == self)
    g_variant_builder_add (entries, "{sv}", "role", g_variant_new_string ("postprocess"));
  if (self->queue != NULL)
    g_variant_builder_add (entries, "{sv}", "queue", g_variant_new_string (self->queue));
  if (self->priority >= 0)
    g_variant_builder_add (entries, "{sv}", "priority", g_variant_new_byte ((guint8) self->priority));
  if (self->has_begin_after)
    g_variant_builder_add (entries, "{sv}", "begin-after", g_variant_new_int64 (self->begin_after_usec));
  if (self->submit_key != NULL)
    g_variant_builder_add (entries, "{sv}", "submit-key", g_variant_new_string (self->submit_key));
  if (self->defer_check)
    g_variant_builder_add (entries, "{sv}", "defer-check", g_variant_new_boolean (TRUE));
  g_variant_builder_close (entries);
}

typedef struct
{
  AsyncqJobSpec *spec;
  gint64         parent;
} Visit;

/*
 * Appends @self and all below it, parents before their members and members in
 * their order; @first_index is the index that @self gets. Returns the next index.
 */
guint
_asyncq_job_spec_append_entries (AsyncqJobSpec   *self,
                                 GVariantBuilder *entries,
                                 guint            first_index)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, sizeof (Visit));
  Visit visit = { self, -1 };
  guint index = first_index;

  g_array_append_val (stack, visit);
  while (stack->len > 0)
    {
      Visit below;

      visit = g_array_index (stack, Visit, stack->len - 1);
      g_array_set_size (stack, stack->len - 1);
      append_entry (visit.spec, entries, visit.parent);

      /* pushed backwards, so that the first member comes off the stack first */
      below.parent = index++;
      below.spec = visit.spec->postprocess;
      if (below.spec != NULL)
        g_array_append_val (stack, below);
      for (guint i = visit.spec->members->len; i > 0; i--)
        {
          below.spec = g_ptr_array_index (visit.spec->members, i - 1);
          g_array_append_val (stack, below);
        }
    }
  return index;
}

/**
 * asyncq_job_spec_to_entries:
 * @self: a spec
 *
 * Gives the spec and all below it as a flat list, as the bus method Submit takes
 * it: a parent stands before its members, and members stand in their order.
 *
 * Returns: (transfer full): a list of type `aa{sv}`, not floating
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_spec_to_entries (AsyncqJobSpec *self)
{
  GVariantBuilder entries;

  g_return_val_if_fail (ASYNCQ_IS_JOB_SPEC (self), NULL);

  g_variant_builder_init (&entries, G_VARIANT_TYPE ("aa{sv}"));
  (void) _asyncq_job_spec_append_entries (self, &entries, 0);
  return g_variant_ref_sink (g_variant_builder_end (&entries));
}
