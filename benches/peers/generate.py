"""Writes the inputs of `cargo xtask bench`: always the same bytes for the same numpy.

Eight bands of one dongle as bounded random walks with noise, so that some come close enough to tap.
"""

import pathlib
import sys

import numpy as np

BANDS = [f"C6:05:04:03:02:{n:02X}" for n in range(1, 9)]
HEADER = '{"rssi_recording":1,"sources":[{"id":"bluegiga-1","kind":"bluegiga"}]}\n'
FAR_DBM, NEAR_DBM = -95, -30
SEGMENT = 500


def samples(count, seed):
    """Times, bands (as numbers) and RSSI of `count` samples, in order of time."""
    random = np.random.default_rng(seed)
    t_us = np.cumsum(random.integers(1_000, 24_000, count))
    band = random.integers(0, len(BANDS), count)
    rssi = np.empty(count, np.int64)
    width = NEAR_DBM - FAR_DBM
    for number in range(len(BANDS)):
        mine = np.flatnonzero(band == number)
        walk = np.cumsum(random.normal(0, 0.7, mine.size)) + 10 * number
        folded = width - np.abs(walk % (2 * width) - width) + FAR_DBM
        rssi[mine] = np.rint(folded + random.normal(0, 2, mine.size))
    return t_us, band, rssi


def write(path, count, seed, segments=False):
    """Writes a recording; with `segments`, alternating tap and no_tap ones cover its whole time."""
    t_us, band, rssi = samples(count, seed)
    with open(path, "w", encoding="ascii", newline="\n") as out:
        out.write(HEADER)
        for at, (t, b, r) in enumerate(zip(t_us.tolist(), band.tolist(), rssi.tolist())):
            if segments and at % SEGMENT == 0:
                number = at // SEGMENT
                if number:
                    out.write(f'{{"t_us":{t},"mark":"end","id":{number}}}\n')
                intent = "no_tap" if number % 2 else "tap"
                out.write(f'{{"t_us":{t},"mark":"begin","id":{number + 1},"intent":"{intent}"}}\n')
            out.write(f'{{"t_us":{t},"source":"bluegiga-1","band":"{BANDS[b]}","rssi":{r}}}\n')
    if segments:
        np.savez(path.with_suffix(".npz"), t_us=t_us, band=band.astype(np.int8), rssi=rssi.astype(np.int8))


def main():
    folder = pathlib.Path(sys.argv[1])
    write(folder / "replay.rssi.jsonl", 5_000_000, 1)
    write(folder / "sweep.rssi.jsonl", 1_000_000, 2, segments=True)
    write(folder / "small.rssi.jsonl", 2_000, 3, segments=True)


main()
