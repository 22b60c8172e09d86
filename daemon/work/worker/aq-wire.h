/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-wire-buffer.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* raised with every change of a frame: daemon and worker must be of one build */
#define AQ_WIRE_VERSION 4

/* the file descriptor of the channel in a worker */
#define AQ_WIRE_CHANNEL_FD 3

/* exit statuses of asyncq-worker */
#define AQ_WIRE_EXIT_USAGE 64
#define AQ_WIRE_EXIT_REFUSED 65
#define AQ_WIRE_EXIT_CHANNEL 71
/* a plugin to load has come without its file: no descriptor is left */
#define AQ_WIRE_EXIT_NO_FILE 72

/* arguments, and jobs that are put, are 16 MiB at most; the rest is for the header and for what is beside them */
#define AQ_WIRE_MAX_VALUE_BYTES (16 * 1024 * 1024)
#define AQ_WIRE_MAX_FRAME_BYTES (AQ_WIRE_MAX_VALUE_BYTES + 4 * 1024 * 1024)
/* a result, a checkpoint, an object */
#define AQ_WIRE_MAX_RESULT_BYTES (1024 * 1024)

/* a job does not sleep longer: 100 years */
#define AQ_WIRE_MAX_SNOOZE_USEC (G_GINT64_CONSTANT (36525) * 24 * 60 * 60 * G_USEC_PER_SEC)

/* nobody waits longer for an annotation, but who waits for ever, AQ_WIRE_FOR_EVER */
#define AQ_WIRE_MAX_WAIT_USEC AQ_WIRE_MAX_SNOOZE_USEC
#define AQ_WIRE_FOR_EVER G_MAXUINT64

/* how many questions of the running job may be open */
#define AQ_WIRE_MAX_QUESTIONS 64

/* a line of a job's log is cut there */
#define AQ_WIRE_MAX_LINE_BYTES 4096
/* its level: 0 critical, 1 warning, 2 message, 3 info, 4 debug */
#define AQ_WIRE_MAX_LEVEL 4

/* no job is given back, or waits, behind one that has run this long */
#define AQ_WIRE_SHORT_NSEC (1000 * 1000)

/* of AqWireConfined: of each of its texts */
#define AQ_WIRE_MAX_LEVELS_BYTES 4096

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
  AQ_WIRE_RETURNED,
  AQ_WIRE_ASK,
  /* from the daemon */
  AQ_WIRE_ANSWER,
  AQ_WIRE_CONFINE,
  /* from the worker */
  AQ_WIRE_CONFINED,
  AQ_WIRE_BEGUN,
  AQ_WIRE_FREE,
  AQ_WIRE_UNFIT
} AqWireKind;

/* what the running job asks for */
typedef enum
{
  AQ_WIRE_SET_ANNOTATION = 1, /* name, value; without one it is removed */
  AQ_WIRE_GET_ANNOTATION,     /* name; answered with the value, or without */
  AQ_WIRE_SET_CHECKPOINT,     /* value; without one it is removed */
  AQ_WIRE_BEGIN_ONCE,         /* name; answered with the result, or without: it begins now */
  AQ_WIRE_END_ONCE,           /* name, value; without one it did not come to pass */
  AQ_WIRE_LOG                 /* name: a line; value: its level, u. Is not answered, and has no number */
} AqWireQuestion;

#define AQ_WIRE_N_QUESTIONS (AQ_WIRE_LOG + 1)

/* a value of any type */
typedef struct
{
  const char    *type; /* NULL: there is none */
  gconstpointer  data; /* serialised, aligned to 8 */
  gsize          size;
} AqWireValue;

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
  AqWireValue   checkpoint; /* what an earlier attempt has left, if it has */
  AqWireValue   object;     /* the value of the object that it is bound to, if it is to one */
} AqWireRun;

/* LOADED and REFUSED; the message is empty in the former */
typedef struct
{
  guint32     generation;
  const char *plugin;
  const char *message;
} AqWireLoaded;

