/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A process that crashes says where
 *
 * The handler copies what is there, registers, the top of the stack and the map of
 * the memory, into a memory file that the daemon has made, and dies by the signal.
 * It interprets nothing: not in a process whose heap, stack and locks may be in
 * any state. What the stack means is found out by asyncq-symbolizer, elsewhere and
 * later.
 *
 * All that is called here is a system call. Copying is left to the kernel, which
 * answers EFAULT where there is no memory: so a stack that has overflowed, or a
 * stack pointer that is none, costs a part of the report and nothing else. Should
 * the handler crash all the same, it ends at once, by the first signal.
 *
 * It is set before any plugin is loaded; a plugin that sets its own has the last
 * word.
 */

#include "config.h"

#include "work/worker/aq-crash.h"

#include "work/worker/aq-crash-report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ALTERNATE_STACK_BYTES (64 * 1024)
#define PAGE_BYTES 4096

/* what is below the stack pointer may be in use, too */
#define RED_ZONE_BYTES 128

static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS };

/* A handler is given nothing but its signal: so these are the process's, as the handler is. */
static struct
{
  guint8 *file;      /* the memory file, mapped: a limit on written files is none for it */
  int     pipe[2];   /* through which the stack is copied */
  int     maps_fd;
  int     status_fd;
  int     pid;       /* what a plugin has forked has nothing to tell */
  int     owner;     /* the thread that crashed first */
  int     signal;    /* of its crash */
  char    status[PAGE_BYTES];
} crash;

static int
thread_id (void)
{
  return (int) syscall (SYS_gettid);
}

G_NORETURN
static void
die (int number)
{
  (void) signal (number, SIG_DFL);
  (void) syscall (SYS_tgkill, getpid (), thread_id (), number);
  /* only where it cannot be sent */
  _exit (128 + number);
}

/* Returns: the stack pointer */
static guint64
read_registers (AqCrashReport    *report,
                const ucontext_t *context)
{
#if defined (__x86_64__)
  static const int order[] = {
    REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8, REG_R9,
    REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
  };

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    report->registers[i] = (guint64) context->uc_mcontext.gregs[order[i]];
#elif defined (__aarch64__)
  for (guint i = 0; i < 31; i++)
    report->registers[i] = context->uc_mcontext.regs[i];
  report->registers[31] = context->uc_mcontext.sp;
  report->registers[32] = context->uc_mcontext.pc;
#endif
  report->n_registers = AQ_CRASH_N_REGISTERS;
#if AQ_CRASH_N_REGISTERS > 0
  return report->registers[AQ_CRASH_STACK_REGISTER];
#else
  return 0;
#endif
}

/* Page by page, as far as there are any. The kernel reads them, and not we. */
static void
copy_stack (AqCrashReport *report,
            guint64        pointer)
{
  guint64 start = pointer - RED_ZONE_BYTES;
  guint64 at = start;

  if (pointer < RED_ZONE_BYTES)
    return;
  while (at - start < AQ_CRASH_MAX_STACK_BYTES)
    {
      gsize size = MIN (PAGE_BYTES - at % PAGE_BYTES, AQ_CRASH_MAX_STACK_BYTES - (at - start));

      if (write (crash.pipe[1], (const void *) (gsize) at, size) != (gssize) size ||
          read (crash.pipe[0], crash.file + AQ_CRASH_STACK_OFFSET + (at - start), size) != (gssize) size)
        break;
      at += size;
    }
  report->stack_address = start;
  report->stack_size = (guint32) (at - start);
}

static void
copy_maps (AqCrashReport *report)
{
  gsize n_copied = 0;
  gssize n_read;

  if (lseek (crash.maps_fd, 0, SEEK_SET) < 0)
    return;
  do
    {
      n_read = read (crash.maps_fd, crash.file + AQ_CRASH_MAPS_OFFSET + n_copied, AQ_CRASH_MAX_MAPS_BYTES - n_copied);
      n_copied += (gsize) MAX (n_read, 0);
    }
  while (n_read > 0);
  report->maps_size = (guint32) n_copied;
}

