/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Drafts of a simulated client
 */

#include "config.h"

#include "sim-draft.h"

#include "core/aq-job-settings.h"

#define MAX_ENTRIES 7
#define N_SUBMIT_KEYS 6

static const char *const functions[] = { "t.a", "t.b", "t.c" };
static const char *const queues[] = { "", "mail" };

static GPtrArray **
list_of (SimSpec    *parent,
         AqEdgeRole  role)
{
  GPtrArray **list = role == AQ_EDGE_CALLBACK ? &parent->callbacks : &parent->members;

  if (*list == NULL)
    *list = g_ptr_array_new ();
  return list;
}

static AqJobKind
random_kind (SimRandom *random)
{
  switch (sim_random_below (random, 8))
    {
    case 0:
      return AQ_JOB_SERIAL;
    case 1:
      return AQ_JOB_PARALLEL;
    case 2:
      return AQ_JOB_BATCH;
    default:
      return AQ_JOB_CALL;
    }
}

/* a part of an earlier composite job of the list, where there is one */
static void
choose_parent (SimDrafts *self,
               SimRandom *random,
               guint      index)
{
  AqDraft *draft = &self->drafts[index];
  guint parent = sim_random_below (random, index);
  SimSpec *spec = self->specs[index];
  SimSpec *whole = self->specs[parent];

  if (sim_random_one_in (random, 3))
    {
      draft->role = AQ_EDGE_CALLBACK;
      draft->on = AQ_EDGE_ON_SUCCESS + sim_random_below (random, 3);
      if (whole->kind != AQ_JOB_CALL && sim_random_one_in (random, 4))
        draft->on = AQ_EDGE_ON_FIRST_FAILURE;
    }
  else
    {
      if (whole->kind == AQ_JOB_CALL)
        return;
      draft->role = AQ_EDGE_MEMBER;
      /* it is a function that is given the members */
      if (spec->kind == AQ_JOB_CALL && whole->kind != AQ_JOB_BATCH && whole->postprocess == NULL &&
          sim_random_one_in (random, 4))
        draft->role = AQ_EDGE_POSTPROCESS;
    }
  draft->parent = parent;
  spec->parent = whole;
  spec->role = draft->role;
  spec->on = draft->on;
  if (draft->role == AQ_EDGE_POSTPROCESS)
    whole->postprocess = spec;
  else
    g_ptr_array_add (*list_of (whole, draft->role), spec);
}

/* what it follows: jobs ahead of it in the list, and in clients' lists some that are there */
static void
choose_after (SimDrafts   *self,
              SimWorld    *world,
              SimDraftUse  use,
              guint        index)
{
  SimRandom *random = &world->random;
  AqDraft *draft = &self->drafts[index];
  AqDraftAfter *after = g_new0 (AqDraftAfter, 1);
  SimAfter known = { .on = AQ_EDGE_ON_SUCCESS + sim_random_below (random, 3) };

  g_ptr_array_add (self->texts, (char *) after);
  after->on = known.on;
  if (index > 0 && draft->parent == AQ_DRAFT_NO_PARENT)
    {
      after->draft = sim_random_below (random, index);
      known.spec = self->specs[after->draft];
    }
  else if (use == SIM_DRAFT_OF_CLIENT && world->oracle.now->len > 1)
    {
      after->job = 1 + sim_random_below (random, world->oracle.now->len - 1);
      known.spec = sim_oracle_get_job (&world->oracle, after->job)->spec;
      if (known.spec == NULL || known.spec->id != after->job)
        return;
    }
  else
    return;
  draft->after = after;
  draft->n_after = 1;
  self->specs[index]->after = g_array_new (FALSE, FALSE, sizeof (SimAfter));
  g_array_append_val (self->specs[index]->after, known);
}

