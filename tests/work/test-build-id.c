/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which build a file is, by the notes of small objects that are made here
 */

#include "config.h"

#include "work/worker/aq-build-id.h"

#include <elf.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  ElfW(Ehdr) header;
  ElfW(Phdr) segments[2];
  ElfW(Nhdr) other;
  char       other_name[8];
  guint8     other_content[4];
  ElfW(Nhdr) note;
  char       name[4];
  guint8     content[20];
} Object;

static Object
new_object (void)
{
  Object object = {
    .header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3 } },
    .other = { 5, 3, 1 },
    .other_name = "Else",
    .note = { 4, 20, NT_GNU_BUILD_ID },
    .name = "GNU",
  };

  object.header.e_ident[EI_CLASS] = sizeof (gpointer) == 8 ? ELFCLASS64 : ELFCLASS32;
  object.header.e_phoff = G_STRUCT_OFFSET (Object, segments);
  object.header.e_phnum = 2;
  object.header.e_phentsize = sizeof (ElfW(Phdr));
  object.segments[0].p_type = PT_LOAD;
  object.segments[1].p_type = PT_NOTE;
  object.segments[1].p_offset = G_STRUCT_OFFSET (Object, other);
  object.segments[1].p_filesz = sizeof object - G_STRUCT_OFFSET (Object, other);
  for (guint i = 0; i < G_N_ELEMENTS (object.content); i++)
    object.content[i] = (guint8) (i * 7);
  return object;
}

static void
test_the_build_id_of_the_linker_is_found_behind_other_notes (void)
{
  const Object object = new_object ();
  g_autofree char *build = aq_build_id_dup_of_bytes (&object, sizeof object);

  g_assert_cmpstr (build, ==, "00070e151c232a31383f464d545b626970777e85");
  g_assert_true (aq_build_id_is_valid (build));
}

static void
test_what_is_no_object_has_a_sum_of_its_bytes (void)
{
  g_autofree char *build = aq_build_id_dup_of_bytes ("abc", 3);

  g_assert_cmpstr (build, ==, "ba7816bf8f01cfea414140de5dae2223");
  g_assert_true (aq_build_id_is_valid (build));
}

static void
test_an_object_without_a_build_id_has_a_sum_of_its_bytes (void)
{
  Object object = new_object ();
  g_autofree char *build = NULL;

  object.note.n_type = NT_GNU_ABI_TAG;
  build = aq_build_id_dup_of_bytes (&object, sizeof object);
  g_assert_cmpuint (strlen (build), ==, 32);
}

/* run with AddressSanitizer or valgrind this also says that nothing beyond is read */
static void
test_an_object_that_is_cut_short_anywhere_has_some_build (void)
{
  const Object object = new_object ();

  for (gsize size = 0; size < sizeof object; size++)
    {
      g_autofree guint8 *bytes = g_memdup2 (&object, size);
      g_autofree char *build = aq_build_id_dup_of_bytes (bytes, size);

      g_assert_true (aq_build_id_is_valid (build));
    }
}

static void
test_an_object_with_any_byte_changed_has_some_build (void)
{
  static const guint8 values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
  const Object object = new_object ();

  for (gsize i = 0; i < sizeof object; i++)
    for (guint j = 0; j < G_N_ELEMENTS (values); j++)
      {
        g_autofree guint8 *bytes = g_memdup2 (&object, sizeof object);
        g_autofree char *build = NULL;

        bytes[i] = values[j];
        build = aq_build_id_dup_of_bytes (bytes, sizeof object);
        g_assert_true (aq_build_id_is_valid (build));
      }
}

static void
test_an_empty_file_has_no_build (void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("asyncq-build-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_null (aq_build_id_dup_of_file (fd));
  (void) close (fd);
  (void) g_unlink (path);
}

static void
test_only_a_hexadecimal_number_is_a_build (void)
{
  g_autofree char *long_one = g_strnfill (AQ_BUILD_ID_MAX_DIGITS + 1, 'a');

  g_assert_true (aq_build_id_is_valid ("0a"));
  g_assert_true (aq_build_id_is_valid (long_one + 1));
  g_assert_false (aq_build_id_is_valid (long_one));
  g_assert_false (aq_build_id_is_valid (""));
  g_assert_false (aq_build_id_is_valid ("0A"));
  g_assert_false (aq_build_id_is_valid ("0a\n"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/build-id/the build id of the linker is found behind other notes",
                   test_the_build_id_of_the_linker_is_found_behind_other_notes);
  g_test_add_func ("/build-id/what is no object has a sum of its bytes", test_what_is_no_object_has_a_sum_of_its_bytes);
  g_test_add_func ("/build-id/an object without a build id has a sum of its bytes",
                   test_an_object_without_a_build_id_has_a_sum_of_its_bytes);
  g_test_add_func ("/build-id/an object that is cut short anywhere has some build",
                   test_an_object_that_is_cut_short_anywhere_has_some_build);
  g_test_add_func ("/build-id/an object with any byte changed has some build",
                   test_an_object_with_any_byte_changed_has_some_build);
  g_test_add_func ("/build-id/an empty file has no build", test_an_empty_file_has_no_build);
  g_test_add_func ("/build-id/only a hexadecimal number is a build", test_only_a_hexadecimal_number_is_a_build);
  return g_test_run ();
}
