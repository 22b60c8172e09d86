/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * backup and restore: a copy of a store, verified, in a new directory
 *
 * The two differ in what is checked: a backup is read again after it was written,
 * a restore also reads the backup before. Leases need no care: a daemon gives none
 * that is not greater than the clock's seconds << 32.
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "store/tool/aq-store-check.h"
#include "store/tool/aq-store-copy.h"

/* copies the store that is open to self->other */
static gboolean
copy (AqStoreTool    *self,
      AqStoreReport  *out_report,
      GError        **error)
{
  AqSnapshotSource source = aq_store_tool_source (self);
  g_auto(AqDirectoryDraft) draft = { NULL };

  if (!aq_directory_draft_begin (&draft, self->other, error) || !aq_store_copy (&source, draft.path, error))
    return FALSE;
  if (!aq_store_check_path (&self->io, draft.path, self->meter, out_report, error))
    {
      g_prefix_error (error, "the copy of '%s' is not good: ", self->path);
      return FALSE;
    }
  return aq_directory_draft_commit (&draft, error);
}

gboolean
aq_tool_backup (AqStoreTool  *self,
                GError      **error)
{
  AqStoreReport report;

  if (!aq_store_tool_check_new (self->other, error) || !aq_store_tool_open (self, error) ||
      !copy (self, &report, error))
    return FALSE;
  aq_store_tool_say (self, "backed up '%s' to '%s': %" G_GUINT64_FORMAT " jobs, up to sequence %" G_GUINT64_FORMAT
                     "; verified", self->path, self->other, report.n_jobs, report.end.next_sequence - 1);
  return TRUE;
}

gboolean
aq_tool_restore (AqStoreTool  *self,
                 GError      **error)
{
  AqSnapshotSource source;
  AqStoreReport report;

  if (!aq_store_tool_check_new (self->other, error) || !aq_store_tool_open (self, error))
    return FALSE;
  source = aq_store_tool_source (self);
  if (!aq_store_check (&source, &report, error))
    {
      g_prefix_error (error, "backup '%s': ", self->path);
      return FALSE;
    }
  if (!copy (self, &report, error))
    return FALSE;
  aq_store_tool_say (self, "restored '%s' to '%s': %" G_GUINT64_FORMAT " jobs, up to sequence %" G_GUINT64_FORMAT
                     "; verified", self->path, self->other, report.n_jobs, report.end.next_sequence - 1);
  return TRUE;
}
