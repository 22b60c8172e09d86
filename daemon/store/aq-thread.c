/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The store's threads, and how they are woken
 *
 * An eventfd counts wake-ups until it is read, so a signal is never lost and
 * never blocks. A wait is relative and asks no clock.
 */

#include "config.h"

#include "store/aq-thread.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/**
 * aq_thread_start:
 * @out_thread: the thread, to be joined
 * @func: what it runs
 * @data: for @func
 *
 * Signals stay the loop's business.
 *
 * Returns: 0, or an errno
 */
int
aq_thread_start (pthread_t    *out_thread,
                 AqThreadFunc  func,
                 gpointer      data)
{
  sigset_t all, old;
  int result;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  result = pthread_create (out_thread, NULL, func, data);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  return result;
}

/* Returns: a descriptor, or -1 with errno set */
int
aq_wake_new (void)
{
  return eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void
aq_wake_free (int fd)
{
  if (fd >= 0)
    (void) close (fd); /* no data in it */
}

/* eventfds count, so neither of the next two can fail but by a bug of ours */

void
aq_wake_signal (int fd)
{
  guint64 one = 1;
  gssize n;

  do
    n = write (fd, &one, sizeof one);
  while (n < 0 && errno == EINTR);
  g_assert (n == sizeof one || errno == EAGAIN); /* EAGAIN: signalled often enough */
}

void
aq_wake_clear (int fd)
{
  guint64 count;
  gssize n;

  do
    n = read (fd, &count, sizeof count);
  while (n < 0 && errno == EINTR);
  g_assert (n == sizeof count || errno == EAGAIN); /* EAGAIN: was not signalled */
}

gboolean
aq_wake_wait (int fd,
              int timeout_msec)
{
  struct pollfd wake = { .fd = fd, .events = POLLIN };
  int n;

  do
    n = poll (&wake, 1, timeout_msec);
  while (n < 0 && errno == EINTR);
  g_assert (n >= 0);
  if (n > 0)
    aq_wake_clear (fd);
  return n > 0;
}

/* Returns: a descriptor, or -1 with errno set */
int
aq_wake_new_timer (void)
{
  return timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

/* @interval_msec: from now on, and between two times; 0: not any more */
void
aq_wake_set_timer (int   fd,
                   guint interval_msec)
{
  struct timespec interval = { interval_msec / 1000, interval_msec % 1000 * 1000000 };
  struct itimerspec times = { interval, interval };

  int result = timerfd_settime (fd, 0, &times, NULL);

  g_assert (result == 0); /* fails by a bug of ours only */
}
