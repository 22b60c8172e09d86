/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* what a wall time is at its place */
typedef enum
{
  AQ_ZONE_MOMENT_ONCE,  /* the clocks show it once */
  AQ_ZONE_MOMENT_TWICE, /* the clocks are set back over it */
  AQ_ZONE_MOMENT_NEVER  /* the clocks are set forward over it */
} AqZoneMomentKind;

typedef struct
{
  AqZoneMomentKind kind;
  gint64           usec;            /* when it is: of two the first, of none when the clocks are set */
  gint64           wall_until_usec; /* twice or never: the first wall time behind that */
} AqZoneMoment;

/* Time zone: from what a clock shows to when that is, and back */
typedef struct _AqZone AqZone;

AqZone     *aq_zone_new       (const char    *name,
                               GError       **error);
void        aq_zone_free      (AqZone        *self);
const char *aq_zone_get_name  (AqZone        *self);
gboolean    aq_zone_is_name   (const char    *name);
gint64      aq_zone_to_wall   (AqZone        *self,
                               gint64         usec);
gint64      aq_zone_get_end   (AqZone        *self,
                               gint64         usec);
void        aq_zone_from_wall (AqZone        *self,
                               gint64         wall_usec,
                               AqZoneMoment  *out_moment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqZone, aq_zone_free)

G_END_DECLS
