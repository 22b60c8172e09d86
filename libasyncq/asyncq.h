/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * All that a client needs. A plugin includes <asyncq-plugin.h> instead.
 */

#pragma once

#include <asyncq-client.h>
#include <asyncq-enums.h>
#include <asyncq-error.h>
#include <asyncq-function-info.h>
#include <asyncq-job-info.h>
#include <asyncq-job-spec.h>
#include <asyncq-job.h>
#include <asyncq-macros.h>
#include <asyncq-signature.h>
