/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A daemon that only speaks
 *
 * Everything but what the lock guards belongs to the thread.
 */

#include "config.h"

#include "fake-daemon.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asyncq-error.h>

#define MANAGER_PATH "/org/asyncq"

struct _FakeDaemon
{
  char          *directory;
  char          *address;
  pthread_t      thread;
  GMainContext  *context;
  GMainLoop     *loop;
  GDBusServer   *server;
  GPtrArray     *connections; /* of GDBusConnection */
  GDBusNodeInfo *manager;
  GDBusNodeInfo *job;
  GDBusNodeInfo *queue;

  pthread_mutex_t lock;       /* guards what follows */
  pthread_cond_t ready_cond;
  gboolean       ready;
  char          *path;
  char          *method;
  GVariant      *argument;
};

static void
remember (FakeDaemon *self,
          const char *path,
          const char *method,
          GVariant   *argument)
{
  pthread_mutex_lock (&self->lock);
  g_free (self->path);
  self->path = g_strdup (path);
  g_free (self->method);
  self->method = g_strdup (method);
  g_clear_pointer (&self->argument, g_variant_unref);
  self->argument = g_variant_ref (argument);
  pthread_mutex_unlock (&self->lock);
}

/* ---- the manager ---- */

static void
return_ids (GDBusMethodInvocation *invocation,
            GVariant              *entries)
{
  GVariantBuilder ids;
  gsize n = g_variant_n_children (entries);

  g_variant_builder_init (&ids, G_VARIANT_TYPE ("at"));
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GVariant) entry = g_variant_get_child_value (entries, i);
      const char *function = NULL;

      if (g_variant_lookup (entry, "function", "&s", &function) && g_str_equal (function, "t.missing"))
        {
          g_variant_builder_clear (&ids);
          g_dbus_method_invocation_return_error (
              invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION,
              "entry %" G_GSIZE_FORMAT ": no plugin has '%s'", i, function);
          return;
        }
      g_variant_builder_add (&ids, "t", (guint64) (100 + i));
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(at)", &ids));
}

static GVariant *
read_bulk (GDBusMethodInvocation *invocation)
{
  GUnixFDList *fds = g_dbus_message_get_unix_fd_list (g_dbus_method_invocation_get_message (invocation));
  g_autofree guint8 *bytes = NULL;
  struct stat status;
  GVariant *entries;
  int fd = g_unix_fd_list_get (fds, 0, NULL);
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_GET_SEALS) & seals, ==, seals);
  g_assert_cmpint (fstat (fd, &status), ==, 0);
  bytes = g_malloc (status.st_size);
  g_assert_cmpint (pread (fd, bytes, status.st_size, 0), ==, status.st_size);
  g_close (fd, NULL);
  entries = g_variant_new_from_data (G_VARIANT_TYPE ("aa{sv}"), bytes, status.st_size, FALSE, g_free, bytes);
  bytes = NULL;
  g_assert_true (g_variant_is_normal_form (entries));
  return g_variant_ref_sink (entries);
}

static GVariant *
describe_functions (void)
{
  return g_variant_new_parsed (
    "([{'name': <'t.echo'>, 'parameters': <'text s, times i = 1'>, 'result': <'s'>,"
    "   'description': <'Says it again'>, 'plugin': <'t'>, 'version': <'1.0'>, 'generation': <uint32 3>,"
    "   'file': <'/plugins/t.so'>},"
    "  {'name': <'t.add'>, 'parameters': <'x i, y i'>, 'result': <'i'>, 'description': <'Adds'>},"
    "  {'name': <'t.sum'>, 'parameters': <'scale i, jobs aa{sv}'>, 'result': <'i'>, 'description': <''>},"
    "  {'name': <'t.none'>, 'parameters': <''>, 'result': <'()'>, 'description': <''>}],)");
}

