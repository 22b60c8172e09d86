/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * repair: what is whole of a damaged store, in a new one
 *
 * An image that is good is taken as it is. Where none is, each page is looked for
 * in both, and of each job the newest is taken. Then comes what the journal still
 * has. What cannot be saved is listed on stderr and in the new store's repair.txt:
 * gaps of the journal, pages that cannot be read, jobs whose beginning is lost. The
 * damaged store is only read.
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "libasyncq/asyncq-error.h"
#include "store/tool/aq-journal-salvage.h"
#include "store/tool/aq-store-builder.h"
#include "store/tool/aq-store-check.h"

#include <string.h>

#define REPORT_NAME "repair.txt"

typedef struct
{
  AqStoreTool    *tool;
  AqImage        *images[AQ_N_IMAGES]; /* owned, nullable: to look for pages in */
  gboolean        is_good;             /* images[0] is whole and checked, and the only one */
  AqFold         *fold;                /* owned */
  GArray         *pages;               /* of guint64, owned: of the good image */
  GHashTable     *agents;              /* name → GBytes; owned */
  GPtrArray      *items;               /* of AqFoldItem, owned: of the good image, then of the journal */
  AqCounters      counters;            /* the greatest that were found */
  guint64         last_page;           /* that is looked for */
  guint64         next_sequence;       /* of the good image, 0: there is none */
  GArray         *misfits;             /* of guint64, owned */
  GPtrArray      *losses;              /* of char*, owned */
  AqStoreBuilder  builder;
} Repair;

static void
repair_clear (Repair *self)
{
  for (guint i = 0; i < AQ_N_IMAGES; i++)
    g_clear_pointer (&self->images[i], aq_image_free);
  aq_fold_free (self->fold);
  g_array_unref (self->pages);
  g_hash_table_unref (self->agents);
  g_ptr_array_unref (self->items);
  g_array_unref (self->misfits);
  g_ptr_array_unref (self->losses);
  aq_store_builder_clear (&self->builder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Repair, repair_clear)

static void
repair_init (Repair      *self,
             AqStoreTool *tool)
{
  *self = (Repair) {
    .tool = tool,
    .fold = aq_fold_new (),
    .pages = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .agents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref),
    .items = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_fold_item_free),
    .misfits = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .losses = g_ptr_array_new_with_free_func (g_free),
    .builder = { .directory = { .fd = -1, .journal_fd = -1 } },
  };
  aq_fold_set_misfits (self->fold, self->misfits);
}

static void
note_loss (Repair       *self,
           const GError *reason)
{
  g_ptr_array_add (self->losses, g_strdup (reason->message));
}

/* the damaged store */

/* also without its `format` and its `super`, if the journal says which store it is */
static gboolean
open_store (Repair  *self,
            GError **error)
{
  static const guint8 unknown[AQ_STORE_ID_SIZE];
  AqStoreTool *tool = self->tool;
  AqStoreDirectory *directory = &tool->directory;
  g_autoptr(GError) reason = NULL;

  if (!aq_store_directory_open_existing (directory, &tool->io, tool->path, AQ_STORE_ACCESS_DAMAGED, error))
    {
      g_prefix_error (error, "could not open store '%s': ", tool->path);
      return FALSE;
    }
  if (memcmp (directory->store_id, unknown, sizeof unknown) == 0)
    {
      g_ptr_array_add (self->losses, g_strdup ("the store's 'format' cannot be read"));
      if (directory->journal_fd < 0 ||
          !aq_journal_salvage_find_id (&tool->io, directory, directory->store_id))
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FOREIGN,
                       "'%s' has nothing in it that tells which store it is", tool->path);
          return FALSE;
        }
    }
  if (!aq_super_read (&tool->io, directory->fd, directory->store_id, &tool->super, &reason))
    {
      tool->super = (AqSuper) { 0 };
      note_loss (self, reason);
    }
  return TRUE;
}

static void
raise_counters (Repair           *self,
                const AqCounters *counters)
{
  self->counters.next_id = MAX (self->counters.next_id, counters->next_id);
  self->counters.next_order = MAX (self->counters.next_order, counters->next_order);
  self->counters.next_lease = MAX (self->counters.next_lease, counters->next_lease);
  self->counters.last_due_usec = MAX (self->counters.last_due_usec, counters->last_due_usec);
  self->counters.steady_ahead_usec = counters->steady_ahead_usec;
}

