/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Stores under test
 *
 * The real rules of the core drive the store; nothing here knows how it keeps
 * what they write.
 */

#include "config.h"

#include "store-testing.h"

#include "core/aq-job-past.h"
#include "core/aq-lane.h"
#include "store/aq-embedded-store.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TEST_TIME G_GINT64_CONSTANT (1155225842000211)

static const AqActor actor = { .uid = 1000, .sender = ":1.7" };

static void
add_functions (AqFunctionTable *functions)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_function_free);
  AqFunction *echo = aq_function_new ("test", "echo", "text s", "s", "", NULL);
  AqFunction *other = aq_function_new ("test", "other", "text s", "s", "", NULL);

  AqFunction *hear = aq_function_new ("test", "hear", "text s, result v", "s", "", NULL);

  g_assert_nonnull (hear);
  g_assert_nonnull (echo);
  g_assert_nonnull (other);
  g_ptr_array_add (list, hear);
  g_ptr_array_add (list, echo);
  g_ptr_array_add (list, other);
  aq_function_table_set_plugin (functions, "test", list);
}

void
store_test_init (StoreTest *self)
{
  g_autoptr(GError) error = NULL;

  *self = (StoreTest) { .folder = g_dir_make_tmp ("asyncq-store-XXXXXX", &error) };
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, "store", NULL);
  self->clock = aq_clock_new_manual (TEST_TIME);
  aq_embedded_settings_init (&self->settings);
  self->functions = aq_function_table_new ();
  add_functions (self->functions);
  self->agent = aq_agent_new ("main", 3, NULL, NULL, &error);
  g_assert_no_error (error);
}

void
store_test_clear (StoreTest *self)
{
  g_clear_object (&self->store);
  g_clear_pointer (&self->agent, aq_agent_unref);
  g_clear_pointer (&self->functions, aq_function_table_free);
  g_clear_pointer (&self->clock, aq_clock_unref);
  g_clear_error (&self->failure);
  if (self->folder != NULL)
    store_test_remove (self->folder);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->folder, g_free);
}

static void
on_failed (const GError *error,
           gpointer      user_data)
{
  StoreTest *self = user_data;

  g_assert_null (self->failure);
  self->failure = g_error_copy (error);
}

gboolean
store_test_open (StoreTest  *self,
                 GError    **error)
{
  g_autoptr(AqStore) store = aq_embedded_store_new_full (self->path, self->clock, &self->settings,
                                                         self->io);

  g_assert_null (self->store);
  aq_store_set_failed (store, on_failed, self);
  if (!aq_store_open (store, error))
    return FALSE;
  self->store = g_steal_pointer (&store);
  return TRUE;
}

void
store_test_close (StoreTest *self)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (aq_store_close (self->store, &error));
  g_assert_no_error (error);
  g_clear_object (&self->store);
}

void
store_test_crash (StoreTest *self)
{
  g_clear_object (&self->store);
}

void
store_test_reopen (StoreTest *self)
{
  g_autoptr(GError) error = NULL;

  if (self->store != NULL)
    store_test_close (self);
  store_test_open (self, &error);
  g_assert_no_error (error);
}

/* until all is flushed, or never will be */
void
store_test_flush (StoreTest *self)
{
  while (aq_gate_get_flushed (aq_store_get_gate (self->store)) < aq_store_get_sequence (self->store) &&
         self->failure == NULL)
    g_main_context_iteration (NULL, TRUE);
}

/* images */

typedef struct
{
  gboolean  done;
  GError   *error;
} Answer;

static void
on_answer (const GError *error,
           gpointer      user_data)
{
  Answer *self = user_data;

  self->done = TRUE;
  self->error = error != NULL ? g_error_copy (error) : NULL;
}

