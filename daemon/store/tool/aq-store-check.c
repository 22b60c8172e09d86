/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Check of a store
 *
 *   every byte of the journal that is kept: frames, transactions, records
 *   every value of both images
 *   image A with the journal behind it is image B with the journal behind it
 *   every job: its types and names; that its state and what it waits for agree
 *   every edge is known to both of its ends, unless one is gone
 *   no submit key belongs to two jobs
 *   counters are greater than what they count
 *
 * Nothing is changed. What was given as damaged first is what is told.
 */

#include "config.h"

#include "store/tool/aq-store-check.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-job-loader.h"
#include "store/aq-journal-reader.h"
#include "store/tool/aq-page-cache.h"
#include "store/tool/aq-segment-chain.h"

#include <string.h>

/* a submit key by its hash: 16 bytes each, whatever it looks like */
typedef struct
{
  guint64 hash;
  guint64 id;
} KeyHash;

typedef struct
{
  const AqSnapshotSource *source;
  AqStoreReport           report;
  AqPageCache             cache;
  GArray                 *keys;      /* of KeyHash; owned */
  AqCounters              least;     /* greater than what all jobs have */
  char                   *last_type; /* owned, nullable: checked last; most jobs have one type */
} Check;

G_GNUC_PRINTF (2, 3)
static gboolean
set_damage (GError     **error,
            const char  *format,
            ...)
{
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT, "store is damaged: %s", what);
  return FALSE;
}

/* the journal */

static gboolean
check_transaction (const AqTransactionRecord  *transaction,
                   AqReader                   *records,
                   GError                    **error)
{
  guint32 n_records = 0;

  for (; aq_reader_left (records) > 0; n_records++)
    {
      g_auto(AqRecord) record = { 0 };

      if (!aq_record_read (records, &record, error))
        return FALSE;
    }
  return n_records == transaction->n_records ||
         set_damage (error, "transaction %" G_GUINT64_FORMAT " has %u records and should have %u",
                     transaction->sequence, n_records, transaction->n_records);
}

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  Check *self = user_data;
  AqReader reader = aq_reader_init (content, frame->length);
  guint64 sequence = frame->sequence;

  aq_meter_advance (self->source->meter, frame->length);
  self->report.n_journal_bytes += AQ_FRAME_HEADER_SIZE + frame->length;
  for (; aq_reader_left (&reader) > 0; sequence++)
    {
      AqTransactionRecord transaction;
      AqReader records;

      if (!aq_record_read_transaction (&reader, &transaction, &records, error) ||
          !check_transaction (&transaction, &records, error))
        return FALSE;
      if (transaction.sequence != sequence)
        return set_damage (error, "transaction %" G_GUINT64_FORMAT " is in the place of %" G_GUINT64_FORMAT,
                           transaction.sequence, sequence);
    }
  return TRUE;
}

static guint64
sum_sizes (GArray *chain)
{
  guint64 size = 0;

  for (guint i = 0; i < chain->len; i++)
    size += g_array_index (chain, AqChainedSegment, i).file_size;
  return size;
}

static gboolean
check_journal (Check   *self,
               GError **error)
{
  const AqSnapshotSource *source = self->source;
  const AqStoreDirectory *directory = source->directory;
  const AqJournalPosition *tail = source->super->has_tail ? &source->super->tail : NULL;
  g_autoptr(GArray) chain = aq_segment_chain_read (source->io, directory, source->until != NULL
                                                                              ? source->until->segment : 0, error);
  AqJournalPosition start;
  gboolean ok;

  if (chain == NULL)
    return FALSE;
  aq_segment_chain_start (chain, &start);
  self->report.n_segments = chain->len;
  self->report.first_sequence = MAX (start.next_sequence, 1);
  aq_meter_begin (source->meter, "journal", sum_sizes (chain));
  if (source->until != NULL)
    {
      self->report.end = *source->until;
      ok = aq_journal_read_range (source->io, directory->journal_fd, directory->store_id, &start, source->until,
                                  on_frame, self, error);
    }
  else
    ok = aq_journal_read (source->io, directory->journal_fd, directory->store_id, &start, tail, on_frame, self,
                          &self->report.end, error);
  aq_meter_end (source->meter);
  return ok;
}

/* the images */

