/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Folding the journal over pages
 *
 * A store that keeps each transaction in memory plays random history. Its tables
 * say what the pages have to be, however the history is cut into pieces.
 */

#include "config.h"

#include "libasyncq/asyncq-error.h"
#include "store-testing.h"
#include "store/aq-fold.h"
#include "store/aq-page.h"
#include "store/aq-record.h"

#include <string.h>

/* Keeps transactions as they would be in a journal. */
#define TYPE_KEEPING_STORE (keeping_store_get_type ())
G_DECLARE_FINAL_TYPE (KeepingStore, keeping_store, KEEPING, STORE, AqStore)

struct _KeepingStore
{
  AqStore    parent_instance;

  AqTables  *tables;   /* owned */
  guint64    sequence;
  GPtrArray *contents; /* of GBytes, owned: by sequence, from 1 on */
};

G_DEFINE_TYPE (KeepingStore, keeping_store, AQ_TYPE_STORE)

static void
keeping_store_apply (AqStore       *store,
                     const AqActor *actor,
                     AqRule         rule,
                     gpointer       event,
                     AqAppliedFunc  applied,
                     gpointer       user_data)
{
  KeepingStore *self = KEEPING_STORE (store);
  g_autoptr(GError) error = NULL;
  const AqChanges *changes;
  AqBuffer buffer = { 0 };

  if (!rule (aq_tables_begin (self->tables, actor), event, &error))
    {
      g_assert_null (aq_tables_end (self->tables, 0));
      applied (event, 0, error, user_data);
      return;
    }
  changes = aq_tables_end (self->tables, self->sequence + 1);
  if (changes != NULL)
    {
      self->sequence++;
      aq_record_append_transaction (&buffer, self->sequence, actor, changes, aq_tables_get_counters (self->tables));
      g_ptr_array_add (self->contents, g_bytes_new_take (buffer.data, buffer.size));
      aq_tables_forget_changes (self->tables);
    }
  applied (event, self->sequence, NULL, user_data);
}

static void
keeping_store_finalize (GObject *object)
{
  KeepingStore *self = KEEPING_STORE (object);

  g_clear_pointer (&self->tables, aq_tables_free);
  g_clear_pointer (&self->contents, g_ptr_array_unref);
  G_OBJECT_CLASS (keeping_store_parent_class)->finalize (object);
}

static void
keeping_store_class_init (KeepingStoreClass *class)
{
  G_OBJECT_CLASS (class)->finalize = keeping_store_finalize;
  AQ_STORE_CLASS (class)->apply = keeping_store_apply;
}

