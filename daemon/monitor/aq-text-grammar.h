/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define AQ_TEXT_MAX_LINE_BYTES (64 * 1024)
#define AQ_TEXT_MAX_PARAMETERS 8

/* The three kinds of refusal of the originals, by whose names clients tell them apart. */
#define AQ_TEXT_ERROR (aq_text_error_quark ())

typedef enum
{
  AQ_TEXT_ERROR_VALUE, /* a word that cannot be read */
  AQ_TEXT_ERROR_TYPE,  /* too few or too many words, or a modifier that there is not */
  AQ_TEXT_ERROR_KEY    /* the name of something that there is not */
} AqTextError;

/* what a tool or a command takes: its words in order, which are its modifiers as well */
typedef struct
{
  const char *name;
  guint       n_required;                            /* of the first parameters */
  const char *parameters[AQ_TEXT_MAX_PARAMETERS + 1]; /* NULL-terminated */
} AqTextSignature;

GQuark      aq_text_error_quark       (void);
const char *aq_text_error_get_name    (const GError           *error);

char       *aq_text_quote             (const char             *text);
char      **aq_text_split             (const char             *line,
                                       gsize                   length,
                                       GError                **error);
gboolean    aq_text_bind              (const AqTextSignature  *signature,
                                       const char * const     *words,
                                       const char            **out_values,
                                       GError                **error);
gboolean    aq_text_parse_number      (const char             *text,
                                       guint64                *out_number);
gboolean    aq_text_parse_interval    (const char             *text,
                                       gint64                 *out_usec);
gboolean    aq_text_parse_moment      (const char             *name,
                                       const char             *text,
                                       gint64                  now_usec,
                                       guint64                *out_key,
                                       GError                **error);

G_END_DECLS