static gboolean
wait_for_answer (Answer  *self,
                 GError **error)
{
  while (!self->done)
    g_main_context_iteration (NULL, TRUE);
  if (self->error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  return error == NULL || *error == NULL;
}

gboolean
store_test_try_checkpoint (StoreTest  *self,
                           GError    **error)
{
  Answer answer = { 0 };

  aq_embedded_store_checkpoint (AQ_EMBEDDED_STORE (self->store), on_answer, &answer);
  return wait_for_answer (&answer, error);
}

void
store_test_checkpoint (StoreTest *self)
{
  g_autoptr(GError) error = NULL;

  (void) store_test_try_checkpoint (self, &error);
  g_assert_no_error (error);
  store_test_evict (self);
}

/* what the store does when nothing else is to be done */
void
store_test_evict (StoreTest *self)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* ids of jobs that are away */
static gboolean
rule_list_away (AqTransaction  *transaction,
                gpointer        event,
                GError        **error)
{
  AqJobBrief brief;

  for (guint64 id = G_MAXUINT64; aq_transaction_iterate_brief (transaction, id, &brief); id = brief.id)
    if (brief.away)
      g_array_append_val (event, brief.id);
  return TRUE;
}

static GArray *
list_away (StoreTest *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr(GError) error = NULL;

  store_test_apply (self, rule_list_away, ids, &error);
  g_assert_no_error (error);
  return ids;
}

guint
store_test_count_away (StoreTest *self)
{
  g_autoptr(GArray) ids = list_away (self);

  return ids->len;
}

gboolean
store_test_fetch (StoreTest  *self,
                  GError    **error)
{
  g_autoptr(GArray) ids = list_away (self);
  Answer answer = { 0 };

  aq_store_fetch (self->store, (const guint64 *) ids->data, ids->len, on_answer, &answer);
  return wait_for_answer (&answer, error);
}

typedef struct
{
  guint64  sequence;
  GError  *error;
} Applied;

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  Applied *applied = user_data;

  applied->sequence = sequence;
  applied->error = error != NULL ? g_error_copy (error) : NULL;
}

guint64
store_test_apply (StoreTest  *self,
                  AqRule      rule,
                  gpointer    event,
                  GError    **error)
{
  Applied applied = { 0 };

  aq_store_apply (self->store, &actor, rule, event, on_applied, &applied);
  if (applied.error != NULL)
    g_propagate_error (error, applied.error);
  return applied.sequence;
}

/* a call of test.echo; the arguments live as long as @text */
AqDraft
store_test_draft (const char *text)
{
  /* a tuple of one string is the string */
  return (AqDraft) {
    .kind = AQ_JOB_CALL,
    .priority = AQ_PRIORITY_DEFAULT,
    .queue = "",
    .function = "test.echo",
    .arguments_type = "(s)",
    .arguments = text,
    .arguments_size = strlen (text) + 1,
    .parent = AQ_DRAFT_NO_PARENT,
  };
}

