/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Records and their replay
 */

#include "config.h"

#include "core/aq-job-past.h"
#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-record.h"
#include "store/aq-replay.h"

#include <string.h>

/* what a transaction has changed, made by hand */
typedef struct
{
  AqClock    *clock;
  AqTables   *tables;
  AqChanges   changes;
  AqCounters  counters;
  AqBuffer    buffer;
} Fixture;

static void
clear_item (gpointer data)
{
  AqItemChange *item = data;

  g_ref_string_release (item->name);
  g_clear_pointer (&item->value, g_variant_unref);
}

static void
clear_agent (gpointer data)
{
  AqAgentChange *change = data;

  g_ref_string_release (change->name);
  g_clear_pointer (&change->agent, aq_agent_unref);
}

/* @agent: (transfer full) (nullable): NULL: it is removed */
static void
add_agent (Fixture    *self,
           const char *name,
           AqAgent    *agent)
{
  const AqAgentChange change = { g_ref_string_new (name), agent };

  g_array_append_val (self->changes.agents, change);
}

static void
fixture_init (Fixture *self)
{
  *self = (Fixture) { .clock = aq_clock_new_manual (1000) };
  self->tables = aq_tables_new (self->clock);
  self->changes.now.wall_usec = 1155225842000211;
  self->changes.jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_job_free);
  self->changes.edges = g_array_new (FALSE, FALSE, sizeof (AqEdge));
  self->changes.agents = g_array_new (FALSE, FALSE, sizeof (AqAgentChange));
  g_array_set_clear_func (self->changes.agents, clear_agent);
  self->changes.removed = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->changes.items = g_array_new (FALSE, FALSE, sizeof (AqItemChange));
  g_array_set_clear_func (self->changes.items, clear_item);
}

