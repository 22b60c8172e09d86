/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the system grants at the most
 *
 * A limit that is above a hard limit of the daemon, or above what its control
 * group allows, promises a job more than it will ever get: it would die of a
 * limit that nobody has said. So somebody is told.
 */

#include "config.h"

#include "work/aq-resource-ceiling.h"

#include <sys/resource.h>
#include <unistd.h>

static const struct
{
  AqResource  resource;
  int         kind;
  guint64     factor; /* of our unit to the kernel's */
  const char *name;
} hard_limits[] = {
  { AQ_RESOURCE_CPU_TIME, RLIMIT_CPU, G_USEC_PER_SEC, "RLIMIT_CPU" },
  { AQ_RESOURCE_FILE_SIZE, RLIMIT_FSIZE, 1, "RLIMIT_FSIZE" },
  { AQ_RESOURCE_MEMORY, RLIMIT_AS, 1, "RLIMIT_AS" },
  { AQ_RESOURCE_OPEN_FILES, RLIMIT_NOFILE, 1, "RLIMIT_NOFILE" },
  { AQ_RESOURCE_PROCESSES, RLIMIT_NPROC, 1, "RLIMIT_NPROC" },
};

/* the smallest of several counts; @by: a constant */
void
aq_resource_ceiling_lower (AqResourceCeiling *self,
                           AqResource         resource,
                           guint64            value,
                           const char        *by)
{
  guint64 before = aq_resource_limits_get (&self->limits, resource);

  if (value == 0 || (before != 0 && before <= value))
    return;
  aq_resource_limits_set (&self->limits, resource, value);
  self->by[resource] = by;
}

/**
 * aq_resource_ceiling_read:
 * @self: (out): what the hard limits of this process and the machine's memory allow
 */
void
aq_resource_ceiling_read (AqResourceCeiling *self)
{
  gint64 n_pages = sysconf (_SC_PHYS_PAGES);
  gint64 page_bytes = sysconf (_SC_PAGESIZE);

  *self = (AqResourceCeiling) { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (hard_limits); i++)
    {
      struct rlimit limit;

      /* no process of root is counted */
      if (hard_limits[i].kind == RLIMIT_NPROC && geteuid () == 0)
        continue;
      if (getrlimit ((__rlimit_resource_t) hard_limits[i].kind, &limit) == 0 && limit.rlim_max != RLIM_INFINITY &&
          limit.rlim_max <= G_MAXINT64 / hard_limits[i].factor)
        aq_resource_ceiling_lower (self, hard_limits[i].resource, limit.rlim_max * hard_limits[i].factor,
                                   hard_limits[i].name);
    }
  if (n_pages > 0 && page_bytes > 0)
    aq_resource_ceiling_lower (self, AQ_RESOURCE_MEMORY, (guint64) n_pages * (guint64) page_bytes,
                               "the memory of this machine");
}

/**
 * aq_resource_ceiling_check:
 * @self: what the system grants
 * @function: a function
 * @grant: what its jobs may take
 *
 * Returns: (transfer full) (element-type utf8): for each limit that is more than the
 *   system grants, a message that names plugin, function, limit and who says it
 */
GPtrArray *
aq_resource_ceiling_check (const AqResourceCeiling *self,
                           const AqPluginFunction  *function,
                           const AqResourceGrant   *grant)
{
  GPtrArray *notes = g_ptr_array_new_with_free_func (g_free);

  for (AqResource i = 0; i < AQ_N_RESOURCES; i++)
    {
      guint64 wanted = aq_resource_limits_get (&grant->limits, i);
      guint64 most = aq_resource_limits_get (&self->limits, i);
      g_autofree char *wanted_text = NULL;
      g_autofree char *most_text = NULL;

      if (most == 0 || wanted <= most)
        continue;
      wanted_text = aq_resource_format (i, wanted);
      most_text = aq_resource_format (i, most);
      g_ptr_array_add (notes, g_strdup_printf ("plugin '%s' ('%s'), function '%s': its %s of %s, which %s says, cannot be "
                                               "granted: %s allows %s", function->plugin->id, function->plugin->file,
                                               function->name, aq_resource_to_name (i), wanted_text, grant->places[i],
                                               self->by[i], most_text));
    }
  return notes;
}
