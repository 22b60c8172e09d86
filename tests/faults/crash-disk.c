/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A disk that can be taken apart
 *
 * Files are known by number, as inodes are, so that a name and the content
 * behind it can be lost apart from one another. Copies share contents until one
 * of them writes.
 */

#include "config.h"

#include "crash-disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  guint    n_refs;
  guint64  hash; /* 0: not known */
  gsize    used; /* without the zeros at its end; known with the hash */
  gsize    size;
  gsize    allocated;
  guint8  *data;
} Content;

typedef struct
{
  const char *name; /* interned */
  guint32     file; /* 0: a directory */
} Entry;

struct _CrashDisk
{
  GArray    *entries;  /* of Entry, a directory before what is in it */
  GPtrArray *contents; /* of Content, by file number; nullable */
};

static Content *
content_new (gsize size)
{
  Content *self = g_new0 (Content, 1);

  self->n_refs = 1;
  self->size = size;
  self->allocated = MAX (size, 64);
  self->data = g_malloc0 (self->allocated);
  return self;
}

static void
content_unref (Content *self)
{
  if (self == NULL || --self->n_refs > 0)
    return;
  g_free (self->data);
  g_free (self);
}

static void
unref_content (gpointer content)
{
  content_unref (content);
}

/* one that is this disk's alone, to be written to */
static Content *
edit_content (CrashDisk *self,
              guint32    file)
{
  Content *content;

  if (self->contents->len <= file)
    g_ptr_array_set_size (self->contents, (int) file + 1);
  content = g_ptr_array_index (self->contents, file);
  if (content == NULL)
    content = content_new (0);
  else if (content->n_refs > 1)
    {
      Content *copy = content_new (content->size);

      memcpy (copy->data, content->data, content->size);
      content->n_refs--;
      content = copy;
    }
  g_ptr_array_index (self->contents, file) = content;
  content->hash = 0;
  return content;
}

static void
resize (Content *content,
        gsize    size)
{
  if (size > content->allocated)
    {
      content->allocated = size * 2;
      content->data = g_realloc (content->data, content->allocated);
    }
  if (size > content->size)
    memset (content->data + content->size, 0, size - content->size);
  content->size = size;
}

static Entry *
find_entry (const CrashDisk *self,
            const char      *name)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);

      if (entry->name == name)
        return entry;
    }
  return NULL;
}

static void
set_entry (CrashDisk  *self,
           const char *name,
           guint32     file)
{
  Entry entry = { name, file };
  Entry *old = find_entry (self, name);

  if (old != NULL)
    *old = entry;
  else
    g_array_append_val (self->entries, entry);
}

static void
remove_entry (CrashDisk  *self,
              const char *name)
{
  Entry *entry = find_entry (self, name);

  if (entry != NULL)
    g_array_remove_index (self->entries, (guint) (entry - (Entry *) (void *) self->entries->data));
}

