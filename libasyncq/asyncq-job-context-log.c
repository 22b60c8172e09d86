/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lines that a running function has kept with its job
 */

#include "config.h"

#include "asyncq-job-context.h"

#include <string.h>

#define MAX_LINE_BYTES 4096

/* Never amid a character: what is left is still UTF-8. */
static void
cut (char *line)
{
  gsize length = strlen (line);

  if (length <= MAX_LINE_BYTES)
    return;
  for (length = MAX_LINE_BYTES; (line[length] & 0xc0) == 0x80; length--)
    ;
  line[length] = '\0';
}

/**
 * asyncq_job_context_log:
 * @self: the context of a running job
 * @level: how much it matters, one of %G_LOG_LEVEL_CRITICAL to %G_LOG_LEVEL_DEBUG
 * @format: what there is to say, as for printf()
 * @...: what goes into @format
 *
 * Keeps a line with the job, for those who want to know later how this attempt
 * went, and shows it to those who watch it now.
 *
 * Of each attempt the last 1,000 lines are kept, and 64 KiB at most; how many are
 * not is told. A text of several lines is as many lines; each is cut after 4 KiB.
 * What is not UTF-8 is replaced.
 *
 * Any thread of the function may call this while it runs, also when its end is
 * deferred; afterwards it does nothing. The last lines of a function that crashes
 * are kept as well.
 *
 * Since: 0.1
 */
void
asyncq_job_context_log (AsyncqJobContext *self,
                        GLogLevelFlags    level,
                        const char       *format,
                        ...)
{
  g_autofree char *text = NULL;
  g_autofree char *valid = NULL;
  AsyncqJobContextClass *klass;
  g_auto(GStrv) lines = NULL;
  va_list arguments;

  g_return_if_fail (ASYNCQ_IS_JOB_CONTEXT (self));
  g_return_if_fail (format != NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_if_fail (klass->log != NULL);

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  valid = g_utf8_make_valid (text, -1);
  lines = g_strsplit (g_strchomp (valid), "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      cut (lines[i]);
      klass->log (self, level, lines[i]);
    }
}
