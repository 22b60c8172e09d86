/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Edges of drafts
 *
 * What entries say about other jobs: of what they are a part, whose callback
 * they are, what they follow. Read here, and checked as far as that is possible
 * without looking at the jobs that there are: that is aq-put.c's part.
 */

#include "config.h"

#include "core/aq-draft-edges.h"

#include "core/aq-draft-cycle.h"
#include "core/aq-draft-value.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/* the type of what a postprocess function is given last */
#define MEMBERS_TYPE G_VARIANT_TYPE ("aa{sv}")
/* how many of its members ended in which way */
#define COUNTS_TYPE "a{su}"

static gboolean
get_array (const char  *key,
           GVariant    *value,
           const char  *type,
           GVariant   **out_array,
           GError     **error)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'%s' is of type '%s', '%s' is wanted", key,
                            g_variant_get_type_string (value), type);
  *out_array = value;
  return TRUE;
}

static gboolean
read_parent (AqDraftEntry  *entry,
             const char    *key,
             GVariant      *value,
             GError       **error)
{
  gboolean is_job = g_str_equal (key, "parent-job");
  gint64 number;

  if (!aq_draft_get_integer (key, value, is_job ? 1 : 0, is_job ? G_MAXINT64 : AQ_MAX_ENTRIES, &number, error))
    return FALSE;
  if (entry->edges.has_parent)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "it has both a parent and a parent-job");
  entry->edges.has_parent = TRUE;
  if (is_job)
    entry->draft->parent_job = number;
  else
    entry->draft->parent = number;
  return TRUE;
}

/**
 * aq_draft_edges_read_key:
 * @entry: an entry
 * @key: `kind`, `role`, `on`, `parent`, `parent-job`, `after` or `after-jobs`
 * @value: its value
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether the value is of a type that can be
 *
 * Since: 0.1
 */
gboolean
aq_draft_edges_read_key (AqDraftEntry  *entry,
                         const char    *key,
                         GVariant      *value,
                         GError       **error)
{
  AqEdgeKeys *keys = &entry->edges;

  if (g_str_equal (key, "kind"))
    return aq_draft_get_string (key, value, &keys->kind, error);
  if (g_str_equal (key, "role"))
    return aq_draft_get_string (key, value, &keys->role, error);
  if (g_str_equal (key, "on"))
    return aq_draft_get_string (key, value, &keys->on, error);
  if (g_str_equal (key, "after"))
    return get_array (key, value, "a(us)", &keys->after, error);
  if (g_str_equal (key, "after-jobs"))
    return get_array (key, value, "a(ts)", &keys->after_jobs, error);
  return read_parent (entry, key, value, error);
}

static gboolean
set_kind (AqDraft           *draft,
          const AqEdgeKeys  *keys,
          GError           **error)
{
  if (keys->kind == NULL || g_str_equal (keys->kind, "call"))
    draft->kind = AQ_JOB_CALL;
  else if (g_str_equal (keys->kind, AQ_FUNCTION_PARALLEL))
    draft->kind = AQ_JOB_PARALLEL;
  else if (g_str_equal (keys->kind, AQ_FUNCTION_SERIAL))
    draft->kind = AQ_JOB_SERIAL;
  else if (g_str_equal (keys->kind, AQ_FUNCTION_BATCH))
    draft->kind = AQ_JOB_BATCH;
  else
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'kind' is '%s', call, parallel, serial or batch is wanted",
                            keys->kind);
  return TRUE;
}

static gboolean
set_role (AqDraft           *draft,
          const AqEdgeKeys  *keys,
          GError           **error)
{
  if (keys->role != NULL && !keys->has_parent)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "it has a role but no parent");
  if (keys->role == NULL || g_str_equal (keys->role, "member"))
    draft->role = AQ_EDGE_MEMBER;
  else if (g_str_equal (keys->role, "postprocess"))
    draft->role = AQ_EDGE_POSTPROCESS;
  else if (g_str_equal (keys->role, "callback"))
    draft->role = AQ_EDGE_CALLBACK;
  else
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'role' is '%s', member, postprocess or callback is wanted",
                            keys->role);
  if (draft->role == AQ_EDGE_POSTPROCESS && draft->parent_job != 0)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "a postprocess job comes together with its composite job");
  return TRUE;
}

