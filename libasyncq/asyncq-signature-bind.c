/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Fits arguments to the parameters of a function
 *
 * Every job passes through here once, when it is submitted, so the common case,
 * a tuple that already has the right type, does no more than compare types.
 */

#include "config.h"

#include "asyncq-signature.h"

#include "asyncq-error.h"
#include "asyncq-signature-private.h"

#include <string.h>

#define TYPE_FORMAT(type) \
  (int) g_variant_type_get_string_length (type), g_variant_type_peek_string (type)

typedef struct
{
  AsyncqSignature *signature;
  guint            n_parameters; /* without the open ones */
  guint            n_open;
  GVariant       **values;       /* one a parameter, owned; NULL: not given */
} Binding;

static void
binding_clear (Binding *binding)
{
  for (guint i = 0; i < binding->n_parameters; i++)
    g_clear_pointer (&binding->values[i], g_variant_unref);
  g_clear_pointer (&binding->values, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Binding, binding_clear)

/* takes @value; a parameter of type v takes any value, in a box */
static gboolean
bind_value (Binding   *binding,
            guint      index,
            GVariant  *value,
            GError   **error)
{
  AsyncqParameter *parameter = _asyncq_signature_get (binding->signature, index);
  g_autoptr(GVariant) owned = value;

  if (!g_variant_type_equal (g_variant_get_type (value), parameter->type))
    {
      if (!g_variant_type_equal (parameter->type, G_VARIANT_TYPE_VARIANT))
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                       "argument %u, '%s', is of type '%s', '%.*s' is wanted", index + 1,
                       parameter->name, g_variant_get_type_string (value),
                       TYPE_FORMAT (parameter->type));
          return FALSE;
        }
      g_variant_unref (owned);
      owned = g_variant_ref_sink (g_variant_new_variant (value));
    }
  binding->values[index] = g_steal_pointer (&owned);
  return TRUE;
}

static gboolean
bind_positional (Binding   *binding,
                 GVariant  *positional,
                 GError   **error)
{
  gboolean boxed = g_variant_is_of_type (positional, G_VARIANT_TYPE ("av"));
  gsize n_values;

  if (!boxed && !g_variant_is_of_type (positional, G_VARIANT_TYPE_TUPLE))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "the arguments are of type '%s', a tuple or 'av' is wanted",
                   g_variant_get_type_string (positional));
      return FALSE;
    }
  n_values = g_variant_n_children (positional);
  if (n_values > binding->n_parameters)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "%" G_GSIZE_FORMAT " arguments given, at most %u %s taken", n_values,
                   binding->n_parameters, binding->n_parameters == 1 ? "is" : "are");
      return FALSE;
    }
  for (gsize i = 0; i < n_values; i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (positional, i);

      if (boxed)
        {
          GVariant *inner = g_variant_get_variant (value);

          g_variant_unref (value);
          value = inner;
        }
      if (!bind_value (binding, i, g_steal_pointer (&value), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
bind_named_value (Binding     *binding,
                  const char  *name,
                  GVariant    *value,
                  GError     **error)
{
  int index = _asyncq_signature_find (binding->signature, name, strlen (name));

  if (index < 0)
    {
      g_autofree char *names = _asyncq_signature_dup_names (binding->signature, binding->n_open);

      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS, "argument '%s' is not known; %s",
                   name, names);
      return FALSE;
    }
  if ((guint) index >= binding->n_parameters)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "argument '%s' cannot be given; it is filled in when the job runs", name);
      return FALSE;
    }
  if (binding->values[index] != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS, "argument '%s' is given twice", name);
      return FALSE;
    }
  return bind_value (binding, (guint) index, g_variant_ref (value), error);
}

