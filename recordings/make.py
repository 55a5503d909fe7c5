#!/usr/bin/env python3
"""Makes the recordings in this folder from public data sets, and two synthetic sessions.

    python3 recordings/make.py DATA

DATA holds the data sets as `owner__repository/path` (README.md says which ones and where they
come from). Nothing is drawn by chance but the synthetic sessions, and those from fixed seeds, so
that running it again gives the same bytes. Standard library only.
"""

import csv
import json
import math
import random
import sys
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Recording:
    """Rows by time; samples keep their order, marks go before the samples of their time."""

    def __init__(self, name, source, kind="imported", **header):
        self.name, self.source = name, source
        self.header = {"rssi_recording": 1}
        started = header.pop("started", None)
        if started:
            self.header["started"] = started
        self.header["sources"] = [{"id": source, "kind": kind}]
        self.header.update(header, not_a_nymi_band=True)
        self.rows = []
        self.segments = 0

    def sample(self, t_us, band, rssi):
        self.rows.append((t_us, 2, {"t_us": t_us, "source": self.source, "band": band, "rssi": rssi}))

    def segment(self, begin_us, end_us, intent, band=None, distance_cm=None, note=None):
        self.segments += 1
        begin = {"t_us": begin_us, "mark": "begin", "id": self.segments, "intent": intent}
        for key, value in (("band", band), ("distance_cm", distance_cm), ("note", note)):
            if value is not None:
                begin[key] = int(value) if isinstance(value, float) and value.is_integer() else value
        self.rows.append((begin_us, 1, begin))
        self.rows.append((end_us, 0, {"t_us": end_us, "mark": "end", "id": self.segments}))

    def event(self, t_us, event, count):
        row = {"t_us": t_us, "source": self.source, "source_event": event, "count": count}
        self.rows.append((t_us, 2, row))

    def write(self):
        rows = [row for _, _, row in sorted(self.rows, key=lambda r: r[:2])]
        samples = sum("rssi" in row and row["rssi"] != 127 for row in rows)
        rows.append({"t_us": rows[-1]["t_us"], "end": True, "samples": samples})
        text = "".join(
            json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in [self.header, *rows]
        )
        (HERE / f"{self.name}.rssi.jsonl").write_bytes(text.encode())
        print(f"{self.name}: {samples} samples, {self.segments} segments, {len(text.encode())} bytes")


def decimal_us(text):
    """Seconds with any number of digits as whole microseconds, without floating point."""
    whole, _, fraction = text.partition(".")
    return int(whole) * 1_000_000 + int((fraction + "000000")[:6])


def clock_us(text):
    """A wall clock with fraction, its zone unknown and taken as UTC."""
    moment, _, fraction = text.partition(".")
    seconds = int(datetime.fromisoformat(moment).replace(tzinfo=timezone.utc).timestamp())
    return seconds * 1_000_000 + int((fraction + "000000")[:6])


def rfc3339(us):
    return datetime.fromtimestamp(us // 1_000_000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def address(digits):
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2)).upper()


# --- Walks: Position-Annotated BLE RSSI Dataset -------------------------------------------------

PHILOTUXO = "philotuxo__Position-Annotated-BLE-RSSI-Dataset"


def walk(data, name, track, sensor, segments, notes):
    """One sensor's view of one walk; `segments` as (begin s, end s, intent, note)."""
    positions = (data / PHILOTUXO / "cnf/tetam.dev").read_text().splitlines()[0]
    devices = json.loads(positions.removeprefix("Dongles:"))
    mac = next(m for m, (_, _, label) in devices.items() if label == sensor)
    x, y, z = devices[mac][0]
    path = f"trk/{track}_all_sensors.mbd"
    rows = [line.split(",") for line in (data / PHILOTUXO / path).read_text().splitlines()]
    rows = [r for r in rows if r[1] == mac]
    start_us = decimal_us(rows[0][0])
    distances = [math.dist((x, y, z), map(float, r[4:7])) for r in rows]
    recording = Recording(
        name,
        sensor,
        started=rfc3339(start_us),
        notes=f"{notes} One of 12 fixed sensors hears one carried beacon (2.2 advertisements a second); "
        f"distance to the sensor {min(distances):.1f} to {max(distances):.1f} m, known from cameras. "
        "At this rate 50 samples take 25 s, so replay it with rssi_window_long 5, rssi_cutoff_close -68 and "
        "rssi_cutoff_far -76.",
        origin=f"https://github.com/philotuxo/Position-Annotated-BLE-RSSI-Dataset (commit 77474b6), {path}",
        licence="CC0-1.0",
        attribution="F. S. Danis and others, Position-Annotated BLE RSSI Dataset",
        changes="one sensor's rows; the labels are ours, from the known distances",
    )
    for row in rows:
        recording.sample(decimal_us(row[0]) - start_us, address(row[2]), int(row[3]))
    for begin_s, end_s, intent, note in segments:
        recording.segment(int(begin_s * 1e6), int(end_s * 1e6), intent, address(rows[0][2]), note=note)
    recording.write()