static void
fixture_clear (Fixture *self)
{
  aq_buffer_clear (&self->buffer);
  g_ptr_array_unref (self->changes.jobs);
  g_array_unref (self->changes.edges);
  g_array_unref (self->changes.agents);
  g_array_unref (self->changes.removed);
  g_array_unref (self->changes.items);
  aq_tables_free (self->tables);
  aq_clock_unref (self->clock);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static AqJob *
add_job (Fixture    *self,
         guint64     id,
         AqJobParts  parts)
{
  AqJob *job = aq_job_new (id, aq_lane_new ("mail", "test.echo", "(s)"), "hello", 6);

  job->dirty = parts;
  g_ptr_array_add (self->changes.jobs, job);
  return job;
}

static AqJob *
add_full_job (Fixture *self,
              guint64  id)
{
  AqJob *job = add_job (self, id, AQ_JOB_PART_ALL);
  AqJobExtra *extra = aq_job_ensure_extra (job);

  job->lease = 0x123456789abcdef0;
  job->order = 17;
  job->due_usec = -5;
  job->created_usec = 1155225842000000;
  job->begin_after_usec = 1155225843000000;
  job->n_waiting = 3;
  job->attempt = 4;
  job->interruptions = 65535;
  job->state = ASYNCQ_JOB_STATE_COMPLETED;
  job->outcome = ASYNCQ_JOB_OUTCOME_FAILED;
  job->priority = 255;
  job->kind = AQ_JOB_SERIAL;
  job->flags = AQ_JOB_PUT_BACK | AQ_JOB_WAITING;
  extra->submit_key = g_strdup ("a key");
  extra->unique_key = g_strdup ("a unique key");
  extra->settings = aq_job_settings_new_from_value (g_variant_new_parsed ("{'crash-limit': <uint32 7>}"), NULL);
  extra->past = aq_job_past_new ();
  extra->past->retry_of = 4;
  extra->past->cancel_why = g_strdup ("because");
  extra->annotations = g_variant_ref_sink (g_variant_new_parsed ("{'flag': <true>}"));
  extra->data = g_variant_ref_sink (g_variant_new_parsed ("{'checkpoint': <uint32 3>}"));
  extra->agent = g_ref_string_new ("main");
  extra->started_usec = 7;
  extra->ended_usec = 8;
  extra->worker = 4242;
  extra->result = aq_result_new ("(sis)", "not looked at", 13);
  return job;
}

static void
encode (Fixture *self,
        guint64  sequence)
{
  static const AqActor actor = { .uid = 1000, .sender = ":1.42" };

  aq_record_append_transaction (&self->buffer, sequence, &actor, &self->changes, &self->counters);
}

static gboolean
replay (Fixture       *self,
        const guint8  *bytes,
        gsize          size,
        GError       **error)
{
  g_auto(AqReplay) replayed = { .loader.tables = self->tables };
  AqFrame frame = { .length = size, .sequence = 1, .n_transactions = 1 };

  return aq_replay_frame (&replayed, &frame, bytes, error);
}

/* Returns: the only record of the only transaction, of @kind */
static AqRecord
read_only (Fixture      *self,
           AqRecordKind  kind)
{
  AqReader reader = aq_reader_init (self->buffer.data, self->buffer.size);
  g_autoptr(GError) error = NULL;
  AqTransactionRecord transaction;
  AqReader records;
  AqRecord record;

  aq_record_read_transaction (&reader, &transaction, &records, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (aq_reader_left (&reader), ==, 0);
  g_assert_cmpuint (transaction.n_records, ==, 1);
  aq_record_read (&records, &record, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (aq_reader_left (&records), ==, 0);
  g_assert_cmpint (record.kind, ==, kind);
  return record;
}

static void
test_a_transaction_says_who_and_when (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  AqTransactionRecord transaction;
  AqReader records;
  AqReader reader;

  fixture_init (&fixture);
  fixture.changes.counters_changed = TRUE;
  encode (&fixture, 77);
  reader = aq_reader_init (fixture.buffer.data, fixture.buffer.size);
  g_assert_true (aq_record_read_transaction (&reader, &transaction, &records, &error));
  g_assert_cmpuint (transaction.sequence, ==, 77);
  g_assert_cmpint (transaction.wall_usec, ==, 1155225842000211);
  g_assert_cmpuint (transaction.uid, ==, 1000);
  g_assert_cmpstr (transaction.sender, ==, ":1.42");
  g_assert_cmpuint (fixture.buffer.size % 8, ==, 0);
}

static void
test_every_field_of_a_job_comes_back (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqJobRecord job;

  fixture_init (&fixture);
  add_full_job (&fixture, 30);
  encode (&fixture, 1);
  job = read_only (&fixture, AQ_RECORD_JOB).job;
  g_assert_cmpuint (job.id, ==, 30);
  g_assert_cmpint (job.created_usec, ==, 1155225842000000);
  g_assert_cmpint (job.begin_after_usec, ==, 1155225843000000);
  g_assert_cmpstr (job.queue, ==, "mail");
  g_assert_cmpstr (job.function, ==, "test.echo");
  g_assert_cmpstr (job.arguments_type, ==, "(s)");
  g_assert_cmpmem (job.arguments, job.arguments_size, "hello", 6);
  g_assert_cmpstr (job.submit_key, ==, "a key");
  g_assert_cmpuint (job.priority, ==, 255);
  g_assert_cmpuint (job.kind, ==, AQ_JOB_SERIAL);
  g_assert_cmpuint (job.lease, ==, 0x123456789abcdef0);
  g_assert_cmpuint (job.order, ==, 17);
  g_assert_cmpint (job.due_usec, ==, -5);
  g_assert_cmpuint (job.n_waiting, ==, 3);
  g_assert_cmpuint (job.attempt, ==, 4);
  g_assert_cmpuint (job.interruptions, ==, 65535);
  g_assert_cmpuint (job.state, ==, ASYNCQ_JOB_STATE_COMPLETED);
  g_assert_cmpuint (job.outcome, ==, ASYNCQ_JOB_OUTCOME_FAILED);
  g_assert_cmpuint (job.flags, ==, AQ_JOB_PUT_BACK | AQ_JOB_WAITING);
  g_assert_cmpstr (job.agent, ==, "main");
  g_assert_cmpint (job.started_usec, ==, 7);
  g_assert_cmpint (job.ended_usec, ==, 8);
  g_assert_cmpuint (job.worker, ==, 4242);
  g_assert_cmpstr (job.result_type, ==, "(sis)");
  g_assert_cmpmem (job.result, job.result_size, "not looked at", 13);
}

/*
 * What the encoder of version 1 made of add_full_job (30) with one attempt in its past: lease 3, from 4 to 5, worker 6
 * of agent "main" crashed with (asyncq-error-quark, 7, "no luck").
 */
static const char transaction_1[] =
  "f001000000000000010000000000000053a1f2f9ab1a0400e80300000100000006000000000000003a312e3432000000"
  "0101ff00c00100001e0000000000000080a0f2f9ab1a0400c0e201faab1a0400060000000400000005000a000600ff82"
  "68656c6c6f000000287329006d61696c00746573742e6563686f0061206b6579006120756e69717565206b6579000000"
  "f0debc9a785634121100000000000000fbffffffffffffff0300000004000000ffff0502050000000700000000000000"
  "080000000000000092100000050000006d61696e000000000d000000060000006e6f74206c6f6f6b6564206174000000"
  "2873697329000000180000000000000063726173682d6c696d697400000000000700000000750c179100000000000000"
  "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000062656361"
  "757365000000000004000000000000000000000000000000030000000000000004000000000000000500000000000000"
  "06000000016d61696e006173796e63712d6572726f722d717561726b00000000070000006e6f206c75636b0035224635"
  "18000000000000000d00000000000000666c616700000000010062050c0000001800000000000000636865636b706f69"
  "6e740000000000000300000000750b17";

static guint8 *
read_hex (const char *text,
          gsize      *out_size)
{
  guint8 *bytes;

  *out_size = strlen (text) / 2;
  bytes = g_malloc (*out_size);
  for (gsize i = 0; i < *out_size; i++)
    bytes[i] = g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]);
  return bytes;
}

static void
test_a_job_of_version_1_is_read (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  g_autofree guint8 *bytes = NULL;
  const AqPastAttempt *attempt;
  const AqJob *job;
  gsize size;

  fixture_init (&fixture);
  bytes = read_hex (transaction_1, &size);
  g_assert_true (replay (&fixture, bytes, size, &error));
  g_assert_no_error (error);
  job = aq_tables_lookup_job (fixture.tables, 30);
  g_assert_cmpstr (job->extra->agent, ==, "main");
  g_assert_cmpint (job->extra->started_usec, ==, 7);
  g_assert_cmpuint (job->extra->worker, ==, 4242);
  g_assert_false (job->extra->is_measured);
  g_assert_null (job->extra->evidence);
  g_assert_cmpuint (job->extra->past->retry_of, ==, 4);
  g_assert_cmpuint (job->extra->past->attempts->len, ==, 1);
  attempt = g_ptr_array_index (job->extra->past->attempts, 0);
  g_assert_cmpint (attempt->end, ==, AQ_ATTEMPT_CRASHED);
  g_assert_cmpstr (attempt->message, ==, "no luck");
  g_assert_false (attempt->is_measured);
  g_assert_null (attempt->evidence);
}

static const AqUsage usages[] = {
  { 0, 0, 0, 0, 0 },
  { 1, 127, 128, 16383, 16384 },
  { G_MAXINT64, -1, G_MAXUINT64, G_GUINT64_CONSTANT (1) << 63, 4096 },
};

static void
test_what_an_attempt_has_taken_comes_back (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (usages); i++)
    {
      g_auto(Fixture) fixture = { 0 };
      AqJobRecord record;
      AqJob *job;

      fixture_init (&fixture);
      job = add_full_job (&fixture, 30);
      aq_job_set_witness (job, &usages[i], NULL);
      encode (&fixture, 1);
      record = read_only (&fixture, AQ_RECORD_JOB).job;
      g_assert_true (record.is_measured);
      g_assert_cmpmem (&record.usage, sizeof record.usage, &usages[i], sizeof usages[i]);
      g_assert_cmpuint (record.evidence_size, ==, 0);
      g_assert_cmpstr (record.agent, ==, "main");
      g_assert_cmpuint (record.worker, ==, 4242);
    }
}

