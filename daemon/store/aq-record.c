/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Records
 *
 * Transactions to bytes and back: flat, little-endian, everything at multiples
 * of 8, so that neither way allocates for a job. What users gave (arguments,
 * results) stays the serialised GVariant that it is. README.md has the layout.
 *
 * Writing assumes nothing but sizes below 4 GiB. Reading assumes nothing: all
 * bytes come through AqReader, all numbers that index something are checked.
 */

#include "config.h"

#include "store/aq-record.h"

#include "core/aq-job-past.h"
#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"

#define TRANSACTION_HEADER_SIZE 40
#define RECORD_HEADER_SIZE 8
#define SPEC_SIZE 32
#define STATE_SIZE 40
#define RUN_SIZE 24
#define RESULT_SIZE 8
#define EDGE_SIZE 24
#define AGENT_SIZE 16
#define AGENT_REMOVED 1
#define COUNTERS_SIZE 40
#define REMOVED_SIZE 8
#define VALUE_SIZE 8
#define ITEM_SIZE 16

/* in RUN, beside the length of the agent's name: behind the name is usage; behind that is evidence */
#define RUN_HAS_USAGE 1
#define RUN_HAS_EVIDENCE 2

/* of a PAST: its version 2 */
#define PAST_IS_WITNESSED 1

/* beside the kind in SPEC: behind the other strings is a unique key */
#define SPEC_HAS_UNIQUE_KEY 0x80

/* a length that is one more than the string's, so that 0 stands for none */
#define LENGTH_OF(text) ((text) != NULL ? strlen (text) + 1 : 0)
#define REF_LENGTH_OF(text) ((text) != NULL ? g_ref_string_length (text) + 1 : 0)

static gsize
pad (gsize size)
{
  return (size + 7) & ~(gsize) 7;
}

/* writing */

static guint8 *
put_record_header (guint8       *at,
                   AqRecordKind  kind,
                   guint         parts,
                   gsize         size)
{
  g_assert (size <= G_MAXUINT32);
  at = aq_put_u8 (at, kind);
  at = aq_put_u8 (at, kind == AQ_RECORD_JOB ? AQ_RECORD_JOB_VERSION : AQ_RECORD_VERSION);
  at = aq_put_u16 (at, parts);
  return aq_put_u32 (at, size);
}

/* for a job that has nothing of it */
static const AqJobExtra no_extra;

static gsize
spec_size (const AqJob *job)
{
  const AqLane *lane = job->lane;
  const AqJobExtra *extra = job->extra != NULL ? job->extra : &no_extra;

  return SPEC_SIZE + pad (job->arguments_size) +
         pad (REF_LENGTH_OF (lane->arguments_type) + REF_LENGTH_OF (lane->queue) +
              REF_LENGTH_OF (lane->function) + LENGTH_OF (extra->submit_key) + LENGTH_OF (extra->unique_key));
}

static guint8 *
put_spec (guint8      *at,
          const AqJob *job)
{
  const guint8 *start = at;
  const AqLane *lane = job->lane;
  const AqJobExtra *extra = job->extra != NULL ? job->extra : &no_extra;
  gsize type_length = REF_LENGTH_OF (lane->arguments_type);
  gsize queue_length = REF_LENGTH_OF (lane->queue);
  gsize function_length = REF_LENGTH_OF (lane->function);
  gsize key_length = LENGTH_OF (extra->submit_key);

  g_assert (MAX (queue_length, MAX (function_length, key_length)) <= G_MAXUINT16);
  at = aq_put_u64 (at, (guint64) job->created_usec);
  at = aq_put_u64 (at, (guint64) job->begin_after_usec);
  at = aq_put_u32 (at, job->arguments_size);
  at = aq_put_u32 (at, type_length);
  at = aq_put_u16 (at, queue_length);
  at = aq_put_u16 (at, function_length);
  at = aq_put_u16 (at, key_length);
  at = aq_put_u8 (at, job->priority);
  at = aq_put_u8 (at, job->kind | (extra->unique_key != NULL ? SPEC_HAS_UNIQUE_KEY : 0));
  at = aq_put_bytes (at, job->arguments, job->arguments_size);
  at = aq_put_padding (at, start);
  at = aq_put_bytes (at, lane->arguments_type, type_length);
  at = aq_put_bytes (at, lane->queue, queue_length);
  at = aq_put_bytes (at, lane->function, function_length);
  at = aq_put_bytes (at, extra->submit_key, key_length);
  at = aq_put_bytes (at, extra->unique_key, LENGTH_OF (extra->unique_key));
  return aq_put_padding (at, start);
}

