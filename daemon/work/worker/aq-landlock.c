/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a process may touch: Landlock
 *
 * The kernel denies what a ruleset handles and none of its rules allows. Newer
 * kernels can handle more; what this one cannot is left out of the ruleset, and
 * the caller finds in `version` how far it goes. The calls and constants are
 * spelled here, as the system's headers are often older than its kernel.
 *
 * Version 1 has files, 2 moving them between folders, 3 truncating them, 4 TCP,
 * 5 ioctl() on devices, 6 abstract sockets and signals. What it never handles:
 * looking at a file's data beside its content, changing its mode, owner and time,
 * and connecting to sockets that are files.
 */

#include "config.h"

#include "work/worker/aq-landlock.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define CREATE_VERSION 1u
#define RULE_PATH_BENEATH 1

#define EXECUTE (1u << 0)
#define WRITE_FILE (1u << 1)
#define READ_FILE (1u << 2)
#define READ_DIR (1u << 3)
#define REMOVE_DIR (1u << 4)
#define REMOVE_FILE (1u << 5)
#define MAKE_CHAR (1u << 6)
#define MAKE_DIR (1u << 7)
#define MAKE_REG (1u << 8)
#define MAKE_SOCK (1u << 9)
#define MAKE_FIFO (1u << 10)
#define MAKE_BLOCK (1u << 11)
#define MAKE_SYM (1u << 12)
#define REFER (1u << 13)
#define TRUNCATE (1u << 14)
#define IOCTL_DEV (1u << 15)

#define READING (EXECUTE | READ_FILE | READ_DIR)
#define WRITING (WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_CHAR | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO | \
                 MAKE_BLOCK | MAKE_SYM | REFER | TRUNCATE | IOCTL_DEV)
/* nobody needs new devices */
#define GRANTED_WRITING (WRITING & ~(MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV))
/* of what is no folder */
#define OF_A_FILE (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)

#define BIND_TCP (1u << 0)
#define CONNECT_TCP (1u << 1)
#define SCOPE_ABSTRACT_SOCKETS (1u << 0)
#define SCOPE_SIGNALS (1u << 1)

typedef struct
{
  guint64 files;
  guint64 network;
  guint64 scopes;
} RulesetAttribute;

typedef struct
{
  guint64 allowed;
  gint32  parent_fd;
} __attribute__ ((packed)) PathAttribute;

typedef struct
{
  const char *path;
  guint64     access;
} Needed;

/* without these hardly anything runs */
static const Needed needed[] = {
  { "/lib", READING },
  { "/lib32", READING },
  { "/lib64", READING },
  { "/usr/lib", READING },
  { "/usr/lib32", READING },
  { "/usr/lib64", READING },
  { "/usr/local/lib", READING },
  { "/nix/store", READING },
  { "/gnu/store", READING },
  { "/etc/ld.so.cache", READ_FILE },
  { "/etc/localtime", READ_FILE },
  { "/usr/share/locale", READING },
  { "/usr/share/zoneinfo", READING },
  { "/dev/full", READ_FILE | WRITE_FILE },
  { "/dev/null", READ_FILE | WRITE_FILE | TRUNCATE },
  { "/dev/random", READ_FILE },
  { "/dev/urandom", READ_FILE },
  { "/dev/zero", READ_FILE | WRITE_FILE },
  { "/proc/cpuinfo", READ_FILE },
  { "/proc/meminfo", READ_FILE },
  { "/proc/stat", READ_FILE },
  { "/proc/self", READ_FILE | READ_DIR },
  { "/proc/sys/vm/overcommit_memory", READ_FILE },
  { "/sys/devices/system/cpu", READ_FILE | READ_DIR },
};

/* likewise, for what talks to other machines */
static const Needed needed_for_network[] = {
  { "/etc/ca-certificates", READING },
  { "/etc/gai.conf", READ_FILE },
  { "/etc/host.conf", READ_FILE },
  { "/etc/hosts", READ_FILE },
  { "/etc/nsswitch.conf", READ_FILE },
  { "/etc/pki", READING },
  { "/etc/resolv.conf", READ_FILE },
  { "/etc/services", READ_FILE },
  { "/etc/ssl/certs", READING },
  { "/usr/share/ca-certificates", READING },
};

