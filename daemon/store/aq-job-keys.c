/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Keys of jobs
 *
 * A key of its own for each, since the job with its string may leave memory. The
 * job in memory knows its key; of one that is away the key is found by the id.
 * Where jobs share a key, the newest one has it.
 */

#include "config.h"

#include "store/aq-job-keys.h"

#include <string.h>

typedef struct
{
  guint64 id;
  char    text[];
} Key;

struct _AqJobKeys
{
  GHashTable *by_text; /* Key.text → Key, owned */
  GHashTable *away;    /* Key.id → Key, not owned */
};

AqJobKeys *
aq_job_keys_new (void)
{
  AqJobKeys *self = g_new0 (AqJobKeys, 1);

  self->by_text = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->away = g_hash_table_new (g_int64_hash, g_int64_equal);
  return self;
}

void
aq_job_keys_free (AqJobKeys *self)
{
  g_hash_table_unref (self->away);
  g_hash_table_unref (self->by_text);
  g_free (self);
}

static void
remove_key (AqJobKeys *self,
            const Key *key)
{
  g_hash_table_remove (self->away, &key->id);
  g_hash_table_remove (self->by_text, key->text);
}

/* Returns: (nullable): the key, if it is this job's */
static Key *
find_key (AqJobKeys  *self,
          const char *text,
          guint64     id)
{
  Key *key = g_hash_table_lookup (self->by_text, text);

  return key != NULL && key->id == id ? key : NULL;
}

/**
 * aq_job_keys_add:
 * @self: keys
 * @text: a key; of the jobs that are added with it the one with the greatest id counts
 * @id: of its job, which is in memory
 *
 * Since: 0.1
 */
void
aq_job_keys_add (AqJobKeys  *self,
                 const char *text,
                 guint64     id)
{
  gsize size = strlen (text) + 1;
  Key *known = g_hash_table_lookup (self->by_text, text);
  Key *key;

  /* images and journal bring them in any order */
  if (known != NULL && known->id > id)
    return;
  if (known != NULL)
    remove_key (self, known);
  key = g_malloc (sizeof (Key) + size);
  key->id = id;
  memcpy (key->text, text, size);
  g_hash_table_insert (self->by_text, key->text, key);
}

guint64
aq_job_keys_get (AqJobKeys  *self,
                 const char *text)
{
  const Key *key = g_hash_table_lookup (self->by_text, text);

  return key != NULL ? key->id : 0;
}

void
aq_job_keys_remove (AqJobKeys  *self,
                    const char *text,
                    guint64     id)
{
  const Key *key = find_key (self, text, id);

  if (key != NULL)
    remove_key (self, key);
}

void
aq_job_keys_send_away (AqJobKeys  *self,
                       const char *text,
                       guint64     id)
{
  Key *key = find_key (self, text, id);

  if (key != NULL)
    g_hash_table_insert (self->away, &key->id, key);
}

void
aq_job_keys_bring_back (AqJobKeys *self,
                        guint64    id)
{
  g_hash_table_remove (self->away, &id);
}

void
aq_job_keys_remove_away (AqJobKeys *self,
                         guint64    id)
{
  const Key *key = g_hash_table_lookup (self->away, &id);

  if (key != NULL)
    remove_key (self, key);
}
