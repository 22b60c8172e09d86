/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * asyncq-worker --describe
 *
 * Tells what is in a plugin. Loading it runs its constructors, so this happens
 * in a process that ends right afterwards, and never in the daemon.
 */

#include "config.h"

#include "work/worker/aq-describe.h"

#include "work/worker/aq-build-id.h"
#include "work/worker/aq-loaded-plugin.h"
#include "work/worker/aq-sandbox.h"
#include "work/worker/aq-wire.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* of processor time; a daemon has a limit of its own for a plugin that sleeps */
#define MAX_CPU_SECONDS 5
/* libraries that a plugin needs may promise themselves much, and take little */
#define MAX_ADDRESS_BYTES ((rlim_t) 4 * 1024 * 1024 * 1024)
#define MAX_FILE_BYTES (1024 * 1024)
#define MAX_FILES 256

/* a sanitizer maps all that there is, for itself */
#if defined (__SANITIZE_ADDRESS__) || defined (__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

/* A constructor that prints must not write into the answer: our stdout becomes
 * a descriptor of its own, and what the plugin writes to stdout goes to stderr. */
static int
set_stdout_apart (void)
{
  int fd = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

  if (fd >= 0)
    (void) dup2 (STDERR_FILENO, STDOUT_FILENO);
  return fd;
}

/* Loading a plugin takes little of anything. Without these one that loops, or wants more, is stopped by the daemon
 * alone, a little later. */
static void
limit_resources (void)
{
  static const struct
  {
    int    kind;
    rlim_t soft;
    rlim_t hard;
  } limits[] = {
    { RLIMIT_CPU, MAX_CPU_SECONDS, MAX_CPU_SECONDS + 1 },
    { RLIMIT_FSIZE, MAX_FILE_BYTES, MAX_FILE_BYTES },
    { RLIMIT_NOFILE, MAX_FILES, MAX_FILES },
    { RLIMIT_CORE, 0, 0 },
#if !IS_SANITIZED
    { RLIMIT_AS, MAX_ADDRESS_BYTES, MAX_ADDRESS_BYTES },
#endif
  };

  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      struct rlimit limit;

      /* what is lower already stays so */
      if (getrlimit ((__rlimit_resource_t) limits[i].kind, &limit) < 0)
        continue;
      limit.rlim_cur = MIN (limit.rlim_cur, limits[i].soft);
      limit.rlim_max = MIN (limit.rlim_max, limits[i].hard);
      (void) setrlimit ((__rlimit_resource_t) limits[i].kind, &limit);
    }
}

static AqLoadedPlugin *
load (int         fd,
      const char *file)
{
  g_autofree char *id = g_path_get_basename (file);
  g_autoptr(GError) error = NULL;
  AqLoadedPlugin *plugin;

  if (!g_str_has_suffix (id, ".so"))
    {
      g_printerr ("plugin '%s': found another name, wanted ID.so\n", file);
      return NULL;
    }
  id[strlen (id) - strlen (".so")] = '\0';
  if (!aq_plugin_name_is_valid (id))
    {
      g_printerr ("plugin '%s': found the id '%s', wanted [A-Za-z_][A-Za-z0-9_]{0,63}\n", file, id);
      return NULL;
    }
  limit_resources ();
  aq_sandbox_apply_to_describe ();
  plugin = aq_loaded_plugin_open (fd, file, id, &error);
  if (plugin == NULL)
    g_printerr ("%s\n", error->message);
  return plugin;
}

static GVariant *
description_of (AqLoadedPlugin *plugin,
                const char     *build)
{
  g_auto(GVariantBuilder) functions = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssssss)"));
  g_autofree char *version = g_utf8_make_valid (plugin->version, -1);

  for (guint i = 0; i < plugin->functions->len; i++)
    {
      AqLoadedFunction *function = g_ptr_array_index (plugin->functions, i);
      g_autofree char *description = g_utf8_make_valid (function->description, -1);

      g_variant_builder_add (&functions, "(ssssss)", function->name, function->parameters,
                             function->result, description, function->object == NULL ? "" : function->object,
                             function->options);
    }
  return g_variant_ref_sink (g_variant_new ("(ssssa(ssssss))", plugin->id, version, build, plugin->options,
                                            &functions));
}

static gboolean
write_all (int           fd,
           gconstpointer data,
           gsize         size)
{
  const guint8 *position = data;

  while (size > 0)
    {
      gssize written = write (fd, position, size);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return FALSE;
      position += written;
      size -= (gsize) written;
    }
  return TRUE;
}

/**
 * aq_describe_for_daemon:
 * @fd: a plugin's file, opened by somebody who has checked it
 * @file: its path, which says the id and goes into messages
 *
 * Writes the description of a plugin to stdout, as one serialised GVariant of
 * [const@AQ_DESCRIPTION_TYPE]; or to stderr why it is refused.
 *
 * Returns: an exit status
 */
int
aq_describe_for_daemon (int         fd,
                        const char *file)
{
  g_autoptr(GVariant) description = NULL;
  int out_fd = set_stdout_apart ();
  g_autofree char *build = aq_build_id_dup_of_file (fd); /* before any of it can run */
  AqLoadedPlugin *plugin = load (fd, file);

  if (plugin == NULL)
    return AQ_WIRE_EXIT_REFUSED;

  description = description_of (plugin, build != NULL ? build : "");
  if (g_variant_get_size (description) > AQ_MAX_DESCRIPTION_BYTES)
    {
      g_printerr ("plugin '%s': found a description of %zu bytes, wanted %d at most\n",
                  file, g_variant_get_size (description), AQ_MAX_DESCRIPTION_BYTES);
      return AQ_WIRE_EXIT_REFUSED;
    }
  if (!write_all (out_fd, g_variant_get_data (description), g_variant_get_size (description)))
    {
      g_printerr ("could not write the description: %s\n", g_strerror (errno));
      return AQ_WIRE_EXIT_CHANNEL;
    }
  return 0;
}

/**
 * aq_describe_for_people:
 * @file: a plugin's path
 *
 * Prints what is in a plugin, or why a daemon would refuse it.
 *
 * Returns: an exit status
 */
int
aq_describe_for_people (const char *file)
{
  int fd = g_open (file, O_RDONLY | O_CLOEXEC, 0);
  g_autofree char *build = NULL;
  AqLoadedPlugin *plugin;

  if (fd < 0)
    {
      g_printerr ("could not open plugin '%s': %s\n", file, g_strerror (errno));
      return AQ_WIRE_EXIT_REFUSED;
    }
  build = aq_build_id_dup_of_file (fd);
  plugin = load (fd, file);
  if (plugin == NULL)
    return AQ_WIRE_EXIT_REFUSED;

  g_print ("%s %s\n", plugin->id, plugin->version);
  if (build != NULL)
    g_print ("      build %s\n", build);
  if (plugin->options[0] != '\0')
    g_print ("      %s\n", plugin->options);
  for (guint i = 0; i < plugin->functions->len; i++)
    {
      AqLoadedFunction *function = g_ptr_array_index (plugin->functions, i);

      g_print ("  %s (%s) -> %s\n", function->full_name, function->parameters, function->result);
      if (function->object != NULL)
        g_print ("      on an object of type %s\n", function->object);
      if (function->options[0] != '\0')
        g_print ("      %s\n", function->options);
      if (function->description[0] != '\0')
        g_print ("      %s\n", function->description);
    }
  return 0;
}
