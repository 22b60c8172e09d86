/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Log
 *
 * The two loggers have levels of their own, so that their details need no
 * G_MESSAGES_DEBUG. Everything else is GLib's default.
 */

#include "config.h"

#include "aq-log.h"

#include <string.h>
#include <unistd.h>

static AqLogLevels installed;

static const char *
find (const GLogField *fields,
      gsize            n_fields,
      const char      *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0)
      return fields[i].value;
  return NULL;
}

static gboolean
is_wanted (const char *domain,
           const char *name)
{
  AqLogLevel level;

  if (name == NULL || !aq_log_level_from_string (name, &level))
    return FALSE;
  return level <= (strcmp (domain, AQ_LOG_EVENTS) == 0 ? installed.events : installed.trace);
}

static GLogWriterOutput
write_message (GLogLevelFlags   level,
               const GLogField *fields,
               gsize            n_fields,
               gpointer         unused)
{
  const char *domain = find (fields, n_fields, "GLIB_DOMAIN");

  if (domain == NULL || (strcmp (domain, AQ_LOG_EVENTS) != 0 && strcmp (domain, AQ_LOG_TRACE) != 0))
    return g_log_writer_default (level, fields, n_fields, NULL);
  if (!is_wanted (domain, find (fields, n_fields, AQ_LOG_FIELD_LEVEL)))
    return G_LOG_WRITER_HANDLED;
  if (g_log_writer_is_journald (STDERR_FILENO) &&
      g_log_writer_journald (level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_standard_streams (level, fields, n_fields, NULL);
}

/**
 * aq_log_install:
 * @levels: of the two loggers
 *
 * To be called once, before anything is logged: GLib takes one writer for the
 * whole process, which is why the levels are the only state that no object has.
 *
 * Since: 0.1
 */
void
aq_log_install (const AqLogLevels *levels)
{
  installed = *levels;
  g_log_set_writer_func (write_message, NULL, NULL);
}