# --- Held distances -----------------------------------------------------------------------------

HERALD = "theheraldproject__herald-analysis/reference-data/rssi-raw-edison"


def held_iphones(data):
    """Two iPhones on a cable car: held near in turn with half a metre."""
    file = "20210313-1005-A.csv"
    held = {}
    for row in csv.DictReader((data / HERALD / file).open(newline="")):
        held.setdefault(int(row["distance"]), []).append((clock_us(row["time"]), round(float(row["rssi"]))))
    recording = Recording(
        "held-iphones-near-and-half-a-metre",
        "iphone-6s-plus",
        notes="An iPhone 6S+ hears an iPhone 8+ at 0 to 5 cm (tap) and at 48 to 53 cm (no_tap) in turn. "
        "Every segment is 16 samples held at one distance, about 70 s; the moves between were cut out by "
        "the authors, and the order of the excerpts and the 4 s between them are ours. Clock of 1 s.",
        origin=f"https://github.com/theheraldproject/herald-analysis (commit fb668be), reference-data/rssi-raw-edison/{file}",
        licence="Apache-2.0",
        attribution="Copyright 2020-2021 Herald Project Contributors",
        changes="excerpts placed one after another; labels by the distance column",
    )
    band, t_us, take = "~iphone-8-plus", 0, {}
    plan = [(n, f) for n, f in zip([0, 5, 2, 4, 1, 3, 0, 5, 2, 4], [50, 49, 51, 48, 52, 53, 50, 49, 51, 52])]
    for distance in [d for pair in [(50, None), *plan] for d in pair if d is not None]:
        first = take.get(distance, 0)
        rows = held[distance][first : first + 16]
        take[distance] = first + 16
        begin_us, origin_us = t_us, rows[0][0]
        for time_us, rssi in rows:
            t_us = begin_us + time_us - origin_us
            recording.sample(t_us, band, rssi)
        recording.segment(begin_us, t_us + 1_000_000, "tap" if distance < 10 else "no_tap", band, distance)
        t_us += 4_000_000
    recording.write()


def held_airtags(data):
    """Several transmitters at once at each distance."""
    file = "Experiments/Results/Data_CSV/Experiment_3.csv"
    rows = list(csv.DictReader((data / "samuelfrnk__RSSIProximityML" / file).open(newline="")))
    tags = ["F0:79:C0:40:FB:93", "FA:91:73:AF:B5:AA", "E2:BB:32:6A:FC:01", "FB:E4:DE:81:2E:36"]
    rows = [r for r in rows if r["MAC-Address"] in tags and float(r["Distance"]) <= 0.6]
    start_us = clock_us(rows[0]["Timestamp"])
    recording = Recording(
        "held-airtags-0-to-60-cm",
        "nrf52840-dk",
        started=rfc3339(start_us),
        notes="Four AirTags are held for a minute at 0 cm (tap), 10 to 40 cm (note) and 50 and 60 cm (no_tap), "
        "with minutes between; each sends every 2 to 4 s, so a window of 10 samples is half a minute. "
        "Clock of 1 s, no zone, taken as UTC.",
        origin=f"https://github.com/samuelfrnk/RSSIProximityML (commit 9e2641d), {file}",
        licence="MIT",
        attribution="samuelfrnk/RSSIProximityML",
        changes="four of eleven tags, 0 to 60 cm; labels by the distance column",
    )
    held = {}
    for row in sorted(rows, key=lambda r: clock_us(r["Timestamp"])):
        t_us = clock_us(row["Timestamp"]) - start_us
        recording.sample(t_us, row["MAC-Address"], int(row["RSSI-Value"]))
        held.setdefault((float(row["Distance"]), row["MAC-Address"]), []).append(t_us)
    for (metres, tag), times in sorted(held.items()):
        intent = "tap" if metres == 0 else "no_tap" if metres >= 0.5 else "note"
        recording.segment(times[0], times[-1] + 1_000_000, intent, tag, round(metres * 100))
    recording.write()


