/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a plugin is: one exported constant named asyncq_plugin, and one exported
 * C function for each function that it declares, named PLUGIN_FUNCTION.
 * See libasyncq/README.md for what is promised about this interface.
 */

#pragma once

#include <gio/gio.h>

#include <asyncq-error.h>
#include <asyncq-job-context.h>
#include <asyncq-job-spec.h>
#include <asyncq-macros.h>

G_BEGIN_DECLS

/**
 * ASYNCQ_PLUGIN_ABI:
 *
 * The version of the plugin interface that this header describes. A worker
 * refuses a plugin that was built for another one.
 *
 * Since: 0.1
 */
#define ASYNCQ_PLUGIN_ABI 1

/**
 * AsyncqFunction:
 * @name: the function's name, `[A-Za-z_][A-Za-z0-9_]{0,63}`; the symbol is
 *   the plugin's id, an underscore and this name
 * @parameters: its parameters, as [struct@Signature] reads them: `name type`
 *   or `name type = default`, separated by commas
 * @result: the GVariant type of what it returns; `()` for nothing
 * @description: one line for people
 * @object: (nullable): the GVariant type of the object that it is bound to; %NULL
 *   if it takes none
 * @options: (nullable): how it is to be run: words `KEY` or `KEY=VALUE` with blanks
 *   between them, see `plugins/README.md`; they win over those of the plugin
 *
 * One function of a plugin. Fields are only ever appended.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *name;
  const char *parameters;
  const char *result;
  const char *description;
  const char *object;
  const char *options;
} AsyncqFunction;

/**
 * AsyncqSetUpFunction:
 * @job: the job because of which it is called
 * @error: return location for an error
 *
 * Makes ready what the functions of a plugin share. It is called in each worker
 * before the first function of the plugin is, on the same thread. If it fails, so
 * does that job, and it is called again for the next one.
 *
 * Returns: whether functions can be called
 *
 * Since: 0.1
 */
typedef gboolean (*AsyncqSetUpFunction) (AsyncqJobContext  *job,
                                         GError           **error);

/**
 * AsyncqTearDownFunction:
 *
 * Ends what [callback@SetUpFunction] has begun, when a worker ends in order. A
 * worker that crashes, or is killed, never comes to that.
 *
 * Since: 0.1
 */
typedef void (*AsyncqTearDownFunction) (void);

/**
 * AsyncqPlugin:
 * @abi: [const@PLUGIN_ABI] at build time; stays the first field
 * @size: the size of this struct at build time
 * @function_size: the size of one [struct@Function] at build time: the stride
 *   of @functions
 * @id: the plugin's id, `[A-Za-z_][A-Za-z0-9_]{0,63}`; its file is `ID.so`
 * @version: the plugin's own version, for people
 * @functions: (array length=n_functions): its functions
 * @n_functions: how many
 * @options: (nullable): how its functions are to be run, where they do not say it
 *   themselves, see [struct@Function]
 * @set_up: (nullable) (scope forever): called before the first of its functions, in each worker
 * @tear_down: (nullable) (scope forever): called when a worker ends in order that has set it up
 *
 * The description of a plugin. It is read before any function of the plugin is
 * called. Fields are only ever appended.
 *
 * Since: 0.1
 */
typedef struct
{
  guint32               abi;
  guint32               size;
  guint32               function_size;
  const char           *id;
  const char           *version;
  const AsyncqFunction *functions;
  gsize                 n_functions;
  const char           *options;
  AsyncqSetUpFunction   set_up;
  AsyncqTearDownFunction tear_down;
} AsyncqPlugin;

/**
 * AsyncqJobFunction:
 * @job: the job that runs
 * @arguments: its arguments, a tuple of the declared types
 * @error: return location for an error
 *
 * The type of a plugin's functions.
 *
 * A function that has a result of type `()` returns %NULL and sets no error; so
 * does one that has called [method@JobContext.return_job],
 * [method@JobContext.snooze] or [method@JobContext.defer].
 *
 * Returns: (transfer full) (nullable): the result, floating or not, or %NULL
 *
 * Since: 0.1
 */
typedef GVariant *(*AsyncqJobFunction) (AsyncqJobContext  *job,
                                        GVariant          *arguments,
                                        GError           **error);

/* what the plugin defines */
ASYNCQ_EXPORT extern const AsyncqPlugin asyncq_plugin;

G_END_DECLS