#define EVIDENCE "{'log': <[(int64 7, uint32 2, 'a line')]>, 'signal': <11>}"

static void
test_evidence_comes_back_with_its_attempt (void)
{
  g_autoptr(GVariant) evidence = g_variant_ref_sink (g_variant_new_parsed (EVIDENCE));
  AqPastAttempt attempt = { .lease = 3, .end = AQ_ATTEMPT_OOM, .is_measured = TRUE, .usage = usages[1],
                            .evidence = evidence };
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  const AqPastAttempt *past;
  AqJob *job;

  fixture_init (&fixture);
  job = add_full_job (&fixture, 30);
  aq_job_set_witness (job, NULL, evidence);
  aq_job_past_add_attempt (job->extra->past, &attempt);
  attempt.is_measured = FALSE;
  attempt.evidence = NULL;
  aq_job_past_add_attempt (job->extra->past, &attempt);
  encode (&fixture, 1);
  g_assert_true (replay (&fixture, fixture.buffer.data, fixture.buffer.size, &error));
  g_assert_no_error (error);
  job = aq_tables_lookup_job (fixture.tables, 30);
  g_assert_false (job->extra->is_measured);
  g_assert_true (g_variant_equal (job->extra->evidence, evidence));
  past = g_ptr_array_index (job->extra->past->attempts, 0);
  g_assert_cmpint (past->end, ==, AQ_ATTEMPT_OOM);
  g_assert_true (past->is_measured);
  g_assert_cmpmem (&past->usage, sizeof past->usage, &usages[1], sizeof usages[1]);
  g_assert_true (g_variant_equal (past->evidence, evidence));
  past = g_ptr_array_index (job->extra->past->attempts, 1);
  g_assert_false (past->is_measured);
  g_assert_null (past->evidence);
}

