#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Calendar events as systemd-analyze(1) reads and repeats them.

The examples of systemd.time(7) and some hundred that are made up, in zones whose
clocks are set in between: the same are refused, the same normalized form, the same
due times. Years after 2037 are left out, which the data of zones end with.

Left out is also where systemd 252 goes wrong: a repetition that goes over the end of
two units at once loses what comes before ("*:4/37" loses 00:04, the last one of a day
being 23:41); repetitions of hours go round for ever where clocks are set at midnight,
and then it says so; lists behind "~" are refused by the order of their parts; and
clocks that are set forward to what is not called summer time, as in Casablanca or
Kathmandu, cost the rest of a day, or of all days.
"""

import datetime
import os
import random
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import tap  # noqa: E402

PROGRAM = os.path.join(os.environ.get("ASYNCQ_BUILD", ""), "tests", "core", "print-calendar")
SYSTEMD = shutil.which("systemd-analyze")
LAST = 2145916800  # 2038

MANUAL = """Sat,Thu,Mon..Wed,Sat..Sun|Mon,Sun 12-*-* 2,1:23|Wed *-1|Wed..Wed,Wed *-1|Wed, 17:48
Wed..Sat,Tue 12-10-15 1:2:3|*-*-7 0:0:0|10-15|monday *-12-* 17:00|Mon,Fri *-*-3,1,2 *:30:45|12,14,13,12:20,10,30
12..14:10,20,30|mon,fri *-1/2-1,3 *:30:45|03-05 08:05:40|08:05:40|05:40|Sat,Sun 12-05 08:05:40
Sat,Sun 08:05:40|2003-03-05 05:40|05:40:23.4200004/3.1700005|2003-02..04-05|2003-03-05 05:40 UTC|2003-03-05
03-05|hourly|daily|daily UTC|monthly|weekly|weekly Pacific/Auckland|yearly|annually|*:2/3|minutely|quarterly
semiannually|bi-annually|anually|*-02~03|Mon *-05~07/1|*-*~1|*-*~1..5|*-2~28|*-*~3/1|@1395716396|*:*:*|*:*|Mon-Fri 7:30|5..5:00|5..6/3:00|*-*~5..5
*-*-* 00..23/5:00|*:0..59/7|2020..2030/3-06-01|70-1-1|69-1-1|*-*-29,30,31|Fri *-*-13 13:13|*-02-29|*-02-30
*:*:0.5|*:*:0/0.5|*-*-1..7/2|00:00:00..30|*:*:0..30/10""".replace("\n", "|").split("|")

REFUSED = """|25:00|*-13-1|*-*-32|1969-1-1|2200-1-1|Fri..Mon|Mon..|Mon..Tue..Wed|Mon,,Tue|*/5|*:60|0:0:60|8|8:00:00:00|1-2-3-4
*-*~29|*-*~0|*-*-0|0:0:5..5|5..4:00|0/0:00|*:59/5|*:0/60|0:0:0..0.5|1~2~3|1~2-3|monday1|Mon Tue|12:00 Mon|-1:00|+1:00
0x1:00|1e1:00|*:1.5|yearl|*-*-* *|* *|~|~1|:|-|*:*:*:|00:00:9999999999|@|@-1|@1 12:00|Mon.Tue|Mo|*-*-31/2|1,:00
*:0/99999999999|2100000000-1-1|,1:00|*-1-*-1|12:|:12|1..2..3:00|1/2/3:00|daily daily|weekly Nowhere/City""" \
    .replace("\n", "|").split("|")

# zone → seconds since 1970 from which on the clocks are set soon
ZONES = {
    "UTC": [1700000000],
    "Europe/Berlin": [1679700000, 1698500000],
    "America/New_York": [1678500000, 1699100000],
    "Australia/Lord_Howe": [1680200000, 1696050000],
    "America/Sao_Paulo": [1507900000, 1518800000],
    "Africa/Casablanca": [1679000000],
    "America/Havana": [1678500000, 1699100000],
}


def random_part(chance, first, last):
    start = chance.randint(first, last)
    if chance.random() < 0.5 or start == last:
        return chance.choice((f"{start}", f"{start:02}"))
    step = chance.choice(("", "", f"/{chance.randint(1, 9)}"))
    return f"{start}..{chance.randint(start + 1, last)}{step}"


def random_field(chance, first, last, any_chance, most=3):
    size = last - first + 1
    steps = [step for step in range(1, size) if size % step == 0]
    kind = chance.random()
    if kind < any_chance:
        return "*"
    if kind < any_chance + 0.2 and most > 1 and size < 61 and size not in (31, 26):
        step = chance.choice(steps)
        return f"{first + chance.randrange(step)}/{step}"
    return ",".join(random_part(chance, first, last) for _ in range(chance.randint(1, most)))


def random_expression(chance):
    words = []
    if chance.random() < 0.25:
        days = ["Mon", "Tue", "Wed", "thursday", "Fri", "SAT", "Sunday"]
        first = chance.randrange(7)
        words.append(chance.choice((days[first], f"{days[first // 2]}..{days[3 + first // 2]}", f"{days[first]},Wed")))
    if chance.random() < 0.5:
        year = random_field(chance, 2015, 2040, 0.8)
        month = random_field(chance, 1, 12, 0.7)
        if chance.random() < 0.2:
            words.append(f"{year}-{month}~{random_field(chance, 1, 28, 0, 1)}")
        else:
            words.append(f"{year}-{month}-{random_field(chance, 1, 31, 0.5)}")
    if not words or chance.random() < 0.8:
        time = f"{random_field(chance, 0, 23, 0.4)}:{random_field(chance, 0, 59, 0.3)}"
        if chance.random() < 0.2:
            time += f":{random_field(chance, 0, 59, 0.2)}"
        words.append(time)
    return " ".join(words)


def ours(zone, base, count, expressions):
    run = subprocess.run([PROGRAM, "calendar", zone, str(base), str(count)], text=True, check=True,
                         input="".join(f"{expression}\n" for expression in expressions), capture_output=True)
    found = {}
    for expression, line in zip(expressions, run.stdout.splitlines()):
        text, rest = line.split("\t")
        found[expression] = None if text == "error" else (text, [int(word) for word in rest.split()])
    return found


def theirs(zone, base, count, expressions):
    run = subprocess.run(
        [SYSTEMD, "calendar", f"--iterations={count}", f"--base-time=@{base}", "--", *expressions],
        env={**os.environ, "TZ": zone, "LC_ALL": "C", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"},
        text=True, check=False, capture_output=True)
    found = dict.fromkeys(expressions)
    # "Infinite loop in calendar calculation"
    for expression in re.findall(r"^Failed to determine next elapse for '(.*)': ", run.stderr, re.MULTILINE):
        del found[expression]
    for block in run.stdout.split("\n\n"):
        form = re.search(r"Normalized form: (.*)", block)
        if form is None:
            continue
        original = re.search(r"Original form: (.*)", block)
        times = re.findall(r"(?:elapse|UTC\)|#\d+): \w+ (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) UTC$",
                           block, re.MULTILINE)
        moments = [int(datetime.datetime(*map(int, time), tzinfo=datetime.timezone.utc).timestamp())
                   for time in times]
        found[(original or form).group(1)] = (form.group(1), moments)
    return found


def first_other(one, two):
    """What is only in one, to begin with."""
    return [moment for moment in one[1] if two is None or moment not in two[1]][:5]


@unittest.skipIf(SYSTEMD is None, "systemd-analyze is not installed")
class Systemd(unittest.TestCase):
    def compare(self, zone, base, expressions, count=12):
        expressions = list(dict.fromkeys(expressions))
        mine, other = ours(zone, base, count, expressions), theirs(zone, base, count, expressions)
        differences = []
        n_moments = 0
        for expression in other:
            one, two = mine[expression], other[expression]
            if one and two:
                one, two = ((text, [moment for moment in moments if moment < LAST]) for text, moments in (one, two))
                n_moments += len(one[1])
            if one != two:
                differences.append(f"'{expression}' in {zone} after {base}:\n ours {one and (one[0], first_other(one, two))}\n theirs {two and (two[0], first_other(two, one))}")
        self.assertEqual([], differences, "\n".join([f"{len(differences)} differ", *differences[:5]]))
        return n_moments

    def test_the_manual_s_examples_are_the_same(self):
        for zone, bases in ZONES.items():
            with self.subTest(zone):
                self.compare(zone, bases[0], MANUAL)

    def test_the_same_is_refused(self):
        self.assertEqual({}, {e: found for e, found in theirs("UTC", 0, 1, REFUSED).items() if found})
        self.assertEqual({}, {e: found for e, found in ours("UTC", 0, 1, REFUSED).items() if found})

    def test_what_is_made_up_is_the_same_also_while_the_clocks_are_set(self):
        chance = random.Random(6)
        n_expressions = n_moments = 0
        for zone, bases in ZONES.items():
            for base in bases:
                with self.subTest(f"{zone} {base}"):
                    expressions = [random_expression(chance) for _ in range(60)]
                    n_expressions += len(expressions)
                    n_moments += self.compare(zone, base, expressions, 40)
        print(f"# {n_expressions} expressions, {n_moments} due times", flush=True)

    def test_times_around_a_change_are_the_same(self):
        around = [f"*-*-* {hour}:{minute}" for hour in (0, 1, 2, 3) for minute in ("0", "30", "0/10", "*")]
        for zone, bases in ZONES.items():
            for base in bases:
                with self.subTest(f"{zone} {base}"):
                    self.compare(zone, base, [*around, "*:0/15", "hourly", "daily", "0..4/2:0,45"], 200)


if __name__ == "__main__":
    tap.main()