static gboolean
compare_pages (AqSnapshot  *left,
               AqSnapshot  *right,
               guint64      page,
               AqBuffer     contents[2],
               GError     **error)
{
  if (!aq_snapshot_read_page (left, page, &contents[0], error) ||
      !aq_snapshot_read_page (right, page, &contents[1], error))
    return FALSE;
  return (contents[0].size == contents[1].size &&
          (contents[0].size == 0 || memcmp (contents[0].data, contents[1].data, contents[0].size) == 0)) ||
         set_damage (error, "images A and B differ in page %" G_GUINT64_FORMAT " (jobs %" G_GUINT64_FORMAT
                     " to %" G_GUINT64_FORMAT ")",
                     page, page << AQ_PAGE_SHIFT, (page << AQ_PAGE_SHIFT) + AQ_PAGE_JOBS - 1);
}

/* pages of the one, then those of the other that the one has not */
static gboolean
compare_images (Check       *self,
                AqSnapshot  *left,
                AqSnapshot  *right,
                GError     **error)
{
  GArray *pages[2] = { aq_snapshot_get_pages (left), aq_snapshot_get_pages (right) };
  AqBuffer contents[2] = { { 0 }, { 0 } };
  gboolean ok = TRUE;
  guint at = 0;

  aq_meter_begin (self->source->meter, "comparing A with B", pages[0]->len);
  for (guint i = 0; ok && i < pages[0]->len; i++)
    {
      aq_meter_advance (self->source->meter, 1);
      ok = compare_pages (left, right, g_array_index (pages[0], guint64, i), contents, error);
    }
  for (guint i = 0; ok && i < pages[1]->len; i++)
    {
      guint64 page = g_array_index (pages[1], guint64, i);

      while (at < pages[0]->len && g_array_index (pages[0], guint64, at) < page)
        at++;
      if (at == pages[0]->len || g_array_index (pages[0], guint64, at) != page)
        ok = compare_pages (left, right, page, contents, error);
    }
  aq_meter_end (self->source->meter);
  aq_buffer_clear (&contents[0]);
  aq_buffer_clear (&contents[1]);
  return ok;
}

/* Returns: (transfer full): a snapshot that was found equal to that of the other image, if that is whole */
static AqSnapshot *
check_images (Check   *self,
              GError **error)
{
  g_autoptr(AqSnapshot) first = NULL;

  for (guint i = 0; i < AQ_N_IMAGES; i++)
    {
      g_autoptr(AqSnapshot) snapshot = NULL;

      if (!self->source->super->images[i].whole)
        continue;
      snapshot = aq_snapshot_new_of_image (self->source, i, error);
      if (snapshot == NULL || (first != NULL && !compare_images (self, first, snapshot, error)))
        return NULL;
      self->report.images[i] = TRUE;
      if (first == NULL)
        first = g_steal_pointer (&snapshot);
    }
  return first != NULL ? g_steal_pointer (&first) : aq_snapshot_new (self->source, error);
}

/* jobs */

static gboolean
check_type (Check      *self,
            const char *type)
{
  if (type == NULL || (self->last_type != NULL && strcmp (self->last_type, type) == 0))
    return TRUE;
  if (!g_variant_type_string_is_valid (type) || !g_variant_type_is_definite (G_VARIANT_TYPE (type)))
    return FALSE;
  g_free (self->last_type);
  self->last_type = g_strdup (type);
  return TRUE;
}

static gboolean
is_text (const char *text)
{
  return text == NULL || g_utf8_validate (text, -1, NULL);
}

static gboolean
check_record (Check              *self,
              const AqPageEntry  *entry,
              GError            **error)
{
  const AqJobRecord *record = &entry->record;
  gboolean has_begun = record->state >= ASYNCQ_JOB_STATE_CALLBACKS;
  g_autoptr(AqJobSettings) settings = NULL;
  g_autoptr(AqJobPast) past = NULL;
  g_autoptr(GVariant) annotations = NULL;
  g_autoptr(GVariant) data = NULL;

  if (!check_type (self, record->arguments_type) || !check_type (self, record->result_type))
    return set_damage (error, "job %" G_GUINT64_FORMAT " has a value of a type that cannot be", record->id);
  if (!is_text (record->queue) || !is_text (record->function) || !is_text (record->submit_key) ||
      !is_text (record->unique_key) || !is_text (record->agent))
    return set_damage (error, "job %" G_GUINT64_FORMAT " has a name that cannot be", record->id);
  if (!aq_job_loader_read_settings (record, &settings, error) || !aq_job_loader_read_past (record, &past, error) ||
      !aq_job_loader_read_annotations (record, &annotations, error) ||
      !aq_job_loader_read_data (record, &data, error))
    return FALSE;
  if ((record->state == ASYNCQ_JOB_STATE_COMPLETED && record->outcome == ASYNCQ_JOB_OUTCOME_NONE) ||
      (!has_begun && record->outcome != ASYNCQ_JOB_OUTCOME_NONE))
    return set_damage (error, "job %" G_GUINT64_FORMAT " is %s with the outcome %s", record->id,
                       asyncq_job_state_to_string (record->state), asyncq_job_outcome_to_string (record->outcome));
  if (record->state < ASYNCQ_JOB_STATE_CALLBACKS && record->n_waiting > entry->n_edges_in)
    return set_damage (error, "job %" G_GUINT64_FORMAT " waits for %u jobs, and there are edges from %u", record->id,
                       record->n_waiting, entry->n_edges_in);
  if (record->state == ASYNCQ_JOB_STATE_NEW && record->n_waiting == 0 && !(record->flags & AQ_JOB_PULLED))
    return set_damage (error, "job %" G_GUINT64_FORMAT " is new, and waits for none", record->id);
  return TRUE;
}

