/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One turn of the main loop while jobs are deferred
 *
 * Waits until a source of the default main context is ready, a frame comes, or a
 * job has ended, and calls what is ready. The socket is no source: it is polled
 * beside those of the context, and read when no callback runs. So a function is
 * never called from within a callback, and a callback that runs a main loop of its
 * own begins no job.
 *
 * While nothing is called the main thread reads the socket itself. A callback is
 * watched over as a function is: if it takes its time the watcher reads.
 */

#include "config.h"

#include "work/worker/aq-turn.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

/* the socket, and who wakes us */
#define N_OWN_FDS 2

G_STATIC_ASSERT (sizeof (GPollFD) == sizeof (struct pollfd));

typedef struct
{
  GMainContext *main_context;
  gboolean      is_ours;  /* else some thread of a plugin runs it, and that is as good */
  int           priority;
  int           n_fds;    /* of the context */
  int           wait_msec; /* -1: for ever */
} Sources;

static void
prepare (AqTurn    *self,
         Sources   *sources,
         AqWatcher *watcher)
{
  sources->is_ours = g_main_context_acquire (sources->main_context);
  if (sources->is_ours)
    {
      (void) g_main_context_prepare (sources->main_context, &sources->priority);
      while (TRUE)
        {
          int room = (int) self->n_fds - N_OWN_FDS;

          sources->n_fds = g_main_context_query (sources->main_context, sources->priority, &sources->wait_msec,
                                                 self->fds, MAX (room, 0));
          if (sources->n_fds <= room)
            break;
          self->n_fds = (guint) sources->n_fds + N_OWN_FDS;
          self->fds = g_renew (GPollFD, self->fds, self->n_fds);
        }
    }
  if (self->n_fds == 0)
    {
      self->n_fds = N_OWN_FDS;
      self->fds = g_new0 (GPollFD, N_OWN_FDS);
    }
  self->fds[sources->n_fds] = (GPollFD) { watcher->channel.fd, G_IO_IN, 0 };
  self->fds[sources->n_fds + 1] = (GPollFD) { watcher->wake_fd, G_IO_IN, 0 };
}

static void
dispatch (AqTurn  *self,
          Sources *sources)
{
  if (!sources->is_ours)
    return;
  if (g_main_context_check (sources->main_context, sources->priority, self->fds, sources->n_fds))
    g_main_context_dispatch (sources->main_context);
  g_main_context_release (sources->main_context);
}

/* Returns: how long to wait, in milliseconds; -1: as long as it takes */
static int
get_wait (AqWatcher     *watcher,
          const Sources *sources)
{
  int told_msec;

  /* where the watcher has read the socket there may be frames to look at */
  if (!g_queue_is_empty (&watcher->ended) || watcher->cancel || watcher->has_read)
    return 0;
  told_msec = aq_asker_get_wait (watcher);
  if (told_msec < 0 || sources->wait_msec < 0)
    return MAX (told_msec, sources->wait_msec);
  return MIN (told_msec, sources->wait_msec);
}

/**
 * aq_turn_take:
 * @self: at first zeros
 * @watcher: the watcher, locked
 *
 * Takes one turn. What has come from the daemon is in the channel then.
 *
 * Returns: %FALSE at the end of the socket
 */
gboolean
aq_turn_take (AqTurn    *self,
              AqWatcher *watcher)
{
  Sources sources = { .main_context = g_main_context_default (), .wait_msec = -1 };
  gboolean has_data, was_woken;
  eventfd_t count;
  int n_ready;

  /* sources of a plugin may have functions to prepare them */
  watcher->has_read = FALSE;
  aq_watcher_begin (watcher, AQ_ACTIVITY_DISPATCHING);
  pthread_mutex_unlock (&watcher->lock);
  prepare (self, &sources, watcher);
  pthread_mutex_lock (&watcher->lock);
  aq_watcher_end (watcher);

  sources.wait_msec = get_wait (watcher, &sources);
  aq_watcher_wait (watcher);
  pthread_mutex_unlock (&watcher->lock);
  n_ready = poll ((struct pollfd *) (gpointer) self->fds, (nfds_t) sources.n_fds + N_OWN_FDS, sources.wait_msec);
  has_data = n_ready > 0 && self->fds[sources.n_fds].revents != 0;
  was_woken = n_ready > 0 && self->fds[sources.n_fds + 1].revents != 0;
  pthread_mutex_lock (&watcher->lock);
  aq_watcher_begin (watcher, AQ_ACTIVITY_DISPATCHING);
  pthread_mutex_unlock (&watcher->lock);
  dispatch (self, &sources);
  pthread_mutex_lock (&watcher->lock);
  aq_watcher_end (watcher);

  if (was_woken)
    (void) eventfd_read (watcher->wake_fd, &count);
  aq_asker_tell_due (watcher);
  return !has_data || aq_channel_receive_ready (&watcher->channel);
}