static gboolean
get_on (const char  *word,
        AqEdgeOn    *out_on,
        GError     **error)
{
  if (g_str_equal (word, "success"))
    *out_on = AQ_EDGE_ON_SUCCESS;
  else if (g_str_equal (word, "failure"))
    *out_on = AQ_EDGE_ON_FAILURE;
  else if (g_str_equal (word, "any"))
    *out_on = AQ_EDGE_ON_ANY;
  else
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "it is on '%s', success, failure or any is wanted", word);
  return TRUE;
}

static gboolean
set_on (AqDraft           *draft,
        const AqEdgeKeys  *keys,
        GError           **error)
{
  draft->on = AQ_EDGE_ON_ANY;
  if (keys->on == NULL)
    return TRUE;
  if (draft->role != AQ_EDGE_CALLBACK)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "it is on '%s', and is no callback", keys->on);
  if (g_str_equal (keys->on, "first-failure"))
    {
      draft->on = AQ_EDGE_ON_FIRST_FAILURE;
      return TRUE;
    }
  return get_on (keys->on, &draft->on, error);
}

static gboolean
add_after (GArray    *array,
           GVariant  *list,
           gboolean   is_job,
           GError   **error)
{
  gsize n = list != NULL ? g_variant_n_children (list) : 0;

  for (gsize i = 0; i < n; i++)
    {
      AqDraftAfter after = { 0, AQ_DRAFT_NO_PARENT, AQ_EDGE_ON_ANY };
      const char *word;

      if (is_job)
        g_variant_get_child (list, i, "(t&s)", &after.job, &word);
      else
        g_variant_get_child (list, i, "(u&s)", &after.draft, &word);
      if (is_job && after.job == 0)
        return aq_draft_refuse (error, ASYNCQ_ERROR_NO_SUCH_JOB, "there is no job 0");
      if (!get_on (word, &after.on, error))
        return FALSE;
      g_array_append_val (array, after);
    }
  return TRUE;
}

/* bytes are allocated on their own, so they are aligned for what is in them */
static gconstpointer
keep_bytes (GPtrArray     *values,
            gconstpointer  bytes,
            gsize          size)
{
  GVariant *value = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, size, 1));

  g_ptr_array_add (values, value);
  return g_variant_get_data (value);
}

static gboolean
set_after (AqDraft           *draft,
           const AqEdgeKeys  *keys,
           GPtrArray         *values,
           GError           **error)
{
  g_autoptr(GArray) array = NULL;

  if (keys->after == NULL && keys->after_jobs == NULL)
    return TRUE;
  array = g_array_new (FALSE, FALSE, sizeof (AqDraftAfter));
  if (!add_after (array, keys->after, FALSE, error) || !add_after (array, keys->after_jobs, TRUE, error))
    return FALSE;
  if (array->len == 0)
    return TRUE;
  draft->after = keep_bytes (values, array->data, array->len * sizeof (AqDraftAfter));
  draft->n_after = array->len;
  return TRUE;
}

/**
 * aq_draft_edges_read:
 * @entry: an entry all keys of which have been read
 * @error: return location for an error
 *
 * Sets the kind of a draft, what it is to its parent, and what it follows.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: whether that makes sense for one draft
 *
 * Since: 0.1
 */
gboolean
aq_draft_edges_read (AqDraftEntry  *entry,
                     GError       **error)
{
  AqDraft *draft = entry->draft;
  const AqEdgeKeys *keys = &entry->edges;

  if (!set_kind (draft, keys, error) || !set_role (draft, keys, error) || !set_on (draft, keys, error) ||
      !set_after (draft, keys, entry->list->values, error))
    return FALSE;
  if (draft->priority == AQ_DRAFT_NO_PRIORITY && draft->role != AQ_EDGE_CALLBACK)
    draft->priority = AQ_PRIORITY_DEFAULT;
  return TRUE;
}

static gboolean
set_callback (AqDraft              *draft,
              const AqFunction     *function,
              const GVariantType   *last,
              GError              **error)
{
  if (last == NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_BAD_ARGUMENTS,
                            "'%s' cannot be a callback: it has no parameter for the result", function->name);
  if (g_variant_type_equal (last, G_VARIANT_TYPE_VARIANT))
    return TRUE;
  draft->parameter_type = g_variant_type_peek_string (last);
  if (draft->on == AQ_EDGE_ON_SUCCESS)
    return TRUE;
  return aq_draft_refuse (error, ASYNCQ_ERROR_BAD_ARGUMENTS,
                          "'%s' is a callback for success alone: its last parameter, of type '%.*s', takes no failure, "
                          "as 'v' does",
                          function->name, (int) g_variant_type_get_string_length (last),
                          g_variant_type_peek_string (last));
}

