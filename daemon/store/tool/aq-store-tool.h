/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/tool/aq-snapshot.h"

G_BEGIN_DECLS

typedef enum
{
  AQ_TOOL_JSON_OFF,
  AQ_TOOL_JSON_SHORT,
  AQ_TOOL_JSON_PRETTY
} AqToolJson;

/* One run of asyncq-store: what it was told, and what every verb needs. */
typedef struct
{
  const char        *path;       /* borrowed: the store */
  const char        *other;      /* borrowed, nullable: the second word, a file or a new directory */
  gboolean           is_held;    /* by a daemon, for us: no lock is taken */
  AqJournalPosition  until;      /* then: how far it may be read */
  gboolean           settings;
  gboolean           quiet;
  AqToolJson         json;

  AqStoreIo          io;
  AqMeter           *meter;      /* owned */
  AqStoreDirectory   directory;  /* of the store, once it is open */
  AqSuper            super;      /* likewise */
} AqStoreTool;

typedef gboolean (*AqToolFunc) (AqStoreTool  *self,
                                GError      **error);

void        aq_store_tool_init     (AqStoreTool  *self);
void        aq_store_tool_clear    (AqStoreTool  *self);
gboolean    aq_store_tool_open     (AqStoreTool  *self,
                                    GError      **error);
AqSnapshot *aq_store_tool_read     (AqStoreTool  *self,
                                    GError      **error);
AqSnapshotSource
            aq_store_tool_source   (AqStoreTool  *self);
void        aq_store_tool_say      (AqStoreTool  *self,
                                    const char   *format,
                                    ...) G_GNUC_PRINTF (2, 3);
gboolean    aq_store_tool_check_new (const char  *path,
                                    GError      **error);

gboolean    aq_tool_info           (AqStoreTool  *self,
                                    GError      **error);
gboolean    aq_tool_verify         (AqStoreTool  *self,
                                    GError      **error);
gboolean    aq_tool_dump           (AqStoreTool  *self,
                                    GError      **error);
gboolean    aq_tool_load           (AqStoreTool  *self,
                                    GError      **error);
gboolean    aq_tool_backup         (AqStoreTool  *self,
                                    GError      **error);
gboolean    aq_tool_restore        (AqStoreTool  *self,
                                    GError      **error);
gboolean    aq_tool_repair         (AqStoreTool  *self,
                                    GError      **error);
gboolean    aq_tool_compact        (AqStoreTool  *self,
                                    GError      **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqStoreTool, aq_store_tool_clear)

G_END_DECLS