static void
keeping_store_init (KeepingStore *self)
{
  self->contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

/* a test's store, and the pages that were made of its transactions */
typedef struct
{
  StoreTest     test;
  KeepingStore *store;   /* borrowed from test */
  GHashTable   *pages;   /* of GBytes by number, owned */
  AqFold       *fold;    /* owned, nullable: the last one */
} Fixture;

static guint
hash_page (gconstpointer key)
{
  return GPOINTER_TO_UINT (key);
}

static void
fixture_init (Fixture *self)
{
  *self = (Fixture) { 0 };
  store_test_init (&self->test);
  self->test.store = g_object_new (TYPE_KEEPING_STORE, NULL);
  self->store = KEEPING_STORE (self->test.store);
  self->store->tables = aq_tables_new (self->test.clock);
  self->pages = g_hash_table_new_full (hash_page, NULL, NULL, (GDestroyNotify) g_bytes_unref);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_pointer (&self->fold, aq_fold_free);
  g_hash_table_unref (self->pages);
  store_test_clear (&self->test);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

/* removes every third of the completed jobs that no other needs */
static gboolean
rule_remove (AqTransaction  *transaction,
             gpointer        event,
             GError        **error)
{
  guint *n = event;
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  AqJob *job;

  for (guint64 id = G_MAXUINT64; (job = aq_transaction_iterate (transaction, id)) != NULL; id = job->id)
    if (job->state == ASYNCQ_JOB_STATE_COMPLETED && job->extra != NULL && job->extra->edges_out == NULL &&
        job->extra->edges_in == NULL && ++*n % 3 == 0)
      g_array_append_val (ids, job->id);
  for (guint i = 0; i < ids->len; i++)
    aq_transaction_remove_job (transaction, g_array_index (ids, guint64, i));
  return TRUE;
}

static void
play (Fixture *self,
      GRand   *random,
      guint    n_steps)
{
  guint n = 0;

  for (; n_steps > 0; n_steps--)
    {
      g_autoptr(GError) error = NULL;

      store_test_play (&self->test, random, 1);
      if (n_steps % 50 == 0)
        store_test_apply (&self->test, rule_remove, &n, &error);
      g_assert_no_error (error);
    }
}

/* transactions after @first up to @last, in one frame each or in one for all */
static void
add_frames (Fixture *self,
            guint    first,
            guint    last,
            GError **error)
{
  g_clear_pointer (&self->fold, aq_fold_free);
  self->fold = aq_fold_new ();
  for (guint i = first; i < last; i++)
    {
      gsize size;
      const guint8 *content = g_bytes_get_data (g_ptr_array_index (self->store->contents, i), &size);
      AqFrame frame = { .length = size, .sequence = i + 1, .n_transactions = 1 };

      if (!aq_fold_add_frame (self->fold, &frame, content, error))
        return;
    }
}

static gboolean
merge (Fixture  *self,
       GError  **error)
{
  g_autoptr(GArray) pages = aq_fold_list_pages (self->fold);
  g_auto(AqBuffer) merged = { 0 };

  for (guint i = 0; i < pages->len; i++)
    {
      guint64 page = g_array_index (pages, guint64, i);
      GBytes *old = g_hash_table_lookup (self->pages, GSIZE_TO_POINTER (page));
      gsize size = 0;
      const guint8 *content = old != NULL ? g_bytes_get_data (old, &size) : NULL;

      g_assert_true (i == 0 || page > g_array_index (pages, guint64, i - 1));
      if (!aq_fold_merge_page (self->fold, page, content, size, &merged, error))
        return FALSE;
      if (merged.size > 0)
        g_hash_table_replace (self->pages, GSIZE_TO_POINTER (page), g_bytes_new (merged.data, merged.size));
      else
        g_hash_table_remove (self->pages, GSIZE_TO_POINTER (page));
    }
  return TRUE;
}

static void
fold (Fixture *self,
      guint    first,
      guint    last)
{
  g_autoptr(GError) error = NULL;

  add_frames (self, first, last, &error);
  g_assert_no_error (error);
  merge (self, &error);
  g_assert_no_error (error);
}

/* comparing */

static char *
describe_job (const AqJobRecord *job)
{
  g_autofree char *arguments = g_base64_encode (job->arguments, job->arguments_size);
  g_autofree char *result = g_base64_encode (job->result, job->result_size);
  g_autofree char *settings = g_base64_encode (job->settings, job->settings_size);
  g_autofree char *past = g_base64_encode (job->past, job->past_size);

  return g_strdup_printf ("%" G_GUINT64_FORMAT " created=%" G_GINT64_FORMAT " after=%" G_GINT64_FORMAT " %s %s %s %s %s p%u k%u "
                          "state=%u/%u flags=%u interrupted=%u waits=%u attempt=%u lease=%" G_GUINT64_FORMAT " order=%"
                          G_GUINT64_FORMAT " due=%" G_GINT64_FORMAT " agent=%s %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT
                          " worker=%u result=%s %s unique=%s settings=%s past=%s", job->id, job->created_usec, job->begin_after_usec, job->queue,
                          job->function, job->arguments_type, job->submit_key, arguments, job->priority, job->kind,
                          job->state, job->outcome, job->flags, job->interruptions, job->n_waiting, job->attempt,
                          job->lease, job->order, job->due_usec, job->agent, job->started_usec, job->ended_usec,
                          job->worker, job->result_type, result, job->unique_key, settings, past);
}

/* what the tables know of a job, as a record with all parts says it */
static char *
describe_job_of_tables (AqJob *job)
{
  AqChanges changes = {
    .jobs = g_ptr_array_new (),
    .edges = g_array_new (FALSE, FALSE, sizeof (AqEdge)),
    .agents = g_array_new (FALSE, FALSE, sizeof (AqAgentChange)),
    .removed = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .items = g_array_new (FALSE, FALSE, sizeof (AqItemChange)),
  };
  g_auto(AqBuffer) buffer = { 0 };
  g_autoptr(GError) error = NULL;
  AqTransactionRecord transaction;
  AqReader reader;
  AqReader records;
  AqRecord record;
  char *text;

  g_ptr_array_add (changes.jobs, job);
  g_assert_cmpuint (job->dirty, ==, 0);
  job->dirty = AQ_JOB_PART_ALL;
  aq_record_append_transaction (&buffer, 1, NULL, &changes, NULL);
  job->dirty = 0;
  reader = aq_reader_init (buffer.data, buffer.size);
  g_assert_true (aq_record_read_transaction (&reader, &transaction, &records, &error));
  g_assert_true (aq_record_read (&records, &record, &error));
  text = describe_job (&record.job);
  g_ptr_array_unref (changes.jobs);
  g_array_unref (changes.edges);
  g_array_unref (changes.agents);
  g_array_unref (changes.removed);
  g_array_unref (changes.items);
  return text;
}

static void
describe_edge (GString    *text,
               guint64     parent,
               guint64     child,
               guint       on,
               guint       role,
               const char *type)
{
  g_string_append_printf (text, "%" G_GUINT64_FORMAT ">%" G_GUINT64_FORMAT " on=%u role=%u type=%s;", parent, child, on,
                          role, type);
}

static void
describe_edges_of_tables (GString      *text,
                          const GArray *edges)
{
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      describe_edge (text, edge->parent, edge->child, edge->on, edge->role, edge->type);
    }
  g_string_append_c (text, '|');
}

static void
describe_edges (GString  *text,
                AqReader *reader,
                guint     n_edges)
{
  for (guint i = 0; i < n_edges; i++)
    {
      g_autoptr(GError) error = NULL;
      AqRecord record;

      aq_record_read (reader, &record, &error);
      g_assert_no_error (error);
      describe_edge (text, record.edge.parent, record.edge.child, record.edge.on, record.edge.role, record.edge.type);
    }
  g_string_append_c (text, '|');
}

typedef struct
{
  Fixture *fixture;
  guint    n_jobs;
} Compare;

static void
compare_entry (AqTransaction     *transaction,
               const AqPageEntry *entry)
{
  AqJob *job = aq_transaction_get_job (transaction, entry->id);
  g_autofree char *left = NULL;
  g_autofree char *right = describe_job (&entry->record);
  g_autoptr(GString) left_edges = g_string_new (NULL);
  g_autoptr(GString) right_edges = g_string_new (NULL);
  AqReader edges = aq_reader_init (entry->edges, entry->edges_size);

  g_assert_nonnull (job);
  left = describe_job_of_tables (job);
  g_assert_cmpstr (left, ==, right);
  g_assert_cmpuint (entry->sequence, >=, job->sequence);
  describe_edges_of_tables (left_edges, aq_transaction_get_edges_in (transaction, entry->id));
  describe_edges_of_tables (left_edges, aq_transaction_get_edges_out (transaction, entry->id));
  describe_edges (right_edges, &edges, entry->n_edges_in);
  g_assert_cmpuint (edges.position, ==, entry->edges_in_size);
  describe_edges (right_edges, &edges, entry->n_edges_out);
  g_assert_cmpuint (aq_reader_left (&edges), ==, 0);
  g_assert_cmpstr (left_edges->str, ==, right_edges->str);
}

static gboolean
rule_compare (AqTransaction  *transaction,
              gpointer        event,
              GError        **error)
{
  Fixture *self = event;
  guint n_jobs = 0;
  GHashTableIter pages;
  gpointer page;
  gpointer bytes;
  AqJob *job;

  for (guint64 id = G_MAXUINT64; (job = aq_transaction_iterate (transaction, id)) != NULL; id = job->id)
    n_jobs++;
  g_hash_table_iter_init (&pages, self->pages);
  while (g_hash_table_iter_next (&pages, &page, &bytes))
    {
      g_autoptr(GError) local_error = NULL;
      AqPageReader reader;
      AqPageEntry entry;
      gboolean found;
      gsize size;
      const guint8 *content = g_bytes_get_data (bytes, &size);

      aq_page_reader_init (&reader, GPOINTER_TO_SIZE (page), content, size, &local_error);
      g_assert_no_error (local_error);
      while (aq_page_reader_next (&reader, &entry, &found, &local_error) && found)
        {
          compare_entry (transaction, &entry);
          n_jobs--;
        }
      g_assert_no_error (local_error);
    }
  g_assert_cmpuint (n_jobs, ==, 0);
  return TRUE;
}

static void
assert_same (Fixture *self)
{
  g_autoptr(GError) error = NULL;

  store_test_apply (&self->test, rule_compare, self, &error);
  g_assert_no_error (error);
}

/* tests */

static void
test_pages_say_what_the_tables_say (void)
{
  g_test_summary ("However the journal is cut into pieces");
  for (guint piece = 1; piece <= 10000; piece *= 10)
    {
      g_autoptr(GRand) random = g_rand_new_with_seed (g_test_rand_int ());
      g_auto(Fixture) fixture = { 0 };
      guint n;

      fixture_init (&fixture);
      play (&fixture, random, 1500);
      n = fixture.store->contents->len;
      for (guint first = 0; first < n; first += piece)
        fold (&fixture, first, MIN (first + piece, n));
      assert_same (&fixture);
    }
}

static void
test_folding_twice_changes_nothing (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (g_test_rand_int ());
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GHashTable) before = NULL;
  GHashTableIter pages;
  gpointer page;
  gpointer bytes;
  guint n;

  fixture_init (&fixture);
  play (&fixture, random, 1500);
  n = fixture.store->contents->len;
  fold (&fixture, 0, n / 2);
  fold (&fixture, n / 2, n);
  before = g_steal_pointer (&fixture.pages);
  fixture.pages = g_hash_table_new_full (hash_page, NULL, NULL, (GDestroyNotify) g_bytes_unref);
  g_hash_table_iter_init (&pages, before);
  while (g_hash_table_iter_next (&pages, &page, &bytes))
    g_hash_table_insert (fixture.pages, page, g_bytes_ref (bytes));

  fold (&fixture, n / 2, n);
  fold (&fixture, n - 10, n);
  g_assert_cmpuint (g_hash_table_size (fixture.pages), ==, g_hash_table_size (before));
  g_hash_table_iter_init (&pages, before);
  while (g_hash_table_iter_next (&pages, &page, &bytes))
    g_assert_true (g_bytes_equal (bytes, g_hash_table_lookup (fixture.pages, page)));
}

