/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Cases for every store
 */

#include "config.h"

#include "contract.h"

#include "store/aq-embedded-store.h"
#include "store/aq-memory-store.h"

typedef struct
{
  ContractFunc func;
  gboolean     embedded;
} Case;

void
contract_open (StoreTest *test,
               gboolean   embedded)
{
  g_autoptr(GError) error = NULL;

  if (embedded)
    store_test_open (test, &error);
  else
    {
      test->store = aq_memory_store_new (test->clock);
      aq_store_open (test->store, &error);
    }
  g_assert_no_error (error);
}

static void
run_case (gconstpointer user_data)
{
  const Case *self = user_data;
  g_auto(StoreTest) test = { 0 };

  store_test_init (&test);
  contract_open (&test, self->embedded);
  self->func (&test);
  if (test.store != NULL)
    store_test_close (&test);
}

void
contract_reopen (StoreTest *test)
{
  if (!AQ_IS_EMBEDDED_STORE (test->store))
    return;
  store_test_reopen (test);
  store_test_checkpoint (test);
  store_test_reopen (test);
}

void
contract_add (const char   *name,
              ContractFunc  func)
{
  g_autofree char *in_memory = g_strdup_printf ("/memory store/%s", name);
  g_autofree char *in_journal = g_strdup_printf ("/embedded store/%s", name);
  Case *memory = g_new0 (Case, 1);
  Case *embedded = g_new0 (Case, 1);

  *memory = (Case) { func, FALSE };
  *embedded = (Case) { func, TRUE };
  g_test_add_data_func_full (in_memory, memory, run_case, g_free);
  g_test_add_data_func_full (in_journal, embedded, run_case, g_free);
}
