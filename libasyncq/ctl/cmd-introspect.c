/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * introspect: what an object of the bus has
 */

#include "config.h"

#include "ctl-bus.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-table.h"

#include <glib/gi18n.h>

#define SIGNATURE_COLUMN 2

static char *
dup_signature (GDBusArgInfo **arguments)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; arguments != NULL && arguments[i] != NULL; i++)
    g_string_append (text, arguments[i]->signature);
  if (text->len == 0)
    g_string_append_c (text, '-');
  return g_string_free (text, FALSE);
}

static void
add_row (CtlTable   *table,
         CtlLook     look,
         const char *name,
         const char *kind,
         const char *signature,
         const char *result)
{
  g_autofree char *shown = look == CTL_LOOK_HEADING ? g_strdup (name) : g_strconcat (".", name, NULL);

  ctl_table_add (table, look, shown);
  ctl_table_add (table, CTL_LOOK_PLAIN, kind);
  ctl_table_add (table, CTL_LOOK_PLAIN, signature);
  ctl_table_add (table, CTL_LOOK_PLAIN, result);
}

static void
add_interface (CtlTable           *table,
               GDBusInterfaceInfo *interface)
{
  add_row (table, CTL_LOOK_HEADING, interface->name, "interface", "-", "-");
  for (guint i = 0; interface->methods != NULL && interface->methods[i] != NULL; i++)
    {
      g_autofree char *in = dup_signature (interface->methods[i]->in_args);
      g_autofree char *out = dup_signature (interface->methods[i]->out_args);

      add_row (table, CTL_LOOK_PLAIN, interface->methods[i]->name, "method", in, out);
    }
  for (guint i = 0; interface->properties != NULL && interface->properties[i] != NULL; i++)
    add_row (table, CTL_LOOK_PLAIN, interface->properties[i]->name, "property",
             interface->properties[i]->signature, "-");
  for (guint i = 0; interface->signals != NULL && interface->signals[i] != NULL; i++)
    {
      g_autofree char *signature = dup_signature (interface->signals[i]->args);

      add_row (table, CTL_LOOK_PLAIN, interface->signals[i]->name, "signal", signature, "-");
    }
}

/* the members of one kind, as JSON: name, in, out */
static void
add_json_member (JsonArray    *array,
                 const char   *interface,
                 const char   *name,
                 const char   *kind,
                 const char   *signature,
                 const char   *result)
{
  g_autoptr(JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "interface", interface);
  json_object_set_string_member (object, "name", name);
  json_object_set_string_member (object, "kind", kind);
  json_object_set_string_member (object, "signature", signature);
  if (result != NULL)
    json_object_set_string_member (object, "result", result);
  json_array_add_object_element (array, g_steal_pointer (&object));
}

static void
add_json (JsonArray          *array,
          GDBusInterfaceInfo *interface)
{
  for (guint i = 0; interface->methods != NULL && interface->methods[i] != NULL; i++)
    {
      g_autofree char *in = dup_signature (interface->methods[i]->in_args);
      g_autofree char *out = dup_signature (interface->methods[i]->out_args);

      add_json_member (array, interface->name, interface->methods[i]->name, "method", in, out);
    }
  for (guint i = 0; interface->properties != NULL && interface->properties[i] != NULL; i++)
    add_json_member (array, interface->name, interface->properties[i]->name, "property",
                     interface->properties[i]->signature, NULL);
  for (guint i = 0; interface->signals != NULL && interface->signals[i] != NULL; i++)
    {
      g_autofree char *signature = dup_signature (interface->signals[i]->args);

      add_json_member (array, interface->name, interface->signals[i]->name, "signal", signature, NULL);
    }
}

static void
add_node (CtlTable   *table,
          JsonArray  *array,
          const char *path,
          const char *child)
{
  g_autofree char *whole = g_strconcat (g_str_equal (path, "/") ? "" : path, "/", child, NULL);

  add_row (table, CTL_LOOK_HEADING, whole, "node", "-", "-");
  add_json_member (array, "", whole, "node", "-", NULL);
}

static gboolean
put_interfaces (CtlContext     *context,
                GDBusNodeInfo  *node,
                const char     *path,
                const char     *only,
                GError        **error)
{
  const char *const headings[] = { _("NAME"), _("TYPE"), _("SIGNATURE"), _("RESULT"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autoptr(JsonArray) array = json_array_new ();
  gboolean is_empty = (node->interfaces == NULL || node->interfaces[0] == NULL) &&
                      (node->nodes == NULL || node->nodes[0] == NULL);
  GDBusInterfaceInfo *chosen = NULL;

  if (is_empty)
    {
      /* TRANSLATORS: %s is the path of an object */
      g_set_error (error, CTL_ERROR, CTL_ERROR_NO_SUCH_OBJECT, _("there is no object at '%s'"), path);
      return FALSE;
    }
  if (only != NULL && (chosen = ctl_bus_find (node, path, only, error)) == NULL)
    return FALSE;
  for (guint i = 0; node->interfaces != NULL && node->interfaces[i] != NULL; i++)
    {
      if (chosen != NULL && node->interfaces[i] != chosen)
        continue;
      add_interface (table, node->interfaces[i]);
      add_json (array, node->interfaces[i]);
    }
  for (guint i = 0; chosen == NULL && node->nodes != NULL && node->nodes[i] != NULL; i++)
    add_node (table, array, path, node->nodes[i]->path);
  if (context->json != CTL_JSON_OFF)
    ctl_json_put (context, json_node_init_array (json_node_alloc (), array));
  else
    ctl_table_put (table, context, SIGNATURE_COLUMN);
  return TRUE;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autofree char *path = NULL;
  g_autofree char *xml = NULL;
  g_autoptr(GDBusNodeInfo) node = NULL;
  gboolean as_xml = FALSE;
  const GOptionEntry entries[] = {
    { "xml", 0, 0, G_OPTION_ARG_NONE, &as_xml, N_("Print the XML as the daemon gives it"), NULL },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_introspect, entries, CTL_DASH_IS_OPTION, arguments,
                          &words, error))
    return CTL_EXIT_OK;
  if (g_strv_length (words) > 2)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _ ("a path and an interface are wanted, and no more"));
      return CTL_EXIT_USAGE;
    }
  path = ctl_bus_dup_path (words[0] != NULL ? words[0] : "/org/asyncq", error);
  if (path == NULL || (xml = ctl_bus_dup_xml (context, path, error)) == NULL)
    return CTL_EXIT_ERROR;
  if (as_xml)
    {
      ctl_put ("%s", xml);
      return CTL_EXIT_OK;
    }
  node = g_dbus_node_info_new_for_xml (xml, error);
  if (node != NULL)
    (void) put_interfaces (context, node, path, words[0] != NULL ? words[1] : NULL, error);
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_introspect = {
  .name = "introspect",
  .usage = N_("[PATH [INTERFACE]]"),
  .summary = N_("Show methods, properties and signals of an object of the bus."),
  .description = N_("Without PATH it is /org/asyncq. PATH may be the number of a job, INTERFACE the\n"
                    "part after the last dot.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl introspect\n"
                    "  asyncqctl introspect 30 Job1\n"),
  .completes = CTL_COMPLETES_PATHS,
  .run = run,
};
