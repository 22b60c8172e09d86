/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the verbs of asyncq-store share: the store that they work on
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "libasyncq/asyncq-error.h"

#include <sys/stat.h>

void
aq_store_tool_init (AqStoreTool *self)
{
  *self = (AqStoreTool) { .directory = { .fd = -1, .journal_fd = -1 } };
  aq_store_io_init_system (&self->io);
}

void
aq_store_tool_clear (AqStoreTool *self)
{
  aq_store_directory_clear (&self->directory);
  g_clear_pointer (&self->meter, aq_meter_free);
}

/* takes the lock, unless a daemon holds the store for us */
gboolean
aq_store_tool_open (AqStoreTool  *self,
                    GError      **error)
{
  AqStoreAccess access = self->is_held ? AQ_STORE_ACCESS_BESIDE : AQ_STORE_ACCESS_ALONE;

  if (aq_store_directory_open_existing (&self->directory, &self->io, self->path, access, error) &&
      aq_super_read (&self->io, self->directory.fd, self->directory.store_id, &self->super, error))
    return TRUE;
  g_prefix_error (error, "could not open store '%s': ", self->path);
  return FALSE;
}

AqSnapshotSource
aq_store_tool_source (AqStoreTool *self)
{
  return (AqSnapshotSource) {
    .io = &self->io,
    .directory = &self->directory,
    .super = &self->super,
    .until = self->is_held ? &self->until : NULL,
    .meter = self->meter,
  };
}

/* Returns: (transfer full): all there is in the store, which is open */
AqSnapshot *
aq_store_tool_read (AqStoreTool  *self,
                    GError      **error)
{
  AqSnapshotSource source = aq_store_tool_source (self);
  AqSnapshot *snapshot = aq_snapshot_new (&source, error);

  if (snapshot == NULL)
    g_prefix_error (error, "store '%s': ", self->path);
  return snapshot;
}

/* for people: not with --quiet */
void
aq_store_tool_say (AqStoreTool *self,
                   const char  *format,
                   ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  if (self->quiet)
    return;
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_print ("%s\n", text);
}

/* before much work is done for a place that cannot be had */
gboolean
aq_store_tool_check_new (const char  *path,
                         GError     **error)
{
  struct stat info;

  if (lstat (path, &info) < 0)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "'%s' is there already; name a folder that is not", path);
  return FALSE;
}