static guint8 *
put_state (guint8      *at,
           const AqJob *job)
{
  at = aq_put_u64 (at, job->lease);
  at = aq_put_u64 (at, job->order);
  at = aq_put_u64 (at, (guint64) job->due_usec);
  at = aq_put_u32 (at, job->n_waiting);
  at = aq_put_u32 (at, job->attempt);
  at = aq_put_u16 (at, job->interruptions);
  at = aq_put_u8 (at, job->state);
  at = aq_put_u8 (at, job->outcome);
  at = aq_put_u8 (at, job->flags);
  memset (at, 0, 3);
  return at + 3;
}

/* SETTINGS and PAST: a value of a type that is known */
static gsize
value_size (GVariant *value)
{
  return VALUE_SIZE + (value != NULL ? pad (g_variant_get_size (value)) : 0);
}

static guint8 *
put_versioned_value (guint8   *at,
                     GVariant *value,
                     guint32   version)
{
  const guint8 *start = at;
  gsize size = value != NULL ? g_variant_get_size (value) : 0;

  g_assert (size <= G_MAXUINT32);
  at = aq_put_u32 (at, size);
  at = aq_put_u32 (at, version);
  if (size > 0)
    g_variant_store (value, at);
  return aq_put_padding (at + size, start);
}

static guint8 *
put_value (guint8   *at,
           GVariant *value)
{
  return put_versioned_value (at, value, 0);
}

/* seven bits a byte, the low ones first; all bytes but the last have their high bit set */
static gsize
varint_size (guint64 number)
{
  return (g_bit_storage (number | 1) + 6) / 7;
}

static guint8 *
put_varint (guint8  *at,
            guint64  number)
{
  for (; number >= 0x80; number >>= 7)
    at = aq_put_u8 (at, (guint8) number | 0x80);
  return aq_put_u8 (at, number);
}

static gsize
usage_size (const AqUsage *usage)
{
  return varint_size ((guint64) usage->user_usec) + varint_size ((guint64) usage->system_usec) +
         varint_size (usage->peak_bytes) + varint_size (usage->read_bytes) + varint_size (usage->written_bytes);
}

static guint8 *
put_usage (guint8        *at,
           const AqUsage *usage)
{
  at = put_varint (at, (guint64) usage->user_usec);
  at = put_varint (at, (guint64) usage->system_usec);
  at = put_varint (at, usage->peak_bytes);
  at = put_varint (at, usage->read_bytes);
  return put_varint (at, usage->written_bytes);
}

static gsize
run_size (const AqJob *job)
{
  const AqJobExtra *extra = job->extra != NULL ? job->extra : &no_extra;
  gsize usage = extra->is_measured ? usage_size (&extra->usage) : 0;

  return RUN_SIZE + pad (REF_LENGTH_OF (extra->agent) + usage) +
         (extra->evidence != NULL ? value_size (extra->evidence) : 0);
}

static guint8 *
put_run (guint8      *at,
         const AqJob *job)
{
  const guint8 *start = at;
  const AqJobExtra *extra = job->extra != NULL ? job->extra : &no_extra;
  gsize agent_length = REF_LENGTH_OF (extra->agent);

  g_assert (agent_length <= G_MAXUINT16);
  at = aq_put_u64 (at, (guint64) extra->started_usec);
  at = aq_put_u64 (at, (guint64) extra->ended_usec);
  at = aq_put_u32 (at, extra->worker);
  at = aq_put_u16 (at, agent_length);
  at = aq_put_u16 (at, (extra->is_measured ? RUN_HAS_USAGE : 0) | (extra->evidence != NULL ? RUN_HAS_EVIDENCE : 0));
  at = aq_put_bytes (at, extra->agent, agent_length);
  if (extra->is_measured)
    at = put_usage (at, &extra->usage);
  at = aq_put_padding (at, start);
  return extra->evidence != NULL ? put_value (at, extra->evidence) : at;
}

static gsize
result_size (const AqResult *result)
{
  return RESULT_SIZE + (result != NULL ? pad (result->size) + pad (REF_LENGTH_OF (result->type)) : 0);
}

static guint8 *
put_result (guint8         *at,
            const AqResult *result)
{
  const guint8 *start = at;
  gsize type_length = result != NULL ? REF_LENGTH_OF (result->type) : 0;

  at = aq_put_u32 (at, result != NULL ? result->size : 0);
  at = aq_put_u32 (at, type_length);
  if (result == NULL)
    return at;
  at = aq_put_bytes (at, result->data, result->size);
  at = aq_put_padding (at, start);
  at = aq_put_bytes (at, result->type, type_length);
  return aq_put_padding (at, start);
}

static GVariant *
get_settings (const AqJob *job)
{
  return job->extra != NULL && job->extra->settings != NULL ? job->extra->settings->value : NULL;
}

static GVariant *
dup_past (const AqJob *job)
{
  if (job->extra == NULL || job->extra->past == NULL)
    return NULL;
  return g_variant_ref_sink (aq_job_past_to_value (job->extra->past));
}