static void
choose_settings (SimDrafts *self,
                 SimRandom *random,
                 AqDraft   *draft,
                 SimSpec   *spec)
{
  static const char *const policies[] = { "common", "forever", "never", "m01" };
  GVariantDict dictionary = G_VARIANT_DICT_INIT (NULL);
  const char *policy = policies[sim_random_below (random, G_N_ELEMENTS (policies))];
  GError *error = NULL;

  if (sim_random_one_in (random, 2))
    {
      g_variant_dict_insert_value (&dictionary, "retry",
                                   g_variant_new_variant (aq_retry_policy_to_value (aq_retry_policy_get_builtin (policy))));
      spec->once = g_str_equal (policy, "never");
    }
  if (sim_random_one_in (random, 4))
    g_variant_dict_insert (&dictionary, "begin-by", "x", (gint64) sim_random_below (random, 40) * G_USEC_PER_SEC);
  if (sim_random_one_in (random, 4))
    g_variant_dict_insert (&dictionary, "run-timeout", "x", (gint64) (1 + sim_random_below (random, 10)) * G_USEC_PER_SEC);
  if (sim_random_one_in (random, 6))
    g_variant_dict_insert (&dictionary, "total-timeout", "x",
                           (gint64) (1 + sim_random_below (random, 60)) * G_USEC_PER_SEC);
  if (sim_random_one_in (random, 4))
    g_variant_dict_insert (&dictionary, "crash-limit", "u", 1 + sim_random_below (random, 3));
  draft->settings = aq_job_settings_new_from_value (g_variant_dict_end (&dictionary), &error);
  g_assert_no_error (error);
  spec->has_settings = TRUE;
}

/* by no chance of its own, so that histories without limits stay as they are */
static void
choose_limit (AqDraft *draft,
              SimSpec *spec)
{
  GVariantDict dictionary;
  GVariantBuilder limits;
  g_autofree char *name = NULL;
  GError *error = NULL;

  if (spec->kind != AQ_JOB_CALL || spec->nonce % 3 != 0)
    return;
  spec->limit = 1 + spec->nonce / 3 % SIM_N_LIMITS;
  name = g_strdup_printf ("l%u", spec->limit);
  g_variant_builder_init (&limits, G_VARIANT_TYPE ("a(ss)"));
  g_variant_builder_add (&limits, "(ss)", name, name);
  g_variant_dict_init (&dictionary, draft->settings != NULL ? draft->settings->value : NULL);
  g_variant_dict_insert_value (&dictionary, "limits", g_variant_builder_end (&limits));
  g_clear_pointer (&draft->settings, aq_job_settings_unref);
  draft->settings = aq_job_settings_new_from_value (g_variant_dict_end (&dictionary), &error);
  g_assert_no_error (error);
}

/* the function of that name that takes what is handed over to such a job */
static const char *
function_for_role (guint       index,
                   AqEdgeRole  role)
{
  static const char *const hearing[] = { "t.a_hears", "t.b_hears", "t.c_hears" };
  static const char *const gathering[] = { "t.a_gathers", "t.b_gathers", "t.c_gathers" };

  G_STATIC_ASSERT (G_N_ELEMENTS (hearing) == G_N_ELEMENTS (functions));
  G_STATIC_ASSERT (G_N_ELEMENTS (gathering) == G_N_ELEMENTS (functions));
  if (role == AQ_EDGE_CALLBACK)
    return hearing[index];
  return role == AQ_EDGE_POSTPROCESS ? gathering[index] : functions[index];
}

static void
add_entry (SimDrafts   *self,
           SimWorld    *world,
           SimDraftUse  use,
           guint        group,
           guint        index)
{
  SimRandom *random = &world->random;
  AqDraft *draft = &self->drafts[index];
  SimSpec *spec = sim_oracle_add_spec (&world->oracle);
  guint function = 0;

  self->specs[index] = spec;
  spec->group = group;
  spec->kind = random_kind (random);
  if (spec->kind == AQ_JOB_CALL)
    function = sim_random_below (random, G_N_ELEMENTS (functions));
  *draft = (AqDraft) {
    .kind = spec->kind,
    .priority = sim_random_one_in (random, 6) ? 100 : AQ_PRIORITY_DEFAULT,
    .queue = queues[sim_random_below (random, G_N_ELEMENTS (queues))],
    .arguments_type = "(t)",
    .arguments = &spec->nonce,
    .arguments_size = sizeof spec->nonce,
    .parent = AQ_DRAFT_NO_PARENT,
  };
  if (index > 0 && !sim_random_one_in (random, 5))
    choose_parent (self, random, index);
  if (spec->kind == AQ_JOB_CALL)
    draft->function = function_for_role (function, draft->role);
  if (sim_random_one_in (random, 8))
    draft->begin_after_usec = aq_clock_get_wall (world->clock) +
                              ((gint64) sim_random_below (random, 60) - 10) * G_USEC_PER_SEC;
  if (sim_random_one_in (random, 8))
    choose_after (self, world, use, index);
  if (sim_random_one_in (random, 4))
    choose_settings (self, random, draft, spec);
  choose_limit (draft, spec);
  if (draft->begin_after_usec == 0 && sim_random_one_in (random, 10))
    draft->delay_usec = (gint64) sim_random_below (random, 30 * G_USEC_PER_SEC);
  /* a part that is there already may wait for its new whole: nothing but clients' lists is free of that */
  if (use == SIM_DRAFT_OF_CLIENT && draft->role != AQ_EDGE_POSTPROCESS && draft->role != AQ_EDGE_CALLBACK &&
      sim_random_one_in (random, 6))
    {
      /* each once in a list: nothing is a part of itself */
      spec->submit_key = 1 + (self->n_keys++ + world->n_steps) % N_SUBMIT_KEYS;
      draft->submit_key = g_strdup_printf ("k%u", spec->submit_key);
      g_ptr_array_add (self->texts, (char *) draft->submit_key);
    }
}

