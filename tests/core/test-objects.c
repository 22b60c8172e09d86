/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Objects: their own life, and the jobs that are bound to them
 */

#include "config.h"

#include "answer.h"
#include "world.h"

#include "core/aq-engine-objects.h"

#include <string.h>

static const AqActor tester = { 1000, ":1.7" };

#define BOUND "[{'function': <'t.increase'>, 'arguments': <(5,)>, 'object': <'demo'>}]"

static GError *
create (World      *self,
        const char *name,
        GVariant   *value)
{
  Answer answer = { 0 };

  aq_engine_create_object (self->engine, &tester, name, value, answer_on_done, &answer);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

static GError *
set (World      *self,
     const char *name,
     GVariant   *value,
     guint64     version)
{
  Answer answer = { 0 };

  aq_engine_set_object (self->engine, &tester, name, value, version, answer_on_done, &answer);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

static GError *
remove_object (World      *self,
               const char *name)
{
  Answer answer = { 0 };

  aq_engine_remove_object (self->engine, &tester, name, answer_on_done, &answer);
  world_settle (self);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

static void
assert_object (World      *self,
               const char *name,
               const char *expected)
{
  Answer answer = { 0 };
  g_autofree char *text = NULL;
  g_autofree char *value_text = NULL;
  g_autoptr(GVariant) value = NULL;
  guint64 version = 0;

  aq_engine_read_object (self->engine, name, answer_on_read, &answer);
  world_settle (self);
  g_assert_no_error (answer.error);
  value = g_variant_lookup_value (answer.value, "value", NULL);
  g_assert_true (g_variant_lookup (answer.value, "version", "t", &version));
  value_text = g_variant_print (value, FALSE);
  text = g_strdup_printf ("%s at %" G_GUINT64_FORMAT, value_text, version);
  g_assert_cmpstr (text, ==, expected);
  g_variant_unref (answer.value);
}

static void
create_demo (World *self)
{
  GError *error = create (self, "demo", g_variant_new_int32 (1));

  g_assert_no_error (error);
}

static void
test_life (World         *self,
           gconstpointer  unused)
{
  g_autoptr(GError) gone = NULL;
  GError *error;

  create_demo (self);
  assert_object (self, "demo", "1 at 1");
  error = set (self, "demo", g_variant_new_int32 (4), 0);
  g_assert_no_error (error);
  error = set (self, "demo", g_variant_new_int32 (5), 2);
  g_assert_no_error (error);
  assert_object (self, "demo", "5 at 3");
  error = remove_object (self, "demo");
  g_assert_no_error (error);
  gone = remove_object (self, "demo");
  g_assert_error (gone, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_OBJECT);
}

#define ASSERT_REFUSED(call, code, says) \
  G_STMT_START { \
    g_autoptr(GError) refused = (call); \
    g_assert_error (refused, ASYNCQ_ERROR, code); \
    g_assert_nonnull (strstr (refused->message, says)); \
  } G_STMT_END

static void
test_refused (World         *self,
              gconstpointer  unused)
{
  g_autofree char *large = g_strnfill (1024 * 1024, 'x');
  g_autofree char *long_name = g_strnfill (241, 'n');
  guint64 before;

  create_demo (self);
  before = aq_store_get_sequence (self->store);
  ASSERT_REFUSED (create (self, "demo", g_variant_new_int32 (1)), ASYNCQ_ERROR_EXISTS, "'demo' already");
  ASSERT_REFUSED (create (self, "a b", g_variant_new_int32 (1)), ASYNCQ_ERROR_INVALID, "'a b' cannot be");
  ASSERT_REFUSED (create (self, long_name, g_variant_new_int32 (1)), ASYNCQ_ERROR_INVALID, "1 to 240");
  ASSERT_REFUSED (create (self, "large", g_variant_new_string (large)), ASYNCQ_ERROR_TOO_LARGE, "at most 1048576");
  ASSERT_REFUSED (set (self, "demo", g_variant_new_string ("x"), 0), ASYNCQ_ERROR_INVALID,
                  "is of type 'i', and the new value of type 's'");
  ASSERT_REFUSED (set (self, "demo", g_variant_new_int32 (2), 7), ASYNCQ_ERROR_CONFLICT, "it has version 1, not 7");
  ASSERT_REFUSED (set (self, "dema", g_variant_new_int32 (2), 0), ASYNCQ_ERROR_NO_SUCH_OBJECT,
                  "did you mean 'demo'?");
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, before);
  assert_object (self, "demo", "1 at 1");
}

static void
test_list (World         *self,
           gconstpointer  unused)
{
  static const char *const names[] = { "b/2", "a/1", "a/3", "a/2" };
  Answer answer = { 0 };
  g_autoptr(GVariant) list = NULL;
  g_autoptr(GVariant) first = NULL;
  const char *name;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GError *error = create (self, names[i], g_variant_new_int32 (i));

      g_assert_no_error (error);
    }
  aq_engine_list_objects (self->engine, "a/*", "a/1", 1, answer_on_read, &answer);
  world_settle (self);
  g_assert_no_error (answer.error);
  list = answer.value;
  g_assert_cmpuint (g_variant_n_children (list), ==, 1);
  first = g_variant_get_child_value (list, 0);
  g_assert_true (g_variant_lookup (first, "name", "&s", &name));
  g_assert_cmpstr (name, ==, "a/2");
}

/* jobs */

static void
test_bound (World         *self,
            gconstpointer  unused)
{
  g_autofree char *text = NULL;
  g_autoptr(GVariant) settings = NULL;
  guint64 before = aq_store_get_sequence (self->store);

  world_assert_refused (self, BOUND, ASYNCQ_ERROR_NO_SUCH_OBJECT, "there is no object 'demo'");
  world_assert_refused (self, "[{'function': <'t.increase'>, 'arguments': <(5,)>}]", ASYNCQ_ERROR_BAD_ARGUMENTS,
                        "'t.increase' is to be bound to an object of type 'i', and none is given");
  world_assert_refused (self, "[{'kind': <'parallel'>, 'object': <'demo'>}]", ASYNCQ_ERROR_INVALID,
                        "runs nothing that could be bound");
  world_assert_refused (self, "[{'function': <'t.noop'>, 'object': <'a b'>}]", ASYNCQ_ERROR_INVALID, "cannot be");
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, before);
  g_assert_no_error (create (self, "text", g_variant_new_string ("x")));
  world_assert_refused (self, "[{'function': <'t.increase'>, 'arguments': <(5,)>, 'object': <'text'>}]",
                        ASYNCQ_ERROR_BAD_ARGUMENTS, "of type 'i', and object 'text' is of type 's'");
  create_demo (self);
  settings = world_property (self, world_submit_one (self, BOUND), "Settings");
  text = g_variant_print (settings, FALSE);
  g_assert_nonnull (strstr (text, "'object': <'demo'>"));
}