static gboolean
is_witnessed (GVariant *past)
{
  return past != NULL && g_variant_is_of_type (past, G_VARIANT_TYPE (AQ_JOB_WITNESSED_PAST_TYPE));
}

static GVariant *
get_annotations (const AqJob *job)
{
  return job->extra != NULL ? job->extra->annotations : NULL;
}

static GVariant *
get_data (const AqJob *job)
{
  return job->extra != NULL ? job->extra->data : NULL;
}

/* the parts that are marked as changed */
void
aq_record_append_job (AqBuffer    *buffer,
                      const AqJob *job)
{
  AqJobParts parts = job->dirty;
  g_autoptr(GVariant) past = parts & AQ_JOB_PART_PAST ? dup_past (job) : NULL;
  gsize size = RECORD_HEADER_SIZE + 8;
  guint8 *start;
  guint8 *at;

  size += parts & AQ_JOB_PART_SPEC ? spec_size (job) : 0;
  size += parts & AQ_JOB_PART_STATE ? STATE_SIZE : 0;
  size += parts & AQ_JOB_PART_RUN ? run_size (job) : 0;
  size += parts & AQ_JOB_PART_RESULT ? result_size (aq_job_get_result (job)) : 0;
  size += parts & AQ_JOB_PART_SETTINGS ? value_size (get_settings (job)) : 0;
  size += parts & AQ_JOB_PART_PAST ? value_size (past) : 0;
  size += parts & AQ_JOB_PART_ANNOTATIONS ? value_size (get_annotations (job)) : 0;
  size += parts & AQ_JOB_PART_DATA ? value_size (get_data (job)) : 0;

  at = start = aq_buffer_extend (buffer, size);
  at = put_record_header (at, AQ_RECORD_JOB, parts, size);
  at = aq_put_u64 (at, job->id);
  if (parts & AQ_JOB_PART_SPEC)
    at = put_spec (at, job);
  if (parts & AQ_JOB_PART_STATE)
    at = put_state (at, job);
  if (parts & AQ_JOB_PART_RUN)
    at = put_run (at, job);
  if (parts & AQ_JOB_PART_RESULT)
    at = put_result (at, aq_job_get_result (job));
  if (parts & AQ_JOB_PART_SETTINGS)
    at = put_value (at, get_settings (job));
  if (parts & AQ_JOB_PART_PAST)
    at = put_versioned_value (at, past, is_witnessed (past) ? PAST_IS_WITNESSED : 0);
  if (parts & AQ_JOB_PART_ANNOTATIONS)
    at = put_value (at, get_annotations (job));
  if (parts & AQ_JOB_PART_DATA)
    at = put_value (at, get_data (job));
  g_assert (at == start + size);
}

void
aq_record_append_edge (AqBuffer     *buffer,
                       const AqEdge *edge)
{
  gsize type_length = REF_LENGTH_OF (edge->type);
  gsize size = RECORD_HEADER_SIZE + EDGE_SIZE + pad (type_length);
  guint8 *start = aq_buffer_extend (buffer, size);
  guint8 *at = put_record_header (start, AQ_RECORD_EDGE, 0, size);

  at = aq_put_u64 (at, edge->parent);
  at = aq_put_u64 (at, edge->child);
  at = aq_put_u32 (at, type_length);
  at = aq_put_u8 (at, edge->on);
  at = aq_put_u8 (at, edge->role);
  at = aq_put_u16 (at, 0);
  at = aq_put_bytes (at, edge->type, type_length);
  aq_put_padding (at, start);
}

void
aq_record_append_agent (AqBuffer      *buffer,
                        const AqAgent *agent)
{
  gsize name_length = REF_LENGTH_OF (agent->name);
  gsize filter_length = LENGTH_OF (agent->filter);
  gsize strings = name_length + filter_length;
  guint n_queues = 0;
  guint8 *start;
  guint8 *at;
  gsize size;

  for (; agent->queues[n_queues] != NULL; n_queues++)
    strings += LENGTH_OF (agent->queues[n_queues]);
  size = RECORD_HEADER_SIZE + AGENT_SIZE + pad (strings);
  start = aq_buffer_extend (buffer, size);
  at = put_record_header (start, AQ_RECORD_AGENT, 0, size);
  at = aq_put_u32 (at, agent->size);
  at = aq_put_u32 (at, n_queues);
  at = aq_put_u32 (at, strings);
  at = aq_put_u32 (at, 0);
  at = aq_put_bytes (at, agent->name, name_length);
  at = aq_put_bytes (at, agent->filter, filter_length);
  for (guint i = 0; i < n_queues; i++)
    at = aq_put_bytes (at, agent->queues[i], LENGTH_OF (agent->queues[i]));
  aq_put_padding (at, start);
}

