/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Recovery
 *
 * The newest whole image and the journal behind it; if that image is damaged, the
 * older one and the journal behind that; if that is damaged too, the journal from
 * its first segment, where it is still there. Every byte that is gone by is
 * checked, and nothing is changed on disk: what fails leaves the store as it was.
 */

#include "config.h"

#include "store/aq-recovery.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-image-loader.h"
#include "store/aq-journal-reader.h"
#include "store/aq-store-log.h"

typedef struct
{
  AqRecovery             *result;
  AqStoreIo              *io;
  const AqStoreDirectory *directory;
  AqClock                *clock;
} Attempt;

static gboolean
on_frame (const AqFrame  *frame,
          const guint8   *content,
          gpointer        user_data,
          GError        **error)
{
  return aq_replay_frame (user_data, frame, content, error);
}

static gboolean
read_journal (Attempt                  *self,
              const AqJournalPosition  *from,
              AqReplay                 *replay,
              GError                  **error)
{
  AqRecovery *result = self->result;

  return aq_journal_read (self->io, self->directory->journal_fd, self->directory->store_id, from,
                          result->super.has_tail ? &result->super.tail : NULL, on_frame, replay,
                          &result->end, error);
}

/* @out_image_error: set where the image is to blame, and nothing else */
static gboolean
try_image (Attempt        *self,
           AqImageLetter   letter,
           GError        **out_image_error,
           GError        **error)
{
  const AqImageState *state = &self->result->super.images[letter];
  g_autoptr(AqTables) tables = aq_tables_new (self->clock);
  g_auto(AqReplay) replay = { .loader.tables = tables };
  g_auto(AqImageLoader) loader = { 0 };
  g_autoptr(AqImage) image = NULL;

  image = aq_image_open (self->io, self->directory->fd, self->directory->store_id, letter, state, FALSE,
                         out_image_error);
  if (image == NULL)
    return FALSE;
  aq_image_loader_init (&loader, &replay, image);
  if (!aq_image_loader_run (&loader, out_image_error) ||
      !read_journal (self, &state->position, &replay, error))
    return FALSE;
  self->result->image_sequence = state->position.next_sequence - 1;
  self->result->tables = g_steal_pointer (&tables);
  return TRUE;
}

static gboolean
try_journal (Attempt  *self,
             GError  **error)
{
  g_autoptr(AqTables) tables = aq_tables_new (self->clock);
  g_auto(AqReplay) replay = { .loader.tables = tables };

  if (!read_journal (self, NULL, &replay, error))
    return FALSE;
  self->result->tables = g_steal_pointer (&tables);
  return TRUE;
}

/* damage can be gone round; an image under another name, or of another version, was put there by somebody */
static gboolean
is_survivable (const GError *error)
{
  return g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT) ||
         g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED);
}

/* an image under the wrong name is damage to the store, whosever it is */
static gboolean
refuse (GError  *image_error,
        GError **error)
{
  if (image_error->code == ASYNCQ_ERROR_STORE_FOREIGN)
    image_error->code = ASYNCQ_ERROR_STORE_CORRUPT;
  g_propagate_error (error, image_error);
  return FALSE;
}

static void
log_damage (const GError *error,
            const char   *instead)
{
  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                    "MESSAGE_ID", AQ_LOG_ID_IMAGE_DAMAGED,
                    "MESSAGE", "%s; going by %s, and the image is made again", error->message, instead);
}

/* Returns: the number of whole images, the newest one first */
static guint
list_images (const AqSuper *super,
             AqImageLetter  out_letters[AQ_N_IMAGES])
{
  const AqImageState *images = super->images;
  gboolean b_first = images[AQ_IMAGE_B].whole && (!images[AQ_IMAGE_A].whole ||
                     images[AQ_IMAGE_B].generation > images[AQ_IMAGE_A].generation);

  out_letters[0] = b_first ? AQ_IMAGE_B : AQ_IMAGE_A;
  out_letters[1] = b_first ? AQ_IMAGE_A : AQ_IMAGE_B;
  return (guint) images[AQ_IMAGE_A].whole + (guint) images[AQ_IMAGE_B].whole;
}

static gboolean
find_source (Attempt  *self,
             GError  **error)
{
  AqImageLetter letters[AQ_N_IMAGES];
  guint n_images = list_images (&self->result->super, letters);
  g_autoptr(GError) first_error = NULL;
  g_autoptr(GError) journal_error = NULL;

  for (guint i = 0; i < n_images; i++)
    {
      g_autoptr(GError) image_error = NULL;

      if (try_image (self, letters[i], &image_error, error))
        return TRUE;
      if (image_error == NULL)
        return FALSE;
      if (!is_survivable (image_error))
        return refuse (g_steal_pointer (&image_error), error);
      self->result->damaged[letters[i]] = TRUE;
      log_damage (image_error, i + 1 < n_images ? "the other image" : "the journal");
      if (first_error == NULL)
        first_error = g_steal_pointer (&image_error);
    }
  if (first_error == NULL)
    return try_journal (self, error);
  if (try_journal (self, &journal_error))
    return TRUE;
  g_set_error (error, journal_error->domain, journal_error->code, "%s; and without it: %s",
               first_error->message, journal_error->message);
  return FALSE;
}

/**
 * aq_recovery_run:
 * @self: memory for what is found
 * @io: the system calls
 * @directory: of the store
 * @clock: the clock that its rules go by
 * @error: return location for an error
 *
 * Reads a store. An image that cannot be used is said in the log.
 *
 * Errors: `ASYNCQ_ERROR_STORE_CORRUPT`, naming file, offset or page, sequence;
 * `ASYNCQ_ERROR_STORE_FOREIGN`, `ASYNCQ_ERROR_STORE_VERSION`,
 * `ASYNCQ_ERROR_STORE_FAILED`; then there is nothing to clear.
 *
 * Returns: %FALSE with @error set
 */
gboolean
aq_recovery_run (AqRecovery              *self,
                 AqStoreIo               *io,
                 const AqStoreDirectory  *directory,
                 AqClock                 *clock,
                 GError                 **error)
{
  Attempt attempt = { .result = self, .io = io, .directory = directory, .clock = clock };

  *self = (AqRecovery) { 0 };
  if (!aq_super_read (io, directory->fd, directory->store_id, &self->super, error) ||
      !find_source (&attempt, error))
    return FALSE;
  aq_tables_finish_load (self->tables);
  return TRUE;
}

void
aq_recovery_clear (AqRecovery *self)
{
  g_clear_pointer (&self->tables, aq_tables_free);
}