static void
list_jobs (GDBusMethodInvocation *invocation,
           GVariant              *parameters)
{
  g_autoptr(GVariant) options = g_variant_get_child_value (parameters, 1);
  const char *filter;
  const char *cursor = NULL;
  gboolean count_only = FALSE;

  g_variant_get_child (parameters, 0, "&s", &filter);
  (void) g_variant_lookup (options, "count-only", "b", &count_only);
  (void) g_variant_lookup (options, "cursor", "&s", &cursor);
  if (strstr (filter, "colour:") != NULL)
    g_dbus_method_invocation_return_error (invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                                           "filter word '%s' is not known", filter);
  else if (count_only)
    g_dbus_method_invocation_return_value (invocation, g_variant_new_parsed ("(@aa{sv} [], '12345')"));
  else if (cursor != NULL)
    g_dbus_method_invocation_return_value (
        invocation, g_variant_new_parsed (
                        "([{'Id': <@t 30>, 'Function': <'t.echo'>, 'State': <'completed'>,"
                        " 'Outcome': <'succeeded'>, 'Created': <@x 1155224662000211>}], '')"));
  else
    g_dbus_method_invocation_return_value (
      invocation, g_variant_new_parsed ("([{'Id': <@t 32>, 'Function': <'t.none'>, 'State': <'active'>,"
                                        " 'Outcome': <'none'>, 'Created': <@x 1155224662000211>},"
                                        " {'Id': <@t 31>, 'Function': <'t.add'>, 'State': <'completed'>,"
                                        " 'Outcome': <'failed'>, 'Created': <@x 1155224662000211>}], '31')"));
}

/* every filter accepts three jobs */
static void
clean (GDBusMethodInvocation *invocation,
       GVariant              *parameters)
{
  const char *filter;

  g_variant_get_child (parameters, 0, "&s", &filter);
  if (strstr (filter, "state:active") != NULL)
    g_dbus_method_invocation_return_error (invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                                           "'state:active' is of jobs that have not ended");
  else
    g_dbus_method_invocation_return_value (
      invocation, g_variant_new_parsed ("({'succeeded': @u 2, 'failed': 1, 'cancelled': 0, 'expired': 0},)"));
}

/* what there is already: the queue "mail", the factory "nightly" */
static gboolean
names_a_thing (GVariant *parameters)
{
  const char *name;

  g_variant_get_child (parameters, 0, "&s", &name);
  return g_str_equal (name, "mail") || g_str_equal (name, "nightly");
}

static void
subscribe (GDBusMethodInvocation *invocation)
{
  g_dbus_method_invocation_return_value (invocation, NULL);
  g_dbus_connection_emit_signal (
      g_dbus_method_invocation_get_connection (invocation), NULL, MANAGER_PATH,
      "org.asyncq.Manager1", "JobsChanged",
      g_variant_new_parsed ("([(@t 30, 'completed', 'succeeded', @t 77)],)"), NULL);
}

