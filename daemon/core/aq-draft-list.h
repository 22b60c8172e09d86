/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-function-table.h"
#include "core/aq-transaction.h"

G_BEGIN_DECLS

#define AQ_MAX_ARGUMENTS_BYTES (1024 * 1024)
#define AQ_MAX_ENTRIES 1000000
#define AQ_MAX_KEY_BYTES 1024

/*
 * Drafts made of the entries of a Submit: checked against the declarations of
 * the functions, with defaults filled in. All or none, and an error names the
 * entry. Owns everything its drafts point to.
 */
typedef struct
{
  AqDraft      *drafts;
  guint         n_drafts;

  /*< private >*/
  GPtrArray    *values; /* of GVariant: what the drafts point into */
} AqDraftList;

AqDraftList *aq_draft_list_parse (GVariant            *entries,
                                  AqFunctionTable     *functions,
                                  GError             **error);
AqDraftList *aq_draft_list_parse_words (const char    *name,
                                  const char * const  *words,
                                  AqFunctionTable     *functions,
                                  GError             **error);
AqDraftList *aq_draft_list_copy  (const AqDraft       *drafts,
                                  guint                n_drafts);
void         aq_draft_list_free  (AqDraftList         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqDraftList, aq_draft_list_free)

G_END_DECLS
