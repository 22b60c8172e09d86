#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Compares what clients were told and what jobs did with what the store has.

  history_checker.py HISTORY EFFECTS STATE

HISTORY is of load-jobs, EFFECTS of the plugin "effects", STATE of load-jobs
--dump. Nothing of asyncq is used here: the three files are all there is. Prints
each violation; the exit status is 1 where there is one. Which invariant it is
(I1 to I8, tests/faults/README.md) comes first in a line.
"""

import collections
import json
import sys

N_NONCES = 16  # of one intent: load-jobs counts in these steps

# of each kind of intent: the functions that jobs with its nonces may have
FUNCTIONS = {
    "append": {"effects.append"},
    "keyed": {"effects.append"},
    "serial": {"effects.append"},
    "parallel": {"effects.append", "effects.join"},
    "put": {"effects.put", "effects.follow"},
    "chain": {"effects.chain"},
    "fail": {"effects.fail"},
    "large": {"effects.large"},
    "hold": {"effects.hold"},
}
COMPOSITES = {"parallel", "serial"}

Intent = collections.namedtuple("Intent", "kind number")
Effect = collections.namedtuple("Effect", "job lease nonce")
Told = collections.namedtuple("Told", "outcome lease")
Job = collections.namedtuple(
    "Job", "id function state outcome lease attempt result_lease key members numbers")


class History:
    """What the clients meant to do, and what they were told."""

    def __init__(self, lines):
        self.intents = {}
        self.replies = {}   # nonce → set of ids
        self.refused = {}   # nonce → set of errors
        self.told = {}      # id → set of Told
        self.missing = []   # lines
        self.seen = {}      # id → list of (sequence, state, outcome)
        for line in lines:
            words = line.split()
            getattr(self, "_" + words[0], lambda *_words: None)(*words[1:])

    def _intent(self, nonce, kind, number, *_key):
        self.intents[int(nonce)] = Intent(kind, int(number))

    def _reply(self, nonce, job):
        self.replies.setdefault(int(nonce), set()).add(int(job))

    def _refused(self, nonce, error, *_message):
        self.refused.setdefault(int(nonce), set()).add(error)

    def _told(self, job, outcome, lease):
        self.told.setdefault(int(job), set()).add(Told(outcome, int(lease)))

    def _missing(self, job, error, *_message):
        self.missing.append((int(job), error))

    def _seen(self, job, state, outcome, sequence):
        self.seen.setdefault(int(job), []).append((int(sequence), state, outcome))


def whole_lines(path):
    """The last line may be half written."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    return text[:text.rfind("\n") + 1].splitlines()


def read_effects(path):
    return [Effect(*(int(word) for word in line.split())) for line in whole_lines(path)]


def read_state(lines):
    jobs = {}
    for line in lines:
        words = line.split()
        members = [] if words[8] == "-" else [int(word) for word in words[8].split(",")]
        job = Job(int(words[0]), words[1], words[2], words[3], int(words[4]), int(words[5]),
                  int(words[6]), "" if words[7] == "-" else words[7], members,
                  [int(word) for word in words[9:]])
        if job.id in jobs:
            raise ValueError(f"job {job.id} is listed twice")
        jobs[job.id] = job
    return jobs