/* of a job that is there: a callback of it, or a member if it is composite and has not ended */
static void
choose_parent_job (SimDrafts   *self,
                   SimWorld    *world,
                   SimDraftUse  use,
                   guint        index)
{
  SimRandom *random = &world->random;
  AqDraft *draft = &self->drafts[index];
  SimSpec *spec = self->specs[index];
  guint64 id = 1 + sim_random_below (random, MAX (world->oracle.now->len, 2) - 1);
  const SimJob *job = sim_oracle_get_job (&world->oracle, id);

  if (job->spec == NULL || job->spec->id != id || draft->submit_key != NULL || draft->n_after > 0)
    return;
  draft->parent_job = id;
  draft->role = AQ_EDGE_CALLBACK;
  draft->on = AQ_EDGE_ON_SUCCESS + sim_random_below (random, 3);
  /* an end that appends a member too late would be refused as a whole */
  if (use == SIM_DRAFT_OF_CLIENT && job->spec->kind != AQ_JOB_CALL && !sim_job_has_ended (job) &&
      sim_random_one_in (random, 2))
    draft->role = AQ_EDGE_MEMBER;
  if (draft->function != NULL)
    draft->function = function_for_role (draft->function[2] - 'a', draft->role);
  spec->parent = job->spec;
  spec->role = draft->role;
  spec->on = draft->on;
  spec->late = job->state == ASYNCQ_JOB_STATE_COMPLETED;
  g_ptr_array_add (*list_of (job->spec, draft->role), spec);
}

static void
choose_unique_key (SimDrafts *self,
                   SimRandom *random,
                   guint      index)
{
  AqDraft *draft = &self->drafts[index];

  self->specs[index]->unique_key = 1 + sim_random_below (random, 4);
  draft->unique_key = g_strdup_printf ("u%u", self->specs[index]->unique_key);
  g_ptr_array_add (self->texts, (char *) draft->unique_key);
  draft->unique_scope = sim_random_below (random, 2) == 0 ? AQ_UNIQUE_WAITING : AQ_UNIQUE_UNFINISHED;
  draft->unique_conflict = sim_random_below (random, 2) == 0 ? AQ_UNIQUE_SKIP : AQ_UNIQUE_REPLACE;
}

void
sim_drafts_init (SimDrafts   *self,
                 SimWorld    *world,
                 SimDraftUse  use,
                 guint        group)
{
  SimRandom *random = &world->random;

  self->n_drafts = sim_random_one_in (random, 2) ? 1 : 1 + sim_random_below (random, MAX_ENTRIES);
  self->drafts = g_new0 (AqDraft, self->n_drafts);
  self->specs = g_new0 (SimSpec *, self->n_drafts);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->n_keys = 0;
  self->first = world->oracle.specs->len + 1;
  for (guint i = 0; i < self->n_drafts; i++)
    add_entry (self, world, use, group, i);
  if (use != SIM_DRAFT_RETURNED && self->n_drafts == 1 && sim_random_one_in (random, 4))
    choose_parent_job (self, world, use, 0);
  else if (use == SIM_DRAFT_OF_CLIENT && self->n_drafts == 1 && self->drafts[0].submit_key == NULL &&
           sim_random_one_in (random, 4))
    choose_unique_key (self, random, 0);
}

void
sim_drafts_clear (SimDrafts *self)
{
  for (guint i = 0; i < self->n_drafts; i++)
    g_clear_pointer (&self->drafts[i].settings, aq_job_settings_unref);
  g_free (self->drafts);
  g_free (self->specs);
  g_ptr_array_unref (self->texts);
}