static void
test_only_changed_parts_are_written (void)
{
  for (AqJobParts parts = 0; parts <= AQ_JOB_PART_ALL; parts++)
    {
      g_auto(Fixture) fixture = { 0 };
      AqJobRecord job;

      fixture_init (&fixture);
      add_full_job (&fixture, 30)->dirty = parts & AQ_JOB_PART_ALL;
      encode (&fixture, 1);
      job = read_only (&fixture, AQ_RECORD_JOB).job;
      g_assert_cmpuint (job.parts, ==, parts);
      g_assert_cmpstr (job.queue, ==, parts & AQ_JOB_PART_SPEC ? "mail" : NULL);
      g_assert_cmpuint (job.order, ==, parts & AQ_JOB_PART_STATE ? 17 : 0);
      g_assert_cmpuint (job.worker, ==, parts & AQ_JOB_PART_RUN ? 4242 : 0);
      g_assert_cmpstr (job.result_type, ==, parts & AQ_JOB_PART_RESULT ? "(sis)" : NULL);
      g_assert_cmpstr (job.unique_key, ==, parts & AQ_JOB_PART_SPEC ? "a unique key" : NULL);
      g_assert_true ((job.settings_size > 0) == ((parts & AQ_JOB_PART_SETTINGS) != 0));
      g_assert_true ((job.past_size > 0) == ((parts & AQ_JOB_PART_PAST) != 0));
      g_assert_true ((job.annotations_size > 0) == ((parts & AQ_JOB_PART_ANNOTATIONS) != 0));
      g_assert_true ((job.data_size > 0) == ((parts & AQ_JOB_PART_DATA) != 0));
    }
}

static void
test_what_a_job_lacks_comes_back_as_lacking (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqJobRecord job;

  fixture_init (&fixture);
  add_job (&fixture, 30, AQ_JOB_PART_ALL);
  encode (&fixture, 1);
  job = read_only (&fixture, AQ_RECORD_JOB).job;
  g_assert_null (job.submit_key);
  g_assert_null (job.unique_key);
  g_assert_cmpuint (job.settings_size, ==, 0);
  g_assert_cmpuint (job.past_size, ==, 0);
  g_assert_null (job.agent);
  g_assert_null (job.result_type);
}