static void
keep_setting (Repair       *self,
              const guint8 *bytes,
              gsize         size)
{
  AqReader reader = aq_reader_init (bytes, size);
  g_auto(AqRecord) record = { 0 };

  if (!aq_record_read (&reader, &record, NULL))
    return;
  if (record.kind == AQ_RECORD_AGENT)
    g_hash_table_replace (self->agents, g_strdup (record.agent.name), g_bytes_new (bytes, size));
  else if (record.kind == AQ_RECORD_ITEM)
    g_ptr_array_add (self->items, aq_fold_item_new (record.item.kind, record.item.name, g_bytes_new (bytes, size)));
  else if (record.kind == AQ_RECORD_COUNTERS)
    raise_counters (self, &record.counters);
}

/* images */

static gboolean
on_value (AqImageKey     kind,
          guint64        page,
          const guint8  *content,
          gsize          size,
          gpointer       user_data,
          GError       **error)
{
  Repair *self = user_data;

  aq_meter_advance (self->tool->meter, 1);
  if (kind == AQ_IMAGE_KEY_PAGE)
    g_array_append_val (self->pages, page);
  else
    keep_setting (self, content, size);
  return TRUE;
}

/* Returns: whether all of it is as it was written */
static gboolean
try_image (Repair        *self,
           AqImageLetter  letter)
{
  AqStoreTool *tool = self->tool;
  const AqImageState *state = &tool->super.images[letter];
  g_autoptr(GError) reason = NULL;
  gboolean ok;

  if (!state->whole)
    return FALSE;
  g_array_set_size (self->pages, 0);
  self->images[0] = aq_image_open (&tool->io, tool->directory.fd, tool->directory.store_id, letter, state, FALSE,
                                   &reason);
  aq_meter_begin (tool->meter, aq_image_get_name (letter), state->n_values);
  ok = self->images[0] != NULL && aq_image_read_all (self->images[0], on_value, self, &reason);
  aq_meter_end (tool->meter);
  if (ok)
    {
      self->is_good = TRUE;
      self->next_sequence = state->position.next_sequence;
      return TRUE;
    }
  g_clear_pointer (&self->images[0], aq_image_free);
  note_loss (self, reason);
  return FALSE;
}

/* where none is good each may have pages */
static void
open_images (Repair *self)
{
  AqStoreTool *tool = self->tool;
  const AqImageState *newest = aq_super_get_newest (&tool->super);
  AqImageLetter first = newest == &tool->super.images[AQ_IMAGE_B] ? AQ_IMAGE_B : AQ_IMAGE_A;

  if (try_image (self, first) || try_image (self, first == AQ_IMAGE_A ? AQ_IMAGE_B : AQ_IMAGE_A))
    return;
  for (guint i = 0; i < AQ_N_IMAGES; i++)
    self->images[i] = aq_image_open (&tool->io, tool->directory.fd, tool->directory.store_id, i, NULL, FALSE, NULL);
}

/* the journal */

static gboolean
salvage_journal (Repair  *self,
                 GError **error)
{
  AqStoreTool *tool = self->tool;
  AqJournalSalvage salvage = {
    .io = &tool->io,
    .directory = &tool->directory,
    .fold = self->fold,
    .meter = tool->meter,
    .losses = self->losses,
    .next_sequence = self->next_sequence,
  };
  GPtrArray *agents;
  GBytes *counters;

  if (tool->directory.journal_fd < 0)
    g_ptr_array_add (self->losses, g_strdup ("the journal is missing"));
  else if (!aq_journal_salvage_run (&salvage, error))
    return FALSE;
  if (tool->super.has_tail && tool->super.tail.next_sequence > MAX (salvage.next_sequence, 1))
    g_ptr_array_add (self->losses,
                     g_strdup_printf ("sequences %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                                      ": the end of the journal; jobs that were changed there may be older than they "
                                      "were", MAX (salvage.next_sequence, 1), tool->super.tail.next_sequence - 1));
  agents = aq_fold_get_agents (self->fold);
  for (guint i = 0; i < agents->len; i++)
    {
      const AqFoldAgent *agent = g_ptr_array_index (agents, i);

      if (agent->record == NULL)
        (void) g_hash_table_remove (self->agents, agent->name);
      else
        keep_setting (self, g_bytes_get_data (agent->record, NULL), g_bytes_get_size (agent->record));
    }
  counters = aq_fold_get_counters (self->fold);
  if (counters != NULL)
    keep_setting (self, g_bytes_get_data (counters, NULL), g_bytes_get_size (counters));
  self->builder.last_sequence = MAX (salvage.next_sequence, 1) - 1;
  return TRUE;
}

