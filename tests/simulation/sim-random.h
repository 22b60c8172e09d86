/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One seed is one history: splitmix64, which is the same everywhere. */
typedef struct
{
  guint64 state;
} SimRandom;

static inline guint64
sim_random_next (SimRandom *self)
{
  guint64 z = (self->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* 0 to @n - 1 */
static inline guint
sim_random_below (SimRandom *self,
                  guint      n)
{
  return sim_random_next (self) % n;
}

static inline gboolean
sim_random_one_in (SimRandom *self,
                   guint      n)
{
  return sim_random_below (self, n) == 0;
}

G_END_DECLS
