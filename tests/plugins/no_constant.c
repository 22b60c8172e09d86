/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* Wrong on purpose: a shared object that says nothing about itself. */

#include <asyncq-plugin.h>

ASYNCQ_EXPORT GVariant *
no_constant_run (AsyncqJobContext  *job,
                 GVariant          *arguments,
                 GError           **error)
{
  return NULL;
}
