/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Names as parts of paths
 */

#include "config.h"

#include "bus/aq-bus-label.h"

static void
test_names_come_back (void)
{
  static const struct
  {
    const char *name;
    const char *label;
  } cases[] = {
    { "", "_" },
    { "mail", "mail" },
    { "mail.box", "mail_2ebox" },
    { "a_b", "a_5fb" },
    { "_", "_5f" },
    { "7up", "_37up" },
    { "up7", "up7" },
    { "caf\303\251", "caf_c3_a9" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *label = aq_bus_label_escape (cases[i].name);
      g_autofree char *name = aq_bus_label_unescape (label);

      g_assert_cmpstr (label, ==, cases[i].label);
      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

static void
test_one_name_has_one_label (void)
{
  static const char * const labels[] = { "", "_4", "_4g", "a_", "_61", "7up", "mail_2Ebox", "_c3", "_00", "a_00b", "__" };

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      g_autofree char *name = aq_bus_label_unescape (labels[i]);

      g_assert_null (name);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/bus-label/names come back", test_names_come_back);
  g_test_add_func ("/bus-label/one name has one label", test_one_name_has_one_label);

  return g_test_run ();
}