static void
count (Check             *self,
       const AqPageEntry *entry)
{
  const AqJobRecord *record = &entry->record;

  self->report.n_jobs++;
  self->report.n_states[record->state]++;
  self->report.n_outcomes[record->outcome]++;
  self->least.next_id = MAX (self->least.next_id, record->id + 1);
  self->least.next_order = MAX (self->least.next_order, record->order + 1);
  self->least.next_lease = MAX (self->least.next_lease, record->lease + 1);
}

static guint64
hash_text (const char *text)
{
  guint64 hash = G_GUINT64_CONSTANT (14695981039346656037); /* FNV-1a */

  for (; *text != '\0'; text++)
    hash = (hash ^ (guint8) *text) * G_GUINT64_CONSTANT (1099511628211);
  return hash;
}

/* Returns: whether the edge record @bytes is among those of @entry, on the side where it should be */
static gboolean
has_edge (const AqPageEntry *entry,
          const guint8      *bytes,
          gsize              size)
{
  AqReader reader = aq_reader_init (entry->edges, entry->edges_size);

  while (aq_reader_left (&reader) > 0)
    {
      g_auto(AqRecord) record = { 0 };
      gsize start = reader.position;

      if (!aq_record_read (&reader, &record, NULL))
        return FALSE;
      if (reader.position - start == size && memcmp (entry->edges + start, bytes, size) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_edge (Check               *self,
            const AqPageEntry   *entry,
            const AqEdgeRecord  *edge,
            const guint8        *bytes,
            gsize                size,
            GError             **error)
{
  guint64 other_id = edge->child == entry->id ? edge->parent : edge->child;
  AqPageEntry other;
  gboolean found;

  if (!check_type (self, edge->type))
    return set_damage (error, "job %" G_GUINT64_FORMAT " has an edge of a type that cannot be", entry->id);
  if (!aq_page_cache_find (&self->cache, other_id, &other, &found, error))
    return FALSE;
  if (found && !has_edge (&other, bytes, size))
    return set_damage (error, "job %" G_GUINT64_FORMAT " has an edge %s job %" G_GUINT64_FORMAT
                       ", which does not know of it", entry->id, edge->child == entry->id ? "from" : "to", other_id);
  if (found && edge->child == entry->id)
    self->report.n_edges++;
  return TRUE;
}

static gboolean
check_edges (Check              *self,
             const AqPageEntry  *entry,
             GError            **error)
{
  AqReader reader = aq_reader_init (entry->edges, entry->edges_size);

  while (aq_reader_left (&reader) > 0)
    {
      g_auto(AqRecord) record = { 0 };
      gsize start = reader.position;

      if (!aq_record_read (&reader, &record, error) ||
          !check_edge (self, entry, &record.edge, entry->edges + start, reader.position - start, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
on_job (const AqPageEntry  *entry,
        gpointer            user_data,
        GError            **error)
{
  Check *self = user_data;

  count (self, entry);
  if (entry->record.submit_key != NULL)
    {
      KeyHash key = { .hash = hash_text (entry->record.submit_key), .id = entry->id };

      g_array_append_val (self->keys, key);
    }
  return check_record (self, entry, error) && check_edges (self, entry, error);
}

/* what all jobs are together */

static int
compare_keys (gconstpointer a,
              gconstpointer b)
{
  const KeyHash *left = a;
  const KeyHash *right = b;

  if (left->hash != right->hash)
    return left->hash < right->hash ? -1 : 1;
  return left->id < right->id ? -1 : left->id > right->id;
}

static gboolean
dup_key (Check    *self,
         guint64   id,
         char    **out_key,
         GError  **error)
{
  AqPageEntry entry;
  gboolean found;

  if (!aq_page_cache_find (&self->cache, id, &entry, &found, error))
    return FALSE;
  *out_key = found ? g_strdup (entry.record.submit_key) : NULL;
  return TRUE;
}

static gboolean
check_keys (Check   *self,
            GError **error)
{
  self->report.n_keys = self->keys->len;
  g_array_sort (self->keys, compare_keys);
  for (guint i = 1; i < self->keys->len; i++)
    {
      const KeyHash *left = &g_array_index (self->keys, KeyHash, i - 1);
      const KeyHash *right = &g_array_index (self->keys, KeyHash, i);
      g_autofree char *left_key = NULL;
      g_autofree char *right_key = NULL;

      if (left->hash != right->hash)
        continue;
      if (!dup_key (self, left->id, &left_key, error) || !dup_key (self, right->id, &right_key, error))
        return FALSE;
      if (g_strcmp0 (left_key, right_key) == 0)
        return set_damage (error, "jobs %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT " have the same submit key",
                           left->id, right->id);
    }
  return TRUE;
}

static gboolean
check_counters (Check       *self,
                AqSnapshot  *snapshot,
                GError     **error)
{
  AqCounters counters;

  if (!aq_snapshot_get_counters (snapshot, &counters))
    return self->report.n_jobs == 0 || set_damage (error, "there are jobs and no counters");
  if (!aq_job_loader_check_counters (&counters, error))
    return FALSE;
  if (counters.next_id < self->least.next_id)
    return set_damage (error, "the next job would be %" G_GUINT64_FORMAT ", and there is one of that number or above",
                       counters.next_id);
  if (counters.next_order < self->least.next_order || counters.next_lease < self->least.next_lease)
    return set_damage (error, "the next order or lease has been given already");
  return TRUE;
}

static gboolean
check_jobs (Check       *self,
            AqSnapshot  *snapshot,
            GError     **error)
{
  g_autoptr(GPtrArray) agents = aq_snapshot_get_agents (snapshot);
  gboolean ok;

  self->cache.snapshot = snapshot;
  self->report.n_agents = agents->len;
  aq_meter_begin (self->source->meter, "jobs", aq_snapshot_get_pages (snapshot)->len);
  ok = aq_snapshot_foreach (snapshot, on_job, self, self->source->meter, error);
  aq_meter_end (self->source->meter);
  return ok && check_keys (self, error) && check_counters (self, snapshot, error);
}

/**
 * aq_store_check:
 * @source: the store, open
 * @out_report: what was found
 * @error: return location for an error
 *
 * Reads all of a store. Takes as much memory as the journal behind both images,
 * 8 bytes for each page and 16 for each submit key.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file and place, or page and job;
 * `ASYNCQ_ERROR_STORE_VERSION`, `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_store_check (const AqSnapshotSource  *source,
                AqStoreReport           *out_report,
                GError                 **error)
{
  Check self = { .source = source };
  g_autoptr(AqSnapshot) snapshot = NULL;
  gboolean ok;

  self.keys = g_array_new (FALSE, FALSE, sizeof (KeyHash));
  ok = check_journal (&self, error);
  snapshot = ok ? check_images (&self, error) : NULL;
  ok = snapshot != NULL && check_jobs (&self, snapshot, error);
  aq_page_cache_clear (&self.cache);
  g_array_unref (self.keys);
  g_free (self.last_type);
  *out_report = self.report;
  return ok;
}

/* a store that nobody holds */
gboolean
aq_store_check_path (AqStoreIo      *io,
                     const char     *path,
                     AqMeter        *meter,
                     AqStoreReport  *out_report,
                     GError        **error)
{
  AqStoreDirectory directory;
  AqSuper super;
  AqSnapshotSource source = { .io = io, .directory = &directory, .super = &super, .meter = meter };
  gboolean ok;

  if (!aq_store_directory_open_existing (&directory, io, path, AQ_STORE_ACCESS_ALONE, error))
    return FALSE;
  ok = aq_super_read (io, directory.fd, directory.store_id, &super, error) &&
       aq_store_check (&source, out_report, error);
  aq_store_directory_clear (&directory);
  return ok;
}
