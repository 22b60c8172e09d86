/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * asyncqctl: from the verb to the exit status
 *
 * What this program can do, any client can: it uses the public library alone.
 */

#include "config.h"

#include "ctl-options.h"
#include "ctl-suggest.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static const CtlVerb *
find_verb (const char *name)
{
  for (guint i = 0; ctl_verbs[i] != NULL; i++)
    if (g_str_equal (ctl_verbs[i]->name, name))
      return ctl_verbs[i];
  return NULL;
}

static void
put_help (CtlContext *context)
{
  g_autoptr (GString) summary =
      g_string_new (_ ("Submits jobs to an asyncq daemon, and watches them.\n\nVerbs:\n"));
  g_autofree char *help = NULL;

  for (guint i = 0; ctl_verbs[i] != NULL; i++)
    if (!ctl_verbs[i]->is_hidden)
      g_string_append_printf (summary, "  %-13s %s\n", ctl_verbs[i]->name, _(ctl_verbs[i]->summary));
  g_string_append_printf (summary, "  %-13s %s\n", "help", _("Show this help, or that of a verb."));
  g_string_append_printf (summary, "  %-13s %s", "version", _("Print the version."));
  help = ctl_options_dup_help (
      context, _ ("VERB …"), summary->str,
      _ ("\"asyncqctl VERB --help\" shows more. The daemon is looked for at $ASYNCQ_ADDRESS,\n"
         "$XDG_RUNTIME_DIR/asyncq/bus and /run/asyncq/bus.\n"
         "\n"
         "Exit status: 0 good, 1 error, 2 usage, 3 time-out, 4 not allowed, 6 conflict,\n"
         "7 partly done, 8 no daemon, 10 no such object, 11 no new work taken now,\n"
         "20 job failed, 21 cancelled, 22 expired.\n"),
      NULL);
  g_print ("%s", help);
}

static void
complain_about_verb (const char *name)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  const char *meant;

  for (guint i = 0; ctl_verbs[i] != NULL; i++)
    if (!ctl_verbs[i]->is_hidden)
      g_ptr_array_add (names, (gpointer) ctl_verbs[i]->name);
  g_ptr_array_add (names, (gpointer) "help");
  g_ptr_array_add (names, (gpointer) "version");
  g_ptr_array_add (names, NULL);
  meant = ctl_suggest (name, (const char * const *) names->pdata);
  if (meant != NULL)
    /* TRANSLATORS: both %s are verbs of the command line, which are not translated */
    g_printerr (_("asyncqctl: there is no verb '%s'; did you mean '%s'?\n"), name, meant);
  else
    /* TRANSLATORS: %s is what was given for a verb of the command line */
    g_printerr (_("asyncqctl: there is no verb '%s'; \"asyncqctl help\" lists them\n"), name);
}

static CtlExit
run_verb (CtlContext          *context,
          const char          *name,
          const char * const  *arguments)
{
  static const char *const help_arguments[] = { "--help", NULL };
  g_autoptr(GError) error = NULL;
  const CtlVerb *verb;
  CtlExit status;

  if (g_str_equal (name, "help") && arguments[0] != NULL && arguments[0][0] != '-')
    {
      name = arguments[0];
      arguments = help_arguments;
    }
  else if (g_str_equal (name, "help"))
    {
      put_help (context);
      return CTL_EXIT_OK;
    }
  else if (g_str_equal (name, "version"))
    {
      ctl_put ("asyncqctl %s\n", VERSION);
      return CTL_EXIT_OK;
    }

  verb = find_verb (name);
  if (verb == NULL)
    {
      complain_about_verb (name);
      return CTL_EXIT_USAGE;
    }
  status = verb->run (context, arguments, &error);
  if (error == NULL)
    return status;
  ctl_complain (error);
  status = ctl_exit_of_error (error);
  if (status == CTL_EXIT_USAGE && error->domain != ASYNCQ_ERROR)
    /* TRANSLATORS: %s is a verb of the command line */
    g_printerr (_("\"asyncqctl %s --help\" says more\n"), verb->name);
  return status;
}

/* the arguments without the verb, since options may stand before it */
static char **
dup_without (const char * const *arguments,
             guint               index)
{
  g_autoptr(GPtrArray) rest = g_ptr_array_new ();

  for (guint i = 0; arguments[i] != NULL; i++)
    if (i != index)
      g_ptr_array_add (rest, g_strdup (arguments[i]));
  g_ptr_array_add (rest, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&rest), FALSE);
}

static CtlExit
run (const char * const *arguments)
{
  g_auto(CtlContext) context = { .timeout_usec = -1 };
  g_auto(GStrv) rest = NULL;
  guint index;

  if (ctl_options_find_verb (arguments, &index))
    {
      rest = dup_without (arguments, index);
      return run_verb (&context, arguments[index], (const char * const *) rest);
    }
  if (g_strv_contains (arguments, "--version"))
    return run_verb (&context, "version", arguments);
  if (g_strv_contains (arguments, "--help") || g_strv_contains (arguments, "-h"))
    return run_verb (&context, "help", (const char * const[]) { NULL });
  g_printerr ("%s\n", _("asyncqctl: a verb is wanted; \"asyncqctl help\" lists them"));
  return CTL_EXIT_USAGE;
}

int
main (int    argc,
      char **argv)
{
  const char *locale_directory = g_getenv ("ASYNCQ_LOCALEDIR");
  CtlExit status;

  (void) setlocale (LC_ALL, ""); /* a locale that does not exist leaves C, which will do */
  bindtextdomain (GETTEXT_PACKAGE, locale_directory != NULL ? locale_directory : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("asyncqctl");

  status = run ((const char * const *) argv + 1);
  /* all output is checked here, once: a full disk, a reader that has gone */
  if ((fflush (stdout) != 0 || ferror (stdout)) && status == CTL_EXIT_OK)
    {
      /* TRANSLATORS: %s is what the system says */
      g_printerr (_("asyncqctl: could not write the output: %s\n"), g_strerror (errno));
      status = CTL_EXIT_ERROR;
    }
  return status;
}