/* jobs */

/* what one page of one image says; nothing where it cannot be read */
static void
read_entries (Repair      *self,
              AqImage     *image,
              guint64      page,
              AqBuffer    *content,
              AqPageEntry  entries[AQ_PAGE_JOBS],
              gboolean     has[AQ_PAGE_JOBS])
{
  g_autoptr(GError) reason = NULL;
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found = FALSE;

  content->size = 0;
  if (aq_image_read_page (image, page, content, &found, &reason) && found &&
      aq_page_reader_init (&reader, page, content->data, content->size, &reason))
    while (aq_page_reader_next (&reader, &entry, &found, &reason) && found)
      {
        guint i = entry.id & (AQ_PAGE_JOBS - 1);

        if (has[i] && entries[i].sequence >= entry.sequence)
          continue;
        entries[i] = entry;
        has[i] = TRUE;
      }
  if (reason != NULL)
    note_loss (self, reason);
}

/* of each job the newest that an image has; Returns: whether there is one */
static gboolean
gather_page (Repair   *self,
             guint64   page,
             AqBuffer  contents[AQ_N_IMAGES],
             AqBuffer *out_content)
{
  AqPageEntry entries[AQ_PAGE_JOBS];
  gboolean has[AQ_PAGE_JOBS] = { FALSE };
  AqPageWriter writer;

  out_content->size = 0;
  for (guint i = 0; i < AQ_N_IMAGES; i++)
    if (self->images[i] != NULL)
      read_entries (self, self->images[i], page, &contents[i], entries, has);
  aq_page_writer_begin (&writer, page, out_content);
  for (guint i = 0; i < AQ_PAGE_JOBS; i++)
    if (has[i])
      aq_page_writer_add (&writer, &entries[i]);
  return aq_page_writer_end (&writer);
}

static gboolean
add_page (Repair    *self,
          guint64    page,
          AqBuffer  *before,
          AqBuffer  *after,
          GError   **error)
{
  AqPageReader reader;
  AqPageEntry entry;
  gboolean found = TRUE;

  if (!aq_fold_merge_page (self->fold, page, before->data, before->size, after, error) ||
      !aq_page_reader_init (&reader, page, after->data, after->size, error))
    return FALSE;
  while (after->size > 0 && found)
    if (!aq_page_reader_next (&reader, &entry, &found, error) ||
        (found && !aq_store_builder_add (&self->builder, &entry, error)))
      return FALSE;
  return TRUE;
}

static int
compare_numbers (gconstpointer a,
                 gconstpointer b)
{
  guint64 left = *(const guint64 *) a;
  guint64 right = *(const guint64 *) b;

  return left < right ? -1 : left > right;
}

/* those of the good image, or all that there can be, and those that the journal changes */
static void
list_pages (Repair *self)
{
  g_autoptr(GArray) changed = aq_fold_list_pages (self->fold);
  guint64 end = self->is_good || self->counters.next_id == 0 ? 0 : aq_page_of (self->counters.next_id - 1) + 1;

  if (!self->is_good)
    g_array_set_size (self->pages, 0);
  for (guint64 page = 0; page < end; page++)
    g_array_append_val (self->pages, page);
  g_array_append_vals (self->pages, changed->data, changed->len);
  g_array_sort (self->pages, compare_numbers);
}

static gboolean
save_jobs (Repair  *self,
           GError **error)
{
  AqBuffer contents[AQ_N_IMAGES] = { { 0 }, { 0 } };
  g_auto(AqBuffer) before = { 0 };
  g_auto(AqBuffer) after = { 0 };
  gboolean ok = TRUE;

  list_pages (self);
  aq_meter_begin (self->tool->meter, "saving jobs", self->pages->len);
  for (guint i = 0; ok && i < self->pages->len; i++)
    {
      guint64 page = g_array_index (self->pages, guint64, i);

      aq_meter_advance (self->tool->meter, 1);
      if (i > 0 && g_array_index (self->pages, guint64, i - 1) == page)
        continue;
      (void) gather_page (self, page, contents, &before); /* the journal may have it all */
      ok = add_page (self, page, &before, &after, error);
    }
  aq_meter_end (self->tool->meter);
  for (guint i = 0; i < AQ_N_IMAGES; i++)
    aq_buffer_clear (&contents[i]);
  return ok;
}

