/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Snapshot
 *
 * The pages of one whole image, each merged on its way out with what the journal
 * has behind the image. Every value of the image is read and checked before the
 * first page is handed out, and so is the journal: what comes out is whole, or
 * nothing does. In memory are the journal behind the image, by job, and 8 bytes
 * for each page of 32 jobs.
 */

#include "config.h"

#include "store/tool/aq-snapshot.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-fold.h"
#include "store/aq-journal-reader.h"

struct _AqSnapshot
{
  AqStoreIo              *io;        /* borrowed */
  const AqStoreDirectory *directory; /* borrowed */
  AqMeter                *meter;     /* borrowed, while it is made */
  AqImage                *image;     /* owned; NULL: all of it is in the journal */
  AqFold                 *fold;      /* owned */
  AqJournalPosition       end;
  GArray                 *pages;     /* of guint64, ascending; owned */
  GHashTable             *agents;    /* name → GBytes, its record; owned */
  GPtrArray              *items;     /* of AqFoldItem, by kind and name; owned */
  AqBuffer                counters;  /* record; empty: there is none */
  AqBuffer                before;    /* a page of the image, used again and again */
};

void
aq_snapshot_free (AqSnapshot *self)
{
  g_clear_pointer (&self->image, aq_image_free);
  g_clear_pointer (&self->fold, aq_fold_free);
  g_array_unref (self->pages);
  g_hash_table_unref (self->agents);
  g_ptr_array_unref (self->items);
  aq_buffer_clear (&self->counters);
  aq_buffer_clear (&self->before);
  g_free (self);
}

static AqSnapshot *
snapshot_alloc (const AqSnapshotSource *source)
{
  AqSnapshot *self = g_new0 (AqSnapshot, 1);

  self->io = source->io;
  self->directory = source->directory;
  self->meter = source->meter;
  self->fold = aq_fold_new ();
  self->pages = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->agents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_fold_item_free);
  return self;
}

/* the image */

static gboolean
keep_settings (AqSnapshot    *self,
               const guint8  *bytes,
               gsize          size,
               GError       **error)
{
  AqReader reader = aq_reader_init (bytes, size);
  g_auto(AqRecord) record = { 0 };

  if (!aq_record_read (&reader, &record, error))
    return FALSE;
  if (record.kind == AQ_RECORD_AGENT)
    {
      g_hash_table_replace (self->agents, g_strdup (record.agent.name), g_bytes_new (bytes, size));
    }
  else if (record.kind == AQ_RECORD_COUNTERS)
    {
      self->counters.size = 0;
      memcpy (aq_buffer_extend (&self->counters, size), bytes, size);
    }
  else if (record.kind == AQ_RECORD_ITEM && !record.item.removed)
    g_ptr_array_add (self->items, aq_fold_item_new (record.item.kind, record.item.name, g_bytes_new (bytes, size)));
  return TRUE;
}

static gboolean
on_value (AqImageKey     kind,
          guint64        page,
          const guint8  *content,
          gsize          size,
          gpointer       user_data,
          GError       **error)
{
  AqSnapshot *self = user_data;

  aq_meter_advance (self->meter, 1);
  if (kind != AQ_IMAGE_KEY_PAGE)
    return keep_settings (self, content, size, error);
  g_array_append_val (self->pages, page);
  return TRUE;
}

static gboolean
read_image (AqSnapshot          *self,
            AqImageLetter        letter,
            const AqImageState  *state,
            GError             **error)
{
  g_autofree char *what = g_strdup_printf ("image %s", aq_image_get_name (letter));
  gboolean ok;

  self->image = aq_image_open (self->io, self->directory->fd, self->directory->store_id, letter, state, FALSE, error);
  if (self->image == NULL)
    return FALSE;
  aq_meter_begin (self->meter, what, state->n_values);
  ok = aq_image_read_all (self->image, on_value, self, error);
  aq_meter_end (self->meter);
  return ok;
}

/* the journal behind it */

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  AqSnapshot *self = user_data;

  aq_meter_advance (self->meter, frame->length);
  return aq_fold_add_frame (self->fold, frame, content, error);
}

static gboolean
read_journal (AqSnapshot               *self,
              const AqSnapshotSource   *source,
              const AqJournalPosition  *from,
              GError                  **error)
{
  const AqJournalPosition *tail = source->super->has_tail ? &source->super->tail : NULL;
  gboolean ok;

  aq_meter_begin (self->meter, "journal", 0);
  if (source->until == NULL)
    ok = aq_journal_read (self->io, self->directory->journal_fd, self->directory->store_id, from, tail, on_frame,
                          self, &self->end, error);
  else
    {
      self->end = *source->until;
      ok = aq_journal_read_range (self->io, self->directory->journal_fd, self->directory->store_id, from,
                                  source->until, on_frame, self, error);
    }
  aq_meter_end (self->meter);
  return ok;
}

