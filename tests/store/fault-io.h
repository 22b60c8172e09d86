/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-store-io.h"

#include <pthread.h>

G_BEGIN_DECLS

typedef enum
{
  FAULT_OPENAT,
  FAULT_PREAD,
  FAULT_PWRITE,
  FAULT_FTRUNCATE,
  FAULT_FDATASYNC,
  FAULT_FSYNC,
  FAULT_RENAMEAT,
  FAULT_UNLINKAT,
  FAULT_FALLOCATE
} FaultCall;

#define FAULT_N_CALLS (FAULT_FALLOCATE + 1)

/* before a call, from the thread that makes it */
typedef void (*FaultHook) (FaultCall call,
                           gpointer  user_data);

/* System calls that fail, fall short or wait when they are told to. */
typedef struct
{
  AqStoreIo       io; /* first */

  pthread_rwlock_t files;          /* shared by calls that change them, while they do */
  /* one mutex for all: the journal thread calls, the test changes */
  pthread_mutex_t lock;
  pthread_cond_t  changed;
  guint64         n_calls[FAULT_N_CALLS];
  guint64         n_written;       /* bytes */
  guint64         fail_from[FAULT_N_CALLS]; /* which call fails first; 0: none */
  guint64         fail_to[FAULT_N_CALLS];   /* and which last */
  int             fail_errno;
  gsize           max_write;       /* 0: no limit */
  gboolean        hold_flush;      /* fdatasync waits */
  guint           n_held;          /* of them wait now */
  gboolean        broken[1024];    /* by descriptor: an fdatasync or pwrite of it gave EIO */
  guint           n_used_broken;   /* writes and flushes on such a descriptor */
  int             unflushed_directory; /* in which a file was made; -1: none */
  guint           n_made_in_vain;  /* writes while there is one: a power cut may take the file away */
  FaultHook       hook;
  gpointer        hook_data;
} FaultIo;

void     fault_io_init          (FaultIo   *self);
void     fault_io_clear         (FaultIo   *self);
/* the @nth call from now on fails, and @n_times - 1 after it */
void     fault_io_fail          (FaultIo   *self,
                                 FaultCall  call,
                                 guint64    nth,
                                 guint64    n_times,
                                 int        fail_errno);
/* nothing fails any more */
void     fault_io_repair        (FaultIo   *self);
guint64  fault_io_count         (FaultIo   *self,
                                 FaultCall  call);
/* waits until there were so many in all */
void     fault_io_wait          (FaultIo   *self,
                                 FaultCall  call,
                                 guint64    n_calls);
void     fault_io_hold_flush    (FaultIo   *self);
void     fault_io_wait_held     (FaultIo   *self);
void     fault_io_release_flush (FaultIo   *self);
void     fault_io_set_max_write (FaultIo   *self,
                                 gsize      max_write);
void     fault_io_set_hook      (FaultIo   *self,
                                 FaultHook  hook,
                                 gpointer   user_data);
/* from a hook, to look at the files: no call changes one in between */
void     fault_io_lock_files    (FaultIo   *self);
void     fault_io_unlock_files  (FaultIo   *self);

G_END_DECLS
