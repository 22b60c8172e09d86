#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The one true path: submit, run, result, by asyncqctl."""

import harness
import tap


class FirstLight(harness.Case):
    def test_submit_and_wait(self):
        daemon = self.daemon(plugins=["demo"])
        job = daemon.ctl("submit", "demo.multiply", "14", "3")
        self.assertRegex(job, "^[0-9]+$")
        self.assertEqual("42", daemon.ctl("wait", job))

    def test_run_a_sample(self):
        daemon = self.daemon(plugins=["pi"])
        self.assertRegex(daemon.run("pi.generate_sample", "size=100000"),
                         r"^\(uint32 7[0-9]{4}, uint32 100000\)$")

    def test_composite_line_computes_pi(self):
        daemon = self.daemon(plugins=["pi"])
        answer = daemon.run("--parallel", "pi.generate_sample 1000000",
                            "pi.generate_sample size=1000000",
                            "--postprocess", "pi.process_samples")
        self.assertAlmostEqual(3.14159, float(answer), delta=0.02)

    def test_words_by_name_and_by_position(self):
        daemon = self.daemon(plugins=["demo"])
        for words in (["6", "7"], ["x=6", "y=7"], ["6", "y=7"], ["y=7", "x=6"], ["--", "6", "7"]):
            with self.subTest(words):
                self.assertEqual("42", daemon.run("demo.multiply", *words))

    def test_echo(self):
        daemon = self.daemon(plugins=["demo"])
        function = daemon.bus.functions()["demo.echo"]
        self.assertTrue(function["description"])
        answer = daemon.run("demo.echo", "<'hello, world'>")
        self.assertIn("hello, world", answer)

    def test_results_survive_a_restart(self):
        daemon = self.daemon(plugins=["demo"])
        job = daemon.ctl("submit", "demo.multiply", "14", "3")
        self.assertEqual("42", daemon.ctl("wait", job))
        before = daemon.bus.job(job)
        daemon.restart()
        self.assertEqual("42", daemon.ctl("wait", job))
        self.assertEqual(before, daemon.bus.job(job))

    def test_memory_store_keeps_nothing(self):
        daemon = self.daemon(plugins=["demo"], store="memory")
        self.assertEqual("42", daemon.run("demo.multiply", "14", "3"))
        daemon.restart()
        self.assertEqual([], daemon.bus.list_jobs())

    def test_final_and_ordinary_failures(self):
        daemon = self.daemon(plugins=["demo"])
        for function in ("demo.error", "demo.fatal"):
            with self.subTest(function):
                job = daemon.ctl("submit", function)
                domain, _code, message = self.assert_failed(daemon.bus.wait(int(job)))
                self.assertTrue(domain)
                self.assertTrue(message)
                self.assertIn(message, daemon.ctl_run("wait", job).stderr)

    def test_a_result_of_another_type_fails(self):
        daemon = self.daemon(plugins=["probe"])
        job = daemon.bus.words("probe.wrong_result")
        domain, _code, message = self.assert_failed(daemon.bus.wait(job))
        self.assertEqual("asyncq-error-quark", domain)
        self.assertIn("probe.wrong_result", message)

    def test_a_job_knows_itself(self):
        daemon = self.daemon(plugins=["probe"])
        job, = daemon.bus.submit({"function": "probe.context", "queue": "mail"})
        result = self.assert_succeeded(daemon.bus.wait(job))
        shown = daemon.bus.job(job)
        self.assertEqual((job, 1, shown["Lease"], "mail", "main", shown["Worker"]), result)

    def test_put_jobs_commit_with_the_end(self):
        daemon = self.daemon(plugins=["probe"])
        job, failing = daemon.bus.submit(
            {"function": "probe.put", "arguments": harness.text(f"('{self.path('put')}', false)")},
            {"function": "probe.put", "arguments": harness.text(f"('{self.path('not')}', true)")})
        self.assert_succeeded(daemon.bus.wait(job))
        self.assert_failed(daemon.bus.wait(failing), "put, then failed")
        put = [item for item in daemon.bus.list_jobs("function:probe.append")
               if item["Arguments"][0] == self.path("put")]
        self.assertEqual(1, len(put))
        self.assert_succeeded(daemon.bus.wait(put[0]["Id"]))

    def test_a_worker_ends_with_its_daemon(self):
        daemon = self.daemon(plugins=["demo"])
        self.assertGreaterEqual(len(daemon.children()), 1)
        daemon.kill()  # waits for all of its children


if __name__ == "__main__":
    tap.main()