/* no more than its name */
static void
append_agent_change (AqBuffer            *buffer,
                     const AqAgentChange *change)
{
  gsize length = REF_LENGTH_OF (change->name);
  gsize size = RECORD_HEADER_SIZE + AGENT_SIZE + pad (length);
  guint8 *start;
  guint8 *at;

  if (change->agent != NULL)
    {
      aq_record_append_agent (buffer, change->agent);
      return;
    }
  start = aq_buffer_extend (buffer, size);
  at = put_record_header (start, AQ_RECORD_AGENT, 0, size);
  at = aq_put_u32 (at, 0);
  at = aq_put_u32 (at, 0);
  at = aq_put_u32 (at, length);
  at = aq_put_u32 (at, AGENT_REMOVED);
  at = aq_put_bytes (at, change->name, length);
  aq_put_padding (at, start);
}

void
aq_record_append_counters (AqBuffer         *buffer,
                           const AqCounters *counters)
{
  gsize size = RECORD_HEADER_SIZE + COUNTERS_SIZE;
  guint8 *at = aq_buffer_extend (buffer, size);

  at = put_record_header (at, AQ_RECORD_COUNTERS, 0, size);
  at = aq_put_u64 (at, counters->next_id);
  at = aq_put_u64 (at, counters->next_order);
  at = aq_put_u64 (at, counters->next_lease);
  at = aq_put_u64 (at, (guint64) counters->last_due_usec);
  aq_put_u64 (at, (guint64) counters->steady_ahead_usec);
}

void
aq_record_append_item (AqBuffer           *buffer,
                       const AqItemChange *item)
{
  gsize name_length = REF_LENGTH_OF (item->name);
  gsize n_bytes = item->value != NULL ? g_variant_get_size (item->value) : 0;
  gsize size = RECORD_HEADER_SIZE + ITEM_SIZE + pad (n_bytes) + pad (name_length);
  guint8 *start = aq_buffer_extend (buffer, size);
  guint8 *at = put_record_header (start, AQ_RECORD_ITEM, 0, size);

  at = aq_put_u32 (at, item->kind);
  at = aq_put_u32 (at, item->value != NULL ? 0 : 1);
  at = aq_put_u32 (at, n_bytes);
  at = aq_put_u32 (at, name_length);
  if (n_bytes > 0)
    g_variant_store (item->value, at);
  at = aq_put_padding (at + n_bytes, start);
  at = aq_put_bytes (at, item->name, name_length);
  aq_put_padding (at, start);
}

static void
append_removed (AqBuffer     *buffer,
                const GArray *ids)
{
  gsize size = RECORD_HEADER_SIZE + REMOVED_SIZE + (gsize) ids->len * 8;
  guint8 *at = aq_buffer_extend (buffer, size);

  at = put_record_header (at, AQ_RECORD_REMOVED, 0, size);
  at = aq_put_u32 (at, ids->len);
  at = aq_put_u32 (at, 0);
  for (guint i = 0; i < ids->len; i++)
    at = aq_put_u64 (at, g_array_index (ids, guint64, i));
}

/**
 * aq_record_append_transaction:
 * @buffer: where to append it
 * @sequence: its number
 * @actor: (nullable): who asked for it; %NULL stands for the daemon itself
 * @changes: what it has changed, the jobs still marked as changed
 * @counters: the counters, as they are now
 *
 * Encodes a transaction: who, when, and every changed part as it is now.
 */
void
aq_record_append_transaction (AqBuffer         *buffer,
                              guint64           sequence,
                              const AqActor    *actor,
                              const AqChanges  *changes,
                              const AqCounters *counters)
{
  const char *sender = actor != NULL && actor->sender != NULL ? actor->sender : "";
  guint n_records = changes->jobs->len + changes->edges->len + changes->agents->len + changes->items->len +
                    (changes->removed->len > 0 ? 1 : 0) + (changes->counters_changed ? 1 : 0);
  gsize sender_length = LENGTH_OF (sender);
  gsize offset = buffer->size;
  guint8 *start = aq_buffer_extend (buffer, TRANSACTION_HEADER_SIZE + pad (sender_length));
  guint8 *at = aq_put_u64 (start, 0); /* the length, below */

  at = aq_put_u64 (at, sequence);
  at = aq_put_u64 (at, (guint64) changes->now.wall_usec);
  at = aq_put_u32 (at, actor != NULL ? actor->uid : 0);
  at = aq_put_u32 (at, n_records);
  at = aq_put_u32 (at, sender_length);
  at = aq_put_u32 (at, 0);
  at = aq_put_bytes (at, sender, sender_length);
  aq_put_padding (at, start);

  for (guint i = 0; i < changes->jobs->len; i++)
    aq_record_append_job (buffer, g_ptr_array_index (changes->jobs, i));
  for (guint i = 0; i < changes->edges->len; i++)
    aq_record_append_edge (buffer, &g_array_index (changes->edges, AqEdge, i));
  for (guint i = 0; i < changes->agents->len; i++)
    append_agent_change (buffer, &g_array_index (changes->agents, AqAgentChange, i));
  for (guint i = 0; i < changes->items->len; i++)
    aq_record_append_item (buffer, &g_array_index (changes->items, AqItemChange, i));
  if (changes->removed->len > 0)
    append_removed (buffer, changes->removed);
  if (changes->counters_changed)
    aq_record_append_counters (buffer, counters);

  aq_put_u64 (buffer->data + offset, buffer->size - offset);
}

