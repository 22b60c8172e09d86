/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What every benchmark has: a folder, the raw rate of its disk, and a table. */
typedef struct
{
  char    *folder; /* owned; made here, removed at the end */
  double   raw;    /* 512 B appended and flushed, one at a time, per second; of the last measure */
  gboolean short_of_aim;
} BenchTable;

void   bench_fail               (const char *format,
                                 ...) G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN;
void   bench_table_init         (BenchTable *self,
                                 const char *title);
void   bench_table_measure_raw  (BenchTable *self);
int    bench_table_finish       (BenchTable *self);
double bench_now                (void);
double bench_seconds            (void);
void   bench_table_add_rate     (BenchTable *self,
                                 const char *what,
                                 double      per_second,
                                 double      wanted_ratio);
void   bench_table_add_latency  (BenchTable *self,
                                 const char *what,
                                 GArray     *usecs);

G_END_DECLS
