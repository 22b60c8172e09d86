/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Workloads
 *
 * Steps on an embedded store, as the daemon would take them: the real rules, the
 * real gate. Each step tells the oracle what was asked for before the store can
 * have written anything, and what was answered when it is answered.
 */

#include "config.h"

#include "workload.h"

#include "core/aq-filter.h"
#include "core/aq-job-past.h"
#include "core/aq-lane.h"
#include "crash-disk.h"
#include "store/aq-store-log.h"

#include <stdlib.h>
#include <string.h>

#define TEST_TIME G_GINT64_CONSTANT (1155225842000211)
#define SEGMENT_BYTES 4096
#define MAX_RESULT_BYTES 512
/* of the shim's time: the store promises to go on within a second */
#define PATIENCE_MSEC 3000
#define N_KEYS 6
#define EXPIRE_KEEPS 4

static const AqActor actor = { .uid = 1000, .sender = ":1.7" };

void
workload_set_wrong (Workload   *self,
                    const char *format,
                    ...)
{
  va_list arguments;

  if (self->wrong != NULL)
    return;
  va_start (arguments, format);
  self->wrong = g_strdup_vprintf (format, arguments);
  va_end (arguments);
}

/* of images that were called whole, and were not; by any thread */
static int n_damaged_images;

static void
count_damaged_images (const GLogField *fields,
                      gsize            n_fields)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE_ID") == 0 && fields[i].length < 0 &&
        strcmp (fields[i].value, AQ_LOG_ID_IMAGE_DAMAGED) == 0)
      g_atomic_int_inc (&n_damaged_images);
}

int
workload_take_damaged_images (void)
{
  return g_atomic_int_and ((guint *) &n_damaged_images, 0);
}

static GLogWriterOutput
write_log (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         user_data)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    {
      g_log_writer_standard_streams (level, fields, n_fields, NULL);
      abort ();
    }
  count_damaged_images (fields, n_fields);
  return G_LOG_WRITER_HANDLED;
}

void
workload_silence (void)
{
  g_log_set_writer_func (write_log, NULL, NULL);
}

static void
add_functions (AqFunctionTable *functions)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_function_free);

  g_ptr_array_add (list, aq_function_new ("test", "echo", "text s", "s", "", NULL));
  g_ptr_array_add (list, aq_function_new ("test", "gather", "text s, jobs aa{sv}", "s", "", NULL));
  g_ptr_array_add (list, aq_function_new ("test", "hear", "text s, result v", "s", "", NULL));
  aq_function_table_set_plugin (functions, "test", list);
}

typedef struct
{
  gboolean  done;
  GError   *error; /* owned, nullable */
} Checkpoint;

static void
free_checkpoint (gpointer data)
{
  Checkpoint *self = data;

  g_clear_error (&self->error);
  g_free (self);
}

void
workload_init (Workload   *self,
               const char *root,
               guint32     seed)
{
  *self = (Workload) { .root = g_strdup (root) };
  self->path = g_build_filename (root, "store", NULL);
  self->clock = aq_clock_new_manual (TEST_TIME);
  self->functions = aq_function_table_new ();
  add_functions (self->functions);
  self->agent = aq_agent_new ("main", 3, NULL, NULL, NULL);
  aq_embedded_settings_init (&self->settings);
  self->settings.segment_min_bytes = SEGMENT_BYTES;
  self->settings.segment_max_bytes = SEGMENT_BYTES;
  self->settings.max_result_bytes = MAX_RESULT_BYTES;
  self->oracle = oracle_new ();
  self->random = g_rand_new_with_seed (seed);
  self->hashes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->attempts = g_array_new (FALSE, FALSE, sizeof (WorkloadAttempt));
  self->over = g_array_new (FALSE, FALSE, sizeof (WorkloadAttempt));
  self->held = g_ptr_array_new_with_free_func (g_free);
  self->checkpoints = g_ptr_array_new_with_free_func (free_checkpoint);
}

void
workload_clear (Workload *self)
{
  g_clear_object (&self->store);
  g_clear_error (&self->failure);
  g_clear_pointer (&self->oracle, oracle_free);
  g_clear_pointer (&self->random, g_rand_free);
  g_clear_pointer (&self->hashes, g_hash_table_unref);
  g_clear_pointer (&self->attempts, g_array_unref);
  g_clear_pointer (&self->over, g_array_unref);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  g_clear_pointer (&self->checkpoints, g_ptr_array_unref);
  g_clear_pointer (&self->agent, aq_agent_unref);
  g_clear_pointer (&self->functions, aq_function_table_free);
  g_clear_pointer (&self->clock, aq_clock_unref);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->root, g_free);
  g_clear_pointer (&self->wrong, g_free);
}

/* what the store tells */

static guint64
hash_text (guint64     hash,
           const char *text)
{
  return text != NULL ? crash_hash (hash, text, strlen (text)) : crash_hash (hash, "\1", 1);
}

static guint64
hash_numbers (const AqJob *job)
{
  const guint64 numbers[] = {
    job->id, job->lease, job->order, (guint64) job->due_usec, (guint64) job->created_usec,
    (guint64) job->begin_after_usec, job->n_waiting, job->attempt, job->arguments_size, job->interruptions,
    job->state, job->outcome, job->priority, job->kind, job->flags,
  };

  return crash_hash (1, numbers, sizeof numbers);
}

static guint64
hash_edges (guint64       hash,
            const GArray *edges)
{
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      const guint64 numbers[] = { edge->parent, edge->child, edge->on, edge->role };

      hash = hash_text (crash_hash (hash, numbers, sizeof numbers), edge->type);
    }
  return hash;
}

static guint64
hash_value (guint64   hash,
            GVariant *value)
{
  return value != NULL ? crash_hash (hash, g_variant_get_data (value), g_variant_get_size (value)) : hash + 1;
}

