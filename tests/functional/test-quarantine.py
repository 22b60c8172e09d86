#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Functions that crash too often, and functions that take other arguments than before."""

import harness
import tap

CONFIG = "[daemon]\nquarantine-after=3\n"


def another_build(data):
    """The same plugin with another build id."""
    at = data.index(b"GNU\0", data.index(b"\x14\0\0\0\x03\0\0\0")) + 4
    return data[:at] + bytes([data[at] ^ 0xff]) + data[at + 1:]


class Quarantine(harness.Case):
    def rebuild(self, daemon, change):
        """Drops demo in again, changed."""
        with open(harness.plugin_file("demo"), "rb") as file:
            data = change(file.read())
        path = self.path("demo.changed")
        with open(path, "wb") as file:
            file.write(data)
        generation = daemon.ctl_json("plugin", "show", "demo")["generation"]
        daemon.add_plugin("demo", path)
        while daemon.ctl_json("plugin", "show", "demo")["generation"] == generation:
            pass

    def crash(self, daemon, times):
        for _ in range(times):
            daemon.ctl("run", "--retry=never", "demo.crash", "SEGV", status=20)

    def test_other_functions_run_while_one_is_quarantined(self):
        daemon = self.daemon(plugins=["demo"], config=CONFIG)
        self.crash(daemon, 3)
        job = daemon.ctl("submit", "demo.crash", "SEGV", "--quiet")
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        why = daemon.ctl("why", job)
        self.assertIn("quarantined", why)
        self.assertIn("asyncqctl plugin release demo.crash", " ".join(why.split()))
        self.assertIn("'demo.crash' is quarantined", daemon.read_log())
        self.assertIn("quarantined", daemon.ctl("functions", "demo.crash"))
        self.assertIn("quarantined", daemon.ctl("plugin", "list"))
        self.assertRegex(daemon.ctl("status"), r"Quarantined: +\S demo\.crash")
        self.assertIn("3 jobs crashed", " ".join(daemon.ctl("plugin", "show", "demo").split()))

    def test_it_survives_a_restart_and_ends_by_a_release(self):
        daemon = self.daemon(plugins=["demo"], config=CONFIG)
        self.crash(daemon, 3)
        job = daemon.ctl("submit", "demo.crash", "SEGV", "--retry=never", "--quiet")
        daemon.kill()
        daemon.start()
        self.assertIn("quarantined", daemon.ctl("why", job))
        daemon.ctl("plugin", "release", "demo.crash")
        daemon.ctl("wait", job, status=20)
        self.assertIn("not quarantined", daemon.ctl_run("plugin", "release", "demo.multiply").stderr)
        self.assertIn("no function", daemon.ctl_run("plugin", "release", "demo.nothing").stderr)

    def test_a_new_build_ends_it(self):
        daemon = self.daemon(plugins=["demo"], config=CONFIG)
        self.crash(daemon, 3)
        job = daemon.ctl("submit", "demo.crash", "SEGV", "--retry=never", "--quiet")
        self.assertIn("quarantined", daemon.ctl("why", job))
        self.rebuild(daemon, another_build)
        daemon.ctl("wait", job, status=20)
        self.assertIn("quarantined no longer", daemon.read_log())

    def test_never_means_never(self):
        daemon = self.daemon(plugins=["demo"], config="[daemon]\nquarantine-after=never\n")
        self.crash(daemon, 4)

    def test_a_job_waits_while_its_arguments_do_not_fit(self):
        daemon = self.daemon(plugins=["demo"])
        daemon.ctl("claiming", "off")
        job = daemon.ctl("submit", "demo.multiply", "6", "7", "--quiet")
        self.rebuild(daemon, lambda data: data.replace(b"x i, y i\0", b"x i, y s\0"))
        daemon.ctl("claiming", "on")
        why = " ".join(daemon.ctl("why", job).split())
        self.assertIn("arguments-do-not-fit", daemon.ctl("why", job, "--json=short"))
        self.assertIn("function 'demo.multiply' takes '(is)'", why)
        self.rebuild(daemon, lambda data: data)
        self.assertEqual("42", daemon.ctl("wait", job))


if __name__ == "__main__":
    tap.main()
