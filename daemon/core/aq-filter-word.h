/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One word of a filter: "queue:mail", "-tag:\"two words\"", or "mail.*", which has no key. */
typedef struct
{
  char     *text;   /* owned: as it is written */
  char     *key;    /* owned, nullable */
  char     *value;  /* owned: without its quotes */
  gboolean  is_negated;
  guint     place;  /* of its first character in the filter, counted from 1 */
  guint     value_place;
} AqFilterWord;

/* where the next word is looked for */
typedef struct
{
  const char *at;    /* borrowed: UTF-8 */
  guint       place; /* of that character */
} AqFilterReader;

gboolean aq_filter_reader_skip (AqFilterReader  *self);
gboolean aq_filter_reader_read (AqFilterReader  *self,
                                AqFilterWord    *out_word,
                                GError         **error);
void     aq_filter_word_clear  (AqFilterWord    *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqFilterWord, aq_filter_word_clear)

G_END_DECLS