typedef struct
{
  World   *world;
  Attempt  attempt;
  gint32   value;   /* -1: none */
  guint64  version;
} HandOver;

static void
on_claimed (AqJob    **jobs,
            guint      n_jobs,
            guint64    revealed,
            gpointer   user_data)
{
  HandOver *hand_over = user_data;
  g_autoptr(GVariant) value = aq_engine_dup_object (hand_over->world->engine, jobs[0], &hand_over->version);

  hand_over->value = value != NULL ? g_variant_get_int32 (value) : -1;
  hand_over->attempt = (Attempt) { jobs[0]->id, jobs[0]->lease };
}

static HandOver
start (World *self)
{
  HandOver hand_over = { self };

  aq_engine_claim (self->engine, self->agent, 1, on_claimed, &hand_over);
  world_start (self, hand_over.attempt);
  return hand_over;
}

/* its function has added five */
static void
end (World    *self,
     HandOver  hand_over,
     GVariant *value)
{
  g_autoptr(AqResult) result = aq_result_new_variant (g_variant_new ("()"));
  g_autoptr(GVariant) sunk = g_variant_ref_sink (value);
  GError *error = NULL;

  aq_engine_finish_job (self->engine, &(AqFinishEvent) {
    .id = hand_over.attempt.id,
    .lease = hand_over.attempt.lease,
    .started_usec = START,
    .ended_usec = START,
    .worker = 4711,
    .result = result,
    .returned = AQ_DRAFT_NO_PARENT,
    .object = "demo",
    .object_value = sunk,
    .object_version = hand_over.version,
  }, &error);
  g_assert_no_error (error);
  world_settle (self);
}

