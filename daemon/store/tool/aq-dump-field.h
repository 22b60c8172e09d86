/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/tool/aq-dump-job.h"

G_BEGIN_DECLS

/* What the line of a job consists of: one table, by which it is written and read. */
typedef enum
{
  AQ_DUMP_FIELD_NUMBER,
  AQ_DUMP_FIELD_TEXT,
  AQ_DUMP_FIELD_TIME,
  AQ_DUMP_FIELD_WORD,  /* a number with a name */
  AQ_DUMP_FIELD_FLAGS,
  AQ_DUMP_FIELD_TYPE,  /* of the value that follows */
  AQ_DUMP_FIELD_VALUE,
  AQ_DUMP_FIELD_BYTES, /* the value, where text will not do */
  AQ_DUMP_FIELD_EDGES
} AqDumpFieldKind;

typedef enum
{
  AQ_DUMP_FIELD_OPTIONAL,
  AQ_DUMP_FIELD_REQUIRED
} AqDumpFieldPresence;

typedef const char *(*AqDumpWordFunc) (guint number);

typedef struct
{
  const char    *name;
  AqDumpFieldKind      kind;
  AqDumpFieldPresence  presence;
  gsize          offset; /* in AqDumpJob */
  gsize          width;  /* of a number, in bytes */
  AqDumpWordFunc       word;   /* of a AQ_DUMP_FIELD_WORD: the name of a number, or NULL beyond the last */
  gsize          size_offset; /* of a AQ_DUMP_FIELD_VALUE */
  gsize          type_offset; /* likewise */
} AqDumpField;

#define AQ_N_DUMP_FIELDS 48

extern const AqDumpField aq_dump_fields[];

/* members of a job, by the table */
guint64       aq_dump_field_get_number   (const AqDumpJob   *self,
                                          const AqDumpField *field);
void          aq_dump_field_set_number   (AqDumpJob         *self,
                                          const AqDumpField *field,
                                          guint64            number);
guint64       aq_dump_field_max_number   (const AqDumpField *field);
const char   *aq_dump_field_get_text     (const AqDumpJob   *self,
                                          gsize              offset);
void          aq_dump_field_set_text     (AqDumpJob         *self,
                                          gsize              offset,
                                          const char        *text);
const GArray *aq_dump_field_get_edges    (const AqDumpJob   *self,
                                          const AqDumpField *field);

/* names of numbers; NULL beyond the last */
const char   *aq_dump_on_word            (guint              number);
const char   *aq_dump_role_word          (guint              number);
const char   *aq_dump_flag_word          (guint              number);

gboolean      aq_dump_is_type            (const char        *type);
GBytes       *aq_dump_swap_if_big_endian (const char        *type,
                                          GBytes            *bytes);
gboolean      aq_dump_set_invalid        (GError           **error,
                                          const char        *format,
                                          ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