static gboolean
bind_named (Binding   *binding,
            GVariant  *named,
            GError   **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *item;

  if (!g_variant_is_of_type (named, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "the named arguments are of type '%s', 'a{sv}' is wanted",
                   g_variant_get_type_string (named));
      return FALSE;
    }
  g_variant_iter_init (&iter, named);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &item))
    {
      g_autoptr(GVariant) value = item;

      if (!bind_named_value (binding, name, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
fill_in_defaults (Binding  *binding,
                  GError  **error)
{
  for (guint i = 0; i < binding->n_parameters; i++)
    {
      AsyncqParameter *parameter = _asyncq_signature_get (binding->signature, i);

      if (binding->values[i] != NULL)
        continue;
      if (parameter->value == NULL)
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS, "argument '%s' is missing",
                       parameter->name);
          return FALSE;
        }
      binding->values[i] = g_variant_ref (parameter->value);
    }
  return TRUE;
}

static gboolean
check_values (AsyncqSignature  *self,
              GVariant         *arguments,
              GError          **error)
{
  const char *fault;
  gsize n_values;

  if (strchr (g_variant_get_type_string (arguments), 'v') == NULL)
    return TRUE;
  n_values = g_variant_n_children (arguments);
  for (gsize i = 0; i < n_values; i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (arguments, i);

      fault = _asyncq_find_fault_of_value (value);
      if (fault == NULL)
        continue;
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "argument %" G_GSIZE_FORMAT ", '%s', cannot be used: %s", i + 1,
                   _asyncq_signature_get (self, i)->name, fault);
      return FALSE;
    }
  return TRUE;
}

/* everything that asyncq_signature_bind() cannot answer by looking */
static GVariant *
bind_slowly (AsyncqSignature  *self,
             GVariant         *positional,
             GVariant         *named,
             guint             n_open,
             GError          **error)
{
  g_auto(Binding) binding = { self, self->parameters->len - n_open, n_open, NULL };
  g_autoptr(GVariant) arguments = NULL;

  binding.values = g_new0 (GVariant *, binding.n_parameters);
  if ((positional != NULL && !bind_positional (&binding, positional, error)) ||
      (named != NULL && !bind_named (&binding, named, error)) ||
      !fill_in_defaults (&binding, error))
    return NULL;

  arguments = g_variant_ref_sink (g_variant_new_tuple (binding.values, binding.n_parameters));
  if (!check_values (self, arguments, error))
    return NULL;
  return g_variant_get_normal_form (arguments);
}

/**
 * asyncq_signature_bind:
 * @self: a signature
 * @positional: (nullable): a tuple, or an array of variants (`av`): the arguments
 *   by position
 * @named: (nullable): a dictionary `a{sv}`: the arguments by name
 * @n_open: how many parameters at the end are left out, because they are filled
 *   in later (a postprocess function's `jobs`)
 * @error: return location for an error
 *
 * Fits arguments to the parameters, and fills in defaults. Types have to be
 * exact; a parameter of type `v` takes any value. Floating arguments are consumed.
 *
 * Errors: `ASYNCQ_ERROR_BAD_ARGUMENTS`; the message names the parameter, what
 * was found and what is wanted.
 *
 * Returns: (transfer full): a tuple of exactly the declared types without the
 *   open ones, in normal form and not floating, or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_signature_bind (AsyncqSignature  *self,
                       GVariant         *positional,
                       GVariant         *named,
                       guint             n_open,
                       GError          **error)
{
  g_autoptr(GVariant) own_positional = NULL;
  g_autoptr(GVariant) own_named = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  own_positional = positional != NULL ? g_variant_ref_sink (positional) : NULL;
  own_named = named != NULL ? g_variant_ref_sink (named) : NULL;

  if (n_open > self->parameters->len)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "the function has no parameter for what it would be given when it runs");
      return NULL;
    }
  if (n_open == 0 && named == NULL)
    {
      if (positional == NULL && self->all_defaults != NULL)
        return g_variant_ref (self->all_defaults);
      if (positional != NULL && g_variant_type_equal (g_variant_get_type (positional), self->tuple_type))
        return check_values (self, positional, error) ? g_variant_get_normal_form (positional) : NULL;
    }
  return bind_slowly (self, own_positional, own_named, n_open, error);
}