/* reading */

static gboolean
set_malformed (GError     **error,
               const char  *what)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT, "a record makes no sense: %s", what);
  return FALSE;
}

/* Returns: a string of @length bytes with its NUL; "" for none, and then the reader has failed */
static const char *
take_string (AqReader *reader,
             gsize     length)
{
  const guint8 *text = aq_reader_take (reader, length);

  if (text == NULL || length == 0 || memchr (text, '\0', length) != text + length - 1)
    {
      reader->failed = TRUE;
      return "";
    }
  return (const char *) text;
}

static const char *
take_nullable_string (AqReader *reader,
                      gsize     length)
{
  return length > 0 ? take_string (reader, length) : NULL;
}

static void
take_padding (AqReader *reader)
{
  aq_reader_take (reader, -reader->position & 7);
}

/* Returns: the next of the strings in @reader, which lie one behind the other */
static const char *
take_next_string (AqReader *reader)
{
  const guint8 *end = memchr (reader->data + reader->position, '\0', aq_reader_left (reader));

  return take_string (reader, end != NULL ? (gsize) (end - reader->data) + 1 - reader->position : 0);
}

static void
read_spec (AqReader    *reader,
           AqJobRecord *job)
{
  const guint8 *at = aq_reader_take (reader, SPEC_SIZE);

  if (at == NULL)
    return;
  job->created_usec = (gint64) aq_get_u64 (at);
  job->begin_after_usec = (gint64) aq_get_u64 (at + 8);
  job->arguments_size = aq_get_u32 (at + 16);
  job->priority = at[30];
  job->kind = at[31] & ~SPEC_HAS_UNIQUE_KEY;
  job->arguments = aq_reader_take (reader, job->arguments_size);
  take_padding (reader);
  job->arguments_type = take_string (reader, aq_get_u32 (at + 20));
  job->queue = take_string (reader, aq_get_u16 (at + 24));
  job->function = take_string (reader, aq_get_u16 (at + 26));
  job->submit_key = take_nullable_string (reader, aq_get_u16 (at + 28));
  job->unique_key = at[31] & SPEC_HAS_UNIQUE_KEY ? take_next_string (reader) : NULL;
  take_padding (reader);
}

static void
read_state (AqReader    *reader,
            AqJobRecord *job)
{
  const guint8 *at = aq_reader_take (reader, STATE_SIZE);

  if (at == NULL)
    return;
  job->lease = aq_get_u64 (at);
  job->order = aq_get_u64 (at + 8);
  job->due_usec = (gint64) aq_get_u64 (at + 16);
  job->n_waiting = aq_get_u32 (at + 24);
  job->attempt = aq_get_u32 (at + 28);
  job->interruptions = aq_get_u16 (at + 32);
  job->state = at[34];
  job->outcome = at[35];
  job->flags = at[36];
}

/* Returns: the version of the part; 0 of most */
static guint32
read_value (AqReader      *reader,
            const guint8 **out_bytes,
            guint32       *out_size)
{
  const guint8 *at = aq_reader_take (reader, VALUE_SIZE);

  if (at == NULL)
    return 0;
  *out_size = aq_get_u32 (at);
  *out_bytes = aq_reader_take (reader, *out_size);
  take_padding (reader);
  return aq_get_u32 (at + 4);
}

static guint64
take_varint (AqReader *reader)
{
  guint64 number = 0;

  for (guint shift = 0; shift < 64; shift += 7)
    {
      const guint8 *at = aq_reader_take (reader, 1);

      if (at == NULL)
        return 0;
      number |= (guint64) (*at & 0x7f) << shift;
      if (!(*at & 0x80))
        return number;
    }
  reader->failed = TRUE;
  return 0;
}

static void
read_usage (AqReader *reader,
            AqUsage  *usage)
{
  usage->user_usec = (gint64) take_varint (reader);
  usage->system_usec = (gint64) take_varint (reader);
  usage->peak_bytes = take_varint (reader);
  usage->read_bytes = take_varint (reader);
  usage->written_bytes = take_varint (reader);
}

