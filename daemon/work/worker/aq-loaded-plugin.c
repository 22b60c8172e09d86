/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A plugin in memory
 *
 * Loads the object behind a descriptor, which somebody else has checked and
 * opened, and reads its constant before any of its functions is called. Every
 * refusal says which file, what was found in it and what was wanted.
 *
 * Nothing is ever unloaded: a plugin may have left threads, exit handlers, GTypes
 * or quarks behind that point into its code. The process ends instead.
 */

#include "config.h"

#include "work/worker/aq-loaded-plugin.h"

#include "work/worker/aq-function-options.h"

#include "work/worker/aq-wire.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

/* What ABI 1 began with: a plugin may have more, of a later minor version, but not less. */
#define MIN_PLUGIN_BYTES (G_STRUCT_OFFSET (AsyncqPlugin, n_functions) + sizeof (gsize))
#define MIN_FUNCTION_BYTES (G_STRUCT_OFFSET (AsyncqFunction, description) + sizeof (char *))

/* One plugin while it is looked at. */
typedef struct
{
  const char         *file;
  const char         *id;
  void               *handle;
  const AsyncqPlugin *plugin;
} Opening;

G_GNUC_PRINTF (3, 4)
static void
refuse (GError        **error,
        const Opening  *opening,
        const char     *format,
        ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI, "plugin '%s': %s", opening->file, text);
}

/**
 * aq_plugin_name_is_valid:
 * @name: the name of a plugin or of a function
 *
 * Whether it fits `[A-Za-z_][A-Za-z0-9_]{0,63}`.
 */
gboolean
aq_plugin_name_is_valid (const char *name)
{
  gsize length = strlen (name);

  if (length == 0 || length > AQ_PLUGIN_NAME_MAX || g_ascii_isdigit (name[0]))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (name[i]) && name[i] != '_')
      return FALSE;
  return TRUE;
}

/* dlerror() names the descriptor's link, which means nothing to people */
static const char *
loader_reason (const char *path)
{
  const char *text = dlerror ();

  if (text == NULL)
    return "unknown reason";
  if (g_str_has_prefix (text, path) && g_str_has_prefix (text + strlen (path), ": "))
    return text + strlen (path) + 2;
  return text;
}

/* Finds a symbol of the plugin itself: dlsym() on a handle also finds what its
 * libraries have, "system" for one. */
