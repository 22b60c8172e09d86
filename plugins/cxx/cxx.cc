/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A plugin in C++
 *
 * asyncq is C: what is thrown must not leave a function, or its worker ends. So
 * every function is called by guard(). What GLib has allocated is held by types
 * that free it, however a function is left.
 */

#include <asyncq-plugin.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace
{

struct FreeVariant
{
  void operator() (GVariant *value) const noexcept { g_variant_unref (value); }
};

using Variant = std::unique_ptr<GVariant, FreeVariant>;

/* an a{su} that is being made; one that is never ended is cleared */
class Counts
{
public:
  Counts () noexcept { g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{su}")); }
  ~Counts () { g_variant_builder_clear (&builder); }
  Counts (const Counts &) = delete;
  Counts &operator= (const Counts &) = delete;

  void add (const std::string &word, guint32 count) { g_variant_builder_add (&builder, "{su}", word.c_str (), count); }
  Variant end () { return Variant (g_variant_ref_sink (g_variant_builder_end (&builder))); }

private:
  GVariantBuilder builder;
};

/* what @function throws becomes an error of the job */
template <typename Function>
GVariant *
guard (GError **error, Function function) noexcept
{
  try
    {
      return function ().release ();
    }
  catch (const std::exception &exception)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, exception.what ());
    }
  catch (...)
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "something was thrown that is no exception");
    }
  return nullptr;
}

std::map<std::string, guint32>
count_words (const std::string &text)
{
  std::map<std::string, guint32> counts;
  std::string word;

  if (std::none_of (text.begin (), text.end (), [] (unsigned char c) { return std::isalnum (c); }))
    throw std::invalid_argument ("there is no word in the text");
  for (unsigned char c : text + " ")
    if (std::isalnum (c))
      word += static_cast<char> (std::tolower (c));
    else if (!word.empty ())
      {
        counts[word]++;
        word.clear ();
      }
  return counts;
}

} // namespace

extern "C" {

/* (text): how often each word is in it */
ASYNCQ_EXPORT GVariant *
cxx_count_words (AsyncqJobContext *, GVariant *arguments, GError **error)
{
  return guard (error, [&] {
    const char *text;
    Counts counts;

    g_variant_get (arguments, "(&s)", &text);
    for (const auto &[word, count] : count_words (text))
      counts.add (word, count);
    return counts.end ();
  });
}

/* (what): throws it; the job fails, and its worker goes on */
ASYNCQ_EXPORT GVariant *
cxx_throw (AsyncqJobContext *, GVariant *arguments, GError **error)
{
  return guard (error, [&] () -> Variant {
    const char *what;

    g_variant_get (arguments, "(&s)", &what);
    if (*what == '\0')
      throw 42;
    throw std::runtime_error (what);
  });
}

} // extern "C"

static const AsyncqFunction functions[] = {
  { "count_words", "text s", "a{su}", "Counts how often each word is in a text", nullptr, nullptr },
  { "throw", "what s = 'thrown'", "()", "Fails by an exception", nullptr, nullptr },
};

/* the last three: options, and what is called before the first function and after the last one */
const AsyncqPlugin asyncq_plugin = {
  ASYNCQ_PLUGIN_ABI, sizeof (AsyncqPlugin), sizeof (AsyncqFunction), "cxx", "1.0",
  functions, G_N_ELEMENTS (functions), nullptr, nullptr, nullptr,
};
