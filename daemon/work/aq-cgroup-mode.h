/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* whether workers get control groups of their own */
typedef enum
{
  AQ_CGROUP_NO,
  AQ_CGROUP_AUTO,   /* where the service manager has handed one over */
  AQ_CGROUP_REQUIRE /* or the daemon does not start */
} AqCgroupMode;

#define AQ_N_CGROUP_MODES (AQ_CGROUP_REQUIRE + 1)

G_END_DECLS