/* of everything that is kept of a job */
static guint64
hash_job (AqTransaction *transaction,
          const AqJob   *job)
{
  static const AqJobExtra none;
  const AqJobExtra *extra = job->extra != NULL ? job->extra : &none;
  const guint64 numbers[] = { (guint64) extra->started_usec, (guint64) extra->ended_usec, extra->worker };
  g_autoptr(GVariant) past = extra->past != NULL ? g_variant_ref_sink (aq_job_past_to_value (extra->past)) : NULL;
  guint64 hash = hash_numbers (job);

  hash = hash_text (hash, extra->unique_key);
  hash = hash_value (hash, extra->settings != NULL ? extra->settings->value : NULL);
  hash = hash_value (hash, past);
  hash = hash_value (hash, extra->evidence);
  hash = crash_hash (hash, &extra->usage, extra->is_measured ? sizeof extra->usage : 0);
  hash = hash_value (hash, extra->annotations);
  hash = hash_value (hash, extra->data);
  hash = crash_hash (hash, job->arguments, job->arguments_size);
  hash = hash_text (hash, job->lane->queue);
  hash = hash_text (hash, job->lane->function);
  hash = hash_text (hash, extra->submit_key);
  hash = hash_text (hash, extra->agent);
  hash = crash_hash (hash, numbers, sizeof numbers);
  if (extra->result != NULL)
    hash = hash_text (crash_hash (hash, extra->result->data, extra->result->size), extra->result->type);
  hash = hash_edges (hash, aq_transaction_get_edges_in (transaction, job->id));
  return hash_edges (hash, aq_transaction_get_edges_out (transaction, job->id));
}

static guint64
hash_agents (AqTransaction *transaction)
{
  GPtrArray *agents = aq_transaction_list_agents (transaction);
  guint64 hash = 0;

  for (guint i = 0; i < agents->len; i++)
    {
      const AqAgent *agent = g_ptr_array_index (agents, i);
      g_autofree char *queues = g_strjoinv ("|", agent->queues);

      hash += hash_text (hash_text (hash_text (agent->size, agent->name), agent->filter), queues);
    }
  return hash;
}

static guint64
hash_items (AqTransaction *transaction)
{
  guint64 hash = 0;

  for (guint kind = AQ_ITEM_QUEUE; kind < AQ_N_ITEM_KINDS; kind++)
    {
      GPtrArray *items = aq_transaction_list_items (transaction, kind);

      for (guint i = 0; i < items->len; i++)
        {
          const AqItem *item = g_ptr_array_index (items, i);

          hash += hash_value (hash_text (kind, item->name), item->value);
        }
    }
  return hash;
}

static OracleState
view_state (const AqJob *job)
{
  switch ((AsyncqJobState) job->state)
    {
    case ASYNCQ_JOB_STATE_NEW:
    case ASYNCQ_JOB_STATE_PENDING:
      return ORACLE_STATE_PENDING;
    case ASYNCQ_JOB_STATE_ASSIGNED:
      return ORACLE_STATE_ASSIGNED;
    case ASYNCQ_JOB_STATE_CALLBACKS: /* it has ended, and its callbacks have not */
    case ASYNCQ_JOB_STATE_COMPLETED:
      return ORACLE_STATE_COMPLETED;
    case ASYNCQ_JOB_STATE_ACTIVE:
    default:
      return ORACLE_STATE_ACTIVE;
    }
}

static OracleView
make_view (const AqJob *job)
{
  const AqResult *result = aq_job_get_result (job);
  OracleView view = {
    .id = job->id,
    .queue = aq_job_get_queue (job),
    .function = aq_job_get_function (job),
    .key = job->extra != NULL ? job->extra->submit_key : NULL,
    .begin_after_usec = job->begin_after_usec,
    .priority = job->priority,
    .kind = job->kind,
    .state = view_state (job),
    .is_new = job->state == ASYNCQ_JOB_STATE_NEW,
    .succeeded = job->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED,
    .lease = job->lease,
  };

  /* a tuple of one string is the string */
  if (job->kind == AQ_JOB_CALL && job->arguments_size > 0 && job->arguments[job->arguments_size - 1] == '\0')
    view.text = (const char *) job->arguments;
  if (result != NULL && strcmp (result->type, "s") == 0)
    view.result = (const char *) result->data;
  return view;
}

/* looking at the whole store */
typedef struct
{
  Workload *workload;
  GArray   *views;    /* of OracleView */
  GArray   *new_ids;  /* of guint64, highest first: not known before */
  guint64   digest;
  gboolean  live;     /* what is away is as it was when it left */
  gboolean  keep;     /* remember what there is */
  gboolean  any_away;
} Look;

static gboolean
look_at_job (AqTransaction    *transaction,
             Look             *look,
             const AqJobBrief *brief)
{
  GHashTable *hashes = look->workload->hashes;
  const guint64 *known = g_hash_table_lookup (hashes, &brief->id);
  const AqJob *job = brief->away ? NULL : aq_transaction_get_job (transaction, brief->id);
  guint64 hash;

  look->any_away |= brief->away;
  if (job == NULL)
    {
      look->digest += known != NULL ? *known : 0;
      return known != NULL && look->live;
    }
  if (known == NULL)
    g_array_append_val (look->new_ids, brief->id);
  hash = hash_job (transaction, job);
  look->digest += hash;
  if (look->keep)
    g_hash_table_insert (hashes, g_memdup2 (&brief->id, sizeof brief->id), g_memdup2 (&hash, sizeof hash));
  if (look->views != NULL)
    {
      OracleView view = make_view (job);

      g_array_append_val (look->views, view);
    }
  if (job->extra != NULL && job->extra->submit_key != NULL &&
      aq_transaction_find_submit_key (transaction, job->extra->submit_key) != job->id)
    workload_set_wrong (look->workload, "I5: key '%s' does not lead to job %" G_GUINT64_FORMAT,
                        job->extra->submit_key, job->id);
  return TRUE;
}

static gboolean
rule_look (AqTransaction  *transaction,
           gpointer        event,
           GError        **error)
{
  Look *look = event;
  AqJobBrief brief;

  look->digest = hash_agents (transaction) + hash_items (transaction);
  for (guint64 id = G_MAXUINT64; aq_transaction_iterate_brief (transaction, id, &brief); id = brief.id)
    if (!look_at_job (transaction, look, &brief))
      workload_set_wrong (look->workload, "I1: job %" G_GUINT64_FORMAT " cannot be read (away %d, state %u)", brief.id, brief.away, brief.state);
  return TRUE;
}

/* the seam between steps and the store */

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

typedef struct
{
  Workload *workload;
  guint64   sequence;
} Held;

