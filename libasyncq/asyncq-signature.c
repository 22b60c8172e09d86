/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The parameters of a function
 *
 * A signature is parsed once and never changes after that, so any number of
 * threads may use one. Every type in it can travel over D-Bus and be stored:
 * no maybe, no file descriptor, no empty tuple, no dictionary entry by itself.
 *
 * Fitting arguments to it is in asyncq-signature-bind.c, reading them from the
 * words of a command line in asyncq-signature-words.c.
 */

#include "config.h"

#include "asyncq-signature.h"

#include "asyncq-error.h"
#include "asyncq-signature-private.h"

#include <string.h>

/* a signature of D-Bus ends here, and the tuple of all arguments must be one */
#define MAX_TUPLE_TYPE_LENGTH 255
#define MAX_NAME_LENGTH 64

G_DEFINE_BOXED_TYPE (AsyncqSignature, asyncq_signature, asyncq_signature_ref, asyncq_signature_unref)

static void
parameter_clear (gpointer data)
{
  AsyncqParameter *parameter = data;

  g_clear_pointer (&parameter->name, g_free);
  g_clear_pointer (&parameter->type, g_variant_type_free);
  g_clear_pointer (&parameter->value, g_variant_unref);
}

/* ---- types ---- */

static guint
type_depth (const GVariantType *type)
{
  guint depth = 0;

  if (g_variant_type_is_array (type) || g_variant_type_is_maybe (type))
    return 1 + type_depth (g_variant_type_element (type));
  if (g_variant_type_is_variant (type))
    return 1;
  if (!g_variant_type_is_container (type))
    return 0;

  for (const GVariantType *item = g_variant_type_first (type); item != NULL;
       item = g_variant_type_next (item))
    depth = MAX (depth, type_depth (item));
  return 1 + depth;
}

/* why a type cannot be stored and sent with @levels of nesting, or NULL where it can */
static const char *
find_fault_of_type (const GVariantType *type,
                    guint               levels)
{
  const char *text = g_variant_type_peek_string (type);
  gsize length = g_variant_type_get_string_length (type);

  for (gsize i = 0; i < length; i++)
    {
      if (strchr ("mhr*?", text[i]) != NULL)
        return "'m', 'h', 'r', '*' and '?' cannot be part of a type here";
      if (text[i] == '{' && (i == 0 || text[i - 1] != 'a'))
        return "a dictionary entry can only stand in an array";
      if (text[i] == ')' && text[i - 1] == '(')
        return "an empty tuple cannot be an argument";
    }
  if (type_depth (type) > levels)
    return "it is nested deeper than 16 levels";
  return NULL;
}

/* only variants can make a value other than its type says, so only those are opened */
static const char *
find_fault_below (GVariant *value,
                  guint     levels)
{
  const char *fault = NULL;
  gsize n_children;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr(GVariant) inner = g_variant_get_variant (value);

      fault = find_fault_of_type (g_variant_get_type (inner), levels - 1);
      return fault != NULL ? fault : find_fault_below (inner, levels - 1);
    }
  if (!g_variant_is_container (value) || strchr (g_variant_get_type_string (value), 'v') == NULL)
    return NULL;

  n_children = g_variant_n_children (value);
  for (gsize i = 0; fault == NULL && i < n_children; i++)
    {
      g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

      fault = find_fault_below (child, levels - 1);
    }
  return fault;
}

/*
 * Why a value cannot be stored and sent, or NULL where it can. Its type must be
 * one that find_fault_of_type() has passed.
 */
const char *
_asyncq_find_fault_of_value (GVariant *value)
{
  return find_fault_below (value, ASYNCQ_MAX_VALUE_DEPTH);
}

/*
 * The texts of GVariant's parser begin with the place, "2-5:unknown keyword". The
 * place counts from where we began to parse, so it would mislead.
 */
const char *
_asyncq_parse_error_reason (const GError *error)
{
  const char *reason = error->message + strspn (error->message, "0123456789-,");

  return *reason == ':' ? reason + 1 : error->message;
}

/* ---- parsing ---- */

typedef struct
{
  const char *text; /* all of it, for messages */
  const char *at;
} Reader;

static void G_GNUC_PRINTF (3, 4)
set_parse_error (const Reader  *reader,
                 GError       **error,
                 const char    *format,
                 ...)
{
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "parameters \"%s\" are wrong at character %" G_GSIZE_FORMAT ": %s",
               reader->text, (gsize) (reader->at - reader->text) + 1, what);
}

static gboolean
skip_blanks (Reader *reader)
{
  const char *start = reader->at;

  while (g_ascii_isspace (*reader->at))
    reader->at++;
  return reader->at != start;
}