guint64
store_test_put (StoreTest  *self,
                const char *text)
{
  g_autoptr(GError) error = NULL;
  AqDraft draft = store_test_draft (text);
  guint64 id = 0;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  store_test_apply (self, aq_rule_put, &event, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (id, >, 0);
  return id;
}

guint64
store_test_put_large (StoreTest *self,
                      gsize      size)
{
  g_autofree char *text = g_malloc (size);

  memset (text, 'x', size - 1);
  text[size - 1] = '\0';
  return store_test_put (self, text);
}

guint64
store_test_claim (StoreTest *self,
                  guint64   *out_lease)
{
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  g_autoptr(GError) error = NULL;
  AqClaimEvent event = {
    .agent = self->agent,
    .max_jobs = 1,
    .functions = self->functions,
    .out_jobs = jobs,
  };
  const AqJob *job;

  store_test_apply (self, aq_rule_claim, &event, &error);
  g_assert_no_error (error);
  if (jobs->len == 0)
    return 0;
  job = g_ptr_array_index (jobs, 0);
  *out_lease = job->lease;
  return job->id;
}

void
store_test_finish (StoreTest  *self,
                   guint64     id,
                   guint64     lease,
                   const char *result)
{
  static const AqUsage usage = { .user_usec = 1000, .system_usec = 130, .peak_bytes = 1 << 20 };
  g_autoptr(AqResult) value = aq_result_new ("s", result, strlen (result) + 1);
  g_autoptr(GVariant) evidence = g_variant_ref_sink (g_variant_new_parsed ("{'output': <'some words'>}"));
  g_autoptr(GError) error = NULL;
  AqFinishEvent event = {
    .id = id,
    .lease = lease,
    .started_usec = TEST_TIME + 1,
    .ended_usec = TEST_TIME + 2,
    .worker = 42,
    .result = value,
    .usage = id % 3 != 0 ? &usage : NULL,
    .evidence = id % 5 == 0 ? evidence : NULL,
    .returned = AQ_DRAFT_NO_PARENT,
  };

  store_test_apply (self, aq_rule_finish, &event, &error);
  g_assert_no_error (error);
}

/* random history */

static void
play_composite (StoreTest *self,
                GRand     *random)
{
  g_autoptr(GError) error = NULL;
  AqDraft drafts[4];
  guint64 ids[4];
  AqPutEvent event = { .drafts = drafts, .n_drafts = 4, .out_ids = ids };

  for (guint i = 0; i < 4; i++)
    {
      drafts[i] = store_test_draft ("member");
      drafts[i].parent = 0;
      drafts[i].role = i < 3 ? AQ_EDGE_MEMBER : AQ_EDGE_POSTPROCESS;
    }
  drafts[0].kind = g_rand_boolean (random) ? AQ_JOB_PARALLEL : AQ_JOB_SERIAL;
  drafts[0].parent = AQ_DRAFT_NO_PARENT;
  drafts[0].function = NULL;
  drafts[0].arguments_type = "()";
  drafts[0].arguments = "";
  drafts[0].arguments_size = 1;
  store_test_apply (self, aq_rule_put, &event, &error);
  g_assert_no_error (error);
}

typedef struct
{
  const char *key;
  guint64     id;
} FindKey;

static gboolean
rule_find_key (AqTransaction  *transaction,
               gpointer        event,
               GError        **error)
{
  FindKey *find = event;

  find->id = aq_transaction_find_submit_key (transaction, find->key);
  return TRUE;
}

/* as the engine does before it puts a job with a key that is known */
static void
fetch_key (StoreTest  *self,
           const char *key)
{
  g_autoptr(GError) error = NULL;
  FindKey find = { .key = key };
  Answer answer = { 0 };

  store_test_apply (self, rule_find_key, &find, &error);
  g_assert_no_error (error);
  aq_store_fetch (self->store, &find.id, 1, on_answer, &answer);
  wait_for_answer (&answer, &error);
  g_assert_no_error (error);
}

static void
play_put (StoreTest *self,
          GRand     *random)
{
  g_autofree char *key = g_strdup_printf ("key %d", g_rand_int_range (random, 0, 20));
  g_autofree char *text = g_strnfill ((gsize) g_rand_int_range (random, 0, 300), 'y');
  g_autoptr(GError) error = NULL;
  AqDraft draft = store_test_draft (text);
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  draft.priority = (guint) g_rand_int_range (random, 0, 256);
  draft.queue = g_rand_boolean (random) ? "" : "mail";
  draft.function = g_rand_boolean (random) ? "test.echo" : "test.other";
  draft.submit_key = g_rand_boolean (random) ? key : NULL;
  draft.begin_after_usec = g_rand_boolean (random) ? TEST_TIME + g_rand_int_range (random, 0, 1000) : 0;
  if (draft.submit_key != NULL)
    fetch_key (self, key);
  store_test_apply (self, aq_rule_put, &event, &error);
  g_assert_no_error (error);
}

static void
play_run (StoreTest *self,
          GRand     *random)
{
  g_autoptr(GError) error = NULL;
  guint64 lease = 0;
  guint64 id = store_test_claim (self, &lease);
  AqReleaseEvent release = { .id = id, .lease = lease };
  AqStartEvent start = { .id = id, .lease = lease, .worker = 42 };

  if (id == 0)
    return;
  switch (g_rand_int_range (random, 0, 4))
    {
    case 0:
      store_test_apply (self, aq_rule_start, &start, &error);
      break;
    case 1:
      store_test_apply (self, aq_rule_release, &release, &error);
      break;
    case 2:
      store_test_apply (self, aq_rule_start, &start, &error);
      g_assert_no_error (error);
      store_test_apply (self, aq_rule_interrupt, &release, &error);
      break;
    default:
      store_test_finish (self, id, lease, "result");
    }
  g_assert_no_error (error);
}

static void
play_agent (StoreTest *self,
            GRand     *random)
{
  static const char * const queues[] = { "mail", "", NULL };
  g_autofree char *name = g_strdup_printf ("agent-%d", g_rand_int_range (random, 0, G_MAXINT));
  g_autoptr(AqAgent) agent = aq_agent_new (name, 2, "test.*", g_rand_boolean (random) ? queues : NULL, NULL);
  AqAddAgentEvent event = { .agent = agent };
  g_autoptr(GError) error = NULL;

  store_test_apply (self, aq_rule_add_agent, &event, &error);
  g_assert_no_error (error);
}

/* something of a job that waits, or beside the jobs, is changed */
typedef struct
{
  guint64 below_id; /* of which job: the first one that waits below this */
  int     step;
  gint64  number;
} Change;

static AqJob *
find_waiting (AqTransaction *transaction,
              guint64        below_id)
{
  AqJob *job = aq_transaction_iterate (transaction, below_id);

  while (job != NULL && (job->kind != AQ_JOB_CALL || job->state > ASYNCQ_JOB_STATE_PENDING))
    job = aq_transaction_iterate (transaction, job->id);
  return job;
}

static void
change_settings (AqTransaction *transaction,
                 AqJob         *job,
                 gint64         number)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "run-timeout", "x", number);
  g_clear_pointer (&extra->settings, aq_job_settings_unref);
  if (number % 5 > 0)
    extra->settings = aq_job_settings_new_from_value (g_variant_dict_end (&dict), NULL);
  else
    g_variant_dict_clear (&dict);
  aq_transaction_touch (transaction, job, AQ_JOB_PART_SETTINGS);
  aq_transaction_reindex (transaction, job);
}

