"""Scans through mjbrown's bgapi 0.7 and prints what it decoded as JSON lines.

    client_bgapi.py PORT COUNT

It sends without waiting for answers, decodes every field of an advertisement, and never finds back
into step once a byte is lost: the best check of what is on the line.
"""

import json
import queue
import sys
import time

from bgapi.module import BlueGigaClient, BLEScanResponse

LIMIT_S = 20
EVERYTHING = 2


def colons(address):
    return ":".join(f"{byte:02X}" for byte in reversed(address))


class Client(BlueGigaClient):
    """Keeps what the dongle answers and what it hears."""

    def __init__(self, port):
        self.results = queue.Queue()
        self.heard = queue.Queue()
        super().__init__(port)

    def ble_rsp_gap_set_mode(self, result):
        self.results.put(("set_mode", result))

    def ble_rsp_gap_set_scan_parameters(self, result):
        self.results.put(("set_scan_parameters", result))

    def ble_rsp_gap_discover(self, result):
        self.results.put(("discover", result))

    def ble_rsp_gap_end_procedure(self, result):
        self.results.put(("end_procedure", result))

    def ble_evt_gap_scan_response(self, rssi, packet_type, sender, address_type, bond, data):
        self.heard.put(BLEScanResponse(rssi, packet_type, sender, address_type, bond, data))

    def result(self):
        return self.results.get(timeout=LIMIT_S)


def info(client):
    """It gives up after half a second, but notices an answer that comes later."""
    ends = time.monotonic() + LIMIT_S
    while time.monotonic() < ends:
        answer = client.get_module_info()
        if answer:
            return answer
    sys.exit("get_info: no answer")


def main():
    port, count = sys.argv[1], int(sys.argv[2])
    client = Client(port)
    client.reset_ble_state()
    results = [client.result(), client.result()]
    print(json.dumps({"info": info(client), "own": colons(client.get_ble_address(timeout=LIMIT_S))}))
    client.active_scan(scan_interval=200, scan_window=200)
    client._api.ble_cmd_gap_discover(EVERYTHING)
    results += [client.result(), client.result()]
    for _ in range(count):
        packet = client.heard.get(timeout=LIMIT_S)
        heard = {
            "address": colons(packet.sender),
            "address_type": {0: "public", 1: "random"}[packet.address_type],
            "rssi": packet.rssi,
            "packet": packet.packet_type,
            "bond": packet.bond,
            "data": packet.data.hex().upper(),
            "services": [uuid.hex() for uuid in packet.get_services()],
        }
        print(json.dumps(heard))
    client._api.ble_cmd_gap_end_procedure()
    results.append(client.result())
    client.shutdown()
    print(json.dumps({"results": results}))


main()
