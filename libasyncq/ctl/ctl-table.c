/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Columns
 */

#include "config.h"

#include "ctl-table.h"

#include <unistd.h>

#define GAP 2
#define MIN_ELASTIC 8

typedef struct
{
  CtlLook  look;
  char    *text;
} Cell;

struct _CtlTable
{
  GPtrArray *headings; /* of char*, translated */
  GArray    *cells;    /* of Cell, row by row */
};

static void
cell_clear (gpointer data)
{
  g_free (((Cell *) data)->text);
}

CtlTable *
ctl_table_new (const char * const *headings)
{
  CtlTable *self = g_new0 (CtlTable, 1);

  self->headings = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; headings[i] != NULL; i++)
    g_ptr_array_add (self->headings, g_strdup (headings[i]));
  self->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  g_array_set_clear_func (self->cells, cell_clear);
  return self;
}

void
ctl_table_free (CtlTable *self)
{
  g_ptr_array_unref (self->headings);
  g_array_unref (self->cells);
  g_free (self);
}

/* what a terminal must not be told is shown as a question mark */
static char *
dup_printable (const char *text)
{
  GString *printable = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char_validated (p, -1);

      if ((gint32) c < 0)
        {
          g_string_append_c (printable, '?');
          break;
        }
      g_string_append_unichar (printable, g_unichar_iscntrl (c) ? '?' : c);
    }
  return g_string_free (printable, FALSE);
}

void
ctl_table_add (CtlTable   *self,
               CtlLook     look,
               const char *text)
{
  Cell cell = { look, dup_printable (text) };

  g_array_append_val (self->cells, cell);
}

static guint
get_sign_length (const char *heading)
{
  return *heading == '>' || *heading == '<' ? 1 : 0;
}

static guint *
measure_columns (CtlTable *self,
                 gboolean  with_headings)
{
  guint n = self->headings->len;
  guint *widths = g_new0 (guint, n);

  for (guint i = 0; with_headings && i < n; i++)
    {
      const char *heading = g_ptr_array_index (self->headings, i);

      widths[i] = ctl_style_measure (heading + get_sign_length (heading));
    }
  for (guint i = 0; i < self->cells->len; i++)
    widths[i % n] = MAX (widths[i % n], ctl_style_measure (g_array_index (self->cells, Cell, i).text));
  return widths;
}

static void
append_cell (CtlTable   *self,
             CtlContext *context,
             GString    *output,
             guint       column,
             guint       width,
             CtlLook     look,
             const char *text)
{
  char sign = *(const char *) g_ptr_array_index (self->headings, column);
  g_autofree char *cut = sign == '<' ? ctl_style_dup_end (text, width) : ctl_style_dup_cut (text, width);
  guint padding = width - MIN (width, ctl_style_measure (cut));
  gboolean right = sign == '>';
  gboolean last = column + 1 == self->headings->len;

  if (right)
    g_string_append_printf (output, "%*s", (int) padding, "");
  g_string_append_printf (output, "%s%s%s", ctl_style_on (context, look), cut, ctl_style_off (context, look));
  if (last)
    g_string_append_c (output, '\n');
  else
    g_string_append_printf (output, "%*s", (int) (GAP + (right ? 0 : padding)), "");
}

static void
narrow (guint *width,
        guint *excess)
{
  guint by = MIN (*excess, *width - MIN (*width, MIN_ELASTIC));

  *width -= by;
  *excess -= by;
}

/* names may be long: who wants all of one looks at it alone, or has no terminal */
static void
fit (guint *widths,
     guint  n,
     guint  elastic,
     guint  excess)
{
  guint widest = 0;

  narrow (&widths[elastic], &excess);
  for (guint i = 1; i < n; i++)
    if (widths[i] > widths[widest])
      widest = i;
  narrow (&widths[widest], &excess);
}

char *
ctl_table_format (CtlTable   *self,
                  CtlContext *context,
                  guint       elastic,
                  guint       width)
{
  GString *output = g_string_new (NULL);
  guint n = self->headings->len;
  g_autofree guint *widths = measure_columns (self, !context->no_legend);
  guint total = GAP * (n - 1);

  for (guint i = 0; i < n; i++)
    total += widths[i];
  if (width > 0 && total > width)
    fit (widths, n, elastic, total - width);

  for (guint i = 0; !context->no_legend && i < n; i++)
    {
      const char *heading = g_ptr_array_index (self->headings, i);

      append_cell (self, context, output, i, widths[i], CTL_LOOK_HEADING,
                   heading + get_sign_length (heading));
    }
  for (guint i = 0; i < self->cells->len; i++)
    append_cell (self, context, output, i % n, widths[i % n], g_array_index (self->cells, Cell, i).look,
                 g_array_index (self->cells, Cell, i).text);
  return g_string_free (output, FALSE);
}

void
ctl_table_put (CtlTable   *self,
               CtlContext *context,
               guint       elastic)
{
  /* lines are cut for somebody who looks at them, never for a program */
  g_autofree char *text = ctl_table_format (self, context, elastic, ctl_style_columns (STDOUT_FILENO));

  ctl_put ("%s", text);
  g_array_set_size (self->cells, 0);
}

void
ctl_table_put_items (CtlTable        *self,
                     CtlContext      *context,
                     GVariant        *items,
                     CtlTableAddRow   add_row,
                     CtlTableToNode   to_node,
                     guint            elastic)
{
  gsize n = items != NULL ? g_variant_n_children (items) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GVariant) item = g_variant_get_child_value (items, i);

      if (context->json != CTL_JSON_OFF)
        ctl_json_put (context, to_node (item));
      else
        add_row (self, item);
    }
  if (n > 0 && context->json == CTL_JSON_OFF)
    ctl_table_put (self, context, elastic);
}
