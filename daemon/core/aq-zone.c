/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Time zone
 *
 * GLib knows which offset holds at a moment, but does not tell when it changes. So
 * the stretch of time around a question, through which one offset holds, is searched
 * for by halving, and the last few are kept: most questions are about the same half
 * year, or go to and fro over its end. GLib takes half a millisecond to read a zone,
 * and has it at hand as long as somebody holds it: so the last few are held.
 * Runs on the engine's loop, or wherever its owner is.
 */

#include "config.h"

#include "core/aq-zone.h"

#include "core/aq-zone-names.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_NAME_LENGTH 64
#define HOUR_SECONDS (G_GINT64_CONSTANT (3600))
#define DAY_SECONDS (24 * HOUR_SECONDS)
/* no zone is further from UTC, and none was ever set by more than a day */
#define MARGIN_SECONDS (28 * HOUR_SECONDS)
/* how far the next change is looked for: further off than any first step of a search lies */
#define MAX_STRETCH_SECONDS (G_GINT64_CONSTANT (1) << 34)
#define N_KNOWN 4
#define N_HELD 64
/* so often they are not read again; then the system may have got new rules */
#define MAX_LOOKS 256

/* one offset holds from @begin to before @end; both may be cut where nobody looks */
typedef struct
{
  gint64 begin;
  gint64 end;
  gint64 offset;
} Stretch;

struct _AqZone
{
  char      *name;
  GTimeZone *zone;
  Stretch    known[N_KNOWN];
  guint      n_searched; /* the next one goes where the oldest is */
  Stretch    last;       /* which was last asked for */
};

static struct
{
  GMutex     lock;
  GTimeZone *zones[N_HELD]; /* owned */
  guint      n_zones;
  guint      n_looks; /* since the first of them was read */
} held;

/* names without a slash in which a digit is no rule of POSIX, which GLib would take as well */
static const char * const digit_names[] = { "CST6CDT", "EST5EDT", "GMT+0", "GMT-0", "GMT0", "MST7MDT", "PST8PDT" };

/* not a path, not a rule, not an offset */
static gboolean
is_form_good (const char *name)
{
  gsize length = strlen (name);

  if (length == 0 || length > MAX_NAME_LENGTH || !g_ascii_isalpha (name[0]) || name[length - 1] == '/')
    return FALSE;
  for (const char *at = name; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && strchr ("/_+-", *at) == NULL)
      return FALSE;
  /* the same names once more; those in right/ count leap seconds, which our clock does not */
  if (g_str_has_prefix (name, "right/") || g_str_has_prefix (name, "posix/") || strstr (name, "//") != NULL)
    return FALSE;
  if (strchr (name, '/') != NULL || strpbrk (name, "0123456789") == NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (digit_names); i++)
    if (strcmp (name, digit_names[i]) == 0)
      return TRUE;
  return FALSE;
}

/* NULL: there is no such zone; GLib's own default would be UTC without a word */
static GTimeZone *
find_zone (const char *name)
{
  if (strcmp (name, "UTC") == 0)
    return g_time_zone_new_utc ();
  if (strcmp (name, "local") == 0)
    return g_time_zone_new_local ();
  return is_form_good (name) ? g_time_zone_new_identifier (name) : NULL;
}

/**
 * aq_zone_is_name:
 * @name: anything
 *
 * Returns: whether there is a time zone of this name
 *
 * Since: 0.1
 */
gboolean
aq_zone_is_name (const char *name)
{
  g_autoptr(GTimeZone) zone = find_zone (name);

  return zone != NULL;
}

/* so that who wants it again soon need not read it */
static void
hold (GTimeZone *zone)
{
  guint i = 0;

  g_mutex_lock (&held.lock);
  if (held.n_zones == N_HELD || ++held.n_looks > MAX_LOOKS)
    {
      while (held.n_zones > 0)
        g_time_zone_unref (held.zones[--held.n_zones]);
      held.n_looks = 0;
    }
  while (i < held.n_zones && held.zones[i] != zone)
    i++;
  if (i == held.n_zones)
    held.zones[held.n_zones++] = g_time_zone_ref (zone);
  g_mutex_unlock (&held.lock);
}

/**
 * aq_zone_new:
 * @name: (nullable): of the IANA data base, as "Europe/Berlin"; or "local"; %NULL or
 *   empty is "UTC"
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID` with what may have been meant, if there is no such
 * zone. A path, a rule of POSIX or an offset is none.
 *
 * Returns: (transfer full): the zone, or %NULL with @error set
 *
 * Since: 0.1
 */
AqZone *
aq_zone_new (const char  *name,
             GError     **error)
{
  g_autoptr(GTimeZone) zone = NULL;
  AqZone *self;

  if (name == NULL || *name == '\0')
    name = "UTC";
  zone = find_zone (name);
  if (zone == NULL)
    {
      g_autofree char *shown = g_strescape (name, NULL);
      const char *meant = aq_zone_names_suggest (name);

      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "there is no time zone '%.*s': 'UTC', 'local' or a name such as 'Europe/Berlin' is wanted%s%s%s",
                   MAX_NAME_LENGTH, shown, meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
                   meant != NULL ? "'?" : "");
      return NULL;
    }

  self = g_new0 (AqZone, 1);
  hold (zone);
  self->name = g_strdup (name);
  self->zone = g_steal_pointer (&zone);
  return self;
}

void
aq_zone_free (AqZone *self)
{
  if (self == NULL)
    return;
  g_time_zone_unref (self->zone);
  g_free (self->name);
  g_free (self);
}

