/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: objects
 */

#include "config.h"

#include "core/aq-engine-objects.h"

#include "core/aq-engine-private.h"
#include "core/aq-object.h"

#include <string.h>

static void
free_object_event (gpointer data)
{
  AqObjectEvent *event = data;

  g_free ((char *) event->name);
  g_clear_pointer (&event->value, g_variant_unref);
  g_free (event);
}

static void
request_object (AqEngine      *self,
                const AqActor *actor,
                AqRule         rule,
                AqObjectEvent  given,
                AqEngineDone   done,
                gpointer       user_data)
{
  AqObjectEvent *event = g_new (AqObjectEvent, 1);

  *event = (AqObjectEvent) {
    .name = g_strdup (given.name),
    .value = given.value != NULL ? g_variant_ref_sink (given.value) : NULL,
    .version = given.version,
  };
  aq_engine_apply_request (self, actor, &(AqEngineRequest) {
    .rule = rule, .event = event, .free_event = free_object_event, .done = done, .user_data = user_data,
    .is_addition = event->value != NULL,
  });
}

/**
 * aq_engine_create_object:
 * @self: an engine
 * @actor: who asked for it
 * @name: the object's name, at most 240 of A-Z a-z 0-9 _ . : / -
 * @value: its first value, whose type stays its type; consumed if it is floating
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_create_object(), and why the store refuses new work.
 *
 * Since: 0.1
 */
void
aq_engine_create_object (AqEngine      *self,
                         const AqActor *actor,
                         const char    *name,
                         GVariant      *value,
                         AqEngineDone   done,
                         gpointer       user_data)
{
  request_object (self, actor, aq_rule_create_object, (AqObjectEvent) { name, value, 0 }, done, user_data);
}

/**
 * aq_engine_set_object:
 * @self: an engine
 * @actor: who asked for it
 * @name: the object's name
 * @value: its value to be, of the type that it has; consumed if it is floating
 * @version: the one that it has now, or 0: whichever it has
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_set_object(), and why the store refuses new work.
 *
 * Since: 0.1
 */
void
aq_engine_set_object (AqEngine      *self,
                      const AqActor *actor,
                      const char    *name,
                      GVariant      *value,
                      guint64        version,
                      AqEngineDone   done,
                      gpointer       user_data)
{
  request_object (self, actor, aq_rule_set_object, (AqObjectEvent) { name, value, version }, done, user_data);
}

/**
 * aq_engine_remove_object:
 * @self: an engine
 * @actor: who asked for it
 * @name: the object's name
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_remove_object().
 *
 * Since: 0.1
 */
void
aq_engine_remove_object (AqEngine      *self,
                         const AqActor *actor,
                         const char    *name,
                         AqEngineDone   done,
                         gpointer       user_data)
{
  request_object (self, actor, aq_rule_remove_object, (AqObjectEvent) { name, NULL, 0 }, done, user_data);
}

/* reading */

typedef struct
{
  char     *name;  /* owned: which one, or behind which */
  char     *glob;  /* owned, nullable: of a list */
  guint     limit; /* of a list */
  GVariant *value; /* owned, nullable: what was read */
} ReadObjects;

static void
free_read (gpointer data)
{
  ReadObjects *read = data;

  g_free (read->name);
  g_free (read->glob);
  g_clear_pointer (&read->value, g_variant_unref);
  g_free (read);
}

static gboolean
read_object (AqTransaction  *transaction,
             gpointer        read_event,
             GError        **error)
{
  ReadObjects *read = read_event;
  const AqItem *item = aq_object_require (transaction, read->name, error);
  g_autoptr(GVariant) value = NULL;
  GVariantBuilder builder;

  if (item == NULL)
    return FALSE;
  value = aq_object_get_value (item);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string (item->name));
  g_variant_builder_add (&builder, "{sv}", "value", value);
  g_variant_builder_add (&builder, "{sv}", "version", g_variant_new_uint64 (aq_object_get_version (item)));
  g_variant_builder_add (&builder, "{sv}", "changed", g_variant_new_int64 (aq_object_get_changed (item)));
  read->value = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

