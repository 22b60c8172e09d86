#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The tree keeps its rules, and the check finds each way of breaking them."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import behaviour_table  # noqa: E402
import tap  # noqa: E402
import tree_rules  # noqa: E402

# in two pieces, so that a licence checker does not take it for this file's own
HEADER = "/* SPDX-" "License-Identifier: {} */\n/* SPDX-FileCopyrightText: asyncq developers */\n"


class Tree(unittest.TestCase):
    def test_keeps_the_rules(self):
        complaints = tree_rules.check(ROOT)
        self.assertEqual([], complaints, "\n".join(complaints))

    def test_the_table_of_behaviour_names_tests_that_are_there(self):
        complaints = behaviour_table.check(ROOT)
        self.assertEqual([], complaints, "\n".join(complaints))

    def test_every_file_has_a_licence(self):
        if shutil.which("reuse") is None:
            self.skipTest("reuse is not installed")
        with tempfile.TemporaryDirectory() as copy:
            for path in tree_rules.list_files(ROOT):
                target = os.path.join(copy, path)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy(os.path.join(ROOT, path), target)
            run = subprocess.run(["reuse", "--root", copy, "lint"], capture_output=True, text=True,
                                 check=False)
            self.assertEqual(0, run.returncode, run.stdout + run.stderr)


class Rules(unittest.TestCase):
    """Each of these trees breaks one rule."""

    def check(self, path, body, others=()):
        with tempfile.TemporaryDirectory() as root:
            for name in (*others, path):
                free = not name.startswith("daemon/") or name.startswith("daemon/work/worker/")
                target = os.path.join(root, name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, "w", encoding="utf-8") as file:
                    file.write(HEADER.format(tree_rules.LGPL if free else tree_rules.GPL))
                    file.write(body if name == path else "")
            return tree_rules.check(root)

    def assert_broken(self, wanted, path, body, others=()):
        complaints = self.check(path, body, others)
        self.assertEqual(1, len(complaints), complaints)
        self.assertIn(wanted, complaints[0])
        self.assertTrue(complaints[0].startswith(path + ":"), complaints)

    def test_a_good_tree_is_quiet(self):
        self.assertEqual([], self.check("daemon/bus/aq-a.c", '#include "core/aq-b.h"\n',
                                        ["daemon/core/aq-b.h"]))
        self.assertEqual([], self.check("plugins/a/a.c", "#include <asyncq-plugin.h>\n",
                                        ["libasyncq/asyncq-plugin.h"]))

    def test_core_includes_no_service(self):
        for service in ("bus", "monitor", "store", "work"):
            with self.subTest(service):
                self.assert_broken("must not include", "daemon/core/aq-a.c",
                                   f'#include "{service}/aq-b.h"\n', [f"daemon/{service}/aq-b.h"])

    def test_services_do_not_include_one_another(self):
        services = ("bus", "monitor", "store", "work")
        for one in services:
            for other in services:
                if one != other:
                    with self.subTest(f"{one} {other}"):
                        self.assert_broken("must not include", f"daemon/{one}/aq-a.c",
                                           f'#include "{other}/aq-b.h"\n',
                                           [f"daemon/{other}/aq-b.h"])

    def test_the_library_includes_nothing_of_the_daemon(self):
        self.assert_broken("must not include", "libasyncq/asyncq-a.c",
                           '#include "daemon/core/aq-b.h"\n', ["daemon/core/aq-b.h"])

    def test_the_worker_includes_nothing_of_the_daemon(self):
        self.assert_broken("must not include", "daemon/work/worker/main.c",
                           '#include "core/aq-b.h"\n', ["daemon/core/aq-b.h"])
        self.assert_broken("must not include", "daemon/work/worker/main.c",
                           '#include "work/aq-b.h"\n', ["daemon/work/aq-b.h"])

    def test_a_plugin_includes_nothing_of_the_daemon(self):
        self.assert_broken("must not include", "plugins/a/a.c", '#include "core/aq-b.h"\n',
                           ["daemon/core/aq-b.h"])

    def test_plugins_and_tool_see_installed_headers_only(self):
        for path in ("plugins/a/a.c", "libasyncq/ctl/cmd-a.c"):
            with self.subTest(path):
                self.assert_broken("only installed headers", path,
                                   "#include <asyncq-b-private.h>\n",
                                   ["libasyncq/asyncq-b-private.h"])

    def test_libraries_stay_behind_their_folder(self):
        for header in ("gdbm.h", "libsoup/soup.h", "json-glib/json-glib.h", "libpq-fe.h"):
            with self.subTest(header):
                self.assert_broken(header, "daemon/core/aq-a.c", f"#include <{header}>\n")

    def test_generated_bus_code_stays_in_bus(self):
        self.assert_broken("generated bus code", "daemon/core/aq-a.c",
                           '#include "bus/aq-manager-generated.h"\n')

    def test_only_the_clock_asks_for_the_time(self):
        for call in ("g_get_monotonic_time ()", "g_get_real_time ()", "time (NULL)",
                     "clock_gettime (CLOCK_MONOTONIC, &t)", "g_date_time_new_now_utc ()"):
            with self.subTest(call):
                self.assert_broken("asks the system for the time", "daemon/core/aq-a.c",
                                   f"void f (void)\n{{\n  {call};\n}}\n")
        self.assertEqual([], self.check("daemon/core/aq-a.c", "/* not time (NULL) */\n"))
        self.assertEqual([], self.check(tree_rules.CLOCKS[0], "x = g_get_real_time ();\n"))

    def test_every_file_has_a_header(self):
        with tempfile.TemporaryDirectory() as root:
            with open(os.path.join(root, "a.c"), "w", encoding="utf-8") as file:
                file.write("int a;\n")
            self.assertEqual(["a.c:1: has no SPDX header"], tree_rules.check(root))

    def test_every_folder_has_its_licence(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "plugins"))
            with open(os.path.join(root, "plugins/a.c"), "w", encoding="utf-8") as file:
                file.write(HEADER.format(tree_rules.GPL))
            complaints = tree_rules.check(root)
            self.assertEqual(1, len(complaints))
            self.assertIn("this folder is LGPL-2.1-or-later", complaints[0])


if __name__ == "__main__":
    tap.main()
