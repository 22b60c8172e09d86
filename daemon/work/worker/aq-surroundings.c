/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a function finds around it
 *
 * A worker runs the jobs of many plugins one after the other, and what one of them
 * changes of the process would be there for the next one, which has done nothing
 * for it: a blocked signal, a umask, another working directory. So these are put
 * back after a job. What plugins may well share, as handlers of signals that
 * libraries have set up, and the environment and the locale, which other threads
 * may be reading, stay as they are; so do limits, which cannot be raised again: see
 * aq-fitness.c.
 *
 * Used on the main thread only.
 */

#include "config.h"

#include "work/worker/aq-surroundings.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* of the process, which there is one of; what it was confined to is done by then */
static struct
{
  char   *directory; /* NULL: not kept yet, or it has no name */
  mode_t  mask;
  gboolean is_kept;
} surroundings;

/**
 * aq_surroundings_keep:
 *
 * Remembers what is to be put back, before the first plugin is loaded.
 *
 * Since: 0.1
 */
void
aq_surroundings_keep (void)
{
  if (surroundings.is_kept)
    return;
  surroundings.is_kept = TRUE;
  surroundings.directory = getcwd (NULL, 0);
  surroundings.mask = umask (022);
  (void) umask (surroundings.mask); /* cannot fail */
}

/**
 * aq_surroundings_restore:
 *
 * Puts it back, after a job that may have changed it.
 *
 * Since: 0.1
 */
void
aq_surroundings_restore (void)
{
  sigset_t none;

  (void) sigemptyset (&none);
  (void) pthread_sigmask (SIG_SETMASK, &none, NULL); /* can only fail for a bad argument */
  (void) umask (surroundings.mask);
  if (surroundings.directory != NULL && chdir (surroundings.directory) < 0)
    return; /* it is gone, so that the next job is no worse off than this one */
}
