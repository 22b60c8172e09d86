/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Checkpointer
 *
 *   loop:    closed segments, hold, release, stop → `mail`, eventfd
 *   thread:  `mail` → the older image one step on → `told`, eventfd (→ loop)
 *
 * The thread follows the closed segments of the journal. It always writes the
 * image that is not good, or else the older one, so that the other one is there
 * whatever happens. A step takes MAX_WINDOW_BYTES of journal at most: a daemon
 * that is killed again and again gets one finished all the same.
 *
 * It begins when enough journal waits for the older image, or when no segment was
 * closed for QUIET_MSEC, so in the end both images hold all closed segments. An
 * error leaves an image that is not whole, and another try after a while; it never
 * ends the daemon, since the journal has everything.
 *
 * The mutex guards the members of `mail` and `told`, and is held for the time of a
 * few assignments. The thread asks no clock: its waits are relative.
 */

#include "config.h"

#include "store/aq-checkpointer.h"

#include "libasyncq/asyncq-error.h"
#include "store/aq-closed-list.h"
#include "store/aq-image-writer.h"
#include "store/aq-store-log.h"
#include "store/aq-thread.h"

#include <errno.h>
#include <gio/gio.h>
#include <sys/resource.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* of the journal, in one step */
#define MAX_WINDOW_BYTES (64 * 1024 * 1024)

#define QUIET_MSEC 1000

/* after an error: twice as long after each */
#define MIN_RETRY_MSEC 1000
#define MAX_RETRY_MSEC 16000

/* beside the loop and the journal thread it has time */
#define NICE 10

typedef struct
{
  GSource         source;
  AqCheckpointer *checkpointer; /* borrowed */
} CheckpointerSource;

struct _AqCheckpointer
{
  /* set before the thread starts */
  int             wake_fd; /* loop → thread */
  int             told_fd; /* thread → loop */
  pthread_t       thread;
  pthread_mutex_t lock;
  guint64         wait_bytes;

  int             stop;    /* atomic */

  /* guarded by the lock: loop → thread */
  struct
  {
    AqJournalPosition closed;         /* the end of the newest closed segment */
    guint    n_holds;
    guint    n_asked;                 /* how often it was asked to hold */
    gboolean hurry;
    guint64  distrusted[AQ_N_IMAGES]; /* its generation; 0: no */
  } mail;

  /* guarded by the lock: thread → loop */
  struct
  {
    AqCheckpoint checkpoint;
    GError      *error; /* owned, nullable */
  } told;

  /* the loop's */
  guint            ref_count;
  GSource         *source; /* owned, nullable once freed */
  AqCheckpointFunc func;
  gpointer         user_data;

  /* the thread's */
  AqImageWriter writer;
  AqClosedList  closed;
  guint64       keep_segment;
  guint         n_holds;
  guint         n_asked; /* how many have asked to hold it, up to now */
  gboolean      hurry;   /* until both images hold everything */
  gboolean      quiet;   /* no segment was closed for a while */
  gboolean      worked;  /* since freed memory was last given back */
  gboolean      begun;   /* has looked at the journal; not at once, when others read it */
  AqJournalPosition first_closed; /* where the newest closed segment ended then */
  gboolean      failed;  /* and is not to try again before retry_fd says so */
  int           retry_fd;
  guint         next_retry_msec;
};

/* the thread's side */

static gboolean
stops (AqCheckpointer *self)
{
  return g_atomic_int_get (&self->stop) != 0;
}

static const AqJournalPosition *
get_base (AqCheckpointer *self,
          AqImageLetter   letter)
{
  const AqImageState *base = aq_image_writer_get_base (&self->writer, letter);

  return base != NULL ? &base->position : NULL;
}

