/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-buffer.h"
#include "store/aq-super.h"

G_BEGIN_DECLS

/* A GDBM file with pages of jobs, agents, items and counters. Used by one thread at a time. */
typedef struct _AqImage AqImage;

typedef enum
{
  AQ_IMAGE_KEY_PAGE,
  AQ_IMAGE_KEY_AGENT,
  AQ_IMAGE_KEY_COUNTERS,
  AQ_IMAGE_KEY_ITEM
} AqImageKey;

/* @page: of AQ_IMAGE_KEY_PAGE; @content: borrowed. An error stops the reading. */
typedef gboolean (*AqImageFunc)     (AqImageKey     kind,
                                     guint64        page,
                                     const guint8  *content,
                                     gsize          size,
                                     gpointer       user_data,
                                     GError       **error);
/* Returns: whether to stop; called often */
typedef gboolean (*AqImageStopFunc) (gpointer       user_data);

AqImage    *aq_image_create         (AqStoreIo           *io,
                                     int                  directory_fd,
                                     const guint8         store_id[AQ_STORE_ID_SIZE],
                                     AqImageLetter        letter,
                                     GError             **error);
AqImage    *aq_image_open           (AqStoreIo           *io,
                                     int                  directory_fd,
                                     const guint8         store_id[AQ_STORE_ID_SIZE],
                                     AqImageLetter        letter,
                                     const AqImageState  *state,
                                     gboolean             writable,
                                     GError             **error);
AqImage    *aq_image_copy           (AqStoreIo           *io,
                                     int                  directory_fd,
                                     const guint8         store_id[AQ_STORE_ID_SIZE],
                                     AqImageLetter        from,
                                     AqImageLetter        to,
                                     const AqImageState  *state,
                                     AqImageStopFunc      stop,
                                     gpointer             user_data,
                                     GError             **error);
void        aq_image_free           (AqImage             *self);

gboolean    aq_image_read_page      (AqImage             *self,
                                     guint64              page,
                                     AqBuffer            *out_content,
                                     gboolean            *out_found,
                                     GError             **error);
gboolean    aq_image_read_all       (AqImage             *self,
                                     AqImageFunc          func,
                                     gpointer             user_data,
                                     GError             **error);
gboolean    aq_image_write_page     (AqImage             *self,
                                     guint64              page,
                                     gconstpointer        content,
                                     gsize                size,
                                     GError             **error);
gboolean    aq_image_write_agent    (AqImage             *self,
                                     const char          *name,
                                     gconstpointer        record,
                                     gsize                size,
                                     GError             **error);
gboolean    aq_image_write_item     (AqImage             *self,
                                     guint                kind,
                                     const char          *name,
                                     gconstpointer        record,
                                     gsize                size,
                                     GError             **error);
gboolean    aq_image_write_counters (AqImage             *self,
                                     gconstpointer        record,
                                     gsize                size,
                                     GError             **error);
gboolean    aq_image_flush          (AqImage             *self,
                                     AqImageState        *in_out_state,
                                     GError             **error);

const char *aq_image_get_name       (AqImageLetter        letter);
guint64     aq_image_get_file_size  (AqImage             *self);
gboolean    aq_image_is_sparse      (AqImage             *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqImage, aq_image_free)

G_END_DECLS
