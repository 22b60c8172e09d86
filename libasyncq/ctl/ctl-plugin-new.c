/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A new plugin from templates
 *
 * The templates are the files under templates/, in which @NAME@ stands for the
 * plugin's name. They are in the program, so there is nothing to install. They are
 * given away: what is written asks for nothing, and its author says his own licence.
 */

#include "config.h"

#include "ctl-plugin-new.h"

#include "ctl-templates.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#define MAX_NAME_LENGTH 64
#define RESOURCES "/org/asyncq/ctl/templates/"

typedef struct
{
  const char *template;
  const char *name; /* in the folder; NULL: the plugin's name and @suffix */
  const char *suffix;
  int         mode;
} Template;

static const Template c_files[] = {
  { "README.md", "README.md", NULL, 0644 },
  { "meson-c.build", "meson.build", NULL, 0644 },
  { "plugin.c", NULL, ".c", 0644 },
  { "test.sh", "test.sh", NULL, 0755 },
};

static const Template cxx_files[] = {
  { "README.md", "README.md", NULL, 0644 },
  { "meson-cxx.build", "meson.build", NULL, 0644 },
  { "plugin.cc", NULL, ".cc", 0644 },
  { "test.sh", "test.sh", NULL, 0755 },
};

static gboolean
check_name (const char  *name,
            GError     **error)
{
  gboolean ok = g_ascii_isalpha (*name) || *name == '_';

  for (const char *at = name; *at != '\0' && ok; at++)
    ok = g_ascii_isalnum (*at) || *at == '_';
  if (ok && strlen (name) <= MAX_NAME_LENGTH)
    return TRUE;
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
               _("'%s' cannot be the name of a plugin: a letter or _, and then letters, digits and _, 64 at most"), name);
  return FALSE;
}

static gboolean
write_file (const char      *folder,
            const char      *plugin,
            const Template  *template,
            GError         **error)
{
  g_autofree char *resource = g_strconcat (RESOURCES, template->template, NULL);
  g_autoptr(GBytes) bytes = g_resource_lookup_data (ctl_templates_get_resource (), resource,
                                                    G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  g_autofree char *file = template->name != NULL ? g_strdup (template->name) : g_strconcat (plugin, template->suffix, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *author = g_strconcat ("the author of ", plugin, NULL);
  g_autoptr(GString) text = NULL;

  if (bytes == NULL)
    return FALSE;
  text = g_string_new_len (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
  (void) g_string_replace (text, "@NAME@", plugin, 0);
  /* in the head of each file */
  (void) g_string_replace (text, "LGPL-2.1-or-later", "CC0-1.0", 1);
  (void) g_string_replace (text, "asyncq developers", author, 1);
  return g_file_set_contents_full (path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT, template->mode,
                                   error);
}

/**
 * ctl_plugin_new:
 * @context: the context
 * @name: of the plugin, and of the folder that it gets; may be a path that ends in it
 * @language: "c" or "c++"
 * @error: return location for an error
 *
 * Makes a folder with a plugin that builds and passes its test.
 *
 * Returns: an exit status
 */
CtlExit
ctl_plugin_new (CtlContext  *context,
                const char  *name,
                const char  *language,
                GError     **error)
{
  g_autofree char *plugin = g_path_get_basename (name);
  gboolean is_cxx = g_str_equal (language, "c++");
  const Template *files = is_cxx ? cxx_files : c_files;
  guint n_files = is_cxx ? G_N_ELEMENTS (cxx_files) : G_N_ELEMENTS (c_files);

  if (!is_cxx && !g_str_equal (language, "c"))
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no template in '%s'; there are c and c++"), language);
      return CTL_EXIT_USAGE;
    }
  if (!check_name (plugin, error))
    return CTL_EXIT_USAGE;
  if (g_mkdir (name, 0755) < 0)
    {
      g_set_error (error, ASYNCQ_ERROR, errno == EEXIST ? ASYNCQ_ERROR_EXISTS : ASYNCQ_ERROR_FAILED,
                   /* TRANSLATORS: a path, and why */
                   _("could not make folder '%s': %s"), name, g_strerror (errno));
      return CTL_EXIT_ERROR;
    }
  for (guint i = 0; i < n_files; i++)
    if (!write_file (name, plugin, &files[i], error))
      return CTL_EXIT_ERROR;
  if (!context->quiet)
    /* TRANSLATORS: the path of a folder, three times */
    ctl_put (_("'%s' is made. Next:\n"
               "  meson setup %s/_build %s\n"
               "  meson test -C %s/_build\n"),
             name, name, name, name);
  return CTL_EXIT_OK;
}