static void
change_past (AqTransaction *transaction,
             AqJob         *job,
             gint64         number)
{
  AqPastAttempt attempt = { .lease = (guint64) number, .started_usec = TEST_TIME, .ended_usec = TEST_TIME + number,
                            .worker = 42, .end = AQ_ATTEMPT_CRASHED, .agent = (char *) "main",
                            .is_measured = number % 3 == 0, .usage = { .user_usec = number } };
  AqJobPast *past = aq_job_ensure_past (job);
  g_autoptr(GVariant) evidence = g_variant_ref_sink (g_variant_new_parsed ("{'signal': <11>}"));

  if (number % 2 == 0)
    attempt.evidence = evidence;
  aq_job_past_add_attempt (past, &attempt);
  past->counts[AQ_RETRY_COUNT_CRASHES]++;
  past->begin_by_usec = number % 2 == 0 ? TEST_TIME + G_TIME_SPAN_DAY + number : 0;
  past->give_up_usec = number % 3 == 0 ? TEST_TIME + G_TIME_SPAN_DAY - number : 0;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_PAST);
  aq_transaction_reindex (transaction, job);
}

static void
change_item (AqTransaction *transaction,
             gint64         number)
{
  g_autofree char *name = g_strdup_printf ("item-%d", (int) (number % 7));
  GVariantDict dict;

  if (number % 3 == 0)
    {
      aq_transaction_set_item (transaction, AQ_ITEM_QUEUE, name, NULL);
      return;
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "number", "x", number);
  aq_transaction_set_item (transaction, number % 2 == 0 ? AQ_ITEM_QUEUE : AQ_ITEM_FACTORY, name,
                           g_variant_dict_end (&dict));
}

static gboolean
rule_change (AqTransaction  *transaction,
             gpointer        event,
             GError        **error)
{
  Change *self = event;
  g_autofree char *text = g_strnfill ((gsize) (self->number % 300), 'z');
  AqJob *job = find_waiting (transaction, self->below_id);

  if (self->step == 0)
    change_item (transaction, self->number);
  else if (job == NULL)
    return TRUE;
  else if (self->step == 1)
    aq_transaction_replace_call (transaction, job, self->number % 2 == 0 ? "" : "mail", "(s)", text, strlen (text) + 1);
  else if (self->step == 2)
    change_settings (transaction, job, self->number);
  else if (self->step == 3)
    change_past (transaction, job, self->number);
  else if (job->extra == NULL || job->extra->unique_key == NULL)
    {
      g_autofree char *key = g_strdup_printf ("unique %d", (int) (self->number % 10));

      aq_transaction_set_unique_key (transaction, job, key);
    }
  return TRUE;
}

