#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Plugins that come while the daemon runs, and files that it must not load."""

import os
import shutil
import subprocess

import harness
import tap

SOURCE = """
#include <asyncq-plugin.h>

ASYNCQ_EXPORT GVariant *
mine_answer (AsyncqJobContext *job, GVariant *arguments, GError **error)
{
  return g_variant_new_uint32 (@ANSWER@);
}

static const AsyncqFunction functions[] = {
  { "answer", "", "u", "The answer" },
  @MORE@
};

const AsyncqPlugin @CONSTANT@ = {
  .abi = @ABI@, .size = sizeof (AsyncqPlugin), .function_size = sizeof (AsyncqFunction),
  .id = "@ID@", .version = "1", .functions = functions, .n_functions = G_N_ELEMENTS (functions),
};
"""


class Plugins(harness.Case):
    def source(self, **changes):
        values = {"ABI": "ASYNCQ_PLUGIN_ABI", "ANSWER": "42", "CONSTANT": "asyncq_plugin",
                  "ID": "mine", "MORE": "", **changes}
        source = SOURCE
        for name, value in values.items():
            source = source.replace(f"@{name}@", value)
        return source

    def compile(self, **changes):
        target = self.path("mine.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", target,
                        *harness.pkg_config("--cflags", "--libs", "asyncq-1")],
                       input=self.source(**changes), text=True, check=True, capture_output=True)
        return target

    def answer(self, daemon):
        return self.assert_succeeded(daemon.bus.wait(daemon.bus.words("mine.answer")))

    def test_found_at_the_start(self):
        daemon = self.new_daemon()
        daemon.add_plugin("mine", self.compile())
        daemon.start()
        self.assertEqual(42, self.answer(daemon))

    def test_listed_with_its_declaration(self):
        daemon = self.daemon(plugins=["demo", "pi", "probe"])
        functions = daemon.bus.functions()
        multiply = functions["demo.multiply"]
        self.assertEqual("i", multiply["result"])
        self.assertIn("x i", multiply["parameters"])
        self.assertEqual(os.path.join(daemon.plugins, "demo.so"), multiply["file"])
        self.assertEqual(1, multiply["generation"])
        for name in ("demo.echo", "demo.error", "demo.fatal", "demo.sleep", "demo.crash",
                     "pi.generate_sample", "pi.process_samples", "probe.append"):
            self.assertIn(name, functions)

    def test_a_new_generation(self):
        daemon = self.daemon()
        daemon.add_plugin("mine", self.compile(ANSWER="1"))
        harness.bounded(lambda: "mine.answer" in daemon.bus.functions(), "the plugin")
        self.assertEqual(1, self.answer(daemon))
        daemon.add_plugin("mine", self.compile(ANSWER="2"))
        harness.bounded(lambda: daemon.bus.functions()["mine.answer"]["generation"] == 2,
                        "the second generation")
        self.assertEqual(2, self.answer(daemon))

    def test_a_running_job_ends_in_its_own_generation(self):
        daemon = self.daemon(plugins=["probe"])
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        job = daemon.bus.words("probe.hold", fifo)
        with open(fifo, "w", encoding="ascii") as file:
            # one more byte: the same file again would be the same generation
            with open(harness.plugin_file("probe"), "rb") as built, \
                    open(self.path("newer"), "wb") as newer:
                newer.write(built.read() + b"\n")
            daemon.add_plugin("probe", self.path("newer"))
            harness.bounded(lambda: daemon.bus.functions()["probe.hold"]["generation"] == 2,
                            "the second generation")
            self.assertEqual(6, self.assert_succeeded(
                daemon.bus.wait(daemon.bus.words("probe.double", "3"))))
            file.write("from the first")
        self.assertEqual("from the first", self.assert_succeeded(daemon.bus.wait(job)))
        self.assertEqual(1, daemon.bus.job(job)["Attempt"])

    def assert_refused(self, daemon, *words):
        """The file mine.so is named in the log, with what is wrong; its function is unknown."""
        harness.bounded(lambda: "mine.so" in daemon.read_log(), "a line of the log")
        line = [line for line in daemon.read_log().splitlines() if "mine.so" in line][0]
        for word in words:
            self.assertIn(word, line)
        self.assert_bus_error("NoSuchFunction", daemon.bus.words, "mine.answer")
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))

    def refuse(self, *words, source=None, **changes):
        daemon = self.daemon(plugins=["demo"])
        daemon.add_plugin("mine", source or self.compile(**changes))
        self.assert_refused(daemon, *words)

    def test_another_abi(self):
        self.refuse("999", "1", ABI="999")

    def test_without_the_constant(self):
        self.refuse("asyncq_plugin", CONSTANT="another_name")

    def test_another_id(self):
        self.refuse("other", "mine", ID="other")

    def test_a_declared_function_without_a_symbol(self):
        self.refuse("mine_missing", MORE='{ "missing", "", "u", "Is not there" },')

    def test_a_symbol_of_libc_is_not_one_of_the_plugin(self):
        # mine_answer is ours; a plugin with the id "mem" may not reach memcpy's like
        self.refuse("mine_system", MORE='{ "system", "", "u", "Is not there" },')

    def test_a_bad_signature(self):
        self.refuse("broken", MORE='{ "broken", "x no-such-type", "u", "" },')

    def test_a_text_file(self):
        text = self.path("text")
        with open(text, "w", encoding="ascii") as file:
            file.write("This is a letter, not a plugin.\n")
        self.refuse(source=text)

    def test_an_empty_file(self):
        empty = self.path("empty")
        with open(empty, "w", encoding="ascii"):
            pass
        self.refuse(source=empty)

    def test_world_writable(self):
        daemon = self.new_daemon(plugins=["demo"])
        daemon.add_plugin("mine", self.compile())
        os.chmod(os.path.join(daemon.plugins, "mine.so"), 0o666)
        daemon.start()
        self.assert_refused(daemon, "writ")

    def test_in_a_world_writable_folder(self):
        daemon = self.new_daemon(plugins=["demo"])
        daemon.plugins = self.path("open")
        os.mkdir(daemon.plugins)
        daemon.add_plugin("mine", self.compile())
        os.chmod(daemon.plugins, 0o777)
        daemon.start()
        harness.bounded(lambda: "writ" in daemon.read_log(), "a line of the log")
        self.assert_bus_error("NoSuchFunction", daemon.bus.words, "mine.answer")

    def test_a_symbolic_link(self):
        daemon = self.daemon(plugins=["demo"])
        os.symlink(self.compile(), os.path.join(daemon.plugins, "mine.so"))
        self.assert_refused(daemon, "link")

    def test_of_another_user(self):
        if os.getuid() != 0:
            self.skipTest("only root can make one")
        daemon = self.new_daemon(plugins=["demo"])
        daemon.add_plugin("mine", self.compile())
        os.chown(os.path.join(daemon.plugins, "mine.so"), 65534, 65534)
        daemon.start()
        self.assert_refused(daemon, "own")

    def test_a_broken_one_leaves_the_old_generation(self):
        daemon = self.new_daemon(plugins=["demo"])
        daemon.add_plugin("mine", self.compile())
        daemon.start()
        self.assertEqual(42, self.answer(daemon))
        with open(self.path("broken"), "w", encoding="ascii") as file:
            file.write("not a plugin")
        daemon.add_plugin("mine", self.path("broken"))
        harness.bounded(lambda: "mine.so" in daemon.read_log(), "a line of the log")
        self.assertEqual(42, self.answer(daemon))

    def test_its_constructor_may_crash(self):
        source = self.source() + """
          __attribute__ ((constructor)) static void crash (void) { __builtin_trap (); }
        """
        target = self.path("mine.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", target,
                        *harness.pkg_config("--cflags", "--libs", "asyncq-1")],
                       input=source, text=True, check=True, capture_output=True)
        self.refuse(source=target)

    def test_other_files_are_no_plugins(self):
        daemon = self.daemon(plugins=["demo"])
        shutil.copy(self.compile(), os.path.join(daemon.plugins, "mine.so.bak"))
        os.mkdir(os.path.join(daemon.plugins, "folder.so"))
        daemon.add_plugin("probe")
        harness.bounded(lambda: "probe.double" in daemon.bus.functions(), "the plugin after them")
        self.assert_bus_error("NoSuchFunction", daemon.bus.words, "mine.answer")


