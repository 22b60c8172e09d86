/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "world.h"

#include "monitor/aq-text-session.h"

#define UUID "d10f43dc-ffdf-11dc-abd4-0017f2c49bdd"

/* A session over an engine without workers; what it says is kept as text. */
typedef struct
{
  World          world;
  AqDispatcher  *dispatcher;
  AqTextSession *session;     /* NULL once freed */
  GString       *said;        /* all answers; "[CLOSE]\n" where it closed */
  GString       *watched;     /* arguments of every watch, one a line */
  gboolean       refuse_watch;
  gboolean       free_on_reply;
} TextFixture;

void  text_fixture_set_up    (TextFixture   *self,
                              gconstpointer  unused);
void  text_fixture_tear_down (TextFixture   *self,
                              gconstpointer  unused);
/* another connection */
void  text_fixture_connect   (TextFixture   *self);
void  text_fixture_send      (TextFixture   *self,
                              const char    *line,
                              gssize         length);
/* what is said to a line, as far as it is said now */
char *text_fixture_ask       (TextFixture   *self,
                              const char    *line);
void  text_fixture_advance   (TextFixture   *self,
                              gint64         seconds);

/* that the answer is exactly this */
void  text_fixture_assert    (TextFixture   *self,
                              const char    *line,
                              const char    *answer);
/* that the answer is an error of this name, with @part in its message */
void  text_fixture_assert_error (TextFixture *self,
                                 const char  *line,
                                 const char  *name,
                                 const char  *part);
void  assert_error_shape     (const char    *answer,
                              const char    *name,
                              const char    *part);
