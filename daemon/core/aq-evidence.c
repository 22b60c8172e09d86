/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Evidence
 *
 * It is made of what a worker has said, so nothing of it is trusted: unknown keys
 * and values of other types are left out, and what is too long is cut. Of the log
 * and the output the newest stays, of the stack the innermost frames.
 */

#include "config.h"

#include "core/aq-evidence.h"

#include <string.h>

#define STACK_TYPE "aa{sv}"
#define MAX_FRAMES 128
#define MAX_FRAME_ENTRIES 16
#define MAX_ENTRIES 32
#define MAX_LINES 1000

/* each of these at the most, so that they fit into an attempt's evidence together */
#define MAX_LOG_BYTES (56 * 1024)
#define MAX_OUTPUT_BYTES (8 * 1024)
#define MAX_STACK_BYTES (24 * 1024)
#define MAX_OTHER_BYTES 1024

typedef struct
{
  const char *key;
  const char *type;
  gsize       max_bytes;
  gboolean    goes[AQ_N_EVIDENCE_DETAILS]; /* with these details */
} Key;

/* sorted */
static const Key keys[] = {
  { "build", "s", MAX_OTHER_BYTES, { FALSE, FALSE } },
  { "exit-status", "i", MAX_OTHER_BYTES, { FALSE, FALSE } },
  { "limit", "s", MAX_OTHER_BYTES, { FALSE, FALSE } },
  { "log", AQ_EVIDENCE_LOG_TYPE, MAX_LOG_BYTES, { TRUE, TRUE } },
  { "log-dropped", "u", MAX_OTHER_BYTES, { FALSE, FALSE } },
  { "output", "s", MAX_OUTPUT_BYTES, { TRUE, TRUE } },
  { "output-bytes", "t", MAX_OTHER_BYTES, { FALSE, FALSE } },
  { "sandbox", "as", MAX_OTHER_BYTES, { FALSE, FALSE } },
  { "signal", "i", MAX_OTHER_BYTES, { FALSE, FALSE } },
  { "stack", STACK_TYPE, MAX_STACK_BYTES, { FALSE, TRUE } },
};

typedef struct
{
  const char *key;
  const char *type;
} FrameKey;

static const FrameKey frame_keys[] = {
  { "address", "t" }, { "build-id", "s" }, { "file", "s" }, { "function", "s" },
  { "line", "u" },    { "offset", "t" },   { "source", "s" },
};

/* Returns: (transfer full): the text, no longer than that, from its end if @newest */
static GVariant *
cut_text (GVariant *value,
          gsize     max_bytes,
          gboolean  newest)
{
  gsize length;
  const char *text = g_variant_get_string (value, &length);
  gsize from = newest && length > max_bytes ? length - max_bytes : 0;
  gsize to = newest ? length : MIN (length, max_bytes);

  if (length <= max_bytes)
    return g_variant_ref (value);
  /* no half characters: the byte of a cut is the first of one */
  while (from > 0 && from < length && ((guchar) text[from] & 0xc0) == 0x80)
    from++;
  while (to < length && to > 0 && ((guchar) text[to] & 0xc0) == 0x80)
    to--;
  return g_variant_ref_sink (g_variant_new_take_string (g_strndup (text + from, to - from)));
}

/* ---- the log ---- */

/* Returns: how many lines at the start of @log are too much */
static gsize
count_surplus_lines (GVariant *log)
{
  gsize n_lines = g_variant_n_children (log);
  gsize n_bytes = 0;
  gsize n_kept;

  for (n_kept = 0; n_kept < MIN (n_lines, MAX_LINES); n_kept++)
    {
      g_autoptr(GVariant) line = g_variant_get_child_value (log, n_lines - 1 - n_kept);

      /* with its alignment and its offset in the array */
      n_bytes += g_variant_get_size (line) + 12;
      if (n_bytes > MAX_LOG_BYTES)
        break;
    }
  return n_lines - n_kept;
}

/* Returns: (transfer full): the newest lines */
static GVariant *
cut_log (GVariant *log,
         gsize     n_surplus)
{
  gsize n_lines = g_variant_n_children (log);
  GVariantBuilder builder;

  if (n_surplus == 0)
    return g_variant_ref (log);
  g_variant_builder_init (&builder, G_VARIANT_TYPE (AQ_EVIDENCE_LOG_TYPE));
  for (gsize i = n_surplus; i < n_lines; i++)
    {
      g_autoptr(GVariant) line = g_variant_get_child_value (log, i);

      g_variant_builder_add_value (&builder, line);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* ---- the stack ---- */

static void
add_frame_entry (GVariantBuilder *builder,
                 GVariant        *frame,
                 const FrameKey  *key)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (frame, key->key, G_VARIANT_TYPE (key->type));
  g_autoptr(GVariant) kept = NULL;

  if (value == NULL)
    return;
  kept = *key->type == 's' ? cut_text (value, MAX_OTHER_BYTES, FALSE) : g_variant_ref (value);
  g_variant_builder_add (builder, "{sv}", key->key, kept);
}

/* Returns: (transfer full): a{sv} */
static GVariant *
check_frame (GVariant *frame)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < G_N_ELEMENTS (frame_keys) && g_variant_n_children (frame) <= MAX_FRAME_ENTRIES; i++)
    add_frame_entry (&builder, frame, &frame_keys[i]);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
