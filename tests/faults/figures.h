/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The figures of one test: a line for people, and $ASYNCQ_BUILD/reliability/NAME.json
 * for report.py, which makes the table.
 */
typedef struct _Figures Figures;

Figures *figures_new       (const char *test);
void     figures_free      (Figures    *self);
void     figures_set       (Figures    *self,
                            const char *name,
                            guint64     value);
void     figures_set_text  (Figures    *self,
                            const char *name,
                            const char *value);
/* prints the line, writes the file; Returns: the exit status */
int      figures_finish    (Figures    *self,
                            guint64     n_violations);

G_END_DECLS
