/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A plugin for asyncq, in C++
 *
 * asyncq is C: an exception that leaves a function ends its worker. So each
 * function is called by guard(), which makes an error of what it throws.
 */

#include <asyncq-plugin.h>

#include <exception>
#include <stdexcept>
#include <string>

namespace
{

template <typename Function>
GVariant *
guard (GError **error, Function function) noexcept
{
  try
    {
      return function ();
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

std::string
greeting_of (const std::string &name)
{
  if (name.empty ())
    throw std::invalid_argument ("there is nobody to greet");
  return "Hello, " + name + "!";
}

} // namespace

/* (name): a greeting */
extern "C" ASYNCQ_EXPORT GVariant *
@NAME@_greet (AsyncqJobContext *, GVariant *arguments, GError **error)
{
  return guard (error, [&] {
    const char *name;

    g_variant_get (arguments, "(&s)", &name);
    return g_variant_new_string (greeting_of (name).c_str ());
  });
}

static const AsyncqFunction functions[] = {
  { "greet", "name s", "s", "Greets somebody", nullptr, nullptr },
};

/* the last three: options, and what is called before the first function and after the last one */
const AsyncqPlugin asyncq_plugin = {
  ASYNCQ_PLUGIN_ABI, sizeof (AsyncqPlugin), sizeof (AsyncqFunction), "@NAME@", "0.1",
  functions, G_N_ELEMENTS (functions), nullptr, nullptr, nullptr,
};
