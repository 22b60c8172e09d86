#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Submits a job and reads its result; needs nothing but PyGObject."""

import sys

from gi.repository import Gio, GLib

bus = Gio.DBusConnection.new_for_address_sync(
    sys.argv[1], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None)


def call(path, interface, method, arguments):
    return bus.call_sync(None, path, interface, method, arguments, None, 0, -1, None).unpack()


job, = call("/org/asyncq", "org.asyncq.Manager1", "SubmitWords",
            GLib.Variant("(sas)", ("demo.multiply", ["14", "3"])))
outcome, result = call(f"/org/asyncq/jobs/{job}", "org.asyncq.Job1", "Wait",
                       GLib.Variant("(x)", (-1,)))
print(outcome, result)
