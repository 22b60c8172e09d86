/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * functions: what can be called
 */

#include "config.h"

#include "ctl-functions.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-style.h"

#include <glib/gi18n.h>
#include <unistd.h>

static gboolean
matches (AsyncqFunctionInfo  *function,
         char               **globs)
{
  for (guint i = 0; globs[i] != NULL; i++)
    if (g_pattern_match_simple (globs[i], asyncq_function_info_get_name (function)))
      return TRUE;
  return globs[0] == NULL;
}

static void
put_function (CtlContext         *context,
              AsyncqFunctionInfo *function)
{
  const char *description = asyncq_function_info_get_description (function);
  const char *object = asyncq_function_info_get_object (function);

  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_variant (asyncq_function_info_get_properties (function)));
      return;
    }
  ctl_put ("%s%s%s (%s) %s %s\n", ctl_style_on (context, CTL_LOOK_HEADING),
           asyncq_function_info_get_name (function), ctl_style_off (context, CTL_LOOK_HEADING),
           asyncq_function_info_get_parameters (function), ctl_style_sign ("→", "->"),
           asyncq_function_info_get_result (function));
  if (object != NULL)
    ctl_put (_("    on an object of type %s\n"), object);
  if (g_variant_lookup (asyncq_function_info_get_properties (function), "quarantine", "@a{sv}", NULL))
    ctl_put (_("    %s quarantined: \"asyncqctl plugin release %s\"\n"), ctl_style_sign ("☠", "!"),
             asyncq_function_info_get_name (function));
  if (!context->no_legend && *description != '\0')
    ctl_put ("    %s\n", description);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) globs = NULL;
  g_auto(CtlFunctions) functions = { NULL };
  guint n_found = 0;

  if (!ctl_options_parse (context, &ctl_verb_functions, NULL, CTL_DASH_IS_OPTION, arguments, &globs, error) ||
      !ctl_functions_load (&functions, context, error))
    return CTL_EXIT_OK;

  for (guint i = 0; i < functions.functions->len; i++)
    {
      AsyncqFunctionInfo *function = g_ptr_array_index (functions.functions, i);

      if (!matches (function, globs))
        continue;
      put_function (context, function);
      n_found++;
    }
  if (n_found == 0 && globs[0] != NULL)
    /* TRANSLATORS: %s is a pattern such as "pi.*" */
    g_set_error (error, CTL_ERROR, CTL_ERROR_NO_SUCH_OBJECT, _("no function matches '%s'"), globs[0]);
  else if (n_found == 0 && !context->quiet && isatty (STDERR_FILENO))
    g_printerr ("%s\n", _("no function; put a plugin into the daemon's plugin directory"));
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_functions = {
  .name = "functions",
  .usage = N_("[GLOB…]"),
  .summary = N_("List the functions of all plugins."),
  .description = N_("Examples:\n"
                    "  asyncqctl functions\n"
                    "  asyncqctl functions 'pi.*'\n"),
  .completes = CTL_COMPLETES_FUNCTIONS,
  .run = run,
};