/* Returns: the end of what both hold, or NULL */
static const AqJournalPosition *
get_both (AqCheckpointer *self)
{
  const AqImageState *a = &self->writer.super.images[AQ_IMAGE_A];
  const AqImageState *b = &self->writer.super.images[AQ_IMAGE_B];

  if (!aq_image_writer_is_good (&self->writer, AQ_IMAGE_A) ||
      !aq_image_writer_is_good (&self->writer, AQ_IMAGE_B))
    return NULL;
  return aq_journal_position_compare (&a->position, &b->position) <= 0 ? &a->position : &b->position;
}

static void
fill_checkpoint (AqCheckpointer *self,
                 AqCheckpoint   *checkpoint)
{
  const AqJournalPosition *both = get_both (self);

  for (AqImageLetter letter = AQ_IMAGE_A; letter < AQ_N_IMAGES; letter++)
    if (aq_image_writer_is_good (&self->writer, letter))
      checkpoint->sequence = MAX (checkpoint->sequence,
                                  self->writer.super.images[letter].position.next_sequence - 1);
  if (both != NULL)
    {
      checkpoint->both = *both;
      self->keep_segment = MAX (self->keep_segment, both->segment + 1);
    }
  checkpoint->keep_segment = self->keep_segment;
  checkpoint->n_held = self->n_holds > 0 ? self->n_asked : 0;
}

static void
tell (AqCheckpointer *self,
      const GError   *error)
{
  AqCheckpoint checkpoint = { 0 };

  fill_checkpoint (self, &checkpoint);
  pthread_mutex_lock (&self->lock);
  self->told.checkpoint = checkpoint;
  g_clear_error (&self->told.error);
  self->told.error = error != NULL ? g_error_copy (error) : NULL;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->told_fd);
}

/* With the lock held. Returns: whether an image is no good any more */
static gboolean
take_distrust (AqCheckpointer *self)
{
  gboolean any = FALSE;

  for (AqImageLetter letter = AQ_IMAGE_A; letter < AQ_N_IMAGES; letter++)
    {
      const AqImageState *state = &self->writer.super.images[letter];
      guint64 generation = self->mail.distrusted[letter];

      if (generation != 0 && state->whole && state->generation == generation)
        any = self->writer.damaged[letter] = TRUE;
      self->mail.distrusted[letter] = 0;
    }
  return any;
}

static gboolean
begins (AqCheckpointer          *self,
        const AqJournalPosition *closed)
{
  self->begun |= self->hurry || self->quiet ||
                 aq_journal_position_compare (closed, &self->first_closed) != 0;
  return self->begun;
}

static void
follow (AqCheckpointer          *self,
        const AqJournalPosition *closed)
{
  const AqJournalPosition *newest = aq_closed_list_get_newest (&self->closed);
  const AqJournalPosition *a = get_base (self, AQ_IMAGE_A);
  const AqJournalPosition *b = get_base (self, AQ_IMAGE_B);
  const AqJournalPosition *from = a != NULL && aq_journal_position_compare (b, a) < 0 ? b : a;
  g_autoptr(GError) error = NULL;

  if ((newest != NULL && aq_journal_position_compare (closed, newest) <= 0) || !begins (self, closed))
    return;
  if (!aq_closed_list_extend (&self->closed, self->writer.io, self->writer.journal_fd,
                              self->writer.store_id, from, closed, &error))
    g_warning ("%s", error->message);
  self->quiet = FALSE;
}

static void
take_mail (AqCheckpointer *self)
{
  AqJournalPosition closed;
  gboolean any_damage;
  guint n_holds;
  guint n_asked;

  pthread_mutex_lock (&self->lock);
  closed = self->mail.closed;
  n_holds = self->mail.n_holds;
  n_asked = self->mail.n_asked;
  if (self->mail.hurry)
    {
      self->hurry = TRUE;
      self->failed = FALSE;
    }
  self->mail.hurry = FALSE;
  any_damage = take_distrust (self);
  pthread_mutex_unlock (&self->lock);

  follow (self, &closed);
  /* one may have released and another asked since: then the number is the same, and the other waits */
  if (self->n_holds != n_holds || self->n_asked != n_asked || any_damage)
    {
      self->n_holds = n_holds;
      self->n_asked = n_asked;
      tell (self, NULL);
    }
}

