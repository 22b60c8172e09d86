/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Sandboxes, put together and compared
 *
 * A sandbox is normal once aq_sandbox_normalise() has seen it: what is asked for
 * without a mode is preferred; a mode brings along what costs nobody anything; its
 * lists are canonical, and what may be written may be read. Only normal ones are
 * put together, and tightening then makes each part the smaller of the two: so
 * whatever one of them forbids stays forbidden.
 */

#include "config.h"

#include "work/aq-profile.h"

#include "work/aq-path-list.h"
#include "work/worker/aq-confinement.h"

struct _AqProfile
{
  guint      ref_count;
  AqSandbox  sandbox; /* normal */
  char      *key;
  char     **levels;  /* nullable: as the last worker told */

  AqTemporary  *temporary;          /* not owned: the table's, which outlives workers */
  char        **plugin_directories; /* likewise */
};

static void
replace_list (char ***list,
              char  **paths)
{
  g_strfreev (*list);
  *list = paths;
}

/* whether nothing at all is asked for */
gboolean
aq_sandbox_is_empty (const AqSandbox *self)
{
  return self->mode == AQ_SANDBOX_OFF && self->network == AQ_NETWORK_YES && self->read_paths == NULL &&
         self->write_paths == NULL && self->user == NULL && !self->private_tmp && !self->no_new_privileges &&
         !self->deny_calls;
}

/**
 * aq_sandbox_normalise:
 * @self: a sandbox, as somebody has written it
 *
 * Brings it into the form that all others have that mean the same.
 */
void
aq_sandbox_normalise (AqSandbox *self)
{
  g_auto(GStrv) read_paths = NULL;

  if (aq_sandbox_is_empty (self))
    return;
  self->mode = MAX (self->mode, AQ_SANDBOX_PREFER);
  self->no_new_privileges = TRUE;
  self->deny_calls = TRUE;
  replace_list (&self->write_paths, aq_path_list_new ((const char * const *) self->write_paths));
  read_paths = aq_path_list_new ((const char * const *) self->read_paths);
  if (read_paths != NULL && self->write_paths != NULL)
    replace_list (&self->read_paths, aq_path_list_unite ((const char * const *) read_paths,
                                                         (const char * const *) self->write_paths));
  else
    replace_list (&self->read_paths, g_steal_pointer (&read_paths));
}

/**
 * aq_sandbox_tighten:
 * @self: a normal sandbox
 * @other: another one, whose user counts if it has one
 *
 * Makes @self forbid what @other forbids, too.
 */
void
aq_sandbox_tighten (AqSandbox       *self,
                    const AqSandbox *other)
{
  self->mode = MAX (self->mode, other->mode);
  self->network = MAX (self->network, other->network);
  self->private_tmp = self->private_tmp || other->private_tmp;
  self->no_new_privileges = self->no_new_privileges || other->no_new_privileges;
  self->deny_calls = self->deny_calls || other->deny_calls;
  replace_list (&self->read_paths, aq_path_list_intersect ((const char * const *) self->read_paths,
                                                           (const char * const *) other->read_paths));
  replace_list (&self->write_paths, aq_path_list_intersect ((const char * const *) self->write_paths,
                                                            (const char * const *) other->write_paths));
  if (other->user != NULL)
    {
      g_free (self->user);
      self->user = g_strdup (other->user);
    }
}

static void
append_paths (GString    *text,
              const char *key,
              char      **paths)
{
  g_autofree char *joined = paths == NULL ? NULL : g_strjoinv (":", paths);

  if (joined != NULL)
    g_string_append_printf (text, " %s=%s", key, joined);
}

/**
 * aq_sandbox_to_text:
 * @self: a normal sandbox
 *
 * Returns: (transfer full): the options that say it, always in the same order;
 *   empty for the one that asks for nothing
 */
char *
aq_sandbox_to_text (const AqSandbox *self)
{
  static const char * const modes[] = { "off", "prefer", "require" };
  static const char * const networks[] = { "yes", "local", "no" };
  GString *text = g_string_new (NULL);

  if (aq_sandbox_is_empty (self))
    return g_string_free (text, FALSE);
  g_string_append_printf (text, "sandbox=%s network=%s", modes[self->mode], networks[self->network]);
  append_paths (text, "read", self->read_paths);
  append_paths (text, "write", self->write_paths);
  if (self->private_tmp)
    g_string_append (text, " private-tmp");
  if (self->user != NULL)
    g_string_append_printf (text, " user=%s", self->user);
  return g_string_free (text, FALSE);
}

/**
 * aq_profile_new:
 * @sandbox: a normal one that asks for something; copied
 * @temporary: where its workers may have folders; must live longer
 * @plugin_directories: where its workers must not be able to write; likewise
 */
AqProfile *
aq_profile_new (const AqSandbox  *sandbox,
                AqTemporary      *temporary,
                char            **plugin_directories)
{
  AqProfile *self = g_new0 (AqProfile, 1);

  self->ref_count = 1;
  aq_sandbox_copy (&self->sandbox, sandbox);
  self->key = aq_sandbox_to_text (sandbox);
  self->temporary = temporary;
  self->plugin_directories = plugin_directories;
  return self;
}

AqProfile *
aq_profile_ref (AqProfile *self)
{
  self->ref_count++;
  return self;
}

void
aq_profile_unref (AqProfile *self)
{
  if (--self->ref_count > 0)
    return;

  aq_sandbox_clear (&self->sandbox);
  g_strfreev (self->levels);
  g_free (self->key);
  g_free (self);
}

const char *
aq_profile_get_key (AqProfile *self)
{
  return self->key;
}

const AqSandbox *
aq_profile_get_sandbox (AqProfile *self)
{
  return &self->sandbox;
}

/**
 * aq_profile_dup_confinement:
 * @self: a profile
 * @out_folder: (out) (nullable): the path of a folder that the worker makes
 *
 * Returns: (transfer full): what another worker with this sandbox is told, a{sv}
 */
GVariant *
aq_profile_dup_confinement (AqProfile  *self,
                            char      **out_folder)
{
  AqConfinement confinement = { .sandbox = self->sandbox };

  if (self->sandbox.private_tmp)
    confinement.temporary = aq_temporary_dup_folder (self->temporary);
  if (self->sandbox.user != NULL)
    confinement.plugin_directories = self->plugin_directories;
  *out_folder = confinement.temporary;
  return aq_confinement_to_variant (&confinement);
}

/* see aq_temporary_collect() */
void
aq_profile_collect (AqProfile  *self,
                    const char *folder)
{
  aq_temporary_collect (self->temporary, folder);
}

/* see aq_temporary_discard() */
void
aq_profile_discard (AqProfile  *self,
                    const char *folder)
{
  aq_temporary_discard (self->temporary, folder);
}

/**
 * aq_profile_set_levels:
 * @self: a profile
 * @levels: what a worker says that it has reached; copied
 *
 * Returns: whether that is news
 */
gboolean
aq_profile_set_levels (AqProfile          *self,
                       const char * const *levels)
{
  if (self->levels != NULL && g_strv_equal ((const char * const *) self->levels, levels))
    return FALSE;
  g_strfreev (self->levels);
  self->levels = g_strdupv ((char **) levels);
  return TRUE;
}

/* Returns: (nullable) (transfer full): what the last worker has reached that had this sandbox */
char **
aq_profile_dup_levels (AqProfile *self)
{
  return g_strdupv (self->levels);
}
