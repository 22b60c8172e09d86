/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

/* MESSAGE_ID of what an operator should know of a store */

/* an image cannot be used: it is made again from the other one, or from the journal */
#define AQ_LOG_ID_IMAGE_DAMAGED "6a2d4b7f3c0e4d0c9b6f5e8a17c2d310"
/* the images cannot be brought up: the journal grows until they can be */
#define AQ_LOG_ID_CHECKPOINT_FAILED "6a2d4b7f3c0e4d0c9b6f5e8a17c2d311"