static void
add_view (GVariantBuilder *list,
          const AqItem    *item)
{
  g_autoptr(GVariant) value = aq_object_get_value (item);

  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (list, "{sv}", "name", g_variant_new_string (item->name));
  g_variant_builder_add (list, "{sv}", "type", g_variant_new_string (g_variant_get_type_string (value)));
  g_variant_builder_add (list, "{sv}", "version", g_variant_new_uint64 (aq_object_get_version (item)));
  g_variant_builder_add (list, "{sv}", "size", g_variant_new_uint64 (g_variant_get_size (value)));
  g_variant_builder_add (list, "{sv}", "changed", g_variant_new_int64 (aq_object_get_changed (item)));
  g_variant_builder_close (list);
}

static gboolean
list_objects (AqTransaction  *transaction,
              gpointer        read_event,
              GError        **error)
{
  ReadObjects *read = read_event;
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_OBJECT);
  g_autoptr(GPatternSpec) pattern = g_pattern_spec_new (*read->glob != '\0' ? read->glob : "*");
  guint n_added = 0;
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < items->len && n_added < read->limit; i++)
    {
      const AqItem *item = g_ptr_array_index (items, i);

      if (strcmp (item->name, read->name) <= 0 || !g_pattern_spec_match_string (pattern, item->name))
        continue;
      add_view (&list, item);
      n_added++;
    }
  read->value = g_variant_ref_sink (g_variant_builder_end (&list));
  return TRUE;
}

static void
apply_read (AqEngine     *self,
            AqRule        rule,
            ReadObjects  *read,
            AqEngineRead  done,
            gpointer      user_data)
{
  aq_engine_apply_request (self, &aq_engine_self, &(AqEngineRequest) {
    .rule = rule, .event = read, .free_event = free_read, .value = &read->value, .read = done, .user_data = user_data,
  });
}

/**
 * aq_engine_read_object:
 * @self: an engine
 * @name: the object's name
 * @done: called with a{sv}: "name" s, "value" v, "version" t, "changed" x (wall clock)
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_OBJECT`.
 *
 * Since: 0.1
 */
void
aq_engine_read_object (AqEngine     *self,
                       const char   *name,
                       AqEngineRead  done,
                       gpointer      user_data)
{
  ReadObjects *read = g_new (ReadObjects, 1);

  *read = (ReadObjects) { .name = g_strdup (name) };
  apply_read (self, read_object, read, done, user_data);
}

/**
 * aq_engine_list_objects:
 * @self: an engine
 * @glob: which names; "": all
 * @after: the name behind which to begin; "": with the first
 * @limit: how many at most
 * @done: called with aa{sv}, sorted by name: "name" s, "type" s, "version" t, "size" t
 *   (bytes), "changed" x (wall clock)
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_list_objects (AqEngine     *self,
                        const char   *glob,
                        const char   *after,
                        guint         limit,
                        AqEngineRead  done,
                        gpointer      user_data)
{
  ReadObjects *read = g_new (ReadObjects, 1);

  *read = (ReadObjects) { .name = g_strdup (after), .glob = g_strdup (glob), .limit = limit };
  apply_read (self, list_objects, read, done, user_data);
}

/* handing over */

typedef struct
{
  const char *name;
  GVariant   *value; /* owned, nullable */
  guint64     version;
} HandOver;

static gboolean
read_for_hand_over (AqTransaction  *transaction,
                    gpointer        hand_over_event,
                    GError        **error)
{
  HandOver *event = hand_over_event;
  const AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_OBJECT, event->name);

  if (item == NULL)
    return TRUE;
  event->value = aq_object_get_value (item);
  event->version = aq_object_get_version (item);
  return TRUE;
}

static void
on_nothing (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

/**
 * aq_engine_dup_object:
 * @self: an engine
 * @job: a job, from within the callback of aq_engine_claim()
 * @out_version: (out): the version of what is returned
 *
 * Returns: (transfer full) (nullable): the value of the object that the job is
 *   bound to; %NULL if it is bound to none, or that is gone
 *
 * Since: 0.1
 */
GVariant *
aq_engine_dup_object (AqEngine    *self,
                      const AqJob *job,
                      guint64     *out_version)
{
  HandOver event = { .name = aq_job_get_settings (job)->object };

  if (event.name == NULL)
    return NULL;
  aq_store_apply (self->store, &aq_engine_self, read_for_hand_over, &event, on_nothing, NULL);
  if (event.value != NULL)
    *out_version = event.version;
  return event.value;
}