static void
test_many_transactions_in_a_frame_are_folded (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (4);
  g_autoptr(GByteArray) all = g_byte_array_new ();
  g_autoptr(GError) error = NULL;
  g_auto(Fixture) fixture = { 0 };
  AqFrame frame = { .sequence = 1 };

  fixture_init (&fixture);
  play (&fixture, random, 300);
  for (guint i = 0; i < fixture.store->contents->len; i++)
    {
      gsize size;
      const guint8 *content = g_bytes_get_data (g_ptr_array_index (fixture.store->contents, i), &size);

      g_byte_array_append (all, content, (guint) size);
    }
  frame.length = all->len;
  frame.n_transactions = fixture.store->contents->len;
  fixture.fold = aq_fold_new ();
  aq_fold_add_frame (fixture.fold, &frame, all->data, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (aq_fold_get_bytes (fixture.fold), >, 1000);
  merge (&fixture, &error);
  g_assert_no_error (error);
  assert_same (&fixture);
}

static void
test_agents_and_counters_are_the_newest (void)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (6);
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  AqReader reader;
  AqRecord record;
  gsize size;

  fixture_init (&fixture);
  add_frames (&fixture, 0, 0, &error);
  g_assert_null (aq_fold_get_counters (fixture.fold));
  g_assert_cmpuint (aq_fold_get_agents (fixture.fold)->len, ==, 0);
  play (&fixture, random, 400);
  add_frames (&fixture, 0, fixture.store->contents->len, &error);
  g_assert_no_error (error);
  reader = aq_reader_init (g_bytes_get_data (aq_fold_get_counters (fixture.fold), &size), 0);
  reader.size = size;
  g_assert_true (aq_record_read (&reader, &record, &error));
  g_assert_cmpmem (&record.counters, sizeof (AqCounters), aq_tables_get_counters (fixture.store->tables),
                   sizeof (AqCounters));
  g_assert_cmpuint (aq_fold_get_agents (fixture.fold)->len, >, 3);
  for (guint i = 0; i < aq_fold_get_agents (fixture.fold)->len; i++)
    {
      const AqFoldAgent *agent = g_ptr_array_index (aq_fold_get_agents (fixture.fold), i);
      g_auto(AqRecord) read = { 0 };

      reader = aq_reader_init (g_bytes_get_data (agent->record, NULL), g_bytes_get_size (agent->record));
      g_assert_true (aq_record_read (&reader, &read, &error));
      g_assert_cmpint (read.kind, ==, AQ_RECORD_AGENT);
      g_assert_cmpstr (read.agent.name, ==, agent->name);
    }
}

