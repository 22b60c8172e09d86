/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gunixfdlist.h>

#include "asyncq-client.h"

G_BEGIN_DECLS

/* a call of a method, ready to be made once; making it consumes what it holds */
typedef struct
{
  char               *path;       /* owned */
  const char         *interface;  /* static */
  const char         *method;     /* static */
  GVariant           *parameters; /* floating; NULL: none */
  const GVariantType *reply_type; /* static */
  GUnixFDList        *fds;        /* owned; NULL: none */
} AsyncqCall;

GPtrArray  *_asyncq_address_list         (const char           *address,
                                          GError              **error);

AsyncqCall  _asyncq_call_of_manager      (const char           *method,
                                          GVariant             *parameters,
                                          const char           *reply_type);
AsyncqCall  _asyncq_call_of_job          (guint64               id,
                                          const char           *method,
                                          GVariant             *parameters,
                                          const char           *reply_type);
/* @folder: of the paths of such objects; it and @interface are static */
AsyncqCall  _asyncq_call_of_named        (const char           *folder,
                                          const char           *interface,
                                          const char           *name,
                                          const char           *method,
                                          GVariant             *parameters,
                                          const char           *reply_type);
AsyncqCall  _asyncq_call_of_schedule     (const char           *schedule,
                                          const char           *method,
                                          GVariant             *parameters,
                                          const char           *reply_type);
/* @call: GetAll without parameters, as if the object's own interface had it; that becomes its parameter */
AsyncqCall  _asyncq_call_of_properties   (AsyncqCall            call);
/* Returns: @settings, or empty ones where they are NULL; floating as they were */
GVariant   *_asyncq_settings_or_empty    (GVariant             *settings);
void        _asyncq_client_call          (AsyncqClient         *self,
                                          AsyncqCall            call,
                                          gpointer              source_tag,
                                          GCancellable         *cancellable,
                                          GAsyncReadyCallback   callback,
                                          gpointer              user_data);
GVariant   *_asyncq_client_call_finish   (AsyncqClient         *self,
                                          GAsyncResult         *result,
                                          gpointer              source_tag,
                                          GError              **error);
GVariant   *_asyncq_client_call_sync     (AsyncqClient         *self,
                                          AsyncqCall            call,
                                          GCancellable         *cancellable,
                                          GError              **error);

/* what is made of a reply: asyncq-client-reply.c */
gboolean    _asyncq_reply_drop           (GVariant             *reply);
GVariant   *_asyncq_reply_take_value     (GVariant             *reply);
GVariant   *_asyncq_reply_take_boxed     (GVariant             *reply);
gboolean    _asyncq_reply_take_id        (GVariant             *reply,
                                          guint64              *out_id);

/* whether the daemon was asked to tell of changes */
gboolean    _asyncq_client_is_subscribed (AsyncqClient        *self);
void        _asyncq_client_note_subscribed (AsyncqClient      *self,
                                            gboolean           is_subscribed);

G_END_DECLS
