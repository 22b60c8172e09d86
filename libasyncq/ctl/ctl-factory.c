/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Factories of the daemon: calls with settings, that jobs are made of
 */

#include "config.h"

#include "ctl-factory.h"

#include "ctl-suggest.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

GVariant *
ctl_factories_get (CtlContext  *context,
                   GError     **error)
{
  AsyncqClient *client = ctl_context_connect (context, error);

  return client != NULL ? asyncq_client_list_factories_sync (client, NULL, error) : NULL;
}

static void
set_unknown (GVariant    *factories,
             const char  *name,
             GError     **error)
{
  g_autoptr(GPtrArray) held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  const char *meant;

  for (gsize i = 0; i < g_variant_n_children (factories); i++)
    {
      g_ptr_array_add (held, g_variant_get_child_value (factories, i));
      g_ptr_array_add (names, (gpointer) ctl_value_get_text (g_ptr_array_index (held, i), "name"));
    }
  g_ptr_array_add (names, NULL);
  meant = ctl_suggest (name, (const char * const *) names->pdata);
  if (meant != NULL)
    /* TRANSLATORS: both %s are names of factories */
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FACTORY,
                 _("there is no factory '%s'; did you mean '%s'?"), name, meant);
  else
    /* TRANSLATORS: %s is the name of a factory */
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FACTORY,
                 _("there is no factory '%s'; \"asyncqctl factory list\" shows them"), name);
}

GVariant *
ctl_factories_find (CtlContext  *context,
                    const char  *name,
                    GError     **error)
{
  g_autoptr(GVariant) factories = ctl_factories_get (context, error);

  if (factories == NULL)
    return NULL;
  for (gsize i = 0; i < g_variant_n_children (factories); i++)
    {
      g_autoptr(GVariant) factory = g_variant_get_child_value (factories, i);

      if (g_str_equal (ctl_value_get_text (factory, "name"), name))
        return g_steal_pointer (&factory);
    }
  set_unknown (factories, name, error);
  return NULL;
}
