"""What both stand-ins do: a dongle on a pseudo-terminal that answers and, while it scans, sends."""

import os
import select
import time
import tty

EVERY_S = 0.005


def serve(dongle_of, options):
    """Prints the port and serves for ever. `dongle_of(options, send)` has `scanning`, `take(bytes)`
    for what comes, and `advertise()`, which sends the next advertisement."""
    piece = 7 if options.split else 4096

    # The other end stays open here, so that this one survives a client's leaving.
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)

    def send(bytes_out):
        for start in range(0, len(bytes_out), piece):
            try:
                os.write(ours, bytes_out[start : start + piece])
            except BlockingIOError:
                # Nobody reads: a dongle's buffer is full at some time, too.
                return

    dongle = dongle_of(options, send)
    print(os.ttyname(theirs), flush=True)
    due = time.monotonic()
    while True:
        wait = max(0.0, due - time.monotonic()) if dongle.scanning else None
        if select.select([ours], [], [], wait)[0]:
            dongle.take(os.read(ours, 4096))
        if dongle.scanning and time.monotonic() >= due:
            dongle.advertise()
            due = time.monotonic() + EVERY_S
