/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The calls on files below the root that the shim sees, counts and lets fail. */
typedef enum
{
  SHIM_OPEN,
  SHIM_READ,
  SHIM_WRITE,
  SHIM_RESIZE,     /* ftruncate */
  SHIM_ALLOCATE,   /* fallocate, posix_fallocate */
  SHIM_FDATASYNC,
  SHIM_FSYNC,
  SHIM_WRITE_BACK, /* sync_file_range */
  SHIM_RENAME,
  SHIM_UNLINK,
  SHIM_MKDIR,
  SHIM_CLOSE,
  SHIM_STAT,
  SHIM_LIST,       /* fdopendir, readdir */
  SHIM_LOCK,       /* flock */
  SHIM_THREAD,     /* pthread_create, eventfd: whatever their file */
} ShimKind;

#define SHIM_N_KINDS (SHIM_THREAD + 1)

typedef enum
{
  SHIM_OP_CREATE,   /* a name for a new file */
  SHIM_OP_MKDIR,
  SHIM_OP_WRITE,
  SHIM_OP_RESIZE,
  SHIM_OP_ALLOCATE, /* zeros behind the end, up to `size` */
  SHIM_OP_RENAME,   /* from `name` to `new_name` */
  SHIM_OP_UNLINK,   /* of a file or a directory */
  SHIM_OP_SYNC,     /* of a file's content */
  SHIM_OP_SYNC_DIR, /* of the names in the directory `name` */
  SHIM_OP_MARK      /* said by the test */
} ShimOpType;

/* One change of the disk, or a promise about those before it. */
typedef struct
{
  ShimOpType  type;
  guint32     file;     /* number of a file, the same under each of its names */
  const char *name;     /* interned, below the root; "" is the root */
  const char *new_name; /* interned */
  guint64     offset;
  guint64     size;
  gsize       data;     /* WRITE: where its bytes begin in ShimLog.bytes */
  guint64     mark;
} ShimOp;

/* What happened on the disk, in its order. */
typedef struct
{
  GArray     *ops;     /* of ShimOp */
  GByteArray *bytes;   /* what was written */
  GHashTable *files;   /* interned name → file number: what there is now */
  guint32     n_files; /* numbers given; the first is 1 */
} ShimLog;

ShimLog  *shim_log_new          (void);
void      shim_log_free         (ShimLog    *self);

/* nothing is seen without a root; it must be an absolute path without links */
void      shim_set_root         (const char *root);
/* random numbers from the system are these from now on */
void      shim_set_seed         (guint64     seed);

/* the calls of this thread are the test's own: not seen */
void      shim_enter_test       (void);
void      shim_leave_test       (void);

guint64   shim_count            (ShimKind    kind);
const char *shim_kind_name      (ShimKind    kind);
/* the @nth call from now on fails, or all from there */
void      shim_fail             (ShimKind    kind,
                                 guint64     nth,
                                 gboolean    for_good,
                                 int         fail_errno);
/* the @nth write from now on, or all from there, writes so many bytes only; G_MAXSIZE: all but one */
void      shim_shorten          (guint64     nth,
                                 gboolean    for_good,
                                 gsize       max_bytes);
/* so many bytes of disk are left for what is not allocated yet; G_MAXUINT64: no limit */
void      shim_set_space        (guint64     n_bytes);
/* ... from the @nth call on that may need more of it */
void      shim_fill             (guint64     nth);
void      shim_heal             (void);
/* whether the failure that was asked for has come */
gboolean  shim_has_failed       (void);

/* what happens on the disk is appended to @log, nullable, until another call */
void      shim_record           (ShimLog    *log);
void      shim_mark             (guint64     mark);
gboolean  shim_has_changed_disk (void); /* since the root was set */

/* Against the rules for a store's file, since the program began. */
typedef struct
{
  guint       n_mmaps;
  guint       n_stdio;
  guint       n_used_broken; /* writes on a descriptor whose write or flush had failed with EIO */
  guint       n_reflushed;   /* flushes of such a one */
  const char *broken_name;   /* the last such file */
} ShimFaults;

void      shim_get_violations   (ShimFaults *out_faults);
/* of files whose name ends so: proof that a library's writes are seen */
guint64   shim_count_writes     (const char *suffix);

/*
 * Time for the threads that wait with a time-out: it stands still while anybody
 * has something to do, then goes on to the end of the next wait at once.
 */
void      shim_hold_time        (gboolean    hold);
/* until every thread waits; returns FALSE if there is none */
gboolean  shim_settle           (void);
void      shim_advance          (guint       msec);
gint64    shim_get_time         (void); /* in ms, that were waited for or skipped */

/* ends the program, saying @what, after ten seconds without a call of this; NULL: no longer */
void      shim_watch            (const char *what);

G_END_DECLS
