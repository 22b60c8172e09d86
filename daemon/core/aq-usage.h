/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* what one attempt has taken */
typedef struct
{
  gint64  user_usec;     /* processor time of the function … */
  gint64  system_usec;   /* … and of the kernel for it */
  guint64 peak_bytes;    /* resident at the most */
  guint64 read_bytes;    /* from disks */
  guint64 written_bytes; /* to disks */
} AqUsage;

G_END_DECLS
