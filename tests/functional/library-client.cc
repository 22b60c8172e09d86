// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: asyncq developers

// Submits a job, reads the signal of each change and awaits the result: C++.
#include <asyncq.h>
#include <iostream>

int
main ()
{
  g_autoptr (GError) error = nullptr;
  g_autoptr (GVariant) value = nullptr;
  guint64 id = 0;
  g_autoptr (AsyncqClient) client = asyncq_client_new_sync (nullptr, nullptr, &error);
  g_autoptr (AsyncqJobSpec) spec = asyncq_job_spec_new ("demo.multiply");
  asyncq_job_spec_add_argument (spec, g_variant_new_int32 (14));
  asyncq_job_spec_set_argument (spec, "y", g_variant_new_int32 (3));
  if (client == nullptr || !asyncq_client_submit_sync (client, spec, &id, nullptr, &error))
    return std::cerr << error->message << "\n", 1;
  g_autoptr (AsyncqJob) job = asyncq_job_new_sync (client, id, nullptr, &error);
  auto changed = +[] (AsyncqJob *, GParamSpec *) { std::cout << "changed\n"; };
  g_signal_connect (job, "notify::state", G_CALLBACK (changed), nullptr);
  while (asyncq_job_get_state (job) != ASYNCQ_JOB_STATE_COMPLETED)
    g_main_context_iteration (nullptr, TRUE);
  asyncq_job_wait_sync (job, -1, nullptr, &value, nullptr, &error);
  std::cout << g_variant_get_int32 (value) << "\n";
}
