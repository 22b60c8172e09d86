/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-json.h"
#include "ctl-style.h"

G_BEGIN_DECLS

/* rows of cells, printed in columns as wide as they need, within the terminal's width */
typedef struct _CtlTable CtlTable;

/* the cells of one of several, and the same as JSON */
typedef void (*CtlTableAddRow) (CtlTable *self,
                                GVariant *item);
typedef JsonNode *(*CtlTableToNode) (GVariant *item);

/* @headings: NULL-terminated; one beginning with '>' aligns its column to the right, and '<' cuts the beginnings off that
 * are too long, as of paths */
CtlTable *ctl_table_new    (const char * const *headings);
void      ctl_table_free   (CtlTable           *self);
/* @text is copied; a row is full when it has as many cells as there are headings */
void      ctl_table_add    (CtlTable           *self,
                            CtlLook             look,
                            const char         *text);
/* prints and forgets the rows; column @elastic is cut where the lines get too long */
void      ctl_table_put    (CtlTable           *self,
                            CtlContext         *context,
                            guint               elastic);
/* prints each of @items, nullable and an aa{sv}: in the rows that @add_row adds, or as JSON that @to_node makes */
void      ctl_table_put_items (CtlTable        *self,
                               CtlContext      *context,
                               GVariant        *items,
                               CtlTableAddRow   add_row,
                               CtlTableToNode   to_node,
                               guint            elastic);
/* @width: of the terminal; 0: no limit */
char     *ctl_table_format (CtlTable           *self,
                            CtlContext         *context,
                            guint               elastic,
                            guint               width);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlTable, ctl_table_free)

G_END_DECLS