/**
 * aq_draft_edges_set_function:
 * @draft: a draft that aq_draft_edges_read() has read
 * @function: the function that it calls; must outlive the draft
 * @out_n_open: (out): how many of the last parameters the entry does not give
 * @error: return location for an error
 *
 * A postprocess function is given the members last, and a callback the result.
 *
 * Errors: `ASYNCQ_ERROR_BAD_ARGUMENTS`.
 *
 * Returns: whether the function can be that
 *
 * Since: 0.1
 */
gboolean
aq_draft_edges_set_function (AqDraft           *draft,
                             const AqFunction  *function,
                             guint             *out_n_open,
                             GError           **error)
{
  guint n = asyncq_signature_get_n_parameters (function->signature);
  const GVariantType *last = n > 0 ? asyncq_signature_get_value_type (function->signature, n - 1) : NULL;

  draft->result_type = function->result_type;
  *out_n_open = draft->role == AQ_EDGE_MEMBER ? 0 : 1;
  if (draft->role == AQ_EDGE_CALLBACK)
    return set_callback (draft, function, last, error);
  if (draft->role == AQ_EDGE_MEMBER || (last != NULL && g_variant_type_equal (last, MEMBERS_TYPE)))
    return TRUE;
  return aq_draft_refuse (error, ASYNCQ_ERROR_BAD_ARGUMENTS,
                          "'%s' cannot be a postprocess function: its last parameter is not of type 'aa{sv}'",
                          function->name);
}

static const char *
keep_text (GPtrArray  *values,
           const char *text)
{
  return text != NULL ? keep_bytes (values, text, strlen (text) + 1) : NULL;
}

/**
 * aq_draft_edges_copy:
 * @draft: a copy of a draft that points to what the first one does
 * @values: (element-type GVariant): what keeps alive what @draft points to then
 *
 * Since: 0.1
 */
void
aq_draft_edges_copy (AqDraft   *draft,
                     GPtrArray *values)
{
  if (draft->n_after > 0)
    draft->after = keep_bytes (values, draft->after, draft->n_after * sizeof (AqDraftAfter));
  draft->parameter_type = keep_text (values, draft->parameter_type);
  draft->result_type = keep_text (values, draft->result_type);
}

/* lists */

static gboolean
check_parent (const AqDraft  *drafts,
              guint           index,
              GError        **error)
{
  const AqDraft *draft = &drafts[index];
  gboolean is_callback = draft->role == AQ_EDGE_CALLBACK;

  if (draft->parent >= index || (!is_callback && drafts[draft->parent].kind == AQ_JOB_CALL))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "entry %u: its parent, entry %u, is not %s entry before it",
                            index, draft->parent, is_callback ? "an" : "a composite");
  if (draft->on == AQ_EDGE_ON_FIRST_FAILURE && drafts[draft->parent].kind == AQ_JOB_CALL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                            "entry %u: it is on first-failure, and its parent, entry %u, has no members", index,
                            draft->parent);
  if (draft->role == AQ_EDGE_POSTPROCESS && draft->kind != AQ_JOB_CALL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                            "entry %u: a postprocess job calls a function that is given the members", index);
  if (draft->role == AQ_EDGE_POSTPROCESS && drafts[draft->parent].kind == AQ_JOB_BATCH)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                            "entry %u: its parent, entry %u, is a batch, which has no " "postprocess job but callbacks",
                            index, draft->parent);
  if (draft->role != AQ_EDGE_MEMBER && draft->submit_key != NULL)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                            "entry %u: a %s cannot have a submit key of its own: that of its parent covers it", index,
                            is_callback ? "callback" : "postprocess job");
  return TRUE;
}

static gboolean
check_after (const AqDraft  *drafts,
             guint           n_drafts,
             guint           index,
             GError        **error)
{
  for (guint i = 0; i < drafts[index].n_after; i++)
    {
      const AqDraftAfter *after = &drafts[index].after[i];

      if (after->job != 0 || after->draft < n_drafts)
        continue;
      return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "entry %u: it is after entry %u, and there are %u", index,
                              after->draft, n_drafts);
    }
  return TRUE;
}

/* how many edges a draft is the child of, beside those of the wiring within a composite job */
static guint
count_edges (const AqDraft *draft)
{
  return draft->n_after + (draft->parent != AQ_DRAFT_NO_PARENT || draft->parent_job != 0 ? 1 : 0);
}

