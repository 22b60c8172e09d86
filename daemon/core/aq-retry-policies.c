/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Retry policies
 */

#include "config.h"

#include "core/aq-retry-policies.h"

#include "core/aq-suggestion.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

struct _AqRetryPolicies
{
  gatomicrefcount ref_count;
  GHashTable     *by_name;    /* name → AqRetryPolicy, owned; the name is the policy's */
  GHashTable     *by_queue;   /* name of a queue, owned → AqRetryPolicy, owned */
  AqRetryPolicy  *by_default; /* owned, nullable */
};

static void
unref_policy (gpointer policy)
{
  aq_retry_policy_unref (policy);
}

static void
insert (AqRetryPolicies *self,
        AqRetryPolicy   *policy)
{
  g_hash_table_insert (self->by_name, (gpointer) aq_retry_policy_get_name (policy), aq_retry_policy_ref (policy));
}

AqRetryPolicies *
aq_retry_policies_new (void)
{
  AqRetryPolicies *self = g_new0 (AqRetryPolicies, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, unref_policy);
  self->by_queue = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_policy);
  for (const char *const *name = aq_retry_policy_list_builtins (); *name != NULL; name++)
    insert (self, aq_retry_policy_get_builtin (*name));
  return self;
}

AqRetryPolicies *
aq_retry_policies_ref (AqRetryPolicies *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_retry_policies_unref (AqRetryPolicies *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->by_queue);
  g_clear_pointer (&self->by_default, aq_retry_policy_unref);
  g_free (self);
}

/**
 * aq_retry_policies_add:
 * @self: the policies
 * @policy: another one
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`.
 *
 * Returns: whether it was added
 *
 * Since: 0.1
 */
gboolean
aq_retry_policies_add (AqRetryPolicies  *self,
                       AqRetryPolicy    *policy,
                       GError          **error)
{
  const char *name = aq_retry_policy_get_name (policy);

  if (g_hash_table_contains (self->by_name, name))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is a retry policy '%s' already", name);
      return FALSE;
    }
  insert (self, policy);
  return TRUE;
}

static int
compare_policies (gconstpointer a,
                  gconstpointer b)
{
  return strcmp (aq_retry_policy_get_name (*(AqRetryPolicy * const *) a),
                 aq_retry_policy_get_name (*(AqRetryPolicy * const *) b));
}

GPtrArray *
aq_retry_policies_list (AqRetryPolicies *self)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer policy;

  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &policy))
    g_ptr_array_add (list, policy);
  g_ptr_array_sort (list, compare_policies);
  return list;
}

/**
 * aq_retry_policies_find:
 * @self: the policies
 * @name: a name
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_POLICY`, which names the one that may have been
 * meant, else those that there are.
 * Source: behaviour Z50 logs this and looks on for ever; here nobody can submit
 * a job with a policy that is missing.
 *
 * Returns: (transfer none): the policy of that name, or %NULL with @error set
 *
 * Since: 0.1
 */
AqRetryPolicy *
aq_retry_policies_find (AqRetryPolicies  *self,
                        const char       *name,
                        GError          **error)
{
  AqRetryPolicy *policy = g_hash_table_lookup (self->by_name, name);
  g_autoptr(GPtrArray) list = NULL;
  g_autoptr(GString) names = g_string_new (NULL);
  AqSuggestion suggestion;

  if (policy != NULL)
    return policy;

  list = aq_retry_policies_list (self);
  aq_suggestion_init (&suggestion, name);
  for (guint i = 0; i < list->len; i++)
    {
      const char *candidate = aq_retry_policy_get_name (g_ptr_array_index (list, i));

      aq_suggestion_offer (&suggestion, candidate);
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", candidate);
    }
  if (suggestion.best != NULL)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_POLICY,
                 "there is no retry policy '%s'; did you mean '%s'?", name, suggestion.best);
  else
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_POLICY, "there is no retry policy '%s'; there are %s", name,
                 names->str);
  return NULL;
}

/**
 * aq_retry_policies_set_default:
 * @self: the policies
 * @queue: (nullable): a queue's name, or %NULL for all that have no policy of their own
 * @policy: what jobs of it get that name none
 *
 * Since: 0.1
 */
void
aq_retry_policies_set_default (AqRetryPolicies *self,
                               const char      *queue,
                               AqRetryPolicy   *policy)
{
  if (queue != NULL)
    {
      g_hash_table_insert (self->by_queue, g_strdup (queue), aq_retry_policy_ref (policy));
      return;
    }
  aq_retry_policy_ref (policy);
  g_clear_pointer (&self->by_default, aq_retry_policy_unref);
  self->by_default = policy;
}

/**
 * aq_retry_policies_get_default:
 * @self: the policies
 * @queue: a queue's name
 *
 * Returns: (transfer none) (nullable): what a job of @queue gets that names none; %NULL stands for `common`
 *
 * Since: 0.1
 */
AqRetryPolicy *
aq_retry_policies_get_default (AqRetryPolicies *self,
                               const char      *queue)
{
  AqRetryPolicy *policy = g_hash_table_lookup (self->by_queue, queue);

  return policy != NULL ? policy : self->by_default;
}