static void
on_told (const GError *error,
         gpointer      user_data)
{
  Held *held = user_data;
  Workload *self = held->workload;

  if (error != NULL)
    {
      self->n_refused++;
      self->n_store_errors++;
    }
  else
    {
      self->n_acknowledged++;
      oracle_acknowledge (self->oracle, held->sequence);
      shim_mark (held->sequence);
    }
  g_ptr_array_remove_fast (self->held, held);
}

static gboolean
is_store_error (const GError *error)
{
  return g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL) ||
         g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED);
}

/* what has changed is told of when it is flushed; Returns: its transaction, 0 if nothing has */
static guint64
apply (Workload  *self,
       AqRule     rule,
       gpointer   event,
       GError   **error)
{
  guint64 before = aq_store_get_sequence (self->store);
  Applied applied = { 0 };
  Held *held;

  aq_store_apply (self->store, &actor, rule, event, on_applied, &applied);
  if (applied.error != NULL)
    {
      self->n_refused++;
      self->n_store_errors += is_store_error (applied.error);
      g_propagate_error (error, applied.error);
      return 0;
    }
  if (applied.sequence == before)
    return 0;
  if (applied.sequence != before + 1)
    workload_set_wrong (self, "one rule took more than one transaction");
  shim_mark (applied.sequence | WORKLOAD_MARK_APPLIED);
  held = g_new (Held, 1);
  *held = (Held) { self, applied.sequence };
  g_ptr_array_add (self->held, held);
  aq_gate_hold (aq_store_get_gate (self->store), applied.sequence, on_told, held);
  return applied.sequence;
}

/* an answer that the disk does not explain */
static void
check_refusal (Workload     *self,
               const GError *error,
               const char   *what)
{
  if (error != NULL && !is_store_error (error))
    workload_set_wrong (self, "%s was refused: %s", what, error->message);
}

/* remembers how the store looks after a transaction; the ids that were not there before, in order */
static GArray *
remember (Workload *self,
          guint64   sequence)
{
  GArray *new_ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  Look look = { .workload = self, .new_ids = new_ids, .live = TRUE, .keep = TRUE };
  Applied applied = { 0 };

  aq_store_apply (self->store, &actor, rule_look, &look, on_applied, &applied);
  g_clear_error (&applied.error);
  oracle_set_digest (self->oracle, sequence, look.digest);
  for (guint i = 0; i < new_ids->len / 2; i++)
    {
      guint64 *ids = (guint64 *) (void *) new_ids->data;
      guint64 id = ids[i];

      ids[i] = ids[new_ids->len - 1 - i];
      ids[new_ids->len - 1 - i] = id;
    }
  return new_ids;
}

/* puts */

static AqDraft
make_draft (const char *text)
{
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

static OracleSpec
make_spec (const AqDraft *draft,
           gboolean       is_part,
           guint64        put_by)
{
  return (OracleSpec) {
    .queue = draft->queue,
    .function = draft->function,
    .text = draft->kind == AQ_JOB_CALL ? draft->arguments : NULL,
    .key = draft->submit_key,
    .begin_after_usec = draft->begin_after_usec,
    .priority = draft->priority,
    .kind = draft->kind,
    .is_part = is_part,
    .put_by = put_by,
  };
}

/* what the engine asks before it applies anything that is new work */
static gboolean
is_refused (Workload *self)
{
  const GError *refusal = aq_store_get_refusal (self->store);

  if (refusal == NULL)
    return FALSE;
  self->n_refused++;
  self->n_store_errors++;
  if (!is_store_error (refusal))
    workload_set_wrong (self, "new work is refused: %s", refusal->message);
  return TRUE;
}

/* others decide on its state, too: its composite, its callbacks, and what it follows */
static gboolean
is_part (const AqDraft *drafts,
         guint          i)
{
  return (drafts[0].kind != AQ_JOB_CALL && i > 0) || drafts[0].settings != NULL;
}

static void
put (Workload      *self,
     const AqDraft *drafts,
     guint          n_drafts)
{
  g_autofree guint64 *ids = g_new0 (guint64, n_drafts);
  AqPutEvent event = { .drafts = drafts, .n_drafts = n_drafts, .out_ids = ids };
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) new_ids = NULL;
  guint64 sequence;

  if (is_refused (self))
    return;
  sequence = apply (self, aq_rule_put, &event, &error);
  check_refusal (self, error, "a put");
  if (error != NULL)
    return;
  for (guint i = 0; i < n_drafts; i++)
    {
      const char *key = drafts[i].submit_key;
      guint64 holder = key != NULL ? oracle_find_key (self->oracle, key, G_MAXUINT64) : 0;
      OracleSpec spec = make_spec (&drafts[i], is_part (drafts, i), 0);

      if (holder != 0 && holder != ids[i])
        workload_set_wrong (self, "I5: key '%s' gave job %" G_GUINT64_FORMAT ", and is %" G_GUINT64_FORMAT "'s", key,
                            ids[i], holder);
      if (holder == 0)
        oracle_put (self->oracle, sequence, ids[i], &spec);
    }
  if (sequence > 0)
    new_ids = remember (self, sequence);
}

static char *
random_text (Workload *self,
             int       max_length)
{
  return g_strnfill ((gsize) g_rand_int_range (self->random, 1, max_length),
                     (char) ('a' + g_rand_int_range (self->random, 0, 26)));
}

static void
put_one (Workload *self,
         int       max_length,
         gboolean  keyed)
{
  g_autofree char *text = random_text (self, max_length);
  g_autofree char *key = g_strdup_printf ("key %d", g_rand_int_range (self->random, 0, N_KEYS));
  AqDraft draft = make_draft (text);

  draft.priority = (guint) g_rand_int_range (self->random, 0, 256);
  draft.queue = g_rand_boolean (self->random) ? "" : "mail";
  draft.submit_key = keyed ? key : NULL;
  draft.begin_after_usec = g_rand_int_range (self->random, 0, 4) == 0 ? TEST_TIME + 1000 : 0;
  put (self, &draft, 1);
}

static void
put_bulk (Workload *self)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  AqDraft drafts[8];
  guint n_drafts = (guint) g_rand_int_range (self->random, 2, 1 + G_N_ELEMENTS (drafts));

  for (guint i = 0; i < n_drafts; i++)
    {
      g_ptr_array_add (texts, random_text (self, 60));
      drafts[i] = make_draft (g_ptr_array_index (texts, i));
    }
  put (self, drafts, n_drafts);
}

