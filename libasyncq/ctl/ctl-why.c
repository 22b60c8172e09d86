/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Why a job does not run, for people
 */

#include "config.h"

#include "ctl-why.h"

#include "ctl-style.h"
#include "ctl-time.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

#define INDENT 4

static gint64
get_time (GVariant   *dictionary,
          const char *key)
{
  gint64 usec = 0;

  (void) g_variant_lookup (dictionary, key, "x", &usec);
  return usec;
}

static void
put_point (const char *sign,
           const char *text)
{
  ctl_put ("  %s ", sign);
  ctl_style_put_wrapped (INDENT, text);
}

/* @now_usec: of the daemon, whose clock may be another */
static void
put_reason (GVariant *reason,
            gint64    now_usec)
{
  gint64 until_usec = get_time (reason, "until");
  g_autoptr(GString) text = g_string_new (ctl_value_get_text (reason, "text"));

  if (until_usec > now_usec)
    {
      g_autofree char *left = ctl_dup_duration (until_usec - now_usec);

      /* TRANSLATORS: how long it is until something happens; follows a sentence */
      g_string_append_printf (text, _(" (in %s)"), left);
    }
  put_point (ctl_style_sign ("•", "-"), text->str);
}

static void
put_estimate (GVariant *explanation,
              gint64    now_usec)
{
  gint64 begin_usec = get_time (explanation, "estimate");
  const char *note = ctl_value_get_text (explanation, "estimate-note");
  g_autofree char *time = NULL;
  g_autofree char *left = NULL;
  g_autofree char *text = NULL;

  if (begin_usec == 0)
    return;
  time = ctl_dup_time_local (begin_usec);
  left = ctl_dup_duration (MAX (begin_usec - now_usec, 0));
  /* TRANSLATORS: a time, how long it is until then, and how that was found out, which is not translated */
  text = g_strdup_printf (_("begins about %s, in %s: an estimate (%s)"), time, left, note);
  put_point (ctl_style_sign ("→", ">"), text);
}

void
ctl_why_put (CtlContext *context,
             GVariant   *explanation)
{
  g_autoptr(GVariant) reasons = g_variant_lookup_value (explanation, "reasons", G_VARIANT_TYPE ("aa{sv}"));
  CtlStateStyle style = ctl_style_of_state (ctl_value_get_text (explanation, "state"));
  gint64 now_usec = get_time (explanation, "time");
  guint64 id = 0;

  (void) g_variant_lookup (explanation, "id", "t", &id);
  ctl_put ("%s%s%s %s%" G_GUINT64_FORMAT " %s%s: %s\n", ctl_style_on (context, style.look), style.sign,
           ctl_style_off (context, style.look), ctl_style_on (context, CTL_LOOK_HEADING), id,
           ctl_value_get_text (explanation, "function"), ctl_style_off (context, CTL_LOOK_HEADING), style.word);
  for (gsize i = 0; reasons != NULL && i < g_variant_n_children (reasons); i++)
    {
      g_autoptr(GVariant) reason = g_variant_get_child_value (reasons, i);

      put_reason (reason, now_usec);
    }
  put_estimate (explanation, now_usec);
}

char *
ctl_why_dup_line (GVariant *explanation)
{
  g_autoptr(GVariant) reasons = g_variant_lookup_value (explanation, "reasons", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr(GVariant) first = NULL;
  gboolean is_waiting = FALSE;
  guint n_more;

  if (!g_variant_lookup (explanation, "waiting", "b", &is_waiting) || !is_waiting || reasons == NULL ||
      g_variant_n_children (reasons) == 0)
    return NULL;
  first = g_variant_get_child_value (reasons, 0);
  n_more = g_variant_n_children (reasons) - 1;
  if (n_more == 0)
    return g_strdup (ctl_value_get_text (first, "text"));
  /* TRANSLATORS: why a job does not run, which is not translated, and how many other reasons there are */
  return g_strdup_printf (ngettext ("%s (and %u more reason)", "%s (and %u more reasons)", n_more),
                          ctl_value_get_text (first, "text"), n_more);
}