static void
test_edges_agents_and_counters_come_back (void)
{
  static const char * const queues[] = { "mail", "", NULL };
  AqEdge edge = { .parent = 4, .child = 5, .on = AQ_EDGE_ON_ANY, .role = AQ_EDGE_RESULT };
  g_auto(Fixture) fixture = { 0 };
  g_auto(AqRecord) agent = { 0 };
  AqRecord record;

  fixture_init (&fixture);
  edge.type = g_ref_string_new ("a{sv}");
  g_array_append_val (fixture.changes.edges, edge);
  encode (&fixture, 1);
  record = read_only (&fixture, AQ_RECORD_EDGE);
  g_assert_cmpuint (record.edge.parent, ==, 4);
  g_assert_cmpuint (record.edge.child, ==, 5);
  g_assert_cmpuint (record.edge.on, ==, AQ_EDGE_ON_ANY);
  g_assert_cmpuint (record.edge.role, ==, AQ_EDGE_RESULT);
  g_assert_cmpstr (record.edge.type, ==, "a{sv}");
  g_ref_string_release (edge.type);
  g_array_set_size (fixture.changes.edges, 0);

  fixture.buffer.size = 0;
  add_agent (&fixture, "main", aq_agent_new ("main", 7, "pi.*", queues, NULL));
  encode (&fixture, 1);
  agent = read_only (&fixture, AQ_RECORD_AGENT);
  g_assert_cmpstr (agent.agent.name, ==, "main");
  g_assert_cmpstr (agent.agent.filter, ==, "pi.*");
  g_assert_cmpuint (agent.agent.size, ==, 7);
  g_assert_cmpuint (g_strv_length (agent.agent.queues), ==, 2);
  g_assert_cmpstr (agent.agent.queues[0], ==, "mail");
  g_assert_cmpstr (agent.agent.queues[1], ==, "");
  g_assert_false (agent.agent.removed);
  g_array_set_size (fixture.changes.agents, 0);

  fixture.buffer.size = 0;
  add_agent (&fixture, "other", NULL);
  encode (&fixture, 1);
  record = read_only (&fixture, AQ_RECORD_AGENT);
  g_assert_cmpstr (record.agent.name, ==, "other");
  g_assert_true (record.agent.removed);
  aq_record_clear (&record);
  g_array_set_size (fixture.changes.agents, 0);

  fixture.buffer.size = 0;
  fixture.changes.counters_changed = TRUE;
  fixture.counters = (AqCounters) { 1, 2, 3, -4 };
  encode (&fixture, 1);
  record = read_only (&fixture, AQ_RECORD_COUNTERS);
  g_assert_cmpmem (&record.counters, sizeof (AqCounters), &fixture.counters, sizeof (AqCounters));
}

static void
test_removed_jobs_come_back (void)
{
  const guint64 ids[] = { 1, 3 };
  g_auto(Fixture) fixture = { 0 };
  AqRecord record;

  fixture_init (&fixture);
  g_array_append_vals (fixture.changes.removed, ids, G_N_ELEMENTS (ids));
  encode (&fixture, 1);
  record = read_only (&fixture, AQ_RECORD_REMOVED);
  g_assert_cmpuint (record.removed.n_ids, ==, G_N_ELEMENTS (ids));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpuint (aq_get_u64 (record.removed.ids + (gsize) i * 8), ==, ids[i]);
}

/* @value: NULL: it is removed */
static void
add_item (Fixture    *self,
          const char *name,
          const char *value)
{
  AqItemChange item = { .kind = AQ_ITEM_QUEUE, .name = g_ref_string_new (name) };

  if (value != NULL)
    item.value = g_variant_ref_sink (g_variant_new_parsed (value));
  g_array_append_val (self->changes.items, item);
}