static void
play_change (StoreTest *self,
             GRand     *random)
{
  Change change = {
    .below_id = (guint64) g_rand_int_range (random, 1, 400),
    .step = g_rand_int_range (random, 0, 5),
    .number = g_rand_int_range (random, 1, 1000),
  };
  g_autoptr(GError) error = NULL;

  store_test_apply (self, rule_change, &change, &error);
  g_assert_no_error (error);
}

/* the same steps for the same @random, whatever the store */
void
store_test_play (StoreTest *self,
                 GRand     *random,
                 guint      n_steps)
{
  for (guint i = 0; i < n_steps; i++)
    {
      int step = g_rand_int_range (random, 0, 25);

      aq_clock_advance (self->clock, 7);
      if (step == 0)
        play_agent (self, random);
      else if (step < 3)
        play_composite (self, random);
      else if (step < 9)
        play_put (self, random);
      else if (step >= 20)
        play_change (self, random);
      else
        play_run (self, random);
    }
}

/* history */

static void
on_history (const AqJobChange *changes,
            guint              n_changes,
            const GError      *error,
            gpointer           user_data)
{
  StoreTestReading *self = user_data;

  g_assert_true (self->waits);
  self->waits = FALSE;
  self->n_answers++;
  if (error != NULL)
    {
      g_assert_null (changes);
      g_assert_cmpuint (n_changes, ==, 0);
      self->error = g_error_copy (error);
      return;
    }
  self->at_end = n_changes == 0;
  if (n_changes == 0)
    return;
  /* no more than asked for but to end the last transaction */
  for (guint i = self->max_changes; i < n_changes; i++)
    g_assert_cmpuint (changes[i].sequence, ==, changes[self->max_changes - 1].sequence);
  g_array_append_vals (self->changes, changes, n_changes);
  self->after = changes[n_changes - 1].sequence;
}

void
store_test_reading_start (StoreTestReading *self,
                          StoreTest        *test,
                          guint64           after,
                          guint             max_changes)
{
  *self = (StoreTestReading) {
    .test = test,
    .after = after,
    .max_changes = max_changes,
    .changes = g_array_new (FALSE, TRUE, sizeof (AqJobChange)),
  };
  store_test_reading_go_on (self);
}

void
store_test_reading_go_on (StoreTestReading *self)
{
  if (self->waits || self->error != NULL)
    return;
  self->waits = TRUE;
  aq_store_read_history (self->test->store, self->after, self->max_changes, on_history, self);
  g_assert_true (self->waits);
}

void
store_test_reading_wait (StoreTestReading *self)
{
  while (self->waits)
    g_main_context_iteration (NULL, TRUE);
}

void
store_test_reading_finish (StoreTestReading *self)
{
  store_test_reading_wait (self);
  do
    {
      store_test_reading_go_on (self);
      store_test_reading_wait (self);
    }
  while (!self->at_end && self->error == NULL);
}

void
store_test_reading_clear (StoreTestReading *self)
{
  g_array_unref (self->changes);
  g_clear_error (&self->error);
}

void
store_test_assert_same_changes (GArray  *changes,
                                GArray  *live,
                                guint64  after)
{
  guint skipped = 0;

  while (skipped < live->len && g_array_index (live, AqJobChange, skipped).sequence <= after)
    skipped++;
  g_assert_cmpuint (changes->len, ==, live->len - skipped);
  for (guint i = 0; i < changes->len; i++)
    {
      const AqJobChange *left = &g_array_index (changes, AqJobChange, i);
      const AqJobChange *right = &g_array_index (live, AqJobChange, skipped + i);

      g_assert_cmpuint (left->sequence, ==, right->sequence);
      g_assert_cmpuint (left->id, ==, right->id);
      g_assert_cmpint (left->time_usec, ==, right->time_usec);
      g_assert_cmpuint (left->attempt, ==, right->attempt);
      g_assert_cmpuint (left->state, ==, right->state);
      g_assert_cmpuint (left->outcome, ==, right->outcome);
    }
}

void
store_test_assert_history (StoreTest *self,
                           GArray    *live,
                           guint64    after,
                           guint      max_changes)
{
  StoreTestReading reading;

  store_test_reading_start (&reading, self, after, max_changes);
  store_test_reading_finish (&reading);
  g_assert_no_error (reading.error);
  store_test_assert_same_changes (reading.changes, live, after);
  store_test_reading_clear (&reading);
}

/* dump */