# --- At the desk and gone; hand and pocket ------------------------------------------------------


def pc_ng(data, folder, distance, count, skip=0):
    file = {"HandHand": "HandHand/RSS_humanHH.csv", "HandPocket": "HandPocket/RSS_humanHP.csv"}[folder]
    reader = csv.DictReader((data / "pc-ng__rss_smartphone" / file).open(newline=""))
    rows = [(decimal_us(r["elapsed"]), int(r["rss"])) for r in reader if r["device"] == "HTC One M9" and int(r["dist"]) == distance]
    return rows[skip : skip + count]


def pc_ng_recording(data, name, notes, excerpts):
    """Excerpts as (folder, distance cm, samples, skipped samples, intent, note), one after another."""
    recording = Recording(
        name,
        "htc-one-m9",
        notes=notes + " Each segment stands still at one distance; their order and the 0.5 s between them are ours.",
        origin="https://github.com/pc-ng/rss_smartphone (commit c6dd9d2), HandHand/RSS_humanHH.csv and HandPocket/RSS_humanHP.csv",
        licence="MIT",
        attribution="pc-ng/rss_smartphone",
        changes="excerpts placed one after another; labels by distance and folder",
    )
    t_us = 0
    for folder, distance, count, skip, intent, note in excerpts:
        rows = pc_ng(data, folder, distance, count, skip)
        begin_us, origin_us = t_us, rows[0][0]
        for time_us, rssi in rows:
            t_us = begin_us + time_us - origin_us
            recording.sample(t_us, "~phone", rssi)
        t_us += 500_000
        recording.segment(begin_us, t_us, intent, "~phone", distance, note)
    recording.write()


# --- What a radio hears at a high rate ----------------------------------------------------------

MIT = "mitll__BLE-RSSI-Various-Static-Configurations"


def on_body(data):
    """Four phones on one body, every packet on all three channels."""
    file = "1-May Anechoic Chamber/nRF52/nrf52_capture_0.csv"
    places = {"TestPhone1": "front trouser pocket", "TestPhone2": "purse", "TestPhone3": "back trouser pocket", "TestPhone4": "held to the ear"}
    with (data / MIT / file).open(newline="", encoding="latin-1") as lines:
        rows = [r for r in csv.DictReader(lines) if r["PDU Type"] == "0"]
    names = {}
    for row in rows:
        names.setdefault(row["Source"], {}).setdefault(row["DeviceName"], []).append(row)
    phones = {}
    for source, by_name in names.items():
        name, seen = max(by_name.items(), key=lambda item: len(item[1]))
        if name in places and len(seen) > 100:
            phones[source] = name
    recording = Recording(
        "on-body-four-places",
        "nrf52",
        notes="Four phones on one person at 1.83 m in an anechoic chamber, in the front pocket, in a purse, in the "
        "back pocket and held to the ear: the same body shadows them differently. Each advertising event is "
        "heard up to three times, once a channel, a few milliseconds apart, so 10 samples are a fraction of a second.",
        origin=f"https://github.com/mitll/BLE-RSSI-Various-Static-Configurations (commit 167dc6a), {file}",
        licence="CC-BY-4.0",
        attribution="(c) 2020 Massachusetts Institute of Technology",
        changes="the four named phones' ADV_IND packets of the first 2 s; labels by the data set's README",
    )
    end_us = 2_000_000
    for row in rows:
        t_us = decimal_us(row["Time"])
        if row["Source"] in phones and row["DeviceName"] == phones[row["Source"]] and t_us < end_us:
            recording.sample(t_us, row["Source"].upper(), int(row["RSSI"]))
    for source, name in sorted(phones.items(), key=lambda p: p[1]):
        recording.segment(0, end_us, "note", source.upper(), 183, places[name])
    recording.write()


