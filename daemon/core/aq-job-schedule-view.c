/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A schedule as clients see it
 */

#include "config.h"

#include "core/aq-job-schedule.h"

static void
view_text (GVariantBuilder *builder,
           const char      *key,
           const char      *text)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text != NULL ? text : ""));
}

static void
view_time (GVariantBuilder *builder,
           const char      *key,
           gint64           usec)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_int64 (usec));
}

static void
view_count (GVariantBuilder *builder,
            const char      *key,
            guint64          n)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_uint64 (n));
}

/**
 * aq_job_schedule_to_view:
 * @self: a schedule
 *
 * Returns: (transfer full): a{sv}, the keys being those of org.asyncq.Schedule1's
 *   properties; floating
 *
 * Since: 0.1
 */
GVariant *
aq_job_schedule_to_view (AqJobSchedule *self)
{
  g_autofree char *text = aq_calendar_describe (self->calendar);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  view_text (&builder, "Name", self->name);
  g_variant_builder_add (&builder, "{sv}", "Entry", self->entry);
  view_text (&builder, "Kind", self->kind);
  view_text (&builder, "When", self->when);
  view_text (&builder, "Zone", self->zone);
  view_text (&builder, "EffectiveZone", aq_job_schedule_get_effective_zone (self));
  view_text (&builder, "Text", text);
  view_text (&builder, "Description", self->description);
  view_text (&builder, "CatchUp", aq_catch_up_to_string (self->catch_up));
  view_time (&builder, "CatchUpWindow", self->window_usec);
  view_text (&builder, "Overlap", aq_overlap_to_string (self->overlap));
  view_time (&builder, "Created", self->created_usec);
  g_variant_builder_add (&builder, "{sv}", "CreatedBy", g_variant_new_uint32 (self->created_by));
  view_time (&builder, "Next", self->paused || self->next_usec == G_MAXINT64 ? 0 : self->next_usec);
  view_time (&builder, "Last", self->last_usec);
  view_time (&builder, "LastRun", self->last_run_usec);
  view_count (&builder, "LastJob", self->last_job);
  view_count (&builder, "Runs", self->n_runs);
  view_count (&builder, "Skipped", self->n_skipped);
  view_count (&builder, "Queued", self->n_queued);
  view_count (&builder, "Failed", self->n_failed);
  view_text (&builder, "Error", self->error);
  g_variant_builder_add (&builder, "{sv}", "Paused", g_variant_new_boolean (self->paused));
  view_text (&builder, "PauseReason", self->pause_reason);
  g_variant_builder_add (&builder, "{sv}", "PausedBy", g_variant_new_uint32 (self->paused_by));
  view_time (&builder, "PausedSince", self->paused_usec);
  return g_variant_builder_end (&builder);
}
