/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is to be submitted: one call, or a tree of composite jobs, calls and callbacks
 *
 * A spec belongs to at most one other, so specs form trees. A spec owns its
 * members and callbacks, they point up without a reference. What a spec comes
 * after it only has a reference to. Trees may be of any depth: nothing here calls
 * itself once a level.
 */

#include "config.h"

#include "asyncq-job-spec.h"

#include "asyncq-job-spec-private.h"

#include <string.h>

/**
 * AsyncqJobSpec:
 *
 * What is to be submitted: the call of a function, or a composite of others.
 *
 * Members of a `parallel` job run at the same time, those of a `serial` job one
 * after the other; the result is that of the postprocess job, which is given all
 * members. A `batch` is as a parallel job, and its result is how many of its
 * members ended in which way.
 *
 * Callbacks of a job are given its result, or its failure, and run one after the
 * other. A job can also come after others, of which it is given nothing. A spec can
 * be submitted any number of times.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AsyncqJobSpec, asyncq_job_spec, G_TYPE_OBJECT)

/*
 * Drops what @self has and moves the other specs among it to @orphans, with their
 * references.
 */
static void
give_up_others (AsyncqJobSpec *self,
                GPtrArray     *orphans)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      AsyncqJobSpec *member = g_ptr_array_index (self->members, i);

      member->parent = NULL;
      g_ptr_array_add (orphans, member);
    }
  g_ptr_array_set_size (self->members, 0);
  for (guint i = 0; i < self->after->len; i++)
    g_ptr_array_add (orphans, g_array_index (self->after, AsyncqSpecAfter, i).spec);
  g_array_set_size (self->after, 0);
}

