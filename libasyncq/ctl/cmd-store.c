/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * store: look after a store's files
 *
 * The work is done by asyncq-store, a program of its own because it links GDBM.
 * Here the store is found, and if a daemon runs on it, held by that one while its
 * files are read. The tool's exit status is ours.
 */

#include "config.h"

#include "ctl-bus.h"
#include "ctl-options.h"
#include "ctl-suggest.h"
#include "ctl-tool.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define MANAGER_PATH "/org/asyncq"
#define MANAGER_INTERFACE "org.asyncq.Manager1"

/* what a verb does with a store that a daemon runs on */
typedef enum
{
  RUNNING_HELD,   /* reads it, while the daemon keeps it as it is */
  RUNNING_REFUSED /* needs it for itself */
} Running;

typedef enum
{
  STORE_NONE,  /* names all directories itself */
  STORE_WORD,  /* its one word, if there is one, is the store */
  STORE_OPTION
} StoreFrom;

typedef struct
{
  const char *name;
  guint       min_words;
  guint       max_words;
  StoreFrom   from;
  Running     running;
} StoreVerb;

static const StoreVerb store_verbs[] = {
  { "info", 0, 1, STORE_WORD, RUNNING_HELD },
  { "verify", 0, 1, STORE_WORD, RUNNING_HELD },
  { "dump", 0, 1, STORE_WORD, RUNNING_HELD },
  { "load", 1, 1, STORE_OPTION, RUNNING_REFUSED },
  { "backup", 1, 1, STORE_OPTION, RUNNING_HELD },
  { "restore", 2, 2, STORE_NONE, RUNNING_REFUSED },
  { "repair", 1, 1, STORE_OPTION, RUNNING_REFUSED },
  { "compact", 0, 1, STORE_WORD, RUNNING_REFUSED },
};

/* where the store is, and how far it may be read while a daemon holds it */
typedef struct
{
  CtlContext *context;
  char       *path;  /* owned, nullable */
  char       *until; /* owned; NULL: no daemon holds it for us */
} Found;

static void
found_clear (Found *self)
{
  if (self->until != NULL)
    {
      /* should it fail, the end of the connection releases it as well */
      g_autoptr(GVariant) reply = ctl_bus_call (self->context, MANAGER_PATH, MANAGER_INTERFACE, "ReleaseStore",
                                                NULL, NULL);

      g_clear_pointer (&self->until, g_free);
    }
  g_clear_pointer (&self->path, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

static const StoreVerb *
find_store_verb (const char  *name,
                 GError     **error)
{
  const char *names[G_N_ELEMENTS (store_verbs) + 1] = { NULL };
  const char *meant;

  for (guint i = 0; i < G_N_ELEMENTS (store_verbs); i++)
    {
      names[i] = store_verbs[i].name;
      if (g_str_equal (names[i], name))
        return &store_verbs[i];
    }
  meant = ctl_suggest (name, names);
  if (meant != NULL)
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 /* TRANSLATORS: both %s are words of the command line, which are not translated */
                 _("'%s' is nothing that can be done with a store; did you mean '%s'?"), name, meant);
  else
    /* TRANSLATORS: %s is what was given for a word of the command line */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is nothing that can be done with a store"), name);
  return NULL;
}

/* ---- finding the store ---- */

/* as asyncqd has it where nothing else is configured */
static char *
dup_default_path (void)
{
  if (geteuid () == 0)
    return g_strdup ("/var/lib/asyncq/store");
  return g_build_filename (g_get_user_state_dir (), "asyncq", "store", NULL);
}

static gboolean
is_same_folder (const char *path,
                const char *other)
{
  GStatBuf left;
  GStatBuf right;

  return g_stat (path, &left) == 0 && g_stat (other, &right) == 0 && left.st_dev == right.st_dev &&
         left.st_ino == right.st_ino;
}

static char *
dup_until (GVariant *position)
{
  guint64 segment = 0;
  guint64 end = 0;
  guint64 next_sequence = 0;
  guint32 crc = 0;

  (void) g_variant_lookup (position, "segment", "t", &segment);
  (void) g_variant_lookup (position, "end", "t", &end);
  (void) g_variant_lookup (position, "crc", "u", &crc);
  (void) g_variant_lookup (position, "next-sequence", "t", &next_sequence);
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%u:%" G_GUINT64_FORMAT, segment, end,
                          crc, next_sequence);
}