/* the one that is no good, or else the older one */
static AqImageLetter
next_image (AqCheckpointer *self)
{
  const AqImageState *images = self->writer.super.images;

  if (!aq_image_writer_is_good (&self->writer, AQ_IMAGE_A))
    /* of two that are no good, the one that no slot speaks for */
    return images[AQ_IMAGE_A].whole && !images[AQ_IMAGE_B].whole ? AQ_IMAGE_B : AQ_IMAGE_A;
  if (!aq_image_writer_is_good (&self->writer, AQ_IMAGE_B))
    return AQ_IMAGE_B;
  return images[AQ_IMAGE_A].generation < images[AQ_IMAGE_B].generation ? AQ_IMAGE_A : AQ_IMAGE_B;
}

/* Returns: whether there is a step to be done, now or later */
static gboolean
find_step (AqCheckpointer    *self,
           AqImageLetter     *out_letter,
           AqJournalPosition *out_until,
           gboolean          *out_now)
{
  AqImageLetter letter = next_image (self);
  const AqJournalPosition *base = get_base (self, letter);
  const AqJournalPosition *until = aq_closed_list_get_window (&self->closed, base, MAX_WINDOW_BYTES);
  gboolean again = base != NULL && !aq_image_writer_is_good (&self->writer, letter);

  /* a copy of the other one, and nothing behind it: to have two, or a smaller one */
  if (until == NULL && base != NULL &&
      (again || aq_journal_position_compare (base, &self->writer.super.images[letter].position) > 0))
    until = base;
  if (until == NULL)
    return FALSE;
  *out_letter = letter;
  *out_until = *until;
  *out_now = again || self->hurry || self->quiet ||
             aq_closed_list_get_bytes (&self->closed, base) >= self->wait_bytes;
  return TRUE;
}

static void
log_damage (const GError *error)
{
  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                    "MESSAGE_ID", AQ_LOG_ID_IMAGE_DAMAGED,
                    "MESSAGE", "%s; the image is made again", error->message);
}

static void
log_failure (AqImageLetter letter,
             const GError *error)
{
  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                    "MESSAGE_ID", AQ_LOG_ID_CHECKPOINT_FAILED,
                    "MESSAGE", "could not bring image %c up: %s; the journal grows until it can be",
                    'A' + (int) letter, error->message);
}

/* tries again later; says so once */
static void
fail (AqCheckpointer *self,
      AqImageLetter   letter,
      const GError   *error)
{
  if (self->next_retry_msec == MIN_RETRY_MSEC)
    log_failure (letter, error);
  self->failed = TRUE;
  aq_wake_set_timer (self->retry_fd, self->next_retry_msec);
  self->next_retry_msec = MIN (2 * self->next_retry_msec, MAX_RETRY_MSEC);
  self->hurry = FALSE;
  tell (self, error);
}

static guint
count_good (AqCheckpointer *self)
{
  return (guint) aq_image_writer_is_good (&self->writer, AQ_IMAGE_A) +
         (guint) aq_image_writer_is_good (&self->writer, AQ_IMAGE_B);
}

static void
do_step (AqCheckpointer          *self,
         AqImageLetter            letter,
         const AqJournalPosition *until)
{
  guint n_good = count_good (self);
  const AqJournalPosition *both;
  g_autoptr(GError) error = NULL;

  self->worked = TRUE;
  if (!aq_image_writer_bring_up (&self->writer, letter, until, &error))
    {
      if (stops (self))
        return;
      /* with one image less to go by the next step is another one */
      if (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_CORRUPT) && count_good (self) < n_good)
        {
          log_damage (error);
          /* no job is to leave memory any more that only this image holds */
          tell (self, NULL);
        }
      else
        fail (self, letter, error);
      return;
    }
  g_debug ("image %c holds everything up to sequence %" G_GUINT64_FORMAT, 'A' + (int) letter,
           until->next_sequence - 1);
  self->next_retry_msec = MIN_RETRY_MSEC;
  both = get_both (self);
  if (both != NULL)
    aq_closed_list_forget (&self->closed, both);
  tell (self, NULL);
}

