/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-wire-buffer.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* raised with every change of a frame: daemon and worker must be of one build */
#define AQ_WIRE_VERSION 2

/* the file descriptor of the channel in a worker */
#define AQ_WIRE_CHANNEL_FD 3

/* exit statuses of asyncq-worker */
#define AQ_WIRE_EXIT_USAGE 64
#define AQ_WIRE_EXIT_REFUSED 65
#define AQ_WIRE_EXIT_CHANNEL 71

/* a value is 16 MiB at most; the rest is for the header and the names beside it */
#define AQ_WIRE_MAX_VALUE_BYTES (16 * 1024 * 1024)
#define AQ_WIRE_MAX_FRAME_BYTES (AQ_WIRE_MAX_VALUE_BYTES + 1024 * 1024)
#define AQ_WIRE_MAX_RESULT_BYTES (1024 * 1024)

/* a job does not sleep longer: 100 years */
#define AQ_WIRE_MAX_SNOOZE_USEC (G_GINT64_CONSTANT (36525) * 24 * 60 * 60 * G_USEC_PER_SEC)

/* no job is given back, or waits, behind one that has run this long */
#define AQ_WIRE_SHORT_NSEC (1000 * 1000)

/* of AqWireDone.returned */
#define AQ_WIRE_NONE_RETURNED G_MAXUINT32

typedef enum
{
  /* from the daemon */
  AQ_WIRE_SETTINGS = 1,
  AQ_WIRE_LOAD,
  AQ_WIRE_RUN,
  AQ_WIRE_CANCEL,
  /* from the worker */
  AQ_WIRE_READY,
  AQ_WIRE_LOADED,
  AQ_WIRE_REFUSED,
  AQ_WIRE_DONE,
  AQ_WIRE_RETURNED
} AqWireKind;

/* what a worker is told about itself: the first frame */
typedef struct
{
  guint32     version;
  const char *agent;
} AqWireSettings;

/* one plugin; its descriptor comes with the first byte of the frame */
typedef struct
{
  guint32       generation;
  const char   *plugin;
  gconstpointer settings; /* a{ss} */
  gsize         settings_size;
} AqWireLoad;

typedef struct
{
  guint64       id;
  guint64       lease;
  guint64       parent;   /* the job that it is a part or a callback of; 0: none */
  guint32       attempt;
  const char   *function; /* plugin.function */
  const char   *queue;
  const char   *arguments_type;
  gconstpointer arguments; /* serialised, aligned to 8 */
  gsize         arguments_size;
} AqWireRun;

/* LOADED and REFUSED; the message is empty in the former */
typedef struct
{
  guint32     generation;
  const char *plugin;
  const char *message;
} AqWireLoaded;

typedef struct
{
  guint64       lease;
  guint64       run_nsec;
  guint64       snooze_usec; /* with `snoozed`: how much later */
  guint32       failed;      /* 0 or 1: whether the result is a failure, (sis) */
  guint32       snoozed;     /* 0 or 1: whether it asks to run again later; then there is nothing else */
  guint32       returned;    /* index in puts of the job whose result becomes this one's */
  const char   *result_type; /* empty with `returned` or `snoozed` */
  gconstpointer result;      /* serialised, aligned to 8 */
  gsize         result_size;
  gconstpointer puts;        /* aa{sv}, serialised, aligned to 8; of size 0 where there are none */
  gsize         puts_size;
} AqWireDone;

/* one whole frame in a buffer: borrowed until the buffer changes */
typedef struct
{
  AqWireKind    kind;
  const guint8 *data; /* what follows the header, aligned to 8 */
  gsize         size;
} AqWireFrame;

/* whether to take @frame out of the buffer */
typedef gboolean (*AqWireSiftFunc) (const AqWireFrame *frame,
                                    gpointer           user_data);

gsize     aq_wire_buffer_wanted   (const AqWireBuffer *self);

void      aq_wire_append_settings (AqWireBuffer         *buffer,
                                   const AqWireSettings *message);
void      aq_wire_append_load     (AqWireBuffer         *buffer,
                                   const AqWireLoad     *message);
void      aq_wire_append_run      (AqWireBuffer         *buffer,
                                   const AqWireRun      *message);
void      aq_wire_append_cancel   (AqWireBuffer         *buffer,
                                   guint64               lease);
void      aq_wire_append_ready    (AqWireBuffer         *buffer);
void      aq_wire_append_loaded   (AqWireBuffer         *buffer,
                                   const AqWireLoaded   *message);
void      aq_wire_append_refused  (AqWireBuffer         *buffer,
                                   const AqWireLoaded   *message);
void      aq_wire_append_done     (AqWireBuffer         *buffer,
                                   const AqWireDone     *message);
void      aq_wire_append_returned (AqWireBuffer         *buffer,
                                   const guint64        *leases,
                                   guint                 n_leases);

gboolean  aq_wire_next_frame      (AqWireBuffer         *buffer,
                                   AqWireFrame          *out_frame,
                                   GError              **error);
gboolean  aq_wire_sift            (AqWireBuffer         *buffer,
                                   AqWireSiftFunc        func,
                                   gpointer              user_data,
                                   GError              **error);
gboolean  aq_wire_parse_settings  (const AqWireFrame    *frame,
                                   AqWireSettings       *out_message,
                                   GError              **error);
gboolean  aq_wire_parse_load      (const AqWireFrame    *frame,
                                   AqWireLoad           *out_message,
                                   GError              **error);
gboolean  aq_wire_parse_run       (const AqWireFrame    *frame,
                                   AqWireRun            *out_message,
                                   GError              **error);
gboolean  aq_wire_parse_cancel    (const AqWireFrame    *frame,
                                   guint64              *out_lease,
                                   GError              **error);
gboolean  aq_wire_parse_ready     (const AqWireFrame    *frame,
                                   GError              **error);
gboolean  aq_wire_parse_loaded    (const AqWireFrame    *frame,
                                   AqWireLoaded         *out_message,
                                   GError              **error);
gboolean  aq_wire_parse_done      (const AqWireFrame    *frame,
                                   AqWireDone           *out_message,
                                   GError              **error);
gboolean  aq_wire_parse_returned  (const AqWireFrame    *frame,
                                   GArray               *leases,
                                   GError              **error);

gboolean  aq_wire_is_normal       (const char           *type,
                                   gconstpointer         data,
                                   gsize                 size);

G_END_DECLS
