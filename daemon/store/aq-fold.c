/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Fold
 *
 * Checkpointing, dump, verify, compact and repair are all this: the changes of a
 * piece of the journal, sorted by job, laid over pages. A page with the changes
 * laid over it says of its jobs what replay of the same journal would say.
 *
 * A change that is not newer than the entry of its job is in the entry already,
 * so folding the same piece twice changes nothing. A change of a job that nobody
 * put is damage. That one is removed which is not there is none, nor what was done
 * to it before: the page knows that already, and ids do not come back. An edge of a job that is not there leads to one that was removed.
 *
 * Nothing here goes from page to page: when a job is removed, edges to it stay in
 * the entries of others, and whoever loads them leaves them out.
 */

#include "config.h"

#include "store/aq-fold.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-page.h"
#include "store/aq-record.h"

typedef enum
{
  CHANGE_PARTS,
  CHANGE_EDGE_IN,  /* the job is the child */
  CHANGE_EDGE_OUT, /* the job is the parent */
  CHANGE_REMOVED
} ChangeKind;

/* One change of one job. Its record lies in `records`, so later changes have greater offsets. */
typedef struct
{
  guint64 id;
  guint64 sequence;
  guint64 offset;
  guint32 size;
  guint32 kind; /* ChangeKind */
} Change;

struct _AqFold
{
  AqBuffer    records;  /* all that changes refer to */
  GArray     *changes;  /* of Change, owned */
  gboolean    sorted;   /* by job, then by time */
  GHashTable *by_name;  /* of AqFoldAgent by its name, borrowed */
  GPtrArray  *agents;   /* of AqFoldAgent, owned, in the order of their adding */
  GHashTable *items;    /* set of AqFoldItem, borrowed, by kind and name */
  GPtrArray  *item_list; /* of AqFoldItem, owned */
  GBytes     *counters; /* owned, nullable: of the newest */
  GArray     *misfits;  /* of guint64, borrowed, nullable: where they are no error */
};

/* a job while changes are laid over it */
typedef struct
{
  gboolean    exists;
  guint64     sequence;
  AqJobPieces pieces;
  AqBuffer    edges_in;
  AqBuffer    edges_out;
  guint32     n_edges_in;
  guint32     n_edges_out;
} Job;

G_GNUC_PRINTF (2, 3)
static gboolean
set_misfit (GError     **error,
            const char  *format,
            ...)
{
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT, what);
  return FALSE;
}

static void
agent_free (AqFoldAgent *self)
{
  g_free (self->name);
  g_clear_pointer (&self->record, g_bytes_unref);
  g_free (self);
}

AqFoldItem *
aq_fold_item_new (guint       kind,
                  const char *name,
                  GBytes     *record)
{
  AqFoldItem *self = g_new (AqFoldItem, 1);

  *self = (AqFoldItem) { .kind = kind, .name = g_strdup (name), .record = record };
  return self;
}

void
aq_fold_item_free (AqFoldItem *self)
{
  g_free (self->name);
  g_clear_pointer (&self->record, g_bytes_unref);
  g_free (self);
}

static guint
hash_item (gconstpointer data)
{
  const AqFoldItem *item = data;

  return g_str_hash (item->name) * 33 + item->kind;
}

static gboolean
items_equal (gconstpointer a,
             gconstpointer b)
{
  const AqFoldItem *left = a;
  const AqFoldItem *right = b;

  return left->kind == right->kind && g_str_equal (left->name, right->name);
}

AqFold *
aq_fold_new (void)
{
  AqFold *self = g_new0 (AqFold, 1);

  self->changes = g_array_new (FALSE, FALSE, sizeof (Change));
  self->agents = g_ptr_array_new_with_free_func ((GDestroyNotify) agent_free);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->item_list = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_fold_item_free);
  self->items = g_hash_table_new (hash_item, items_equal);
  return self;
}

void
aq_fold_free (AqFold *self)
{
  aq_buffer_clear (&self->records);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->agents);
  g_hash_table_unref (self->items);
  g_ptr_array_unref (self->item_list);
  g_array_unref (self->changes);
  g_clear_pointer (&self->counters, g_bytes_unref);
  g_free (self);
}

