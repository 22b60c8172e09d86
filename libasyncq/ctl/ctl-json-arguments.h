/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* what is wrong, and where in the file */
void     ctl_json_set_fault      (GError          **error,
                                  const char       *place,
                                  const char       *format,
                                  ...) G_GNUC_PRINTF (3, 4);
/* adds the arguments that @node has, a list or an object with names; nullable: none.
 * @signature: nullable, where the function is not known; @n_open: how many are filled in when it runs */
gboolean ctl_json_read_arguments (AsyncqJobSpec    *spec,
                                  AsyncqSignature  *signature,
                                  JsonNode         *node,
                                  guint             n_open,
                                  const char       *place,
                                  GError          **error);

G_END_DECLS
