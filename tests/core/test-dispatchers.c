/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Many dispatchers at one store: behaviour A11, and failure cases F8 to F14 and
 * F20. The rules are applied to a memory store; nobody else does anything.
 */

#include "config.h"

#include "world.h"

#include "core/aq-dispatcher-record.h"
#include "core/aq-rules.h"

#include <string.h>

/* in this order */
#define ANNA "0a000000-0000-4000-8000-000000000001"
#define BERT "0b000000-0000-4000-8000-000000000002"
#define CARL "0c000000-0000-4000-8000-000000000003"
#define DORA "0d000000-0000-4000-8000-000000000004"

#define SECOND G_USEC_PER_SEC

typedef struct
{
  World   world;
  AqAgent *agent;  /* of ANNA */
  AqAgent *agent_of_bert;
  GString *news;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  GError *error = NULL;

  world_set_up (&self->world, NULL);
  self->agent = aq_agent_new_of (ANNA, "main", 3, NULL, NULL, &error);
  self->agent_of_bert = aq_agent_new_of (BERT, "main", 3, NULL, NULL, &error);
  g_assert_no_error (error);
  self->news = g_string_new (NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  g_string_free (self->news, TRUE);
  aq_agent_unref (self->agent_of_bert);
  aq_agent_unref (self->agent);
  world_tear_down (&self->world, NULL);
}

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  GError **out_error = user_data;

  if (error != NULL)
    *out_error = g_error_copy (error);
}

/* like "ANNA activated": who by the first letter, and what by its word */
static void
note_news (Fixture *self,
           GArray  *news)
{
  static const char *const words[] = { "registered", "activated", "deactivated", "reactivated", "unregistered" };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_DISPATCHER_STEPS);
  g_string_truncate (self->news, 0);
  for (guint i = 0; i < news->len; i++)
    {
      const AqDispatcherNews *one = &g_array_index (news, AqDispatcherNews, i);

      g_string_append_printf (self->news, "%s%c %s", i > 0 ? ", " : "", g_ascii_toupper (one->uuid[1]),
                              words[one->step]);
    }
}

static GError *
apply (Fixture    *self,
       AqRule      rule,
       const char *uuid)
{
  g_autoptr(GArray) news = g_array_new (FALSE, FALSE, sizeof (AqDispatcherNews));
  AqDispatcherEvent event = { .uuid = uuid, .out_news = news };
  const AqActor actor = { 0, "" };
  guint64 before = aq_store_get_sequence (self->world.store);
  GError *error = NULL;

  aq_store_apply (self->world.store, &actor, rule, &event, on_applied, &error);
  world_settle (&self->world);
  if (error != NULL)
    g_assert_cmpuint (aq_store_get_sequence (self->world.store), ==, before);
  note_news (self, news);
  return error;
}

static void
must (Fixture    *self,
      AqRule      rule,
      const char *uuid)
{
  g_autoptr(GError) error = apply (self, rule, uuid);

  g_assert_no_error (error);
}

static void
enter (Fixture    *self,
       const char *uuid)
{
  must (self, aq_rule_register_dispatcher, uuid);
  must (self, aq_rule_activate_dispatcher, uuid);
}

typedef struct
{
  const char         *uuid;
  gboolean            found;
  AqDispatcherRecord  record;
} Look;

static gboolean
look_at (AqTransaction  *transaction,
         gpointer        look,
         GError        **error)
{
  Look *self = look;
  AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_DISPATCHER, self->uuid);

  self->found = item != NULL;
  if (self->found)
    aq_dispatcher_record_from_value (&self->record, item->value);
  return TRUE;
}

static Look
look (Fixture    *self,
      const char *uuid)
{
  const AqActor actor = { 0, "" };
  Look found = { uuid };
  GError *error = NULL;

  aq_store_apply (self->world.store, &actor, look_at, &found, on_applied, &error);
  g_assert_no_error (error);
  return found;
}

static gboolean
is_active (Fixture    *self,
           const char *uuid)
{
  Look found = look (self, uuid);

  return aq_dispatcher_record_is_active (&found.record);
}

/* nobody has set the clock, so the steady clock shows what the wall clock shows */
static gboolean
is_dead (Fixture    *self,
         const char *uuid)
{
  Look found = look (self, uuid);

  return aq_dispatcher_record_is_dead (&found.record, aq_clock_get_wall (self->world.clock));
}

static void
pass (Fixture *self,
      gint64   usec)
{
  aq_clock_advance (self->world.clock, usec);
  world_settle (&self->world);
}