static void
put_composite (Workload *self)
{
  AqDraft drafts[4];

  for (guint i = 0; i < G_N_ELEMENTS (drafts); i++)
    {
      drafts[i] = make_draft ("member");
      drafts[i].parent = 0;
      drafts[i].role = i < 3 ? AQ_EDGE_MEMBER : AQ_EDGE_POSTPROCESS;
      drafts[i].function = i < 3 ? "test.echo" : "test.gather";
    }
  drafts[0].kind = g_rand_boolean (self->random) ? AQ_JOB_PARALLEL : AQ_JOB_SERIAL;
  drafts[0].parent = AQ_DRAFT_NO_PARENT;
  drafts[0].function = NULL;
  drafts[0].arguments_type = "()";
  drafts[0].arguments = "";
  drafts[0].arguments_size = 1;
  put (self, drafts, G_N_ELEMENTS (drafts));
}

/* all that a job may be put with: settings, a delay, a unique key, callbacks, and what follows it */
static void
put_with_all (Workload *self)
{
  GVariant *value = g_variant_new_parsed ("{'begin-by': <int64 5000>, 'crash-limit': <%u>, "
                                          "'total-timeout': <int64 60000000>}",
                                          (guint) g_rand_int_range (self->random, 1, 5));
  g_autoptr(AqJobSettings) settings = aq_job_settings_new_from_value (value, NULL);
  const AqDraftAfter after = { .draft = 0, .on = AQ_EDGE_ON_ANY };
  AqDraft drafts[3];

  for (guint i = 0; i < G_N_ELEMENTS (drafts); i++)
    drafts[i] = make_draft (i == 0 ? "all" : "follows");
  drafts[0].settings = settings;
  drafts[0].delay_usec = g_rand_boolean (self->random) ? 50 : 0;
  drafts[1].parent = 0;
  drafts[1].role = AQ_EDGE_CALLBACK;
  drafts[1].function = "test.hear";
  drafts[1].on = g_rand_boolean (self->random) ? AQ_EDGE_ON_SUCCESS : AQ_EDGE_ON_ANY;
  drafts[2].after = &after;
  drafts[2].n_after = 1;
  put (self, drafts, G_N_ELEMENTS (drafts));
}

/* things beside the jobs, and unique keys, which rules give with a put */

typedef struct
{
  guint64     number;
  guint64     id;     /* of the job that was put */
} SetKey;

static gboolean
rule_put_unique (AqTransaction  *transaction,
                 gpointer        event,
                 GError        **error)
{
  SetKey *self = event;
  g_autofree char *key = g_strdup_printf ("unique %u", (guint) (self->number % N_KEYS));
  AqDraft draft = make_draft ("unique");
  AqPutEvent put_event = { .drafts = &draft, .n_drafts = 1, .out_ids = &self->id };

  if (!aq_rule_put (transaction, &put_event, error))
    return FALSE;
  aq_transaction_set_unique_key (transaction, aq_transaction_get_job (transaction, self->id), key);
  return TRUE;
}

static void
put_unique (Workload *self)
{
  SetKey event = { .number = g_rand_int (self->random) };
  AqDraft draft = make_draft ("unique");
  OracleSpec spec = make_spec (&draft, FALSE, 0);
  g_autoptr(GError) error = NULL;
  guint64 sequence;

  if (is_refused (self))
    return;
  sequence = apply (self, rule_put_unique, &event, &error);
  check_refusal (self, error, "a put");
  if (sequence == 0)
    return;
  oracle_put (self->oracle, sequence, event.id, &spec);
  g_array_unref (remember (self, sequence));
}

static gboolean
rule_set_item (AqTransaction  *transaction,
               gpointer        event,
               GError        **error)
{
  guint32 number = *(guint32 *) event;
  g_autofree char *name = g_strdup_printf ("item-%u", number % 5);
  GVariant *value = g_variant_new_parsed ("{'number': <%u>}", number);

  if (number % 4 == 0)
    g_clear_pointer (&value, g_variant_unref);
  aq_transaction_set_item (transaction, AQ_ITEM_QUEUE + number % 2, name, value);
  return TRUE;
}

static void note_changed (Workload *self,
                          guint64   sequence);

static void
set_item (Workload *self)
{
  guint32 number = g_rand_int (self->random);
  g_autoptr(GError) error = NULL;
  guint64 sequence;

  if (is_refused (self))
    return;
  sequence = apply (self, rule_set_item, &number, &error);
  check_refusal (self, error, "an item");
  if (sequence > 0)
    note_changed (self, sequence);
}

/* attempts */

static void
note_changed (Workload *self,
              guint64   sequence)
{
  g_autoptr(GArray) new_ids = remember (self, sequence);

  if (new_ids->len > 0)
    workload_set_wrong (self, "I8: job %" G_GUINT64_FORMAT " came from nowhere",
                        g_array_index (new_ids, guint64, 0));
}

static gboolean
claim (Workload *self)
{
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  g_autoptr(GError) error = NULL;
  AqClaimEvent event = {
    .agent = self->agent,
    .max_jobs = (guint) g_rand_int_range (self->random, 1, 4),
    .functions = self->functions,
    .out_jobs = jobs,
  };
  guint64 sequence;

  if (is_refused (self))
    return FALSE;
  sequence = apply (self, aq_rule_claim, &event, &error);
  check_refusal (self, error, "a claim");
  for (guint i = 0; error == NULL && i < jobs->len; i++)
    {
      const AqJob *job = g_ptr_array_index (jobs, i);
      WorkloadAttempt attempt = { job->id, job->lease };

      if (attempt.lease <= self->max_lease)
        workload_set_wrong (self, "I6: lease %" G_GUINT64_FORMAT " was given after %" G_GUINT64_FORMAT,
                            attempt.lease, self->max_lease);
      self->max_lease = MAX (self->max_lease, attempt.lease);
      g_array_append_val (self->attempts, attempt);
      oracle_step (self->oracle, sequence, attempt.id, ORACLE_CLAIMED, attempt.lease, NULL);
    }
  if (sequence > 0)
    note_changed (self, sequence);
  return sequence > 0;
}

static WorkloadAttempt *
pick_attempt (Workload *self)
{
  if (self->attempts->len == 0)
    return NULL;
  return &g_array_index (self->attempts, WorkloadAttempt,
                         g_rand_int_range (self->random, 0, (int) self->attempts->len));
}

