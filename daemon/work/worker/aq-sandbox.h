/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-confinement.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* what this system may be able to do, and what a test says that it is not */
typedef enum
{
  AQ_SANDBOX_LANDLOCK = 1 << 0,
  AQ_SANDBOX_SYSCALL_FILTER = 1 << 1,
  AQ_SANDBOX_NAMESPACES = 1 << 2,
  AQ_SANDBOX_ALL = (1 << 3) - 1
} AqSandboxParts;

/* what came of it */
typedef struct
{
  GString *levels;  /* words: what is in force; "without=WORD" for what is not */
  GString *lacking; /* why, for people; empty where nothing is */
  char    *folder;  /* nullable: the process's own folder, by the path that it has now */
} AqSandboxResult;

AqSandboxParts aq_sandbox_parts_from_text (const char           *without);
gboolean       aq_sandbox_apply           (const AqConfinement  *confinement,
                                           AqSandboxParts        parts,
                                           AqSandboxResult      *out_result,
                                           GError              **error);
void           aq_sandbox_result_clear    (AqSandboxResult      *self);
void           aq_sandbox_apply_to_describe (void);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqSandboxResult, aq_sandbox_result_clear)

G_END_DECLS