static void
assert_message (GError     *error,
                int         code,
                const char *message)
{
  g_assert_error (error, ASYNCQ_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
  g_error_free (error);
}

static Attempt
claim (Fixture *self,
       AqAgent *agent)
{
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  AqClaimEvent event = { .agent = agent, .max_jobs = 1, .functions = aq_engine_get_functions (self->world.engine),
                         .out_jobs = jobs };
  const AqActor actor = { 0, "" };
  GError *error = NULL;
  Attempt attempt = { 0 };

  aq_store_apply (self->world.store, &actor, aq_rule_claim, &event, on_applied, &error);
  g_assert_no_error (error);
  if (jobs->len > 0)
    attempt = (Attempt) { ((AqJob *) g_ptr_array_index (jobs, 0))->id, ((AqJob *) g_ptr_array_index (jobs, 0))->lease };
  return attempt;
}

static void
assert_state (Fixture    *self,
              guint64     id,
              const char *wanted)
{
  g_autoptr(GVariant) state = world_property (&self->world, id, "State");

  g_assert_cmpstr (g_variant_get_string (state, NULL), ==, wanted);
}

static void
assert_interruptions (Fixture *self,
                      guint64  id,
                      guint    wanted)
{
  g_autoptr(GVariant) interruptions = world_property (&self->world, id, "Interruptions");

  g_assert_cmpuint (g_variant_get_uint32 (interruptions), ==, wanted);
}

static guint64
submit (Fixture *self)
{
  return world_submit_one (&self->world, "[{'function': <'t.noop'>}]");
}

static void
test_register (Fixture       *self,
               gconstpointer  unused)
{
  must (self, aq_rule_register_dispatcher, ANNA);
  g_assert_cmpstr (self->news->str, ==, "A registered");
  g_assert_false (is_active (self, ANNA));
  assert_message (apply (self, aq_rule_register_dispatcher, ANNA), ASYNCQ_ERROR_EXISTS,
                  "dispatcher '" ANNA "' is registered already");
  assert_message (apply (self, aq_rule_register_dispatcher, "anna"), ASYNCQ_ERROR_INVALID,
                  "'anna' cannot be a dispatcher: that is no UUID");
}

static void
test_unregister (Fixture       *self,
                 gconstpointer  unused)
{
  enter (self, ANNA);
  assert_message (apply (self, aq_rule_unregister_dispatcher, ANNA), ASYNCQ_ERROR_BAD_STATE,
                  "dispatcher '" ANNA "' cannot be unregistered: it is active");
  must (self, aq_rule_deactivate_dispatcher, ANNA);
  must (self, aq_rule_unregister_dispatcher, ANNA);
  g_assert_cmpstr (self->news->str, ==, "A unregistered");
  g_assert_false (look (self, ANNA).found);
  assert_message (apply (self, aq_rule_unregister_dispatcher, ANNA), ASYNCQ_ERROR_BAD_STATE,
                  "dispatcher '" ANNA "' is not registered");
  assert_message (apply (self, aq_rule_ping_dispatcher, ANNA), ASYNCQ_ERROR_BAD_STATE,
                  "dispatcher '" ANNA "' is not registered");
}

static void
test_activate (Fixture       *self,
               gconstpointer  unused)
{
  enter (self, ANNA);
  g_assert_cmpstr (self->news->str, ==, "A activated");
  g_assert_true (is_active (self, ANNA));
  must (self, aq_rule_deactivate_dispatcher, ANNA);
  g_assert_cmpstr (self->news->str, ==, "A deactivated");
  g_assert_false (is_active (self, ANNA));
  g_assert_cmpint (look (self, ANNA).record.deactivated_usec, >, 0);
  assert_message (apply (self, aq_rule_deactivate_dispatcher, ANNA), ASYNCQ_ERROR_BAD_STATE,
                  "dispatcher '" ANNA "' is not active");
}

static void
test_ping (Fixture       *self,
           gconstpointer  unused)
{
  gint64 first;

  enter (self, ANNA);
  g_assert_cmpint (look (self, ANNA).record.last_ping_usec, ==, 0);
  must (self, aq_rule_ping_dispatcher, ANNA);
  g_assert_cmpstr (self->news->str, ==, "");
  first = look (self, ANNA).record.last_ping_usec;
  g_assert_cmpint (first, >, 0);

  pass (self, 30 * SECOND - 1);
  must (self, aq_rule_ping_dispatcher, ANNA);
  g_assert_cmpint (look (self, ANNA).record.last_ping_usec, ==, first);
  pass (self, 1);
  must (self, aq_rule_ping_dispatcher, ANNA);
  g_assert_cmpint (look (self, ANNA).record.last_ping_usec, ==, first + 30 * SECOND);
}

static void
test_death (void)
{
  AqDispatcherRecord record = { .ping_death_interval_usec = 60 };

  g_assert_false (aq_dispatcher_record_is_dead (&record, G_MAXINT64));
  record.activated_usec = 100;
  g_assert_false (aq_dispatcher_record_is_dead (&record, 160));
  g_assert_true (aq_dispatcher_record_is_dead (&record, 161));
  record.last_ping_usec = 110;
  g_assert_false (aq_dispatcher_record_is_dead (&record, 170));
  g_assert_true (aq_dispatcher_record_is_dead (&record, 171));
}

/* F11 */
static void
test_neighbour (Fixture       *self,
                gconstpointer  unused)
{
  enter (self, ANNA);
  enter (self, BERT);
  enter (self, CARL);
  must (self, aq_rule_register_dispatcher, DORA);
  must (self, aq_rule_ping_dispatcher, BERT);
  pass (self, 40 * SECOND);
  must (self, aq_rule_ping_dispatcher, ANNA);
  must (self, aq_rule_ping_dispatcher, CARL);
  pass (self, 21 * SECOND);

  /* the next one behind CARL is ANNA: DORA is not active */
  must (self, aq_rule_ping_dispatcher, CARL);
  g_assert_cmpstr (self->news->str, ==, "");
  must (self, aq_rule_ping_dispatcher, ANNA);
  g_assert_cmpstr (self->news->str, ==, "B deactivated");
  must (self, aq_rule_ping_dispatcher, ANNA);
  g_assert_cmpstr (self->news->str, ==, "");
  g_assert_true (is_dead (self, BERT));
}

static void
test_one_a_ping (Fixture       *self,
                 gconstpointer  unused)
{
  enter (self, ANNA);
  enter (self, BERT);
  enter (self, CARL);
  pass (self, 61 * SECOND);
  must (self, aq_rule_ping_dispatcher, CARL);
  g_assert_cmpstr (self->news->str, ==, "A deactivated");
  must (self, aq_rule_ping_dispatcher, CARL);
  g_assert_cmpstr (self->news->str, ==, "B deactivated");
  must (self, aq_rule_ping_dispatcher, CARL);
  g_assert_cmpstr (self->news->str, ==, "");
}

/* F8, F9 */
static void
test_same_uuid (Fixture       *self,
                gconstpointer  unused)
{
  guint64 id = submit (self);
  Attempt attempt;

  enter (self, ANNA);
  attempt = claim (self, self->agent);
  world_start (&self->world, attempt);
  pass (self, 20 * SECOND);
  assert_message (apply (self, aq_rule_activate_dispatcher, ANNA), ASYNCQ_ERROR_BAD_STATE,
                  "dispatcher '" ANNA "' is active already: if no other process has this UUID, wait 41 s, "
                  "and it counts as dead");
  assert_state (self, id, "active");
  pass (self, 40 * SECOND);
  g_error_free (apply (self, aq_rule_activate_dispatcher, ANNA));
  pass (self, 1);
  must (self, aq_rule_activate_dispatcher, ANNA);
  g_assert_cmpstr (self->news->str, ==, "A deactivated, A activated");
  assert_state (self, id, "pending");
  assert_interruptions (self, id, 1);
}

/* F10 */
static void
test_takes_over (Fixture       *self,
                 gconstpointer  unused)
{
  guint64 id = submit (self);
  g_autofree char *shown = NULL;
  Attempt attempt;

  enter (self, ANNA);
  enter (self, BERT);
  must (self, aq_rule_ping_dispatcher, ANNA);
  attempt = claim (self, self->agent);
  world_start (&self->world, attempt);
  for (guint i = 0; i < 12; i++)
    {
      must (self, aq_rule_ping_dispatcher, BERT);
      assert_state (self, id, "active");
      pass (self, 5 * SECOND);
    }
  pass (self, 1);
  must (self, aq_rule_ping_dispatcher, BERT);
  g_assert_cmpstr (self->news->str, ==, "A deactivated");
  g_assert_true (is_dead (self, ANNA));
  g_assert_false (is_active (self, ANNA));
  assert_interruptions (self, id, 1);

  attempt = claim (self, self->agent_of_bert);
  g_assert_cmpuint (attempt.id, ==, id);
  world_succeed (&self->world, attempt, "()");
  shown = world_show (&self->world, id);
  g_assert_cmpstr (shown, ==, "completed succeeded ()");
}

/* F12, F13 */
static void
test_not_dead_after_all (Fixture       *self,
                         gconstpointer  unused)
{
  guint64 id = submit (self);
  g_autoptr(GError) stale = NULL;
  Attempt old, new;

  enter (self, ANNA);
  enter (self, BERT);
  old = claim (self, self->agent);
  world_start (&self->world, old);
  pass (self, 61 * SECOND);
  must (self, aq_rule_ping_dispatcher, BERT);
  new = claim (self, self->agent_of_bert);
  g_assert_cmpuint (new.lease, >, old.lease);

  must (self, aq_rule_ping_dispatcher, ANNA);
  g_assert_cmpstr (self->news->str, ==, "A reactivated");
  g_assert_true (is_active (self, ANNA));
  /* what was reassigned stays so */
  stale = world_try_succeed (&self->world, old);
  g_assert_error (stale, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE);
  assert_state (self, id, "assigned");
  world_succeed (&self->world, new, "()");
  assert_state (self, id, "completed");
}

/* F14 */
static void
test_claims_again (Fixture       *self,
                   gconstpointer  unused)
{
  guint64 id = submit (self);
  Attempt attempt;

  enter (self, ANNA);
  must (self, aq_rule_deactivate_dispatcher, ANNA);
  must (self, aq_rule_ping_dispatcher, ANNA);
  g_assert_cmpstr (self->news->str, ==, "A reactivated");
  attempt = claim (self, self->agent);
  g_assert_cmpuint (attempt.id, ==, id);
  world_succeed (&self->world, attempt, "()");
  assert_state (self, id, "completed");
}

/* Z68 to Z70; F16: nothing is counted of what was not begun */
static void
test_cleaned (Fixture       *self,
              gconstpointer  unused)
{
  guint64 waiting = submit (self);
  guint64 active = submit (self);
  guint64 assigned;
  Attempt attempt;

  enter (self, ANNA);
  world_succeed (&self->world, claim (self, self->agent), "()");
  attempt = claim (self, self->agent);
  g_assert_cmpuint (attempt.id, ==, active);
  world_start (&self->world, attempt);
  assigned = submit (self);
  attempt = claim (self, self->agent);
  g_assert_cmpuint (attempt.id, ==, assigned);
  assert_state (self, waiting, "completed");
  waiting = submit (self);

  enter (self, BERT);
  pass (self, 61 * SECOND);
  must (self, aq_rule_ping_dispatcher, BERT);
  assert_interruptions (self, active, 1);
  assert_interruptions (self, assigned, 0);
  g_assert_cmpuint (claim (self, self->agent_of_bert).id, ==, active);
  g_assert_cmpuint (claim (self, self->agent_of_bert).id, ==, waiting);
  g_assert_cmpuint (claim (self, self->agent_of_bert).id, ==, assigned);
}

/* F5 */
static void
test_clean_stop (Fixture       *self,
                 gconstpointer  unused)
{
  guint64 id = submit (self);

  enter (self, ANNA);
  world_start (&self->world, claim (self, self->agent));
  must (self, aq_rule_deactivate_dispatcher, ANNA);
  assert_state (self, id, "pending");
  assert_interruptions (self, id, 0);
}

/* F20 */
static void
test_leftovers (Fixture       *self,
                gconstpointer  unused)
{
  guint64 id = submit (self);

  must (self, aq_rule_register_dispatcher, ANNA);
  world_start (&self->world, claim (self, self->agent));
  must (self, aq_rule_activate_dispatcher, ANNA);
  assert_state (self, id, "pending");
  assert_interruptions (self, id, 1);
}

static void
test_others_keep_theirs (Fixture       *self,
                         gconstpointer  unused)
{
  guint64 first = submit (self);
  guint64 second = submit (self);

  enter (self, ANNA);
  enter (self, BERT);
  world_start (&self->world, claim (self, self->agent));
  world_start (&self->world, claim (self, self->agent_of_bert));
  must (self, aq_rule_deactivate_dispatcher, ANNA);
  assert_state (self, first, "pending");
  assert_state (self, second, "active");
}

int
main (int    argc,
      char **argv)
{
#define add(name, function) g_test_add ("/dispatchers/" name, Fixture, NULL, set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);

  add ("one is registered once", test_register);
  add ("an active one cannot be unregistered", test_unregister);
  add ("one is activated and deactivated once", test_activate);
  add ("a sign of life is stored every 30 seconds", test_ping);
  g_test_add_func ("/dispatchers/who is silent for 60 seconds is dead", test_death);
  add ("the next one in the order of UUIDs is looked after", test_neighbour);
  add ("a sign of life finds one that is dead", test_one_a_ping);
  add ("the same UUID waits until its predecessor is dead", test_same_uuid);
  add ("another takes over what a dead one had", test_takes_over);
  add ("one that was thought dead loses what it had", test_not_dead_after_all);
  add ("one that was deactivated while it lives goes on", test_claims_again);
  add ("what was begun comes first and what was not comes last", test_cleaned);
  add ("a clean stop counts nothing", test_clean_stop);
  add ("what was left behind is put back at the start", test_leftovers);
  add ("others keep what they have", test_others_keep_theirs);

  return g_test_run ();
#undef add
}
