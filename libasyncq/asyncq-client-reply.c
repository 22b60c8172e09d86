/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What most calls make of a reply
 *
 * Each of these takes the reply, or NULL where there is none and the error is set
 * already.
 */

#include "config.h"

#include "asyncq-client-private.h"

/* Returns: whether there is one */
gboolean
_asyncq_reply_drop (GVariant *reply)
{
  g_autoptr(GVariant) owned = reply;

  return reply != NULL;
}

/* Returns: (transfer full) (nullable): its only value */
GVariant *
_asyncq_reply_take_value (GVariant *reply)
{
  g_autoptr(GVariant) owned = reply;

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

/* @out_id: (nullable): untouched where there is no reply. Returns: whether there is one */
gboolean
_asyncq_reply_take_id (GVariant *reply,
                       guint64  *out_id)
{
  g_autoptr(GVariant) owned = reply;

  if (reply == NULL)
    return FALSE;
  if (out_id != NULL)
    g_variant_get (reply, "(t)", out_id);
  return TRUE;
}

/* Returns: (transfer full) (nullable): what is in its only value, a variant */
GVariant *
_asyncq_reply_take_boxed (GVariant *reply)
{
  g_autoptr(GVariant) boxed = _asyncq_reply_take_value (reply);

  return boxed != NULL ? g_variant_get_variant (boxed) : NULL;
}
