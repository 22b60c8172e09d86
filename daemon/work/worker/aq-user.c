/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Becoming another user
 */

#include "config.h"

#include "work/worker/aq-user.h"

#include "libasyncq/asyncq-error.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

/**
 * aq_user_find:
 * @self: (out): a user
 * @name: its name or its number
 * @error: return location for an error
 *
 * Looks up a user that this process can become. One with a number and no name
 * has the group of the same number.
 *
 * Errors: `ASYNCQ_ERROR_SANDBOX`
 */
gboolean
aq_user_find (AqUser      *self,
              const char  *name,
              GError     **error)
{
  guint64 number = G_MAXUINT32;
  gboolean is_number = g_ascii_string_to_unsigned (name, 10, 0, G_MAXUINT32 - 1, &number, NULL);
  struct passwd *entry;

  *self = (AqUser) { FALSE };
  if (geteuid () != 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "only root becomes user '%s'", name);
      return FALSE;
    }
  errno = 0;
  entry = is_number ? getpwuid ((uid_t) number) : getpwnam (name);
  if (entry == NULL && !is_number)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "there is no user '%s'%s%s", name,
                   errno == 0 ? "" : ": ", errno == 0 ? "" : g_strerror (errno));
      return FALSE;
    }
  self->id = entry == NULL ? (uid_t) number : entry->pw_uid;
  self->group = entry == NULL ? (gid_t) number : entry->pw_gid;
  if (self->id == 0 || self->group == 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "user '%s' is root, or of its group", name);
      return FALSE;
    }
  self->found = TRUE;
  return TRUE;
}

/* for ever, and without any other group */
gboolean
aq_user_become (const AqUser  *self,
                GError       **error)
{
  if (setgroups (0, NULL) == 0 && setresgid (self->group, self->group, self->group) == 0 &&
      setresuid (self->id, self->id, self->id) == 0 && setresuid (0, 0, 0) < 0)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_SANDBOX, "could not become user %u: %s", (guint) self->id,
               g_strerror (errno));
  return FALSE;
}
