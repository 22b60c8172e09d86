#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""asyncqctl plugin list, show, reload and verify."""

import json
import os
import shutil
import subprocess

import harness
import tap


class PluginVerbs(harness.Case):
    def verify(self, *words, status=0):
        run = subprocess.run([harness.ASYNCQCTL, "plugin", "verify", *words], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=harness.TIMEOUT, check=False,
                             env={**os.environ, "ASYNCQ_WORKER": harness.WORKER})
        self.assertEqual(status, run.returncode, run.stdout + run.stderr)
        return run.stdout

    def copy(self, name):
        path = self.path("demo.so")
        shutil.copyfile(harness.plugin_file(name), path)
        os.chmod(path, 0o644)
        return path

    def test_lists_what_is_loaded_and_what_is_refused(self):
        daemon = self.daemon(plugins=["demo", "pi"])
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        with open(os.path.join(daemon.plugins, "broken.so"), "w", encoding="ascii") as file:
            file.write("no shared object")
        os.chmod(os.path.join(daemon.plugins, "broken.so"), 0o644)
        while "broken" not in daemon.ctl("plugin"):
            pass
        daemon.ctl("plugin", "reload", "broken")
        while "refused" not in daemon.ctl("plugin", "show", "broken"):
            pass
        text = daemon.ctl("plugin", "list")
        self.assertIn("PLUGIN", text)
        shown = daemon.ctl("plugin", "show", "demo")
        self.assertIn("demo.multiply (x i, y i)", shown)
        self.assertIn("generation 1", shown)
        view = daemon.ctl_json("plugin", "show", "demo")
        self.assertEqual("loaded", view["state"])
        self.assertGreaterEqual(len(view["build"]), 32)

    def test_a_plugin_that_is_gone_is_shown_as_gone(self):
        daemon = self.daemon(plugins=["demo"])
        os.unlink(os.path.join(daemon.plugins, "demo.so"))
        while daemon.ctl_json("plugin", "show", "demo")["state"] != "gone":
            pass
        self.assertIn("no plugin 'demo'", daemon.ctl_run("plugin", "reload", "demo").stderr)
        self.assertIn("no plugin 'nothing'", daemon.ctl_run("plugin", "show", "nothing").stderr)

    def test_a_file_with_a_name_that_is_no_text_is_refused_like_others(self):
        daemon = self.new_daemon(plugins=["demo"])
        for name in (b"\xff\xfe.so", b"a \x1b[2J b.so"):
            with open(os.path.join(daemon.plugins.encode(), name), "wb") as file:
                file.write(b"no plugin")
        daemon.start()
        states = [plugin["state"] for plugin in daemon.bus.manager("ListPlugins")]
        self.assertEqual(["loaded", "refused", "refused"], sorted(states))
        self.assertNotIn("\x1b", daemon.ctl("plugin", "list") + daemon.ctl("status") + daemon.read_log())

    def test_a_directory_that_is_missing_is_told_and_used_when_it_comes(self):
        daemon = self.new_daemon()
        os.rmdir(daemon.plugins)
        daemon.start()
        self.assertIn("open plugin directory", daemon.read_log())
        self.assertIn("refused", daemon.ctl("plugin", "list"))
        os.mkdir(daemon.plugins, 0o755)
        daemon.add_plugin("demo")
        while "loaded" not in daemon.ctl("plugin", "list").split():
            pass
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))

    def test_why_says_that_the_plugin_of_a_job_is_refused(self):
        daemon = self.daemon()
        job = daemon.ctl("submit", "--defer-check", "demo.multiply", "6", "7", "--quiet")
        path = os.path.join(daemon.plugins, "demo.so")
        shutil.copyfile(harness.plugin_file("demo"), path + ".new")
        os.chmod(path + ".new", 0o666)
        os.rename(path + ".new", path)
        while "mode 0666" not in daemon.ctl("plugin", "list", "--json=short"):
            pass
        why = " ".join(daemon.ctl("why", job).split())
        self.assertIn("function-missing", daemon.ctl("why", job, "--json=short"))
        self.assertIn("its plugin is not loaded: ", why)
        self.assertIn("found mode 0666", why)

    def test_verify_says_what_a_daemon_would(self):
        self.assertIn("a daemon would load it", self.verify(self.copy("demo")))
        self.assertIn("demo.multiply", self.verify(self.copy("demo")))
        os.chmod(self.path("demo.so"), 0o666)
        self.assertIn("found mode 0666", self.verify(self.path("demo.so"), status=1))
        os.chmod(self.path("demo.so"), 0o644)
        os.chmod(self.folder, 0o777)
        self.assertIn("found mode 0777", self.verify(self.path("demo.so"), status=1))
        os.chmod(self.folder, 0o755)
        self.assertIn("found the id 'pi', wanted 'demo'", self.verify(self.copy("pi"), status=1))
        os.symlink("demo.so", self.path("link.so"))
        self.assertIn("found a symbolic link", self.verify(self.path("link.so"), status=1))
        self.assertIn("wanted a regular file", self.verify(self.path("nothing.so"), status=1))
        answer = json.loads(self.verify("--json=short", self.copy("demo")))
        self.assertTrue(answer["ok"])

    def test_verify_without_a_worker_says_nothing_of_the_plugin(self):
        run = subprocess.run([harness.ASYNCQCTL, "plugin", "verify", self.copy("demo")], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=harness.TIMEOUT, check=False,
                             env={**os.environ, "ASYNCQ_WORKER": self.path("no-worker")})
        self.assertEqual((1, ""), (run.returncode, run.stdout))
        self.assertIn("no-worker", run.stderr)
        self.assertIn("could not look into", run.stderr)


if __name__ == "__main__":
    tap.main()
