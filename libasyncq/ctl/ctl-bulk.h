/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* what the options say of verbs that take a filter instead of numbers of jobs */
typedef struct
{
  char    *match;   /* owned; NULL: numbers are given */
  gboolean dry_run;
  gboolean yes;
  gint64   limit;   /* 0: all */
} CtlBulk;

/* @bulk: a CtlBulk, not a pointer to it */
#define CTL_BULK_ENTRIES(bulk) \
  { "match", 0, 0, G_OPTION_ARG_STRING, &(bulk).match, N_("All jobs that this filter accepts"), N_("FILTER") }, \
  { "dry-run", 0, 0, G_OPTION_ARG_NONE, &(bulk).dry_run, N_("Only count them, change nothing"), NULL }, \
  { "limit", 0, 0, G_OPTION_ARG_INT64, &(bulk).limit, N_("The newest ones, and no more than so many"), N_("NUMBER") }, \
  { "yes", 'y', 0, G_OPTION_ARG_NONE, &(bulk).yes, N_("Do not ask"), NULL }

void     ctl_bulk_clear (CtlBulk       *self);
/* fits together what was given; @words: the numbers of jobs */
gboolean ctl_bulk_check (const CtlBulk *self,
                         char         **words,
                         GError       **error);
/* @options: (nullable) (transfer floating): a{sv}, of the action */
CtlExit  ctl_bulk_run   (const CtlBulk *self,
                         CtlContext    *context,
                         const char    *action,
                         GVariant      *options,
                         GError       **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CtlBulk, ctl_bulk_clear)

G_END_DECLS
