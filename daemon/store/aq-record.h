/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-buffer.h"
#include "store/aq-reader.h"
#include "store/aq-tables.h"

G_BEGIN_DECLS

/*
 * What the journal is made of: README.md has the layout. A newer version of a
 * record gets a new number here, and the reader of the old one stays.
 *
 *   1  all kinds
 *   2  jobs: RUN may have usage and evidence, PAST those of each attempt. A part says so itself, so parts of
 *      both versions may stand in one record.
 */
#define AQ_RECORD_VERSION 1
#define AQ_RECORD_JOB_VERSION 2

typedef enum
{
  AQ_RECORD_JOB = 1, /* the parts of a job that have changed, as they are now */
  AQ_RECORD_EDGE,
  AQ_RECORD_AGENT,
  AQ_RECORD_COUNTERS,
  AQ_RECORD_REMOVED, /* jobs that are gone */
  AQ_RECORD_ITEM
} AqRecordKind;

/* Who did it and when: the head of a transaction. */
typedef struct
{
  guint64     sequence;
  gint64      wall_usec;
  guint32     uid;
  guint32     n_records;
  const char *sender;
} AqTransactionRecord;

/* Strings end with a NUL and have none before, nothing else about them is checked. */
typedef struct
{
  guint64       id;
  AqJobParts    parts;

  /* SPEC */
  gint64        created_usec;
  gint64        begin_after_usec;
  const char   *queue;
  const char   *function;
  const char   *arguments_type;
  const char   *submit_key; /* nullable */
  const char   *unique_key; /* nullable */
  const guint8 *arguments;
  guint32       arguments_size;
  guint8        priority;
  guint8        kind;

  /* STATE */
  guint8        state;
  guint8        outcome;
  guint8        flags;
  guint16       interruptions;
  guint32       n_waiting;
  guint32       attempt;
  guint64       lease;
  guint64       order;
  gint64        due_usec;

  /* RUN */
  const char   *agent;      /* nullable */
  gint64        started_usec;
  gint64        ended_usec;
  guint32       worker;
  guint8        is_measured; /* 1: there is usage */
  AqUsage       usage;
  const guint8 *evidence;      /* a{sv} */
  guint32       evidence_size; /* 0: it has none */

  /* RESULT */
  const char   *result_type; /* NULL: there is no result */
  const guint8 *result;
  guint32       result_size;

  /* SETTINGS: a{sv} */
  const guint8 *settings;
  guint32       settings_size; /* 0: it has none */

  /* PAST: as aq_record_get_past_type() says */
  guint8        past_version;  /* 0; 1: AQ_JOB_WITNESSED_PAST_TYPE */
  const guint8 *past;
  guint32       past_size;     /* 0: it has none */

  /* ANNOTATIONS and DATA: a{sv} */
  const guint8 *annotations;
  guint32       annotations_size; /* 0: it has none */
  const guint8 *data;
  guint32       data_size;     /* 0: it has none */
} AqJobRecord;

#define AQ_RECORD_N_PARTS 8

/* A job's record cut into its parts, AQ_JOB_PART_SPEC first: bytes as they are in a record, borrowed. */
typedef struct
{
  guint64       id;
  AqJobParts    parts; /* those that are there */
  const guint8 *bytes[AQ_RECORD_N_PARTS];
  gsize         sizes[AQ_RECORD_N_PARTS];
} AqJobPieces;

typedef struct
{
  guint64     parent;
  guint64     child;
  const char *type; /* nullable */
  guint8      on;
  guint8      role;
} AqEdgeRecord;

typedef struct
{
  const char *name;
  const char *filter;
  char      **queues; /* owned by whoever read the record */
  guint32     size;
  gboolean    removed; /* then there is only the name */
} AqAgentRecord;

typedef struct
{
  guint32       n_ids;
  const guint8 *ids; /* n_ids times u64, read with aq_get_u64() */
} AqRemovedRecord;

typedef struct
{
  AqItemKind    kind;
  const char   *name;
  gboolean      removed;    /* then it has no value */
  const guint8 *value;      /* a{sv} */
  guint32       value_size;
} AqItemRecord;

/* One record as it was read: the strings and bytes are borrowed from what it was read from. */
typedef struct
{
  AqRecordKind kind;
  union
  {
    AqJobRecord     job;
    AqEdgeRecord    edge;
    AqAgentRecord   agent;
    AqCounters      counters;
    AqRemovedRecord removed;
    AqItemRecord    item;
  };
} AqRecord;

void     aq_record_append_transaction (AqBuffer             *buffer,
                                       guint64               sequence,
                                       const AqActor        *actor,
                                       const AqChanges      *changes,
                                       const AqCounters     *counters);
void     aq_record_append_job         (AqBuffer             *buffer,
                                       const AqJob          *job);
void     aq_record_append_edge        (AqBuffer             *buffer,
                                       const AqEdge         *edge);
void     aq_record_append_agent       (AqBuffer             *buffer,
                                       const AqAgent        *agent);
void     aq_record_append_item        (AqBuffer             *buffer,
                                       const AqItemChange   *item);
void     aq_record_append_counters    (AqBuffer             *buffer,
                                       const AqCounters     *counters);

const char *
         aq_record_get_past_type      (const AqJobRecord    *record);
gboolean aq_record_read_transaction   (AqReader             *reader,
                                       AqTransactionRecord  *out_transaction,
                                       AqReader             *out_records,
                                       GError              **error);
gboolean aq_record_read               (AqReader             *records,
                                       AqRecord             *out_record,
                                       GError              **error);
void     aq_record_clear              (AqRecord             *self);

gboolean aq_record_split_job          (const guint8         *record,
                                       gsize                 size,
                                       AqJobPieces          *out_pieces,
                                       GError              **error);
gsize    aq_record_get_joined_size    (const AqJobPieces    *pieces);
void     aq_record_append_joined      (AqBuffer             *buffer,
                                       const AqJobPieces    *pieces);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqRecord, aq_record_clear)

G_END_DECLS