static void
end_attempt (Workload        *self,
             WorkloadAttempt *attempt)
{
  g_array_append_val (self->over, *attempt);
  g_array_remove_index_fast (self->attempts,
                             (guint) (attempt - (WorkloadAttempt *) (void *) self->attempts->data));
}

static gboolean
start (Workload *self)
{
  WorkloadAttempt *attempt = pick_attempt (self);
  g_autoptr(GError) error = NULL;
  AqStartEvent event;
  guint64 sequence;

  if (attempt == NULL)
    return FALSE;
  event = (AqStartEvent) { attempt->id, attempt->lease, 42 };
  sequence = apply (self, aq_rule_start, &event, &error);
  if (!g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE)) /* it was started before */
    check_refusal (self, error, "a start");
  if (sequence == 0)
    return FALSE;
  oracle_step (self->oracle, sequence, attempt->id, ORACLE_STARTED, attempt->lease, NULL);
  note_changed (self, sequence);
  return TRUE;
}

static AqFinishEvent
make_finish (Workload              *self,
             const WorkloadAttempt *attempt,
             AqResult              *result)
{
  return (AqFinishEvent) {
    .id = attempt->id,
    .lease = attempt->lease,
    .started_usec = TEST_TIME + 1,
    .ended_usec = aq_clock_get_wall (self->clock),
    .worker = 42,
    .result = result,
    .returned = AQ_DRAFT_NO_PARENT,
  };
}

static void
note_puts (Workload      *self,
           guint64        sequence,
           guint64        put_by,
           const AqDraft *drafts,
           guint          n_drafts)
{
  g_autoptr(GArray) new_ids = remember (self, sequence);

  if (new_ids->len != n_drafts)
    workload_set_wrong (self, "I4: job %" G_GUINT64_FORMAT " put %u jobs, and there are %u", put_by, n_drafts,
                        new_ids->len);
  for (guint i = 0; i < MIN (new_ids->len, n_drafts); i++)
    {
      OracleSpec spec = make_spec (&drafts[i], FALSE, put_by);

      oracle_put (self->oracle, sequence, g_array_index (new_ids, guint64, i), &spec);
    }
}

static gboolean
succeed (Workload *self,
         guint     n_puts)
{
  WorkloadAttempt *attempt = pick_attempt (self);
  g_autofree char *text = random_text (self, 40);
  g_autoptr(AqResult) result = aq_result_new ("s", text, strlen (text) + 1);
  AqDraft drafts[2] = { make_draft ("follow-up"), make_draft ("another") };
  g_autoptr(GError) error = NULL;
  AqFinishEvent event;
  guint64 sequence;

  if (attempt == NULL)
    return FALSE;
  event = make_finish (self, attempt, result);
  event.puts = drafts;
  event.n_puts = n_puts;
  sequence = apply (self, aq_rule_finish, &event, &error);
  check_refusal (self, error, "an end");
  if (sequence == 0)
    return FALSE;
  oracle_step (self->oracle, sequence, attempt->id, ORACLE_SUCCEEDED, attempt->lease, text);
  note_puts (self, sequence, attempt->id, drafts, n_puts);
  end_attempt (self, attempt);
  return TRUE;
}

static gboolean
rule_has_ended (AqTransaction  *transaction,
                gpointer        event,
                GError        **error)
{
  guint64 *id = event;
  const AqJob *job = aq_transaction_get_job (transaction, *id);

  if (job == NULL || job->state < ASYNCQ_JOB_STATE_CALLBACKS)
    *id = 0;
  return TRUE;
}

/* one that failed may run again, and one that is cancelled may have to be stopped first */
static gboolean
has_ended (gpointer workload,
           guint64  id)
{
  Workload *self = workload;
  Applied applied = { 0 };

  aq_store_apply (self->store, &actor, rule_has_ended, &id, on_applied, &applied);
  g_clear_error (&applied.error);
  return id != 0;
}

static gboolean
fail (Workload *self)
{
  WorkloadAttempt *attempt = pick_attempt (self);
  g_autoptr(GError) failure = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "no luck");
  g_autoptr(AqResult) result = aq_result_new_failure (failure);
  g_autoptr(GError) error = NULL;
  AqFinishEvent event;
  guint64 sequence;

  if (attempt == NULL)
    return FALSE;
  event = make_finish (self, attempt, result);
  event.failed = TRUE;
  sequence = apply (self, aq_rule_finish, &event, &error);
  check_refusal (self, error, "a failure");
  if (sequence == 0)
    return FALSE;
  oracle_step (self->oracle, sequence, attempt->id, has_ended (self, attempt->id) ? ORACLE_FAILED : ORACLE_PUT_BACK,
               attempt->lease, NULL);
  note_changed (self, sequence);
  end_attempt (self, attempt);
  return TRUE;
}

static gboolean
put_back (Workload *self,
          AqRule    rule)
{
  WorkloadAttempt *attempt = pick_attempt (self);
  g_autoptr(GError) error = NULL;
  AqReleaseEvent event;
  guint64 sequence;

  if (attempt == NULL)
    return FALSE;
  event = (AqReleaseEvent) { attempt->id, attempt->lease };
  sequence = apply (self, rule, &event, &error);
  if (!g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE)) /* one that has started is not released */
    check_refusal (self, error, "a release");
  if (sequence == 0)
    return FALSE;
  /* one that was told to stop, as it was cancelled, is so once nobody has it */
  oracle_step (self->oracle, sequence, attempt->id,
               has_ended (self, attempt->id) ? ORACLE_CANCELLED : ORACLE_PUT_BACK, 0, NULL);
  note_changed (self, sequence);
  end_attempt (self, attempt);
  return TRUE;
}

