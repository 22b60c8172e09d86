#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Submits a job, follows its signals and awaits its end: libasyncq from Python."""

import gi

gi.require_version("Asyncq", "1")
from gi.repository import Asyncq, GLib  # noqa: E402

loop = GLib.MainLoop()
client = Asyncq.Client.new_sync(None, None)
client.subscribe_sync("function:demo.multiply", None)
spec = Asyncq.JobSpec.new("demo.multiply")
spec.add_argument(GLib.Variant("i", 14))
spec.set_argument("y", GLib.Variant("i", 3))
_good, job_id = client.submit_sync(spec, None)
job = Asyncq.Job.new_sync(client, job_id, None)
job.connect("notify::state", lambda job, _spec: print(job.props.state.value_nick))
job.connect("completed", lambda _job: loop.quit())
if job.props.state != Asyncq.JobState.COMPLETED:
    loop.run()
print(job.props.outcome.value_nick, job.props.info.get_result().unpack())
