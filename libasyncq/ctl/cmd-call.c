/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * call: calls a method of the bus
 */

#include "config.h"

#include "ctl-bus.h"
#include "ctl-json.h"
#include "ctl-options.h"

#include <glib/gi18n.h>
#include <string.h>

/* a word as a value of a type: GVariant text; strings and their like also without quotes; floating */
static GVariant *
read_word (const GDBusArgInfo  *parameter,
           const char          *word,
           GError             **error)
{
  const GVariantType *type = G_VARIANT_TYPE (parameter->signature);
  g_autoptr(GError) reason = NULL;
  gboolean quoted = word[0] == '\'' || word[0] == '"';
  GVariant *value;

  if (!quoted && g_variant_type_equal (type, G_VARIANT_TYPE_STRING) && g_utf8_validate (word, -1, NULL))
    return g_variant_ref_sink (g_variant_new_string (word));
  if (!quoted && g_variant_type_equal (type, G_VARIANT_TYPE_OBJECT_PATH) && g_variant_is_object_path (word))
    return g_variant_ref_sink (g_variant_new_object_path (word));
  if (!quoted && g_variant_type_equal (type, G_VARIANT_TYPE_SIGNATURE) && g_variant_is_signature (word))
    return g_variant_ref_sink (g_variant_new_signature (word));

  value = g_variant_parse (type, word, NULL, NULL, &reason);
  if (value == NULL)
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 /* TRANSLATORS: the name of an argument, what was given for it, its type, what is wrong */
                 _("argument '%s': \"%s\" is not GVariant text of type '%s': %s"),
                 parameter->name != NULL ? parameter->name : "", word, parameter->signature, reason->message);
  return value;
}

/* all words as the tuple that the method takes; floating */
static GVariant *
read_words (GDBusMethodInfo  *method,
            char            **words,
            GError          **error)
{
  guint n_words = g_strv_length (words);
  guint n_wanted = 0;
  GVariantBuilder tuple;

  while (method->in_args != NULL && method->in_args[n_wanted] != NULL)
    n_wanted++;
  if (n_words != n_wanted)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   /* TRANSLATORS: the name of a method, how many arguments it takes, how many there are */
                   ngettext ("%s takes %u argument, not %u", "%s takes %u arguments, not %u", n_wanted),
                   method->name, n_wanted, n_words);
      return NULL;
    }
  g_variant_builder_init (&tuple, G_VARIANT_TYPE_TUPLE);
  for (guint i = 0; i < n_words; i++)
    {
      g_autoptr(GVariant) value = read_word (method->in_args[i], words[i], error);

      if (value == NULL)
        {
          g_variant_builder_clear (&tuple);
          return NULL;
        }
      g_variant_builder_add_value (&tuple, value);
    }
  return g_variant_builder_end (&tuple);
}

static GVariant *
call (CtlContext  *context,
      char       **words,
      GError     **error)
{
  g_autofree char *path = ctl_bus_dup_path (words[0], error);
  g_autoptr(GDBusNodeInfo) node = path != NULL ? ctl_bus_introspect (context, path, error) : NULL;
  GDBusInterfaceInfo *interface;
  GDBusMethodInfo *method;
  GVariant *parameters;

  if (node == NULL || (interface = ctl_bus_find (node, path, words[1], error)) == NULL)
    return NULL;
  method = g_dbus_interface_info_lookup_method (interface, words[2]);
  if (method == NULL)
    {
      /* TRANSLATORS: the names of an interface and of a method */
      g_set_error (error, CTL_ERROR, CTL_ERROR_NO_SUCH_OBJECT, _("'%s' has no method '%s'"), interface->name,
                   words[2]);
      return NULL;
    }
  parameters = read_words (method, words + 3, error);
  return parameters != NULL
             ? ctl_bus_call (context, path, interface->name, method->name, parameters, error)
             : NULL;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autoptr(GVariant) reply = NULL;
  g_autofree char *text = NULL;

  if (!ctl_options_parse (context, &ctl_verb_call, NULL, CTL_DASH_IS_WORD, arguments, &words, error))
    return CTL_EXIT_OK;
  if (g_strv_length (words) < 3)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _ ("a path, an interface and a method are wanted"));
      return CTL_EXIT_USAGE;
    }
  reply = call (context, words, error);
  if (reply == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_variant (reply));
      return CTL_EXIT_OK;
    }
  text = g_variant_print (reply, TRUE);
  if (!context->quiet && g_variant_n_children (reply) > 0)
    ctl_put ("%s\n", text);
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_call = {
  .name = "call",
  .usage = N_("PATH INTERFACE METHOD [ARGUMENT…]"),
  .summary = N_("Call a method of the bus and print its reply."),
  .description = N_("There is no name of a service: the daemon is the only one. PATH may be the\n"
                    "number of a job, INTERFACE the part after the last dot. An ARGUMENT is GVariant\n"
                    "text of the type that the method takes; a string needs no quotes unless it\n"
                    "begins with one.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl call /org/asyncq Manager1 SubmitWords demo.multiply \"['14', '3']\"\n"
                    "  asyncqctl call 30 org.asyncq.Job1 Wait -- -1\n"),
  .completes = CTL_COMPLETES_PATHS,
  .run = run,
};