check_stack (GVariant *stack)
{
  gsize n_frames = MIN (g_variant_n_children (stack), MAX_FRAMES);
  gsize n_bytes = 0;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (STACK_TYPE));
  for (gsize i = 0; i < n_frames; i++)
    {
      g_autoptr(GVariant) given = g_variant_get_child_value (stack, i);
      g_autoptr(GVariant) frame = check_frame (given);

      n_bytes += g_variant_get_size (frame) + 12;
      if (n_bytes > MAX_STACK_BYTES)
        break;
      g_variant_builder_add_value (&builder, frame);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* ---- all of it ---- */

/* Returns: (transfer full) (nullable): what may be kept of @value */
static GVariant *
check_value (const Key *key,
             GVariant  *value,
             guint32   *n_dropped)
{
  if (g_str_equal (key->key, "log"))
    {
      gsize n_surplus = count_surplus_lines (value);

      *n_dropped += n_surplus;
      return cut_log (value, n_surplus);
    }
  if (g_str_equal (key->key, "stack"))
    return check_stack (value);
  if (*key->type == 's')
    return cut_text (value, key->max_bytes, g_str_equal (key->key, "output"));
  return g_variant_get_size (value) <= key->max_bytes ? g_variant_ref (value) : NULL;
}

static guint32
add_saturated (guint32 a,
               guint32 b)
{
  return a > G_MAXUINT32 - b ? G_MAXUINT32 : a + b;
}

/**
 * aq_evidence_new:
 * @value: what claims to be evidence, of any type
 *
 * Returns: (transfer full) (nullable): what of it is evidence, at most
 *   %AQ_EVIDENCE_MAX_BYTES; %NULL if nothing is
 *
 * Since: 0.1
 */
GVariant *
aq_evidence_new (GVariant *value)
{
  g_autoptr(GVariant) made = NULL;
  GVariantBuilder builder;
  guint32 n_dropped = 0;
  guint n_kept = 0;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) || g_variant_n_children (value) == 0 ||
      g_variant_n_children (value) > MAX_ENTRIES)
    return NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr(GVariant) given = g_variant_lookup_value (value, keys[i].key, G_VARIANT_TYPE (keys[i].type));
      g_autoptr(GVariant) kept = given != NULL ? check_value (&keys[i], given, &n_dropped) : NULL;

      /* behind "log" in the order */
      if (n_dropped > 0 && g_str_equal (keys[i].key, "log-dropped"))
        {
          guint32 n_before = kept != NULL ? g_variant_get_uint32 (kept) : 0;

          g_clear_pointer (&kept, g_variant_unref);
          kept = g_variant_ref_sink (g_variant_new_uint32 (add_saturated (n_before, n_dropped)));
        }
      if (kept == NULL)
        continue;
      g_variant_builder_add (&builder, "{sv}", keys[i].key, kept);
      n_kept++;
    }
  made = g_variant_ref_sink (g_variant_builder_end (&builder));
  return n_kept > 0 ? g_variant_get_normal_form (made) : NULL;
}

static gboolean
goes_with (const char       *key,
           AqEvidenceDetail  detail)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].key, key))
      return keys[i].goes[detail];
  return FALSE;
}

/* lines that go are told like those that were too many */
static guint32
count_dropped (GVariant *evidence)
{
  g_autoptr(GVariant) log = g_variant_lookup_value (evidence, "log", G_VARIANT_TYPE (AQ_EVIDENCE_LOG_TYPE));
  guint32 n_dropped = 0;

  g_variant_lookup (evidence, "log-dropped", "u", &n_dropped);
  return add_saturated (n_dropped, log != NULL ? g_variant_n_children (log) : 0);
}

/**
 * aq_evidence_reduce:
 * @evidence: (transfer full) (nullable): as aq_evidence_new() makes it
 * @detail: what goes, with all that is of less use
 *
 * Returns: (transfer full) (nullable): the rest
 *
 * Since: 0.1
 */
GVariant *
aq_evidence_reduce (GVariant         *evidence,
                    AqEvidenceDetail  detail)
{
  g_autoptr(GVariant) consumed = evidence;
  guint32 n_dropped;
  GVariantIter iter;
  const char *key;
  GVariant *value;
  GVariantDict dict;

  if (evidence == NULL)
    return NULL;
  n_dropped = count_dropped (evidence);
  g_variant_dict_init (&dict, NULL);
  g_variant_iter_init (&iter, evidence);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    if (!goes_with (key, detail))
      g_variant_dict_insert_value (&dict, key, value);
  if (n_dropped > 0)
    g_variant_dict_insert (&dict, "log-dropped", "u", n_dropped);
  consumed = g_variant_ref_sink (g_variant_dict_end (&dict));
  g_variant_unref (evidence);
  /* sorted again */
  return aq_evidence_new (consumed);
}

gsize
aq_evidence_get_size (GVariant *evidence)
{
  return evidence != NULL ? g_variant_get_size (evidence) : 0;
}
