/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a worker that crashes leaves to the daemon
 *
 * A memory file of fixed size, which the daemon has made and the worker inherits:
 * this struct, then a copy of the top of the stack, then one of /proc/self/maps.
 * The plugin can have written anything there, before or instead: who reads it
 * checks every number.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* the descriptor of the memory file in a worker */
#define AQ_CRASH_REPORT_FD 4

#define AQ_CRASH_MAGIC 0x61637271u
#define AQ_CRASH_MAX_STACK_BYTES (128 * 1024)
#define AQ_CRASH_MAX_MAPS_BYTES (256 * 1024)
#define AQ_CRASH_STACK_OFFSET 4096
#define AQ_CRASH_MAPS_OFFSET (AQ_CRASH_STACK_OFFSET + AQ_CRASH_MAX_STACK_BYTES)
#define AQ_CRASH_REPORT_BYTES (AQ_CRASH_MAPS_OFFSET + AQ_CRASH_MAX_MAPS_BYTES)

/* in the order in which DWARF numbers them, the program counter last */
#if defined (__x86_64__)
#define AQ_CRASH_N_REGISTERS 17
#define AQ_CRASH_STACK_REGISTER 7
#elif defined (__aarch64__)
#define AQ_CRASH_N_REGISTERS 33
#define AQ_CRASH_STACK_REGISTER 31
#else
#define AQ_CRASH_N_REGISTERS 0 /* the stack is not told */
#endif
#define AQ_CRASH_MAX_REGISTERS 40

typedef struct
{
  guint32 magic;
  guint32 size;         /* of this struct */
  gint32  signal;
  gint32  code;         /* si_code */
  guint64 address;      /* that was touched, of SIGSEGV and its like */
  guint64 peak_bytes;   /* resident at the most; 0: not known */
  gint32  last_error;   /* errno of the thread that has crashed */
  guint32 unused;       /* 0 */
  guint32 thread_id;
  guint32 n_registers;
  char    thread[16];   /* its name */
  guint64 registers[AQ_CRASH_MAX_REGISTERS];
  guint64 stack_address; /* of the first byte that was copied */
  guint32 stack_size;
  guint32 maps_size;
} AqCrashReport;

/* what asyncq-symbolizer makes of it: function, offset in it, file, source, line, build id, address */
#define AQ_STACK_TYPE G_VARIANT_TYPE ("a(stssust)")
#define AQ_MAX_STACK_BYTES (32 * 1024)
#define AQ_MAX_STACK_FRAMES 32

G_END_DECLS