/* asks the daemon to keep its store as it is; FALSE with @error set */
static gboolean
hold (Found   *self,
      GError **error)
{
  g_autoptr(GVariant) reply = ctl_bus_call (self->context, MANAGER_PATH, MANAGER_INTERFACE, "HoldStore", NULL,
                                            error);
  g_autoptr(GVariant) position = NULL;

  if (reply == NULL)
    return FALSE;
  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE ("(sa{sv})")))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, _("the daemon's answer cannot be read"));
      return FALSE;
    }
  g_variant_get (reply, "(s@a{sv})", &self->path, &position);
  self->until = dup_until (position);
  return TRUE;
}

/* of a daemon that does not run, or keeps another store, nothing is wanted where @given names the store */
static gboolean
find_store (Found       *self,
            const char  *given,
            GError     **error)
{
  g_autoptr(GError) reason = NULL;

  if (ctl_context_connect (self->context, &reason) != NULL && hold (self, &reason))
    {
      if (given == NULL || is_same_folder (given, self->path))
        return TRUE;
      found_clear (self);
    }
  else if (given == NULL &&
           (self->context->address != NULL || !g_error_matches (reason, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING)))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  self->path = given != NULL ? g_strdup (given) : dup_default_path ();
  return TRUE;
}

static CtlExit
refuse_running (const Found      *found,
                const StoreVerb  *verb,
                GError          **error)
{
  g_set_error (error, CTL_ERROR, CTL_ERROR_HELD,
               /* TRANSLATORS: the path of a store, and a word of the command line */
               _("a daemon runs on store '%s'.\n"
                 "%s needs a store for itself: stop the daemon first, such as with\n"
                 "\"systemctl stop asyncqd\", or name another store with --store=DIR"),
               found->path, verb->name);
  return CTL_EXIT_HELD;
}

/* ---- running the tool ---- */

static GStrv
make_command (const Found      *found,
              const StoreVerb  *verb,
              char            **words,
              gboolean          settings)
{
  g_autoptr(GStrvBuilder) command = g_strv_builder_new ();
  g_autofree char *tool = ctl_tool_dup_path ("ASYNCQ_STORE_TOOL", "asyncq-store");

  g_strv_builder_add_many (command, tool, verb->name, NULL);
  if (found->context->quiet)
    g_strv_builder_add (command, "--quiet");
  if (found->context->json != CTL_JSON_OFF)
    g_strv_builder_add (command, found->context->json == CTL_JSON_PRETTY ? "--json=pretty" : "--json=short");
  if (settings)
    g_strv_builder_add (command, "--settings");
  if (found->until != NULL)
    g_strv_builder_add_many (command, "--until", found->until, NULL);
  g_strv_builder_add (command, "--");
  if (found->path != NULL)
    g_strv_builder_add (command, found->path);
  if (verb->from != STORE_WORD)
    g_strv_builder_addv (command, (const char **) words);
  return g_strv_builder_end (command);
}

/* a daemon that has gone away held nothing any more: what was read may be of two moments */
static gboolean
check_held (const Found  *found,
            GError      **error)
{
  if (found->until == NULL ||
      !g_dbus_connection_is_closed (asyncq_client_get_connection (found->context->client)))
    return TRUE;
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING,
                       _("the daemon has gone away while its store was read: this result is void"));
  return FALSE;
}