CrashDisk *
crash_disk_new (void)
{
  CrashDisk *self = g_new (CrashDisk, 1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  self->contents = g_ptr_array_new_with_free_func (unref_content);
  return self;
}

static const char *
parent_of (const char *name)
{
  const char *slash = strrchr (name, '/');
  g_autofree char *parent = slash != NULL ? g_strndup (name, (gsize) (slash - name)) : g_strdup ("");

  return g_intern_string (parent);
}

/* a name whose directory is lost is lost with it, also if that is made again */
void
crash_disk_prune (CrashDisk *self)
{
  for (guint i = 0; i < self->entries->len;)
    {
      const char *parent = parent_of (g_array_index (self->entries, Entry, i).name);

      if (*parent == '\0' || find_entry (self, parent) != NULL)
        {
          i++;
          continue;
        }
      g_array_remove_index (self->entries, i);
      i = 0;
    }
}

CrashDisk *
crash_disk_copy (const CrashDisk *self)
{
  CrashDisk *copy = crash_disk_new ();

  g_array_append_vals (copy->entries, self->entries->data, self->entries->len);
  for (guint i = 0; i < self->contents->len; i++)
    {
      Content *content = g_ptr_array_index (self->contents, i);

      if (content != NULL)
        content->n_refs++;
      g_ptr_array_add (copy->contents, content);
    }
  return copy;
}

void
crash_disk_free (CrashDisk *self)
{
  g_array_unref (self->entries);
  g_ptr_array_unref (self->contents);
  g_free (self);
}

void
crash_disk_apply_part (CrashDisk    *self,
                       const ShimOp *op,
                       const guint8 *bytes,
                       gsize         from,
                       gsize         to)
{
  Content *content = edit_content (self, op->file);

  if (from >= to)
    return;
  if (op->offset + to > content->size)
    resize (content, op->offset + to);
  memcpy (content->data + op->offset + from, bytes + op->data + from, to - from);
}

void
crash_disk_apply_size (CrashDisk    *self,
                       const ShimOp *op,
                       const guint8 *junk,
                       gsize         junk_size)
{
  Content *content = edit_content (self, op->file);
  gsize old_size = content->size;

  if (op->offset + op->size <= old_size)
    return;
  resize (content, op->offset + op->size);
  if (junk != NULL && junk_size > old_size)
    memcpy (content->data + old_size, junk + old_size, MIN (junk_size, content->size) - old_size);
}

void
crash_disk_apply (CrashDisk    *self,
                  const ShimOp *op,
                  const guint8 *bytes)
{
  switch (op->type)
    {
    case SHIM_OP_CREATE:
      edit_content (self, op->file);
      set_entry (self, op->name, op->file);
      break;
    case SHIM_OP_MKDIR:
      set_entry (self, op->name, 0);
      break;
    case SHIM_OP_WRITE:
      crash_disk_apply_part (self, op, bytes, 0, op->size);
      break;
    case SHIM_OP_RESIZE:
      resize (edit_content (self, op->file), op->size);
      break;
    case SHIM_OP_ALLOCATE:
      if (op->size > crash_disk_get_size (self, op->file))
        resize (edit_content (self, op->file), op->size);
      break;
    case SHIM_OP_RENAME:
      remove_entry (self, op->name);
      set_entry (self, op->new_name, op->file);
      break;
    case SHIM_OP_UNLINK:
      remove_entry (self, op->name);
      break;
    case SHIM_OP_SYNC:
    case SHIM_OP_SYNC_DIR:
    case SHIM_OP_MARK:
      break;
    default:
      g_assert_not_reached ();
    }
}

gsize
crash_disk_get_size (const CrashDisk *self,
                     guint32          file)
{
  const Content *content = file < self->contents->len ? g_ptr_array_index (self->contents, file) : NULL;

  return content != NULL ? content->size : 0;
}

const guint8 *
crash_disk_get_content (const CrashDisk *self,
                        const char      *name,
                        gsize           *out_size)
{
  const Entry *entry = find_entry (self, g_intern_string (name));
  const Content *content;

  if (entry == NULL || entry->file == 0)
    return NULL;
  content = g_ptr_array_index (self->contents, entry->file);
  *out_size = content->size;
  return content->data;
}

guint64
crash_hash (guint64       seed,
            gconstpointer data,
            gsize         size)
{
  const guint8 *bytes = data;
  guint64 hash = seed ^ (size * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  for (; size >= 8; size -= 8, bytes += 8)
    {
      guint64 word;

      memcpy (&word, bytes, 8);
      hash = (hash ^ word) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
      hash ^= hash >> 32;
    }
  for (; size > 0; size--, bytes++)
    hash = (hash ^ *bytes) * G_GUINT64_CONSTANT (0x100000001b3);
  return hash ^ (hash >> 29);
}

static guint64
hash_content (Content *content)
{
  if (content->hash != 0)
    return content->hash;
  for (content->used = content->size; content->used > 0 && content->data[content->used - 1] == 0;)
    content->used--;
  content->hash = crash_hash (content->size, content->data, content->used) | 1;
  return content->hash;
}

guint64
crash_disk_hash (const CrashDisk *self)
{
  guint64 hash = 0;

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      guint64 content = entry->file != 0 ? hash_content (g_ptr_array_index (self->contents, entry->file)) : 0;

      /* the order of names is no matter */
      hash += crash_hash (content, entry->name, strlen (entry->name));
    }
  return hash;
}

/* real files */

static void
empty_folder (int directory_fd)
{
  int fd = openat (directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *directory = fdopendir (fd);
  const struct dirent *entry;

  g_assert (directory != NULL);
  while ((entry = readdir (directory)) != NULL)
    {
      int child;

      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0 ||
          unlinkat (directory_fd, entry->d_name, 0) == 0)
        continue;
      child = openat (directory_fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      g_assert (child >= 0);
      empty_folder (child);
      (void) close (child); /* only read */
      g_assert (unlinkat (directory_fd, entry->d_name, AT_REMOVEDIR) == 0);
    }
  (void) closedir (directory); /* only read */
}

static void
write_entry (const CrashDisk *self,
             const Entry     *entry,
             int              root_fd)
{
  Content *content;
  int fd;

  if (entry->file == 0)
    {
      g_assert (mkdirat (root_fd, entry->name, 0700) == 0);
      return;
    }
  fd = openat (root_fd, entry->name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  g_assert (fd >= 0);
  content = g_ptr_array_index (self->contents, entry->file);
  (void) hash_content (content); /* finds out how much of it is used */
  g_assert (pwrite (fd, content->data, content->used, 0) == (gssize) content->used);
  g_assert (ftruncate (fd, (off_t) content->size) == 0);
  (void) close (fd); /* in memory */
}

void
crash_disk_write (const CrashDisk *self,
                  const char      *root)
{
  int root_fd;

  shim_enter_test ();
  (void) mkdir (root, 0700); /* may be there */
  root_fd = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert (root_fd >= 0);
  empty_folder (root_fd);
  for (guint i = 0; i < self->entries->len; i++)
    write_entry (self, &g_array_index (self->entries, Entry, i), root_fd);
  (void) close (root_fd); /* a directory */
  shim_leave_test ();
}

static void
read_folder (CrashDisk  *self,
             const char *root,
             const char *folder)
{
  g_autofree char *path = g_build_filename (root, folder, NULL);
  g_autoptr(GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  g_assert (directory != NULL);
  while ((name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *child = *folder != '\0' ? g_strconcat (folder, "/", name, NULL) : g_strdup (name);
      g_autofree char *child_path = g_build_filename (root, child, NULL);
      g_autofree char *data = NULL;
      guint32 file = MAX (self->contents->len, 1);
      gsize size;

      if (g_file_test (child_path, G_FILE_TEST_IS_DIR))
        {
          set_entry (self, g_intern_string (child), 0);
          read_folder (self, root, child);
          continue;
        }
      g_assert (g_file_get_contents (child_path, &data, &size, NULL));
      set_entry (self, g_intern_string (child), file);
      resize (edit_content (self, file), size);
      memcpy (edit_content (self, file)->data, data, size);
    }
}

CrashDisk *
crash_disk_read (const char *root)
{
  CrashDisk *self = crash_disk_new ();

  shim_enter_test ();
  read_folder (self, root, "");
  shim_leave_test ();
  return self;
}

void
crash_disk_number (const CrashDisk *self,
                   ShimLog         *log)
{
  g_hash_table_remove_all (log->files);
  log->n_files = MAX (self->contents->len, 1) - 1;
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      if (entry->file != 0)
        g_hash_table_insert (log->files, (gpointer) entry->name, GUINT_TO_POINTER (entry->file));
    }
}
