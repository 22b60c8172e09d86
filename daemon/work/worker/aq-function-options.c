/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How a function is to be run
 *
 * Words that a plugin declares for all of its functions or for one, and that the
 * configuration says under the same keys: "deferred concurrent=64 memory=256M
 * network=no read=/etc:/usr/share". One table has them all.
 */

#include "config.h"

#include "work/worker/aq-function-options.h"

#include "libasyncq/asyncq-error.h"
#include "libasyncq/asyncq-quantity-private.h"

#include <string.h>

#define MAX_BYTES (G_GUINT64_CONSTANT (1) << 50)
#define MAX_NUMBER (1024 * 1024)

typedef struct _Option Option;

/* @value: NULL where there is none; FALSE: it is not what is wanted */
typedef gboolean (*ReadValue) (const Option *option,
                               const char   *value,
                               gpointer      target);

struct _Option
{
  const char *key;
  ReadValue   read;
  gsize       offset; /* in AqFunctionOptions */
  const char *wanted;
};

static gboolean
read_flag (const Option *option,
           const char   *value,
           gpointer      target)
{
  gboolean *flag = target;

  if (value != NULL && strcmp (value, "yes") != 0 && strcmp (value, "no") != 0)
    return FALSE;
  *flag = value == NULL || strcmp (value, "yes") == 0;
  return TRUE;
}

static gboolean
read_size (const Option *option,
           const char   *value,
           gpointer      target)
{
  return value != NULL && asyncq_size_parse (value, 1, MAX_BYTES, target);
}

static gboolean
read_duration (const Option *option,
               const char   *value,
               gpointer      target)
{
  gint64 usec;

  if (value == NULL || !asyncq_duration_parse (value, &usec))
    return FALSE;
  *(gint64 *) target = usec;
  return TRUE;
}

/* a limit of none would let nothing run */
static gboolean
read_time (const Option *option,
           const char   *value,
           gpointer      target)
{
  gint64 usec;

  if (value == NULL || !asyncq_duration_parse (value, &usec) || usec == 0)
    return FALSE;
  *(gint64 *) target = usec;
  return TRUE;
}

static gboolean
read_number (const Option *option,
             const char   *value,
             gpointer      target)
{
  guint64 number;

  if (value == NULL || !g_ascii_string_to_unsigned (value, 10, 1, MAX_NUMBER, &number, NULL))
    return FALSE;
  *(guint *) target = (guint) number;
  return TRUE;
}

static gboolean
read_concurrent (const Option *option,
                 const char   *value,
                 gpointer      target)
{
  guint64 number;

  if (value == NULL || !g_ascii_string_to_unsigned (value, 10, 1, AQ_MAX_CONCURRENT, &number, NULL))
    return FALSE;
  *(guint *) target = (guint) number;
  return TRUE;
}

