/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-plugin-directory.h"

G_BEGIN_DECLS

/* @workers: id → GHashTable of generation → how many workers have it loaded */
GVariant *aq_plugin_view_new (AqPluginDirectory *plugins,
                              GHashTable        *workers);

/* one more worker has this generation loaded */
void      aq_plugin_view_count_worker (GHashTable *workers,
                                       const char *plugin,
                                       guint       generation);
GHashTable *aq_plugin_view_new_counts (void);

G_END_DECLS
