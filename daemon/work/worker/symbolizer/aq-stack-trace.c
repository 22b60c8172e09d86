/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * From registers and a piece of a stack to functions and lines
 *
 * libdw unwinds by the tables that every object has for exceptions, and reads what
 * it wants of the stack through us. A function that was compiled into another one
 * is a frame as well.
 */

#include "config.h"

#include "work/worker/symbolizer/aq-stack-trace.h"

#include "work/worker/symbolizer/aq-memory-map.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TEXT_BYTES 200

typedef struct
{
  const AqCrashReport *report;
  const guint8        *stack;
  guint64              registers[AQ_CRASH_MAX_REGISTERS];
  gboolean             is_return; /* the first address is one to return to, too */
  guint                n_frames;
  GVariantBuilder      frames;
} Trace;

/* one frame, inlined or not */
typedef struct
{
  const char *function;
  guint64     offset;
  const char *source;
  int         line;
} Place;

static gboolean
read_word (const Trace *self,
           guint64      address,
           guint64     *out_word)
{
  guint64 offset = address - self->report->stack_address;
  guint32 size = self->report->stack_size;

  /* nothing is added up: what a register has may be the last byte of all */
  if (address < self->report->stack_address || size < sizeof *out_word || offset > size - sizeof *out_word)
    return FALSE;
  memcpy (out_word, self->stack + offset, sizeof *out_word);
  return TRUE;
}

static char *
shorten (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text == NULL ? "" : text, -1);
  char *end = valid + MIN (strlen (valid), MAX_TEXT_BYTES);

  while (end > valid && (*end & 0xc0) == 0x80)
    end--;
  *end = '\0';
  return g_steal_pointer (&valid);
}

static char *
build_id_of (Dwfl_Module *module)
{
  const unsigned char *bits = NULL;
  GElf_Addr address;
  int size = module == NULL ? 0 : dwfl_module_build_id (module, &bits, &address);
  GString *text = g_string_new (NULL);

  for (int i = 0; i < MIN (size, 32); i++)
    g_string_append_printf (text, "%02x", bits[i]);
  return g_string_free (text, FALSE);
}