static gboolean
read_word (const char         *value,
           const char * const *words,
           guint              *out_index)
{
  for (guint i = 0; value != NULL && words[i] != NULL; i++)
    if (strcmp (value, words[i]) == 0)
      {
        *out_index = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_mode (const Option *option,
           const char   *value,
           gpointer      target)
{
  static const char * const words[] = { "off", "prefer", "require", NULL };
  guint mode;

  if (!read_word (value, words, &mode))
    return FALSE;
  *(AqSandboxMode *) target = mode;
  return TRUE;
}

static gboolean
read_network (const Option *option,
              const char   *value,
              gpointer      target)
{
  static const char * const words[] = { "yes", "local", "no", NULL };
  guint network;

  if (!read_word (value, words, &network))
    return FALSE;
  *(AqNetwork *) target = network;
  return TRUE;
}

static gboolean
read_paths (const Option *option,
            const char   *value,
            gpointer      target)
{
  g_auto(GStrv) paths = value == NULL ? NULL : g_strsplit (value, ":", -1);

  if (paths == NULL)
    return FALSE;
  for (guint i = 0; paths[i] != NULL; i++)
    if (!g_path_is_absolute (paths[i]))
      return FALSE;
  g_strfreev (*(char ***) target);
  *(char ***) target = g_steal_pointer (&paths);
  return TRUE;
}

static gboolean
read_text (const Option *option,
           const char   *value,
           gpointer      target)
{
  if (value == NULL || *value == '\0')
    return FALSE;
  g_free (*(char **) target);
  *(char **) target = g_strdup (value);
  return TRUE;
}

#define MEMBER(name) G_STRUCT_OFFSET (AqFunctionOptions, name)

static const Option options[] = {
  { "concurrent", read_concurrent, MEMBER (n_concurrent), "a number from 1 to 256" },
  { "cpu-time", read_time, MEMBER (limits.cpu_usec), "a duration such as 10s" },
  { "deferred", read_flag, MEMBER (deferred), "'yes', 'no' or nothing" },
  { "deny-calls", read_flag, MEMBER (sandbox.deny_calls), "'yes', 'no' or nothing" },
  { "file-size", read_size, MEMBER (limits.file_bytes), "a size such as 64M" },
  { "kill-timeout", read_duration, MEMBER (kill_timeout_usec), "a duration such as 5s" },
  { "memory", read_size, MEMBER (limits.memory_bytes), "a size such as 256M" },
  { "network", read_network, MEMBER (sandbox.network), "'yes', 'local' or 'no'" },
  { "no-new-privileges", read_flag, MEMBER (sandbox.no_new_privileges), "'yes', 'no' or nothing" },
  { "open-files", read_number, MEMBER (limits.n_files), "a number from 1 to 1048576" },
  { "output", read_size, MEMBER (limits.output_bytes), "a size such as 1M" },
  { "private-tmp", read_flag, MEMBER (sandbox.private_tmp), "'yes', 'no' or nothing" },
  { "processes", read_number, MEMBER (limits.n_processes), "a number from 1 to 1048576" },
  { "read", read_paths, MEMBER (sandbox.read_paths), "absolute paths joined by ':'" },
  { "run-time", read_time, MEMBER (limits.run_usec), "a duration such as 10min" },
  { "sandbox", read_mode, MEMBER (sandbox.mode), "'off', 'prefer' or 'require'" },
  { "stop-timeout", read_duration, MEMBER (stop_timeout_usec), "a duration such as 5s" },
  { "user", read_text, MEMBER (sandbox.user), "the name or the number of a user" },
  { "write", read_paths, MEMBER (sandbox.write_paths), "absolute paths joined by ':'" },
};

#undef MEMBER
G_STATIC_ASSERT (G_N_ELEMENTS (options) == AQ_N_OPTIONS);
G_STATIC_ASSERT (AQ_N_OPTIONS <= 32); /* AqFunctionOptions.said has a bit for each */

/* Returns: whether there is an option of that name */
static gboolean
find_option (const char *name,
             AqOption   *out_option)
{
  for (guint i = 0; i < AQ_N_OPTIONS; i++)
    if (strcmp (options[i].key, name) == 0)
      {
        *out_option = i;
        return TRUE;
      }
  return FALSE;
}

const char *
aq_option_to_name (AqOption option)
{
  return options[option].key;
}

/* what its values are, for the end of a message: "a size such as 64M" */
const char *
aq_option_get_wanted (AqOption option)
{
  return options[option].wanted;
}

/* whether it is one of AqResourceLimits */
gboolean
aq_option_is_limit (AqOption option)
{
  gsize first = G_STRUCT_OFFSET (AqFunctionOptions, limits);

  return options[option].offset >= first && options[option].offset < first + sizeof (AqResourceLimits);
}

/* @self: uninitialised memory: becomes what a function is that says nothing */
void
aq_function_options_init (AqFunctionOptions *self)
{
  *self = (AqFunctionOptions) { .n_concurrent = 1, .stop_timeout_usec = -1, .kill_timeout_usec = -1 };
}

void
aq_function_options_clear (AqFunctionOptions *self)
{
  g_clear_pointer (&self->sandbox.read_paths, g_strfreev);
  g_clear_pointer (&self->sandbox.write_paths, g_strfreev);
  g_clear_pointer (&self->sandbox.user, g_free);
}

/* @self: uninitialised memory */
void
aq_function_options_copy (AqFunctionOptions       *self,
                          const AqFunctionOptions *other)
{
  *self = *other;
  self->sandbox.read_paths = g_strdupv (other->sandbox.read_paths);
  self->sandbox.write_paths = g_strdupv (other->sandbox.write_paths);
  self->sandbox.user = g_strdup (other->sandbox.user);
}

/**
 * aq_function_options_set:
 * @self: options
 * @key: which one
 * @value: (nullable): what it is to be
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if there is no such key, or the value is not
 * what is wanted.
 */
gboolean
aq_function_options_set (AqFunctionOptions  *self,
                         const char         *key,
                         const char         *value,
                         GError            **error)
{
  AqOption index;

  if (!find_option (key, &index))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a function has no option '%s'", key);
      return FALSE;
    }
  if (options[index].read (&options[index], value, (char *) self + options[index].offset))
    {
      self->said |= 1u << index;
      return TRUE;
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' of a function is '%s', %s is wanted", key,
               value == NULL ? "" : value, options[index].wanted);
  return FALSE;
}

/**
 * aq_function_options_parse:
 * @self: options, which stay as they are where @text says nothing
 * @text: words `KEY` or `KEY=VALUE`, quoted as in a shell where they have blanks
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`; then some of the words count already.
 */
gboolean
aq_function_options_parse (AqFunctionOptions  *self,
                           const char         *text,
                           GError            **error)
{
  g_auto(GStrv) words = NULL;
  g_autoptr(GError) broken = NULL;

  if (text[strspn (text, " \t\n")] == '\0')
    return TRUE;
  if (!g_shell_parse_argv (text, NULL, &words, &broken))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the options \"%s\" make no sense: %s", text,
                   broken->message);
      return FALSE;
    }
  for (guint i = 0; words[i] != NULL; i++)
    {
      char *equals = strchr (words[i], '=');

      if (equals != NULL)
        *equals = '\0';
      if (!aq_function_options_set (self, words[i], equals == NULL ? NULL : equals + 1, error))
        return FALSE;
    }
  self->deferred = self->deferred || self->n_concurrent > 1;
  return TRUE;
}