static void
dump_job (GString     *text,
          const AqJob *job)
{
  static const AqJobExtra none;
  const AqJobExtra *extra = job->extra != NULL ? job->extra : &none;
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  g_autofree char *shown = g_variant_print (arguments, TRUE);
  g_autoptr(GVariant) result = extra->result != NULL ? aq_result_to_variant (extra->result) : NULL;
  g_autofree char *shown_result = result != NULL ? g_variant_print (result, TRUE) : g_strdup ("-");
  g_autofree char *settings = extra->settings != NULL ? g_variant_print (extra->settings->value, TRUE) : NULL;
  g_autoptr(GVariant) past = extra->past != NULL ? g_variant_ref_sink (aq_job_past_to_value (extra->past)) : NULL;
  g_autofree char *evidence = extra->evidence != NULL ? g_variant_print (extra->evidence, TRUE) : NULL;
  g_autofree char *shown_past = past != NULL ? g_variant_print (past, TRUE) : NULL;

  g_string_append_printf (text, "job %" G_GUINT64_FORMAT " '%s' %s %s key=%s p%u k%u created=%" G_GINT64_FORMAT
                          " after=%" G_GINT64_FORMAT "\n", job->id, job->lane->queue, job->lane->function, shown,
                          extra->submit_key, job->priority, job->kind, job->created_usec, job->begin_after_usec);
  g_string_append_printf (text, "  seq=%" G_GUINT64_FORMAT " lease=%" G_GUINT64_FORMAT " order=%" G_GUINT64_FORMAT
                          " due=%" G_GINT64_FORMAT " waits=%u attempt=%u interrupted=%u state=%u/%u flags=%u dirty=%u\n",
                          job->sequence, job->lease, job->order, job->due_usec, job->n_waiting, job->attempt,
                          job->interruptions, job->state, job->outcome, job->flags, job->dirty);
  g_string_append_printf (text, "  agent=%s started=%" G_GINT64_FORMAT " ended=%" G_GINT64_FORMAT " worker=%u result=%s\n",
                          extra->agent, extra->started_usec, extra->ended_usec, extra->worker, shown_result);
  if (extra->is_measured)
    g_string_append_printf (text, "  took %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT
                            " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", extra->usage.user_usec,
                            extra->usage.system_usec, extra->usage.peak_bytes, extra->usage.read_bytes,
                            extra->usage.written_bytes);
  g_string_append_printf (text, "  evidence=%s\n", evidence);
  g_string_append_printf (text, "  unique=%s settings=%s past=%s\n", extra->unique_key, settings, shown_past);
}

static void
dump_edges (GString      *text,
            const char   *what,
            const GArray *edges)
{
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      g_string_append_printf (text, "  %s %" G_GUINT64_FORMAT " -> %" G_GUINT64_FORMAT " on=%u role=%u type=%s\n", what,
                              edge->parent, edge->child, edge->on, edge->role, edge->type);
    }
}

static gboolean
rule_dump (AqTransaction  *transaction,
           gpointer        event,
           GError        **error)
{
  GString *text = event;
  GPtrArray *agents = aq_transaction_list_agents (transaction);
  AqJob *job;

  for (guint64 id = G_MAXUINT64; (job = aq_transaction_iterate (transaction, id)) != NULL; id = job->id)
    {
      dump_job (text, job);
      dump_edges (text, "out", aq_transaction_get_edges_out (transaction, job->id));
      dump_edges (text, "in", aq_transaction_get_edges_in (transaction, job->id));
      if (job->extra != NULL && job->extra->submit_key != NULL)
        g_assert_cmpuint (aq_transaction_find_submit_key (transaction, job->extra->submit_key), ==, job->id);
    }
  for (guint i = 0; i < agents->len; i++)
    {
      const AqAgent *agent = g_ptr_array_index (agents, i);
      g_autofree char *queues = g_strjoinv ("|", agent->queues);

      g_string_append_printf (text, "agent %s size=%u filter=%s queues=%s\n", agent->name, agent->size, agent->filter,
                              queues);
    }
  for (guint kind = AQ_ITEM_QUEUE; kind < AQ_N_ITEM_KINDS; kind++)
    {
      GPtrArray *items = aq_transaction_list_items (transaction, kind);

      for (guint i = 0; i < items->len; i++)
        {
          const AqItem *item = g_ptr_array_index (items, i);
          g_autofree char *value = g_variant_print (item->value, TRUE);

          g_string_append_printf (text, "item %u '%s' %s\n", kind, item->name, value);
        }
    }
  g_string_append_printf (text, "queues %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
                          aq_transaction_count_queue (transaction, ""),
                          aq_transaction_count_queue (transaction, "mail"));
  for (guint state = 0; state < ASYNCQ_N_JOB_STATES; state++)
    g_string_append_printf (text, "state %u: %" G_GUINT64_FORMAT "\n", state,
                            aq_transaction_count_state (transaction, state));
  return TRUE;
}

