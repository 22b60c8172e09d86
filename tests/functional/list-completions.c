/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Prints transaction and job of each completion that the journal of a store holds,
 * read by the store's own reader:
 *
 *   list-completions STORE
 *
 * A completion is a record that takes a job into the state "completed"; one that
 * writes a completed job again counts as another. What both images hold already
 * may be gone from the journal, and is left out.
 */

#include "config.h"

#include "libasyncq/asyncq-enums.h"
#include "store/aq-journal-reader.h"
#include "store/aq-record.h"
#include "store/aq-store-directory.h"
#include "store/aq-super.h"

#include <stdio.h>
#include <stdlib.h>

static gboolean
print_completions (AqReader  *records,
                   guint64    sequence,
                   GError   **error)
{
  g_auto(AqRecord) record = { 0 };

  if (!aq_record_read (records, &record, error))
    return FALSE;
  if (record.kind == AQ_RECORD_JOB && (record.job.parts & AQ_JOB_PART_STATE) &&
      record.job.state == ASYNCQ_JOB_STATE_COMPLETED)
    printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", sequence, record.job.id);
  return TRUE;
}

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  AqReader reader = aq_reader_init (content, frame->length);

  for (guint32 i = 0; i < frame->n_transactions; i++)
    {
      AqTransactionRecord transaction;
      AqReader records;

      if (!aq_record_read_transaction (&reader, &transaction, &records, error))
        return FALSE;
      for (guint32 j = 0; j < transaction.n_records; j++)
        if (!print_completions (&records, transaction.sequence, error))
          return FALSE;
    }
  return TRUE;
}

/* behind this the journal is whole: where the older of the images ends; segment 0: nowhere */
static AqJournalPosition
get_start (const AqSuper *super)
{
  const AqImageState *older = NULL;

  for (guint i = 0; i < AQ_N_IMAGES; i++)
    if (super->images[i].whole && (older == NULL || super->images[i].generation < older->generation))
      older = &super->images[i];
  return older != NULL ? older->position : (AqJournalPosition) { 0 };
}

static gboolean
print_all (AqStoreIo         *io,
           AqStoreDirectory  *directory,
           GError           **error)
{
  AqJournalPosition start;
  AqJournalPosition end;
  AqSuper super;

  if (!aq_super_read (io, directory->fd, directory->store_id, &super, error))
    return FALSE;
  start = get_start (&super);
  return aq_journal_read (io, directory->journal_fd, directory->store_id, &start, NULL, on_frame, NULL, &end, error);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GError) error = NULL;
  AqStoreDirectory directory;
  AqStoreIo io;

  if (argc != 2)
    {
      fputs ("usage: list-completions STORE\n", stderr);
      return EXIT_FAILURE;
    }
  aq_store_io_init_system (&io);
  if (!aq_store_directory_open (&directory, &io, argv[1], &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return EXIT_FAILURE;
    }
  if (!print_all (&io, &directory, &error))
    fprintf (stderr, "%s\n", error->message);
  aq_store_directory_clear (&directory);
  return error == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}