static CtlExit
run_store_verb (CtlContext       *context,
                const StoreVerb  *verb,
                char            **words,
                const char       *store,
                gboolean          settings,
                GError          **error)
{
  g_auto(Found) found = { .context = context };
  g_auto(GStrv) command = NULL;
  g_autoptr(GError) reason = NULL;
  CtlExit status;

  if (verb->from == STORE_WORD && words[0] != NULL)
    store = words[0];
  if (verb->from != STORE_NONE && !find_store (&found, store, error))
    return CTL_EXIT_ERROR;
  if (found.until != NULL && verb->running == RUNNING_REFUSED)
    return refuse_running (&found, verb, error);
  command = make_command (&found, verb, words, settings);
  status = ctl_tool_run (command, &reason);
  if (reason == NULL && !check_held (&found, &reason))
    status = CTL_EXIT_NOT_RUNNING;
  if (reason != NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  return status;
}

/* words[0] is the verb */
static gboolean
check_words (const StoreVerb  *verb,
             char            **words,
             const char       *store,
             gboolean          settings,
             GError          **error)
{
  guint n_words = g_strv_length (words) - 1;

  if (n_words < verb->min_words)
    /* TRANSLATORS: %s is a word of the command line */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("a word is missing after '%s'"), verb->name);
  else if (n_words > verb->max_words)
    /* TRANSLATORS: %s is a word of the command line */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("surplus word '%s'"), words[verb->max_words + 1]);
  else if (store != NULL && (verb->from == STORE_NONE || (verb->from == STORE_WORD && n_words > 0)))
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                         _("the store is named by a word already; --store is surplus"));
  else if (settings && !g_str_equal (verb->name, "dump"))
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--settings is for dump"));
  else
    return TRUE;
  return FALSE;
}

static CtlExit
run (CtlContext         *context,
     const char *const  *arguments,
     GError            **error)
{
  g_auto(GStrv) words = NULL;
  g_autofree char *store = NULL;
  const StoreVerb *verb;
  gboolean settings = FALSE;
  const GOptionEntry entries[] = {
    { "store", 0, 0, G_OPTION_ARG_FILENAME, &store, N_("Work on the store in this folder"), N_("DIR") },
    { "settings", 0, 0, G_OPTION_ARG_NONE, &settings, N_("Dump agents and counters as well"), NULL },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_store, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (words[0] == NULL)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _("what is to be done with the store: info, verify, dump, load, backup, restore, repair\n"
                             "or compact?"));
      return CTL_EXIT_USAGE;
    }
  verb = find_store_verb (words[0], error);
  if (verb == NULL || !check_words (verb, words, store, settings, error))
    return CTL_EXIT_USAGE;
  return run_store_verb (context, verb, words + 1, store, settings, error);
}

static const char *const action_words[] = { "info", "verify", "dump", "load", "backup", "restore", "repair", "compact",
                                            NULL };

const CtlVerb ctl_verb_store = {
  .name = "store",
  .usage = N_("WHAT [WORD…]"),
  .summary = N_("Look after the files of a store: check, dump, back up, repair."),
  .description = N_("  info [DIR]           what is in the store\n"
                    "  verify [DIR]         read all of it and say what is damaged\n"
                    "  dump [DIR]           print every job as a line of JSON\n"
                    "  load FILE            fill a new or empty store from a dump; - is stdin\n"
                    "  backup DEST          copy the store to the new folder DEST\n"
                    "  restore BACKUP DEST  check a backup and copy it to the new folder DEST\n"
                    "  repair DEST          save what is whole of a damaged store to the new\n"
                    "                       folder DEST; the damaged store is left as it is\n"
                    "  compact [DIR]        make the files as small as they can be\n"
                    "\n"
                    "Unless DIR or --store=DIR says which, it is the store of the running daemon, or\n"
                    "where none runs the one that asyncqd has by default. The first three and backup\n"
                    "also work while the daemon runs. An exit status of asyncq-store is passed on:\n"
                    "65 damage, 66 no such store, 74 input or output, 75 the store is in use,\n"
                    "76 another version, 77 another owner.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl store verify\n"
                    "  asyncqctl store dump | jq -r 'select (.outcome == \"failed\") | .function'\n"
                    "  asyncqctl store backup /backup/asyncq-monday\n"
                    "  asyncqctl store load jobs.jsonl --store=/var/lib/asyncq/new\n"),
  .words = action_words,
  .run = run,
};
