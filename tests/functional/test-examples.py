#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The commands of plugins/examples/README.md, and of plugins/pi/README.md, print what stands there."""

import os
import re
import subprocess

import harness
import tap

def read_readme(plugin="examples"):
    with open(os.path.join(harness.ROOT, "plugins", plugin, "README.md"), encoding="utf-8") as file:
        return file.read()


def conversations(plugin="examples"):
    """(command, output) of every console block, in their order."""
    for block in re.findall(r"```console\n(.*?)```", read_readme(plugin), re.DOTALL):
        command, output = None, ""
        for line in block.splitlines(keepends=True):
            if line.startswith("$ "):
                if command is not None:
                    yield command, output
                command, output = line[2:], ""
            elif line.startswith("> "):
                command += line[2:]
            else:
                output += line
        yield command, output


class Examples(harness.Case):
    def shell(self, daemon, command):
        environment = {
            **os.environ,
            "ASYNCQ_ADDRESS": daemon.address,
            "LC_ALL": "C.UTF-8",
            "PATH": os.path.dirname(harness.ASYNCQCTL) + ":" + os.environ["PATH"],
        }
        run = subprocess.run(["sh", "-c", command], env=environment, cwd=self.folder,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=harness.TIMEOUT,
                             check=False)
        return run.stdout

    def test_commands_print_what_the_readme_says(self):
        clock, = re.findall(r"--clock=(manual:\S+)", read_readme())
        daemon = self.daemon("--clock=" + clock, plugins=["examples"])
        for command, output in conversations():
            self.assertEqual(output, self.shell(daemon, command), command)
        self.assertIn("imagine this sent a message to another machine", daemon.read_log())

    def test_agents_for_samples_do_what_the_readme_says(self):
        daemon = self.daemon(plugins=["pi"])
        for command, output in conversations("pi"):
            self.assertEqual(output, self.shell(daemon, command), command)

    def test_every_function_is_in_the_readme(self):
        daemon = self.daemon(plugins=["examples"])
        text = read_readme()
        for name in daemon.bus.functions():
            self.assertIn("    " + name.split(".")[1] + " ", text)


if __name__ == "__main__":
    tap.main()