static void
test_items_come_back (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqRecord record;

  fixture_init (&fixture);
  add_item (&fixture, "", "{'paused': <true>}");
  encode (&fixture, 1);
  record = read_only (&fixture, AQ_RECORD_ITEM);
  g_assert_cmpuint (record.item.kind, ==, AQ_ITEM_QUEUE);
  g_assert_cmpstr (record.item.name, ==, "");
  g_assert_false (record.item.removed);
  g_assert_cmpuint (record.item.value_size, >, 0);

  g_array_set_size (fixture.changes.items, 0);
  fixture.buffer.size = 0;
  add_item (&fixture, "mail", NULL);
  encode (&fixture, 1);
  record = read_only (&fixture, AQ_RECORD_ITEM);
  g_assert_cmpstr (record.item.name, ==, "mail");
  g_assert_true (record.item.removed);
}

/* all kinds of records in one transaction that makes sense */
static void
encode_all (Fixture *self)
{
  AqEdge edge = { .parent = 1, .child = 2, .type = g_ref_string_new ("s") };
  const guint64 removed = 3;

  g_autoptr(GVariant) evidence = g_variant_ref_sink (g_variant_new_parsed ("{'signal': <11>}"));
  const AqUsage usage = { 1, 300, 1 << 20, 0, G_MAXUINT64 };
  const AqPastAttempt attempt = { .lease = 3, .is_measured = TRUE, .usage = usage, .evidence = evidence };
  AqJob *witnessed = add_full_job (self, 1);

  aq_job_set_witness (witnessed, &usage, evidence);
  aq_job_past_add_attempt (witnessed->extra->past, &attempt);
  add_full_job (self, 2);
  add_full_job (self, 3);
  add_job (self, 1, AQ_JOB_PART_STATE);
  g_array_append_val (self->changes.edges, edge);
  add_agent (self, "main", aq_agent_new ("main", 7, "pi.*", NULL, NULL));
  self->changes.counters_changed = TRUE;
  self->counters = (AqCounters) { 4, 2, 3, 4, 5 };
  add_item (self, "mail", "{'paused': <true>}");
  g_array_append_val (self->changes.removed, removed);
  encode (self, 1);
  g_ref_string_release (edge.type);
}

static void
test_every_cut_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  encode_all (&fixture);
  for (gsize size = 0; size < fixture.buffer.size; size++)
    {
      g_autoptr(AqTables) tables = aq_tables_new (fixture.clock);
      g_auto(AqReplay) replayed = { .loader.tables = tables };
      AqFrame frame = { .length = size, .sequence = 1, .n_transactions = 1 };
      g_autofree guint8 *bytes = g_memdup2 (fixture.buffer.data, size);
      g_autoptr(GError) error = NULL;

      g_assert_false (aq_replay_frame (&replayed, &frame, bytes, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
    }
  replay (&fixture, fixture.buffer.data, fixture.buffer.size, NULL);
  g_assert_nonnull (aq_tables_lookup_job (fixture.tables, 2));
}

static void
test_changed_bytes_do_no_harm (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (3);
  g_auto(Fixture) fixture = { 0 };

  g_test_summary ("Behind the checksums: what is read is refused or makes sense; the sanitizers watch");
  fixture_init (&fixture);
  encode_all (&fixture);
  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr(AqTables) tables = aq_tables_new (fixture.clock);
      g_auto(AqReplay) replayed = { .loader.tables = tables };
      AqFrame frame = { .length = fixture.buffer.size, .sequence = 1, .n_transactions = 1 };
      g_autofree guint8 *bytes = g_memdup2 (fixture.buffer.data, fixture.buffer.size);
      g_autoptr(GError) error = NULL;

      for (int n = g_rand_int_range (random, 1, 4); n > 0; n--)
        bytes[g_rand_int_range (random, 0, (gint32) fixture.buffer.size)] = (guint8) g_rand_int (random);
      if (aq_replay_frame (&replayed, &frame, bytes, &error))
        aq_tables_finish_load (tables);
      else
        g_assert_true (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT) ||
                       g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION));
    }
}

