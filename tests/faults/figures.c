/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Figures of a test
 */

#include "config.h"

#include "figures.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

struct _Figures
{
  char    *test;
  GString *line;
  GString *json;
};

Figures *
figures_new (const char *test)
{
  Figures *self = g_new (Figures, 1);

  self->test = g_strdup (test);
  self->line = g_string_new (NULL);
  self->json = g_string_new (NULL);
  g_string_append_printf (self->line, "%s:", test);
  g_string_append_printf (self->json, "{\n  \"test\": \"%s\"", test);
  return self;
}

void
figures_free (Figures *self)
{
  g_string_free (self->line, TRUE);
  g_string_free (self->json, TRUE);
  g_free (self->test);
  g_free (self);
}

void
figures_set (Figures    *self,
             const char *name,
             guint64     value)
{
  g_string_append_printf (self->line, " %s %" G_GUINT64_FORMAT ",", name, value);
  g_string_append_printf (self->json, ",\n  \"%s\": %" G_GUINT64_FORMAT, name, value);
}

/* @value: without quotes in it */
void
figures_set_text (Figures    *self,
                  const char *name,
                  const char *value)
{
  g_string_append_printf (self->line, " %s %s,", name, value);
  g_string_append_printf (self->json, ",\n  \"%s\": \"%s\"", name, value);
}

static void
write_json (Figures *self)
{
  const char *build = g_getenv ("ASYNCQ_BUILD");
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;

  if (build == NULL)
    return;
  folder = g_build_filename (build, "reliability", NULL);
  path = g_strdup_printf ("%s/%s.json", folder, self->test);
  g_string_append (self->json, "\n}\n");
  if (g_mkdir_with_parents (folder, 0777) < 0)
    g_printerr ("could not create '%s': %s\n", folder, g_strerror (errno));
  else if (!g_file_set_contents (path, self->json->str, -1, &error))
    g_printerr ("%s\n", error->message);
}

int
figures_finish (Figures *self,
                guint64  n_violations)
{
  figures_set (self, "violations", n_violations);
  self->line->str[self->line->len - 1] = '\n';
  g_print ("%s", self->line->str);
  write_json (self);
  return n_violations == 0 ? 0 : 1;
}