class Exec(harness.Case):
    CONFIG = "[plugin exec]\nprograms = /bin/echo;/bin/sh;/bin/cat\n"

    def run_program(self, daemon, program, *arguments):
        words = ", ".join(f"'{word}'" for word in arguments)
        return daemon.bus.wait(daemon.bus.words("exec.run", program, f"@as [{words}]"))

    def test_a_listed_program(self):
        daemon = self.daemon(plugins=["exec"], config=self.CONFIG)
        answer = self.run_program(daemon, "/bin/echo", "a b", "$HOME", ";", "*")
        self.assertEqual((0, "a b $HOME ; *\n", ""), self.assert_succeeded(answer))

    def test_its_exit_status_is_told(self):
        daemon = self.daemon(plugins=["exec"], config=self.CONFIG)
        answer = self.run_program(daemon, "/bin/sh", "-c", "echo out; echo err >&2; exit 7")
        self.assertEqual((7, "out\n", "err\n"), self.assert_succeeded(answer))

    def test_a_program_that_is_not_listed(self):
        daemon = self.daemon(plugins=["exec"], config=self.CONFIG)
        for program in ("/bin/ls", "echo", "/bin/../bin/echo", "/bin/echo ", ""):
            with self.subTest(program):
                domain, _code, message = self.assert_failed(self.run_program(daemon, program))
                self.assertEqual("asyncq-error-quark", domain)
                self.assertIn(program.strip(), message)

    def test_nothing_is_listed_by_default(self):
        daemon = self.daemon(plugins=["exec"])
        self.assert_failed(self.run_program(daemon, "/bin/echo"), "/bin/echo")


if __name__ == "__main__":
    tap.main()
