/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean   ctl_parse_duration (const char  *text,
                               gint64      *out_usec,
                               GError     **error);
GDateTime *ctl_parse_time     (const char  *text,
                               gboolean    *out_assumed_utc,
                               GError     **error);
/* tells people how a time without a zone was read */
void       ctl_say_utc        (const char  *text,
                               GDateTime   *time,
                               gboolean     assumed_utc);

/* for people: "1.5 s", "3 min 20 s"; the largest two units */
char      *ctl_dup_duration   (gint64       usec);
/* for tables: at most four characters */
char      *ctl_dup_age        (gint64       usec);
/* RFC 3339 with microseconds in UTC, for programs */
char      *ctl_dup_time_utc   (gint64       usec);
/* in the zone of the user, with seconds; with the day unless it is today */
char      *ctl_dup_time_local (gint64       usec);

G_END_DECLS