static void
on_manager_call (GDBusConnection       *connection,
                 const char            *sender,
                 const char            *path,
                 const char            *interface,
                 const char            *method,
                 GVariant              *parameters,
                 GDBusMethodInvocation *invocation,
                 gpointer               user_data)
{
  FakeDaemon *self = user_data;

  if (g_str_equal (method, "Submit"))
    {
      g_autoptr(GVariant) entries = g_variant_get_child_value (parameters, 0);

      remember (self, path, method, entries);
      return_ids (invocation, entries);
      return;
    }
  if (g_str_equal (method, "SubmitBulk"))
    {
      g_autoptr(GVariant) entries = read_bulk (invocation);

      remember (self, path, method, entries);
      return_ids (invocation, entries);
      return;
    }

  remember (self, path, method, parameters);
  if (g_str_equal (method, "SubmitWords"))
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(t)", (guint64) 7));
  else if (g_str_equal (method, "ListJobs"))
    list_jobs (invocation, parameters);
  else if (g_str_equal (method, "ListFunctions"))
    g_dbus_method_invocation_return_value (invocation, describe_functions ());
  else if (g_str_equal (method, "Subscribe"))
    subscribe (invocation);
  else if (g_str_equal (method, "Clean"))
    clean (invocation, parameters);
  else if (g_str_equal (method, "HoldStore"))
    g_dbus_method_invocation_return_value (
        invocation, g_variant_new_parsed ("('/store', @a{sv} {'segment': <@t 3>, 'end': <@t 4096>})"));
  else if (g_str_equal (method, "ListQueues"))
    g_dbus_method_invocation_return_value (
      invocation, g_variant_new_parsed ("([{'Name': <''>, 'Length': <@t 2>}, {'Name': <'mail'>}],)"));
  else if (g_str_equal (method, "ListFactories"))
    g_dbus_method_invocation_return_value (
      invocation, g_variant_new_parsed ("([{'name': <'nightly'>, 'function': <'t.none'>}],)"));
  else if (g_str_equal (method, "ListPlugins"))
    g_dbus_method_invocation_return_value (invocation, g_variant_new_parsed ("(@aa{sv} [],)"));
  else if (g_str_equal (method, "ListPolicies"))
    g_dbus_method_invocation_return_value (
      invocation, g_variant_new_parsed ("([{'name': <'never'>, 'plan': <['any: fail']>}],)"));
  else if (g_str_has_prefix (method, "Add") || (g_str_equal (method, "CreateQueue") && names_a_thing (parameters)))
    g_dbus_method_invocation_return_error (invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "it is there");
  else if (g_str_equal (method, "RemoveFactory") && !names_a_thing (parameters))
    g_dbus_method_invocation_return_error (invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FACTORY, "there is none");
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static GVariant *
on_manager_get (GDBusConnection *connection,
                const char      *sender,
                const char      *path,
                const char      *interface,
                const char      *property,
                GError         **error,
                gpointer         user_data)
{
  if (g_str_equal (property, "Status"))
    return g_variant_new_parsed ("{'status': <'RUNNING'>, 'uptime': <@x 61000000>, 'sequence': <@t 9>,"
                                 " 'store': <''>, 'jobs': <{'pending': @u 2}>,"
                                 " 'agents': <[{'name': <'main'>, 'size': <@u 3>}]>}");
  return g_variant_new_string (property);
}

static const GDBusInterfaceVTable manager_vtable = { on_manager_call, on_manager_get, NULL, { NULL } };

/* ---- jobs ---- */

/* "succeeded" and so on; NULL: there is no such job */
static const char *
outcome_of (const char *node)
{
  static const char *const outcomes[] = { "succeeded", "failed", "none", "cancelled", "expired" };
  int id = atoi (node);

  return id >= 30 && id < 35 ? outcomes[id - 30] : NULL;
}

static GVariant *
result_of (const char *outcome)
{
  if (g_str_equal (outcome, "succeeded"))
    return g_variant_new_int32 (42);
  if (g_str_equal (outcome, "failed"))
    return g_variant_new ("(sis)", "asyncq-error-quark", ASYNCQ_ERROR_FINAL, "it broke");
  if (g_str_equal (outcome, "expired"))
    return g_variant_new ("(sis)", "asyncq-error-quark", ASYNCQ_ERROR_EXPIRED, "too late");
  return g_variant_new ("(sis)", "asyncq-error-quark", ASYNCQ_ERROR_CANCELLED, "somebody said so");
}

static const struct
{
  const char *name;
  const char *text; /* of the value */
} life[] = {
  { "Parent", "@t 5" },
  { "Callbacks", "[@t 7, 8, 9]" },
  { "Skipped", "true" },
  { "Settings", "{'retry': <'mail'>, 'crash-limit': <@u 2>}" },
  { "Attempts", "[{'number': <@u 4>, 'end': <'crashed'>}]" },
  { "ForgottenAttempts", "@u 3" },
  { "NextTries", "[@x 1155224662000211, 1155224672000211]" },
  { "RetryPlan", "['error: retry', 'any: fail']" },
  { "CancelRequested", "'no use'" },
  { "UniqueKey", "'only'" },
  { "RetryOf", "@t 6" },
};

static GVariant *
get_life (const char *property)
{
  for (guint i = 0; i < G_N_ELEMENTS (life); i++)
    if (g_str_equal (property, life[i].name))
      return g_variant_new_parsed (life[i].text);
  return NULL;
}

static void
on_job_call (GDBusConnection       *connection,
             const char            *sender,
             const char            *path,
             const char            *interface,
             const char            *method,
             GVariant              *parameters,
             GDBusMethodInvocation *invocation,
             gpointer               user_data)
{
  const char *outcome = outcome_of (strrchr (path, '/') + 1);
  gint64 timeout = 0;

  remember (user_data, path, method, parameters);
  if (outcome == NULL)
    {
      g_dbus_method_invocation_return_error (invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB,
                                             "there is no job %s", strrchr (path, '/') + 1);
      return;
    }
  if (g_str_equal (method, "Failure"))
    {
      g_dbus_method_invocation_return_value (
        invocation, g_variant_new ("(s)", g_str_equal (outcome, "failed") ? "it broke\n" : ""));
      return;
    }
  if (g_str_equal (method, "Retry") && !g_str_equal (outcome, "none"))
    {
      g_dbus_method_invocation_return_value (invocation, g_variant_new ("(t)", (guint64) 77));
      return;
    }
  if (!g_str_equal (method, "Wait"))
    {
      if (g_str_equal (outcome, "none") && !g_str_equal (method, "Retry"))
        g_dbus_method_invocation_return_value (invocation, NULL);
      else
        g_dbus_method_invocation_return_error (invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
                                               "the job is in another state");
      return;
    }
  g_variant_get (parameters, "(x)", &timeout);
  if (!g_str_equal (outcome, "none"))
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(sv)", outcome, result_of (outcome)));
  else if (timeout >= 0)
    g_dbus_method_invocation_return_error (invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT,
                                           "the job has not ended");
  else
    {
      /* no answer, which would have taken the invocation */
      g_dbus_connection_close (connection, NULL, NULL, NULL);
      g_object_unref (invocation);
    }
}

static GVariant *
on_job_get (GDBusConnection *connection,
            const char      *sender,
            const char      *path,
            const char      *interface,
            const char      *property,
            GError         **error,
            gpointer         user_data)
{
  const char *node = strrchr (path, '/') + 1;
  const char *outcome = outcome_of (node);
  GVariant *value = get_life (property);

  if (value != NULL)
    return value;

  if (outcome == NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB, "there is no job %s", node);
      return NULL;
    }
  if (g_str_equal (property, "Id"))
    return g_variant_new_uint64 (g_ascii_strtoull (node, NULL, 10));
  if (g_str_equal (property, "Function"))
    return g_variant_new_string ("t.add");
  if (g_str_equal (property, "Arguments"))
    return g_variant_new ("v", g_variant_new ("(ii)", 14, 3));
  if (g_str_equal (property, "State"))
    return g_variant_new_string (g_str_equal (outcome, "none") ? "active" : "completed");
  if (g_str_equal (property, "Outcome"))
    return g_variant_new_string (outcome);
  if (g_str_equal (property, "Result"))
    return g_variant_new ("v", g_str_equal (outcome, "none") ? g_variant_new_string ("")
                                                             : result_of (outcome));
  if (g_str_equal (property, "Priority"))
    return g_variant_new_byte (128);
  if (g_str_equal (property, "Attempt") || g_str_equal (property, "Worker"))
    return g_variant_new_uint32 (1);
  if (g_str_equal (property, "Interruptions"))
    return g_variant_new_uint32 (2);
  if (g_str_equal (property, "Members") || g_str_equal (property, "WaitsFor"))
    return g_variant_new_parsed ("[@t 5, 6]");
  if (g_str_equal (property, "Lease") || g_str_equal (property, "Sequence"))
    return g_variant_new_uint64 (G_MAXUINT64);
  if (g_str_equal (property, "Queue") || g_str_equal (property, "SubmitKey") ||
      g_str_equal (property, "Agent"))
    return g_variant_new_string (property);
  return g_variant_new_int64 (1155224662000211);
}