static void *
find_own_symbol (const Opening *opening,
                 const char    *name,
                 guchar         wanted_kind,
                 gsize          min_size)
{
  void *address = dlsym (opening->handle, name);
  struct link_map *own = NULL;
  struct link_map *found = NULL;
  const ElfW(Sym) *symbol = NULL;
  Dl_info info;

  if (address == NULL ||
      dlinfo (opening->handle, RTLD_DI_LINKMAP, &own) != 0 ||
      dladdr1 (address, &info, (void **) &found, RTLD_DL_LINKMAP) == 0 ||
      found != own)
    return NULL;
  if (dladdr1 (address, &info, (void **) &symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL ||
      ELF64_ST_TYPE (symbol->st_info) != wanted_kind || symbol->st_size < min_size)
    return NULL;
  return address;
}

static gboolean
check_constant (Opening  *opening,
                GError  **error)
{
  const AsyncqPlugin *plugin;

  plugin = find_own_symbol (opening, "asyncq_plugin", STT_OBJECT,
                            G_STRUCT_OFFSET (AsyncqPlugin, function_size) + sizeof (guint32));
  if (plugin == NULL)
    {
      refuse (error, opening, "found no constant 'asyncq_plugin', wanted one as asyncq-plugin.h declares it");
      return FALSE;
    }
  if (plugin->abi != ASYNCQ_PLUGIN_ABI)
    {
      refuse (error, opening, "found plugin ABI %u, wanted %d: build it against the installed asyncq-plugin.h",
              plugin->abi, ASYNCQ_PLUGIN_ABI);
      return FALSE;
    }
  if (plugin->size < MIN_PLUGIN_BYTES || plugin->function_size < MIN_FUNCTION_BYTES)
    {
      refuse (error, opening, "found sizes %u and %u in its constant, wanted at least %zu and %zu",
              plugin->size, plugin->function_size, (gsize) MIN_PLUGIN_BYTES,
              (gsize) MIN_FUNCTION_BYTES);
      return FALSE;
    }
  if (g_strcmp0 (plugin->id, opening->id) != 0)
    {
      refuse (error, opening, "found the id '%s', wanted '%s' as the file is named",
              plugin->id == NULL ? "" : plugin->id, opening->id);
      return FALSE;
    }
  if (plugin->n_functions > AQ_PLUGIN_MAX_FUNCTIONS ||
      (plugin->n_functions > 0 && plugin->functions == NULL))
    {
      refuse (error, opening, "found %zu functions, wanted %d at most",
              plugin->n_functions, AQ_PLUGIN_MAX_FUNCTIONS);
      return FALSE;
    }
  opening->plugin = plugin;
  return TRUE;
}

static void
loaded_function_free (gpointer data)
{
  AqLoadedFunction *self = data;

  g_free (self->full_name);
  g_free (self->arguments_type);
  g_clear_pointer (&self->signature, asyncq_signature_unref);
  g_free (self);
}

static gboolean
check_declaration (const Opening         *opening,
                   const AsyncqFunction  *declared,
                   GHashTable            *names,
                   GError               **error)
{
  if (declared->name == NULL || !aq_plugin_name_is_valid (declared->name))
    {
      refuse (error, opening, "found a function named '%s', wanted [A-Za-z_][A-Za-z0-9_]{0,63}",
              declared->name == NULL ? "" : declared->name);
      return FALSE;
    }
  if (!g_hash_table_add (names, (gpointer) declared->name))
    {
      refuse (error, opening, "found function '%s' twice, wanted it once", declared->name);
      return FALSE;
    }
  if (declared->result == NULL || !g_variant_type_string_is_valid (declared->result) ||
      !g_variant_type_is_definite (G_VARIANT_TYPE (declared->result)))
    {
      refuse (error, opening, "function '%s': found the result type '%s', wanted a definite GVariant type",
              declared->name, declared->result == NULL ? "" : declared->result);
      return FALSE;
    }
  return TRUE;
}

/* A plugin that was built before there were objects has a shorter declaration. */
static gboolean
read_object (const Opening         *opening,
             const AsyncqFunction  *declared,
             const char           **out_object,
             GError               **error)
{
  const char *object = NULL;

  if (opening->plugin->function_size >= G_STRUCT_OFFSET (AsyncqFunction, object) + sizeof (char *))
    object = declared->object;
  if (object != NULL &&
      (!g_variant_type_string_is_valid (object) || !g_variant_type_is_definite (G_VARIANT_TYPE (object))))
    {
      refuse (error, opening, "function '%s': found the object type '%s', wanted a definite GVariant type",
              declared->name, object);
      return FALSE;
    }
  *out_object = object;
  return TRUE;
}

/* What the constant of a plugin that was built before there were options has at @offset: nothing. */
static gboolean
has_member (const Opening *opening,
            gsize          offset)
{
  return opening->plugin->size >= offset + sizeof (gpointer);
}

/* How the functions are to be run. Errors: PLUGIN_ABI. */
static gboolean
read_options (const Opening         *opening,
              const AsyncqFunction  *declared,
              AqFunctionOptions     *options,
              const char           **out_text,
              GError               **error)
{
  g_autoptr(GError) local_error = NULL;
  const char *text = NULL;

  if (declared == NULL && has_member (opening, G_STRUCT_OFFSET (AsyncqPlugin, options)))
    text = opening->plugin->options;
  else if (declared != NULL &&
           opening->plugin->function_size >= G_STRUCT_OFFSET (AsyncqFunction, options) + sizeof (char *))
    text = declared->options;
  *out_text = text == NULL ? "" : text;
  if (!g_utf8_validate (*out_text, -1, NULL))
    local_error = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "not in UTF-8");
  if (local_error == NULL && aq_function_options_parse (options, *out_text, &local_error))
    return TRUE;

  refuse (error, opening, "%s%s: found the options \"%s\", wanted such as plugins/README.md lists: %s",
          declared == NULL ? "the plugin" : "function ", declared == NULL ? "" : declared->name, *out_text,
          local_error->message);
  return FALSE;
}

