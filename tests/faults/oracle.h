/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What clients and workers have done, in their own words, and what a store may
 * tell of it. Nothing here includes a header of asyncq or reads a file of it.
 */
typedef struct _Oracle Oracle;

typedef gboolean (*OracleHasEnded) (gpointer user_data,
                                    guint64  id);

typedef enum
{
  ORACLE_CLAIMED,
  ORACLE_STARTED,
  ORACLE_SUCCEEDED,
  ORACLE_FAILED,
  ORACLE_PUT_BACK,  /* released, or interrupted */
  ORACLE_CANCELLED,
  ORACLE_REMOVED
} OracleStep;

/* in the order of the life of a job */
typedef enum
{
  ORACLE_STATE_PENDING,
  ORACLE_STATE_ASSIGNED,
  ORACLE_STATE_ACTIVE,
  ORACLE_STATE_COMPLETED
} OracleState;

/* what the store was asked to keep */
typedef struct
{
  const char *queue;
  const char *function;
  const char *text;       /* of its one argument */
  const char *key;        /* nullable */
  gint64      begin_after_usec;
  guint       priority;
  guint       kind;       /* 0: a call */
  gboolean    is_part;    /* of a composite job: others decide on its state too */
  guint64     put_by;     /* the job whose end put it; 0: a client */
} OracleSpec;

/* what a store tells of a job; borrowed */
typedef struct
{
  guint64       id;
  const char   *queue;
  const char   *function;
  const char   *text;
  const char   *key;
  gint64        begin_after_usec;
  guint         priority;
  guint         kind;
  OracleState   state;
  gboolean      is_new;   /* waits for others: only parts do */
  gboolean      succeeded;
  guint64       lease;
  const char   *result;   /* nullable */
} OracleView;

Oracle   *oracle_new         (void);
void      oracle_free        (Oracle           *self);

/* a transaction of this number put the job, or made the step */
void      oracle_put         (Oracle           *self,
                              guint64           sequence,
                              guint64           id,
                              const OracleSpec *spec);
void      oracle_step        (Oracle           *self,
                              guint64           sequence,
                              guint64           id,
                              OracleStep        step,
                              guint64           lease,
                              const char       *result);
/* all that was running is put back, but what was cancelled before: @has_ended says so */
void      oracle_recover     (Oracle           *self,
                              guint64           sequence,
                              OracleHasEnded    has_ended,
                              gpointer          user_data);
/* stands for all that the store tells after this transaction */
void      oracle_set_digest  (Oracle           *self,
                              guint64           sequence,
                              guint64           digest);
/* 0: none such */
guint64   oracle_get_digest  (Oracle           *self,
                              guint64           sequence);
/* everybody who waited for it was told that it is kept */
void      oracle_acknowledge (Oracle           *self,
                              guint64           sequence);
guint64   oracle_get_acknowledged (Oracle      *self);
guint64   oracle_get_newest  (Oracle           *self);
guint64   oracle_get_newest_lease (Oracle      *self);
/* what came after @sequence never was: a crash took it */
void      oracle_forget      (Oracle           *self,
                              guint64           sequence);
/* the id under a key, 0 if none, after @sequence */
guint64   oracle_find_key    (Oracle           *self,
                              const char       *key,
                              guint64           sequence);

/*
 * Compares all that a store tells with what was done up to its newest
 * transaction. Returns: NULL, or (transfer full) what is wrong
 */
char     *oracle_check       (Oracle           *self,
                              const OracleView *views,
                              guint             n_views,
                              guint64           digest,
                              guint64           sequence,
                              guint64           acknowledged,
                              guint64           newest);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Oracle, oracle_free)

G_END_DECLS
