/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A worker's sandbox, as the daemon tells it
 *
 * An a{sv} with "mode" u and "network" u always; "read" as, "write" as, "user" s,
 * "temporary" s, "plugin-directories" as where there are any. What the mode
 * implies is not in it.
 */

#include "config.h"

#include "work/worker/aq-confinement.h"

#include "libasyncq/asyncq-error.h"

void
aq_sandbox_clear (AqSandbox *self)
{
  g_clear_pointer (&self->read_paths, g_strfreev);
  g_clear_pointer (&self->write_paths, g_strfreev);
  g_clear_pointer (&self->user, g_free);
}

/* @self: uninitialised memory */
void
aq_sandbox_copy (AqSandbox       *self,
                 const AqSandbox *other)
{
  *self = *other;
  self->read_paths = g_strdupv (other->read_paths);
  self->write_paths = g_strdupv (other->write_paths);
  self->user = g_strdup (other->user);
}

void
aq_confinement_clear (AqConfinement *self)
{
  aq_sandbox_clear (&self->sandbox);
  g_clear_pointer (&self->temporary, g_free);
  g_clear_pointer (&self->plugin_directories, g_strfreev);
}

static void
insert_paths (GVariantDict        *dict,
              const char          *key,
              char               **paths)
{
  if (paths != NULL)
    g_variant_dict_insert_value (dict, key, g_variant_new_bytestring_array ((const char * const *) paths, -1));
}

static void
insert_text (GVariantDict *dict,
             const char   *key,
             const char   *text)
{
  if (text != NULL)
    g_variant_dict_insert_value (dict, key, g_variant_new_bytestring (text));
}

/**
 * aq_confinement_to_variant:
 * @self: a confinement
 *
 * Returns: (transfer full): an a{sv}; paths are bytes there
 */
GVariant *
aq_confinement_to_variant (const AqConfinement *self)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "mode", "u", (guint32) self->sandbox.mode);
  g_variant_dict_insert (&dict, "network", "u", (guint32) self->sandbox.network);
  insert_paths (&dict, "read", self->sandbox.read_paths);
  insert_paths (&dict, "write", self->sandbox.write_paths);
  insert_text (&dict, "user", self->sandbox.user);
  insert_text (&dict, "temporary", self->temporary);
  insert_paths (&dict, "plugin-directories", self->plugin_directories);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static char *
lookup_text (GVariantDict *dict,
             const char   *key)
{
  g_autoptr(GVariant) value = g_variant_dict_lookup_value (dict, key, G_VARIANT_TYPE_BYTESTRING);

  return value == NULL ? NULL : g_variant_dup_bytestring (value, NULL);
}

static char **
lookup_paths (GVariantDict *dict,
              const char   *key)
{
  g_autoptr(GVariant) value = g_variant_dict_lookup_value (dict, key, G_VARIANT_TYPE_BYTESTRING_ARRAY);

  return value == NULL ? NULL : g_variant_dup_bytestring_array (value, NULL);
}

/**
 * aq_confinement_from_variant:
 * @self: (out): a confinement
 * @value: from aq_confinement_to_variant() of the same build
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`
 */
gboolean
aq_confinement_from_variant (AqConfinement  *self,
                             GVariant       *value,
                             GError        **error)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (value);
  guint32 mode, network;

  if (!g_variant_dict_lookup (&dict, "mode", "u", &mode) || mode > AQ_SANDBOX_REQUIRE ||
      !g_variant_dict_lookup (&dict, "network", "u", &network) || network > AQ_NETWORK_NO)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a sandbox without a mode makes no sense");
      return FALSE;
    }
  *self = (AqConfinement) {
    .sandbox = {
      .mode = mode,
      .network = network,
      .read_paths = lookup_paths (&dict, "read"),
      .write_paths = lookup_paths (&dict, "write"),
      .user = lookup_text (&dict, "user"),
      .no_new_privileges = TRUE,
      .deny_calls = TRUE,
    },
    .temporary = lookup_text (&dict, "temporary"),
    .plugin_directories = lookup_paths (&dict, "plugin-directories"),
  };
  self->sandbox.private_tmp = self->temporary != NULL;
  return TRUE;
}
