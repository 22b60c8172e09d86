/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Names as the last part of an object's path
 */

#include "config.h"

#include "bus/aq-bus-label.h"

/**
 * aq_bus_label_escape:
 * @name: a name
 *
 * Returns: (transfer full): @name as systemd writes it in a path: letters and digits
 *   stay, but a digit at the beginning; every other byte is an underscore and two
 *   hexadecimal digits; nothing is "_"
 *
 * Since: 0.1
 */
char *
aq_bus_label_escape (const char *name)
{
  GString *label = g_string_new (*name != '\0' ? NULL : "_");

  for (const char *c = name; *c != '\0'; c++)
    if (g_ascii_isalpha (*c) || (g_ascii_isdigit (*c) && c != name))
      g_string_append_c (label, *c);
    else
      g_string_append_printf (label, "_%02x", (guint8) *c);
  return g_string_free (label, FALSE);
}

/**
 * aq_bus_label_unescape:
 * @label: a part of a path
 *
 * Returns: (transfer full) (nullable): the name that aq_bus_label_escape() makes
 *   @label of: one object has one path; %NULL if there is none, or it is not UTF-8
 *
 * Since: 0.1
 */
char *
aq_bus_label_unescape (const char *label)
{
  g_autoptr(GString) name = g_string_new (NULL);
  g_autofree char *again = NULL;

  for (const char *c = label; *c != '\0' && !g_str_equal (label, "_"); c++)
    if (*c != '_')
      {
        g_string_append_c (name, *c);
      }
    else
      {
        if (!g_ascii_isxdigit (c[1]) || !g_ascii_isxdigit (c[2]))
          return NULL;
        g_string_append_c (name, (char) (g_ascii_xdigit_value (c[1]) * 16 + g_ascii_xdigit_value (c[2])));
        c += 2;
      }
  again = aq_bus_label_escape (name->str);
  if (!g_str_equal (again, label) || !g_utf8_validate (name->str, -1, NULL))
    return NULL;
  return g_strdup (name->str);
}

/**
 * aq_bus_label_is_name:
 * @label: a part of a path
 *
 * Returns: whether it stands for a name that has at least one letter
 *
 * Since: 0.1
 */
gboolean
aq_bus_label_is_name (const char *label)
{
  g_autofree char *name = aq_bus_label_unescape (label);

  return name != NULL && *name != '\0';
}
