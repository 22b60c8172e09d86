/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* as many as a worker can have */
#define AQ_MAX_CONCURRENT 256

/* how much a job may take; 0: nobody said */
typedef struct
{
  guint64 memory_bytes;  /* resident, of the worker and what it has started */
  guint64 file_bytes;    /* the largest file that it may write */
  guint64 output_bytes;  /* on stdout and stderr together */
  gint64  cpu_usec;      /* processor time */
  gint64  run_usec;      /* wall time */
  guint   n_files;       /* descriptors open at once */
  guint   n_processes;   /* at once, the worker included */
} AqResourceLimits;

typedef enum
{
  AQ_SANDBOX_OFF,
  AQ_SANDBOX_PREFER, /* as much of it as this system can, and the level is told */
  AQ_SANDBOX_REQUIRE /* all that is asked for, or the job does not run */
} AqSandboxMode;

/* in the order of how little is allowed */
typedef enum
{
  AQ_NETWORK_YES,
  AQ_NETWORK_LOCAL, /* sockets of this machine's own: AF_UNIX */
  AQ_NETWORK_NO
} AqNetwork;

/* what a job may touch */
typedef struct
{
  AqSandboxMode mode;
  AqNetwork     network;
  char        **read_paths;  /* owned, nullable: all; absolute. What a process needs to run at all is added */
  char        **write_paths; /* owned, nullable: all; may be read as well */
  char         *user;        /* owned, nullable: a name or number to run as, where the daemon is root */
  gboolean      private_tmp; /* a temporary folder of its own */
  gboolean      no_new_privileges;
  gboolean      deny_calls;  /* system calls that no plugin needs: ptrace, mount, bpf, … */
} AqSandbox;

/* in the order of their names */
typedef enum
{
  AQ_OPTION_CONCURRENT,
  AQ_OPTION_CPU_TIME,
  AQ_OPTION_DEFERRED,
  AQ_OPTION_DENY_CALLS,
  AQ_OPTION_FILE_SIZE,
  AQ_OPTION_KILL_TIMEOUT,
  AQ_OPTION_MEMORY,
  AQ_OPTION_NETWORK,
  AQ_OPTION_NO_NEW_PRIVILEGES,
  AQ_OPTION_OPEN_FILES,
  AQ_OPTION_OUTPUT,
  AQ_OPTION_PRIVATE_TMP,
  AQ_OPTION_PROCESSES,
  AQ_OPTION_READ,
  AQ_OPTION_RUN_TIME,
  AQ_OPTION_SANDBOX,
  AQ_OPTION_STOP_TIMEOUT,
  AQ_OPTION_USER,
  AQ_OPTION_WRITE
} AqOption;

#define AQ_N_OPTIONS (AQ_OPTION_WRITE + 1)

/* How a function is to be run: what its plugin declares, see AsyncqFunction.options. */
typedef struct
{
  guint32          said;              /* bits 1 << AqOption: somebody has set these */
  gboolean         deferred;
  guint            n_concurrent;      /* jobs of it that one worker may have begun at once; more than 1 only if deferred */
  gint64           stop_timeout_usec; /* from cancel to SIGTERM; -1: as the daemon is set */
  gint64           kill_timeout_usec; /* from SIGTERM to SIGKILL; -1: as the daemon is set */
  AqResourceLimits limits;
  AqSandbox        sandbox;
} AqFunctionOptions;

const char *aq_option_to_name   (AqOption    option);
const char *aq_option_get_wanted (AqOption   option);
gboolean    aq_option_is_limit  (AqOption    option);

void     aq_function_options_init  (AqFunctionOptions        *self);
void     aq_function_options_clear (AqFunctionOptions        *self);
void     aq_function_options_copy  (AqFunctionOptions        *self,
                                    const AqFunctionOptions  *other);
gboolean aq_function_options_set   (AqFunctionOptions        *self,
                                    const char               *key,
                                    const char               *value,
                                    GError                  **error);
gboolean aq_function_options_parse (AqFunctionOptions        *self,
                                    const char               *text,
                                    GError                  **error);

/* whether somebody has set it */
static inline gboolean
aq_function_options_says (const AqFunctionOptions *self,
                          AqOption                 option)
{
  return (self->said & (1u << option)) != 0;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqFunctionOptions, aq_function_options_clear)

G_END_DECLS