def turning(data):
    """A receiver turned by 45 degrees every 15 s, with the sentinel 127 as the phone reported it."""
    file = "HandUP_FrontPantsPocketUP/HandUP_FrontPantsPocketUP_6ft_log_2020-05-19_14.35.58.583.txt"
    lines = (data / "mitll__PACTTemplateDataset" / file).read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines]
    sender = "241F27DD-619B-8028-5792-57B777E5D885"
    start_us = clock_us(rows[0][0])
    recording = Recording(
        "turning-with-a-phone-in-the-pocket",
        "iphone-6s",
        started=rfc3339(start_us),
        notes="An iPhone in the hand hears one in a front pocket at 6 ft while its bearer turns by 45 degrees "
        "every 15 s; the first 1.8 s of each angle. Most reports come twice within 4 ms, and some carry RSSI 127, "
        "which means not available and is no sample. Clock without zone, taken as UTC.",
        origin=f"https://github.com/mitll/PACTTemplateDataset (commit 44fdd7b, pull request 3), {file}",
        licence="CC-BY-4.0",
        attribution="(c) 2020 Massachusetts Institute of Technology",
        changes="the wanted sender's reports in the first 1.8 s of each angle, ordered by time; labels by the log's angles",
    )
    angles = [(clock_us(r[0]), r[2].strip()) for r in rows if r[1] == "Angle"]
    for begin_us, angle in angles:
        end_us = begin_us + 1_800_000
        heard = [(clock_us(r[0]), int(r[3])) for r in rows if r[1] == "Bluetooth" and r[2] == sender]
        for time_us, rssi in heard:
            if begin_us <= time_us < end_us:
                recording.sample(time_us - start_us, "~iphone-in-pocket", rssi)
        recording.segment(begin_us - start_us, end_us - start_us, "note", "~iphone-in-pocket", 183, f"{angle} degrees")
    recording.write()


# --- Synthetic calibration sessions -------------------------------------------------------------


class Session:
    """A made-up calibration: one band at 10 advertisements a second, heard through a dongle that
    reports nothing above -38 dBm, with noise, loss and slow drift."""

    BAND = "C6:05:04:03:02:01"
    TOP_DBM = -38

    def __init__(self, name, seed, noise_db, notes):
        self.random = random.Random(seed)
        self.noise_db = noise_db
        self.t_us, self.next_us, self.drift = 0, 40_000, 0.0
        self.lost = None
        self.recording = Recording(
            name,
            "bluegiga-1",
            kind="simulated",
            tool="recordings/make.py",
            notes="SYNTHETIC: nobody wore a band and no dongle heard one. " + notes,
            origin="recordings/make.py of this repository",
            licence="MIT OR Apache-2.0",
        )

    def stretch(self, seconds, level, loss=0.02):
        """Advertisements for a while; `level` gives dBm by the share of the stretch that has passed."""
        begin_us, self.t_us = self.t_us, self.t_us + round(seconds * 1e6)
        while self.next_us < self.t_us:
            self.drift = 0.95 * self.drift + self.random.gauss(0, 0.25 * self.noise_db)
            share = (self.next_us - begin_us) / (self.t_us - begin_us)
            rssi = round(level(share) + self.drift + self.random.gauss(0, self.noise_db))
            heard = self.random.random() >= loss
            if self.lost is not None:
                self.lost += 1
            elif heard:
                self.recording.sample(self.next_us, self.BAND, max(-110, min(self.TOP_DBM, rssi)))
            # 95 ms and a pseudo-random delay of 0 to 10 ms, as the Bluetooth specification has it.
            self.next_us += 95_000 + self.random.randrange(10_000)

    def segment(self, intent, stretches, distance_cm=None, note=None):
        begin_us = self.t_us
        for stretch in stretches:
            self.stretch(*stretch)
        self.recording.segment(begin_us, self.t_us, intent, self.BAND, distance_cm, note)

    def gap(self, seconds, level):
        """The dongle's driver drops what comes for a while, and says how much."""
        self.lost = 0
        self.stretch(seconds, level)
        self.recording.event(self.t_us, "dropped", self.lost)
        self.lost = None

    def run(self, tap_dbm, hover_dbm, hold_s, has_gap):
        desk = lambda _: -60
        self.stretch(8, desk)
        for round_ in range(12):
            top = tap_dbm + self.random.uniform(-1, 1)
            self.segment(
                "tap",
                [
                    (0.5, lambda s: -60 + (top + 60) * s),
                    (hold_s, lambda _: top),
                    (0.6, lambda s: top + (-60 - top) * s),
                ],
                3,
            )
            self.stretch(2, desk)
            hover = hover_dbm + self.random.uniform(-1, 1)
            self.segment("no_tap", [(3, lambda s: hover - 10 * max(0, 0.2 - s) / 0.2)], 20, "hovering")
            if has_gap and round_ == 5:
                self.gap(1.2, desk)
            self.stretch(2, desk)
        self.segment("stay", [(60, lambda s: -60 - 4 * math.sin(6 * math.pi * s) ** 2)], 70, "at the desk")
        for _ in range(3):
            walk_out = lambda s: -60 - 30 * min(1, s / 0.2)
            self.segment("leave", [(34, walk_out, 0.15)], note="to the corridor")
            self.segment("return", [(18, lambda s: -90 + 30 * min(1, s / 0.25), 0.05)], note="back to the desk")
            self.stretch(3, desk)
        self.recording.write()


