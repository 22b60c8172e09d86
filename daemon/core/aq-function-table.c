/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Function table
 *
 * What --describe told of each plugin. Entries are replaced a plugin at a time,
 * so a pointer from a look-up must not be kept over a return to the main loop.
 */

#include "config.h"

#include "core/aq-function-table.h"

#include "core/aq-name.h"
#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

struct _AqFunctionTable
{
  GHashTable *by_name; /* plugin.function → AqFunction, owned */
  GHashTable *refusals; /* id of a plugin → why its file is not used */
  guint       serial;
};

/* that any table ever had */
static guint n_contents;

/**
 * aq_function_new:
 * @plugin: the plugin's id
 * @name: the function's name, without the plugin's
 * @parameters: its parameters, as the plugin declares them
 * @result_type: what it returns, as the plugin declares it
 * @description: one line for people
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_PLUGIN_ABI`, naming the function and what is wrong.
 *
 * Returns: (transfer full): a function without version, file, build and generation,
 *   or %NULL with @error set
 *
 * Since: 0.1
 */
AqFunction *
aq_function_new (const char  *plugin,
                 const char  *name,
                 const char  *parameters,
                 const char  *result_type,
                 const char  *description,
                 GError     **error)
{
  g_autoptr(AsyncqSignature) signature = NULL;
  g_autoptr(GError) reason = NULL;
  AqFunction *self;

  if (!aq_name_is_symbol (plugin) || !aq_name_is_symbol (name))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
                   "'%s.%s' cannot be the name of a function: 1 to 64 of A-Z a-z 0-9 _ are wanted", plugin, name);
      return NULL;
    }
  if (!g_variant_type_string_is_valid (result_type) || !g_variant_type_is_definite (G_VARIANT_TYPE (result_type)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
                   "the result of function '%s.%s' is declared as '%s': a GVariant type is wanted", plugin, name,
                   result_type);
      return NULL;
    }
  signature = asyncq_signature_parse (parameters, &reason);
  if (signature == NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI, "the parameters of function '%s.%s' are wrong: %s",
                   plugin, name, reason->message);
      return NULL;
    }

  self = g_new0 (AqFunction, 1);
  self->name = g_strconcat (plugin, ".", name, NULL);
  self->plugin = g_strdup (plugin);
  self->parameters = g_strdup (parameters);
  self->result_type = g_strdup (result_type);
  self->description = g_strdup (description);
  self->arguments_type = g_variant_type_dup_string (asyncq_signature_get_tuple_type (signature));
  self->signature = g_steal_pointer (&signature);
  return self;
}

/**
 * aq_function_set_object:
 * @self: a function
 * @type: the type of the object that it is bound to, as the plugin declares it
 * @error: return location for an error
 *
 * Says that the function takes an object.
 *
 * Errors: `ASYNCQ_ERROR_PLUGIN_ABI`, naming the function and what is wrong.
 *
 * Since: 0.1
 */
gboolean
aq_function_set_object (AqFunction  *self,
                        const char  *type,
                        GError     **error)
{
  if (!g_variant_type_string_is_valid (type) || !g_variant_type_is_definite (G_VARIANT_TYPE (type)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
                   "the object of function '%s' is declared as '%s': a GVariant type is wanted", self->name, type);
      return FALSE;
    }
  g_free (self->object);
  self->object = g_strdup (type);
  return TRUE;
}

/**
 * aq_function_takes:
 * @self: a function
 * @arguments_type: the tuple type of a job's own arguments
 * @given_type: (nullable): the type of what other jobs hand over behind them
 *
 * Returns: whether these are the types of its parameters
 *
 * Since: 0.1
 */
gboolean
aq_function_takes (const AqFunction *self,
                   const char       *arguments_type,
                   const char       *given_type)
{
  gsize n_own = strlen (arguments_type) - 1; /* without the last parenthesis */
  gsize n_given;

  if (given_type == NULL)
    return strcmp (self->arguments_type, arguments_type) == 0;
  n_given = strlen (given_type);
  return strncmp (self->arguments_type, arguments_type, n_own) == 0 &&
         strncmp (self->arguments_type + n_own, given_type, n_given) == 0 &&
         strcmp (self->arguments_type + n_own + n_given, ")") == 0;
}

