/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a running job has said
 *
 * Lines that it has told for its log, and what it has printed. Both are kept with
 * the attempt when it ends, so both are bounded, and the newest wins: who asks why
 * a job has failed wants its last words.
 */

#include "config.h"

#include "work/aq-witness.h"

#include <string.h>

#define MAX_LINES 1000
#define MAX_LINES_BYTES (64 * 1024)
#define MAX_OUTPUT_BYTES (8 * 1024)

/* what a line takes beside its text where it is stored */
#define LINE_BYTES 24

typedef struct
{
  gint64  wall_usec;
  guint32 level;
  gsize   size;
  char    text[];
} Line;

struct _AqWitness
{
  GQueue      lines;        /* of Line, owned, oldest first */
  gsize       lines_bytes;
  guint       n_dropped;    /* lines */
  GByteArray *output;       /* the last of it; NULL: none */
  guint64     output_bytes; /* all of it */
};

AqWitness *
aq_witness_new (void)
{
  AqWitness *self = g_new0 (AqWitness, 1);

  g_queue_init (&self->lines);
  return self;
}

void
aq_witness_free (AqWitness *self)
{
  g_queue_clear_full (&self->lines, g_free);
  if (self->output != NULL)
    g_byte_array_unref (self->output);
  g_free (self);
}

static void
drop_oldest_line (AqWitness *self)
{
  g_autofree Line *line = g_queue_pop_head (&self->lines);

  self->lines_bytes -= line->size;
  self->n_dropped++;
}

/**
 * aq_witness_add_line:
 * @self: what a job has said
 * @wall_usec: when
 * @level: 0 (critical) to 4 (debug)
 * @text: UTF-8
 *
 * Keeps a line of its log, and drops the oldest ones that there is no room for.
 */
void
aq_witness_add_line (AqWitness  *self,
                     gint64      wall_usec,
                     guint       level,
                     const char *text)
{
  gsize length = strlen (text);
  Line *line = g_malloc (sizeof *line + length + 1);

  line->wall_usec = wall_usec;
  line->level = level;
  line->size = length + LINE_BYTES;
  memcpy (line->text, text, length + 1);
  g_queue_push_tail (&self->lines, line);
  self->lines_bytes += line->size;
  while (self->lines.length > MAX_LINES || self->lines_bytes > MAX_LINES_BYTES)
    drop_oldest_line (self);
}

/**
 * aq_witness_add_output:
 * @self: what a job has said
 * @data: bytes that it has printed
 * @size: how many
 *
 * Keeps the last of what it has printed.
 */
void
aq_witness_add_output (AqWitness    *self,
                       const guint8 *data,
                       gsize         size)
{
  self->output_bytes += size;
  if (self->output == NULL)
    self->output = g_byte_array_new ();
  if (size > MAX_OUTPUT_BYTES)
    {
      data += size - MAX_OUTPUT_BYTES;
      size = MAX_OUTPUT_BYTES;
    }
  g_byte_array_append (self->output, data, (guint) size);
  /* moved once in a while, and not with every byte */
  if (self->output->len > 2 * MAX_OUTPUT_BYTES)
    g_byte_array_remove_range (self->output, 0, self->output->len - MAX_OUTPUT_BYTES);
}

guint64
aq_witness_get_output_bytes (AqWitness *self)
{
  return self->output_bytes;
}

/**
 * aq_witness_dup_output:
 * @self: what a job has said
 *
 * Returns: (transfer full) (nullable): the last of what it has printed, as UTF-8;
 *   what is none is replaced
 */
char *
aq_witness_dup_output (AqWitness *self)
{
  gsize skipped;
  char *text;
  gsize length;

  if (self->output == NULL)
    return NULL;
  skipped = self->output->len > MAX_OUTPUT_BYTES ? self->output->len - MAX_OUTPUT_BYTES : 0;
  text = g_utf8_make_valid ((const char *) self->output->data + skipped, (gssize) (self->output->len - skipped));
  length = strlen (text);
  if (length > MAX_OUTPUT_BYTES)
    {
      /* what was replaced has grown; never amid a character */
      const char *start = text + length - MAX_OUTPUT_BYTES;

      while ((*start & 0xc0) == 0x80)
        start++;
      memmove (text, start, strlen (start) + 1);
    }
  return text;
}

static GVariant *
lines_value (AqWitness *self)
{
  GVariantBuilder lines;

  g_variant_builder_init (&lines, G_VARIANT_TYPE ("a(xus)"));
  for (GList *l = self->lines.head; l != NULL; l = l->next)
    {
      const Line *line = l->data;

      g_variant_builder_add (&lines, "(xus)", line->wall_usec, line->level, line->text);
    }
  return g_variant_builder_end (&lines);
}

/**
 * aq_witness_tell:
 * @self: (nullable): what a job has said; %NULL: nothing
 * @evidence: gets "log", "log-dropped", "output" and "output-bytes", those that
 *   there is something for
 */
void
aq_witness_tell (AqWitness    *self,
                 GVariantDict *evidence)
{
  g_autofree char *output = NULL;

  if (self == NULL)
    return;
  if (self->lines.length > 0)
    g_variant_dict_insert_value (evidence, "log", lines_value (self));
  if (self->n_dropped > 0)
    g_variant_dict_insert (evidence, "log-dropped", "u", self->n_dropped);
  output = aq_witness_dup_output (self);
  if (output == NULL)
    return;
  g_variant_dict_insert (evidence, "output", "s", output);
  g_variant_dict_insert (evidence, "output-bytes", "t", self->output_bytes);
}
