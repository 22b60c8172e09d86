/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-recycle.h"
#include "work/aq-work.h"

G_BEGIN_DECLS

/* An engine over the memory store, with real workers and a plugin directory of its own. */
typedef struct
{
  char      *directory;
  AqClock   *clock;
  AqStore   *store;
  AqEngine  *engine;
  AqWork    *work;
} Fixture;

/* what a job came to */
typedef struct
{
  AsyncqJobOutcome  outcome;
  GVariant         *value; /* (sis) unless it succeeded */
} Ending;

Fixture   *fixture_new          (guint                size,
                                 const char * const  *plugins);
Fixture   *fixture_new_with_clock (guint              size,
                                 const char * const  *plugins,
                                 AqClock             *clock);
Fixture   *fixture_new_recycling (guint               size,
                                 const char * const  *plugins,
                                 const AqRecycleLimits *recycle);
Fixture   *fixture_new_in       (guint                size,
                                 const char          *directory);
void       fixture_free         (Fixture             *self);
void       fixture_add_plugin   (Fixture             *self,
                                 const char          *source,
                                 const char          *name);
void       fixture_write_file   (Fixture             *self,
                                 const char          *name,
                                 const char          *content,
                                 int                  mode);
char      *fixture_path         (Fixture             *self,
                                 const char          *name);
guint64    fixture_submit       (Fixture             *self,
                                 const char          *entries);
guint64    fixture_call         (Fixture             *self,
                                 const char          *function,
                                 const char          *arguments);
Ending     fixture_wait         (Fixture             *self,
                                 guint64              id);
Ending     fixture_run          (Fixture             *self,
                                 const char          *function,
                                 const char          *arguments);
char      *fixture_state        (Fixture             *self,
                                 guint64              id);
GVariant  *fixture_read         (Fixture             *self,
                                 guint64              id);
void       fixture_annotate     (Fixture             *self,
                                 guint64              id,
                                 const char          *key,
                                 const char          *value);
GArray    *fixture_pids         (Fixture             *self);
void       fixture_turn         (void);
void       remove_directory     (const char          *path);
void       ending_clear         (Ending              *ending);

void       assert_value         (Ending               ending,
                                 const char          *text);
void       assert_failure       (Ending               ending,
                                 AsyncqError          code,
                                 const char          *pattern);

char      *built_plugin         (const char          *name);
const char *built_worker        (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

G_END_DECLS