/*
 * What folding took is free again, and so are the jobs that have left memory since;
 * but malloc keeps what lies below something else.
 */
static void
give_back_memory (AqCheckpointer *self)
{
  self->worked = FALSE;
#ifdef __GLIBC__
  (void) malloc_trim (0); /* whether there was any is the same to us */
#endif
}

/* Returns: whether it is time; mail may come all the time, so no wait has to be a long one for it */
static gboolean
may_try (AqCheckpointer *self)
{
  if (self->failed && aq_wake_wait (self->retry_fd, 0))
    {
      aq_wake_set_timer (self->retry_fd, 0);
      self->failed = FALSE;
    }
  return !self->failed;
}

/* waits for mail, for the time of a step that is not urgent, or for the next try */
static void
wait (AqCheckpointer *self,
      gboolean        any_step)
{
  gboolean stepping = self->n_holds == 0 && any_step;
  int timeout_msec = -1;

  if (stepping || self->worked)
    timeout_msec = QUIET_MSEC;
  if (aq_wake_wait (self->wake_fd, timeout_msec))
    return;
  if (!stepping)
    give_back_memory (self);
  else
    self->quiet = TRUE;
}

static gpointer
checkpointer_thread (gpointer data)
{
  AqCheckpointer *self = data;

  (void) setpriority (PRIO_PROCESS, 0, NICE); /* of this thread; as it was does too */
  take_mail (self);
  tell (self, NULL);
  while (!stops (self))
    {
      AqJournalPosition until;
      AqImageLetter letter;
      gboolean now = FALSE;
      gboolean any;

      take_mail (self);
      any = find_step (self, &letter, &until, &now);
      if (!any && self->hurry)
        {
          self->hurry = FALSE;
          tell (self, NULL);
        }
      if (any && now && self->n_holds == 0 && may_try (self))
        do_step (self, letter, &until);
      else
        wait (self, any);
    }
  return NULL;
}

/* the loop's side */