static const GDBusInterfaceVTable job_vtable = { on_job_call, on_job_get, NULL, { NULL } };

/* ---- queues ---- */

static void
on_queue_call (GDBusConnection       *connection,
               const char            *sender,
               const char            *path,
               const char            *interface,
               const char            *method,
               GVariant              *parameters,
               GDBusMethodInvocation *invocation,
               gpointer               user_data)
{
  remember (user_data, path, method, parameters);
  if (g_str_has_suffix (path, "/nope"))
    g_dbus_method_invocation_return_error (invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE, "there is none");
  else if (g_str_equal (method, "List"))
    g_dbus_method_invocation_return_value (invocation, g_variant_new_parsed ("([@t 32, 36],)"));
  else if (g_str_equal (method, "Pull"))
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(t)", (guint64) 36));
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static const GDBusInterfaceVTable queue_vtable = { on_queue_call, NULL, NULL, { NULL } };

static GDBusInterfaceInfo **
on_introspect_queue (GDBusConnection *connection,
                     const char      *sender,
                     const char      *path,
                     const char      *node,
                     gpointer         user_data)
{
  FakeDaemon *self = user_data;
  GDBusInterfaceInfo **interfaces = g_new0 (GDBusInterfaceInfo *, 2);

  if (node != NULL)
    interfaces[0] = g_dbus_interface_info_ref (self->queue->interfaces[0]);
  return interfaces;
}

static const GDBusInterfaceVTable *
on_dispatch_queue (GDBusConnection *connection,
                   const char      *sender,
                   const char      *path,
                   const char      *interface,
                   const char      *node,
                   gpointer        *out_user_data,
                   gpointer         user_data)
{
  *out_user_data = user_data;
  return &queue_vtable;
}

/* ---- subtrees ---- */

static char **
on_enumerate (GDBusConnection *connection,
              const char      *sender,
              const char      *path,
              gpointer         user_data)
{
  return g_new0 (char *, 1);
}

static GDBusInterfaceInfo **
on_introspect (GDBusConnection *connection,
               const char      *sender,
               const char      *path,
               const char      *node,
               gpointer         user_data)
{
  FakeDaemon *self = user_data;
  GDBusInterfaceInfo **interfaces = g_new0 (GDBusInterfaceInfo *, 2);

  if (node != NULL)
    interfaces[0] = g_dbus_interface_info_ref (self->job->interfaces[0]);
  return interfaces;
}

static const GDBusInterfaceVTable *
on_dispatch (GDBusConnection *connection,
             const char      *sender,
             const char      *path,
             const char      *interface,
             const char      *node,
             gpointer        *out_user_data,
             gpointer         user_data)
{
  *out_user_data = user_data;
  return &job_vtable;
}

static const GDBusSubtreeVTable subtree_vtable = { on_enumerate, on_introspect, on_dispatch, { NULL } };
static const GDBusSubtreeVTable queue_subtree_vtable = {
  on_enumerate, on_introspect_queue, on_dispatch_queue, { NULL }
};

/* ---- life ---- */

static gboolean
on_new_connection (GDBusServer     *server,
                   GDBusConnection *connection,
                   gpointer         user_data)
{
  FakeDaemon *self = user_data;
  guint registration;

  g_ptr_array_add (self->connections, g_object_ref (connection));
  registration = g_dbus_connection_register_object (connection, MANAGER_PATH, self->manager->interfaces[0],
                                                    &manager_vtable, self, NULL, NULL);
  g_assert_cmpuint (registration, !=, 0);
  registration = g_dbus_connection_register_subtree (connection, MANAGER_PATH "/jobs", &subtree_vtable,
                                                     G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES,
                                                     self, NULL, NULL);
  g_assert_cmpuint (registration, !=, 0);
  registration = g_dbus_connection_register_subtree (connection, MANAGER_PATH "/queues", &queue_subtree_vtable,
                                                     G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES,
                                                     self, NULL, NULL);
  g_assert_cmpuint (registration, !=, 0);
  return TRUE;
}

static GDBusNodeInfo *
read_interface (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("ASYNCQ_DATA"), name, NULL);
  g_autofree char *xml = NULL;
  g_autoptr(GError) error = NULL;
  GDBusNodeInfo *node;

  g_file_get_contents (path, &xml, NULL, &error);
  g_assert_no_error (error);
  node = g_dbus_node_info_new_for_xml (xml, &error);
  g_assert_no_error (error);
  return node;
}

