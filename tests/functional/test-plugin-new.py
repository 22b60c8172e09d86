#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""asyncqctl plugin new: what it makes builds and passes at once."""

import json
import os
import subprocess

import harness
import tap


class PluginNew(harness.Case):
    def run_program(self, *command, status=0):
        environment = {**harness.pkg_config_environment(), "ASYNCQ_WORKER": harness.WORKER,
                       "ASYNCQCTL": harness.ASYNCQCTL, "LD_LIBRARY_PATH": harness.built("libasyncq")}
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=4 * harness.TIMEOUT, check=False, env=environment, cwd=self.folder)
        self.assertEqual(status, run.returncode, f"{command}\n{run.stdout}{run.stderr}")
        return run.stdout + run.stderr

    def new(self, *words, status=0):
        return self.run_program(harness.ASYNCQCTL, "plugin", "new", *words, status=status)

    def build_and_run(self, name):
        self.run_program("meson", "setup", "--werror", name + "/_build", name)
        self.run_program("meson", "test", "-C", name + "/_build")
        installed = json.loads(self.run_program("meson", "introspect", "--installed", name + "/_build"))
        folder = self.run_program("pkg-config", "--variable=plugindir", "asyncq-1").strip()
        self.assertEqual([os.path.join(folder, name + ".so")], list(installed.values()))
        module = self.path(os.path.join(name, "_build", name + ".so"))
        os.chmod(module, 0o644)
        daemon = self.daemon()
        daemon.add_plugin(name, module)
        while name + ".greet" not in daemon.bus.functions():
            pass
        self.assertEqual("'Hello, you!'", daemon.run(name + ".greet", "you"))
        self.assertIn("nobody to greet", daemon.ctl_run("run", "--retry=never", name + ".greet", "").stderr)

    def test_a_plugin_in_c_builds_and_passes(self):
        self.assertIn("meson setup", self.new("greeter"))
        self.build_and_run("greeter")

    def test_a_plugin_in_cxx_builds_and_passes(self):
        self.new("--language=c++", "greeter_cxx")
        self.build_and_run("greeter_cxx")

    def test_nothing_is_written_over(self):
        self.new("greeter")
        self.assertIn("File exists", self.new("greeter", status=6))

    def test_what_cannot_be_a_name_is_refused(self):
        for name in ("1st", "a-b", "ä", "", "a" * 65, "a.b"):
            self.assertIn("cannot be the name of a plugin", self.new(name, status=2), name)
            self.assertFalse(name and os.path.exists(self.path(name)))
        self.assertIn("there are c and c++", self.new("--language=rust", "a", status=2))


if __name__ == "__main__":
    tap.main()
