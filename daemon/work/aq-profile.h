/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-temporary.h"
#include "work/worker/aq-function-options.h"

G_BEGIN_DECLS

/*
 * The sandbox that a function really has: what it declares, tightened by what the
 * configuration says. NULL is that of a function that has none.
 *
 * Does not change, but for the levels that workers tell. There is one AqProfile
 * for each key in an AqProfileTable, so that the same sandbox is the same pointer.
 */
typedef struct _AqProfile AqProfile;

AqProfile       *aq_profile_new         (const AqSandbox    *sandbox,
                                         AqTemporary        *temporary,
                                         char              **plugin_directories);
AqProfile       *aq_profile_ref         (AqProfile          *self);
void             aq_profile_unref       (AqProfile          *self);
const char      *aq_profile_get_key     (AqProfile          *self);
const AqSandbox *aq_profile_get_sandbox (AqProfile          *self);
GVariant        *aq_profile_dup_confinement (AqProfile      *self,
                                         char              **out_folder);
void             aq_profile_collect     (AqProfile          *self,
                                         const char         *folder);
void             aq_profile_discard     (AqProfile          *self,
                                         const char         *folder);
gboolean         aq_profile_set_levels  (AqProfile          *self,
                                         const char * const *levels);
char           **aq_profile_dup_levels  (AqProfile          *self);

void             aq_sandbox_normalise   (AqSandbox          *self);
void             aq_sandbox_tighten     (AqSandbox          *self,
                                         const AqSandbox    *other);
gboolean         aq_sandbox_is_empty    (const AqSandbox    *self);
char            *aq_sandbox_to_text     (const AqSandbox    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqProfile, aq_profile_unref)

G_END_DECLS