static gpointer
run (gpointer data)
{
  FakeDaemon *self = data;
  g_autofree char *guid = g_dbus_generate_guid ();
  g_autoptr(GError) error = NULL;

  g_main_context_push_thread_default (self->context);
  self->server = g_dbus_server_new_sync (self->address, G_DBUS_SERVER_FLAGS_NONE, guid, NULL, NULL, &error);
  g_assert_no_error (error);
  g_signal_connect (self->server, "new-connection", G_CALLBACK (on_new_connection), self);
  g_dbus_server_start (self->server);

  pthread_mutex_lock (&self->lock);
  self->ready = TRUE;
  pthread_cond_signal (&self->ready_cond);
  pthread_mutex_unlock (&self->lock);

  g_main_loop_run (self->loop);

  g_dbus_server_stop (self->server);
  for (guint i = 0; i < self->connections->len; i++)
    g_dbus_connection_close_sync (g_ptr_array_index (self->connections, i), NULL, NULL);
  g_ptr_array_set_size (self->connections, 0);
  g_clear_object (&self->server);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

FakeDaemon *
fake_daemon_new (void)
{
  FakeDaemon *self = g_new0 (FakeDaemon, 1);
  g_autoptr(GError) error = NULL;
  int result;

  self->directory = g_dir_make_tmp ("asyncq-XXXXXX", &error);
  g_assert_no_error (error);
  self->address = g_strdup_printf ("unix:path=%s/bus", self->directory);
  self->manager = read_interface ("org.asyncq.Manager1.xml");
  self->job = read_interface ("org.asyncq.Job1.xml");
  self->queue = read_interface ("org.asyncq.Queue1.xml");
  self->connections = g_ptr_array_new_with_free_func (g_object_unref);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->ready_cond, NULL);
  (void) asyncq_error_quark ();

  result = pthread_create (&self->thread, NULL, run, self);
  g_assert_cmpint (result, ==, 0);
  pthread_mutex_lock (&self->lock);
  while (!self->ready)
    pthread_cond_wait (&self->ready_cond, &self->lock);
  pthread_mutex_unlock (&self->lock);
  return self;
}