static void
test_commits_with_the_end (World         *self,
                           gconstpointer  unused)
{
  HandOver hand_over;
  guint64 id;

  create_demo (self);
  id = world_submit_one (self, BOUND);
  hand_over = start (self);
  g_assert_cmpint (hand_over.value, ==, 1);
  assert_object (self, "demo", "1 at 1");
  end (self, hand_over, g_variant_new_int32 (hand_over.value + 5));
  assert_object (self, "demo", "6 at 2");
  world_assert_show (self, id, "completed succeeded ()");
}

static void
test_conflict (World         *self,
               gconstpointer  unused)
{
  g_autoptr(GVariant) attempts = NULL;
  g_autofree char *text = NULL;
  HandOver one, two;
  guint64 second;

  create_demo (self);
  world_submit_one (self, BOUND);
  second = world_submit_one (self, BOUND);
  one = start (self);
  two = start (self);
  end (self, one, g_variant_new_int32 (6));
  end (self, two, g_variant_new_int32 (6));
  assert_object (self, "demo", "6 at 2");
  attempts = world_property (self, second, "Attempts");
  text = g_variant_print (attempts, FALSE);
  g_assert_nonnull (strstr (text, "object 'demo' was changed meanwhile: it has version 2, this job read 1"));
  /* the policy runs it again, and it sees what there is now */
  two = start (self);
  g_assert_cmpuint (two.attempt.id, ==, second);
  g_assert_cmpint (two.value, ==, 6);
  end (self, two, g_variant_new_int32 (11));
  assert_object (self, "demo", "11 at 3");
  world_assert_show (self, second, "completed succeeded ()");
}

static void
test_other_type (World         *self,
                 gconstpointer  unused)
{
  guint64 id;

  create_demo (self);
  id = world_submit_one (self, BOUND);
  end (self, start (self), g_variant_new_string ("six"));
  assert_object (self, "demo", "1 at 1");
  world_assert_show (self, id, "completed failed ('asyncq-error-quark', 5, \"object 'demo' is of type 'i', and the "
                               "new value of type 's'\")");
}

static void
test_gone (World         *self,
           gconstpointer  unused)
{
  HandOver running;
  guint64 first, second;

  create_demo (self);
  first = world_submit_one (self, BOUND);
  second = world_submit_one (self, BOUND);
  running = start (self);
  g_assert_no_error (remove_object (self, "demo"));
  end (self, running, g_variant_new_int32 (6));
  world_assert_show (self, first, "completed failed ('asyncq-error-quark', 38, \"there is no object 'demo'\")");
  g_assert_cmpint (start (self).value, ==, -1);
  world_assert_show (self, second, "active none ()");
}

/* the store has too much in memory */
static void
test_busy (World         *self,
           gconstpointer  unused)
{
  g_autoptr(GError) busy = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY, "too much");
  g_autoptr(GError) created = NULL;
  g_autoptr(GError) changed = NULL;
  g_autoptr(GError) removed = NULL;

  create_demo (self);
  aq_store_set_refusal (self->store, busy);
  created = create (self, "other", g_variant_new_int32 (1));
  g_assert_error (created, ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY);
  changed = set (self, "demo", g_variant_new_int32 (7), 0);
  g_assert_error (changed, ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY);
  removed = remove_object (self, "demo");
  g_assert_no_error (removed);
}

int
main (int    argc,
      char **argv)
{
#define ADD(path, function) g_test_add ("/objects/" path, World, NULL, world_set_up, function, world_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("an object is created, changed and removed", test_life);
  ADD ("what cannot be done to an object changes nothing", test_refused);
  ADD ("objects are listed by name, in pages", test_list);
  ADD ("a job is bound to an object that is there, and of the type that its function wants", test_bound);
  ADD ("what a function makes of an object commits with its end", test_commits_with_the_end);
  ADD ("an object that somebody else has changed is a conflict, and the job runs again", test_conflict);
  ADD ("an object of another type is a bad result", test_other_type);
  ADD ("an object that is gone fails the jobs that are bound to it", test_gone);
  ADD ("while there is too much, objects can only be removed", test_busy);
#undef ADD
  return g_test_run ();
}
