/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Help of the text protocol
 *
 * One text a command and a tool. The first line of each is its summary in the
 * lists; both tables are in the order in which they are listed.
 */

#include "config.h"

#include "monitor/aq-text-help.h"

#include "core/aq-suggestion.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *text;
} Help;

#define INTERVALS                                                              \
  "\n"                                                                         \
  "    An interval is ``[nD][nH][nM][nS]``: days, hours, minutes and seconds,\n" \
  "    each n a whole number, in this order and any letter case. It means so\n"  \
  "    long before now: ``5M`` is five minutes ago, ``20S`` twenty seconds,\n" \
  "    ``1H30M`` an hour and a half.\n"

#define POLL_KEYS                                                              \
  "\n"                                                                         \
  "    A poll key is what ``poll`` and ``polls`` show as \"key\".\n"

static const Help commands[] = {
  { "async",
    "Look at what this asyncq dispatcher is doing.\n"
    "\n"
    "    'async help' lists the tools that there are.\n"
    "\n"
    "    'async help <tool name>' explains one of them.\n" },
  { "help",
    "Explain the commands of the monitor.\n"
    "\n"
    "    'help' lists them; 'help <command name>' explains one.\n" },
  { "interactive",
    "Keep the connection open after an answer.\n"
    "\n"
    "    Without it, the monitor closes the connection after the first answer.\n"
    "    An empty line repeats the last command. 'quit' ends the conversation.\n" },
  { "quit",
    "Say goodbye and close the connection.\n" },
  { "watch",
    "Follow the changes of jobs, one line of JSON for each.\n"
    "\n"
    "    Usage:\n"
    "\n"
    "        watch\n"
    "        (first the jobs as they are, then every change)\n"
    "\n"
    "        watch state:<state> queue:<pattern> function:<pattern>\n"
    "        (only jobs that fit; each may be left out)\n"
    "\n"
    "        watch since:<sequence number>\n"
    "        (every change after that one, without a gap: for a reader that\n"
    "         comes back, the last \"seq\" it has whole)\n"
    "\n"
    "    The connection stays open. The changes of one transaction share \"seq\",\n"
    "    are numbered by \"n\" from 0, and the last of them has \"last\": true.\n"
    "\n"
    "    Example:\n"
    "\n"
    "        watch queue:mail since:1042\n"
    "        (what happened in queue mail after sequence number 1042)\n" },
};

static const Help tools[] = {
  { "UUID",
    "Show the UUID of this dispatcher.\n" },
  { "help",
    "Explain the tools of 'async'.\n"
    "\n"
    "    'async help' lists them; 'async help <tool name>' explains one.\n" },
  { "job",
    "Show what this dispatcher knows of one of its newest jobs.\n"
    "\n"
    "    Usage:\n"
    "\n"
    "        job <id>\n"
    "        (the job with that number)\n"
    "\n"
    "        job <id> <store name>\n"
    "        job <id> database:<store name>\n"
    "        (the same, in the store of that name; the only one is 'unnamed')\n"
    "\n"
    "    The 200 newest jobs are remembered, since the daemon started.\n"
    "\n"
    "    Example:\n"
    "\n"
    "        async job 30\n"
    "        (call, times, result, worker and poll of job 30)\n" },
  { "jobs",
    "List the jobs that workers hold at this moment.\n"
    "\n"
    "    Usage:\n"
    "\n"
    "        jobs\n"
    "        (all of them, newest first)\n"
    "\n"
    "        jobs queue:<queue name>\n"
    "        (only those that came from this queue)\n"
    "\n"
    "        jobs agent:<agent name>\n"
    "        (only those that this agent took)\n"
    "\n"
    "    \"queue:\" and \"agent:\" go together.\n"
    "\n"
    "    Example:\n"
    "\n"
    "        async jobs queue: agent:main\n"
    "        (of the queue whose name is empty and of agent 'main')\n" },
  { "jobstats",
    "Show statistics on jobs of the polls that are remembered.\n"
    "\n"
    "    Usage:\n"
    "\n"
    "        jobstats\n"
    "        (over all of these polls)\n"
    "\n"
    "        jobstats queue:<queue name>\n"
    "        (only jobs that came from this queue)\n"
    "\n"
    "        jobstats agent:<agent name>\n"
    "        (only jobs that this agent took)\n"
    "\n"
    "        jobstats at:<poll key or interval>\n"
    "        (only polls of that moment or older)\n"
    "\n"
    "        jobstats before:<poll key or interval>\n"
    "        (only polls older than that moment)\n"
    "\n"
    "        jobstats since:<poll key or interval>\n"
    "        (only polls of that moment or newer)\n"
    "\n"
    "    \"queue:\", \"agent:\", \"since:\" and one of \"at:\" and \"before:\" go together.\n"
    "\n"
    "    \"statistics start\" is the newest poll that counts, \"statistics end\" the\n"
    "    oldest. \"unknown\" are jobs of these polls that are no longer remembered.\n"
    INTERVALS
    POLL_KEYS
    "\n"
    "    Example:\n"
    "\n"
    "        async jobstats queue: agent:main since:1H\n"
    "        (the last hour of agent 'main' and the queue whose name is empty)\n" },
  { "poll",
    "Show one poll, the newest unless another is asked for.\n"
    "\n"
    "    Usage:\n"
    "\n"
    "        poll\n"
    "        (the newest)\n"
    "\n"
    "        poll at:<poll key or interval>\n"
    "        (the newest of that moment or older)\n"
    "\n"
    "        poll before:<poll key or interval>\n"
    "        (the newest that is older than that moment)\n"
    "\n"
    "    \"new jobs\" grows until the next poll; where it has become too long to\n"
    "    list, \"new jobs count\" beside it counts them all.\n"
    INTERVALS
    POLL_KEYS
    "\n"
    "    Example:\n"
    "\n"
    "        async poll at:5M\n"
    "        (the poll of five minutes ago)\n" },
  { "polls",
    "List recent polls, newest first.\n"
    "\n"
    "    Usage:\n"
    "\n"
    "        polls\n"
    "        (the newest 3)\n"
    "\n"
    "        polls at:<poll key or interval>\n"
    "        (up to 3, from that moment back)\n"
    "\n"
    "        polls before:<poll key or interval>\n"
    "        (up to 3 that are older than that moment)\n"
    "\n"
    "        polls since:<poll key or interval>\n"
    "        (all of that moment or newer)\n"
    "\n"
    "        polls count:<positive integer>\n"
    "        (so many at most)\n"
    "\n"
    "    \"since:\", \"count:\" and one of \"at:\" and \"before:\" go together.\n"
    INTERVALS
    POLL_KEYS
    "\n"
    "    Example:\n"
    "\n"
    "        async polls since:10M before:5M\n"
    "        (those between ten and five minutes ago)\n" },
  { "status",
    "Show how this dispatcher is.\n"
    "\n"
    "    'status' is STARTING before the first poll, RUNNING as long as polls come\n"
    "    in time, STUCK when the next one is overdue, and STOPPED.\n" },
  { "utcnow",
    "Show the time, in UTC and ISO 8601.\n" },
};

