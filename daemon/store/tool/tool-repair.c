/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * repair
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "libasyncq/asyncq-error.h"

gboolean
aq_tool_repair (AqStoreTool  *self,
                GError      **error)
{
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "not yet");
  return FALSE;
}
