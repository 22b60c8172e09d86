/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Whether a daemon would load a file
 *
 * Two things are looked at: who could have written the file, as a daemon of this
 * user would, and what is in it, which asyncq-worker finds out. Both are told.
 */

#include "config.h"

#include "ctl-plugin-verify.h"

#include "ctl-json.h"
#include "ctl-style.h"
#include "ctl-tool.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <sys/stat.h>
#include <unistd.h>

/* a plugin whose constructor does not end is not waited for */
#define MAX_SECONDS 10

typedef struct
{
  GPtrArray *problems; /* of char, owned */
  char      *description; /* nullable */
} Finding;

static void
finding_clear (Finding *self)
{
  g_ptr_array_unref (self->problems);
  g_free (self->description);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Finding, finding_clear)

static void
add_problem (Finding    *self,
             const char *path,
             const char *found,
             const char *wanted)
{
  /* TRANSLATORS: a path, what was found there, and what was wanted */
  g_ptr_array_add (self->problems, g_strdup_printf (_("'%s': found %s, wanted %s"), path, found, wanted));
}

static void
check_owner_and_mode (Finding           *self,
                      const char        *path,
                      const struct stat *info)
{
  if (info->st_uid != 0 && info->st_uid != geteuid ())
    {
      g_autofree char *found = g_strdup_printf (_("owner %u"), (guint) info->st_uid);

      add_problem (self, path, found, _("root or the user of the daemon"));
    }
  if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !(S_ISDIR (info->st_mode) && (info->st_mode & S_ISVTX) != 0))
    {
      g_autofree char *found = g_strdup_printf (_("mode %04o"), (guint) info->st_mode & 07777);

      add_problem (self, path, found, _("one that only its owner can write to"));
    }
}

static void
check_parents (Finding    *self,
               const char *path)
{
  g_autofree char *place = g_path_get_dirname (path);

  while (TRUE)
    {
      g_autofree char *above = g_path_get_dirname (place);
      struct stat info;

      if (stat (place, &info) == 0)
        check_owner_and_mode (self, place, &info);
      if (g_str_equal (above, place))
        return;
      g_free (place);
      place = g_steal_pointer (&above);
    }
}

/* Returns: whether there is a file that can be described */
static gboolean
check_file (Finding    *self,
            const char *path)
{
  struct stat info;

  if (lstat (path, &info) < 0)
    {
      add_problem (self, path, g_strerror (errno), _("a regular file"));
      return FALSE;
    }
  if (S_ISLNK (info.st_mode))
    add_problem (self, path, _("a symbolic link"), _("a regular file"));
  else if (!S_ISREG (info.st_mode))
    {
      add_problem (self, path, _("a directory or special file"), _("a regular file"));
      return FALSE;
    }
  else
    check_owner_and_mode (self, path, &info);
  if (S_ISREG (info.st_mode) && (info.st_mode & (S_ISUID | S_ISGID)) != 0)
    add_problem (self, path, _("a set-id bit"), _("none"));
  check_parents (self, path);
  return TRUE;
}

typedef struct
{
  GMainLoop    *loop;
  GCancellable *cancellable;
  char         *said;   /* on stdout */
  char         *why;    /* on stderr */
  gboolean      ok;
} Waiting;

static gboolean
on_late (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_described (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Waiting *waiting = user_data;

  waiting->ok = g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &waiting->said, &waiting->why,
                                                      NULL);
  g_main_loop_quit (waiting->loop);
}

/* Returns: whether it could be found out; @error is set otherwise */
static gboolean
describe (Finding     *self,
          const char  *path,
          GError     **error)
{
  g_autofree char *tool = ctl_tool_dup_path ("ASYNCQ_WORKER", "asyncq-worker");
  const char *const command[] = { tool, "--describe", "--", path, NULL };
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Waiting waiting = { loop, cancellable, NULL, NULL, FALSE };
  g_autoptr(GSubprocess) process = NULL;
  guint timer;

  process = g_subprocess_newv (command, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
  if (process == NULL)
    {
      g_prefix_error (error, _("could not look into '%s', see ASYNCQ_WORKER: "), path);
      return FALSE;
    }
  timer = g_timeout_add_seconds (MAX_SECONDS, on_late, cancellable);
  g_subprocess_communicate_utf8_async (process, NULL, cancellable, on_described, &waiting);
  g_main_loop_run (loop);
  if (g_cancellable_is_cancelled (cancellable))
    add_problem (self, path, _("a constructor that runs for more than 10 seconds"), _("one that ends"));
  else
    (void) g_source_remove (timer);
  g_subprocess_force_exit (process);
  if (!g_cancellable_is_cancelled (cancellable) && waiting.ok &&
      g_subprocess_get_if_exited (process) && g_subprocess_get_exit_status (process) == 0 && waiting.said != NULL &&
      *waiting.said != '\0')
    self->description = g_steal_pointer (&waiting.said);
  else if (!g_cancellable_is_cancelled (cancellable))
    g_ptr_array_add (self->problems,
                     waiting.why != NULL && *waiting.why != '\0'
                       ? g_strdup (g_strstrip (waiting.why))
                       : g_strdup_printf (_("'%s': the process that loaded it ended before it was described"), path));
  g_free (waiting.said);
  g_free (waiting.why);
  return TRUE;
}

static void
put_finding (CtlContext    *context,
             const char    *path,
             const Finding *finding)
{
  gboolean ok = finding->problems->len == 0;

  if (context->json != CTL_JSON_OFF)
    {
      GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
      g_autoptr(GVariant) view = NULL;

      g_variant_builder_add (&builder, "{sv}", "file", g_variant_new_string (path));
      g_variant_builder_add (&builder, "{sv}", "ok", g_variant_new_boolean (ok));
      g_variant_builder_add (&builder, "{sv}", "problems",
                             g_variant_new_strv ((const char *const *) finding->problems->pdata,
                                                 finding->problems->len));
      view = g_variant_ref_sink (g_variant_builder_end (&builder));
      ctl_json_put (context, ctl_json_of_variant (view));
      return;
    }
  ctl_put ("%s%s%s %s: ", ctl_style_on (context, ok ? CTL_LOOK_GOOD : CTL_LOOK_BAD),
           ok ? ctl_style_sign ("✓", "+") : ctl_style_sign ("✗", "x"),
           ctl_style_off (context, ok ? CTL_LOOK_GOOD : CTL_LOOK_BAD), path);
  ctl_put ("%s\n", ok ? _("a daemon would load it") : _("a daemon would refuse it"));
  for (guint i = 0; i < finding->problems->len; i++)
    ctl_put ("    %s\n", (const char *) g_ptr_array_index (finding->problems, i));
  if (ok && !context->quiet && finding->description != NULL)
    ctl_put ("%s", finding->description);
}

/* Returns: an error where one of @files would be refused by a daemon of this user */
CtlExit
ctl_plugin_verify (CtlContext  *context,
                   char       **files,
                   GError     **error)
{
  CtlExit status = CTL_EXIT_OK;

  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autofree char *path = g_canonicalize_filename (files[i], NULL);
      g_auto(Finding) finding = { g_ptr_array_new_with_free_func (g_free), NULL };

      if (check_file (&finding, path) && !describe (&finding, path, error))
        return CTL_EXIT_ERROR;
      put_finding (context, files[i], &finding);
      if (finding.problems->len > 0)
        status = CTL_EXIT_ERROR;
    }
  return status;
}
