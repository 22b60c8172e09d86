/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "aq-config.h"
#include "core/aq-clock.h"

G_BEGIN_DECLS

/* What asyncqd was told: command line over environment over configuration over defaults. Complete. */
typedef struct
{
  gboolean   show_version;
  gboolean   check_config;
  AqConfig  *config;   /* owned; every path in it is set */
  AqClock   *clock;    /* owned */
  int        ready_fd; /* -1: none */
} AqOptions;

AqOptions *aq_options_parse (int          *argc,
                             char       ***argv,
                             GError      **error);
void       aq_options_free  (AqOptions    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqOptions, aq_options_free)

G_END_DECLS