static void
test_a_change_of_a_job_never_put_is_damage (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GError) error = NULL;
  guint64 lease;
  guint before;

  fixture_init (&fixture);
  store_test_put (&fixture.test, "x");
  before = fixture.store->contents->len;
  store_test_claim (&fixture.test, &lease);
  add_frames (&fixture, before, before + 1, &error);
  g_assert_no_error (error);
  g_assert_false (merge (&fixture, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_assert_nonnull (strstr (error->message, "job 1 is changed, and was never put"));
}

/* pages */

static guint8 *
make_page (gsize *out_size)
{
  g_autoptr(GRand) random = g_rand_new_with_seed (8);
  g_auto(Fixture) fixture = { 0 };
  GBytes *bytes;

  fixture_init (&fixture);
  play (&fixture, random, 60);
  fold (&fixture, 0, fixture.store->contents->len);
  bytes = g_hash_table_lookup (fixture.pages, GSIZE_TO_POINTER (0));
  *out_size = g_bytes_get_size (bytes);
  return g_memdup2 (g_bytes_get_data (bytes, NULL), *out_size);
}

/* Returns: whether it could be read to its end */
static gboolean
read_page (const guint8  *content,
           gsize          size,
           GError       **error)
{
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found;

  if (!aq_page_reader_init (&reader, 0, content, size, error))
    return FALSE;
  do
    if (!aq_page_reader_next (&reader, &entry, &found, error))
      return FALSE;
  while (found);
  return TRUE;
}

static void
test_changed_bytes_of_a_page_do_no_harm (void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autofree guint8 *content = NULL;
  g_autoptr(GRand) random = g_rand_new_with_seed (8);
  gsize size;

  g_test_summary ("Behind the checksum: what is read is refused or makes sense; the sanitizers watch");
  content = make_page (&size);
  fixture_init (&fixture);
  play (&fixture, random, 60);
  fold (&fixture, 0, fixture.store->contents->len);
  for (gsize i = 0; i < size; i++)
    for (guint value = 0; value < 3; value++)
      {
        g_autofree guint8 *changed = g_memdup2 (content, size);
        g_auto(AqBuffer) merged = { 0 };
        g_autoptr(GError) error = NULL;

        changed[i] = value == 0 ? 0 : value == 1 ? 0xff : changed[i] ^ 1 << i % 8;
        if (!read_page (changed, size, &error))
          g_assert_true (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT) ||
                         g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION));
        (void) aq_fold_merge_page (fixture.fold, 0, changed, size, &merged, NULL); /* an error or not */
      }
}