static AqLoadedFunction *
load_function (const Opening         *opening,
               const AsyncqFunction  *declared,
               GHashTable            *names,
               GError               **error)
{
  g_autofree char *symbol = NULL;
  g_autoptr(AsyncqSignature) signature = NULL;
  g_autoptr(GError) local_error = NULL;
  const char *parameters = declared->parameters == NULL ? "" : declared->parameters;
  g_auto(AqFunctionOptions) options = { 0 };
  const char *object = NULL;
  const char *text;
  AqLoadedFunction *self;
  void *address;

  aq_function_options_init (&options);
  if (!check_declaration (opening, declared, names, error) || !read_object (opening, declared, &object, error) ||
      !read_options (opening, NULL, &options, &text, error) ||
      !read_options (opening, declared, &options, &text, error))
    return NULL;

  if (g_utf8_validate (parameters, -1, NULL))
    signature = asyncq_signature_parse (parameters, &local_error);
  else
    local_error = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "not in UTF-8");
  if (signature == NULL)
    {
      refuse (error, opening, "function '%s': found the parameters \"%s\", wanted a signature: %s",
              declared->name, parameters, local_error->message);
      return NULL;
    }
  symbol = g_strconcat (opening->id, "_", declared->name, NULL);
  address = find_own_symbol (opening, symbol, STT_FUNC, 0);
  if (address == NULL)
    {
      refuse (error, opening, "function '%s': found no symbol '%s' in it, wanted an exported function",
              declared->name, symbol);
      return NULL;
    }

  self = g_new0 (AqLoadedFunction, 1);
  self->full_name = g_strconcat (opening->id, ".", declared->name, NULL);
  self->name = declared->name;
  self->parameters = parameters;
  self->result = declared->result;
  self->description = declared->description == NULL ? "" : declared->description;
  self->object = object;
  self->options = text;
  self->deferred = options.deferred;
  self->n_concurrent = options.n_concurrent;
  self->arguments_type = g_variant_type_dup_string (asyncq_signature_get_tuple_type (signature));
  self->signature = g_steal_pointer (&signature);
  self->call = (AsyncqJobFunction) (gsize) address;
  return self;
}

