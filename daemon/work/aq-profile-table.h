/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-function-rules.h"
#include "work/aq-plugin.h"
#include "work/aq-profile.h"

G_BEGIN_DECLS

/* Makes one AqProfile of all sandboxes that are the same, and knows what the configuration says of them. */
typedef struct _AqProfileTable AqProfileTable;

AqProfileTable *aq_profile_table_new         (AqFunctionRules  *rules,
                                              const char       *worker_program,
                                              char            **plugin_directories);
void            aq_profile_table_free        (AqProfileTable   *self);
AqProfile      *aq_profile_table_ref_profile (AqProfileTable   *self,
                                              const char       *function,
                                              const AqSandbox  *declared);
void            aq_profile_table_assign      (AqProfileTable   *self,
                                              AqPlugin         *plugin);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqProfileTable, aq_profile_table_free)

G_END_DECLS
