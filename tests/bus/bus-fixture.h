/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "bus/aq-bus.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

#define MANAGER_PATH "/org/asyncq"
#define MANAGER "org.asyncq.Manager1"
#define JOB "org.asyncq.Job1"
#define TESTING "org.asyncq.Testing1"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* 2006-08-10T15:44:22Z */
#define START_USEC (G_GINT64_CONSTANT (1155224662) * G_USEC_PER_SEC)

/*
 * A bus service with a real engine, a memory store and a manual clock, and a
 * client of it in the same process. There are the functions demo.multiply,
 * demo.echo and demo.nothing; what a worker does, bus_fixture_claim() and bus_fixture_finish() do.
 */
typedef struct
{
  char            *folder;
  char            *socket;
  char            *address;
  AqClock         *clock;
  AqStore         *store;
  AqEngine        *engine;
  AqAgent         *agent; /* "main" */
  AqBus           *bus;
  GDBusConnection *client; /* as connections to a message bus are */
  guint64          claimed; /* the newest job that was claimed, and its lease */
  guint64          lease;
} BusFixture;

/* for g_test_add() */
void             bus_fixture_set_up      (BusFixture      *self,
                                          gconstpointer    unused);
void             bus_fixture_tear_down   (BusFixture      *self,
                                          gconstpointer    unused);
#define bus_test(path, function) \
  g_test_add (path, BusFixture, NULL, bus_fixture_set_up, function, bus_fixture_tear_down)

GDBusConnection *bus_fixture_connect     (BusFixture      *self);
/* runs the main loop until *flag */
void             bus_fixture_run_until   (gboolean        *flag);

/* NULL with @error set */
GVariant        *bus_fixture_call_full   (GDBusConnection *client,
                                          const char      *path,
                                          const char      *interface,
                                          const char      *method,
                                          GVariant        *parameters,
                                          GUnixFDList     *fds,
                                          GError         **error);
/* must succeed */
GVariant        *bus_fixture_call        (BusFixture      *self,
                                          const char      *path,
                                          const char      *interface,
                                          const char      *method,
                                          GVariant        *parameters);
/* must fail with the error of this D-Bus name, whose message has @text in it */
void             bus_fixture_refuse      (BusFixture      *self,
                                          const char      *path,
                                          const char      *interface,
                                          const char      *method,
                                          GVariant        *parameters,
                                          const char      *name,
                                          const char      *text);
void             bus_fixture_check_error (const GError    *error,
                                          const char      *name,
                                          const char      *text);

/* @text: of a GVariant */
void             bus_fixture_assert_value (GVariant       *value,
                                          const char      *text);

/* a job of demo.multiply */
guint64          bus_fixture_submit      (BusFixture      *self,
                                          int              x,
                                          int              y);
guint64          bus_fixture_count_jobs  (BusFixture      *self);
char            *bus_fixture_job_path    (guint64          id);
/* a property, out of its variant */
GVariant        *bus_fixture_get         (BusFixture      *self,
                                          const char      *path,
                                          const char      *interface,
                                          const char      *property);

/* what a worker does: takes a job and starts it; ends it with @value, or with the failure "broken" */
guint64          bus_fixture_claim       (BusFixture      *self);
void             bus_fixture_finish      (BusFixture      *self,
                                          GVariant        *value);

G_END_DECLS