static void
unref (AqCheckpointer *self)
{
  if (--self->ref_count > 0)
    return;

  aq_image_writer_clear (&self->writer);
  aq_closed_list_clear (&self->closed);
  g_clear_error (&self->told.error);
  aq_wake_free (self->wake_fd);
  aq_wake_free (self->told_fd);
  aq_wake_free (self->retry_fd);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

/* whoever is told may free us */
static gboolean
source_dispatch (GSource     *source,
                 GSourceFunc  callback,
                 gpointer     user_data)
{
  AqCheckpointer *self = ((CheckpointerSource *) source)->checkpointer;
  g_autoptr(GError) error = NULL;
  AqCheckpoint checkpoint;

  aq_wake_clear (self->told_fd);
  pthread_mutex_lock (&self->lock);
  checkpoint = self->told.checkpoint;
  error = g_steal_pointer (&self->told.error);
  pthread_mutex_unlock (&self->lock);

  self->ref_count++;
  self->func (&checkpoint, error, self->user_data);
  unref (self);
  return G_SOURCE_CONTINUE;
}

static GSource *
create_source (AqCheckpointer *self)
{
  static GSourceFuncs funcs = { .dispatch = source_dispatch };
  GSource *source = g_source_new (&funcs, sizeof (CheckpointerSource));

  g_source_set_static_name (source, "checkpointer");
  ((CheckpointerSource *) source)->checkpointer = self;
  g_source_add_unix_fd (source, self->told_fd, G_IO_IN);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

/**
 * aq_checkpointer_new:
 * @setup: where the files are, and what of them is known
 * @func: called from the thread-default main context of now, once at the start and
 *   whenever something has changed
 * @user_data: for @func
 * @error: return location for an error
 *
 * Starts the thread. The images are its own until it is freed.
 *
 * Errors: `ASYNCQ_ERROR_STORE_FAILED`
 *
 * Returns: (transfer full): a checkpointer, or %NULL with @error set
 */
AqCheckpointer *
aq_checkpointer_new (const AqCheckpointerSetup  *setup,
                     AqCheckpointFunc            func,
                     gpointer                    user_data,
                     GError                    **error)
{
  AqCheckpointer *self = g_new0 (AqCheckpointer, 1);
  int result;

  self->ref_count = 1;
  self->func = func;
  self->user_data = user_data;
  self->wait_bytes = setup->wait_bytes;
  self->next_retry_msec = MIN_RETRY_MSEC;
  self->mail.closed = *setup->closed;
  self->first_closed = *setup->closed;
  aq_closed_list_init (&self->closed);
  aq_image_writer_init (&self->writer, setup->io, setup->directory_fd, setup->journal_fd,
                        setup->store_id, setup->super, setup->use, &self->stop);
  memcpy (self->writer.damaged, setup->damaged, sizeof self->writer.damaged);
  pthread_mutex_init (&self->lock, NULL);
  self->wake_fd = aq_wake_new ();
  self->told_fd = aq_wake_new ();
  self->retry_fd = aq_wake_new_timer ();

  result = self->wake_fd < 0 || self->told_fd < 0 || self->retry_fd < 0 ? errno
           : aq_thread_start (&self->thread, checkpointer_thread, self);
  if (result == 0)
    {
      self->source = create_source (self);
      return self;
    }
  aq_store_io_set_error (error, result, "start", "checkpointer");
  unref (self);
  return NULL;
}

/* ends the thread; an image that is being written stays not whole */
void
aq_checkpointer_free (AqCheckpointer *self)
{
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_atomic_int_set (&self->stop, 1);
  aq_wake_signal (self->wake_fd);
  pthread_join (self->thread, NULL);
  unref (self);
}

/**
 * aq_checkpointer_follow:
 * @self: a checkpointer
 * @closed: the end of a segment that is not written to any more
 *
 * Says how far the journal may be folded.
 */
void
aq_checkpointer_follow (AqCheckpointer          *self,
                        const AqJournalPosition *closed)
{
  pthread_mutex_lock (&self->lock);
  self->mail.closed = *closed;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}

/* brings both images up to the newest closed segment without waiting for more */
void
aq_checkpointer_hurry (AqCheckpointer *self)
{
  pthread_mutex_lock (&self->lock);
  self->mail.hurry = TRUE;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}

/**
 * aq_checkpointer_hold:
 * @self: a checkpointer
 *
 * Once a checkpoint that is told has this number in `n_held`, or a greater one, no
 * image is written until the release. Counted.
 *
 * Returns: how often it was asked to hold, this time included
 */
guint
aq_checkpointer_hold (AqCheckpointer *self)
{
  guint n_asked;

  pthread_mutex_lock (&self->lock);
  self->mail.n_holds++;
  n_asked = ++self->mail.n_asked;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
  return n_asked;
}

void
aq_checkpointer_release (AqCheckpointer *self)
{
  pthread_mutex_lock (&self->lock);
  g_assert (self->mail.n_holds > 0);
  self->mail.n_holds--;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}

/* a reader has found the image damaged: it is made again, unless it was since */
void
aq_checkpointer_distrust (AqCheckpointer *self,
                          AqImageLetter   letter,
                          guint64         generation)
{
  pthread_mutex_lock (&self->lock);
  self->mail.distrusted[letter] = generation;
  pthread_mutex_unlock (&self->lock);
  aq_wake_signal (self->wake_fd);
}
