/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-agent.h"
#include "core/aq-event-log.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  AQ_CONFIG_STORE_EMBEDDED,
  AQ_CONFIG_STORE_MEMORY
} AqConfigStore;

/*
 * What asyncqd.conf and the files of conf.d beside it say. A member is NULL
 * where they say nothing; the rest starts with its default. The command line
 * writes over it.
 */
typedef struct
{
  /* [daemon] */
  char         **plugin_directories; /* absolute paths */
  char          *worker;             /* path of asyncq-worker */
  char          *uuid_file;          /* path */
  gboolean       default_agent;      /* whether there is an agent "main" */
  AqLogLevels    log_levels;
  gint64         poll_interval_usec;

  /* [store] */
  AqConfigStore  store;
  char          *store_path;

  /* [bus] */
  char          *socket;             /* path */
  GBusType       bus;                /* G_BUS_TYPE_NONE: no message bus */

  GPtrArray     *agents;             /* of AqAgent: [agent NAME], in the order of their names */
  GHashTable    *plugin_settings;    /* plugin id → GVariant a{ss}: [plugin ID] */
} AqConfig;

AqConfig *aq_config_new  (void);
AqConfig *aq_config_load (const char  *file,
                          GError     **error);
void      aq_config_free (AqConfig    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqConfig, aq_config_free)

G_END_DECLS
