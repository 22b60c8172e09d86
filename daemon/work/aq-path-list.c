/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Sets of paths
 *
 * A list that was made here is canonical: its paths have no "..", no "//" and no
 * slash at their end, are sorted, and none is beneath another. So two lists that
 * mean the same are the same.
 */

#include "config.h"

#include "work/aq-path-list.h"

#include <string.h>

static gboolean
is_beneath (const char *path,
            const char *folder)
{
  gsize length = strlen (folder);

  if (length == 1) /* the root */
    return TRUE;
  return strncmp (path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static int
compare_paths (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/**
 * aq_path_list_contains:
 * @paths: (nullable): a canonical list
 * @path: a canonical path
 */
gboolean
aq_path_list_contains (const char * const *paths,
                       const char         *path)
{
  if (paths == NULL)
    return TRUE;
  for (guint i = 0; paths[i] != NULL; i++)
    if (is_beneath (path, paths[i]))
      return TRUE;
  return FALSE;
}

/* Takes @paths, canonical ones in any order. "/a-b" is sorted between "/a" and "/a/c", so each is held against all. */
static char **
close_list (GPtrArray *paths)
{
  g_autoptr(GPtrArray) all = paths;
  g_autoptr(GStrvBuilder) list = g_strv_builder_new ();

  g_ptr_array_sort (all, compare_paths);
  for (guint i = 0; i < all->len; i++)
    {
      const char *path = g_ptr_array_index (all, i);
      gboolean covered = FALSE;

      for (guint j = 0; j < all->len && !covered; j++)
        {
          const char *other = g_ptr_array_index (all, j);

          covered = j != i && is_beneath (path, other) && (strcmp (path, other) != 0 || j < i);
        }
      if (!covered)
        g_strv_builder_add (list, path);
    }
  return g_strv_builder_end (list);
}

/**
 * aq_path_list_new:
 * @paths: (nullable): absolute paths
 *
 * Returns: (nullable) (transfer full): the canonical list of them
 */
char **
aq_path_list_new (const char * const *paths)
{
  GPtrArray *canonical;

  if (paths == NULL)
    return NULL;
  canonical = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; paths[i] != NULL; i++)
    g_ptr_array_add (canonical, g_canonicalize_filename (paths[i], "/"));
  return close_list (canonical);
}

static void
add_those_in (GPtrArray          *list,
              const char * const *paths,
              const char * const *other)
{
  for (guint i = 0; paths[i] != NULL; i++)
    if (aq_path_list_contains (other, paths[i]))
      g_ptr_array_add (list, g_strdup (paths[i]));
}

/**
 * aq_path_list_intersect:
 * @one: (nullable): a canonical list
 * @other: (nullable): another one
 *
 * Returns: (nullable) (transfer full): what is in both
 */
char **
aq_path_list_intersect (const char * const *one,
                        const char * const *other)
{
  GPtrArray *both;

  if (one == NULL || other == NULL)
    return g_strdupv ((char **) (one == NULL ? other : one));
  both = g_ptr_array_new_with_free_func (g_free);
  add_those_in (both, one, other);
  add_those_in (both, other, one);
  return close_list (both);
}

/**
 * aq_path_list_unite:
 * @one: (nullable): a canonical list
 * @other: (nullable): another one
 *
 * Returns: (nullable) (transfer full): what is in one of them, or in both
 */
char **
aq_path_list_unite (const char * const *one,
                    const char * const *other)
{
  static const char * const all[] = { "/", NULL };
  GPtrArray *either;

  if (one == NULL || other == NULL)
    return NULL;
  either = g_ptr_array_new_with_free_func (g_free);
  add_those_in (either, one, all);
  add_those_in (either, other, all);
  return close_list (either);
}
