/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * asyncq-store: works on the files of a store that no daemon holds, or that one
 * holds for it; "asyncqctl store" runs it.
 */

#include "config.h"

#include "store/tool/aq-store-tool.h"

#include "libasyncq/asyncq-error.h"

#include <gio/gio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define PROGRAM "asyncq-store"

typedef enum
{
  HELD_REFUSED, /* the verb writes, or wants the store for itself */
  HELD_ALLOWED
} Held;

typedef struct
{
  const char *name;
  const char *usage;
  guint       n_words;
  Held        held;
  AqToolFunc  run;
} ToolVerb;

static const ToolVerb verbs[] = {
  { "info", "STORE", 1, HELD_ALLOWED, aq_tool_info },
  { "verify", "STORE", 1, HELD_ALLOWED, aq_tool_verify },
  { "dump", "STORE", 1, HELD_ALLOWED, aq_tool_dump },
  { "load", "STORE FILE", 2, HELD_REFUSED, aq_tool_load },
  { "backup", "STORE DEST", 2, HELD_ALLOWED, aq_tool_backup },
  { "restore", "BACKUP DEST", 2, HELD_REFUSED, aq_tool_restore },
  { "repair", "STORE DEST", 2, HELD_REFUSED, aq_tool_repair },
  { "compact", "STORE", 1, HELD_REFUSED, aq_tool_compact },
};

/* as GOption fills it in */
typedef struct
{
  char     *until;
  char     *json;
  gboolean  settings;
  gboolean  quiet;
  gboolean  version;
  char    **words;
} Given;

static void
given_clear (Given *self)
{
  g_free (self->until);
  g_free (self->json);
  g_strfreev (self->words);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Given, given_clear)

/* as asyncqd ends; asyncqctl passes it on */
static int
exit_status_of (const GError *error)
{
  if (error->domain == G_OPTION_ERROR)
    return EX_USAGE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return EX_NOINPUT;
  if (error->domain != ASYNCQ_ERROR)
    return EX_SOFTWARE;
  switch (error->code)
    {
    case ASYNCQ_ERROR_STORE_CORRUPT:
    case ASYNCQ_ERROR_INVALID:
    case ASYNCQ_ERROR_TOO_LARGE:
      return EX_DATAERR;
    case ASYNCQ_ERROR_EXISTS:
      return EX_CANTCREAT;
    case ASYNCQ_ERROR_STORE_FAILED:
    case ASYNCQ_ERROR_STORE_FULL:
      return EX_IOERR;
    case ASYNCQ_ERROR_STORE_LOCKED:
      return EX_TEMPFAIL;
    case ASYNCQ_ERROR_STORE_VERSION:
      return EX_PROTOCOL;
    case ASYNCQ_ERROR_STORE_FOREIGN:
      return EX_NOPERM;
    default:
      return EX_SOFTWARE;
    }
}

static int
fail (const GError   *error,
      const ToolVerb *verb)
{
  g_printerr (PROGRAM ": %s\n", error->message);
  if (verb != NULL && verb->held == HELD_ALLOWED &&
      g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_LOCKED))
    g_printerr (PROGRAM ": \"asyncqctl store %s\" works with the daemon that runs; see its --address\n", verb->name);
  return exit_status_of (error);
}

static gboolean
set_usage (GError     **error,
           const char  *format,
           const char  *value)
{
  g_autofree char *message = g_strdup_printf (format, value);

  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);
  return FALSE;
}

/* SEGMENT:END:CRC:NEXT, as the daemon gave it */
static gboolean
parse_until (const char         *text,
             AqJournalPosition  *out_until,
             GError            **error)
{
  g_auto(GStrv) parts = g_strsplit (text, ":", -1);
  AqJournalPosition until = { 0 };
  guint64 crc;

  if (g_strv_length (parts) != 4 ||
      !g_ascii_string_to_unsigned (parts[0], 10, 0, G_MAXUINT64, &until.segment, NULL) ||
      !g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXUINT64, &until.end, NULL) ||
      !g_ascii_string_to_unsigned (parts[2], 10, 0, G_MAXUINT32, &crc, NULL) ||
      !g_ascii_string_to_unsigned (parts[3], 10, 0, G_MAXUINT64, &until.next_sequence, NULL))
    return set_usage (error, "--until is '%s', and should be SEGMENT:END:CRC:NEXT", text);
  until.crc = (guint32) crc;
  *out_until = until;
  return TRUE;
}