const char *
aq_zone_get_name (AqZone *self)
{
  return self->name;
}

static gint64
get_offset (AqZone *self,
            gint64  seconds)
{
  gint interval = g_time_zone_find_interval (self->zone, G_TIME_TYPE_UNIVERSAL, seconds);

  return g_time_zone_get_offset (self->zone, interval);
}

static gint
get_interval (AqZone *self,
              gint64  seconds)
{
  return g_time_zone_find_interval (self->zone, G_TIME_TYPE_UNIVERSAL, seconds);
}

/* the first or the last second of the interval that @seconds is in */
static gint64
find_edge (AqZone *self,
           gint64  seconds,
           gint    direction)
{
  const gint interval = get_interval (self, seconds);
  gint64 inside = 0;
  gint64 outside = 32 * DAY_SECONDS;

  while (get_interval (self, seconds + direction * outside) == interval)
    {
      inside = outside;
      if (inside >= MAX_STRETCH_SECONDS)
        return seconds + direction * inside;
      outside *= 2;
    }
  while (outside - inside > 1)
    {
      gint64 middle = inside + (outside - inside) / 2;

      if (get_interval (self, seconds + direction * middle) == interval)
        inside = middle;
      else
        outside = middle;
    }
  return seconds + direction * inside;
}

static gboolean
stretch_has (const Stretch *self,
             gint64         seconds)
{
  return seconds >= self->begin && seconds < self->end;
}

static Stretch
get_stretch (AqZone *self,
             gint64  seconds)
{
  Stretch *oldest = &self->known[self->n_searched % N_KNOWN];

  if (stretch_has (&self->last, seconds))
    return self->last;
  for (guint i = 0; i < N_KNOWN; i++)
    if (stretch_has (&self->known[i], seconds))
      {
        self->last = self->known[i];
        return self->last;
      }
  oldest->begin = find_edge (self, seconds, -1);
  oldest->end = find_edge (self, seconds, 1) + 1;
  oldest->offset = get_offset (self, seconds);
  self->n_searched++;
  self->last = *oldest;
  return self->last;
}

static gint64
floor_seconds (gint64 usec)
{
  return usec / G_USEC_PER_SEC - (usec % G_USEC_PER_SEC < 0 ? 1 : 0);
}

/**
 * aq_zone_to_wall:
 * @self: a time zone
 * @usec: wall clock, microseconds since 1970-01-01 UTC
 *
 * Returns: what the clocks of the zone show then, as microseconds since they would
 *   have shown 1970-01-01 00:00
 *
 * Since: 0.1
 */
gint64
aq_zone_to_wall (AqZone *self,
                 gint64  usec)
{
  return usec + get_stretch (self, floor_seconds (usec)).offset * G_USEC_PER_SEC;
}

/**
 * aq_zone_get_end:
 * @self: a time zone
 * @usec: wall clock, microseconds since 1970-01-01 UTC
 *
 * Returns: the moment behind @usec up to which the clocks of the zone go on without
 *   being set; they need not be set at it
 *
 * Since: 0.1
 */
gint64
aq_zone_get_end (AqZone *self,
                 gint64  usec)
{
  return get_stretch (self, floor_seconds (usec)).end * G_USEC_PER_SEC;
}

/* with a change of the zone near: goes through the stretches around it */
static void
find_moment (AqZone       *self,
             gint64        wall_usec,
             gint64        near,
             AqZoneMoment *out_moment)
{
  gint64 wall = floor_seconds (wall_usec);
  Stretch one = get_stretch (self, near - MARGIN_SECONDS);

  for (;;)
    {
      Stretch next = get_stretch (self, one.end);
      gint64 seconds = wall - one.offset;
      /* by how much the clocks are set at the end of this stretch */
      gint64 forward = next.offset - one.offset;

      if (seconds < one.end)
        {
          gboolean is_twice = seconds - forward >= one.end;

          out_moment->kind = is_twice ? AQ_ZONE_MOMENT_TWICE : AQ_ZONE_MOMENT_ONCE;
          out_moment->usec = wall_usec - one.offset * G_USEC_PER_SEC;
          out_moment->wall_until_usec = (one.end + one.offset) * G_USEC_PER_SEC;
          return;
        }
      if (seconds - forward < one.end)
        {
          out_moment->kind = AQ_ZONE_MOMENT_NEVER;
          out_moment->usec = one.end * G_USEC_PER_SEC;
          out_moment->wall_until_usec = (one.end + next.offset) * G_USEC_PER_SEC;
          return;
        }
      one = next;
    }
}

/**
 * aq_zone_from_wall:
 * @self: a time zone
 * @wall_usec: a wall time, as of aq_zone_to_wall()
 * @out_moment: (out): when the clocks show it
 *
 * Of later wall times the moment is the same or later, never earlier.
 *
 * Since: 0.1
 */
void
aq_zone_from_wall (AqZone       *self,
                   gint64        wall_usec,
                   AqZoneMoment *out_moment)
{
  gint64 wall = floor_seconds (wall_usec);
  gint64 seconds = wall - self->last.offset;
  Stretch stretch = get_stretch (self, seconds);

  seconds = wall - stretch.offset;
  if (seconds - MARGIN_SECONDS >= stretch.begin && seconds + MARGIN_SECONDS < stretch.end)
    {
      out_moment->kind = AQ_ZONE_MOMENT_ONCE;
      out_moment->usec = wall_usec - stretch.offset * G_USEC_PER_SEC;
      out_moment->wall_until_usec = wall_usec;
    }
  else
    {
      find_moment (self, wall_usec, seconds, out_moment);
    }
}