static gboolean
read_name (AsyncqSignature  *self,
           Reader           *reader,
           char            **out_name,
           GError          **error)
{
  const char *end = reader->at;

  if (g_ascii_isalpha (*end) || *end == '_')
    while (g_ascii_isalnum (*end) || *end == '_')
      end++;
  if (end == reader->at)
    {
      set_parse_error (reader, error, "the name of a parameter is wanted");
      return FALSE;
    }
  if (end - reader->at > MAX_NAME_LENGTH)
    {
      set_parse_error (reader, error, "a name has at most %d characters", MAX_NAME_LENGTH);
      return FALSE;
    }
  if (_asyncq_signature_find (self, reader->at, end - reader->at) >= 0)
    {
      set_parse_error (reader, error, "the name '%.*s' is there twice",
                       (int) (end - reader->at), reader->at);
      return FALSE;
    }
  *out_name = g_strndup (reader->at, end - reader->at);
  reader->at = end;
  return TRUE;
}

static gboolean
read_type (Reader        *reader,
           const char    *name,
           GVariantType **out_type,
           GError       **error)
{
  g_autoptr(GVariantType) type = NULL;
  const char *end = NULL;
  const char *fault;

  if (!skip_blanks (reader) ||
      !g_variant_type_string_scan (reader->at, NULL, &end) ||
      (*end != '\0' && *end != ',' && *end != '=' && !g_ascii_isspace (*end)))
    {
      set_parse_error (reader, error, "the GVariant type of '%s' is wanted after a blank", name);
      return FALSE;
    }
  type = g_variant_type_copy ((const GVariantType *) reader->at);
  fault = find_fault_of_type (type, ASYNCQ_MAX_VALUE_DEPTH);
  if (fault != NULL)
    {
      set_parse_error (reader, error, "%s", fault);
      return FALSE;
    }
  reader->at = end;
  *out_type = g_steal_pointer (&type);
  return TRUE;
}

/* reads "= value", where there is one; GVariant's own parser finds the end of the value */
static gboolean
read_default (AsyncqSignature     *self,
              Reader              *reader,
              const char          *name,
              const GVariantType  *type,
              GVariant           **out_value,
              GError             **error)
{
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GError) parse_error = NULL;
  const char *end = NULL;
  const char *fault;

  (void) skip_blanks (reader);
  if (*reader->at != '=')
    {
      if (self->parameters->len > 0 && _asyncq_signature_get (self, self->parameters->len - 1)->value != NULL)
        {
          set_parse_error (reader, error, "'%s' needs a default, since the one before it has one", name);
          return FALSE;
        }
      return TRUE;
    }

  reader->at++;
  (void) skip_blanks (reader);
  value = g_variant_parse (type, reader->at, NULL, &end, &parse_error);
  if (value == NULL)
    {
      set_parse_error (reader, error, "the default of '%s' is not of type '%.*s': %s", name,
                       (int) g_variant_type_get_string_length (type),
                       g_variant_type_peek_string (type), _asyncq_parse_error_reason (parse_error));
      return FALSE;
    }
  g_variant_take_ref (value);
  fault = _asyncq_find_fault_of_value (value);
  if (fault != NULL)
    {
      set_parse_error (reader, error, "the default of '%s' cannot be used: %s", name, fault);
      return FALSE;
    }
  reader->at = end;
  *out_value = g_variant_get_normal_form (value);
  return TRUE;
}

static gboolean
read_parameter (AsyncqSignature  *self,
                Reader           *reader,
                GError          **error)
{
  AsyncqParameter parameter = { NULL, NULL, NULL };

  (void) skip_blanks (reader);
  if (!read_name (self, reader, &parameter.name, error) ||
      !read_type (reader, parameter.name, &parameter.type, error) ||
      !read_default (self, reader, parameter.name, parameter.type, &parameter.value, error))
    {
      parameter_clear (&parameter);
      return FALSE;
    }
  g_array_append_val (self->parameters, parameter);
  return TRUE;
}

/* what every call would have to work out again */
static void
prepare (AsyncqSignature *self)
{
  g_autoptr(GString) text = g_string_new ("(");
  g_autoptr(GPtrArray) values = g_ptr_array_new ();

  for (guint i = 0; i < self->parameters->len; i++)
    {
      AsyncqParameter *parameter = _asyncq_signature_get (self, i);

      g_string_append_len (text, g_variant_type_peek_string (parameter->type),
                           g_variant_type_get_string_length (parameter->type));
      if (parameter->value != NULL)
        g_ptr_array_add (values, parameter->value);
    }
  g_string_append_c (text, ')');
  self->tuple_type = g_variant_type_new (text->str);

  if (values->len == self->parameters->len)
    {
      self->all_defaults = g_variant_new_tuple ((GVariant **) values->pdata, values->len);
      g_variant_ref_sink (self->all_defaults);
    }
}

/**
 * asyncq_signature_parse:
 * @parameters: `name type` or `name type = default`, separated by commas; may
 *   be empty
 * @error: return location for an error
 *
 * Reads the parameters of a function, as a plugin declares them.
 *
 * Names are `[A-Za-z_][A-Za-z0-9_]{0,63}`, each once. A type is a GVariant type
 * that D-Bus can carry: without `m` and `h`, nested at most 16 levels deep. A
 * default is GVariant text; after a parameter with a default every other has one.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`; the message says what is wrong and where.
 *
 * Returns: (transfer full): the signature, or %NULL with @error set
 *
 * Since: 0.1
 */
