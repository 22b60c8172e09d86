/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * A daemon that only speaks: it has the bus interface of asyncqd, answers from a
 * few rules and remembers what it was asked. It runs in a thread of its own, so
 * that a test may block in a call to it.
 *
 * Functions: t.echo "text s, times i = 1", t.add "x i, y i", t.none "". Submit
 * gives ids from 100 on; a function "t.missing" is refused. Job 30 has succeeded
 * with 42, 31 has failed, 32 never ends, 33 was cancelled, 34 expired; others do
 * not exist. The queue "mail" and the factory "nightly" are there; a queue "nope"
 * is not, every other one has the jobs 32 and 36. Clean always finds two jobs that succeeded and one that failed.
 */
typedef struct _FakeDaemon FakeDaemon;

FakeDaemon *fake_daemon_new          (void);
void        fake_daemon_free         (FakeDaemon *self);
const char *fake_daemon_get_address  (FakeDaemon *self);
/* the newest call: its object's path, its method's name, and its parameters or, of SubmitBulk, its entries */
char       *fake_daemon_dup_path     (FakeDaemon *self);
char       *fake_daemon_dup_method   (FakeDaemon *self);
GVariant   *fake_daemon_dup_argument (FakeDaemon *self);
/* ends every connection */
void        fake_daemon_hang_up      (FakeDaemon *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeDaemon, fake_daemon_free)

G_END_DECLS