static gboolean
note (Workload *self)
{
  WorkloadAttempt *attempt = pick_attempt (self);
  guint kind = (guint) g_rand_int_range (self->random, 0, 3);
  g_autofree char *text = random_text (self, 90);
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_string (text));
  g_autoptr(GError) error = NULL;
  AqAnnotateEvent annotate;
  AqCheckpointEvent checkpoint;
  AqOnceEvent once;
  guint64 sequence;

  if (attempt == NULL || is_refused (self))
    return FALSE;
  annotate = (AqAnnotateEvent) { attempt->id, attempt->lease, *text < 'm' ? "one" : "other", value };
  checkpoint = (AqCheckpointEvent) { attempt->id, attempt->lease, value };
  once = (AqOnceEvent) { .id = attempt->id, .lease = attempt->lease, .name = text };
  sequence = kind == 0   ? apply (self, aq_rule_annotate, &annotate, &error)
             : kind == 1 ? apply (self, aq_rule_set_checkpoint, &checkpoint, &error)
                         : apply (self, aq_rule_begin_once, &once, &error);
  g_clear_pointer (&once.out_value, g_variant_unref);
  if (!g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID) && /* an effect without a name */
      !g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_IN_DOUBT))
    check_refusal (self, error, "a note");
  if (sequence > 0)
    note_changed (self, sequence);
  return sequence > 0;
}

/* a worker that was thought dead comes back */
static gboolean
end_stale (Workload *self)
{
  g_autoptr(AqResult) result = aq_result_new ("s", "stale", 6);
  g_autoptr(GError) error = NULL;
  AqFinishEvent event;

  if (self->over->len == 0)
    return FALSE;
  event = make_finish (self, &g_array_index (self->over, WorkloadAttempt,
                                             g_rand_int_range (self->random, 0, (int) self->over->len)), result);
  if (aq_store_is_away (self->store, event.id))
    return FALSE;
  if (apply (self, aq_rule_finish, &event, &error) != 0)
    workload_set_wrong (self, "I3: an end of job %" G_GUINT64_FORMAT " under lease %" G_GUINT64_FORMAT
                        " was taken, which is over", event.id, event.lease);
  if (error != NULL && !is_store_error (error) &&
      !g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE) &&
      !g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB))
    workload_set_wrong (self, "a stale end was answered with: %s", error->message);
  return TRUE;
}

/* people */

static gboolean
pick_job (Workload *self,
          guint64  *out_id)
{
  g_autofree guint64 **ids = (guint64 **) g_hash_table_get_keys_as_array (self->hashes, NULL);
  guint n_ids = g_hash_table_size (self->hashes);
  guint64 wanted = g_rand_int (self->random);
  guint64 best = G_MAXUINT64;

  /* the table's order is nobody's business: the one that comes next in a circle */
  for (guint i = 0; i < n_ids; i++)
    if ((*ids[i] * G_GUINT64_CONSTANT (2654435761) ^ wanted) % 1021 < best)
      {
        best = (*ids[i] * G_GUINT64_CONSTANT (2654435761) ^ wanted) % 1021;
        *out_id = *ids[i];
      }
  return n_ids > 0;
}

static gboolean
cancel (Workload *self)
{
  g_autoptr(GArray) stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
  g_autoptr(GError) error = NULL;
  AqCancelEvent event = { .why = "not wanted", .out_stops = stops };
  guint64 sequence;

  if (!pick_job (self, &event.id) || aq_store_is_away (self->store, event.id))
    return FALSE;
  sequence = apply (self, aq_rule_cancel, &event, &error);
  if (!g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE)) /* it runs, or has ended */
    check_refusal (self, error, "a cancel");
  if (sequence == 0)
    return FALSE;
  if (has_ended (self, event.id))
    oracle_step (self->oracle, sequence, event.id, ORACLE_CANCELLED, 0, NULL);
  note_changed (self, sequence);
  return TRUE;
}

static gboolean
add_agent (Workload *self)
{
  static const char * const queues[] = { "mail", "", NULL };
  g_autofree char *name = g_strdup_printf ("agent-%d", g_rand_int_range (self->random, 0, G_MAXINT));
  g_autoptr(AqAgent) agent = aq_agent_new (name, 2, "test.*", g_rand_boolean (self->random) ? queues : NULL, NULL);
  AqAddAgentEvent event = { .agent = agent };
  g_autoptr(GError) error = NULL;
  guint64 sequence;

  if (is_refused (self))
    return FALSE;
  sequence = apply (self, aq_rule_add_agent, &event, &error);
  check_refusal (self, error, "an agent");
  if (sequence > 0)
    note_changed (self, sequence);
  return sequence > 0;
}

typedef struct
{
  GHashTable *hashes;
  GArray     *gone; /* of guint64 */
} Missing;

static gboolean
rule_find_missing (AqTransaction  *transaction,
                   gpointer        event,
                   GError        **error)
{
  Missing *missing = event;
  GHashTableIter iter;
  gpointer id;
  AqJobBrief brief;

  g_hash_table_iter_init (&iter, missing->hashes);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (!aq_transaction_get_brief (transaction, *(guint64 *) id, &brief))
      g_array_append_val (missing->gone, *(guint64 *) id);
  return TRUE;
}

/* after a rule that removes: which are gone */
static void
note_removed (Workload *self,
              guint64   sequence)
{
  g_autoptr(GArray) gone = g_array_new (FALSE, FALSE, sizeof (guint64));
  Missing missing = { self->hashes, gone };
  Applied applied = { 0 };

  aq_store_apply (self->store, &actor, rule_find_missing, &missing, on_applied, &applied);
  g_clear_error (&applied.error);
  for (guint i = 0; i < gone->len; i++)
    {
      guint64 id = g_array_index (gone, guint64, i);

      oracle_step (self->oracle, sequence, id, ORACLE_REMOVED, 0, NULL);
      g_hash_table_remove (self->hashes, &id);
    }
  note_changed (self, sequence);
}

static gboolean
expire (Workload *self)
{
  g_autoptr(AqRetention) retention = aq_retention_new ();
  g_autoptr(GError) error = NULL;
  AqExpireEvent event = { .retention = retention };
  guint64 sequence;

  aq_retention_set_number (retention, NULL, AQ_RETENTION_ANY_OUTCOME, EXPIRE_KEEPS);
  sequence = apply (self, aq_rule_expire, &event, &error);
  check_refusal (self, error, "a removal");
  if (sequence > 0)
    note_removed (self, sequence);
  return sequence > 0;
}

static gboolean
clean (Workload *self)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AqFilter) filter = aq_filter_parse ("", &error);
  AqCleanEvent event = { .walk = { .filter = filter, .below_id = G_MAXUINT64, .max_looks = 20 }, .max_jobs = 2 };
  guint64 sequence;

  g_assert (error == NULL);
  if (is_refused (self))
    return FALSE;
  sequence = apply (self, aq_rule_clean, &event, &error);
  check_refusal (self, error, "a removal");
  if (sequence > 0)
    note_removed (self, sequence);
  return sequence > 0;
}