static void
test_a_newer_record_is_refused (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_auto(Fixture) fixture = { 0 };
      g_autoptr(GError) error = NULL;
      guint8 *header;

      fixture_init (&fixture);
      fixture.changes.counters_changed = TRUE;
      encode (&fixture, 1);
      header = fixture.buffer.data + fixture.buffer.size - 48;
      g_assert_cmpuint (header[0], ==, AQ_RECORD_COUNTERS);
      g_assert_cmpuint (header[1], ==, AQ_RECORD_VERSION);
      header[i] = 99;
      g_assert_false (replay (&fixture, fixture.buffer.data, fixture.buffer.size, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION);
    }
}

static void
assert_misfit (Fixture    *self,
               const char *what)
{
  g_autoptr(GError) error = NULL;

  encode (self, 1);
  g_assert_false (replay (self, self->buffer.data, self->buffer.size, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  if (strstr (error->message, what) == NULL)
    g_error ("'%s' is not in '%s'", what, error->message);
}

static void
test_a_change_of_a_job_never_put_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  add_job (&fixture, 5, AQ_JOB_PART_STATE);
  assert_misfit (&fixture, "job 5 is changed, and was never put");
}

static void
test_a_job_that_is_not_there_cannot_be_removed (void)
{
  const guint64 id = 5;
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  g_array_append_val (fixture.changes.removed, id);
  assert_misfit (&fixture, "job 5 is removed, and is not there");
}

static void
test_a_job_put_behind_a_later_one_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  add_job (&fixture, 2, AQ_JOB_PART_SPEC);
  add_job (&fixture, 1, AQ_JOB_PART_SPEC);
  assert_misfit (&fixture, "job 1 is put behind job 2");
}

static void
test_an_item_that_is_not_there_cannot_be_removed (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  add_item (&fixture, "mail", NULL);
  assert_misfit (&fixture, "item 'mail' is removed, and is not there");
}

static void
test_settings_that_cannot_be_are_refused (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqJob *job;

  fixture_init (&fixture);
  job = add_job (&fixture, 1, AQ_JOB_PART_SPEC | AQ_JOB_PART_SETTINGS);
  aq_job_ensure_extra (job)->settings = aq_job_settings_new_from_value (
      g_variant_new_parsed ("{'crash-limit': <uint32 7>}"), NULL);
  g_variant_unref (job->extra->settings->value);
  job->extra->settings->value = g_variant_ref_sink (g_variant_new_parsed ("{'crash-limit': <uint32 70000>}"));
  assert_misfit (&fixture, "job 1 has settings that cannot be");
}

static void
test_an_id_that_leaps_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  add_job (&fixture, G_GUINT64_CONSTANT (1) << 60, AQ_JOB_PART_SPEC);
  assert_misfit (&fixture, "no job can have the id 1152921504606846976");
}

static void
test_counters_below_the_jobs_are_refused (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  add_job (&fixture, 1, AQ_JOB_PART_SPEC);
  fixture.changes.counters_changed = TRUE;
  fixture.counters.next_id = 1;
  assert_misfit (&fixture, "the next job would be 1 and not 2");
}

static void
test_an_agent_takes_the_place_of_its_namesake (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  GPtrArray *agents;

  fixture_init (&fixture);
  add_agent (&fixture, "main", aq_agent_new ("main", 1, NULL, NULL, NULL));
  add_agent (&fixture, "gone", aq_agent_new ("gone", 1, NULL, NULL, NULL));
  add_agent (&fixture, "main", aq_agent_new ("main", 2, "pi.*", NULL, NULL));
  add_agent (&fixture, "gone", NULL);
  encode (&fixture, 1);
  g_assert_true (replay (&fixture, fixture.buffer.data, fixture.buffer.size, &error));
  g_assert_no_error (error);
  agents = aq_transaction_list_agents (aq_tables_begin (fixture.tables, NULL));
  g_assert_cmpuint (agents->len, ==, 1);
  g_assert_cmpuint (((const AqAgent *) g_ptr_array_index (agents, 0))->size, ==, 2);
}