/* the flags are 0 in version 1, where they were the upper half of the length */
static void
read_run (AqReader    *reader,
          AqJobRecord *job)
{
  const guint8 *at = aq_reader_take (reader, RUN_SIZE);
  guint flags;

  if (at == NULL)
    return;
  flags = aq_get_u16 (at + 22);
  job->started_usec = (gint64) aq_get_u64 (at);
  job->ended_usec = (gint64) aq_get_u64 (at + 8);
  job->worker = aq_get_u32 (at + 16);
  job->agent = take_nullable_string (reader, aq_get_u16 (at + 20));
  job->is_measured = (flags & RUN_HAS_USAGE) != 0;
  if (job->is_measured)
    read_usage (reader, &job->usage);
  take_padding (reader);
  if (flags & RUN_HAS_EVIDENCE)
    (void) read_value (reader, &job->evidence, &job->evidence_size);
  reader->failed |= (flags & ~(RUN_HAS_USAGE | RUN_HAS_EVIDENCE)) != 0;
}

static void
read_result (AqReader    *reader,
             AqJobRecord *job)
{
  const guint8 *at = aq_reader_take (reader, RESULT_SIZE);

  if (at == NULL)
    return;
  job->result_size = aq_get_u32 (at);
  job->result = aq_reader_take (reader, job->result_size);
  take_padding (reader);
  job->result_type = take_nullable_string (reader, aq_get_u32 (at + 4));
  take_padding (reader);
}

static void
read_settings (AqReader    *reader,
               AqJobRecord *job)
{
  (void) read_value (reader, &job->settings, &job->settings_size);
}

static void
read_past (AqReader    *reader,
           AqJobRecord *job)
{
  guint32 version = read_value (reader, &job->past, &job->past_size);

  job->past_version = version;
  reader->failed |= version > PAST_IS_WITNESSED;
}

const char *
aq_record_get_past_type (const AqJobRecord *record)
{
  return record->past_version == PAST_IS_WITNESSED ? AQ_JOB_WITNESSED_PAST_TYPE : AQ_JOB_PAST_TYPE;
}

static void
read_annotations (AqReader    *reader,
                  AqJobRecord *job)
{
  (void) read_value (reader, &job->annotations, &job->annotations_size);
}

static void
read_data (AqReader    *reader,
           AqJobRecord *job)
{
  (void) read_value (reader, &job->data, &job->data_size);
}

/* reads one part, if the record has it, and remembers where it lies */
static void
read_part (AqReader    *reader,
           guint        part,
           AqJobRecord *job,
           AqJobPieces *pieces)
{
  static void (* const read_funcs[AQ_RECORD_N_PARTS]) (AqReader *, AqJobRecord *) = {
    read_spec, read_state, read_run, read_result, read_settings, read_past, read_annotations, read_data
  };
  gsize start = reader->position;

  if (!(job->parts & 1 << part))
    return;
  read_funcs[part] (reader, job);
  pieces->bytes[part] = reader->data + start;
  pieces->sizes[part] = reader->position - start;
}

static gboolean
read_job (AqReader     *reader,
          guint         parts,
          AqJobRecord  *job,
          AqJobPieces  *pieces,
          GError      **error)
{
  const guint8 *id = aq_reader_take (reader, 8);

  *job = (AqJobRecord) { .id = id != NULL ? aq_get_u64 (id) : 0, .parts = parts };
  *pieces = (AqJobPieces) { .id = job->id, .parts = parts };
  for (guint part = 0; part < AQ_RECORD_N_PARTS; part++)
    read_part (reader, part, job, pieces);

  if (parts & ~AQ_JOB_PART_ALL)
    return set_malformed (error, "it has unknown parts of a job");
  if (job->kind >= AQ_N_JOB_KINDS || job->state >= ASYNCQ_N_JOB_STATES ||
      job->outcome >= ASYNCQ_N_JOB_OUTCOMES)
    return set_malformed (error, "a job of a kind, in a state or with an outcome that there is not");
  return TRUE;
}

static gboolean
read_edge (AqReader      *reader,
           AqEdgeRecord  *edge,
           GError       **error)
{
  const guint8 *at = aq_reader_take (reader, EDGE_SIZE);

  *edge = (AqEdgeRecord) { 0 };
  if (at == NULL)
    return TRUE;
  edge->parent = aq_get_u64 (at);
  edge->child = aq_get_u64 (at + 8);
  edge->on = at[20];
  edge->role = at[21];
  edge->type = take_nullable_string (reader, aq_get_u32 (at + 16));
  take_padding (reader);
  if (edge->on >= AQ_N_EDGE_ONS || edge->role >= AQ_N_EDGE_ROLES)
    return set_malformed (error, "an edge that fires when nothing does, or of a role that there is not");
  return TRUE;
}