/* later ones take the place of earlier ones */
static gboolean
save_items (Repair     *self,
            GPtrArray  *items,
            GError    **error)
{
  for (guint i = 0; i < items->len; i++)
    {
      const AqFoldItem *item = g_ptr_array_index (items, i);
      gsize size = 0;
      gconstpointer record = item->record != NULL ? g_bytes_get_data (item->record, &size) : NULL;

      if (!aq_store_builder_add_item (&self->builder, item->kind, item->name, record, size, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
save_settings (Repair  *self,
               GError **error)
{
  GHashTableIter iter;
  gpointer name;
  gpointer record;

  g_hash_table_iter_init (&iter, self->agents);
  while (g_hash_table_iter_next (&iter, &name, &record))
    if (!aq_store_builder_add_agent (&self->builder, name, g_bytes_get_data (record, NULL), g_bytes_get_size (record),
                                     error))
      return FALSE;
  if (!save_items (self, self->items, error) || !save_items (self, aq_fold_get_items (self->fold), error))
    return FALSE;
  self->builder.counters.steady_ahead_usec = self->counters.steady_ahead_usec;
  self->builder.counters.next_id = MAX (self->builder.counters.next_id, self->counters.next_id);
  self->builder.counters.next_order = MAX (self->builder.counters.next_order, self->counters.next_order);
  self->builder.counters.next_lease = MAX (self->builder.counters.next_lease, self->counters.next_lease);
  self->builder.counters.last_due_usec = MAX (self->builder.counters.last_due_usec, self->counters.last_due_usec);
  return TRUE;
}

/* the report */

/* "job 7", "jobs 9 to 12" */
static void
append_misfits (Repair  *self,
                GString *text)
{
  g_array_sort (self->misfits, compare_numbers);
  for (guint i = 0; i < self->misfits->len;)
    {
      guint64 first = g_array_index (self->misfits, guint64, i);
      guint64 last = first;

      while (++i < self->misfits->len && g_array_index (self->misfits, guint64, i) <= last + 1)
        last = g_array_index (self->misfits, guint64, i);
      if (first == last)
        g_string_append_printf (text, "job %" G_GUINT64_FORMAT, first);
      else
        g_string_append_printf (text, "jobs %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, first, last);
      g_string_append (text, ": changes are there that do not fit what is left\n");
    }
}

static char *
dup_report (Repair       *self,
            const GError *misfit)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->losses->len; i++)
    g_string_append_printf (text, "%s\n", (const char *) g_ptr_array_index (self->losses, i));
  append_misfits (self, text);
  if (misfit != NULL)
    g_string_append_printf (text, "what was saved does not fit together: %s\n", misfit->message);
  if (text->len == 0)
    g_string_append (text, "nothing is lost\n");
  return g_string_free (text, FALSE);
}

static gboolean
write_report (Repair      *self,
              const char  *text,
              GError     **error)
{
  g_autofree char *path = g_build_filename (self->builder.draft.path, REPORT_NAME, NULL);
  g_autoptr(GError) reason = NULL;

  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &reason))
    return TRUE;
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, reason->message);
  return FALSE;
}

static gboolean
build (Repair  *self,
       GError **error)
{
  guint64 last_sequence;

  if (!aq_store_builder_begin (&self->builder, &self->tool->io, self->tool->other, NULL, error) ||
      !salvage_journal (self, error))
    return FALSE;
  last_sequence = self->builder.last_sequence;
  if (!save_jobs (self, error) || !save_settings (self, error))
    return FALSE;
  self->builder.last_sequence = MAX (self->builder.last_sequence, last_sequence);
  return aq_store_builder_finish (&self->builder, error);
}

gboolean
aq_tool_repair (AqStoreTool  *self,
                GError      **error)
{
  g_auto(Repair) repair = { 0 };
  g_autoptr(GError) misfit = NULL;
  g_autofree char *text = NULL;
  AqStoreReport report;

  repair_init (&repair, self);
  if (!aq_store_tool_check_new (self->other, error) || !open_store (&repair, error))
    return FALSE;
  open_images (&repair);
  if (!build (&repair, error))
    return FALSE;
  (void) aq_store_check_path (&self->io, repair.builder.draft.path, self->meter, &report, &misfit);
  text = dup_report (&repair, misfit);
  if (!write_report (&repair, text, error) || !aq_directory_draft_commit (&repair.builder.draft, error))
    return FALSE;
  g_printerr ("%s", text);
  aq_store_tool_say (self, "saved %" G_GUINT64_FORMAT " jobs to '%s'; what is lost is in its " REPORT_NAME,
                     repair.builder.n_jobs, self->other);
  return TRUE;
}
