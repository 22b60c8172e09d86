/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-profile.h"

G_BEGIN_DECLS

/* Makes one AqProfile of all sandboxes that are the same. */
typedef struct _AqProfileTable AqProfileTable;

AqProfileTable *aq_profile_table_new         (void);
void            aq_profile_table_free        (AqProfileTable  *self);
AqProfile      *aq_profile_table_ref_profile (AqProfileTable  *self,
                                              const AqSandbox *sandbox);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqProfileTable, aq_profile_table_free)

G_END_DECLS