static void
read_agent (AqReader      *reader,
            AqAgentRecord *agent)
{
  const guint8 *at = aq_reader_take (reader, AGENT_SIZE);
  const guint8 *bytes = at != NULL ? aq_reader_take (reader, aq_get_u32 (at + 8)) : NULL;
  g_autoptr(GPtrArray) queues = NULL;
  AqReader strings;

  *agent = (AqAgentRecord) { 0 };
  take_padding (reader);
  if (bytes == NULL)
    return;
  strings = aq_reader_init (bytes, aq_get_u32 (at + 8));
  agent->size = aq_get_u32 (at);
  agent->removed = aq_get_u32 (at + 12) == AGENT_REMOVED;
  agent->name = take_next_string (&strings);
  agent->filter = agent->removed ? "" : take_next_string (&strings);

  queues = g_ptr_array_new_with_free_func (g_free);
  for (guint32 i = 0; i < aq_get_u32 (at + 4) && !strings.failed; i++)
    g_ptr_array_add (queues, g_strdup (take_next_string (&strings)));
  g_ptr_array_add (queues, NULL);
  reader->failed |= strings.failed || aq_reader_left (&strings) > 0;
  agent->queues = (char **) g_ptr_array_free (g_steal_pointer (&queues), FALSE);
}

static void
read_counters (AqReader   *reader,
               AqCounters *counters)
{
  const guint8 *at = aq_reader_take (reader, COUNTERS_SIZE);

  *counters = (AqCounters) { 0 };
  if (at == NULL)
    return;
  counters->next_id = aq_get_u64 (at);
  counters->next_order = aq_get_u64 (at + 8);
  counters->next_lease = aq_get_u64 (at + 16);
  counters->last_due_usec = (gint64) aq_get_u64 (at + 24);
  counters->steady_ahead_usec = (gint64) aq_get_u64 (at + 32);
}

static gboolean
read_item (AqReader      *reader,
           AqItemRecord  *item,
           GError       **error)
{
  const guint8 *at = aq_reader_take (reader, ITEM_SIZE);

  *item = (AqItemRecord) { 0 };
  if (at == NULL)
    return TRUE;
  item->kind = aq_get_u32 (at);
  item->removed = aq_get_u32 (at + 4) != 0;
  item->value_size = aq_get_u32 (at + 8);
  item->value = aq_reader_take (reader, item->value_size);
  take_padding (reader);
  item->name = take_string (reader, aq_get_u32 (at + 12));
  take_padding (reader);
  if (item->kind < AQ_ITEM_QUEUE || item->kind >= AQ_N_ITEM_KINDS || strlen (item->name) > AQ_ITEM_MAX_NAME_BYTES)
    return set_malformed (error, "an item of a kind that there is not, or with a name that cannot be");
  return TRUE;
}

static void
read_removed (AqReader        *reader,
              AqRemovedRecord *removed)
{
  const guint8 *at = aq_reader_take (reader, REMOVED_SIZE);

  *removed = (AqRemovedRecord) { 0 };
  if (at == NULL)
    return;
  removed->n_ids = aq_get_u32 (at);
  removed->ids = aq_reader_take (reader, (gsize) removed->n_ids * 8);
}