static void
test_every_cut_of_a_page_is_refused (void)
{
  g_autofree guint8 *content = NULL;
  gsize size;

  content = make_page (&size);
  g_assert_true (read_page (content, size, NULL));
  for (gsize cut = 1; cut < size; cut++)
    {
      g_autofree guint8 *bytes = g_memdup2 (content, cut);
      g_autoptr(GError) error = NULL;

      g_assert_false (read_page (bytes, cut, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
    }
}

static void
test_a_page_in_the_wrong_place_is_refused (void)
{
  g_autofree guint8 *content = NULL;
  g_autoptr(GError) error = NULL;
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found;
  gsize size;

  content = make_page (&size);
  g_assert_true (aq_page_reader_init (&reader, 1, content, size, &error));
  g_assert_false (aq_page_reader_next (&reader, &entry, &found, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT);
  g_assert_nonnull (strstr (error->message, "is in the wrong place"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fold/pages say what the tables say", test_pages_say_what_the_tables_say);
  g_test_add_func ("/fold/folding twice changes nothing", test_folding_twice_changes_nothing);
  g_test_add_func ("/fold/many transactions in a frame are folded", test_many_transactions_in_a_frame_are_folded);
  g_test_add_func ("/fold/agents and counters are the newest", test_agents_and_counters_are_the_newest);
  g_test_add_func ("/fold/a change of a job never put is damage", test_a_change_of_a_job_never_put_is_damage);
  g_test_add_func ("/page/changed bytes do no harm", test_changed_bytes_of_a_page_do_no_harm);
  g_test_add_func ("/page/every cut is refused", test_every_cut_of_a_page_is_refused);
  g_test_add_func ("/page/a page in the wrong place is refused", test_a_page_in_the_wrong_place_is_refused);
  return g_test_run ();
}
