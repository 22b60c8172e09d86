/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Where the daemon may be
 */

#include "config.h"

#include "asyncq-client-private.h"

#include "asyncq-error.h"

#define SYSTEM_SOCKET "/run/asyncq/bus"

static char *
address_of_socket (const char *path)
{
  g_autofree char *escaped = g_dbus_address_escape_value (path);

  return g_strconcat ("unix:path=", escaped, NULL);
}

/*
 * Gives the addresses to try, best first: what was asked for, else the
 * environment's, else the user's daemon and then the system's. The path of a
 * socket will do for an address.
 */
GPtrArray *
_asyncq_address_list (const char  *address,
                      GError     **error)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func (g_free);
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");

  if (address == NULL || *address == '\0')
    address = g_getenv ("ASYNCQ_ADDRESS");
  if (address != NULL && *address != '\0')
    {
      g_autoptr(GError) reason = NULL;
      g_autofree char *full = *address == '/' ? address_of_socket (address) : g_strdup (address);

      if (!g_dbus_is_supported_address (full, &reason))
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is not an address: %s", address,
                       reason->message);
          return NULL;
        }
      g_ptr_array_add (addresses, g_steal_pointer (&full));
      return g_steal_pointer (&addresses);
    }

  if (runtime != NULL && *runtime != '\0')
    {
      g_autofree char *path = g_build_filename (runtime, "asyncq", "bus", NULL);

      g_ptr_array_add (addresses, address_of_socket (path));
    }
  g_ptr_array_add (addresses, address_of_socket (SYSTEM_SOCKET));
  return g_steal_pointer (&addresses);
}
