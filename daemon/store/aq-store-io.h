/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/*
 * The system calls that the embedded store makes on its files: the seam where a
 * test makes the n-th one fail. Each behaves as the call of its name; a test
 * puts this struct at the start of its own. Called by the loop before the
 * journal thread starts and after it has ended, in between by that thread and,
 * to open and read, by the history's reader.
 */
typedef struct _AqStoreIo AqStoreIo;

struct _AqStoreIo
{
  int    (*openat)    (AqStoreIo     *self,
                       int            directory_fd,
                       const char    *name,
                       int            flags,
                       mode_t         mode);
  gssize (*pread)     (AqStoreIo     *self,
                       int            fd,
                       gpointer       data,
                       gsize          size,
                       goffset        offset);
  gssize (*pwrite)    (AqStoreIo     *self,
                       int            fd,
                       gconstpointer  data,
                       gsize          size,
                       goffset        offset);
  int    (*ftruncate) (AqStoreIo     *self,
                       int            fd,
                       goffset        size);
  int    (*fdatasync) (AqStoreIo     *self,
                       int            fd);
  int    (*fsync)     (AqStoreIo     *self,
                       int            fd);
  int    (*renameat)  (AqStoreIo     *self,
                       int            directory_fd,
                       const char    *from,
                       const char    *to);
  int    (*unlinkat)  (AqStoreIo     *self,
                       int            directory_fd,
                       const char    *name);
  /* blocks on the disk for @size bytes from @offset on; the file grows if it is shorter */
  int    (*fallocate) (AqStoreIo     *self,
                       int            fd,
                       goffset        offset,
                       goffset        size);
};

void     aq_store_io_init_system   (AqStoreIo     *self);

/* all of it or an error: ASYNCQ_ERROR_STORE_FULL or ASYNCQ_ERROR_STORE_FAILED; @name is for the message */
int      aq_store_io_open          (AqStoreIo     *self,
                                    int            directory_fd,
                                    const char    *name,
                                    int            flags,
                                    GError       **error);
gboolean aq_store_io_read          (AqStoreIo     *self,
                                    int            fd,
                                    const char    *name,
                                    gpointer       data,
                                    gsize          size,
                                    guint64        offset,
                                    gsize         *out_read,
                                    GError       **error);
gboolean aq_store_io_write         (AqStoreIo     *self,
                                    int            fd,
                                    const char    *name,
                                    gconstpointer  data,
                                    gsize          size,
                                    guint64        offset,
                                    GError       **error);
gboolean aq_store_io_resize        (AqStoreIo     *self,
                                    int            fd,
                                    const char    *name,
                                    guint64        size,
                                    GError       **error);
gboolean aq_store_io_flush_data    (AqStoreIo     *self,
                                    int            fd,
                                    const char    *name,
                                    GError       **error);
gboolean aq_store_io_flush         (AqStoreIo     *self,
                                    int            fd,
                                    const char    *name,
                                    GError       **error);
gboolean aq_store_io_rename        (AqStoreIo     *self,
                                    int            directory_fd,
                                    const char    *from,
                                    const char    *to,
                                    GError       **error);
gboolean aq_store_io_remove        (AqStoreIo     *self,
                                    int            directory_fd,
                                    const char    *name,
                                    GError       **error);
gboolean aq_store_io_allocate      (AqStoreIo     *self,
                                    int            fd,
                                    const char    *name,
                                    guint64        offset,
                                    guint64        size,
                                    GError       **error);
void     aq_store_io_set_error     (GError       **error,
                                    int            saved_errno,
                                    const char    *doing,
                                    const char    *name);

G_END_DECLS
