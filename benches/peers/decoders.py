"""Compares the BGAPI decoder with pygatt's on the same bytes; run by `cargo xtask bench`.

    decoders.py BGAPI_THROUGHPUT FOLDER

The bytes are 1 M scan_response events, always the same. Both sides alternate on the file in the page
cache and add up what they decoded: where the sums differ, the exit status is 1. What is timed is
decoding and adding up: of pygatt from the bytes in memory, of ours from the file. Appends to the
table in FOLDER.
"""

import json
import pathlib
import random
import statistics
import struct
import subprocess
import sys
import time
from importlib.metadata import version

from pygatt.backends.bgapi.bglib import BGLib, EventPacketType

EVENTS = 1_000_000
REPEATS = 3
OURS, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
FILE = FOLDER / "events.bgapi"


def generate():
    """Eight advertisers with data of every length."""
    chance = random.Random(1)
    addresses = [struct.pack("<Q", 0xC605_0403_0200 + n)[:6] for n in range(8)]
    data = [chance.randbytes(length) for length in range(32)]
    with open(FILE.with_suffix(".part"), "wb") as out:
        for _ in range(EVENTS):
            said = chance.choice(data)
            rssi, address = chance.randint(-103, -38), chance.choice(addresses)
            fields = struct.pack("<bB6sBBB", rssi, 0, address, 1, 0xFF, len(said))
            out.write(struct.pack("4B", 0x80, len(fields) + len(said), 6, 0) + fields + said)
    FILE.with_suffix(".part").rename(FILE)


def pygatts(stream):
    """Seconds and sums of pygatt: it takes one byte after the other, as its receiver reads them."""
    library = BGLib()
    events = rssi = address = data = 0
    started = time.perf_counter()
    for at in range(len(stream)):
        packet = library.parse_byte(stream[at : at + 1])
        if packet is not None:
            kind, fields = library.decode_packet(packet)
            if kind == EventPacketType.gap_scan_response:
                events += 1
                rssi += fields["rssi"]
                address += sum(fields["sender"])
                data += sum(fields["data"])
    return time.perf_counter() - started, {"events": events, "rssi": rssi, "address": address, "data": data}


def ours():
    found = json.loads(subprocess.run([OURS, FILE], check=True, stdout=subprocess.PIPE).stdout)
    sums = {key: found[key] for key in ("events", "rssi", "address", "data")}
    return found["decode_s"], found["read_s"], sums


def main():
    if not FILE.is_file():
        generate()
    stream = FILE.read_bytes()
    ours()
    decode, read, peer = [], [], []
    for _ in range(REPEATS):
        decode_s, read_s, mine = ours()
        peer_s, theirs = pygatts(stream)
        decode.append(decode_s)
        read.append(read_s)
        peer.append(peer_s)
        if mine != theirs or mine["events"] != EVENTS:
            sys.exit(f"DIFFERENT RESULT: {mine}, pygatt {theirs}")

    what = f"1 M scan_response events, {len(stream) / 1e6:.0f} MB → fields"

    def row(peer_name, theirs):
        medians = [statistics.median(times) for times in (theirs, decode)]
        bests = [min(times) for times in (theirs, decode)]
        times = (f"{median * 1e3:.0f} ({best * 1e3:.0f})" for median, best in zip(medians, bests))
        ratio = f"{medians[0] / medians[1]:.2f} ({bests[0] / bests[1]:.2f})"
        return f"| {' | '.join((what, peer_name, *times, ratio))} | | |"

    rows = [
        row(f"pygatt {version('pygatt')}, parse_byte and decode_packet, bytes in memory", peer),
        row("only reading the file and adding up its bytes", read),
    ]
    print("\n".join(rows))
    print(f"same result: {mine}; medians (and best) of {REPEATS} runs, alternating")
    print(f"{statistics.median(decode) / EVENTS * 1e9:.0f} ns an event")
    with open(FOLDER / "results.md", "a", encoding="utf-8") as table:
        table.write("\n".join(rows) + "\n")


main()
