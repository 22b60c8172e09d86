/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What was known about a function when the list was asked for
 *
 * A snapshot, as AsyncqJobInfo is.
 */

#include "config.h"

#include "asyncq-function-info.h"

struct _AsyncqFunctionInfo
{
  GObject parent_instance;

  GVariant *properties; /* a{sv} */
};

/**
 * AsyncqFunctionInfo:
 *
 * What was known about a function of a plugin at one moment.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AsyncqFunctionInfo, asyncq_function_info, G_TYPE_OBJECT)

static void
asyncq_function_info_finalize (GObject *object)
{
  AsyncqFunctionInfo *self = ASYNCQ_FUNCTION_INFO (object);

  g_clear_pointer (&self->properties, g_variant_unref);

  G_OBJECT_CLASS (asyncq_function_info_parent_class)->finalize (object);
}

static void
asyncq_function_info_class_init (AsyncqFunctionInfoClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = asyncq_function_info_finalize;
}

static void
asyncq_function_info_init (AsyncqFunctionInfo *self)
{
}

/**
 * asyncq_function_info_new:
 * @description: a dictionary `a{sv}` as the bus method ListFunctions gives it;
 *   consumed if it is floating
 *
 * Makes a snapshot of what the bus gave.
 *
 * Returns: (transfer full): the snapshot
 *
 * Since: 0.1
 */
AsyncqFunctionInfo *
asyncq_function_info_new (GVariant *description)
{
  AsyncqFunctionInfo *self;

  g_return_val_if_fail (description != NULL, NULL);
  g_return_val_if_fail (g_variant_is_of_type (description, G_VARIANT_TYPE_VARDICT), NULL);

  self = g_object_new (ASYNCQ_TYPE_FUNCTION_INFO, NULL);
  self->properties = g_variant_ref_sink (description);
  return self;
}

/**
 * asyncq_function_info_get_properties:
 * @self: a snapshot
 *
 * Gives everything that the daemon sent.
 *
 * Returns: (transfer none): a dictionary `a{sv}`
 *
 * Since: 0.1
 */
GVariant *
asyncq_function_info_get_properties (AsyncqFunctionInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);

  return self->properties;
}

static const char *
get_text (AsyncqFunctionInfo *self,
          const char         *name)
{
  const char *text = "";

  (void) g_variant_lookup (self->properties, name, "&s", &text);
  return text;
}

/**
 * asyncq_function_info_parse_signature:
 * @self: a snapshot
 * @error: return location for an error
 *
 * Reads the function's parameters.
 *
 * Errors: as [func@Signature.parse].
 *
 * Returns: (transfer full): the signature, or %NULL with @error set
 *
 * Since: 0.1
 */
AsyncqSignature *
asyncq_function_info_parse_signature (AsyncqFunctionInfo  *self,
                                      GError             **error)
{
  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return asyncq_signature_parse (get_text (self, "parameters"), error);
}

/**
 * asyncq_function_info_get_generation:
 * @self: a snapshot
 *
 * Gives which generation of the plugin's file this is; a replaced file is a new
 * one.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
asyncq_function_info_get_generation (AsyncqFunctionInfo *self)
{
  guint32 generation = 0;

  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), 0);

  (void) g_variant_lookup (self->properties, "generation", "u", &generation);
  return generation;
}

/**
 * asyncq_function_info_get_name:
 * @self: a snapshot
 *
 * Gives the function's name.
 *
 * Returns: `plugin.function`
 *
 * Since: 0.1
 */
const char *
asyncq_function_info_get_name (AsyncqFunctionInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);

  return get_text (self, "name");
}

/**
 * asyncq_function_info_get_parameters:
 * @self: a snapshot
 *
 * Gives the parameters as the plugin declares them.
 *
 * Returns: text that [func@Signature.parse] reads
 *
 * Since: 0.1
 */
const char *
asyncq_function_info_get_parameters (AsyncqFunctionInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);

  return get_text (self, "parameters");
}

/**
 * asyncq_function_info_get_result:
 * @self: a snapshot
 *
 * Gives the type of what the function returns.
 *
 * Returns: a GVariant type; `()` for nothing
 *
 * Since: 0.1
 */
const char *
asyncq_function_info_get_result (AsyncqFunctionInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);

  return get_text (self, "result");
}

/**
 * asyncq_function_info_get_description:
 * @self: a snapshot
 *
 * Gives a line for people.
 *
 * Returns: the line; may be empty
 *
 * Since: 0.1
 */
const char *
asyncq_function_info_get_description (AsyncqFunctionInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);

  return get_text (self, "description");
}

/**
 * asyncq_function_info_get_object:
 * @self: a snapshot
 *
 * Gives the type of the object that the function is bound to.
 *
 * Returns: (nullable): a GVariant type, or %NULL if it takes none
 *
 * Since: 0.1
 */
const char *
asyncq_function_info_get_object (AsyncqFunctionInfo *self)
{
  const char *type;

  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);

  type = get_text (self, "object");
  return type[0] == '\0' ? NULL : type;
}

/**
 * asyncq_function_info_get_plugin:
 * @self: a snapshot
 *
 * Gives the id of the plugin.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
const char *
asyncq_function_info_get_plugin (AsyncqFunctionInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);

  return get_text (self, "plugin");
}

/**
 * asyncq_function_info_get_version:
 * @self: a snapshot
 *
 * Gives the plugin's version.
 *
 * Returns: the version; may be empty
 *
 * Since: 0.1
 */
const char *
asyncq_function_info_get_version (AsyncqFunctionInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);

  return get_text (self, "version");
}

/**
 * asyncq_function_info_get_file:
 * @self: a snapshot
 *
 * Gives the file of the plugin.
 *
 * Returns: its path
 *
 * Since: 0.1
 */
const char *
asyncq_function_info_get_file (AsyncqFunctionInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_FUNCTION_INFO (self), NULL);

  return get_text (self, "file");
}