static GPtrArray *
load_functions (const Opening  *opening,
                GError        **error)
{
  g_autoptr(GPtrArray) functions = g_ptr_array_new_with_free_func (loaded_function_free);
  g_autoptr(GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  const guint8 *entry = (const guint8 *) opening->plugin->functions;

  for (gsize i = 0; i < opening->plugin->n_functions; i++)
    {
      AqLoadedFunction *function;

      function = load_function (opening, (const AsyncqFunction *) entry, names, error);
      if (function == NULL)
        return NULL;
      g_ptr_array_add (functions, function);
      entry += opening->plugin->function_size;
    }
  return g_steal_pointer (&functions);
}

/**
 * aq_loaded_plugin_open:
 * @fd: the plugin's file. It must stay open: the loader knows the object by the
 *   name of this descriptor's link and would take the next file that gets the
 *   number for the same object
 * @file: its path, for messages
 * @id: which plugin it must be
 * @error: return location for an error
 *
 * Loads a plugin, which runs its constructors, and checks its constant, the
 * signatures of its functions and that each has its symbol.
 *
 * Errors: `ASYNCQ_ERROR_PLUGIN_ABI`.
 *
 * Returns: (transfer none): the plugin, for the rest of the process's life
 */
AqLoadedPlugin *
aq_loaded_plugin_open (int          fd,
                       const char  *file,
                       const char  *id,
                       GError     **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  Opening opening = { file, id };
  AqLoadedPlugin *self;
  GPtrArray *functions;

  opening.handle = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  if (opening.handle == NULL)
    {
      refuse (error, &opening, "found what cannot be loaded, wanted a shared object: %s",
              loader_reason (path));
      return NULL;
    }
  /* no dlclose() from here on, refused or not: see above */
  if (!check_constant (&opening, error))
    return NULL;
  functions = load_functions (&opening, error);
  if (functions == NULL)
    return NULL;

  self = g_new0 (AqLoadedPlugin, 1);
  self->id = opening.plugin->id;
  self->version = opening.plugin->version == NULL ? "" : opening.plugin->version;
  if (has_member (&opening, G_STRUCT_OFFSET (AsyncqPlugin, options)) && opening.plugin->options != NULL)
    self->options = opening.plugin->options;
  else
    self->options = "";
  if (has_member (&opening, G_STRUCT_OFFSET (AsyncqPlugin, set_up)))
    self->set_up = opening.plugin->set_up;
  if (has_member (&opening, G_STRUCT_OFFSET (AsyncqPlugin, tear_down)))
    self->tear_down = opening.plugin->tear_down;
  self->functions = functions;
  self->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

/**
 * aq_loaded_plugin_set_settings:
 * @self: a plugin
 * @settings: a{ss}: its group of the configuration
 */
void
aq_loaded_plugin_set_settings (AqLoadedPlugin *self,
                               GVariant       *settings)
{
  GVariantIter iter;
  char *key;
  char *value;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{ss}", &key, &value))
    g_hash_table_replace (self->settings, key, value);
}

/**
 * aq_loaded_function_check_result:
 * @self: a function that has returned without an error
 * @returned_job: whether it has returned a job
 * @value: (inout) (nullable): what it gave back; the unit value is made of nothing
 * @error: return location for an error
 *
 * Checks what a function gave back, and brings it into shape.
 *
 * Errors: `ASYNCQ_ERROR_BAD_RESULT`, `ASYNCQ_ERROR_TOO_LARGE`.
 */
gboolean
aq_loaded_function_check_result (const AqLoadedFunction  *self,
                                 gboolean                 returned_job,
                                 GVariant               **value,
                                 GError                 **error)
{
  if (*value == NULL)
    {
      if (returned_job)
        return TRUE;
      if (strcmp (self->result, "()") != 0)
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_RESULT,
                       "'%s' returned nothing and no error, wanted a value of type '%s'",
                       self->full_name, self->result);
          return FALSE;
        }
      *value = g_variant_ref_sink (g_variant_new_tuple (NULL, 0));
      return TRUE;
    }
  if (returned_job)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_RESULT,
                   "'%s' returned a job and a value as well", self->full_name);
      return FALSE;
    }
  if (!g_variant_is_of_type (*value, G_VARIANT_TYPE (self->result)))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_RESULT,
                   "'%s' returned a value of type '%s', wanted '%s'", self->full_name,
                   g_variant_get_type_string (*value), self->result);
      return FALSE;
    }
  if (g_variant_get_size (*value) > AQ_WIRE_MAX_RESULT_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "'%s' returned a value of %zu bytes, at most %d are kept", self->full_name,
                   g_variant_get_size (*value), AQ_WIRE_MAX_RESULT_BYTES);
      return FALSE;
    }
  if (!g_variant_is_normal_form (*value))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_RESULT,
                   "'%s' returned a value that is not in normal form", self->full_name);
      return FALSE;
    }
  return TRUE;
}
