/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The tail of the journal
 *
 * Nothing in a journal can say that its end is missing, so a position that it has
 * reached stands in `super`, in two slots in turn: the older one holds until the
 * newer one is flushed.
 */

#include "config.h"

#include "store/aq-journal-tail.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-super.h"

#include <unistd.h>

/* @counter: of the newest tail in `super`, 0 if there is none */
void
aq_journal_tail_init (AqJournalTail *self,
                      AqStoreIo     *io,
                      int            directory_fd,
                      const guint8   store_id[AQ_STORE_ID_SIZE],
                      guint64        counter)
{
  *self = (AqJournalTail) { .io = io, .directory_fd = directory_fd, .fd = -1, .counter = counter };
  memcpy (self->store_id, store_id, AQ_STORE_ID_SIZE);
}

void
aq_journal_tail_clear (AqJournalTail *self)
{
  if (self->fd >= 0)
    (void) close (self->fd); /* flushed, or given up */
  self->fd = -1;
}

/* the counter rises with success only: a slot that may be torn is the next one to be written */
static gboolean
write_once (AqJournalTail            *self,
            const AqJournalPosition  *position,
            GError                  **error)
{
  if (self->fd < 0)
    self->fd = aq_super_open (self->io, self->directory_fd, error);
  if (self->fd < 0)
    return FALSE;
  if (aq_super_write_tail (self->io, self->fd, self->store_id, self->counter + 1, position, error))
    {
      self->counter++;
      return TRUE;
    }
  aq_journal_tail_clear (self);
  return FALSE;
}

/**
 * aq_journal_tail_write:
 * @self: a tail
 * @position: behind a frame that is flushed
 * @clean: whether nothing was written behind it, so that it may be gone on there
 * @error: return location for an error
 *
 * Writes and flushes, and once more through a new descriptor if that fails.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_STORE_FAILED`; then the one
 * before it still counts.
 *
 * Returns: whether it is flushed
 */
gboolean
aq_journal_tail_write (AqJournalTail            *self,
                       const AqJournalPosition  *position,
                       gboolean                  clean,
                       GError                  **error)
{
  g_autoptr(GError) local_error = NULL;
  AqJournalPosition tail = *position;

  tail.clean = clean;
  if (write_once (self, &tail, &local_error))
    return TRUE;
  g_warning ("%s; trying once more", local_error->message);
  return write_once (self, &tail, error);
}