char *
store_test_dump (StoreTest *self)
{
  g_autoptr(GError) error = NULL;
  GString *text = g_string_new (NULL);

  /* while some come back others may leave */
  while (store_test_count_away (self) > 0)
    {
      store_test_fetch (self, &error);
      g_assert_no_error (error);
    }
  g_string_append_printf (text, "sequence %" G_GUINT64_FORMAT "\n", aq_store_get_sequence (self->store));
  store_test_apply (self, rule_dump, text, &error);
  g_assert_no_error (error);
  return g_string_free (text, FALSE);
}

/* a dump is long: shows the first line that differs */
void
store_test_assert_same (const char *left,
                        const char *right)
{
  g_auto(GStrv) left_lines = g_strsplit (left, "\n", -1);
  g_auto(GStrv) right_lines = g_strsplit (right, "\n", -1);

  for (guint i = 0; left_lines[i] != NULL && right_lines[i] != NULL; i++)
    if (strcmp (left_lines[i], right_lines[i]) != 0)
      g_error ("line %u is\n%.400s\nand should be\n%.400s", i + 1, right_lines[i], left_lines[i]);
  g_assert_cmpuint (g_strv_length (left_lines), ==, g_strv_length (right_lines));
}

/* files */

/* without blocks for the zeros at its end, of which a segment has many */
static void
copy_file (const char *from,
           const char *to)
{
  g_autofree char *contents = NULL;
  gsize length;
  gsize used;
  int fd;

  g_assert_true (g_file_get_contents (from, &contents, &length, NULL));
  for (used = length; used > 0 && contents[used - 1] == '\0';)
    used--;
  fd = open (to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, contents, used), ==, (gssize) used);
  g_assert_cmpint (ftruncate (fd, (off_t) length), ==, 0);
  g_assert_cmpint (close (fd), ==, 0);
}

static void
copy_folder (const char *from,
             const char *to)
{
  g_autoptr(GDir) directory = g_dir_open (from, 0, NULL);
  const char *name;

  g_assert_nonnull (directory);
  g_assert_cmpint (g_mkdir (to, 0700), ==, 0);
  while ((name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_build_filename (to, name, NULL);

      if (g_file_test (source, G_FILE_TEST_IS_DIR))
        copy_folder (source, target);
      else
        copy_file (source, target);
    }
}

/* Returns: (transfer full): where the copy of the store is */
char *
store_test_copy (StoreTest  *self,
                 const char *name)
{
  char *copy = g_build_filename (self->folder, name, NULL);

  copy_folder (self->path, copy);
  return copy;
}

void
store_test_remove (const char *path)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    {
      g_autoptr(GDir) directory = g_dir_open (path, 0, NULL);
      const char *name;

      while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          store_test_remove (child);
        }
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static void
add_to_checksum (GChecksum  *checksum,
                 const char *path)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert_nonnull (directory);
  while ((name = g_dir_read_name (directory)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *child = g_build_filename (path, g_ptr_array_index (names, i), NULL);
      g_autofree char *contents = NULL;
      gsize length;

      g_checksum_update (checksum, g_ptr_array_index (names, i), -1);
      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        {
          add_to_checksum (checksum, child);
          continue;
        }
      g_assert_true (g_file_get_contents (child, &contents, &length, NULL));
      g_checksum_update (checksum, (const guchar *) &length, sizeof length);
      g_checksum_update (checksum, (const guchar *) contents, (gssize) length);
    }
}

char *
store_test_checksum (const char *path)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);

  add_to_checksum (checksum, path);
  return g_strdup (g_checksum_get_string (checksum));
}