static void
read_peak (AqCrashReport *report)
{
  gssize n_read = pread (crash.status_fd, crash.status, sizeof crash.status - 1, 0);
  const char *line;

  crash.status[MAX (n_read, 0)] = '\0';
  line = strstr (crash.status, "\nVmHWM:");
  if (line == NULL)
    return;
  for (line += strlen ("\nVmHWM:"); *line == ' ' || *line == '\t'; line++)
    ;
  for (; *line >= '0' && *line <= '9'; line++)
    report->peak_bytes = report->peak_bytes * 10 + (guint64) (*line - '0') * 1024;
}

static void
on_crash (int        number,
          siginfo_t *info,
          void      *context)
{
  AqCrashReport *report = (AqCrashReport *) (gpointer) crash.file;
  int last_error = errno; /* of what was done before, perhaps in vain */
  int self = thread_id ();
  int owner = 0;

  if (getpid () != crash.pid)
    die (number);
  if (!__atomic_compare_exchange_n (&crash.owner, &owner, self, FALSE, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    {
      if (owner == self)
        die (crash.signal);
      while (TRUE)
        (void) pause (); /* the first one ends all of us */
    }
  crash.signal = number;

  *report = (AqCrashReport) {
    .magic = AQ_CRASH_MAGIC,
    .size = sizeof *report,
    .signal = number,
    .code = info->si_code,
    .address = (guint64) (gsize) info->si_addr,
    .last_error = last_error,
    .thread_id = (guint32) self,
  };
  (void) prctl (PR_GET_NAME, report->thread); /* it has none then */
  copy_stack (report, read_registers (report, context));
  copy_maps (report);
  read_peak (report);
  die (number);
}

/**
 * aq_crash_has_report:
 *
 * Returns: whether we were given a memory file to write to. Anything else behind
 *   that descriptor is nothing of ours.
 */
gboolean
aq_crash_has_report (void)
{
  int seals = fcntl (AQ_CRASH_REPORT_FD, F_GET_SEALS);
  struct stat status;

  return seals >= 0 && (seals & (F_SEAL_GROW | F_SEAL_SHRINK)) == (F_SEAL_GROW | F_SEAL_SHRINK) &&
         fstat (AQ_CRASH_REPORT_FD, &status) == 0 && status.st_size == AQ_CRASH_REPORT_BYTES;
}

/* Gives this thread a stack to crash on: its own may be what there is no more of. And a
 * crash whose signal is blocked is told to no handler. */
void
aq_crash_guard_thread (void)
{
  stack_t stack = { .ss_size = ALTERNATE_STACK_BYTES };
  sigset_t set;

  sigemptyset (&set);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaddset (&set, signals[i]);
  (void) pthread_sigmask (SIG_UNBLOCK, &set, NULL); /* fails for no such set */

  stack.ss_sp = mmap (NULL, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack.ss_sp != MAP_FAILED)
    (void) sigaltstack (&stack, NULL); /* without it, an overflow of the stack is told without where */
}

/**
 * aq_crash_install:
 * @status_fd: /proc/self/status, open; or -1
 *
 * From now on this process says where it crashes. Call it where
 * aq_crash_has_report(), before other threads are there.
 */
void
aq_crash_install (int status_fd)
{
  /* A crash within the handler is to reach it: it ends then. */
  struct sigaction action = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
  gpointer file = mmap (NULL, AQ_CRASH_REPORT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, AQ_CRASH_REPORT_FD, 0);

  if (file == MAP_FAILED || pipe2 (crash.pipe, O_CLOEXEC | O_NONBLOCK) < 0)
    return; /* then a crash is told by its signal alone */
  crash.file = file;
  crash.pid = getpid ();
  crash.status_fd = status_fd;
  crash.maps_fd = open ("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  sigemptyset (&action.sa_mask);
  aq_crash_guard_thread ();
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    (void) sigaction (signals[i], &action, NULL); /* fails for none of these */
}
