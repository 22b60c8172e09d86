/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-process.h"

G_BEGIN_DECLS

/* A worker that was just started. */
typedef struct
{
  AqProcess process;
  int       channel_fd; /* the socket */
  int       output_fd;  /* the end of the pipe that is read, which does not block */
  int       report_fd;  /* what it leaves if it crashes; -1: there is no memory for that */
} AqLaunch;

gboolean aq_launch_spawn (AqLaunch    *self,
                          const char  *program,
                          GError     **error);

G_END_DECLS