def synthetic():
    Session(
        "synthetic-calibration-easy",
        20260101,
        1.2,
        "Twelve taps held for 1.5 s at about -38 dBm, where the dongle clips; hovering at about -50 dBm: easy to tell apart.",
    ).run(tap_dbm=-37.5, hover_dbm=-50, hold_s=1.5, has_gap=False)
    Session(
        "synthetic-calibration-hard",
        20260102,
        2.2,
        "Twelve taps held for 1.2 s at about -40 dBm; hovering at about -47 dBm: a thin margin, and a gap in which 12 or so samples were dropped.",
    ).run(tap_dbm=-39.5, hover_dbm=-47.5, hold_s=1.2, has_gap=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    data = Path(sys.argv[1])
    walk(
        data,
        "walk-there-and-back",
        "rectangular_with_rotation",
        "sensor40",
        [(3, 46, "leave", "from 2 m to 10 m"), (46, 83.5, "return", "from 10 m to 1.3 m")],
        "Away from the sensor and back at 0.43 m/s.",
    )
    walk(
        data,
        "walk-towards-the-sensor",
        "straight_01",
        "sensor12",
        [(0, 14, "leave", "far away from the start"), (14, 58, "return", "from 15 m to 2.4 m")],
        "From far away towards the sensor at 0.35 m/s.",
    )
    walk(
        data,
        "walk-away-at-walking-pace",
        "straight_04",
        "sensor30",
        [(8, 23.7, "leave", "past the sensor at 4 m and on to 13 m")],
        "Past the sensor and away at 1 m/s.",
    )
    held_iphones(data)
    held_airtags(data)
    pc_ng_recording(
        data,
        "desk-then-gone-then-back",
        "A phone in the hand at 20 cm, then at 5 m, then at 40 cm.",
        [
            ("HandHand", 20, 160, 0, "stay", None),
            ("HandHand", 500, 230, 0, "leave", None),
            ("HandHand", 40, 160, 0, "return", None),
        ],
    )
    pc_ng_recording(
        data,
        "hand-or-pocket",
        "The same distances with the phone in the hand and in the pocket: at 20 cm the pocket costs about 10 dB.",
        [
            (folder, distance, 80, 100, "note", place)
            for distance in (20, 60, 200)
            for folder, place in (("HandHand", "in the hand"), ("HandPocket", "in the pocket"))
        ],
    )
    on_body(data)
    turning(data)
    synthetic()


if __name__ == "__main__":
    main()
