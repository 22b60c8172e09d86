/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * UUID file
 *
 * The identity has to survive a restart and a move of the store, and must not
 * be shared by two daemons, so it is a file that a person can read, move and
 * delete. The explanation is for that person: only line 1 is read.
 */

#include "config.h"

#include "aq-uuid-file.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

/* 1582-10-15 to 1970-01-01, where the count of 100 ns in a UUID begins */
#define GREGORIAN_OFFSET G_GUINT64_CONSTANT (0x01B21DD213814000)

static const char explanation[] =
  "----------------------------------------------------------------------\n"
  "The line above is the identity of one asyncq dispatcher: of one asyncqd\n"
  "that works at one store. The store remembers by it which jobs this\n"
  "dispatcher had begun, and the monitor shows it.\n"
  "\n"
  "asyncqd looks for this file where $ASYNCQ_UUID says, else where the\n"
  "configuration says (group [daemon], key uuid-file), else for uuid.txt in\n"
  "the folder of its store. Where there is no file, it writes one.\n"
  "\n"
  "Two dispatchers need two files. To give this one a new identity, stop it,\n"
  "delete the file and start it again. What stands below the first line is\n"
  "not read.\n";

/**
 * aq_uuid_new:
 * @wall_usec: wall clock, microseconds since 1970-01-01 UTC
 *
 * Makes a time-based UUID (version 1, RFC 4122). Instead of a network address
 * it has a random number, which the RFC allows and which tells nobody anything.
 *
 * Returns: (transfer full): its text
 *
 * Since: 0.1
 */
char *
aq_uuid_new (gint64 wall_usec)
{
  guint64 time = (guint64) wall_usec * 10 + GREGORIAN_OFFSET;
  guint sequence = g_random_int () & 0x3fff;
  /* the multicast bit says that it is no network address */
  guint node_high = (g_random_int () & 0xffff) | 0x0100;
  guint node_low = g_random_int ();

  return g_strdup_printf ("%08x-%04x-1%03x-%04x-%04x%08x", (guint) (time & 0xffffffff),
                          (guint) (time >> 32 & 0xffff), (guint) (time >> 48 & 0x0fff),
                          0x8000 | sequence, node_high, node_low);
}

static char *
read_first_line (const char  *path,
                 const char  *text,
                 GError     **error)
{
  g_autofree char *line = g_strndup (text, strcspn (text, "\n"));

  g_strstrip (line);
  if (!g_uuid_string_is_valid (line))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                   "the first line of UUID file '%s' is not a UUID: correct it, or delete the file "
                   "to have a new one made", path);
      return NULL;
    }
  return g_steal_pointer (&line);
}

static char *
create (const char  *path,
        gint64       wall_usec,
        GError     **error)
{
  g_autofree char *uuid = aq_uuid_new (wall_usec);
  g_autofree char *text = g_strconcat (uuid, "\n", explanation, NULL);
  g_autoptr(GError) reason = NULL;

  if (!g_file_set_contents_full (path, text, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &reason))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "could not write UUID file '%s': %s",
                   path, reason->message);
      return NULL;
    }
  return g_steal_pointer (&uuid);
}

/**
 * aq_uuid_file_load:
 * @path: of the file
 * @wall_usec: wall clock, for a UUID that has to be made
 * @error: return location for an error
 *
 * Reads the UUID from a file, which is made where there is none.
 *
 * Errors: `ASYNCQ_ERROR_CONFIG` if there is something else in it,
 * `ASYNCQ_ERROR_FAILED` if it cannot be read or made.
 * Source: zc.async's instanceuuid, behaviour Z148 and Z149.
 *
 * Returns: (transfer full): the UUID's text, or %NULL with @error set
 *
 * Since: 0.1
 */
char *
aq_uuid_file_load (const char  *path,
                   gint64       wall_usec,
                   GError     **error)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) reason = NULL;

  if (g_file_get_contents (path, &text, NULL, &reason))
    return read_first_line (path, text, error);
  if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return create (path, wall_usec, error);

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "could not read UUID file '%s': %s", path,
               reason->message);
  return NULL;
}