static void
add_frame (Trace       *self,
           Dwfl_Module *module,
           guint64      address,
           const Place *place)
{
  const char *name = module == NULL ? NULL : dwfl_module_info (module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
  g_autofree char *function = shorten (place->function);
  g_autofree char *file = shorten (name);
  g_autofree char *source = shorten (place->source);
  g_autofree char *build_id = build_id_of (module);

  if (self->n_frames == AQ_MAX_STACK_FRAMES)
    return;
  self->n_frames++;
  g_variant_builder_add (&self->frames, "(stssust)", function, place->offset, file, source,
                         (guint32) MAX (place->line, 0), build_id, address);
}

/* Where the function of @die was called from, as that is compiled into its caller. */
static void
move_to_caller (Dwarf_Die *die,
                Dwarf_Die *unit,
                Place     *place)
{
  Dwarf_Attribute attribute;
  Dwarf_Files *files;
  Dwarf_Word number;

  place->source = NULL;
  place->line = 0;
  if (dwarf_formudata (dwarf_attr (die, DW_AT_call_file, &attribute), &number) == 0 &&
      dwarf_getsrcfiles (unit, &files, NULL) == 0)
    place->source = dwarf_filesrc (files, number, NULL, NULL);
  if (dwarf_formudata (dwarf_attr (die, DW_AT_call_line, &attribute), &number) == 0)
    place->line = (int) number;
}

/* The scopes of @address from the inside out; those of a function that is inlined included. */
static int
get_scopes (Dwfl_Module  *module,
            Dwarf_Die    *unit,
            guint64       address,
            Dwarf_Die   **out_scopes)
{
  Dwarf_Die *innermost = NULL;
  Dwarf_Die copy;
  Dwarf_Addr bias;
  Dwarf *dwarf = dwfl_module_getdwarf (module, &bias);
  int n_scopes = -1;

  if (dwarf_getscopes (unit, address, &innermost) > 0 &&
      dwarf_offdie (dwarf, dwarf_dieoffset (&innermost[0]), &copy) != NULL)
    n_scopes = dwarf_getscopes_die (&copy, out_scopes);
  free (innermost);
  return n_scopes;
}

/* Adds frames for the functions that are compiled into the one at @address, and names that one. */
static void
add_inlined (Trace       *self,
             Dwfl_Module *module,
             guint64      address,
             guint64      looked_up,
             Place       *place)
{
  Dwarf_Addr bias;
  Dwarf_Die *unit = dwfl_module_addrdie (module, looked_up, &bias);
  Dwarf_Die *scopes = NULL;
  int n_scopes = unit == NULL ? -1 : get_scopes (module, unit, looked_up - bias, &scopes);

  for (int i = 0; i < n_scopes; i++)
    {
      int tag = dwarf_tag (&scopes[i]);
      const char *name = dwarf_diename (&scopes[i]);
      Place inlined = *place;

      if (tag == DW_TAG_subprogram && name != NULL)
        place->function = name;
      if (tag == DW_TAG_subprogram)
        break;
      if (tag != DW_TAG_inlined_subroutine)
        continue;
      inlined.function = name;
      add_frame (self, module, address, &inlined);
      move_to_caller (&scopes[i], unit, place);
    }
  free (scopes);
}

static void
add_address (Trace    *self,
             Dwfl     *dwfl,
             guint64   address,
             gboolean  is_return)
{
  /* the call is before the address that it returns to, which may be in the next function */
  guint64 looked_up = address - (is_return ? 1 : 0);
  Dwfl_Module *module = dwfl_addrmodule (dwfl, looked_up);
  Place place = { NULL };
  Dwfl_Line *line;
  GElf_Off offset;
  GElf_Sym symbol;

  if (module != NULL)
    {
      place.function = dwfl_module_addrinfo (module, looked_up, &offset, &symbol, NULL, NULL, NULL);
      if (place.function != NULL)
        place.offset = offset + (address - looked_up);
      line = dwfl_module_getsrc (module, looked_up);
      if (line != NULL)
        place.source = dwfl_lineinfo (line, NULL, &place.line, NULL, NULL, NULL);
      add_inlined (self, module, address, looked_up, &place);
    }
  add_frame (self, module, address, &place);
}

static int
on_frame (Dwfl_Frame *state,
          void       *user_data)
{
  Trace *self = user_data;
  Dwfl *dwfl = dwfl_thread_dwfl (dwfl_frame_thread (state));
  Dwarf_Addr address;
  bool is_activation;

  if (!dwfl_frame_pc (state, &address, &is_activation) || self->n_frames >= AQ_MAX_STACK_FRAMES)
    return DWARF_CB_ABORT;
  add_address (self, dwfl, address, !is_activation || self->is_return);
  self->is_return = FALSE;
  return DWARF_CB_OK;
}

static pid_t
next_thread (Dwfl  *dwfl,
             void  *user_data,
             void **thread_argument)
{
  if (*thread_argument != NULL)
    return 0;
  *thread_argument = user_data;
  return 1;
}

static bool
memory_read (Dwfl       *dwfl,
             Dwarf_Addr  address,
             Dwarf_Word *out_word,
             void       *user_data)
{
  guint64 word;

  if (!read_word (user_data, address, &word))
    return false;
  *out_word = word;
  return true;
}

static bool
set_registers (Dwfl_Thread *thread,
               void        *user_data)
{
  Trace *self = user_data;
  Dwarf_Word words[AQ_CRASH_MAX_REGISTERS];

  for (guint i = 0; i < AQ_CRASH_N_REGISTERS; i++)
    words[i] = self->registers[i];
#if defined (__aarch64__)
  dwfl_thread_state_register_pc (thread, words[AQ_CRASH_N_REGISTERS - 1]);
  return dwfl_thread_state_registers (thread, 0, AQ_CRASH_N_REGISTERS - 1, words);
#else
  return dwfl_thread_state_registers (thread, 0, AQ_CRASH_N_REGISTERS, words);
#endif
}

/* Who has called what is no function, by a wild pointer, is known by the address to return to. */
static void
skip_nowhere (Trace *self,
              Dwfl  *dwfl)
{
  guint64 *counter = &self->registers[AQ_CRASH_N_REGISTERS - 1];
  guint64 address;

  if (dwfl_addrmodule (dwfl, *counter) != NULL)
    return;
  add_address (self, dwfl, *counter, FALSE);
#if defined (__aarch64__)
  *counter = self->registers[30];
#else
  if (!read_word (self, self->registers[AQ_CRASH_STACK_REGISTER], &address))
    return;
  *counter = address;
  self->registers[AQ_CRASH_STACK_REGISTER] += sizeof address;
#endif
  self->is_return = TRUE;
}

/* those that are laid out to be loaded anywhere are where they were mapped; the others where they say */
static GElf_Addr
base_of (const AqMappedObject *object)
{
  Elf *elf = elf_begin (object->fd, ELF_C_READ, NULL);
  GElf_Ehdr header;
  GElf_Addr base = object->start;

  if (elf != NULL && gelf_getehdr (elf, &header) != NULL && header.e_type == ET_EXEC)
    base = 0;
  (void) elf_end (elf); /* it was only read */
  return base;
}

static void
report_objects (Dwfl      *dwfl,
                GPtrArray *objects)
{
  dwfl_report_begin (dwfl);
  for (guint i = 0; i < objects->len; i++)
    {
      AqMappedObject *object = g_ptr_array_index (objects, i);

      /* it takes the descriptor */
      if (dwfl_report_elf (dwfl, object->name, object->name, object->fd, base_of (object), true) != NULL)
        object->fd = -1;
    }
  (void) dwfl_report_end (dwfl, NULL, NULL); /* fails only where a callback says so */
}

/**
 * aq_stack_trace_new:
 * @report: of a crash, checked
 * @stack: as much of the stack as it says
 * @objects: (element-type AqMappedObject): what was mapped
 *
 * Returns: the frames, the innermost first: see %AQ_STACK_TYPE
 */
GVariant *
aq_stack_trace_new (const AqCrashReport *report,
                    const guint8        *stack,
                    GPtrArray           *objects)
{
  static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
  };
  static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread,
    .memory_read = memory_read,
    .set_initial_registers = set_registers,
  };
  Trace self = { .report = report, .stack = stack };
  Dwfl *dwfl;

  (void) elf_version (EV_CURRENT);
  memcpy (self.registers, report->registers, sizeof self.registers);
  g_variant_builder_init (&self.frames, AQ_STACK_TYPE);
  dwfl = dwfl_begin (&callbacks);
  if (dwfl != NULL && report->n_registers == AQ_CRASH_N_REGISTERS && AQ_CRASH_N_REGISTERS > 0)
    {
      report_objects (dwfl, objects);
      skip_nowhere (&self, dwfl);
      /* it ends with an error where it knows no further: what it has found counts */
      if (dwfl_attach_state (dwfl, NULL, 1, &thread_callbacks, &self))
        (void) dwfl_getthread_frames (dwfl, 1, on_frame, &self);
    }
  dwfl_end (dwfl); /* which may be NULL */
  return g_variant_builder_end (&self.frames);
}
