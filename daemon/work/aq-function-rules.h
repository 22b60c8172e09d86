/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-function-options.h"

G_BEGIN_DECLS

/* what one group of the configuration says: [function PATTERN], [agent NAME] or [limits] */
typedef struct
{
  char             *name;    /* owned: the PATTERN, the NAME; of [limits]: empty */
  char             *place;   /* owned, for messages: "FILE: group [function demo.*]" */
  AqFunctionOptions options; /* of an agent and of [limits]: their limits only */
} AqFunctionRule;

/* All that the configuration says of how functions are run. Does not change once it is read. */
typedef struct _AqFunctionRules AqFunctionRules;

AqFunctionRule       *aq_function_rule_new          (const char        *name,
                                                     const char        *place);
void                  aq_function_rule_free         (AqFunctionRule    *self);
gboolean              aq_function_rule_is_pattern   (const char        *text);

AqFunctionRules      *aq_function_rules_new         (void);
AqFunctionRules      *aq_function_rules_ref         (AqFunctionRules   *self);
void                  aq_function_rules_unref       (AqFunctionRules   *self);
void                  aq_function_rules_add         (AqFunctionRules   *self,
                                                     AqFunctionRule    *rule);
void                  aq_function_rules_add_agent   (AqFunctionRules   *self,
                                                     AqFunctionRule    *rule);
void                  aq_function_rules_set_default (AqFunctionRules   *self,
                                                     AqFunctionRule    *rule);
const AqFunctionRule *aq_function_rules_next        (AqFunctionRules   *self,
                                                     const char        *function,
                                                     guint             *position);
const AqFunctionRule *aq_function_rules_get_agent   (AqFunctionRules   *self,
                                                     const char        *agent);
const AqFunctionRule *aq_function_rules_get_default (AqFunctionRules   *self);
void                  aq_function_rules_apply       (AqFunctionRules   *self,
                                                     const char        *function,
                                                     AqFunctionOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqFunctionRule, aq_function_rule_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqFunctionRules, aq_function_rules_unref)

G_END_DECLS