/* adding */

static void
add_change (AqFold     *self,
            guint64     id,
            guint64     sequence,
            guint64     offset,
            gsize       size,
            ChangeKind  kind)
{
  Change change = {
    .id = id,
    .sequence = sequence,
    .offset = offset,
    .size = (guint32) size,
    .kind = kind,
  };

  g_array_append_val (self->changes, change);
}

static guint64
keep_record (AqFold       *self,
             const guint8 *bytes,
             gsize         size)
{
  guint64 offset = self->records.size;

  aq_put_bytes (aq_buffer_extend (&self->records, size), bytes, size);
  return offset;
}

static void
set_agent (AqFold              *self,
           const AqAgentRecord *record,
           const guint8        *bytes,
           gsize                size)
{
  AqFoldAgent *agent = g_hash_table_lookup (self->by_name, record->name);

  if (agent == NULL)
    {
      agent = g_new0 (AqFoldAgent, 1);
      agent->name = g_strdup (record->name);
      g_ptr_array_add (self->agents, agent);
      g_hash_table_insert (self->by_name, agent->name, agent);
    }
  g_clear_pointer (&agent->record, g_bytes_unref);
  if (!record->removed)
    agent->record = g_bytes_new (bytes, size);
}

static void
set_item (AqFold             *self,
          const AqItemRecord *record,
          const guint8       *bytes,
          gsize               size)
{
  AqFoldItem wanted = { .kind = record->kind, .name = (char *) record->name };
  AqFoldItem *item = g_hash_table_lookup (self->items, &wanted);

  if (item == NULL)
    {
      item = aq_fold_item_new (record->kind, record->name, NULL);
      g_ptr_array_add (self->item_list, item);
      g_hash_table_add (self->items, item);
    }
  g_clear_pointer (&item->record, g_bytes_unref);
  if (!record->removed)
    item->record = g_bytes_new (bytes, size);
}

static void
add_removed (AqFold                *self,
             const AqRemovedRecord *removed,
             guint64                sequence,
             const guint8          *bytes,
             gsize                  size)
{
  guint64 offset = keep_record (self, bytes, size);

  for (guint32 i = 0; i < removed->n_ids; i++)
    add_change (self, aq_get_u64 (removed->ids + (gsize) i * 8), sequence, offset, size,
                CHANGE_REMOVED);
}