class Checker:
    """final: the load has ended and every job should have."""

    def __init__(self, history, effects, jobs, final=True):
        self.history = history
        self.jobs = jobs
        self.final = final
        self.violations = []
        self.leases_of_job = collections.defaultdict(list)
        self.leases_of_nonce = collections.defaultdict(set)
        for effect in effects:
            self.leases_of_job[effect.job].append(effect.lease)
            self.leases_of_nonce[effect.nonce].add(effect.lease)
        self.n_effects = len(effects)

    def violation(self, which, text):
        self.violations.append(f"{which}: {text}")

    def check(self):
        self.check_acknowledged()
        self.check_completions()
        self.check_leases()
        self.check_followers()
        self.check_keys()
        self.check_origin()
        return self.violations

    # I1: every acknowledged job is there, is what was submitted, and comes to its end

    def check_acknowledged(self):
        for job, error in self.history.missing:
            if error == "NoSuchJob":
                self.violation("I1", f"job {job} was acknowledged, and a client could not find it")
        for nonce, ids in self.history.replies.items():
            for job in ids:
                if job not in self.jobs:
                    self.violation("I1", f"job {job}, nonce {nonce}, was acknowledged and is lost")
                elif not self.fits(self.jobs[job], nonce):
                    self.violation("I1", f"job {job} is not what nonce {nonce} was: {self.jobs[job]}")
        if self.final:
            for job in self.jobs.values():
                if job.state != "completed":
                    self.violation("I9", f"job {job.id} is still {job.state}")

    def fits(self, job, nonce):
        intent = self.history.intents[nonce]
        if intent.kind not in COMPOSITES:
            return job.function in FUNCTIONS[intent.kind] and job.numbers[:1] == [nonce]
        members = [self.jobs.get(member) for member in job.members]
        return (job.function == intent.kind and len(members) == intent.number
                and all(member is not None and member.numbers == [nonce + 1 + i]
                        for i, member in enumerate(members)))

    # I2: a completion is one, and stays

    def check_completions(self):
        for number, told in self.history.told.items():
            job = self.jobs.get(number)
            if len(told) > 1:
                self.violation("I2", f"job {number} ended in several ways: {sorted(told)}")
            if job is None:
                self.violation("I2", f"job {number} was told to have ended, and is not there")
                continue
            for each in told:
                if (job.state, job.outcome, job.result_lease) != ("completed", *each):
                    self.violation("I2", f"job {number} was told as {each}, and now is {job}")
        for number, changes in self.history.seen.items():
            ends = {change for change in changes if change[1] == "completed"}
            if len(ends) > 1:
                self.violation("I2", f"job {number} completed twice: {sorted(ends)}")
            for sequence, _state, outcome in ends:
                if any(change[0] > sequence for change in changes):
                    self.violation("I2", f"job {number} changed after its completion: {changes}")
                job = self.jobs.get(number)
                if job is None or (job.state, job.outcome) != ("completed", outcome):
                    self.violation("I2", f"job {number} was seen as completed, {outcome}: {job}")

    # I3, I6: leases rise, and only the newest counts

    def check_leases(self):
        owners = {}
        for number, leases in self.leases_of_job.items():
            if any(later <= earlier for earlier, later in zip(leases, leases[1:])):
                self.violation("I6", f"leases of job {number} do not rise: {leases}")
            for lease in leases:
                if owners.setdefault(lease, number) != number:
                    self.violation("I6", f"lease {lease} is of jobs {owners[lease]} and {number}")
        for job in self.jobs.values():
            leases = self.leases_of_job.get(job.id, [])
            if not job.function.startswith("effects.") or job.state != "completed":
                continue
            if leases and leases[-1] > job.lease:
                self.violation("I3", f"job {job.id} ran under lease {leases[-1]} and completed "
                                     f"under {job.lease}")
            if job.outcome == "succeeded":
                self.check_result(job, leases)

    def check_result(self, job, leases):
        if job.lease not in leases:
            self.violation("I3", f"job {job.id} succeeded under lease {job.lease}, and ran under "
                                 f"{leases}")
        # a chain has the result of the job that it returned
        allowed = (self.leases_of_nonce[job.numbers[0]] if job.function == "effects.chain"
                   else {job.lease})
        if job.result_lease not in allowed:
            self.violation("I3", f"the result of job {job.id} is of lease {job.result_lease}: {job}")

    # I4: what a job puts is there if, and only if, it has completed

    def check_followers(self):
        followers = collections.defaultdict(list)
        for job in self.jobs.values():
            if job.function == "effects.follow":
                followers[job.numbers[1]].append(job)
        for number, children in followers.items():
            if number not in self.jobs:
                self.violation("I4", f"jobs that job {number} has put are there without it")
        for parent in self.jobs.values():
            if parent.function != "effects.put":
                continue
            found = sorted((child.numbers[2], child.numbers[3]) for child in followers[parent.id])
            done = parent.state == "completed" and parent.outcome == "succeeded"
            wanted = [(parent.lease, i) for i in range(parent.numbers[1])] if done else []
            if found != wanted:
                self.violation("I4", f"job {parent.id} ({parent.state}, {parent.outcome}) has put "
                                     f"{found}, not {wanted}")

    # I5: a submit key is one job

    def check_keys(self):
        for nonce, ids in self.history.replies.items():
            if len(ids) > 1:
                self.violation("I5", f"nonce {nonce} was acknowledged as jobs {sorted(ids)}")
        keys = {}
        for job in self.jobs.values():
            if job.key and keys.setdefault(job.key, job.id) != job.id:
                self.violation("I5", f"key {job.key} is of jobs {keys[job.key]} and {job.id}")

    # I8: nothing is there that nobody submitted, and nothing twice

    def check_origin(self):
        known = set()
        owned = set()
        for job in self.jobs.values():
            owned.update(job.members)
            if job.function in COMPOSITES:
                continue
            nonce = job.numbers[0] - job.numbers[0] % N_NONCES if job.numbers else -1
            intent = self.history.intents.get(nonce)
            if intent is None or job.function not in FUNCTIONS[intent.kind]:
                self.violation("I8", f"nobody submitted job {job.id}: {job}")
            what = (job.function, *job.numbers)
            if what in known:
                self.violation("I8", f"job {job.id} is there twice: {job}")
            known.add(what)
        replies = set().union(*self.history.replies.values())
        for job in self.jobs.values():
            if job.function in COMPOSITES and job.id not in replies:
                members = [self.jobs.get(member) for member in job.members]
                if not members or None in members:
                    self.violation("I8", f"job {job.id} has lost its members: {job}")

    def figures(self):
        acknowledged = set().union(*self.history.replies.values())
        kept = {job.numbers[0] for job in self.jobs.values() if job.numbers}
        return {
            "intents": len(self.history.intents),
            "acknowledged": len(acknowledged),
            "acknowledged_lost": len(acknowledged - set(self.jobs)),
            "double_completions": sum(text.startswith("I2") for text in self.violations),
            "jobs": len(self.jobs),
            "effects": self.n_effects,
            "ran_again": sum(len(leases) - 1 for leases in self.leases_of_job.values()),
            "refused": len(self.history.refused),
            "refused_and_kept": len(set(self.history.refused) & kept - set(self.history.replies)),
            "violations": len(self.violations),
        }


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: history_checker.py HISTORY EFFECTS STATE")
    checker = Checker(History(whole_lines(sys.argv[1])), read_effects(sys.argv[2]),
                      read_state(whole_lines(sys.argv[3])))
    for violation in checker.check():
        print(violation)
    print(json.dumps(checker.figures()))
    return 1 if checker.violations else 0


if __name__ == "__main__":
    sys.exit(main())
