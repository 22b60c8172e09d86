/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-function-table.h"
#include "core/aq-retry-policies.h"
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
  GPtrArray    *settings; /* of AqJobSettings, nullable: likewise */
  GHashTable   *choices;  /* AqDraftChoice → AqJobSettings, nullable: of which settings are made once */
} AqDraftList;

/* The names that entries may use. All but the functions and the policies are nullable. */
typedef struct
{
  AqFunctionTable *functions;
  AqRetryPolicies *policies;
  GHashTable      *factories; /* name → GVariant, a{sv}: the entry */
  GHashTable      *settings;  /* from aq_job_settings_table_new(): settings that jobs have already */
  const char      *queue;     /* of entries that name none */
} AqDraftContext;

AqDraftList *aq_draft_list_parse (GVariant            *entries,
                                  const AqDraftContext *context,
                                  GError             **error);
AqDraftList *aq_draft_list_parse_words (const char    *name,
                                  const char * const  *words,
                                  const AqDraftContext *context,
                                  GError             **error);
AqDraftList *aq_draft_list_copy  (const AqDraft       *drafts,
                                  guint                n_drafts);
void         aq_draft_list_free  (AqDraftList         *self);

/* for the files that read entries: what the list owns from then on */
const char  *aq_draft_list_keep_text (AqDraftList     *self,
                                  const char          *text);
void         aq_draft_list_take_settings (AqDraftList *self,
                                  AqJobSettings       *settings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqDraftList, aq_draft_list_free)

G_END_DECLS
