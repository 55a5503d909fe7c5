"""A BLED112 on a pseudo-terminal, with other people's libraries on both sides of it.

    standin_bled112.py ADVERTISEMENTS [--split] [--scanning]

Each command must be, byte for byte, what pygatt's builder makes of the same arguments; each answer
and event is read back by pygatt's decoder and, for advertisements, by bgapi's before it is sent.
Prints its port, then a line of JSON for each command it takes. While it scans it sends the
advertisements of the file (a list of address, address_type, rssi, data), in turn.

--split: in pieces of 7 bytes. --scanning: as a killed client left it, with half an event first.
"""

import argparse
import json
import struct

from bgapi.api import BlueGigaAPI, BlueGigaCallbacks
from pygatt.backends.bgapi.bglib import BGLib, EventPacketType
from pygatt.backends.bgapi.packets import BGAPICommandPacketBuilder as Builder
from standin import serve

PUBLIC, RANDOM, NO_BOND = 0, 1, 0xFF
OWN_ADDRESS = bytes.fromhex("aabbcc800700")
SUCCESS, WRONG_STATE, NOT_CONNECTED, NOT_RECOGNISED = 0, 0x0181, 0x0186, 0x0184

# Class and number: pygatt's builder, and how its arguments lie in the payload.
COMMANDS = {
    (0, 1): (Builder.system_hello, "<"),
    (0, 2): (Builder.system_address_get, "<"),
    (0, 5): (Builder.system_get_counters, "<"),
    (0, 8): (Builder.system_get_info, "<"),
    (3, 0): (Builder.connection_disconnect, "<B"),
    (6, 1): (Builder.gap_set_mode, "<BB"),
    (6, 2): (Builder.gap_discover, "<B"),
    (6, 4): (Builder.gap_end_procedure, "<"),
    (6, 6): (Builder.gap_set_filtering, "<BBB"),
    (6, 7): (Builder.gap_set_scan_parameters, "<HHB"),
}


class Hears(BlueGigaCallbacks):
    """What bgapi makes of an advertisement."""

    def ble_evt_gap_scan_response(self, **fields):
        self.fields = fields


def packet(is_event, number, payload):
    return bytes([0x80 if is_event else 0, len(payload), *number]) + payload


def advertisement(heard):
    """The event, as both libraries read it back."""
    address = bytes(reversed(bytes.fromhex(heard["address"].replace(":", ""))))
    kind = {"public": PUBLIC, "random": RANDOM}[heard["address_type"]]
    data = bytes.fromhex(heard["data"])
    fields = struct.pack("<bB6sBBB", heard["rssi"], 0, address, kind, NO_BOND, len(data))
    event = packet(True, (6, 0), fields + data)

    name, decoded = BGLib().decode_packet(list(event))
    assert name == EventPacketType.gap_scan_response
    assert (decoded["rssi"], bytes(decoded["sender"]), bytes(decoded["data"])) == (heard["rssi"], address, data)
    callbacks = Hears()
    BlueGigaAPI.parse_bgapi_packet(BlueGigaAPI.__new__(BlueGigaAPI), event, callbacks)
    assert callbacks.fields == {
        "rssi": heard["rssi"],
        "packet_type": 0,
        "sender": address,
        "address_type": kind,
        "bond": NO_BOND,
        "data": data,
    }
    return event


class Dongle:
    def __init__(self, options, send):
        with open(options.advertisements, encoding="utf-8") as file:
            self.events = [advertisement(heard) for heard in json.load(file)]
        self.send = send
        self.typed = b""
        self.scanning = options.scanning
        self.sent = 0
        if options.scanning:
            self.send(self.events[0][20:])

    def take(self, bytes_read):
        self.typed += bytes_read
        while len(self.typed) >= 4 and len(self.typed) >= 4 + self.typed[1]:
            length = 4 + self.typed[1]
            command, self.typed = self.typed[:length], self.typed[length:]
            self.run(command)

    def run(self, command):
        number = (command[2], command[3])
        builder, layout = COMMANDS.get(number, (None, None))
        try:
            arguments = struct.unpack(layout, command[4:])
            known = builder(*arguments) == command
        except (TypeError, struct.error):
            known = False
        if not known:
            print(json.dumps({"unknown": command.hex()}), flush=True)
            self.send(packet(True, (0, 6), struct.pack("<H", NOT_RECOGNISED)))
            return
        print(json.dumps({"command": builder.__name__, "arguments": arguments}), flush=True)
        answer = packet(False, number, self.answer(builder, arguments))
        BGLib().decode_packet(list(answer))
        self.send(answer)

    def answer(self, builder, arguments):
        if builder == Builder.system_hello:
            return b""
        if builder == Builder.system_address_get:
            return OWN_ADDRESS
        if builder == Builder.system_get_counters:
            return struct.pack("<5B", 0, 0, 0, 0, 8)
        if builder == Builder.system_get_info:
            return struct.pack("<5H2B", 1, 1, 0, 71, 3, 1, 3)
        if builder == Builder.connection_disconnect:
            return struct.pack("<BH", arguments[0], NOT_CONNECTED)
        result = SUCCESS
        if builder == Builder.gap_discover:
            result = WRONG_STATE if self.scanning else SUCCESS
            self.scanning, self.sent = True, 0 if result == SUCCESS else self.sent
        if builder == Builder.gap_end_procedure:
            result = SUCCESS if self.scanning else WRONG_STATE
            self.scanning = False
        # Whether parameters may change while it scans is not known; refusing is the harder case.
        if builder == Builder.gap_set_scan_parameters and self.scanning:
            result = WRONG_STATE
        return struct.pack("<H", result)

    def advertise(self):
        self.send(self.events[self.sent % len(self.events)])
        self.sent += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("advertisements")
    parser.add_argument("--split", action="store_true")
    parser.add_argument("--scanning", action="store_true")
    serve(Dongle, parser.parse_args())


main()