static const Help *
find (const Help *table,
      gsize       n,
      const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (table[i].name, name))
      return &table[i];
  return NULL;
}

static void
append_summary (GString    *list,
                const Help *help,
                const char *separator)
{
  g_autofree char *summary = g_strndup (help->text, strcspn (help->text, "\n"));

  g_string_append_printf (list, "%s%s%s\n", help->name, separator, summary);
}

/**
 * aq_text_help_get_command:
 * @name: a command, such as "watch"
 *
 * Returns: (transfer none) (nullable): its text; %NULL: there is no such command
 *
 * Since: 0.1
 */
const char *
aq_text_help_get_command (const char *name)
{
  const Help *help = find (commands, G_N_ELEMENTS (commands), name);

  return help != NULL ? help->text : NULL;
}

/**
 * aq_text_help_get_tool:
 * @name: a tool of "async", such as "jobs"
 *
 * Returns: (transfer none) (nullable): its text; %NULL: there is no such tool
 *
 * Since: 0.1
 */
const char *
aq_text_help_get_tool (const char *name)
{
  const Help *help = find (tools, G_N_ELEMENTS (tools), name);

  return help != NULL ? help->text : NULL;
}

/**
 * aq_text_help_list_commands:
 *
 * Source: behaviour Z156.
 *
 * Returns: (transfer full): the answer to "help"
 *
 * Since: 0.1
 */
char *
aq_text_help_list_commands (void)
{
  GString *list = g_string_new ("Supported commands:\n");

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_string_append (list, "  ");
      append_summary (list, &commands[i], " -- ");
    }
  return g_string_free (list, FALSE);
}

/**
 * aq_text_help_list_tools:
 *
 * Source: behaviour A18.
 *
 * Returns: (transfer full): the answer to "async help"
 *
 * Since: 0.1
 */
char *
aq_text_help_list_tools (void)
{
  GString *list = g_string_new ("The tools of 'async' are used as 'async <tool name> [modifiers...]'.\n"
                                "'async help <tool name>' explains one of them.\n"
                                "\n");

  for (gsize i = 0; i < G_N_ELEMENTS (tools); i++)
    append_summary (list, &tools[i], ": ");
  return g_string_free (list, FALSE);
}

/**
 * aq_text_help_suggest:
 * @name: not a command
 *
 * Returns: (transfer none) (nullable): the command that was probably meant
 *
 * Since: 0.1
 */
const char *
aq_text_help_suggest (const char *name)
{
  AqSuggestion suggestion;

  aq_suggestion_init (&suggestion, name);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    aq_suggestion_offer (&suggestion, commands[i].name);
  return suggestion.best;
}
