/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Queues, in words
 */

#include "config.h"

#include "ctl-queue.h"

#include "ctl-time.h"

#include <glib/gi18n.h>

const char *
ctl_queue_of_word (const char *word)
{
  return g_str_equal (word, "-") ? "" : word;
}

const char *
ctl_queue_to_word (const char *name)
{
  return *name != '\0' ? name : "-";
}

char *
ctl_queue_dup_pause (GVariant *properties)
{
  gboolean paused = FALSE;
  const char *reason = "";
  gint64 until = 0;
  guint32 by = 0;
  g_autoptr(GString) text = NULL;

  (void) g_variant_lookup (properties, "Paused", "b", &paused);
  if (!paused)
    return NULL;
  text = g_string_new (_("paused"));
  if (g_variant_lookup (properties, "PausedUntil", "x", &until) && until != 0)
    {
      g_autofree char *time = ctl_dup_time_local (until);

      /* TRANSLATORS: %s is a time; this comes after "paused" */
      g_string_append_printf (text, _(" until %s"), time);
    }
  if (g_variant_lookup (properties, "PausedBy", "u", &by))
    /* TRANSLATORS: %u is the number of a user; this comes after "paused" */
    g_string_append_printf (text, _(" by user %u"), by);
  if (g_variant_lookup (properties, "PauseReason", "&s", &reason) && *reason != '\0')
    g_string_append_printf (text, ": %s", reason);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