static void
on_checkpointed (const GError *error,
                 gpointer      user_data)
{
  Checkpoint *checkpoint = user_data;

  checkpoint->done = TRUE;
  checkpoint->error = error != NULL ? g_error_copy (error) : NULL;
}

/* both images at the end of the journal, unless the disk does not let them */
static gboolean
bring_up_images (Workload *self)
{
  gint64 until_msec = shim_get_time () + PATIENCE_MSEC;
  Checkpoint *checkpoint;

  workload_wait (self);
  if (self->failure != NULL || self->held->len > 0)
    return FALSE;
  checkpoint = g_new0 (Checkpoint, 1);
  g_ptr_array_add (self->checkpoints, checkpoint);
  aq_embedded_store_checkpoint (AQ_EMBEDDED_STORE (self->store), on_checkpointed, checkpoint);
  while (!checkpoint->done && self->failure == NULL && shim_get_time () < until_msec)
    g_main_context_iteration (NULL, TRUE);
  if (checkpoint->error != NULL)
    self->n_checkpoint_errors++;
  check_refusal (self, checkpoint->error, "a checkpoint");
  return TRUE;
}

/* daemons */

static void
on_failed (const GError *error,
           gpointer      user_data)
{
  Workload *self = user_data;

  if (self->failure != NULL)
    workload_set_wrong (self, "the store failed twice");
  else
    self->failure = g_error_copy (error);
}

gboolean
workload_open (Workload  *self,
               GError   **error)
{
  g_autoptr(AqStore) store = aq_embedded_store_new_full (self->path, self->clock, &self->settings, NULL);

  g_assert (self->store == NULL);
  g_clear_error (&self->failure);
  aq_store_set_failed (store, on_failed, self);
  if (!aq_store_open (store, error))
    {
      self->n_store_errors++;
      return FALSE;
    }
  self->store = g_steal_pointer (&store);
  return TRUE;
}

typedef struct
{
  Workload *workload;
  GArray   *views;
  guint64   acknowledged;
  guint64   newest;
  guint64   digest;
  gboolean  done;
  GError   *error; /* owned, nullable: the disk does not let us look */
} Check;

static void
compare (Check *check)
{
  g_autoptr(GArray) new_ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  Workload *self = check->workload;
  Look look = { .workload = self, .views = check->views, .new_ids = new_ids, .keep = self->is_starting };
  Applied applied = { 0 };
  char *wrong;

  aq_store_apply (self->store, &actor, rule_look, &look, on_applied, &applied);
  g_clear_error (&applied.error);
  check->digest = look.digest;
  check->done = TRUE;
  wrong = oracle_check (self->oracle, (OracleView *) (void *) check->views->data, check->views->len, look.digest,
                        aq_store_get_sequence (self->store), check->acknowledged, check->newest);
  if (wrong != NULL)
    workload_set_wrong (self, "%s", wrong);
  g_free (wrong);
}

static gboolean
rule_list_away (AqTransaction  *transaction,
                gpointer        event,
                GError        **error)
{
  GArray *ids = event;
  AqJobBrief brief;

  for (guint64 id = G_MAXUINT64; aq_transaction_iterate_brief (transaction, id, &brief); id = brief.id)
    if (brief.away)
      g_array_append_val (ids, brief.id);
  return TRUE;
}

static void fetch_and_compare (Check *check);

static void
on_fetched (const GError *error,
            gpointer      user_data)
{
  Check *check = user_data;

  if (error == NULL)
    {
      /* others may have left memory meanwhile */
      fetch_and_compare (check);
      return;
    }
  check->error = g_error_copy (error);
  check->done = TRUE;
}

/* all in one turn of the loop, once nothing is away */
static void
fetch_and_compare (Check *check)
{
  g_autoptr(GArray) away = g_array_new (FALSE, FALSE, sizeof (guint64));
  AqStore *store = check->workload->store;
  Applied applied = { 0 };

  aq_store_apply (store, &actor, rule_list_away, away, on_applied, &applied);
  g_clear_error (&applied.error);
  if (away->len == 0)
    compare (check);
  else
    aq_store_fetch (store, (guint64 *) (void *) away->data, away->len, on_fetched, check);
}

/* Returns: whether what there is could be read, be it right or wrong */
static gboolean
look_and_compare (Workload *self,
                  guint64   acknowledged,
                  guint64   newest,
                  guint64  *out_digest,
                  GError  **error)
{
  g_autoptr(GArray) views = g_array_new (FALSE, FALSE, sizeof (OracleView));
  Check check = { self, views, acknowledged, newest };

  fetch_and_compare (&check);
  while (!check.done)
    g_main_context_iteration (NULL, TRUE);
  *out_digest = check.digest;
  if (check.error == NULL)
    return TRUE;
  g_propagate_error (error, check.error);
  return FALSE;
}

gboolean
workload_check (Workload *self,
                guint64   acknowledged,
                guint64   newest,
                guint64  *out_digest)
{
  g_autoptr(GError) error = NULL;
  guint64 digest = 0;

  if (!look_and_compare (self, acknowledged, newest, &digest, &error))
    workload_set_wrong (self, "I1: completed jobs cannot be read: %s", error->message);
  if (out_digest != NULL)
    *out_digest = digest;
  return self->wrong == NULL;
}

void
workload_recover (Workload *self)
{
  g_autoptr(GError) error = NULL;
  guint64 sequence = aq_store_get_sequence (self->store);

  oracle_forget (self->oracle, sequence);
  g_array_append_vals (self->over, self->attempts->data, self->attempts->len);
  g_array_set_size (self->attempts, 0);
  g_array_unref (remember (self, sequence));
  sequence = apply (self, aq_rule_recover, NULL, &error);
  check_refusal (self, error, "a recovery");
  if (sequence == 0)
    return;
  oracle_recover (self->oracle, sequence, has_ended, self);
  note_changed (self, sequence);
}