/**
 * aq_record_read_transaction:
 * @reader: the content of a frame, not at its end
 * @out_transaction: the head of the next transaction, borrowed from the content
 * @out_records: its records
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_record_read_transaction (AqReader             *reader,
                            AqTransactionRecord  *out_transaction,
                            AqReader             *out_records,
                            GError              **error)
{
  const guint8 *at = aq_reader_take (reader, TRANSACTION_HEADER_SIZE);
  const guint8 *body = NULL;
  guint64 length = 0;
  AqReader records;
  const char *sender;

  if (at != NULL)
    length = aq_get_u64 (at);
  if (length >= TRANSACTION_HEADER_SIZE && length % 8 == 0)
    body = aq_reader_take (reader, length - TRANSACTION_HEADER_SIZE);
  if (body == NULL)
    return set_malformed (error, "the length of a transaction");

  records = aq_reader_init (body, length - TRANSACTION_HEADER_SIZE);
  sender = take_string (&records, aq_get_u32 (at + 32));
  take_padding (&records);
  if (records.failed)
    return set_malformed (error, "the sender of a transaction");

  *out_transaction = (AqTransactionRecord) {
    .sequence = aq_get_u64 (at + 8),
    .wall_usec = (gint64) aq_get_u64 (at + 16),
    .uid = aq_get_u32 (at + 24),
    .n_records = aq_get_u32 (at + 28),
    .sender = sender,
  };
  *out_records = records;
  return TRUE;
}

static gboolean
check_version (guint    kind,
               guint    version,
               GError **error)
{
  if (kind >= AQ_RECORD_JOB && kind <= AQ_RECORD_ITEM &&
      (version == AQ_RECORD_VERSION || (kind == AQ_RECORD_JOB && version == AQ_RECORD_JOB_VERSION)))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_VERSION,
               "the store has a record of kind %u, version %u: it was written by a newer version "
               "of asyncq", kind, version);
  return FALSE;
}

/* @out_pieces: of a job; untouched by others */
static gboolean
read_record (AqReader     *records,
             AqRecord     *out_record,
             AqJobPieces  *out_pieces,
             GError      **error)
{
  const guint8 *header = aq_reader_take (records, RECORD_HEADER_SIZE);
  const guint8 *body = NULL;
  gboolean ok = TRUE;
  guint32 size = 0;
  AqReader reader;

  if (header != NULL)
    size = aq_get_u32 (header + 4);
  if (size >= RECORD_HEADER_SIZE && size % 8 == 0)
    body = aq_reader_take (records, size - RECORD_HEADER_SIZE);
  if (body == NULL)
    return set_malformed (error, "the length of a record");
  if (!check_version (header[0], header[1], error))
    return FALSE;

  reader = aq_reader_init (body, size - RECORD_HEADER_SIZE);
  out_record->kind = header[0];
  switch (out_record->kind)
    {
    case AQ_RECORD_JOB:
      ok = read_job (&reader, aq_get_u16 (header + 2), &out_record->job, out_pieces, error);
      break;
    case AQ_RECORD_EDGE:
      ok = read_edge (&reader, &out_record->edge, error);
      break;
    case AQ_RECORD_AGENT:
      read_agent (&reader, &out_record->agent);
      break;
    case AQ_RECORD_COUNTERS:
      read_counters (&reader, &out_record->counters);
      break;
    case AQ_RECORD_REMOVED:
      read_removed (&reader, &out_record->removed);
      break;
    case AQ_RECORD_ITEM:
      ok = read_item (&reader, &out_record->item, error);
      break;
    default:
      g_assert_not_reached ();
    }
  if (ok && !reader.failed && aq_reader_left (&reader) == 0)
    return TRUE;
  aq_record_clear (out_record);
  return ok ? set_malformed (error, "its parts do not fill its length") : FALSE;
}

/**
 * aq_record_read:
 * @records: the records of a transaction, not at their end
 * @out_record: the next one; clear it with aq_record_clear()
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`; `ASYNCQ_ERROR_STORE_VERSION` for a record
 * that this version does not know.
 *
 * Returns: %FALSE with @error set, then there is nothing to clear
 */
gboolean
aq_record_read (AqReader  *records,
                AqRecord  *out_record,
                GError   **error)
{
  AqJobPieces pieces;

  return read_record (records, out_record, &pieces, error);
}

void
aq_record_clear (AqRecord *self)
{
  if (self->kind == AQ_RECORD_AGENT)
    g_clear_pointer (&self->agent.queues, g_strfreev);
}

/* a job's record and its parts */

/**
 * aq_record_split_job:
 * @record: a whole record of a job
 * @size: of it, in bytes
 * @out_pieces: (out): its parts, borrowed from @record
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, `ASYNCQ_ERROR_STORE_VERSION`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_record_split_job (const guint8  *record,
                     gsize          size,
                     AqJobPieces   *out_pieces,
                     GError       **error)
{
  AqReader reader = aq_reader_init (record, size);
  g_auto(AqRecord) read = { 0 };

  if (!read_record (&reader, &read, out_pieces, error))
    return FALSE;
  return (read.kind == AQ_RECORD_JOB && aq_reader_left (&reader) == 0) ||
         set_malformed (error, "it is not one of a job");
}

gsize
aq_record_get_joined_size (const AqJobPieces *pieces)
{
  gsize size = RECORD_HEADER_SIZE + 8;

  for (guint part = 0; part < AQ_RECORD_N_PARTS; part++)
    size += pieces->parts & 1 << part ? pieces->sizes[part] : 0;
  return size;
}

/* appends a record with the parts of @pieces, which may come from several records of the job */
void
aq_record_append_joined (AqBuffer          *buffer,
                         const AqJobPieces *pieces)
{
  gsize size = aq_record_get_joined_size (pieces);
  guint8 *at = aq_buffer_extend (buffer, size);

  at = put_record_header (at, AQ_RECORD_JOB, pieces->parts, size);
  at = aq_put_u64 (at, pieces->id);
  for (guint part = 0; part < AQ_RECORD_N_PARTS; part++)
    if (pieces->parts & 1 << part)
      at = aq_put_bytes (at, pieces->bytes[part], pieces->sizes[part]);
}