static int
compare_numbers (gconstpointer a,
                 gconstpointer b)
{
  guint64 left = *(const guint64 *) a;
  guint64 right = *(const guint64 *) b;

  return left < right ? -1 : left > right;
}

/* pages of the image and of the journal, each once */
static void
join_pages (AqSnapshot *self)
{
  g_autoptr(GArray) changed = aq_fold_list_pages (self->fold);
  guint n = 0;

  g_array_append_vals (self->pages, changed->data, changed->len);
  g_array_sort (self->pages, compare_numbers);
  for (guint i = 0; i < self->pages->len; i++)
    {
      guint64 page = g_array_index (self->pages, guint64, i);

      if (n == 0 || g_array_index (self->pages, guint64, n - 1) != page)
        g_array_index (self->pages, guint64, n++) = page;
    }
  g_array_set_size (self->pages, n);
}

static int
compare_items (gconstpointer a,
               gconstpointer b)
{
  const AqFoldItem *left = *(const AqFoldItem *const *) a;
  const AqFoldItem *right = *(const AqFoldItem *const *) b;

  return left->kind != right->kind ? (int) left->kind - (int) right->kind : strcmp (left->name, right->name);
}

/* what the journal says of an item takes the place of what the image says; sorting leaves it behind that */
static void
join_items (AqSnapshot *self)
{
  GPtrArray *changed = aq_fold_get_items (self->fold);
  g_autoptr(GPtrArray) all = g_ptr_array_new ();
  GPtrArray *kept = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_fold_item_free);

  g_ptr_array_extend (all, self->items, NULL, NULL);
  g_ptr_array_extend (all, changed, NULL, NULL);
  g_ptr_array_sort (all, compare_items);
  for (guint i = 0; i < all->len; i++)
    {
      const AqFoldItem *item = g_ptr_array_index (all, i);

      if (item->record == NULL ||
          (i + 1 < all->len && compare_items (&all->pdata[i], &all->pdata[i + 1]) == 0))
        continue;
      g_ptr_array_add (kept, aq_fold_item_new (item->kind, item->name, g_bytes_ref (item->record)));
    }
  g_ptr_array_unref (self->items);
  self->items = kept;
}

static gboolean
join_settings (AqSnapshot  *self,
               GError     **error)
{
  GPtrArray *agents = aq_fold_get_agents (self->fold);
  GBytes *counters = aq_fold_get_counters (self->fold);

  for (guint i = 0; i < agents->len; i++)
    {
      const AqFoldAgent *agent = g_ptr_array_index (agents, i);

      if (agent->record == NULL)
        (void) g_hash_table_remove (self->agents, agent->name);
      else if (!keep_settings (self, g_bytes_get_data (agent->record, NULL), g_bytes_get_size (agent->record), error))
        return FALSE;
    }
  join_items (self);
  return counters == NULL ||
         keep_settings (self, g_bytes_get_data (counters, NULL), g_bytes_get_size (counters), error);
}

/* @state: NULL for no image */
static AqSnapshot *
snapshot_read (const AqSnapshotSource  *source,
               AqImageLetter            letter,
               const AqImageState      *state,
               GError                 **error)
{
  g_autoptr(AqSnapshot) self = snapshot_alloc (source);

  if (state != NULL && !read_image (self, letter, state, error))
    return NULL;
  if (!read_journal (self, source, state != NULL ? &state->position : NULL, error))
    return NULL;
  join_pages (self);
  if (!join_settings (self, error))
    return NULL;
  self->meter = NULL;
  return g_steal_pointer (&self);
}

/**
 * aq_snapshot_new_of_image:
 * @source: where from
 * @letter: which image to begin with
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file and place, also where the image
 * is not whole; what else reading a file may give.
 *
 * Returns: (transfer full): a snapshot, or %NULL with @error set
 */
AqSnapshot *
aq_snapshot_new_of_image (const AqSnapshotSource  *source,
                          AqImageLetter            letter,
                          GError                 **error)
{
  const AqImageState *state = &source->super->images[letter];

  if (state->whole)
    return snapshot_read (source, letter, state, error);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT, "image %s is not whole", aq_image_get_name (letter));
  return NULL;
}

/* the newer first */
static guint
order_images (const AqSuper *super,
              AqImageLetter  out_letters[AQ_N_IMAGES])
{
  const AqImageState *a = &super->images[AQ_IMAGE_A];
  const AqImageState *b = &super->images[AQ_IMAGE_B];
  gboolean b_first = b->whole && (!a->whole || b->generation > a->generation);
  guint n = 0;

  for (guint i = 0; i < AQ_N_IMAGES; i++)
    {
      AqImageLetter letter = (i == 0) == b_first ? AQ_IMAGE_B : AQ_IMAGE_A;

      if (super->images[letter].whole)
        out_letters[n++] = letter;
    }
  return n;
}

