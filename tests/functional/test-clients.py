#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Tools and libraries that know nothing of asyncq submit a job and read its result."""

import os
import subprocess
import unittest

import dbus
import dbus.connection

import harness
import tap

HERE = os.path.dirname(os.path.abspath(__file__))


class Clients(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(plugins=["demo"])
        self.address = self.served.address

    def output(self, *command):
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=harness.TIMEOUT, check=False)
        self.assertEqual(0, run.returncode, f"{command}\n{run.stdout}{run.stderr}")
        return run.stdout

    def gdbus(self, verb, *arguments):
        return self.output("gdbus", verb, "--address", self.address, "--dest", "org.asyncq",
                           *arguments)

    def busctl(self, *arguments):
        return self.output("busctl", "--no-pager", "--address=" + self.address, *arguments)

    def test_busctl_call_and_get_property(self):
        kind, job = self.busctl("call", "org.asyncq", "/org/asyncq", harness.MANAGER,
                                "SubmitWords", "sas", "demo.multiply", "2", "14", "3").split()
        self.assertEqual("t", kind)
        path = "/org/asyncq/jobs/" + job
        self.assertEqual('"succeeded"',
                         self.busctl("call", "org.asyncq", path, harness.JOB, "Wait", "x", "--",
                                     "-1").split()[1])
        self.assertEqual('s "completed"\n',
                         self.busctl("get-property", "org.asyncq", path, harness.JOB, "State"))
        self.assertEqual("42", self.busctl("get-property", "org.asyncq", path, harness.JOB,
                                           "Result").split()[-1])
        self.assertTrue(self.busctl("get-property", "org.asyncq", "/org/asyncq", harness.MANAGER,
                                    "UUID").startswith('s "'))

    def test_busctl_introspect(self):
        job = self.served.ctl("submit", "demo.multiply", "14", "3")
        self.served.ctl("wait", job)
        shown = self.busctl("introspect", "org.asyncq", "/org/asyncq")
        for member in ("org.asyncq.Manager1", ".Submit", ".SubmitWords", ".ListJobs", ".Clean",
                       ".HoldStore", ".ReleaseStore", ".JobsChanged", ".UUID", "org.freedesktop.DBus.Properties"):
            self.assertIn(member, shown)
        shown = self.busctl("introspect", "org.asyncq", "/org/asyncq/jobs/" + job)
        for member in ("org.asyncq.Job1", ".Wait", ".Cancel", ".Outcome", '"demo.multiply"'):
            self.assertIn(member, shown)

    def test_busctl_tree(self):
        shown = self.busctl("tree", "org.asyncq")
        self.assertIn("/org/asyncq", shown)
        self.assertIn("/org/asyncq/jobs", shown)

    def test_gdbus_call(self):
        answer = self.gdbus("call", "--object-path", "/org/asyncq", "--method",
                            harness.MANAGER + ".SubmitWords", "demo.multiply", "['14', '3']")
        job = int(answer.strip("()\n, ").removeprefix("uint64 "))
        answer = self.gdbus("call", "--object-path", f"/org/asyncq/jobs/{job}", "--method",
                            harness.JOB + ".Wait", "--", "-1")
        self.assertEqual("('succeeded', <42>)", answer.strip())

    def test_gdbus_call_of_submit(self):
        answer = self.gdbus("call", "--object-path", "/org/asyncq", "--method",
                            harness.MANAGER + ".Submit",
                            "[{'function': <'demo.multiply'>, 'named': <{'x': <14>, 'y': <3>}>}]")
        self.assertRegex(answer, r"^\(\[uint64 [0-9]+\],\)")

    def test_gdbus_introspect(self):
        shown = self.gdbus("introspect", "--object-path", "/org/asyncq", "--recurse")
        for text in ("interface org.asyncq.Manager1", "SubmitBulk(", "JobsChanged("):
            self.assertIn(text, shown)

    def test_dbus_send(self):
        answer = self.output("dbus-send", "--peer=" + self.address, "--print-reply=literal",
                             "--dest=org.asyncq", "/org/asyncq", harness.MANAGER + ".SubmitWords",
                             "string:demo.multiply", "array:string:14,3")
        job = answer.split()[-1]
        answer = self.output("dbus-send", "--peer=" + self.address, "--print-reply=literal",
                             "--dest=org.asyncq", "/org/asyncq/jobs/" + job, harness.JOB + ".Wait",
                             "int64:-1")
        self.assertEqual(["succeeded", "42"], [answer.split()[0], answer.split()[-1]])

    def test_pygobject_script_of_25_lines(self):
        script = os.path.join(HERE, "pygobject-client.py")
        with open(script, encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith("#")]
        self.assertLessEqual(len(lines), 25)
        self.assertEqual("succeeded 42\n", self.output("/usr/bin/python3", script, self.address))

    def assert_short(self, name, comment):
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith(comment)]
        self.assertLessEqual(len(lines), 25)

    @unittest.skipUnless(os.path.exists(harness.built("libasyncq", "Asyncq-1.typelib")),
                         "built without introspection")
    def test_libasyncq_from_python_in_25_lines(self):
        self.assert_short("library-client.py", "#")
        self.assertRegex(self.library_client("/usr/bin/python3", os.path.join(HERE, "library-client.py")),
                         r"^(pending\n|assigned\n|active\n|callbacks\n|completed\n)*succeeded 42\n$")

    @unittest.skipUnless(os.path.exists(harness.built("tests", "functional", "library-client")),
                         "built without a C++ compiler")
    def test_libasyncq_from_cxx_in_25_lines(self):
        self.assert_short("library-client.cc", "//")
        self.assertRegex(self.library_client(harness.built("tests", "functional", "library-client")),
                         r"^(changed\n)*42\n$")

    def library_client(self, *command):
        library = harness.built("libasyncq")
        environment = {**os.environ, "ASYNCQ_ADDRESS": self.address, "GI_TYPELIB_PATH": library,
                       "LD_LIBRARY_PATH": library}
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=harness.TIMEOUT, check=False, env=environment)
        self.assertEqual(0, run.returncode, f"{command}\n{run.stdout}{run.stderr}")
        return run.stdout

    def test_dbus_python(self):
        bus = dbus.connection.Connection(self.address)
        manager = dbus.Interface(bus.get_object(object_path="/org/asyncq"), harness.MANAGER)
        job = manager.SubmitWords("demo.multiply", ["14", "3"])
        proxy = dbus.Interface(bus.get_object(object_path=f"/org/asyncq/jobs/{job}"), harness.JOB)
        outcome, result = proxy.Wait(dbus.Int64(-1))
        self.assertEqual(("succeeded", 42), (str(outcome), int(result)))
        bus.close()


if __name__ == "__main__":
    tap.main()
