"""Scans through the vendor's library `bleuio` 1.1.3 and prints what it hears as JSON lines.

    client_bleuio_text.py PORT COUNT

That version speaks text mode only and hands out what came as text, in the pieces of its reads;
a piece without a line end is lost. Address types are in the rows of AT+GAPSCAN alone, one row for
each device and scan; data is in those of AT+FINDSCANDATA alone.
"""

import json
import re
import sys
import time

from bleuio_lib.bleuio_funcs import BleuIo

LIMIT_S = 20
DEVICE = re.compile(r"\[\d+\] Device: \[([01])\]([0-9A-F:]{17})\s+RSSI: (-?\d+)(?: \((.*)\))?\r\n")
# The field before the address is the one that AT+SHOWRSSI=1 adds.
DATA = re.compile(r"\r\nRSSI: (-?\d+)\s+\[([0-9A-F:]{17})\] Device Data \[(ADV|RESP)\]: ([0-9A-F]*)\r\n")


def collected(dongle, pattern, enough):
    """The rows so far, as soon as there are enough."""
    ends = time.monotonic() + LIMIT_S
    while time.monotonic() < ends:
        rows = pattern.findall("".join(dongle.rx_scanning_results))
        if enough(rows):
            return rows
        time.sleep(0.05)
    sys.exit(f"too few rows: {dongle.rx_scanning_results}")


def main():
    port, count = sys.argv[1], int(sys.argv[2])
    dongle = BleuIo(port=port)
    dongle.start_daemon()
    answers = {
        "AT": dongle.at,
        "ATI": dongle.ati,
        "AT+CENTRAL": dongle.at_central,
        "AT+GAPSTATUS": dongle.at_gapstatus,
        "AT+SHOWRSSI=1": lambda: dongle.at_show_rssi(True),
    }
    print(json.dumps({"answers": {command: "".join(ask()) for command, ask in answers.items()}}))

    dongle.at_gapscan()
    for kind, address, rssi, name in collected(dongle, DEVICE, lambda rows: len({r[1] for r in rows}) >= 2):
        kind = {"0": "public", "1": "random"}[kind]
        print(json.dumps({"device": {"address": address, "address_type": kind, "rssi": int(rssi), "name": name}}))
    dongle.stop_scan()

    dongle.at_findscandata("")
    for rssi, address, packet, data in collected(dongle, DATA, lambda rows: len(rows) >= count):
        print(json.dumps({"address": address, "rssi": int(rssi), "data": data, "packet": packet}))
    dongle.stop_scan()
    # A dongle that still scanned would not answer this.
    print(json.dumps({"stopped": "OK" in "".join(dongle.at())}))


main()
