/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lines of a dump
 *
 * Every line ends with a newline, the last one too: without it the file was cut.
 */

#include "config.h"

#include "store/tool/aq-dump-reader.h"

#include "libasyncq/asyncq-error.h"
#include "store/tool/aq-dump-json.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

/* more than the longest line of a dump: two values of 16 MiB as text, and a million edges on either side */
#define MAX_LINE_BYTES (512 * 1024 * 1024)

/* @path: "-" for stdin */
gboolean
aq_dump_reader_open (AqDumpReader  *self,
                     const char    *path,
                     GError       **error)
{
  gboolean is_stdin = strcmp (path, "-") == 0;
  FILE *file = is_stdin ? stdin : fopen (path, "re");

  if (file == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "could not open '%s': %s", path, g_strerror (errno));
      return FALSE;
    }
  *self = (AqDumpReader) { .name = g_strdup (is_stdin ? "stdin" : path), .file = file };
  return TRUE;
}

/* of the file, in bytes; 0 where it is none */
guint64
aq_dump_reader_get_size (AqDumpReader *self)
{
  struct stat info;

  return fstat (fileno (self->file), &info) == 0 && S_ISREG (info.st_mode) ? (guint64) info.st_size : 0;
}

/* puts file and line before the message */
void
aq_dump_reader_prefix (AqDumpReader  *self,
                       GError       **error)
{
  g_prefix_error (error, "%s:%" G_GUINT64_FORMAT ": ", self->name, self->n_lines);
}

/* a line and its end, if it has one; nothing at the end of the file */
static gboolean
read_line (AqDumpReader  *self,
           GError       **error)
{
  int c = 0;

  self->line.size = 0;
  flockfile (self->file);
  while (c != '\n' && self->line.size < MAX_LINE_BYTES && (c = getc_unlocked (self->file)) != EOF)
    *aq_buffer_extend (&self->line, 1) = (guint8) c;
  funlockfile (self->file);
  if (!ferror (self->file))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "could not read '%s': %s", self->name,
               g_strerror (errno));
  return FALSE;
}

static gboolean
set_invalid (AqDumpReader  *self,
             const char    *what,
             GError       **error)
{
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, what);
  aq_dump_reader_prefix (self, error);
  return FALSE;
}

/**
 * aq_dump_reader_next:
 * @self: a reader
 * @out_node: (transfer full) (nullable): the next line, an object; %NULL at the end
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming file and line; `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_dump_reader_next (AqDumpReader  *self,
                     JsonNode     **out_node,
                     GError       **error)
{
  JsonNode *node;

  *out_node = NULL;
  if (!read_line (self, error))
    return FALSE;
  if (self->line.size == 0)
    return TRUE;
  self->n_lines++;
  if (self->line.data[self->line.size - 1] != '\n')
    return set_invalid (self, self->line.size == MAX_LINE_BYTES ? "the line is too long for a job"
                                                                : "the last line has no end: the dump is cut", error);
  node = aq_dump_json_parse ((const char *) self->line.data, self->line.size - 1, error);
  if (node == NULL)
    {
      aq_dump_reader_prefix (self, error);
      return FALSE;
    }
  *out_node = node;
  return TRUE;
}

void
aq_dump_reader_clear (AqDumpReader *self)
{
  if (self->file != NULL && self->file != stdin)
    (void) fclose (self->file); /* only read */
  self->file = NULL;
  g_clear_pointer (&self->name, g_free);
  aq_buffer_clear (&self->line);
}
