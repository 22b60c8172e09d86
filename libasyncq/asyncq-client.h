/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

#include <asyncq-enums.h>
#include <asyncq-job-info.h>
#include <asyncq-job-spec.h>
#include <asyncq-macros.h>

G_BEGIN_DECLS

#define ASYNCQ_TYPE_CLIENT (asyncq_client_get_type ())

ASYNCQ_EXPORT
G_DECLARE_FINAL_TYPE (AsyncqClient, asyncq_client, ASYNCQ, CLIENT, GObject)

/* connecting */

ASYNCQ_EXPORT
void             asyncq_client_new_async             (const char           *address,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
AsyncqClient    *asyncq_client_new_finish            (GAsyncResult         *result,
                                                      GError              **error);
ASYNCQ_EXPORT
AsyncqClient    *asyncq_client_new_sync              (const char           *address,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
const char      *asyncq_client_get_address           (AsyncqClient         *self);
ASYNCQ_EXPORT
GDBusConnection *asyncq_client_get_connection        (AsyncqClient         *self);

/* submitting */

ASYNCQ_EXPORT
void             asyncq_client_submit_async          (AsyncqClient         *self,
                                                      AsyncqJobSpec        *spec,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_submit_finish         (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      guint64              *out_id,
                                                      GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_submit_sync           (AsyncqClient         *self,
                                                      AsyncqJobSpec        *spec,
                                                      guint64              *out_id,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_submit_list_async     (AsyncqClient         *self,
                                                      AsyncqJobSpec       **specs,
                                                      gsize                 n_specs,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
guint64         *asyncq_client_submit_list_finish    (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      gsize                *out_n_ids,
                                                      GError              **error);
ASYNCQ_EXPORT
guint64         *asyncq_client_submit_list_sync      (AsyncqClient         *self,
                                                      AsyncqJobSpec       **specs,
                                                      gsize                 n_specs,
                                                      gsize                *out_n_ids,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_submit_words_async    (AsyncqClient         *self,
                                                      const char           *function,
                                                      const char * const   *words,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_submit_words_finish   (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      guint64              *out_id,
                                                      GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_submit_words_sync     (AsyncqClient         *self,
                                                      const char           *function,
                                                      const char * const   *words,
                                                      guint64              *out_id,
                                                      GCancellable         *cancellable,
                                                      GError              **error);

/* one job */

ASYNCQ_EXPORT
void             asyncq_client_wait_async            (AsyncqClient         *self,
                                                      guint64               id,
                                                      gint64                timeout_usec,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_wait_finish           (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      AsyncqJobOutcome     *out_outcome,
                                                      GVariant            **out_result,
                                                      GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_wait_sync             (AsyncqClient         *self,
                                                      guint64               id,
                                                      gint64                timeout_usec,
                                                      AsyncqJobOutcome     *out_outcome,
                                                      GVariant            **out_result,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_cancel_async          (AsyncqClient         *self,
                                                      guint64               id,
                                                      const char           *why,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_cancel_finish         (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_cancel_sync           (AsyncqClient         *self,
                                                      guint64               id,
                                                      const char           *why,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_get_job_async         (AsyncqClient         *self,
                                                      guint64               id,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
AsyncqJobInfo   *asyncq_client_get_job_finish        (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
ASYNCQ_EXPORT
AsyncqJobInfo   *asyncq_client_get_job_sync          (AsyncqClient         *self,
                                                      guint64               id,
                                                      GCancellable         *cancellable,
                                                      GError              **error);

/* many jobs, and the daemon */

ASYNCQ_EXPORT
void             asyncq_client_list_jobs_async       (AsyncqClient         *self,
                                                      const char           *filter,
                                                      guint                 limit,
                                                      const char           *cursor,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
GPtrArray       *asyncq_client_list_jobs_finish      (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      char                **out_cursor,
                                                      GError              **error);
ASYNCQ_EXPORT
GPtrArray       *asyncq_client_list_jobs_sync        (AsyncqClient         *self,
                                                      const char           *filter,
                                                      guint                 limit,
                                                      const char           *cursor,
                                                      char                **out_cursor,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_count_jobs_async      (AsyncqClient         *self,
                                                      const char           *filter,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_count_jobs_finish     (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      guint64              *out_n_jobs,
                                                      GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_count_jobs_sync       (AsyncqClient         *self,
                                                      const char           *filter,
                                                      guint64              *out_n_jobs,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_list_functions_async  (AsyncqClient         *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
GPtrArray       *asyncq_client_list_functions_finish (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
ASYNCQ_EXPORT
GPtrArray       *asyncq_client_list_functions_sync   (AsyncqClient         *self,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_add_agent_async (AsyncqClient        *self,
                                                const char          *name,
                                                GVariant            *settings,
                                                GCancellable        *cancellable,
                                                GAsyncReadyCallback  callback,
                                                gpointer             user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_add_agent_finish (AsyncqClient  *self,
                                                 GAsyncResult  *result,
                                                 GError       **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_add_agent_sync (AsyncqClient  *self,
                                               const char    *name,
                                               GVariant      *settings,
                                               GCancellable  *cancellable,
                                               GError       **error);
ASYNCQ_EXPORT
void             asyncq_client_change_agent_async (AsyncqClient        *self,
                                                   const char          *name,
                                                   GVariant            *settings,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_change_agent_finish (AsyncqClient  *self,
                                                    GAsyncResult  *result,
                                                    GError       **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_change_agent_sync (AsyncqClient  *self,
                                                  const char    *name,
                                                  GVariant      *settings,
                                                  GCancellable  *cancellable,
                                                  GError       **error);
ASYNCQ_EXPORT
void             asyncq_client_remove_agent_async (AsyncqClient        *self,
                                                   const char          *name,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_agent_finish (AsyncqClient  *self,
                                                    GAsyncResult  *result,
                                                    GError       **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_agent_sync (AsyncqClient  *self,
                                                  const char    *name,
                                                  GCancellable  *cancellable,
                                                  GError       **error);
ASYNCQ_EXPORT
void             asyncq_client_list_agents_async (AsyncqClient        *self,
                                                  GCancellable        *cancellable,
                                                  GAsyncReadyCallback  callback,
                                                  gpointer             user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_agents_finish (AsyncqClient  *self,
                                                   GAsyncResult  *result,
                                                   GError       **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_agents_sync (AsyncqClient  *self,
                                                 GCancellable  *cancellable,
                                                 GError       **error);
ASYNCQ_EXPORT
void             asyncq_client_explain_agents_async (AsyncqClient        *self,
                                                     GVariant            *call,
                                                     GCancellable        *cancellable,
                                                     GAsyncReadyCallback  callback,
                                                     gpointer             user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_explain_agents_finish (AsyncqClient  *self,
                                                      GAsyncResult  *result,
                                                      GError       **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_explain_agents_sync (AsyncqClient  *self,
                                                    GVariant      *call,
                                                    GCancellable  *cancellable,
                                                    GError       **error);
ASYNCQ_EXPORT
void             asyncq_client_clean_async           (AsyncqClient         *self,
                                                      const char           *filter,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_clean_finish          (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_clean_sync            (AsyncqClient         *self,
                                                      const char           *filter,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_count_cleanable_async (AsyncqClient         *self,
                                                      const char           *filter,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_count_cleanable_finish (AsyncqClient         *self,
                                                       GAsyncResult         *result,
                                                       GError              **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_count_cleanable_sync  (AsyncqClient         *self,
                                                      const char           *filter,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_hold_store_async      (AsyncqClient         *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_hold_store_finish     (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      char                **out_path,
                                                      GError              **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_hold_store_sync       (AsyncqClient         *self,
                                                      char                **out_path,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_release_store_async   (AsyncqClient         *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_release_store_finish  (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_release_store_sync    (AsyncqClient         *self,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_get_status_async      (AsyncqClient         *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_status_finish     (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_status_sync       (AsyncqClient         *self,
                                                      GCancellable         *cancellable,
                                                      GError              **error);

/* many jobs */

ASYNCQ_EXPORT
void             asyncq_client_change_jobs_async        (AsyncqClient         *self,
                                                         const char           *filter,
                                                         const char           *action,
                                                         GVariant             *options,
                                                         GCancellable         *cancellable,
                                                         GAsyncReadyCallback   callback,
                                                         gpointer              user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_change_jobs_finish       (AsyncqClient         *self,
                                                         GAsyncResult         *result,
                                                         GError              **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_change_jobs_sync         (AsyncqClient         *self,
                                                         const char           *filter,
                                                         const char           *action,
                                                         GVariant             *options,
                                                         GCancellable         *cancellable,
                                                         GError              **error);

/* limits */

ASYNCQ_EXPORT
void             asyncq_client_create_limit_async       (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GVariant             *settings,
                                                         GCancellable         *cancellable,
                                                         GAsyncReadyCallback   callback,
                                                         gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_create_limit_finish      (AsyncqClient         *self,
                                                         GAsyncResult         *result,
                                                         GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_create_limit_sync        (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GVariant             *settings,
                                                         GCancellable         *cancellable,
                                                         GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_change_limit_async       (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GVariant             *settings,
                                                         GCancellable         *cancellable,
                                                         GAsyncReadyCallback   callback,
                                                         gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_change_limit_finish      (AsyncqClient         *self,
                                                         GAsyncResult         *result,
                                                         GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_change_limit_sync        (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GVariant             *settings,
                                                         GCancellable         *cancellable,
                                                         GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_remove_limit_async       (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GCancellable         *cancellable,
                                                         GAsyncReadyCallback   callback,
                                                         gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_limit_finish      (AsyncqClient         *self,
                                                         GAsyncResult         *result,
                                                         GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_limit_sync        (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GCancellable         *cancellable,
                                                         GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_list_plugins_async (AsyncqClient        *self,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
ASYNCQ_EXPORT
GVariant *       asyncq_client_list_plugins_finish (AsyncqClient  *self,
                                                    GAsyncResult  *result,
                                                    GError       **error);
ASYNCQ_EXPORT
GVariant *       asyncq_client_list_plugins_sync (AsyncqClient  *self,
                                                  GCancellable  *cancellable,
                                                  GError       **error);
ASYNCQ_EXPORT
void             asyncq_client_get_plugin_async (AsyncqClient        *self,
                                                 const char          *plugin,
                                                 GCancellable        *cancellable,
                                                 GAsyncReadyCallback  callback,
                                                 gpointer             user_data);
ASYNCQ_EXPORT
GVariant *       asyncq_client_get_plugin_finish (AsyncqClient  *self,
                                                  GAsyncResult  *result,
                                                  GError       **error);
ASYNCQ_EXPORT
GVariant *       asyncq_client_get_plugin_sync (AsyncqClient  *self,
                                                const char    *plugin,
                                                GCancellable  *cancellable,
                                                GError       **error);
ASYNCQ_EXPORT
void             asyncq_client_reload_plugin_async (AsyncqClient        *self,
                                                    const char          *plugin,
                                                    GCancellable        *cancellable,
                                                    GAsyncReadyCallback  callback,
                                                    gpointer             user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_reload_plugin_finish (AsyncqClient  *self,
                                                     GAsyncResult  *result,
                                                     GError       **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_reload_plugin_sync (AsyncqClient  *self,
                                                   const char    *plugin,
                                                   GCancellable  *cancellable,
                                                   GError       **error);
ASYNCQ_EXPORT
void             asyncq_client_release_function_async (AsyncqClient        *self,
                                                       const char          *function,
                                                       GCancellable        *cancellable,
                                                       GAsyncReadyCallback  callback,
                                                       gpointer             user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_release_function_finish (AsyncqClient  *self,
                                                        GAsyncResult  *result,
                                                        GError       **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_release_function_sync (AsyncqClient  *self,
                                                      const char    *function,
                                                      GCancellable  *cancellable,
                                                      GError       **error);
ASYNCQ_EXPORT
void             asyncq_client_list_limits_async        (AsyncqClient         *self,
                                                         GCancellable         *cancellable,
                                                         GAsyncReadyCallback   callback,
                                                         gpointer              user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_limits_finish       (AsyncqClient         *self,
                                                         GAsyncResult         *result,
                                                         GError              **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_limits_sync         (AsyncqClient         *self,
                                                         GCancellable         *cancellable,
                                                         GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_get_limit_async          (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GCancellable         *cancellable,
                                                         GAsyncReadyCallback   callback,
                                                         gpointer              user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_limit_finish         (AsyncqClient         *self,
                                                         GAsyncResult         *result,
                                                         GError              **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_limit_sync           (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GCancellable         *cancellable,
                                                         GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_list_limit_uses_async    (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GCancellable         *cancellable,
                                                         GAsyncReadyCallback   callback,
                                                         gpointer              user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_limit_uses_finish   (AsyncqClient         *self,
                                                         GAsyncResult         *result,
                                                         GError              **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_limit_uses_sync     (AsyncqClient         *self,
                                                         const char           *limit,
                                                         GCancellable         *cancellable,
                                                         GError              **error);

/* being told of changes */

ASYNCQ_EXPORT
void             asyncq_client_subscribe_async       (AsyncqClient         *self,
                                                      const char           *filter,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_subscribe_finish      (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_subscribe_sync        (AsyncqClient         *self,
                                                      const char           *filter,
                                                      GCancellable         *cancellable,
                                                      GError              **error);
ASYNCQ_EXPORT
void             asyncq_client_unsubscribe_async     (AsyncqClient         *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_unsubscribe_finish    (AsyncqClient         *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_unsubscribe_sync      (AsyncqClient         *self,
                                                      GCancellable         *cancellable,
                                                      GError              **error);

/* one job, as it is and will be */

ASYNCQ_EXPORT
void             asyncq_client_change_async           (AsyncqClient          *self,
                                                       guint64                id,
                                                       GVariant              *changes,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_change_finish          (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_change_sync            (AsyncqClient          *self,
                                                       guint64                id,
                                                       GVariant              *changes,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_set_arguments_async    (AsyncqClient          *self,
                                                       guint64                id,
                                                       GVariant              *arguments,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_set_arguments_finish   (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_set_arguments_sync     (AsyncqClient          *self,
                                                       guint64                id,
                                                       GVariant              *arguments,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_retry_async            (AsyncqClient          *self,
                                                       guint64                id,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_retry_finish           (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       guint64               *out_id,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_retry_sync             (AsyncqClient          *self,
                                                       guint64                id,
                                                       guint64               *out_id,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_snooze_async           (AsyncqClient          *self,
                                                       guint64                id,
                                                       gint64                 delay_usec,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_snooze_finish          (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_snooze_sync            (AsyncqClient          *self,
                                                       guint64                id,
                                                       gint64                 delay_usec,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_put_async              (AsyncqClient          *self,
                                                       guint64                id,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_put_finish             (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_put_sync               (AsyncqClient          *self,
                                                       guint64                id,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_get_failure_async      (AsyncqClient          *self,
                                                       guint64                id,
                                                       const char            *detail,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
char            *asyncq_client_get_failure_finish     (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
char            *asyncq_client_get_failure_sync       (AsyncqClient          *self,
                                                       guint64                id,
                                                       const char            *detail,
                                                       GCancellable          *cancellable,
                                                       GError               **error);

/* queues */

ASYNCQ_EXPORT
void             asyncq_client_create_queue_async     (AsyncqClient          *self,
                                                       const char            *queue,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_create_queue_finish    (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_create_queue_sync      (AsyncqClient          *self,
                                                       const char            *queue,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_remove_queue_async     (AsyncqClient          *self,
                                                       const char            *queue,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_queue_finish    (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_queue_sync      (AsyncqClient          *self,
                                                       const char            *queue,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_list_queues_async      (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_queues_finish     (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_queues_sync       (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_pause_queue_async      (AsyncqClient          *self,
                                                       const char            *queue,
                                                       const char            *reason,
                                                       gint64                 until_usec,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_pause_queue_finish     (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_pause_queue_sync       (AsyncqClient          *self,
                                                       const char            *queue,
                                                       const char            *reason,
                                                       gint64                 until_usec,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_resume_queue_async     (AsyncqClient          *self,
                                                       const char            *queue,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_resume_queue_finish    (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_resume_queue_sync      (AsyncqClient          *self,
                                                       const char            *queue,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_list_queue_async       (AsyncqClient          *self,
                                                       const char            *queue,
                                                       gint64                 offset,
                                                       guint                  limit,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
guint64         *asyncq_client_list_queue_finish      (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       gsize                 *out_n_ids,
                                                       GError               **error);
ASYNCQ_EXPORT
guint64         *asyncq_client_list_queue_sync        (AsyncqClient          *self,
                                                       const char            *queue,
                                                       gint64                 offset,
                                                       guint                  limit,
                                                       gsize                 *out_n_ids,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_pull_from_queue_async  (AsyncqClient          *self,
                                                       const char            *queue,
                                                       gint64                 index,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_pull_from_queue_finish (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       guint64               *out_id,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_pull_from_queue_sync   (AsyncqClient          *self,
                                                       const char            *queue,
                                                       gint64                 index,
                                                       guint64               *out_id,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_remove_from_queue_async (AsyncqClient          *self,
                                                        const char            *queue,
                                                        guint64                id,
                                                        GCancellable          *cancellable,
                                                        GAsyncReadyCallback    callback,
                                                        gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_from_queue_finish (AsyncqClient          *self,
                                                         GAsyncResult          *result,
                                                         GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_from_queue_sync (AsyncqClient          *self,
                                                       const char            *queue,
                                                       guint64                id,
                                                       GCancellable          *cancellable,
                                                       GError               **error);

/* what is noted on a job */

ASYNCQ_EXPORT
void             asyncq_client_annotate_async         (AsyncqClient          *self,
                                                       guint64                id,
                                                       const char            *key,
                                                       GVariant              *value,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_annotate_finish        (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_annotate_sync          (AsyncqClient          *self,
                                                       guint64                id,
                                                       const char            *key,
                                                       GVariant              *value,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_remove_annotation_async (AsyncqClient          *self,
                                                        guint64                id,
                                                        const char            *key,
                                                        GCancellable          *cancellable,
                                                        GAsyncReadyCallback    callback,
                                                        gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_annotation_finish (AsyncqClient          *self,
                                                         GAsyncResult          *result,
                                                         GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_annotation_sync (AsyncqClient          *self,
                                                       guint64                id,
                                                       const char            *key,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_get_annotation_async   (AsyncqClient          *self,
                                                       guint64                id,
                                                       const char            *key,
                                                       gint64                 timeout_usec,
                                                       gint64                 poll_usec,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_annotation_finish  (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_annotation_sync    (AsyncqClient          *self,
                                                       guint64                id,
                                                       const char            *key,
                                                       gint64                 timeout_usec,
                                                       gint64                 poll_usec,
                                                       GCancellable          *cancellable,
                                                       GError               **error);

/* what attempts have logged */

ASYNCQ_EXPORT
void             asyncq_client_get_log_async          (AsyncqClient          *self,
                                                       guint64                id,
                                                       guint                  attempt,
                                                       guint64                from,
                                                       gint64                 timeout_usec,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_log_finish         (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       guint                 *out_attempt,
                                                       guint64               *out_next,
                                                       gboolean              *out_more,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_log_sync           (AsyncqClient          *self,
                                                       guint64                id,
                                                       guint                  attempt,
                                                       guint64                from,
                                                       gint64                 timeout_usec,
                                                       guint                 *out_attempt,
                                                       guint64               *out_next,
                                                       gboolean              *out_more,
                                                       GCancellable          *cancellable,
                                                       GError               **error);

/* objects */

ASYNCQ_EXPORT
void             asyncq_client_create_object_async    (AsyncqClient          *self,
                                                       const char            *object,
                                                       GVariant              *value,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_create_object_finish   (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_create_object_sync     (AsyncqClient          *self,
                                                       const char            *object,
                                                       GVariant              *value,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_set_object_async       (AsyncqClient          *self,
                                                       const char            *object,
                                                       GVariant              *value,
                                                       guint64                version,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_set_object_finish      (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_set_object_sync        (AsyncqClient          *self,
                                                       const char            *object,
                                                       GVariant              *value,
                                                       guint64                version,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_read_object_async      (AsyncqClient          *self,
                                                       const char            *object,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_read_object_finish     (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_read_object_sync       (AsyncqClient          *self,
                                                       const char            *object,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_remove_object_async    (AsyncqClient          *self,
                                                       const char            *object,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_object_finish   (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_object_sync     (AsyncqClient          *self,
                                                       const char            *object,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_list_objects_async     (AsyncqClient          *self,
                                                       const char            *glob,
                                                       const char            *after,
                                                       guint                  limit,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_objects_finish    (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_objects_sync      (AsyncqClient          *self,
                                                       const char            *glob,
                                                       const char            *after,
                                                       guint                  limit,
                                                       GCancellable          *cancellable,
                                                       GError               **error);

/* factories, policies, claiming */

ASYNCQ_EXPORT
void             asyncq_client_add_factory_async      (AsyncqClient          *self,
                                                       const char            *factory,
                                                       GVariant              *entry,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_add_factory_finish     (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_add_factory_sync       (AsyncqClient          *self,
                                                       const char            *factory,
                                                       GVariant              *entry,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_remove_factory_async   (AsyncqClient          *self,
                                                       const char            *factory,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_factory_finish  (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_factory_sync    (AsyncqClient          *self,
                                                       const char            *factory,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_list_factories_async   (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_factories_finish  (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_factories_sync    (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_list_policies_async    (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_policies_finish   (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_policies_sync     (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_set_claiming_async     (AsyncqClient          *self,
                                                       gboolean               is_claiming,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_set_claiming_finish    (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_set_claiming_sync      (AsyncqClient          *self,
                                                       gboolean               is_claiming,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_drain_async            (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_drain_finish           (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_drain_sync             (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_explain_job_async      (AsyncqClient          *self,
                                                       guint64                id,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_explain_job_finish     (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_explain_job_sync       (AsyncqClient          *self,
                                                       guint64                id,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_get_statistics_async   (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_statistics_finish  (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_statistics_sync    (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GError               **error);

/* schedules */

ASYNCQ_EXPORT
void             asyncq_client_add_schedule_async     (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GVariant              *settings,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_add_schedule_finish    (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_add_schedule_sync      (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GVariant              *settings,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_change_schedule_async  (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GVariant              *settings,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_change_schedule_finish (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_change_schedule_sync   (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GVariant              *settings,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_remove_schedule_async  (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_schedule_finish (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_remove_schedule_sync   (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_list_schedules_async   (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_schedules_finish  (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_list_schedules_sync    (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_get_schedule_async     (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_schedule_finish    (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_get_schedule_sync      (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_pause_schedule_async   (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       const char            *reason,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_pause_schedule_finish  (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_pause_schedule_sync    (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       const char            *reason,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_resume_schedule_async  (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_resume_schedule_finish (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_resume_schedule_sync   (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_trigger_schedule_async (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_trigger_schedule_finish (AsyncqClient          *self,
                                                        GAsyncResult          *result,
                                                        guint64               *out_id,
                                                        GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_trigger_schedule_sync  (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       guint64               *out_id,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_preview_schedule_async (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       guint                  n_times,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_preview_schedule_finish (AsyncqClient          *self,
                                                        GAsyncResult          *result,
                                                        GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_preview_schedule_sync  (AsyncqClient          *self,
                                                       const char            *schedule,
                                                       guint                  n_times,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_preview_calendar_async (AsyncqClient          *self,
                                                       GVariant              *settings,
                                                       guint                  n_times,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
GVariant        *asyncq_client_preview_calendar_finish (AsyncqClient          *self,
                                                        GAsyncResult          *result,
                                                        GError               **error);
ASYNCQ_EXPORT
GVariant        *asyncq_client_preview_calendar_sync  (AsyncqClient          *self,
                                                       GVariant              *settings,
                                                       guint                  n_times,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_set_scheduling_async   (AsyncqClient          *self,
                                                       gboolean               is_scheduling,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_set_scheduling_finish  (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_set_scheduling_sync    (AsyncqClient          *self,
                                                       gboolean               is_scheduling,
                                                       GCancellable          *cancellable,
                                                       GError               **error);
ASYNCQ_EXPORT
void             asyncq_client_schedule_next_async    (AsyncqClient          *self,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
ASYNCQ_EXPORT
gboolean         asyncq_client_schedule_next_finish   (AsyncqClient          *self,
                                                       GAsyncResult          *result,
                                                       guint64               *out_id,
                                                       GError               **error);
ASYNCQ_EXPORT
gboolean         asyncq_client_schedule_next_sync     (AsyncqClient          *self,
                                                       guint64               *out_id,
                                                       GCancellable          *cancellable,
                                                       GError               **error);

G_END_DECLS