AsyncqSignature *
asyncq_signature_parse (const char  *parameters,
                        GError     **error)
{
  g_autoptr(AsyncqSignature) self = NULL;
  Reader reader = { parameters, parameters };

  g_return_val_if_fail (parameters != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  /* GVariant's parser takes it for granted */
  if (!g_utf8_validate (parameters, -1, NULL))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the parameters are not UTF-8");
      return NULL;
    }

  self = g_new0 (AsyncqSignature, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->parameters = g_array_new (FALSE, FALSE, sizeof (AsyncqParameter));
  g_array_set_clear_func (self->parameters, parameter_clear);

  (void) skip_blanks (&reader);
  while (*reader.at != '\0')
    {
      if (!read_parameter (self, &reader, error))
        return NULL;
      (void) skip_blanks (&reader);
      if (*reader.at == '\0')
        break;
      if (*reader.at != ',')
        {
          set_parse_error (&reader, error, "a comma or the end is wanted");
          return NULL;
        }
      reader.at++;
      (void) skip_blanks (&reader);
      if (*reader.at == '\0')
        {
          set_parse_error (&reader, error, "the name of a parameter is wanted after a comma");
          return NULL;
        }
    }

  prepare (self);
  if (g_variant_type_get_string_length (self->tuple_type) > MAX_TUPLE_TYPE_LENGTH)
    {
      set_parse_error (&reader, error, "the types together have more than %d characters",
                       MAX_TUPLE_TYPE_LENGTH - 2);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * asyncq_signature_ref:
 * @self: a signature
 *
 * Takes another reference. Any thread may.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
AsyncqSignature *
asyncq_signature_ref (AsyncqSignature *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * asyncq_signature_unref:
 * @self: (transfer full): a signature
 *
 * Gives a reference back. Any thread may.
 *
 * Since: 0.1
 */
void
asyncq_signature_unref (AsyncqSignature *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_array_unref (self->parameters);
  g_clear_pointer (&self->tuple_type, g_variant_type_free);
  g_clear_pointer (&self->all_defaults, g_variant_unref);
  g_free (self);
}

/**
 * asyncq_signature_get_n_parameters:
 * @self: a signature
 *
 * Gives the number of parameters.
 *
 * Returns: how many
 *
 * Since: 0.1
 */
guint
asyncq_signature_get_n_parameters (AsyncqSignature *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->parameters->len;
}

/**
 * asyncq_signature_get_name:
 * @self: a signature
 * @index: which parameter, counted from 0
 *
 * Gives the name of a parameter.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
asyncq_signature_get_name (AsyncqSignature *self,
                           guint            index)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (index < self->parameters->len, NULL);

  return _asyncq_signature_get (self, index)->name;
}

/**
 * asyncq_signature_get_value_type:
 * @self: a signature
 * @index: which parameter, counted from 0
 *
 * Gives the type of a parameter.
 *
 * Returns: (transfer none): the type
 *
 * Since: 0.1
 */
const GVariantType *
asyncq_signature_get_value_type (AsyncqSignature *self,
                                 guint            index)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (index < self->parameters->len, NULL);

  return _asyncq_signature_get (self, index)->type;
}

/**
 * asyncq_signature_get_default:
 * @self: a signature
 * @index: which parameter, counted from 0
 *
 * Gives what a parameter is where no argument is given for it.
 *
 * Returns: (transfer none) (nullable): the default, or %NULL where an argument must
 *   be given
 *
 * Since: 0.1
 */
GVariant *
asyncq_signature_get_default (AsyncqSignature *self,
                              guint            index)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (index < self->parameters->len, NULL);

  return _asyncq_signature_get (self, index)->value;
}

/**
 * asyncq_signature_get_tuple_type:
 * @self: a signature
 *
 * Gives the type of all arguments together, which is what a function gets.
 *
 * Returns: (transfer none): a tuple type
 *
 * Since: 0.1
 */
const GVariantType *
asyncq_signature_get_tuple_type (AsyncqSignature *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->tuple_type;
}

/* the index of the parameter with this name, or -1 */
int
_asyncq_signature_find (AsyncqSignature *self,
                        const char      *name,
                        gsize            name_length)
{
  for (guint i = 0; i < self->parameters->len; i++)
    {
      const char *known = _asyncq_signature_get (self, i)->name;

      if (strncmp (known, name, name_length) == 0 && known[name_length] == '\0')
        return (int) i;
    }
  return -1;
}

/* for messages: "the parameters are x, y" without the last @n_open */
char *
_asyncq_signature_dup_names (AsyncqSignature *self,
                             guint            n_open)
{
  guint n_parameters = self->parameters->len - n_open;
  g_autoptr(GString) names = NULL;

  if (n_parameters == 0)
    return g_strdup ("there are no parameters");
  names = g_string_new (n_parameters == 1 ? "the only parameter is " : "the parameters are ");
  for (guint i = 0; i < n_parameters; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", _asyncq_signature_get (self, i)->name);
  return g_string_free (g_steal_pointer (&names), FALSE);
}
