/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which objects a process had mapped
 *
 * Read from a copy of its /proc/PID/maps, which the process may have forged: so a
 * file is opened only if everybody may read it, and it is a plain one; a plugin is
 * found among those that the daemon gave, by its inode.
 */

#include "config.h"

#include "work/worker/symbolizer/aq-memory-map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_OBJECTS 512
#define MEMORY_FILE_PREFIX "/memfd:"
#define DELETED_SUFFIX " (deleted)"

static void
mapped_object_free (gpointer data)
{
  AqMappedObject *self = data;

  if (self->fd >= 0)
    (void) close (self->fd); /* it was only read */
  g_free (self->name);
  g_free (self);
}

static int
open_readable (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat status;

  if (fd < 0)
    return -1;
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && (status.st_mode & S_IROTH) != 0)
    return fd;
  (void) close (fd);
  return -1;
}

static int
find_file (guint64    inode,
           const int *files,
           guint      n_files)
{
  struct stat status;

  for (guint i = 0; i < n_files; i++)
    if (fstat (files[i], &status) == 0 && status.st_ino == inode)
      return fcntl (files[i], F_DUPFD_CLOEXEC, 0);
  return -1;
}

/* "7f… r-xp 00000000 00:01 1234   /usr/lib/libc.so.6": the first piece of an object's file, else NULL */
static AqMappedObject *
parse_line (const char *line,
            const int  *files,
            guint       n_files)
{
  unsigned long long start, offset, inode;
  AqMappedObject *self;
  int path_at = 0;
  const char *path;

  if (sscanf (line, "%llx-%*x %*4s %llx %*x:%*x %llu %n", &start, &offset, &inode, &path_at) < 3 || path_at == 0 ||
      offset != 0 || inode == 0 || line[path_at] != '/')
    return NULL;
  path = line + path_at;
  self = g_new0 (AqMappedObject, 1);
  self->start = start;
  if (g_str_has_prefix (path, MEMORY_FILE_PREFIX))
    {
      path += strlen (MEMORY_FILE_PREFIX);
      self->fd = find_file (inode, files, n_files);
    }
  else
    self->fd = open_readable (path);
  self->name = g_path_get_basename (path);
  if (g_str_has_suffix (self->name, DELETED_SUFFIX))
    self->name[strlen (self->name) - strlen (DELETED_SUFFIX)] = '\0';
  return self;
}

static gboolean
is_known (GPtrArray            *objects,
          const AqMappedObject *object)
{
  AqMappedObject *last = objects->len == 0 ? NULL : g_ptr_array_index (objects, objects->len - 1);

  /* a small file may be mapped at offset 0 several times in a row */
  return last != NULL && g_str_equal (last->name, object->name);
}

/**
 * aq_memory_map_parse:
 * @text: a copy of /proc/PID/maps
 * @files: descriptors of the plugins
 * @n_files: how many
 *
 * Returns: (transfer full) (element-type AqMappedObject): the objects whose files
 *   can be read
 */
GPtrArray *
aq_memory_map_parse (const char *text,
                     const int  *files,
                     guint       n_files)
{
  GPtrArray *objects = g_ptr_array_new_with_free_func (mapped_object_free);
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL && objects->len < MAX_OBJECTS; i++)
    {
      AqMappedObject *object = parse_line (lines[i], files, n_files);

      if (object == NULL)
        continue;
      if (object->fd >= 0 && !is_known (objects, object))
        g_ptr_array_add (objects, object);
      else
        mapped_object_free (object);
    }
  return objects;
}