static void
test_an_agent_that_is_not_there_cannot_go (void)
{
  g_auto(Fixture) fixture = { 0 };

  fixture_init (&fixture);
  add_agent (&fixture, "main", NULL);
  assert_misfit (&fixture, "agent 'main' is removed, and is not there");
}

static void
test_a_type_that_cannot_be_is_refused (void)
{
  g_auto(Fixture) fixture = { 0 };
  AqJob *job;

  fixture_init (&fixture);
  job = aq_job_new (1, aq_lane_new ("", "test.echo", "(s"), "hello", 6);
  job->dirty = AQ_JOB_PART_SPEC;
  g_ptr_array_add (fixture.changes.jobs, job);
  assert_misfit (&fixture, "job 1 has a type or a name that cannot be");
}

static void
test_sequence_and_number_have_to_fit_the_frame (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_auto(AqReplay) replayed = { 0 };
  AqFrame frame = { .sequence = 8, .n_transactions = 1 };
  g_autoptr(GError) error = NULL;

  fixture_init (&fixture);
  replayed.loader.tables = fixture.tables;
  fixture.changes.counters_changed = TRUE;
  fixture.counters.next_id = 1;
  encode (&fixture, 7);
  frame.length = fixture.buffer.size;
  g_assert_false (aq_replay_frame (&replayed, &frame, fixture.buffer.data, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_clear_error (&error);

  frame.sequence = 7;
  frame.n_transactions = 2;
  g_assert_false (aq_replay_frame (&replayed, &frame, fixture.buffer.data, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/a transaction says who and when", test_a_transaction_says_who_and_when);
  g_test_add_func ("/record/every field of a job comes back", test_every_field_of_a_job_comes_back);
  g_test_add_func ("/record/a job of version 1 is read", test_a_job_of_version_1_is_read);
  g_test_add_func ("/record/what an attempt has taken comes back", test_what_an_attempt_has_taken_comes_back);
  g_test_add_func ("/record/evidence comes back with its attempt", test_evidence_comes_back_with_its_attempt);
  g_test_add_func ("/record/only changed parts are written", test_only_changed_parts_are_written);
  g_test_add_func ("/record/what a job lacks comes back as lacking", test_what_a_job_lacks_comes_back_as_lacking);
  g_test_add_func ("/record/edges, agents and counters come back", test_edges_agents_and_counters_come_back);
  g_test_add_func ("/record/items come back", test_items_come_back);
  g_test_add_func ("/record/removed jobs come back", test_removed_jobs_come_back);
  g_test_add_func ("/record/every cut is refused", test_every_cut_is_refused);
  g_test_add_func ("/record/changed bytes do no harm", test_changed_bytes_do_no_harm);
  g_test_add_func ("/record/a newer record is refused", test_a_newer_record_is_refused);
  g_test_add_func ("/replay/a change of a job never put is refused", test_a_change_of_a_job_never_put_is_refused);
  g_test_add_func ("/replay/a job that is not there cannot be removed",
                   test_a_job_that_is_not_there_cannot_be_removed);
  g_test_add_func ("/record/a job put behind a later one is refused", test_a_job_put_behind_a_later_one_is_refused);
  g_test_add_func ("/record/an item that is not there cannot be removed",
                   test_an_item_that_is_not_there_cannot_be_removed);
  g_test_add_func ("/record/settings that cannot be are refused", test_settings_that_cannot_be_are_refused);
  g_test_add_func ("/replay/an id that leaps is refused", test_an_id_that_leaps_is_refused);
  g_test_add_func ("/replay/counters below the jobs are refused", test_counters_below_the_jobs_are_refused);
  g_test_add_func ("/replay/an agent takes the place of its namesake", test_an_agent_takes_the_place_of_its_namesake);
  g_test_add_func ("/replay/an agent that is not there cannot go", test_an_agent_that_is_not_there_cannot_go);
  g_test_add_func ("/replay/a type that cannot be is refused", test_a_type_that_cannot_be_is_refused);
  g_test_add_func ("/replay/sequence and number have to fit the frame", test_sequence_and_number_have_to_fit_the_frame);
  return g_test_run ();
}
