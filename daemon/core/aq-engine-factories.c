/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: factories
 *
 * A factory is an item of the store: an entry of Submit. The engine has a copy of
 * all of them, for the entries that name one.
 *
 * Source: behaviour M2, M3.
 */

#include "config.h"

#include "core/aq-engine-factories.h"

#include "core/aq-draft-list.h"
#include "core/aq-draft-value.h"
#include "core/aq-engine-private.h"
#include "core/aq-name.h"

static void
unref_value (gpointer value)
{
  g_variant_unref (value);
}

static gboolean
load_factories (AqTransaction  *transaction,
                gpointer        engine,
                GError        **error)
{
  AqEngine *self = engine;
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_FACTORY);

  g_hash_table_remove_all (self->factories);
  for (guint i = 0; i < items->len; i++)
    {
      const AqItem *item = g_ptr_array_index (items, i);

      g_hash_table_insert (self->factories, g_strdup (item->name), g_variant_ref (item->value));
    }
  return TRUE;
}

static void
on_loaded (gpointer      event,
           guint64       sequence,
           const GError *error,
           gpointer      user_data)
{
}

/* lifecycle */

void
aq_engine_factories_init (AqEngine *self)
{
  self->factories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_value);
}

void
aq_engine_factories_load (AqEngine *self)
{
  aq_store_apply (self->store, &aq_engine_self, load_factories, self, on_loaded, NULL);
}

void
aq_engine_factories_clear (AqEngine *self)
{
  g_hash_table_unref (self->factories);
}

/* add and remove */

static void
free_factory_event (gpointer data)
{
  AqFactoryEvent *event = data;

  g_free ((char *) event->name);
  g_clear_pointer (&event->entry, g_variant_unref);
  g_free (event);
}

static void
request_factory (AqEngine      *self,
                 const AqActor *actor,
                 const char    *name,
                 GVariant      *entry,
                 AqEngineDone   done,
                 gpointer       user_data)
{
  AqFactoryEvent *event = g_new (AqFactoryEvent, 1);
  const AqEngineRequest request = {
    .rule = aq_rule_set_factory,
    .event = event,
    .free_event = free_factory_event,
    .applied = aq_engine_factories_load,
    .done = done,
    .user_data = user_data,
    .is_addition = entry != NULL,
  };

  *event = (AqFactoryEvent) { g_strdup (name), entry != NULL ? g_variant_ref_sink (entry) : NULL, self->queues };
  aq_engine_apply_request (self, actor, &request);
}

/* a template has no place among other jobs, and names no job that there is */
static gboolean
check_keys (GVariant    *entry,
            const char  *noun,
            GError     **error)
{
  static const char * const refused[] = {
    "after", "after-jobs", "on", "parent", "parent-job", "role", "submit-key", NULL,
  };
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, entry);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    if (g_strv_contains (refused, key))
      {
        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a %s cannot have the key '%s'", noun, key);
        g_variant_unref (value);
        return FALSE;
      }
  return TRUE;
}

/**
 * aq_engine_check_template:
 * @self: an engine
 * @entry: a{sv}: an entry of Submit that jobs are to be made of again and again
 * @noun: whose it is, for people
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if it says where its job belongs; those of
 * aq_draft_list_parse().
 *
 * Returns: whether a job could be made of it now
 *
 * Since: 0.1
 */
gboolean
aq_engine_check_template (AqEngine    *self,
                          GVariant    *entry,
                          const char  *noun,
                          GError     **error)
{
  AqDraftContext context = aq_engine_get_draft_context (self, "");
  g_autoptr(GVariant) entries = NULL;
  g_autoptr(AqDraftList) list = NULL;

  if (!check_keys (entry, noun, error))
    return FALSE;
  entries = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARDICT, &entry, 1));
  list = aq_draft_list_parse (entries, &context, error);
  if (list == NULL)
    aq_draft_drop_place (error);
  return list != NULL;
}

static gboolean
check_factory (AqEngine    *self,
               const char  *name,
               GVariant    *entry,
               GError     **error)
{
  g_autoptr(GVariant) factory = NULL;

  if (!aq_name_is_agent (name))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "'%s' cannot be the name of a factory: 1 to 128 of A-Z a-z 0-9 _ . - are wanted", name);
      return FALSE;
    }
  factory = g_variant_lookup_value (entry, "factory", NULL);
  if (factory != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a factory cannot have the key 'factory'");
      return FALSE;
    }
  return aq_engine_check_template (self, entry, "factory", error);
}

/**
 * aq_engine_add_factory:
 * @self: an engine
 * @actor: who asked for it
 * @name: the factory's name
 * @entry: a{sv}: an entry of Submit without edges and submit key
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_draft_list_parse() and aq_rule_set_factory().
 *
 * Since: 0.1
 */
void
aq_engine_add_factory (AqEngine      *self,
                       const AqActor *actor,
                       const char    *name,
                       GVariant      *entry,
                       AqEngineDone   done,
                       gpointer       user_data)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (entry);
  g_autoptr(GError) error = NULL;

  if (check_factory (self, name, sunk, &error))
    request_factory (self, actor, name, sunk, done, user_data);
  else
    done (error, user_data);
}

/**
 * aq_engine_remove_factory:
 * @self: an engine
 * @actor: who asked for it
 * @name: the factory's name
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_set_factory().
 *
 * Since: 0.1
 */
void
aq_engine_remove_factory (AqEngine      *self,
                          const AqActor *actor,
                          const char    *name,
                          AqEngineDone   done,
                          gpointer       user_data)
{
  request_factory (self, actor, name, NULL, done, user_data);
}

/* list */

static gboolean
list_factories (AqTransaction  *transaction,
                gpointer        event,
                GError        **error)
{
  AqEngineReading *read = event;
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_FACTORY);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < items->len; i++)
    {
      const AqItem *item = g_ptr_array_index (items, i);
      GVariantDict dict;

      g_variant_dict_init (&dict, item->value);
      g_variant_dict_insert (&dict, "name", "s", item->name);
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  read->value = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

/**
 * aq_engine_list_factories:
 * @self: an engine
 * @done: called with aa{sv}: the entries, each with its "name", sorted by that
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_list_factories (AqEngine     *self,
                          AqEngineRead  done,
                          gpointer      user_data)
{
  aq_engine_apply_read (self, list_factories, NULL, done, user_data);
}
