/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One profile for each sandbox
 *
 * What a daemon's plugins and configuration ask for is a handful of sandboxes, so
 * that none is ever dropped.
 */

#include "config.h"

#include "work/aq-profile-table.h"

#include "work/worker/aq-confinement.h"

struct _AqProfileTable
{
  GHashTable *profiles; /* key → AqProfile, owned */
};

AqProfileTable *
aq_profile_table_new (void)
{
  AqProfileTable *self = g_new0 (AqProfileTable, 1);

  self->profiles = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) aq_profile_unref);
  return self;
}

void
aq_profile_table_free (AqProfileTable *self)
{
  g_hash_table_unref (self->profiles);
  g_free (self);
}

/**
 * aq_profile_table_ref_profile:
 * @self: a table
 * @sandbox: a normal sandbox
 *
 * Returns: (nullable) (transfer full): the profile of that sandbox; %NULL for
 *   the one that asks for nothing
 */
AqProfile *
aq_profile_table_ref_profile (AqProfileTable  *self,
                              const AqSandbox *sandbox)
{
  g_autofree char *key = NULL;
  AqProfile *profile;

  if (aq_sandbox_is_empty (sandbox))
    return NULL;
  key = aq_sandbox_to_text (sandbox);
  profile = g_hash_table_lookup (self->profiles, key);
  if (profile == NULL)
    {
      profile = aq_profile_new (sandbox);
      g_hash_table_insert (self->profiles, (char *) aq_profile_get_key (profile), profile);
    }
  return aq_profile_ref (profile);
}
