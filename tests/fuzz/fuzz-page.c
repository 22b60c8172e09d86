/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * F3: a page of an image
 *
 * The first byte is the number of the page. A page that can be read is written
 * again, entry by entry, and has to be readable then.
 */

#include "config.h"

#include "fuzz.h"
#include "store/aq-page.h"

/* Returns: whether the whole page makes sense */
static gboolean
read_page (guint64       page,
           const guint8 *content,
           gsize         size,
           AqPageWriter *writer)
{
  g_autoptr(GError) error = NULL;
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found;

  if (!aq_page_reader_init (&reader, page, content, size, &error))
    return FALSE;
  do
    {
      if (!aq_page_reader_next (&reader, &entry, &found, &error))
        return FALSE;
      if (found && writer != NULL)
        aq_page_writer_add (writer, &entry);
    }
  while (found);
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree guint8 *content = NULL;
  AqBuffer buffer = { 0 };
  AqPageWriter writer;

  if (size < 1)
    return 0;
  content = g_memdup2 (data + 1, size - 1);
  aq_page_writer_begin (&writer, data[0], &buffer);
  if (read_page (data[0], content, size - 1, &writer) && aq_page_writer_end (&writer))
    g_assert_true (read_page (data[0], buffer.data, buffer.size, NULL));
  aq_buffer_clear (&buffer);
  return 0;
}
