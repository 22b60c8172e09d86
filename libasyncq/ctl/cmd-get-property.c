/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * get-property: reads properties of an object of the bus
 */

#include "config.h"

#include "ctl-bus.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-suggest.h"

#include <glib/gi18n.h>

/* every name is checked before the first value is printed */
static gboolean
check_names (GDBusInterfaceInfo  *interface,
             char               **names,
             GError             **error)
{
  g_autoptr(GPtrArray) known = g_ptr_array_new ();
  const char *meant;

  for (guint i = 0; interface->properties != NULL && interface->properties[i] != NULL; i++)
    g_ptr_array_add (known, interface->properties[i]->name);
  g_ptr_array_add (known, NULL);

  for (guint i = 0; names[i] != NULL; i++)
    {
      if (g_strv_contains ((const char * const *) known->pdata, names[i]))
        continue;
      meant = ctl_suggest (names[i], (const char * const *) known->pdata);
      if (meant != NULL)
        /* TRANSLATORS: both %s are names of properties */
        g_set_error (error, CTL_ERROR, CTL_ERROR_NO_SUCH_OBJECT,
                     _("there is no property '%s'; did you mean '%s'?"), names[i], meant);
      else
        /* TRANSLATORS: %s is the name of a property */
        g_set_error (error, CTL_ERROR, CTL_ERROR_NO_SUCH_OBJECT, _("there is no property '%s'"), names[i]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
put_property (CtlContext  *context,
              const char  *path,
              const char  *interface,
              const char  *property,
              GError     **error)
{
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autofree char *text = NULL;

  reply = ctl_bus_call (context, path, "org.freedesktop.DBus.Properties", "Get",
                        g_variant_new ("(ss)", interface, property), error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(v)", &value);
  if (context->json != CTL_JSON_OFF)
    {
      g_autoptr(JsonObject) object = json_object_new ();

      json_object_set_string_member (object, "type", g_variant_get_type_string (value));
      ctl_json_add_variant (object, "data", value);
      ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
      return TRUE;
    }
  text = g_variant_print (value, TRUE);
  ctl_put ("%s\n", text);
  return TRUE;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GDBusNodeInfo) node = NULL;
  GDBusInterfaceInfo *interface;

  if (!ctl_options_parse (context, &ctl_verb_get_property, NULL, CTL_DASH_IS_OPTION, arguments,
                          &words, error))
    return CTL_EXIT_OK;
  if (g_strv_length (words) < 3)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _ ("a path, an interface and a property are wanted"));
      return CTL_EXIT_USAGE;
    }
  path = ctl_bus_dup_path (words[0], error);
  if (path == NULL || (node = ctl_bus_introspect (context, path, error)) == NULL ||
      (interface = ctl_bus_find (node, path, words[1], error)) == NULL ||
      !check_names (interface, words + 2, error))
    return CTL_EXIT_ERROR;
  for (guint i = 2; words[i] != NULL; i++)
    if (!put_property (context, path, interface->name, words[i], error))
      return CTL_EXIT_ERROR;
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_get_property = {
  .name = "get-property",
  .usage = N_("PATH INTERFACE PROPERTY…"),
  .summary = N_("Print properties of an object of the bus."),
  .description = N_("PATH may be the number of a job, INTERFACE the part after the last dot.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl get-property /org/asyncq org.asyncq.Manager1 UUID Version\n"
                    "  asyncqctl get-property 30 Job1 State\n"),
  .completes = CTL_COMPLETES_PATHS,
  .run = run,
};
