/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Writes JSON as the originals print it: indented by four, integers exact to
 * 64 bits, everything beyond ASCII escaped. Members of an object are written
 * in the order of their keys, which the caller sees to.
 */
typedef struct _AqTextJson AqTextJson;

AqTextJson *aq_text_json_new          (void);
void        aq_text_json_free         (AqTextJson *self);
gsize       aq_text_json_get_length   (AqTextJson *self);
/* frees @self too; the text ends with a newline */
char       *aq_text_json_finish       (AqTextJson *self);

void        aq_text_json_begin_object (AqTextJson *self);
void        aq_text_json_end_object   (AqTextJson *self);
void        aq_text_json_begin_array  (AqTextJson *self);
void        aq_text_json_end_array    (AqTextJson *self);
void        aq_text_json_key          (AqTextJson *self,
                                       const char *key);

void        aq_text_json_null         (AqTextJson *self);
void        aq_text_json_boolean      (AqTextJson *self,
                                       gboolean    value);
void        aq_text_json_integer      (AqTextJson *self,
                                       guint64     value);
/* null for NULL */
void        aq_text_json_string       (AqTextJson *self,
                                       const char *value);
/* {"days", "hours", "minutes": integers, "seconds": with its fraction} */
void        aq_text_json_duration     (AqTextJson *self,
                                       gint64      usec);
/* ISO 8601; null for 0 */
void        aq_text_json_time         (AqTextJson *self,
                                       gint64      wall_usec);
/* [id, "unnamed"]; null for 0 */
void        aq_text_json_job          (AqTextJson *self,
                                       guint64     id);

char       *aq_text_json_format_time  (gint64      wall_usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqTextJson, aq_text_json_free)

G_END_DECLS