/* what an attempt has taken, as its worker measures it */
typedef struct
{
  guint64 user_usec;     /* processor time of the process … */
  guint64 system_usec;   /* … and of the kernel for it */
  guint64 peak_bytes;    /* resident at the most; 0: not known */
  guint64 read_bytes;    /* from disks */
  guint64 written_bytes; /* to disks */
} AqWireUsage;

typedef struct
{
  guint64       lease;
  guint64       run_nsec;
  guint64       snooze_usec; /* with `snoozed`: how much later */
  guint32       failed;      /* 0 or 1: whether the result is a failure, (sis) */
  guint32       snoozed;     /* 0 or 1: whether it asks to run again later; then there is nothing else */
  guint32       returned;    /* index in puts of the job whose result becomes this one's */
  AqWireUsage   usage;
  const char   *result_type; /* empty with `returned` or `snoozed` */
  gconstpointer result;      /* serialised, aligned to 8 */
  gsize         result_size;
  gconstpointer puts;        /* aa{sv}, serialised, aligned to 8; of size 0 where there are none */
  gsize         puts_size;
  AqWireValue   object;      /* the new value of the job's object, if it has one */
} AqWireDone;

typedef struct
{
  guint64        lease;
  guint64        number;       /* of the question, for the answer */
  guint64        job;          /* whose annotation; 0: its own */
  guint64        timeout_usec; /* how long to wait for an annotation */
  guint64        poll_usec;    /* how often to look for it; 0: never */
  AqWireQuestion question;
  const char    *name;
  AqWireValue    value;
} AqWireAsk;

typedef struct
{
  guint64     lease;
  guint64     number;
  guint32     failed; /* 0 or 1: whether the value is a failure, (sis) */
  AqWireValue value;
} AqWireAnswer;

/* what came of CONFINE */
typedef struct
{
  guint32     failed;  /* 0 or 1: whether the worker is none that may run such jobs */
  const char *message; /* what could not be had, and why; empty unless `failed` */
  const char *levels;  /* words: what is in force */
} AqWireConfined;

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
void      aq_wire_append_begun    (AqWireBuffer         *buffer,
                                   guint64               lease);
void      aq_wire_append_free     (AqWireBuffer         *buffer);
void      aq_wire_append_unfit    (AqWireBuffer         *buffer);
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

void      aq_wire_append_ask      (AqWireBuffer         *buffer,
                                   const AqWireAsk      *message);
void      aq_wire_append_answer   (AqWireBuffer         *buffer,
                                   const AqWireAnswer   *message);
void      aq_wire_append_confine  (AqWireBuffer         *buffer,
                                   const AqWireValue    *confinement);
void      aq_wire_append_confined (AqWireBuffer         *buffer,
                                   const AqWireConfined *message);

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
gboolean  aq_wire_parse_begun     (const AqWireFrame    *frame,
                                   guint64              *out_lease,
                                   GError              **error);
gboolean  aq_wire_parse_free      (const AqWireFrame    *frame,
                                   GError              **error);
gboolean  aq_wire_parse_unfit     (const AqWireFrame    *frame,
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
gboolean  aq_wire_parse_ask       (const AqWireFrame    *frame,
                                   AqWireAsk            *out_message,
                                   GError              **error);
gboolean  aq_wire_parse_answer    (const AqWireFrame    *frame,
                                   AqWireAnswer         *out_message,
                                   GError              **error);
gboolean  aq_wire_parse_confine   (const AqWireFrame    *frame,
                                   AqWireValue          *out_confinement,
                                   GError              **error);
gboolean  aq_wire_parse_confined  (const AqWireFrame    *frame,
                                   AqWireConfined       *out_message,
                                   GError              **error);

/* values; aq_wire_value_dup() takes bytes that may be anything */
gboolean  aq_wire_value_is_normal (const AqWireValue    *value);
GVariant *aq_wire_value_dup       (const AqWireValue    *value);
void      aq_wire_value_set       (AqWireValue          *value,
                                   GVariant             *variant);
gboolean  aq_wire_is_normal       (const char           *type,
                                   gconstpointer         data,
                                   gsize                 size);

G_END_DECLS