/**
 * aq_snapshot_new:
 * @source: where from
 * @error: return location for an error
 *
 * Takes the newest whole image; where that is damaged, and a line on stderr says
 * so, the older one; where there is none, the whole journal.
 *
 * Errors: as aq_snapshot_new_of_image()
 *
 * Returns: (transfer full): a snapshot, or %NULL with @error set
 */
AqSnapshot *
aq_snapshot_new (const AqSnapshotSource  *source,
                 GError                 **error)
{
  AqImageLetter letters[AQ_N_IMAGES];
  guint n_images = order_images (source->super, letters);
  g_autoptr(GError) damage = NULL;

  for (guint i = 0; i < n_images; i++)
    {
      g_autoptr(GError) reason = NULL;
      AqSnapshot *self = snapshot_read (source, letters[i], &source->super->images[letters[i]], &reason);

      if (self != NULL)
        {
          if (damage != NULL)
            g_printerr ("asyncq-store: %s; image %s is used instead\n", damage->message,
                        aq_image_get_name (letters[i]));
          return self;
        }
      if (!g_error_matches (reason, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT))
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return NULL;
        }
      if (damage == NULL)
        damage = g_steal_pointer (&reason);
    }
  if (damage == NULL)
    return snapshot_read (source, AQ_IMAGE_A, NULL, error);

  /* what an image cannot tell any more the journal can, if all of it is still there */
  {
    AqSnapshot *self = snapshot_read (source, AQ_IMAGE_A, NULL, NULL);

    if (self == NULL)
      g_propagate_error (error, g_steal_pointer (&damage));
    else
      g_printerr ("asyncq-store: %s; the journal is used instead\n", damage->message);
    return self;
  }
}

const AqJournalPosition *
aq_snapshot_get_end (AqSnapshot *self)
{
  return &self->end;
}

/* of guint64, ascending: those that may have jobs */
GArray *
aq_snapshot_get_pages (AqSnapshot *self)
{
  return self->pages;
}

/* @out_content: emptied first; stays empty where the page has no job */
gboolean
aq_snapshot_read_page (AqSnapshot  *self,
                       guint64      page,
                       AqBuffer    *out_content,
                       GError     **error)
{
  gboolean found;

  self->before.size = out_content->size = 0;
  if (self->image != NULL && !aq_image_read_page (self->image, page, &self->before, &found, error))
    return FALSE;
  return aq_fold_merge_page (self->fold, page, self->before.data, self->before.size, out_content, error);
}

static gboolean
foreach_in_page (guint64          page,
                 const AqBuffer  *content,
                 AqSnapshotFunc   func,
                 gpointer         user_data,
                 GError         **error)
{
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found = TRUE;

  if (!aq_page_reader_init (&reader, page, content->data, content->size, error))
    return FALSE;
  while (content->size > 0 && found)
    if (!aq_page_reader_next (&reader, &entry, &found, error) || (found && !func (&entry, user_data, error)))
      return FALSE;
  return TRUE;
}

/**
 * aq_snapshot_foreach:
 * @self: a snapshot
 * @func: called with each job, in order of id
 * @user_data: for @func
 * @meter: shows progress, if it was begun with the number of pages
 * @error: return location for an error
 *
 * Errors: as aq_snapshot_new(), and what @func returns
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_snapshot_foreach (AqSnapshot      *self,
                     AqSnapshotFunc   func,
                     gpointer         user_data,
                     AqMeter         *meter,
                     GError         **error)
{
  g_auto(AqBuffer) content = { 0 };

  for (guint i = 0; i < self->pages->len; i++)
    {
      guint64 page = g_array_index (self->pages, guint64, i);

      aq_meter_advance (meter, 1);
      if (!aq_snapshot_read_page (self, page, &content, error) ||
          !foreach_in_page (page, &content, func, user_data, error))
        return FALSE;
    }
  return TRUE;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Returns: (transfer full) (element-type GBytes): their records, by name */
GPtrArray *
aq_snapshot_get_agents (AqSnapshot *self)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->agents);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add (records, g_bytes_ref (g_hash_table_lookup (self->agents, g_ptr_array_index (names, i))));
  return records;
}

GPtrArray *
aq_snapshot_get_items (AqSnapshot *self)
{
  return self->items;
}

/* Returns: whether there are any */
gboolean
aq_snapshot_get_counters (AqSnapshot *self,
                          AqCounters *out_counters)
{
  AqReader reader = aq_reader_init (self->counters.data, self->counters.size);
  g_auto(AqRecord) record = { 0 };

  if (self->counters.size == 0 || !aq_record_read (&reader, &record, NULL))
    return FALSE;
  *out_counters = record.counters;
  return TRUE;
}
