"""Scans through the vendor's library `bleuio` 1.7.5 and prints what it hears as JSON lines.

    client_bleuio_verbose.py PORT COUNT

The library puts the dongle into verbose mode by itself. It waits about 0.1 s for each answer and
then goes on as if nothing had been asked, so here each command is repeated until its own answer came.
"""

import json
import queue
import sys
import time

from bleuio_lib.bleuio_funcs import BleuIO

LIMIT_S = 20
ALREADY_SO = 2


def asked(command, ask):
    """The answer to `command`: not that of an earlier one which came too late."""
    ends = time.monotonic() + LIMIT_S
    while time.monotonic() < ends:
        answer = ask()
        if answer.End and answer.Cmd and answer.Cmd["cmd"] == command:
            if answer.Ack["err"] not in (0, ALREADY_SO):
                sys.exit(f"{command}: {answer.Ack}")
            return answer
    sys.exit(f"{command}: no answer")


def wait(what, holds):
    ends = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > ends:
            sys.exit(f"{what}: not within {LIMIT_S} s")
        time.sleep(0.01)


def main():
    port, count = sys.argv[1], int(sys.argv[2])
    dongle = BleuIO(port=port, rx_delay=0.001)
    rows = queue.Queue()
    # Without a callback the library ends every scan as soon as it has begun.
    dongle.register_scan_cb(lambda lines: [rows.put(line) for line in lines])
    asked("AT+DUAL", dongle.at_dual)
    asked("AT+SHOWRSSI=1", lambda: dongle.at_show_rssi(True))
    asked("ATSAT1", lambda: dongle.atsat(True))
    print(json.dumps({"firmware": dongle.fwVersion, "role": role(dongle)}))
    dongle.at_findscandata("")
    wait("the scan", lambda: dongle.status.isScanning)
    for _ in range(count):
        row = json.loads(rows.get(timeout=LIMIT_S))
        kind, address = row["addr"][1:].split("]")
        heard = {
            "address": address,
            "address_type": {"0": "public", "1": "random"}[kind],
            "rssi": row["rssi"],
            "data": row["data"],
            "packet": row["type"],
        }
        print(json.dumps(heard))
    dongle.stop_scan()
    wait("the end of the scan", lambda: not dongle.status.isScanning)
    # A dongle that still scanned would refuse this.
    asked("AT", dongle.at)
    print(json.dumps({"stopped": True}))


def role(dongle):
    asked("AT+GAPSTATUS", dongle.at_gapstatus)
    return dongle.status.role


main()