void
aq_function_free (AqFunction *self)
{
  g_free (self->name);
  g_free (self->parameters);
  g_free (self->result_type);
  g_free (self->description);
  g_free (self->object);
  g_free (self->options);
  g_free (self->arguments_type);
  asyncq_signature_unref (self->signature);
  g_free (self->plugin);
  g_free (self->version);
  g_free (self->file);
  g_free (self->build);
  g_free (self);
}

static void
free_function (gpointer data)
{
  aq_function_free (data);
}

AqFunctionTable *
aq_function_table_new (void)
{
  AqFunctionTable *self = g_new0 (AqFunctionTable, 1);

  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_function);
  self->refusals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
aq_function_table_free (AqFunctionTable *self)
{
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->refusals);
  g_free (self);
}

/**
 * aq_function_table_lookup:
 * @self: a table
 * @name: plugin.function
 *
 * Returns: (nullable): the function
 *
 * Since: 0.1
 */
const AqFunction *
aq_function_table_lookup (AqFunctionTable *self,
                          const char      *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

static gboolean
is_of_plugin (gpointer key,
              gpointer value,
              gpointer plugin)
{
  const AqFunction *function = value;

  return g_str_equal (function->plugin, plugin);
}

/**
 * aq_function_table_set_plugin:
 * @self: a table
 * @plugin: a plugin's id
 * @functions: (transfer full) (element-type AqFunction): what it has now; none
 *   when it is gone
 *
 * Replaces everything that the plugin had.
 *
 * Since: 0.1
 */
void
aq_function_table_set_plugin (AqFunctionTable *self,
                              const char      *plugin,
                              GPtrArray       *functions)
{
  g_hash_table_foreach_remove (self->by_name, is_of_plugin, (gpointer) plugin);
  for (guint i = 0; i < functions->len; i++)
    {
      AqFunction *function = g_ptr_array_index (functions, i);

      g_assert (g_str_equal (function->plugin, plugin));
      g_hash_table_replace (self->by_name, function->name, function);
    }
  self->serial = g_atomic_int_add (&n_contents, 1) + 1;
  /* its elements are the table's now, whatever frees them otherwise */
  g_ptr_array_set_free_func (functions, NULL);
  g_ptr_array_unref (functions);
}

/**
 * aq_function_table_set_refusal:
 * @self: a table
 * @plugin: a plugin's id
 * @reason: (nullable): why a file of it is not used, with its path; %NULL: none is refused
 *
 * Since: 0.1
 */
void
aq_function_table_set_refusal (AqFunctionTable *self,
                               const char      *plugin,
                               const char      *reason)
{
  if (reason != NULL)
    g_hash_table_replace (self->refusals, g_strdup (plugin), g_strdup (reason));
  else
    g_hash_table_remove (self->refusals, plugin);
}

/**
 * aq_function_table_get_refusal:
 * @self: a table
 * @function: plugin.function
 *
 * Returns: (nullable): why a file of its plugin is not used
 *
 * Since: 0.1
 */
const char *
aq_function_table_get_refusal (AqFunctionTable *self,
                               const char      *function)
{
  g_autofree char *plugin = g_strndup (function, strcspn (function, "."));

  return g_hash_table_lookup (self->refusals, plugin);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  const AqFunction * const *one = a;
  const AqFunction * const *other = b;

  return strcmp ((*one)->name, (*other)->name);
}

/**
 * aq_function_table_get_serial:
 * @self: a table
 *
 * Returns: a number that stands for what is in the table now, in this process
 *
 * Since: 0.1
 */
guint
aq_function_table_get_serial (const AqFunctionTable *self)
{
  return self->serial;
}

/**
 * aq_function_table_list:
 * @self: a table
 *
 * Returns: (transfer container) (element-type AqFunction): all, sorted by name
 *
 * Since: 0.1
 */
GPtrArray *
aq_function_table_list (AqFunctionTable *self)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer function;

  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &function))
    g_ptr_array_add (list, function);
  g_ptr_array_sort (list, compare_names);
  return list;
}

/**
 * aq_function_table_suggest:
 * @self: a table
 * @name: a name that is not in it
 *
 * Returns: (nullable): the name in the table that was probably meant
 *
 * Since: 0.1
 */
const char *
aq_function_table_suggest (AqFunctionTable *self,
                           const char      *name)
{
  AqSuggestion suggestion;
  GHashTableIter iter;
  gpointer key;

  aq_suggestion_init (&suggestion, name);
  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    aq_suggestion_offer (&suggestion, key);
  return suggestion.best;
}
