/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: limits
 *
 * A limit is an item of the store. What becomes of it is counted by the store, so
 * what is read here is as of one transaction.
 */

#include "config.h"

#include "core/aq-engine-limits.h"

#include "core/aq-engine-private.h"
#include "core/aq-limit.h"

/* of one limit, in one answer */
#define MAX_USES 100
#define MAX_HOLDERS 100

/* set and remove */

static void
free_limit_event (gpointer data)
{
  AqLimitEvent *event = data;

  g_free ((char *) event->name);
  g_clear_pointer (&event->settings, g_variant_unref);
  g_free (event);
}

static void
request_limit (AqEngine      *self,
               const AqActor *actor,
               AqLimitEvent   event,
               AqEngineDone   done,
               gpointer       user_data)
{
  const AqEngineRequest request = {
    .rule = aq_rule_set_limit,
    .event = g_memdup2 (&event, sizeof event),
    .free_event = free_limit_event,
    .done = done,
    .user_data = user_data,
    .is_addition = event.create,
  };

  aq_engine_apply_request (self, actor, &request);
}

/**
 * aq_engine_set_limit:
 * @self: an engine
 * @actor: who asked for it
 * @name: the limit's name, as aq_limit_name_check() wants it
 * @settings: a{sv}, as aq_limit_read() wants it; of one that is there what changes
 * @create: whether it is a new one
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * What changes holds from the next claim on. Nothing that runs is touched.
 *
 * Errors: those of aq_rule_set_limit().
 *
 * Since: 0.1
 */
void
aq_engine_set_limit (AqEngine      *self,
                     const AqActor *actor,
                     const char    *name,
                     GVariant      *settings,
                     gboolean       create,
                     AqEngineDone   done,
                     gpointer       user_data)
{
  request_limit (self, actor, (AqLimitEvent) { g_strdup (name), g_variant_ref_sink (settings), create }, done,
                 user_data);
}

/**
 * aq_engine_remove_limit:
 * @self: an engine
 * @actor: who asked for it
 * @name: the limit's name
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_set_limit().
 *
 * Since: 0.1
 */
void
aq_engine_remove_limit (AqEngine      *self,
                        const AqActor *actor,
                        const char    *name,
                        AqEngineDone   done,
                        gpointer       user_data)
{
  request_limit (self, actor, (AqLimitEvent) { g_strdup (name), NULL, FALSE }, done, user_data);
}

/* list and read */

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return g_strcmp0 (*(const char * const *) a, *(const char * const *) b);
}

/* Returns: (transfer full) (element-type utf8): all of them, which may be very many, in no order */
static GPtrArray *
list_instances (AqTransaction *transaction,
                const char    *definition)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  aq_transaction_list_instances (transaction, definition, G_MAXUINT, names);
  return names;
}

static void
get_state (AqTransaction *transaction,
           const char    *definition,
           const char    *instance,
           AqLimitState  *out_state)
{
  const AqLimitName name = { (GRefString *) definition, (GRefString *) instance };

  aq_transaction_get_limit_state (transaction, &name, out_state);
}

static GVariant *
list_holders (AqTransaction *transaction,
              const char    *definition,
              const char    *instance)
{
  const AqLimitName name = { (GRefString *) definition, (GRefString *) instance };
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  GVariantBuilder builder;

  aq_transaction_list_holders (transaction, &name, MAX_HOLDERS, jobs);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("at"));
  for (guint i = 0; i < jobs->len; i++)
    g_variant_builder_add (&builder, "t", ((const AqJob *) g_ptr_array_index (jobs, i))->id);
  return g_variant_builder_end (&builder);
}

/* Returns: a{sv}, floating: one instance */
static GVariant *
view_use (AqTransaction *transaction,
          const char    *definition,
          const char    *instance)
{
  const AqTime *now = &transaction->now;
  AqLimitState state;
  GVariantDict dict;

  get_state (transaction, definition, instance, &state);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "instance", "s", instance);
  g_variant_dict_insert (&dict, "in-use", "t", state.n_holders);
  g_variant_dict_insert (&dict, "waiting", "t", state.n_jobs - state.n_holders);
  g_variant_dict_insert_value (&dict, "holders", list_holders (transaction, definition, instance));
  if (state.room_usec > now->steady_usec && state.room_usec != G_MAXINT64)
    g_variant_dict_insert (&dict, "free-at", "x", state.room_usec - now->steady_usec + now->wall_usec);
  return g_variant_dict_end (&dict);
}

static GVariant *
view_uses (AqTransaction *transaction,
           const char    *definition,
           GPtrArray     *instances)
{
  GVariantBuilder builder;

  g_ptr_array_sort (instances, compare_names);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < MIN (instances->len, MAX_USES); i++)
    g_variant_builder_add_value (&builder,
                                 view_use (transaction, definition, g_ptr_array_index (instances, i)));
  return g_variant_builder_end (&builder);
}

/* Returns: a{sv}, floating: one limit */
static GVariant *
view_limit (AqTransaction *transaction,
            const AqItem  *item,
            gboolean       with_uses)
{
  g_autoptr(GPtrArray) instances = list_instances (transaction, item->name);
  guint64 n_jobs = 0;
  guint64 n_holders = 0;
  GVariantDict dict;

  for (guint i = 0; i < instances->len; i++)
    {
      AqLimitState state;

      get_state (transaction, item->name, g_ptr_array_index (instances, i), &state);
      n_jobs += state.n_jobs;
      n_holders += state.n_holders;
    }
  g_variant_dict_init (&dict, item->value);
  g_variant_dict_insert (&dict, "name", "s", item->name);
  g_variant_dict_insert (&dict, "in-use", "t", n_holders);
  g_variant_dict_insert (&dict, "waiting", "t", n_jobs - n_holders);
  g_variant_dict_insert (&dict, "instances", "u", instances->len);
  if (with_uses)
    g_variant_dict_insert_value (&dict, "uses", view_uses (transaction, item->name, instances));
  return g_variant_dict_end (&dict);
}

static gboolean
read_limit (AqTransaction  *transaction,
            gpointer        event,
            GError        **error)
{
  AqEngineReading *read = event;

  if (!aq_limit_require (transaction, read->name, error))
    return FALSE;
  read->value = g_variant_ref_sink (view_limit (transaction,
                                                aq_transaction_get_item (transaction, AQ_ITEM_LIMIT, read->name),
                                                TRUE));
  return TRUE;
}

static gboolean
list_limits (AqTransaction  *transaction,
             gpointer        event,
             GError        **error)
{
  AqEngineReading *read = event;
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_LIMIT);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < items->len; i++)
    g_variant_builder_add_value (&builder, view_limit (transaction, g_ptr_array_index (items, i), FALSE));
  read->value = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

/**
 * aq_engine_list_limits:
 * @self: an engine
 * @done: called with aa{sv}; see aq-engine-limits.h
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_list_limits (AqEngine     *self,
                       AqEngineRead  done,
                       gpointer      user_data)
{
  aq_engine_apply_read (self, list_limits, NULL, done, user_data);
}

/**
 * aq_engine_read_limit:
 * @self: an engine
 * @name: the limit's name
 * @done: called with a{sv}, or an error; see aq-engine-limits.h
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_LIMIT`.
 *
 * Since: 0.1
 */
void
aq_engine_read_limit (AqEngine     *self,
                      const char   *name,
                      AqEngineRead  done,
                      gpointer      user_data)
{
  aq_engine_apply_read (self, read_limit, name, done, user_data);
}