static gboolean
quit (gpointer data)
{
  FakeDaemon *self = data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

void
fake_daemon_free (FakeDaemon *self)
{
  g_autofree char *socket = g_build_filename (self->directory, "bus", NULL);

  g_main_context_invoke (self->context, quit, self);
  pthread_join (self->thread, NULL);
  (void) g_unlink (socket); /* the server may have removed it */
  g_assert_cmpint (g_rmdir (self->directory), ==, 0);

  g_ptr_array_unref (self->connections);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_dbus_node_info_unref (self->manager);
  g_dbus_node_info_unref (self->job);
  g_dbus_node_info_unref (self->queue);
  pthread_mutex_destroy (&self->lock);
  pthread_cond_destroy (&self->ready_cond);
  g_free (self->path);
  g_free (self->method);
  g_clear_pointer (&self->argument, g_variant_unref);
  g_free (self->directory);
  g_free (self->address);
  g_free (self);
}

const char *
fake_daemon_get_address (FakeDaemon *self)
{
  return self->address;
}

char *
fake_daemon_dup_path (FakeDaemon *self)
{
  char *path;

  pthread_mutex_lock (&self->lock);
  path = g_strdup (self->path);
  pthread_mutex_unlock (&self->lock);
  return path;
}

char *
fake_daemon_dup_method (FakeDaemon *self)
{
  char *method;

  pthread_mutex_lock (&self->lock);
  method = g_strdup (self->method);
  pthread_mutex_unlock (&self->lock);
  return method;
}

GVariant *
fake_daemon_dup_argument (FakeDaemon *self)
{
  GVariant *argument;

  pthread_mutex_lock (&self->lock);
  argument = self->argument != NULL ? g_variant_ref (self->argument) : NULL;
  pthread_mutex_unlock (&self->lock);
  return argument;
}

static gboolean
hang_up (gpointer data)
{
  FakeDaemon *self = data;

  for (guint i = 0; i < self->connections->len; i++)
    g_dbus_connection_close (g_ptr_array_index (self->connections, i), NULL, NULL, NULL);
  return G_SOURCE_REMOVE;
}

void
fake_daemon_hang_up (FakeDaemon *self)
{
  g_main_context_invoke (self->context, hang_up, self);
}