static void
asyncq_job_spec_dispose (GObject *object)
{
  AsyncqJobSpec *self = ASYNCQ_JOB_SPEC (object);
  g_autoptr(GPtrArray) orphans = g_ptr_array_new ();

  give_up_others (self, orphans);
  while (orphans->len > 0)
    {
      AsyncqJobSpec *orphan = g_ptr_array_steal_index_fast (orphans, orphans->len - 1);

      /* where ours is the last reference it loses its members here, not in its own dispose,
       * which would call itself once a level */
      if (g_atomic_int_get ((int *) &G_OBJECT (orphan)->ref_count) == 1)
        give_up_others (orphan, orphans);
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
  g_clear_pointer (&self->settings, g_tree_unref);
  g_clear_pointer (&self->members, g_ptr_array_unref);
  g_clear_pointer (&self->after, g_array_unref);
  g_clear_pointer (&self->after_jobs, g_array_unref);

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
  self->positional = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  self->named = g_tree_new_full (compare_names, NULL, g_free, (GDestroyNotify) g_variant_unref);
  self->settings = g_tree_new_full (compare_names, NULL, NULL, (GDestroyNotify) g_variant_unref);
  self->members = g_ptr_array_new ();
  self->after = g_array_new (FALSE, FALSE, sizeof (AsyncqSpecAfter));
  self->after_jobs = g_array_new (FALSE, FALSE, sizeof (AsyncqSpecAfterJob));
}

static AsyncqJobSpec *
new_of_kind (AsyncqSpecKind kind)
{
  AsyncqJobSpec *self = g_object_new (ASYNCQ_TYPE_JOB_SPEC, NULL);

  self->kind = kind;
  return self;
}

static gboolean
is_call (AsyncqJobSpec *self)
{
  return self->kind == ASYNCQ_SPEC_CALL || self->kind == ASYNCQ_SPEC_FACTORY;
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

  self = new_of_kind (ASYNCQ_SPEC_CALL);
  self->function = g_strdup (function);
  return self;
}

/**
 * asyncq_job_spec_new_from_factory:
 * @factory: the name of a factory
 *
 * Makes the spec of a call as the daemon's factory describes it. Arguments that
 * are added take the place of the factory's, and so does what is set.
 *
 * Returns: (transfer full): the spec
 *
 * Since: 0.1
 */
AsyncqJobSpec *
asyncq_job_spec_new_from_factory (const char *factory)
{
  AsyncqJobSpec *self;

  g_return_val_if_fail (factory != NULL, NULL);

  self = new_of_kind (ASYNCQ_SPEC_FACTORY);
  self->function = g_strdup (factory);
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
  return new_of_kind (ASYNCQ_SPEC_PARALLEL);
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
  return new_of_kind (ASYNCQ_SPEC_SERIAL);
}

/**
 * asyncq_job_spec_new_batch:
 *
 * Makes the spec of a composite job whose members run at the same time. It
 * succeeds whatever becomes of them; its result is `a{su}`: how many have
 * "succeeded", "failed", and were "cancelled" or "expired".
 *
 * Returns: (transfer full): the spec
 *
 * Since: 0.1
 */
AsyncqJobSpec *
asyncq_job_spec_new_batch (void)
{
  return new_of_kind (ASYNCQ_SPEC_BATCH);
}

/**
 * asyncq_job_spec_get_function:
 * @self: a spec
 *
 * Gives the name of the function that is to be called.
 *
 * Returns: (nullable): the name, or %NULL for a composite spec, and for one from
 *   a factory
 *
 * Since: 0.1
 */
const char *
asyncq_job_spec_get_function (AsyncqJobSpec *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_SPEC (self), NULL);

  return self->kind == ASYNCQ_SPEC_CALL ? self->function : NULL;
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
  g_return_if_fail (is_call (self));
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
  g_return_if_fail (is_call (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (value != NULL);

  g_tree_replace (self->named, g_strdup (name), g_variant_ref_sink (value));
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

static void
adopt (AsyncqJobSpec  *self,
       AsyncqJobSpec  *spec,
       AsyncqSpecRole  role,
       AsyncqJobOn     on)
{
  spec->parent = self;
  spec->role = role;
  spec->on = on;
  g_ptr_array_add (self->members, g_object_ref (spec));
}

/**
 * asyncq_job_spec_add_member:
 * @self: a composite spec
 * @member: (transfer none): a spec that belongs to no other; it may be composite
 *
 * Adds a member. It can belong to one other spec only, and not to itself or to one
 * of its own members.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_add_member (AsyncqJobSpec *self,
                            AsyncqJobSpec *member)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (member));
  g_return_if_fail (!is_call (self));
  g_return_if_fail (may_adopt (self, member));

  adopt (self, member, ASYNCQ_SPEC_MEMBER, ASYNCQ_JOB_ON_ANY);
}

static void
drop_postprocess (AsyncqJobSpec *self)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      AsyncqJobSpec *member = g_ptr_array_index (self->members, i);

      if (member->role != ASYNCQ_SPEC_POSTPROCESS)
        continue;
      member->parent = NULL;
      g_ptr_array_remove_index (self->members, i);
      g_object_unref (member);
      return;
    }
}

/**
 * asyncq_job_spec_set_postprocess:
 * @self: a composite spec
 * @postprocess: (transfer none): the spec of a call, which belongs to no other
 *
 * Sets the call that makes the result: when all members have ended it is given
 * its own arguments and then `jobs`, of type `aa{sv}`: what became of each. A batch
 * has none.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_postprocess (AsyncqJobSpec *self,
                                 AsyncqJobSpec *postprocess)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (postprocess));
  g_return_if_fail (self->kind == ASYNCQ_SPEC_PARALLEL || self->kind == ASYNCQ_SPEC_SERIAL);
  g_return_if_fail (is_call (postprocess));
  g_return_if_fail (may_adopt (self, postprocess));

  drop_postprocess (self);
  adopt (self, postprocess, ASYNCQ_SPEC_POSTPROCESS, ASYNCQ_JOB_ON_ANY);
}

/**
 * asyncq_job_spec_add_callback:
 * @self: a spec
 * @callback: (transfer none): a spec that belongs to no other
 * @on: which end of @self it is for
 *
 * Adds a job that runs when @self has ended so. A call is given its own arguments
 * and then what became of @self: a parameter of type `v` takes the value, or `(sis)`:
 * domain, code and message of the failure; one of another type takes that value,
 * and is for success only.
 *
 * Callbacks run one after the other in the order in which they were added, and
 * @self is completed when they are. One that is not for the end that @self has is
 * skipped: it takes over the outcome and the result of @self, for its own callbacks.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_add_callback (AsyncqJobSpec *self,
                              AsyncqJobSpec *callback,
                              AsyncqJobOn    on)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (callback));
  g_return_if_fail ((guint) on < ASYNCQ_N_JOB_ONS);
  g_return_if_fail (on != ASYNCQ_JOB_ON_FIRST_FAILURE || !is_call (self));
  g_return_if_fail (may_adopt (self, callback));

  adopt (self, callback, ASYNCQ_SPEC_CALLBACK, on);
}

/**
 * asyncq_job_spec_add_after:
 * @self: a spec
 * @other: (transfer none): another spec
 * @on: which end of @other allows @self to begin: not
 *   `ASYNCQ_JOB_ON_FIRST_FAILURE`
 *
 * Lets the job begin only when another one has ended so. Where that cannot happen
 * any more the job is cancelled without a run.
 *
 * @other is submitted with @self, with all that belongs to it, once: if several
 * specs of one submit name it, they mean the same job. A cycle is refused when it is
 * submitted, and its specs are never freed.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_add_after (AsyncqJobSpec *self,
                           AsyncqJobSpec *other,
                           AsyncqJobOn    on)
{
  AsyncqSpecAfter after = { other, on };

  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (other));
  g_return_if_fail ((guint) on < ASYNCQ_JOB_ON_FIRST_FAILURE);
  g_return_if_fail (self != other);

  g_object_ref (other);
  g_array_append_val (self->after, after);
}
