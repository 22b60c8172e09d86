/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * verify: read everything, and say what was found
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "store/tool/aq-store-check.h"

static void
say_journal (AqStoreTool         *self,
             const AqStoreReport *report)
{
  const char *plural = report->n_segments == 1 ? "" : "s";

  if (report->end.next_sequence > report->first_sequence)
    aq_store_tool_say (self, "journal: %u segment%s, sequences %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                       ", %" G_GUINT64_FORMAT " bytes in frames",
                       report->n_segments, plural, report->first_sequence, report->end.next_sequence - 1,
                       report->n_journal_bytes);
  else
    aq_store_tool_say (self, "journal: %u segment%s, no transactions", report->n_segments, plural);
}

static void
say_images (AqStoreTool         *self,
            const AqStoreReport *report)
{
  for (guint i = 0; i < AQ_N_IMAGES; i++)
    if (report->images[i])
      aq_store_tool_say (self, "image %s: %" G_GUINT64_FORMAT " values, every one as it was written",
                         aq_image_get_name (i), self->super.images[i].n_values);
    else
      aq_store_tool_say (self, "image %s: not whole, and not needed; asyncqd makes it when it runs",
                         aq_image_get_name (i));
  if (report->images[AQ_IMAGE_A] && report->images[AQ_IMAGE_B])
    aq_store_tool_say (self, "images: with the journal behind it, each says the same");
}

gboolean
aq_tool_verify (AqStoreTool  *self,
                GError      **error)
{
  AqSnapshotSource source;
  AqStoreReport report;

  if (!aq_store_tool_open (self, error))
    return FALSE;
  source = aq_store_tool_source (self);
  if (!aq_store_check (&source, &report, error))
    {
      g_prefix_error (error, "store '%s': ", self->path);
      return FALSE;
    }
  say_journal (self, &report);
  say_images (self, &report);
  aq_store_tool_say (self, "jobs: %" G_GUINT64_FORMAT ", with %" G_GUINT64_FORMAT " edges and %" G_GUINT64_FORMAT
                     " submit keys between them; %u agent%s",
                     report.n_jobs, report.n_edges, report.n_keys, report.n_agents,
                     report.n_agents == 1 ? "" : "s");
  aq_store_tool_say (self, "store '%s' is good", self->path);
  return TRUE;
}