gboolean
workload_start (Workload  *self,
                GError   **error)
{
  guint64 digest;
  gboolean ok;

  if (!workload_open (self, error))
    return FALSE;
  g_hash_table_remove_all (self->hashes);
  self->is_starting = TRUE;
  ok = look_and_compare (self, oracle_get_acknowledged (self->oracle), oracle_get_newest (self->oracle), &digest,
                         error);
  self->is_starting = FALSE;
  if (ok)
    workload_recover (self);
  else
    {
      /* a disk that does not let us look is as good as one that does not let us open */
      self->n_store_errors++;
      workload_crash (self);
    }
  return ok;
}

void
workload_wait (Workload *self)
{
  gint64 until_msec = shim_get_time () + PATIENCE_MSEC;

  while (self->held->len > 0 && self->failure == NULL && shim_get_time () < until_msec)
    g_main_context_iteration (NULL, TRUE);
}

gboolean
workload_stop (Workload  *self,
               GError   **error)
{
  gboolean ok = aq_store_close (self->store, error);

  self->n_store_errors += !ok;
  if (self->held->len > 0)
    workload_set_wrong (self, "I10: %u requests were never answered", self->held->len);
  g_ptr_array_set_size (self->held, 0);
  g_clear_object (&self->store);
  return ok;
}

void
workload_crash (Workload *self)
{
  g_clear_object (&self->store);
  g_ptr_array_set_size (self->held, 0);
}

static gboolean
restart (Workload *self,
         gboolean  clean)
{
  g_autoptr(GError) error = NULL;

  if (clean && !workload_stop (self, &error))
    {
      check_refusal (self, error, "a stop");
      g_clear_error (&error);
    }
  else if (!clean)
    workload_crash (self);
  if (!workload_start (self, &error))
    check_refusal (self, error, "a start of the store");
  return TRUE;
}

static gboolean
be_quiet (Workload *self)
{
  workload_wait (self);
  if (self->failure != NULL || !shim_settle ())
    return FALSE;
  shim_advance (60);
  return shim_settle ();
}

const char *
workload_step_name (WorkloadStep step)
{
  static const char * const names[] = {
    "put", "put-keyed", "put-bulk", "put-composite", "claim", "start", "succeed", "succeed-putting", "cancel",
    "clean", "checkpoint", "reopen", "quiet", "put-large", "fail", "release", "interrupt", "stale", "add-agent",
    "expire", "crash", "put-with-all", "put-unique", "set-item", "note",
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (names) == WORKLOAD_N_STEPS);
  return names[step];
}

gboolean
workload_do (Workload     *self,
             WorkloadStep  step)
{
  aq_clock_advance (self->clock, 7);
  switch (step)
    {
    case WORKLOAD_PUT:
      put_one (self, 120, FALSE);
      return TRUE;
    case WORKLOAD_PUT_KEYED:
      put_one (self, 40, TRUE);
      return TRUE;
    case WORKLOAD_PUT_BULK:
      put_bulk (self);
      return TRUE;
    case WORKLOAD_PUT_COMPOSITE:
      put_composite (self);
      return TRUE;
    case WORKLOAD_PUT_LARGE:
      put_one (self, 3 * SEGMENT_BYTES, FALSE);
      return TRUE;
    case WORKLOAD_CLAIM:
      return claim (self);
    case WORKLOAD_START:
      return start (self);
    case WORKLOAD_SUCCEED:
      return succeed (self, 0);
    case WORKLOAD_SUCCEED_PUTTING:
      return succeed (self, 2);
    case WORKLOAD_FAIL:
      return fail (self);
    case WORKLOAD_RELEASE:
      return put_back (self, aq_rule_release);
    case WORKLOAD_INTERRUPT:
      return put_back (self, aq_rule_interrupt);
    case WORKLOAD_STALE:
      return end_stale (self);
    case WORKLOAD_CANCEL:
      return cancel (self);
    case WORKLOAD_EXPIRE:
      return expire (self);
    case WORKLOAD_ADD_AGENT:
      return add_agent (self);
    case WORKLOAD_CLEAN:
      return clean (self);
    case WORKLOAD_CHECKPOINT:
      return bring_up_images (self);
    case WORKLOAD_REOPEN:
      return restart (self, TRUE);
    case WORKLOAD_CRASH:
      return restart (self, FALSE);
    case WORKLOAD_PUT_WITH_ALL:
      put_with_all (self);
      return TRUE;
    case WORKLOAD_PUT_UNIQUE:
      put_unique (self);
      return TRUE;
    case WORKLOAD_SET_ITEM:
      set_item (self);
      return TRUE;
    case WORKLOAD_NOTE:
      return note (self);
    case WORKLOAD_QUIET:
      return be_quiet (self);
    default:
      g_assert_not_reached ();
    }
}

/* how often out of a hundred */
static const guint8 weights[WORKLOAD_N_STEPS] = {
  [WORKLOAD_PUT] = 7, [WORKLOAD_PUT_KEYED] = 6, [WORKLOAD_PUT_BULK] = 4, [WORKLOAD_PUT_COMPOSITE] = 5,
  [WORKLOAD_CLAIM] = 13, [WORKLOAD_START] = 8, [WORKLOAD_SUCCEED] = 12, [WORKLOAD_SUCCEED_PUTTING] = 4,
  [WORKLOAD_CANCEL] = 4, [WORKLOAD_CLEAN] = 2, [WORKLOAD_EXPIRE] = 2, [WORKLOAD_CHECKPOINT] = 5, [WORKLOAD_REOPEN] = 2,
  [WORKLOAD_QUIET] = 3, [WORKLOAD_PUT_LARGE] = 1, [WORKLOAD_FAIL] = 3, [WORKLOAD_RELEASE] = 3,
  [WORKLOAD_INTERRUPT] = 3, [WORKLOAD_STALE] = 2, [WORKLOAD_ADD_AGENT] = 1, [WORKLOAD_CRASH] = 2,
  [WORKLOAD_PUT_WITH_ALL] = 3, [WORKLOAD_PUT_UNIQUE] = 1, [WORKLOAD_SET_ITEM] = 2, [WORKLOAD_NOTE] = 2,
};

void
workload_do_any (Workload *self)
{
  int chance = g_rand_int_range (self->random, 0, 100);
  guint step = 0;

  while (chance >= weights[step])
    chance -= weights[step++];
  if (!workload_do (self, step))
    workload_do (self, WORKLOAD_PUT);
  /* two of three are flushed alone */
  if (self->store != NULL && g_rand_int_range (self->random, 0, 3) > 0)
    workload_wait (self);
}
