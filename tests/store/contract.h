/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store-testing.h"

G_BEGIN_DECLS

/* A case that runs on the memory store and on the embedded one. */
typedef void (*ContractFunc) (StoreTest *test);

void contract_add    (const char   *name,
                      ContractFunc  func);
void contract_open   (StoreTest    *test,
                      gboolean      embedded);
/* an embedded store: from its journal, then from its images; a memory store stays as it is */
void contract_reopen (StoreTest    *test);

G_END_DECLS
