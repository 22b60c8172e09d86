/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-wire.h"

G_BEGIN_DECLS

/* Workers that are no processes: what is linked with this has it in place of aq-process.c. They
 * say what a test makes them say, and are gone when it says so. */
typedef struct
{
  int          pid;
  int          fd;     /* our end of the channel; stays open when it is gone, as with a child that has it */
  int          ending; /* becomes readable when it is gone */
  gboolean     killed; /* SIGKILL was sent: what is stopped comes to nothing more once that has arrived */
  gboolean     gone;
  AqWireBuffer in;
  AqWireBuffer out;
  GArray      *runs;   /* of FakeRun: what it was handed over, in order */
} FakeWorker;

typedef struct
{
  guint       number;   /* grows with each, whoever gets it */
  guint64     id;
  guint64     lease;
  const char *function; /* interned */
  gboolean    has_checkpoint;
} FakeRun;

void        fake_workers_init   (const char *description);
void        fake_workers_clear  (void);
guint       fake_workers_count  (void);
FakeWorker *fake_workers_get    (guint       index);
FakeWorker *fake_workers_newest (guint64     id,
                                 FakeRun    *out_run);

void        fake_worker_listen  (FakeWorker *self);
void        fake_worker_say     (FakeWorker *self);
void        fake_worker_die     (FakeWorker *self,
                                 int         signal);

G_END_DECLS
