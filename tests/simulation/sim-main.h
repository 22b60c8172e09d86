/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* what a program does with a seed */
typedef struct
{
  guint64 (*run)          (guint64  seed,
                           gboolean verbose); /* the hash of its history */
  void    (*print_counts) (void);
} SimHistory;

int  sim_main      (int               argc,
                    char            **argv,
                    const SimHistory *self);

/* what was found: printed with the seed, and the program ends */
void sim_violation (const char       *format,
                    ...) G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN;

G_END_DECLS
