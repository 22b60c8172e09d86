#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What a job leaves of its worker is no other job's trouble."""

import harness
import tap

NEVER = "[daemon]\nretry=never\n"


class SpoiltWorkers(harness.Case):
    def spoil(self, function):
        """A daemon with one slot, whose worker has run that."""
        daemon = self.daemon(plugins=["opens_all", "lowers_limits", "probe"], config="[agent main]\nsize=1\n" + NEVER)
        self.assert_succeeded(daemon.bus.wait(daemon.bus.words(function)))
        return daemon

    def assert_next_is_well(self, daemon):
        """Its plugin is not loaded yet: its worker has to get a descriptor."""
        self.assertEqual(("succeeded", 42), daemon.bus.wait(daemon.bus.words("probe.double", "21")))

    def test_a_job_after_one_that_uses_up_descriptors_succeeds(self):
        self.assert_next_is_well(self.spoil("opens_all.run"))

    def test_a_job_after_one_that_lowers_limits_succeeds(self):
        self.assert_next_is_well(self.spoil("lowers_limits.run"))

    def test_who_finds_a_worker_that_nobody_knew_to_be_spoilt_is_not_blamed(self):
        daemon = self.daemon(plugins=["lowers_limits", "probe"], config="[agent main]\nsize=1\n")
        for _ in range(2):
            self.assert_succeeded(daemon.bus.wait(daemon.bus.words("lowers_limits.second")))
        job = daemon.bus.words("probe.double", "21")
        self.assertEqual(("succeeded", 42), daemon.bus.wait(job))
        for attempt in daemon.bus.job(job)["Attempts"]:
            self.assertIn(attempt["end"], ("interrupted", "succeeded"))

    def test_a_worker_that_is_unfit_is_replaced_in_order(self):
        daemon = self.spoil("opens_all.run")
        spoilt = daemon.bus.job(1)["Attempts"][0]["worker"]
        self.assert_next_is_well(daemon)
        self.assertNotIn(spoilt, daemon.bus.status()["agents"][0]["workers"])
        self.assertEqual([], [line for line in daemon.read_log().splitlines() if "WARNING" in line])

    def test_a_worker_that_is_fit_stays(self):
        daemon = self.daemon(plugins=["probe"], config="[agent main]\nsize=1\n")
        workers = []
        for _ in range(3):
            self.assert_next_is_well(daemon)
            workers.append(daemon.bus.status()["agents"][0]["workers"])
        self.assertEqual([workers[0]] * 3, workers)


if __name__ == "__main__":
    tap.main()
