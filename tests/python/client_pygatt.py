"""Scans through pygatt 5.0.0 and prints what it decoded as JSON lines.

    client_pygatt.py PORT COUNT

`start` resets the dongle, so the port goes away and comes back: PORT must be a name that does, too.
"""

import json
import sys

from pygatt.backends.bgapi.bgapi import BGAPIBackend, bgapi_address_to_hex
from pygatt.backends.bgapi.bglib import EventPacketType, ResponsePacketType
from pygatt.backends.bgapi.packets import BGAPICommandPacketBuilder as Command

LIMIT_S = 20


class Printing(BGAPIBackend):
    """Prints each advertisement with all that pygatt keeps of it for a moment."""

    def __init__(self, port, count):
        super().__init__(serial_port=port)
        self.left = count
        self.reported = self._packet_handlers[EventPacketType.gap_scan_response]
        self._packet_handlers[EventPacketType.gap_scan_response] = self.report

    def report(self, event):
        # Not called `address_type` and `bond`: pygatt reads each of the two from the byte after it.
        heard = {
            "address": bgapi_address_to_hex(event["sender"]),
            "rssi": event["rssi"],
            "packet": event["packet_type"],
            "data": event["data"].hex().upper(),
            "byte_after_address_type": event["address_type"],
            "byte_after_bond": event["bond"],
        }
        print(json.dumps(heard))
        self.reported(event)

    def enough(self, _devices, _address, _packet_type):
        self.left -= 1
        return self.left <= 0


def answer(dongle, command, expected):
    dongle.send_command(command)
    return dongle.expect(expected)[1]


def main():
    port, count = sys.argv[1], int(sys.argv[2])
    dongle = Printing(port, count)
    dongle.start()
    info = answer(dongle, Command.system_get_info(), ResponsePacketType.system_get_info)
    address = answer(dongle, Command.system_address_get(), ResponsePacketType.system_address_get)
    print(json.dumps({"info": info, "own": bgapi_address_to_hex(address["address"])}))
    # Interval and window go out in units of 625 µs, whatever pygatt calls them.
    devices = dongle.scan(timeout=LIMIT_S, scan_interval=200, scan_window=200, active=True, scan_cb=dongle.enough)
    for device in devices:
        packets = {
            packet: {name: value if isinstance(value, str) else bytes(value).hex() for name, value in fields.items()}
            for packet, fields in device["packet_data"].items()
        }
        summary = {key: device[key] for key in ("address", "name", "rssi")}
        print(json.dumps({"device": summary | {"packets": packets}}))
    # Nothing runs any more, so ending it again is the wrong state.
    again = answer(dongle, Command.gap_end_procedure(), ResponsePacketType.gap_end_procedure)
    dongle.stop()
    print(json.dumps({"end_procedure": again["result"]}))


main()
