/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "core/aq-gate.h"
#include "libasyncq/asyncq-error.h"

typedef struct
{
  AqGate  *gate;
  GString *log;
} Fixture;

typedef struct
{
  Fixture *fixture;
  char     name;
} Held;

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  self->gate = aq_gate_new ();
  self->log = g_string_new (NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  aq_gate_free (self->gate);
  g_string_free (self->log, TRUE);
}

static void
on_out (const GError *error,
        gpointer      user_data)
{
  Held *held = user_data;

  g_string_append_c (held->fixture->log, error == NULL ? held->name : '!');
}

static void
test_opens_in_order (Fixture       *self,
                     gconstpointer  unused)
{
  Held a = { self, 'a' };
  Held b = { self, 'b' };
  Held c = { self, 'c' };

  aq_gate_hold (self->gate, 1, on_out, &a);
  aq_gate_hold (self->gate, 2, on_out, &b);
  aq_gate_hold (self->gate, 3, on_out, &c);
  g_assert_cmpstr (self->log->str, ==, "");
  aq_gate_open (self->gate, 2);
  g_assert_cmpstr (self->log->str, ==, "ab");
  aq_gate_open (self->gate, 3);
  g_assert_cmpstr (self->log->str, ==, "abc");
}

static void
test_flushed_passes_at_once (Fixture       *self,
                             gconstpointer  unused)
{
  Held a = { self, 'a' };

  aq_gate_open (self->gate, 7);
  aq_gate_hold (self->gate, 7, on_out, &a);
  g_assert_cmpstr (self->log->str, ==, "a");
}

static void
on_out_and_open (const GError *error,
                 gpointer      user_data)
{
  Held *held = user_data;

  on_out (error, held);
  aq_gate_open (held->fixture->gate, 3);
}

static void
test_opened_from_within (Fixture       *self,
                         gconstpointer  unused)
{
  Held a = { self, 'a' };
  Held b = { self, 'b' };

  aq_gate_hold (self->gate, 1, on_out_and_open, &a);
  aq_gate_hold (self->gate, 3, on_out, &b);
  aq_gate_open (self->gate, 1);
  g_assert_cmpstr (self->log->str, ==, "ab");
}

static void
test_grows (Fixture       *self,
            gconstpointer  unused)
{
  Held held = { self, 'x' };

  for (guint i = 1; i <= 40; i++)
    aq_gate_hold (self->gate, i, on_out, &held);
  aq_gate_open (self->gate, 30);
  for (guint i = 41; i <= 1000; i++)
    aq_gate_hold (self->gate, i, on_out, &held);
  g_assert_cmpuint (self->log->len, ==, 30);
  aq_gate_open (self->gate, 1000);
  g_assert_cmpuint (self->log->len, ==, 1000);
}

static void
test_failure (Fixture       *self,
              gconstpointer  unused)
{
  g_autoptr(GError) error = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "broken");
  Held a = { self, 'a' };

  aq_gate_open (self->gate, 1);
  aq_gate_hold (self->gate, 2, on_out, &a);
  aq_gate_fail (self->gate, error);
  g_assert_cmpstr (self->log->str, ==, "!");
  aq_gate_hold (self->gate, 3, on_out, &a);
  g_assert_cmpstr (self->log->str, ==, "!!");
  aq_gate_hold (self->gate, 1, on_out, &a);
  g_assert_cmpstr (self->log->str, ==, "!!a");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/gate/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("what is held comes out in order, when its sequence is flushed", test_opens_in_order);
  ADD ("what is flushed passes at once", test_flushed_passes_at_once);
  ADD ("the gate may be opened by what comes out of it", test_opened_from_within);
  ADD ("a thousand may be held", test_grows);
  ADD ("a failure reaches all that is held and all that comes later", test_failure);
#undef ADD

  return g_test_run ();
}