/* @bytes: @record as it is in the journal */
static void
add_record (AqFold         *self,
            const AqRecord *record,
            guint64         sequence,
            const guint8   *bytes,
            gsize           size)
{
  guint64 offset;

  switch (record->kind)
    {
    case AQ_RECORD_JOB:
      add_change (self, record->job.id, sequence, keep_record (self, bytes, size), size,
                  CHANGE_PARTS);
      break;
    case AQ_RECORD_EDGE:
      offset = keep_record (self, bytes, size);
      add_change (self, record->edge.child, sequence, offset, size, CHANGE_EDGE_IN);
      add_change (self, record->edge.parent, sequence, offset, size, CHANGE_EDGE_OUT);
      break;
    case AQ_RECORD_AGENT:
      set_agent (self, &record->agent, bytes, size);
      break;
    case AQ_RECORD_COUNTERS:
      g_clear_pointer (&self->counters, g_bytes_unref);
      self->counters = g_bytes_new (bytes, size);
      break;
    case AQ_RECORD_REMOVED:
      add_removed (self, &record->removed, sequence, bytes, size);
      break;
    case AQ_RECORD_ITEM:
      set_item (self, &record->item, bytes, size);
      break;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
add_transaction (AqFold                     *self,
                 const AqTransactionRecord  *transaction,
                 AqReader                   *records,
                 GError                    **error)
{
  guint32 n_records = 0;

  for (; aq_reader_left (records) > 0; n_records++)
    {
      const guint8 *bytes = records->data + records->position;
      gsize start = records->position;
      g_auto(AqRecord) record = { 0 };

      if (!aq_record_read (records, &record, error))
        return FALSE;
      add_record (self, &record, transaction->sequence, bytes, records->position - start);
    }
  if (n_records != transaction->n_records)
    return set_misfit (error, "transaction %" G_GUINT64_FORMAT " has %u records and should have %u",
                       transaction->sequence, n_records, transaction->n_records);
  return TRUE;
}

/**
 * aq_fold_add_frame:
 * @self: a fold
 * @frame: the next frame of the journal
 * @content: of it, checked for damage
 * @error: return location for an error
 *
 * Takes what is in a frame. After an error the fold can only be freed.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_VERSION`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_fold_add_frame (AqFold         *self,
                   const AqFrame  *frame,
                   const guint8   *content,
                   GError        **error)
{
  AqReader reader = aq_reader_init (content, frame->length);
  guint64 sequence = frame->sequence;

  self->sorted = FALSE;
  for (; aq_reader_left (&reader) > 0; sequence++)
    {
      AqTransactionRecord transaction;
      AqReader records;

      if (!aq_record_read_transaction (&reader, &transaction, &records, error))
        return FALSE;
      if (transaction.sequence != sequence)
        return set_misfit (error, "transaction %" G_GUINT64_FORMAT " is in the place of %"
                           G_GUINT64_FORMAT, transaction.sequence, sequence);
      if (!add_transaction (self, &transaction, &records, error))
        return FALSE;
    }
  if (sequence - frame->sequence != frame->n_transactions)
    return set_misfit (error, "the frame has %" G_GUINT64_FORMAT " transactions and should have %u",
                       sequence - frame->sequence, frame->n_transactions);
  return TRUE;
}

/**
 * aq_fold_set_misfits:
 * @self: a fold
 * @ids: (element-type guint64): gets the ids of jobs whose changes do not fit what
 *   is known of them; outlives the fold
 *
 * For what is left of a damaged store: such a job is no error, but stays as its
 * page has it.
 */
void
aq_fold_set_misfits (AqFold *self,
                     GArray *ids)
{
  self->misfits = ids;
}

/* Returns: how much memory it has, in bytes, about */
gsize
aq_fold_get_bytes (AqFold *self)
{
  return self->records.allocated + (gsize) self->changes->len * sizeof (Change);
}

/* pages */

static int
compare_changes (gconstpointer a,
                 gconstpointer b)
{
  const Change *left = a;
  const Change *right = b;

  if (left->id != right->id)
    return left->id < right->id ? -1 : 1;
  if (left->offset != right->offset)
    return left->offset < right->offset ? -1 : 1;
  /* of an edge from a job to itself, which no rule makes */
  return (int) left->kind - (int) right->kind;
}

static void
sort (AqFold *self)
{
  if (self->sorted)
    return;
  g_array_sort (self->changes, compare_changes);
  self->sorted = TRUE;
}

/**
 * aq_fold_list_pages:
 * @self: a fold
 *
 * Returns: (transfer full) (element-type guint64): the pages that it changes, in
 *   ascending order
 */
GArray *
aq_fold_list_pages (AqFold *self)
{
  GArray *pages = g_array_new (FALSE, FALSE, sizeof (guint64));

  sort (self);
  for (guint i = 0; i < self->changes->len; i++)
    {
      guint64 page = aq_page_of (g_array_index (self->changes, Change, i).id);

      if (pages->len == 0 || g_array_index (pages, guint64, pages->len - 1) != page)
        g_array_append_val (pages, page);
    }
  return pages;
}

/* Returns: the first change of @page or of one after it */
static guint
find_page (AqFold  *self,
           guint64  page)
{
  guint low = 0;
  guint high = self->changes->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (aq_page_of (g_array_index (self->changes, Change, middle).id) < page)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Returns: the first change of another job than @first */
static guint
find_end (AqFold *self,
          guint   first)
{
  guint64 id = g_array_index (self->changes, Change, first).id;
  guint end = first;

  while (end < self->changes->len && g_array_index (self->changes, Change, end).id == id)
    end++;
  return end;
}

/* Returns: the last change by which the job was removed, @end if it was not */
static guint
find_removal (AqFold *self,
              guint   first,
              guint   end)
{
  for (guint i = end; i > first; i--)
    if (g_array_index (self->changes, Change, i - 1).kind == CHANGE_REMOVED)
      return i - 1;
  return end;
}

/* jobs */

static void
job_clear (Job *self)
{
  aq_buffer_clear (&self->edges_in);
  aq_buffer_clear (&self->edges_out);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

static void
append (AqBuffer     *buffer,
        const guint8 *bytes,
        gsize         size)
{
  aq_put_bytes (aq_buffer_extend (buffer, size), bytes, size);
}

/* what a page says of the job */
static gboolean
job_load (Job                *self,
          const AqPageEntry  *entry,
          GError            **error)
{
  if (!aq_record_split_job (entry->job, entry->job_size, &self->pieces, error))
    return FALSE;
  self->exists = TRUE;
  self->sequence = entry->sequence;
  self->n_edges_in = entry->n_edges_in;
  self->n_edges_out = entry->n_edges_out;
  append (&self->edges_in, entry->edges, entry->edges_in_size);
  append (&self->edges_out, entry->edges + entry->edges_in_size,
          entry->edges_size - entry->edges_in_size);
  return TRUE;
}

static gboolean
job_set_parts (Job           *self,
               const Change  *change,
               const guint8  *record,
               GError       **error)
{
  AqJobPieces pieces;

  if (!aq_record_split_job (record, change->size, &pieces, error))
    return FALSE;
  if (!self->exists && !(pieces.parts & AQ_JOB_PART_SPEC))
    return set_misfit (error, "job %" G_GUINT64_FORMAT " is changed, and was never put",
                       change->id);
  self->exists = TRUE;
  self->pieces.id = pieces.id;
  self->pieces.parts |= pieces.parts;
  for (guint part = 0; part < AQ_RECORD_N_PARTS; part++)
    if (pieces.parts & 1 << part)
      {
        self->pieces.bytes[part] = pieces.bytes[part];
        self->pieces.sizes[part] = pieces.sizes[part];
      }
  return TRUE;
}

/* puts come before their edges in a transaction, so a job that is not there was removed */
static gboolean
job_apply (Job           *self,
           const Change  *change,
           const guint8  *record,
           GError       **error)
{
  switch ((ChangeKind) change->kind)
    {
    case CHANGE_PARTS:
      if (!job_set_parts (self, change, record, error))
        return FALSE;
      break;
    case CHANGE_EDGE_IN:
      append (&self->edges_in, record, self->exists ? change->size : 0);
      self->n_edges_in += self->exists ? 1 : 0;
      break;
    case CHANGE_EDGE_OUT:
      append (&self->edges_out, record, self->exists ? change->size : 0);
      self->n_edges_out += self->exists ? 1 : 0;
      break;
    case CHANGE_REMOVED: /* what comes before it and itself is left out */
    default:
      g_assert_not_reached ();
    }
  if (self->exists)
    self->sequence = change->sequence;
  return TRUE;
}

static gboolean
job_write (Job           *self,
           AqPageWriter  *writer,
           GError       **error)
{
  const AqJobParts needed = AQ_JOB_PART_SPEC | AQ_JOB_PART_STATE;
  g_auto(AqBuffer) record = { 0 };
  AqPageEntry entry;

  if (!self->exists)
    return TRUE;
  if ((self->pieces.parts & needed) != needed)
    return set_misfit (error, "job %" G_GUINT64_FORMAT " was put without a state", self->pieces.id);
  aq_record_append_joined (&record, &self->pieces);
  append (&self->edges_in, self->edges_out.data, self->edges_out.size);
  entry = (AqPageEntry) {
    .id = self->pieces.id,
    .sequence = self->sequence,
    .job = record.data,
    .job_size = record.size,
    .edges = self->edges_in.data,
    .edges_size = self->edges_in.size,
    .n_edges_in = self->n_edges_in,
    .n_edges_out = self->n_edges_out,
  };
  aq_page_writer_add (writer, &entry);
  return TRUE;
}

/*
 * Lays the changes of one job over @entry, NULL where the page has none.
 * @in_out_next: its first change; then the first of another
 */
static gboolean
merge_job (AqFold             *self,
           const AqPageEntry  *entry,
           guint              *in_out_next,
           AqPageWriter       *writer,
           GError            **error)
{
  guint64 known = entry != NULL ? entry->sequence : 0;
  guint first = *in_out_next;
  guint end = find_end (self, first);
  guint removed = find_removal (self, first, end);
  g_auto(Job) job = { 0 };

  *in_out_next = end;
  if (removed < end)
    first = removed + 1;
  else if (entry != NULL && !job_load (&job, entry, error))
    return FALSE;
  for (guint i = first; i < end; i++)
    {
      const Change *change = &g_array_index (self->changes, Change, i);

      if (change->sequence > known &&
          !job_apply (&job, change, self->records.data + change->offset, error))
        return FALSE;
    }
  return job_write (&job, writer, error);
}

/* as merge_job(), where misfits are no error */
static gboolean
merge_job_if_it_fits (AqFold             *self,
                      const AqPageEntry  *entry,
                      guint              *in_out_next,
                      AqPageWriter       *writer,
                      GError            **error)
{
  g_autoptr(GError) reason = NULL;
  guint64 id = g_array_index (self->changes, Change, *in_out_next).id;

  if (merge_job (self, entry, in_out_next, writer, &reason))
    return TRUE;
  if (self->misfits == NULL || !g_error_matches (reason, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  g_array_append_val (self->misfits, id);
  if (entry != NULL)
    aq_page_writer_add (writer, entry);
  return TRUE;
}

/**
 * aq_fold_merge_page:
 * @self: a fold
 * @page: number of a page
 * @content: of it as it is, borrowed
 * @size: of @content, in bytes; 0: there is no such page
 * @out_content: replaced by the page with all changes; of size 0 when no job is left in it
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT` when the page makes no sense, or when the
 * changes do not fit it; `ASYNCQ_ERROR_STORE_VERSION`.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_fold_merge_page (AqFold        *self,
                    guint64        page,
                    const guint8  *content,
                    gsize          size,
                    AqBuffer      *out_content,
                    GError       **error)
{
  AqPageReader reader;
  AqPageWriter writer;
  AqPageEntry entry;
  gboolean found;
  guint next;

  sort (self);
  next = find_page (self, page);
  out_content->size = 0;
  if (!aq_page_reader_init (&reader, page, content, size, error) ||
      !aq_page_reader_next (&reader, &entry, &found, error))
    return FALSE;
  aq_page_writer_begin (&writer, page, out_content);
  for (;;)
    {
      const Change *change = next < self->changes->len
          ? &g_array_index (self->changes, Change, next) : NULL;

      if (change != NULL && aq_page_of (change->id) != page)
        change = NULL;
      if (change == NULL && !found)
        break;
      if (found && (change == NULL || entry.id < change->id))
        aq_page_writer_add (&writer, &entry);
      else if (found && entry.id == change->id)
        {
          if (!merge_job_if_it_fits (self, &entry, &next, &writer, error))
            return FALSE;
        }
      else
        {
          if (!merge_job_if_it_fits (self, NULL, &next, &writer, error))
            return FALSE;
          continue;
        }
      if (!aq_page_reader_next (&reader, &entry, &found, error))
        return FALSE;
    }
  (void) aq_page_writer_end (&writer); /* without jobs its size is 0 */
  return TRUE;
}

/**
 * aq_fold_get_agents:
 * @self: a fold
 *
 * Returns: (transfer none) (element-type AqFoldAgent): the agents that were set or removed
 */
GPtrArray *
aq_fold_get_agents (AqFold *self)
{
  return self->agents;
}

/**
 * aq_fold_get_items:
 * @self: a fold
 *
 * Returns: (transfer none) (element-type AqFoldItem): the items that were set or
 *   removed, each once
 */
GPtrArray *
aq_fold_get_items (AqFold *self)
{
  return self->item_list;
}

/**
 * aq_fold_get_counters:
 * @self: a fold
 *
 * Returns: (transfer none) (nullable): their newest record
 */
GBytes *
aq_fold_get_counters (AqFold *self)
{
  return self->counters;
}
