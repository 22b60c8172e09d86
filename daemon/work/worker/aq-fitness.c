/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Whether this process can serve another job
 *
 * What a job changes of its process for good must not be found by the next one:
 * limits that it has lowered, descriptors that it has used up. Neither can be put
 * back, since lowered limits stay and nobody knows whose a descriptor is. So such a
 * process is replaced.
 *
 * The daemon sets soft limits, but never while a job runs: what differs after a job
 * from before it was done by the job.
 *
 * Used on the main thread only.
 */

#include "config.h"

#include "work/worker/aq-fitness.h"

#include "work/worker/aq-wire.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* a library that keeps some connections open is none that uses up descriptors */
#define MAX_LEFT_OPEN 256

/* the daemon sets that of cores when it likes, and nobody needs it */
static const int kinds[] = {
  RLIMIT_AS, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_MEMLOCK, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_STACK,
};

static struct
{
  gboolean      is_noted;
  int           free_fd; /* the lowest; -1: there is none */
  struct rlimit limits[G_N_ELEMENTS (kinds)];
} before;

static void
read_limits (struct rlimit *limits)
{
  /* they are compared as bytes */
  memset (limits, 0, sizeof before.limits);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    (void) getrlimit ((__rlimit_resource_t) kinds[i], &limits[i]); /* fails for none of these */
}

/* Returns: the lowest descriptor that is not in use, or -1 */
static int
find_free_fd (void)
{
  int fd = fcntl (AQ_WIRE_CHANNEL_FD, F_DUPFD_CLOEXEC, 0);

  if (fd >= 0)
    (void) close (fd); /* it was never written to */
  return fd;
}

/**
 * aq_fitness_note:
 *
 * Notes how the process is, before a job begins and while no other is open.
 */
void
aq_fitness_note (void)
{
  before.is_noted = TRUE;
  before.free_fd = find_free_fd ();
  read_limits (before.limits);
}

/**
 * aq_fitness_look:
 *
 * Compares that with how it is after the job.
 *
 * Returns: whether it can serve another job; %TRUE where nothing was noted
 */
gboolean
aq_fitness_look (void)
{
  struct rlimit limits[G_N_ELEMENTS (kinds)];
  int free_fd;

  if (!before.is_noted)
    return TRUE;
  before.is_noted = FALSE;
  free_fd = find_free_fd ();
  read_limits (limits);
  return free_fd >= 0 && free_fd <= MAX (before.free_fd, 0) + MAX_LEFT_OPEN &&
         memcmp (limits, before.limits, sizeof limits) == 0;
}
