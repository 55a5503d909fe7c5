"""A BleuIO dongle on a pseudo-terminal, written from what is known of real ones and nothing of ours.

    standin_bleuio.py ADVERTISEMENTS FIRMWARE [--split] [--scanning]

Prints its port, then a line of JSON for each command it takes. While it scans it sends the
advertisements of the file (a list of address, address_type, rssi, data), in turn, each as a row.

FIRMWARE: `newer` (nested scan states, numeric keys now and then), `older` (flat scan states, none
of the later commands) or `text` (from before verbose mode). --split: in pieces of 7 bytes.
--scanning: as a killed client left it.
"""

import argparse
import json

from standin import serve

STOP, ESCAPE = 0x03, 0x1B
VERSIONS = {"newer": "2.7.9.51", "older": "2.2.1.8", "text": "2.1.3.12"}
UNKNOWN = 7
NOTIFICATION = '{777:"0000","evt":{"handle":"1502","hex":"0x01","len":1}}'


class Dongle:
    def __init__(self, options, send):
        self.newer = options.firmware == "newer"
        self.has_verbose = options.firmware != "text"
        self.version = VERSIONS[options.firmware]
        self.advertisements = json.load(open(options.advertisements, encoding="utf-8"))
        self.send = send
        self.typed = b""
        self.echo, self.verbose, self.shows_rssi, self.shows_type = True, False, False, False
        self.role = "Peripheral"
        self.scanning = False
        self.sent = 0
        # Whether the first command has the number 0 or 1 differs.
        self.index = 0 if self.newer else -1
        if options.scanning:
            self.verbose = self.shows_rssi = self.has_verbose
            self.scanning = True

    def take(self, bytes_read):
        for byte in bytes_read:
            if byte == STOP:
                self.stop()
            elif byte == ESCAPE or (byte == 0x0A and not self.typed):
                pass
            elif byte in b"\r\n":
                if self.echo and not self.scanning:
                    self.send(b"\r")
                command, self.typed = self.typed.decode("ascii", "replace"), b""
                self.run(command)
            else:
                if self.echo and not self.scanning:
                    self.send(bytes([byte]))
                self.typed += bytes([byte])

    def line(self, text):
        self.send(f"\r\n{text}\r\n".encode())

    def run(self, command):
        if not command:
            return
        print(json.dumps({"command": command, "while_scanning": self.scanning}), flush=True)
        if self.scanning:
            return
        self.index += 1
        answer = self.answer(command)
        if answer is None:
            if self.verbose:
                self.reply(command, UNKNOWN, [])
            else:
                self.line("ERROR")
            return
        text, responses = answer
        if command in ("ATV1", "ATV0"):
            self.verbose = command == "ATV1"
            self.line(text)
        elif self.verbose:
            self.reply(command, 0, responses)
        else:
            self.line(text)

    def reply(self, command, error, responses):
        def numbered(key, **fields):
            return json.dumps({key: self.index, **fields}, separators=(",", ":"))

        self.line(numbered("C", cmd=command))
        self.line(numbered("A", err=error, errMsg="error" if error else "ok"))
        for response in responses:
            self.line(numbered("R", **response))
        self.line(numbered("E", nol=3 + len(responses)))

    def answer(self, command):
        """The words of text mode and the R lines of verbose mode; nothing for what is not known."""
        if command in ("ATV1", "ATV0"):
            return (f"VERBOSE {'ON' if command == 'ATV1' else 'OFF'}", []) if self.has_verbose else None
        if command in ("ATE0", "ATE1"):
            self.echo = command == "ATE1"
            return (f"ECHO {'ON' if self.echo else 'OFF'}", [{"echo": self.echo}])
        if command == "AT":
            return ("OK", [])
        if command == "ATI":
            words = f"Smart Sensor Devices AB\r\nBleuIO\r\nFirmware Version: {self.version}\r\n"
            words += f"{self.role} role\r\n\r\nNot Connected\r\n\r\nNot Advertising"
            return (words, [{"hw": "DA14683 (BleuIO)", "name": "BleuIO"}, {"fwVer": self.version}])
        if command in ("AT+CENTRAL", "AT+DUAL"):
            self.role = {"AT+CENTRAL": "Central", "AT+DUAL": "Dual"}[command]
            return ("OK", [])
        if command in ("AT+SHOWRSSI=1", "AT+SHOWRSSI=0"):
            self.shows_rssi = command.endswith("1")
            return ("OK", [{"showRSSI": self.shows_rssi}])
        if command in ("ATSAT1", "ATSAT0") and self.newer:
            self.shows_type = command.endswith("1")
            return ("OK", [{"showAddrType": self.shows_type}])
        if command.startswith("AT+SCANPARAM=") and self.newer:
            return ("OK", [])
        if command.startswith("AT+FINDSCANDATA=") and self.role != "Peripheral":
            self.scanning, self.sent = True, 0
            return ("SCANNING...", [self.state("scanning")])
        return None

    def state(self, action):
        return {"evt": {"action": action}} if self.newer else {"action": action}

    def stop(self):
        if not self.scanning:
            return
        self.scanning = False
        print(json.dumps({"stopped": self.sent}), flush=True)
        if self.verbose:
            ended = {"SE": self.index, **self.state("scan completed")}
            self.line("\r\n" + json.dumps(ended, separators=(",", ":")))
        else:
            self.line("SCAN COMPLETE")

    def advertise(self):
        heard = self.advertisements[self.sent % len(self.advertisements)]
        self.sent += 1
        address, data = heard["address"], heard["data"]
        if self.shows_type:
            address = f"[{int(heard['address_type'] == 'random')}]{address}"
        if self.verbose:
            rssi = {"rssi": heard["rssi"]} if self.shows_rssi else {}
            row = {"SF": self.index, **rssi, "addr": address, "type": 0, "data": data}
            self.send(json.dumps(row, separators=(",", ":")).encode() + b"\r\n")
        else:
            rssi = f"RSSI: {heard['rssi']} " if self.shows_rssi else ""
            self.line(f"{rssi}[{address}] Device Data [ADV]: {data}")
        if self.newer and self.sent % 25 == 0:
            self.line(NOTIFICATION)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("advertisements")
    parser.add_argument("firmware", choices=VERSIONS)
    parser.add_argument("--split", action="store_true")
    parser.add_argument("--scanning", action="store_true")
    serve(Dongle, parser.parse_args())


main()