static gboolean
check_postprocess (const AqDraft  *drafts,
                   guint           n_drafts,
                   GError        **error)
{
  g_autoptr(GHashTable) parents = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < n_drafts; i++)
    if (drafts[i].parent != AQ_DRAFT_NO_PARENT && drafts[i].role == AQ_EDGE_POSTPROCESS &&
        !g_hash_table_add (parents, GUINT_TO_POINTER (drafts[i].parent + 1)))
      return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                              "entry %u: its parent, entry %u, has a postprocess job already", i, drafts[i].parent);
  return TRUE;
}

/* for each draft the type of its result, NULL where that is not known */
static const char **
list_result_types (const AqDraft *drafts,
                   guint          n_drafts)
{
  const char **types = g_new (const char *, n_drafts);

  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];

      types[i] = draft->kind == AQ_JOB_CALL    ? draft->result_type
                 : draft->kind == AQ_JOB_BATCH ? COUNTS_TYPE
                                               : g_variant_type_peek_string (MEMBERS_TYPE);
      if (draft->parent != AQ_DRAFT_NO_PARENT && draft->role == AQ_EDGE_POSTPROCESS)
        types[draft->parent] = draft->result_type;
    }
  return types;
}

static gboolean
check_callbacks (const AqDraft  *drafts,
                 guint           n_drafts,
                 GError        **error)
{
  g_autofree const char **types = list_result_types (drafts, n_drafts);

  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];
      const char *type = draft->parent != AQ_DRAFT_NO_PARENT ? types[draft->parent] : NULL;

      if (draft->role == AQ_EDGE_CALLBACK && draft->parameter_type != NULL && type != NULL &&
          !g_str_equal (draft->parameter_type, type))
        return aq_draft_refuse (error, ASYNCQ_ERROR_BAD_ARGUMENTS,
                                "entry %u: a callback whose type does not fit its parent's result: '%s' takes '%s' "
                                "last, entry %u returns '%s'",
                                i, draft->function, draft->parameter_type, draft->parent, type);
    }
  return TRUE;
}

static gboolean
check_each (const AqDraft  *drafts,
            guint           n_drafts,
            gboolean       *out_has_edges,
            gboolean       *out_may_cycle,
            GError        **error)
{
  guint64 n_edges = 0;

  for (guint i = 0; i < n_drafts; i++)
    {
      if ((drafts[i].parent != AQ_DRAFT_NO_PARENT && !check_parent (drafts, i, error)) ||
          !check_after (drafts, n_drafts, i, error))
        return FALSE;
      n_edges += count_edges (&drafts[i]);
      /* a part with a key may be what it is a part of */
      *out_may_cycle |= drafts[i].n_after > 0 ||
                        (drafts[i].parent != AQ_DRAFT_NO_PARENT && drafts[i].submit_key != NULL);
    }
  *out_has_edges = n_edges > 0;
  if (n_edges <= AQ_MAX_DRAFT_EDGES)
    return TRUE;
  return aq_draft_refuse (error, ASYNCQ_ERROR_TOO_LARGE,
                          "there are %" G_GUINT64_FORMAT " edges between the jobs, at most %d are taken", n_edges,
                          AQ_MAX_DRAFT_EDGES);
}

/**
 * aq_draft_edges_check:
 * @drafts: (array length=n_drafts): drafts
 * @n_drafts: how many
 * @error: return location for an error
 *
 * Checks what can be wrong with edges between drafts; each draft by itself has
 * been checked. Each parent and each `after` counts as an edge.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, a cycle among them; `ASYNCQ_ERROR_TOO_LARGE`;
 * `ASYNCQ_ERROR_BAD_ARGUMENTS` if a callback does not take what its parent
 * returns. The message names the entry, counted from 0.
 *
 * Returns: whether they can be put
 *
 * Since: 0.1
 */
gboolean
aq_draft_edges_check (const AqDraft  *drafts,
                      guint           n_drafts,
                      GError        **error)
{
  gboolean has_edges = FALSE;
  gboolean may_cycle = FALSE;

  if (!check_each (drafts, n_drafts, &has_edges, &may_cycle, error))
    return FALSE;
  if (has_edges && (!check_postprocess (drafts, n_drafts, error) || !check_callbacks (drafts, n_drafts, error)))
    return FALSE;
  return !may_cycle || aq_draft_cycle_check (drafts, n_drafts, error);
}