static gboolean
parse_json (const char  *text,
            AqToolJson  *out_json,
            GError     **error)
{
  if (strcmp (text, "short") == 0)
    *out_json = AQ_TOOL_JSON_SHORT;
  else if (strcmp (text, "pretty") == 0)
    *out_json = AQ_TOOL_JSON_PRETTY;
  else
    return set_usage (error, "--json is '%s', and should be short or pretty", text);
  return TRUE;
}

static char *
dup_summary (void)
{
  GString *text = g_string_new ("Works on the files of a store that no daemon holds.\n\nVerbs:");

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (text, "\n  %s %s", verbs[i].name, verbs[i].usage);
  g_string_append (text, "\n\n\"asyncqctl store --help\" says what they do.");
  return g_string_free (text, FALSE);
}

static gboolean
parse_command_line (Given    *given,
                    int      *argc,
                    char   ***argv,
                    GError  **error)
{
  const GOptionEntry entries[] = {
    { "until", 0, 0, G_OPTION_ARG_STRING, &given->until,
      "Read a store that a daemon holds for us, up to there", "SEGMENT:END:CRC:NEXT" },
    { "json", 0, 0, G_OPTION_ARG_STRING, &given->json, "info: print an object, short or pretty", "HOW" },
    { "settings", 0, 0, G_OPTION_ARG_NONE, &given->settings, "dump: agents and counters as well", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &given->quiet, "Show no progress, and print nothing but data", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &given->version, "Show the version, and end", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &given->words, NULL, "VERB STORE [WORD]" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autofree char *summary = dup_summary ();

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

static const ToolVerb *
find_verb (const Given  *given,
           GError      **error)
{
  guint n_words = given->words != NULL ? g_strv_length (given->words) : 0;
  g_autofree char *usage = NULL;

  if (n_words == 0)
    {
      set_usage (error, "a verb is wanted; \"%s --help\" lists them", PROGRAM);
      return NULL;
    }
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      if (strcmp (verbs[i].name, given->words[0]) != 0)
        continue;
      usage = g_strdup_printf ("%s %s", verbs[i].name, verbs[i].usage);
      if (n_words != verbs[i].n_words + 1)
        set_usage (error, "wrong number of words: %s", usage);
      else if (given->until != NULL && verbs[i].held == HELD_REFUSED)
        set_usage (error, "--until is not for '%s', which needs the store for itself", verbs[i].name);
      else
        return &verbs[i];
      return NULL;
    }
  set_usage (error, "there is no verb '%s'", given->words[0]);
  return NULL;
}

static gboolean
prepare (AqStoreTool  *tool,
         const Given  *given,
         GError      **error)
{
  aq_store_tool_init (tool);
  tool->path = given->words[1];
  tool->other = given->words[2];
  tool->is_held = given->until != NULL;
  tool->settings = given->settings;
  tool->quiet = given->quiet;
  tool->meter = aq_meter_new (PROGRAM, given->quiet ? AQ_METER_QUIET : AQ_METER_SHOWN);
  return (given->until == NULL || parse_until (given->until, &tool->until, error)) &&
         (given->json == NULL || parse_json (given->json, &tool->json, error));
}

int
main (int    argc,
      char **argv)
{
  g_auto(Given) given = { 0 };
  g_auto(AqStoreTool) tool = { .directory = { .fd = -1, .journal_fd = -1 } };
  g_autoptr(GError) error = NULL;
  const ToolVerb *verb = NULL;

  (void) setlocale (LC_CTYPE, ""); /* what stderr can show */
  /* a file that grows too large is an error of the call in question */
  (void) signal (SIGXFSZ, SIG_IGN);
  if (!parse_command_line (&given, &argc, &argv, &error))
    return fail (error, NULL);
  if (given.version)
    {
      g_print (PROGRAM " %s\n", VERSION);
      return EX_OK;
    }
  verb = find_verb (&given, &error);
  if (verb == NULL || !prepare (&tool, &given, &error) || !verb->run (&tool, &error))
    return fail (error, verb);
  return EX_OK;
}
