/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Whether the bytes of a value are one of its type
 */

#include "config.h"

#include "work/worker/aq-wire.h"

#include <string.h>

/* the size of a number of this type, every value of which is normal; 0 for other types */
static gsize
number_size (char type)
{
  switch (type)
    {
    case 'y':
      return 1;
    case 'n':
    case 'q':
      return 2;
    case 'i':
    case 'u':
    case 'h':
      return 4;
    case 'x':
    case 't':
    case 'd':
      return 8;
    default:
      return 0;
    }
}

/* the size of a number, or of a tuple of numbers of one type, which has no padding; 0 for other types */
static gsize
plain_size (const char *type)
{
  gsize n_members = 1;
  gsize size;

  if (type[0] != '(')
    return type[0] != '\0' && type[1] == '\0' ? number_size (type[0]) : 0;

  size = number_size (type[1]);
  while (size > 0 && type[1 + n_members] == type[1])
    n_members++;
  return size > 0 && strcmp (type + 1 + n_members, ")") == 0 ? size * n_members : 0;
}

/**
 * aq_wire_is_normal:
 * @type: a valid type string of one definite type
 * @data: a serialised value, aligned to 8
 * @size: its size in bytes
 *
 * Whether the bytes are a value of the type, in normal form. Numbers, the bulk
 * of results, are decided by their size alone.
 */
gboolean
aq_wire_is_normal (const char    *type,
                   gconstpointer  data,
                   gsize          size)
{
  g_autoptr(GVariant) value = NULL;
  gsize plain = plain_size (type);

  if (plain > 0)
    return size == plain;
  if (strcmp (type, "()") == 0)
    return size == 1 && *(const guint8 *) data == 0;

  value = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (type), data, size,
                                                       FALSE, NULL, NULL));
  return g_variant_is_normal_form (value);
}

/**
 * aq_wire_value_is_normal:
 * @value: a value that is there, of any bytes
 *
 * Whether its type is one, and definite, and the bytes are a value of it in normal
 * form.
 */
gboolean
aq_wire_value_is_normal (const AqWireValue *value)
{
  return g_variant_type_string_is_valid (value->type) && g_variant_type_is_definite (G_VARIANT_TYPE (value->type)) &&
         aq_wire_is_normal (value->type, value->data, value->size);
}

/**
 * aq_wire_value_dup:
 * @value: a value of a valid, definite type
 *
 * Returns: (transfer full) (nullable): a copy of it; %NULL where there is none
 */
GVariant *
aq_wire_value_dup (const AqWireValue *value)
{
  g_autoptr(GBytes) bytes = NULL;

  if (value->type == NULL)
    return NULL;
  bytes = g_bytes_new (value->data, value->size);
  return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (value->type), bytes, FALSE));
}

/* makes @value point into @variant, which may be NULL */
void
aq_wire_value_set (AqWireValue *value,
                   GVariant    *variant)
{
  *value = (AqWireValue) { NULL };
  if (variant != NULL)
    *value = (AqWireValue) { g_variant_get_type_string (variant), g_variant_get_data (variant), g_variant_get_size (variant) };
}
