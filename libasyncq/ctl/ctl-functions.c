/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The functions that the daemon knows
 */

#include "config.h"

#include "ctl-functions.h"

#include "ctl-suggest.h"

#include <glib/gi18n.h>
#include <string.h>

void
ctl_functions_clear (CtlFunctions *self)
{
  g_clear_pointer (&self->functions, g_ptr_array_unref);
}

gboolean
ctl_functions_load (CtlFunctions  *self,
                    CtlContext    *context,
                    GError       **error)
{
  AsyncqClient *client;

  if (self->functions != NULL)
    return TRUE;
  client = ctl_context_connect (context, error);
  if (client == NULL)
    return FALSE;
  self->functions = asyncq_client_list_functions_sync (client, NULL, error);
  return self->functions != NULL;
}

static const char *
suggest (CtlFunctions *self,
         const char   *name)
{
  g_autofree const char **names = g_new0 (const char *, self->functions->len + 1);

  for (guint i = 0; i < self->functions->len; i++)
    names[i] = asyncq_function_info_get_name (g_ptr_array_index (self->functions, i));
  return ctl_suggest (name, names);
}

/* the function of this name, borrowed; else NULL with @error set, and a suggestion in it */
AsyncqFunctionInfo *
ctl_functions_find (CtlFunctions  *self,
                    const char    *name,
                    GError       **error)
{
  const char *meant;

  for (guint i = 0; i < self->functions->len; i++)
    {
      AsyncqFunctionInfo *function = g_ptr_array_index (self->functions, i);

      if (g_str_equal (asyncq_function_info_get_name (function), name))
        return function;
    }

  meant = suggest (self, name);
  if (meant != NULL)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION,
                 /* TRANSLATORS: both %s are names of functions */
                 _("no plugin has a function '%s'; did you mean '%s'?"), name, meant);
  else
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION,
                 /* TRANSLATORS: %s is the name of a function */
                 _("no plugin has a function '%s'; \"asyncqctl functions\" lists them"), name);
  return NULL;
}