static gboolean
add_path (AqLandlock  *self,
          const char  *path,
          guint64      allowed,
          GError     **error)
{
  PathAttribute attribute = { .allowed = allowed & self->files };
  struct stat status;
  int result;

  if (attribute.allowed == 0)
    return TRUE;
  attribute.parent_fd = open (path, O_PATH | O_CLOEXEC);
  if (attribute.parent_fd < 0 || fstat (attribute.parent_fd, &status) < 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "path '%s': %s", path, g_strerror (errno));
      if (attribute.parent_fd >= 0)
        (void) close (attribute.parent_fd); /* was not used */
      return FALSE;
    }
  if (!S_ISDIR (status.st_mode))
    attribute.allowed &= OF_A_FILE;
  result = attribute.allowed == 0 ? 0 : (int) syscall (SYS_landlock_add_rule, self->ruleset_fd, RULE_PATH_BENEATH,
                                                       &attribute, 0);
  if (result < 0)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "path '%s': %s", path, g_strerror (errno));
  (void) close (attribute.parent_fd); /* only named a place */
  return result == 0;
}

static gboolean
add_paths (AqLandlock  *self,
           char       **paths,
           guint64      allowed,
           GError     **error)
{
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    if (!add_path (self, paths[i], allowed, error))
      return FALSE;
  return TRUE;
}

/* what is not there is not needed */
static void
add_needed (AqLandlock   *self,
            const Needed *list,
            gsize         n_list)
{
  for (gsize i = 0; i < n_list; i++)
    (void) add_path (self, list[i].path, list[i].access, NULL);
}

static void
choose (AqLandlock      *self,
        const AqSandbox *sandbox)
{
  guint64 known = self->version >= 5 ? G_MAXUINT64 : self->version >= 3 ? ~(guint64) IOCTL_DEV :
                  self->version >= 2 ? ~(guint64) (IOCTL_DEV | TRUNCATE) :
                                       ~(guint64) (IOCTL_DEV | TRUNCATE | REFER);

  if (sandbox->read_paths != NULL)
    self->files |= READING;
  if (sandbox->write_paths != NULL)
    self->files |= WRITING;
  self->files &= known;
  if (self->version >= 4 && sandbox->network != AQ_NETWORK_YES)
    self->network = BIND_TCP | CONNECT_TCP;
  if (self->version >= 6)
    self->scopes = SCOPE_SIGNALS | (sandbox->network == AQ_NETWORK_YES ? 0 : SCOPE_ABSTRACT_SOCKETS);
}

/* the size that a kernel of that version knows */
static gsize
attribute_size (int version)
{
  return version >= 6 ? sizeof (RulesetAttribute)
         : version >= 4 ? G_STRUCT_OFFSET (RulesetAttribute, scopes)
                        : G_STRUCT_OFFSET (RulesetAttribute, network);
}

/**
 * aq_landlock_prepare:
 * @self: (out): what the process may touch
 * @sandbox: what is asked for
 * @temporary: (nullable): a folder that the process may do everything in
 * @error: return location for an error
 *
 * Opens all that rules are about. Nothing is restricted yet.
 *
 * Errors: `ASYNCQ_ERROR_SANDBOX` where there is no Landlock, or a path cannot be
 * opened.
 */
gboolean
aq_landlock_prepare (AqLandlock       *self,
                     const AqSandbox  *sandbox,
                     const char       *temporary,
                     GError          **error)
{
  RulesetAttribute attribute;

  *self = (AqLandlock) { .ruleset_fd = -1 };
  self->version = (int) MAX (syscall (SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION), 0);
  if (self->version == 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "no Landlock: %s", g_strerror (errno));
      return FALSE;
    }
  choose (self, sandbox);
  if (self->files == 0 && self->network == 0 && self->scopes == 0)
    return TRUE;
  attribute = (RulesetAttribute) { self->files, self->network, self->scopes };
  self->ruleset_fd = (int) syscall (SYS_landlock_create_ruleset, &attribute, attribute_size (self->version), 0);
  if (self->ruleset_fd < 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "no Landlock ruleset: %s", g_strerror (errno));
      return FALSE;
    }
  add_needed (self, needed, G_N_ELEMENTS (needed));
  if (sandbox->network == AQ_NETWORK_YES)
    add_needed (self, needed_for_network, G_N_ELEMENTS (needed_for_network));
  return add_paths (self, sandbox->read_paths, READING, error) &&
         add_paths (self, sandbox->write_paths, GRANTED_WRITING, error) &&
         (temporary == NULL || add_path (self, temporary, READING | GRANTED_WRITING, error));
}

/**
 * aq_landlock_restrict:
 * @self: what aq_landlock_prepare() has made; is over with this
 * @error: return location for an error
 *
 * Restricts this thread and all that it starts, for ever. No new privileges must
 * be set before.
 */
gboolean
aq_landlock_restrict (AqLandlock  *self,
                      GError     **error)
{
  int result;

  if (self->ruleset_fd < 0)
    return TRUE;
  result = (int) syscall (SYS_landlock_restrict_self, self->ruleset_fd, 0);
  if (result < 0)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "no Landlock: %s", g_strerror (errno));
  (void) close (self->ruleset_fd); /* is in force, or not */
  self->ruleset_fd = -1;
  return result == 0;
}
