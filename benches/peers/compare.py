"""Compares tapbench with what one would use instead; run by `cargo xtask bench`.

    compare.py TAPBENCH FOLDER

Both sides alternate on the same files in the page cache. Peers are timed inside this process, with
their libraries loaded; tapbench from start to exit. Where the results differ, the exit status is 1.
"""

import csv
import io
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import duckdb
import numpy as np
import polars as pl

REPEATS = 5
STARTS = 50
WINDOW, THRESHOLD = 10, -42
WINDOWS, THRESHOLDS = range(1, 101), range(-100, 0)
SEGMENT = 500

TAPBENCH, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
REPLAY, SWEEP, SMALL = (str(FOLDER / f"{name}.rssi.jsonl") for name in ("replay", "sweep", "small"))
PAIR = ["--set", f"rssi_window_tap={WINDOW}", "--set", f"rssi_tap_threshold={THRESHOLD}"]


def ours(*arguments):
    return subprocess.run([TAPBENCH, *arguments], check=True, stdout=subprocess.PIPE).stdout


def our_replay():
    return ours("replay", REPLAY, *PAIR, "--format", "jsonl")


def our_sweep():
    return ours("sweep", SWEEP, "--format", "csv")


def polars_taps():
    rows = pl.scan_ndjson(REPLAY, schema={"t_us": pl.Int64, "band": pl.String, "rssi": pl.Int32})
    above = pl.col("rssi").rolling_sum(WINDOW) > THRESHOLD * WINDOW
    tap = above & ~above.shift(1).fill_null(False)
    samples = rows.filter(pl.col("rssi").is_not_null())
    return samples.filter(tap.over("band")).select("t_us", "band").collect()


COLUMNS = "{t_us: 'BIGINT', band: 'VARCHAR', rssi: 'SMALLINT'}"
DUCKDB = duckdb.connect()


def duckdb_sum():
    return DUCKDB.execute(
        f"select count(rssi), sum(rssi) from read_ndjson('{REPLAY}', columns = {COLUMNS})"
    ).fetchone()


def duckdb_columns():
    DUCKDB.execute(
        "create or replace temp table samples as select t_us, band, rssi"
        f" from read_ndjson('{REPLAY}', columns = {COLUMNS}) where rssi is not null"
    )
    return DUCKDB.execute("select count(*) from samples").fetchone()


ARRAYS = np.load(FOLDER / "sweep.rssi.npz")
BAND, RSSI = ARRAYS["band"], ARRAYS["rssi"]
SEGMENT_OF = np.arange(RSSI.size) // SEGMENT


def numpy_sweep(sums_as):
    """Per (window, threshold): hit, missed, double, false_taps; window sums of the type given."""
    series = [(RSSI[BAND == band], SEGMENT_OF[BAND == band]) for band in np.unique(BAND)]
    segments = int(SEGMENT_OF[-1]) + 1
    counts = {}
    for window in WINDOWS:
        sums = []
        for rssi, segment in series:
            total = np.concatenate(([0], np.cumsum(rssi)))
            sums.append(((total[window:] - total[:-window]).astype(sums_as, copy=False), segment[window - 1 :]))
        for threshold in THRESHOLDS:
            taps = np.zeros(segments, np.int64)
            for total, segment in sums:
                above = total > threshold * window
                edge = above.copy()
                np.greater(above[1:], above[:-1], out=edge[1:])
                taps += np.bincount(segment[np.flatnonzero(edge)], minlength=segments)
            wanted, unwanted = taps[0::2], taps[1::2]
            hit = int(np.count_nonzero(wanted))
            double = int(np.count_nonzero(wanted > 1))
            counts[window, threshold] = (hit, wanted.size - hit, double, int(unwanted.sum()))
    return counts


def numpy_plain():
    """As it is written first: numpy's own 64-bit sums."""
    return numpy_sweep(np.int64)


def numpy_narrow():
    """Tuned: 16 bits hold every sum up to window 221, and four times as many fit into a register."""
    return numpy_sweep(np.int16)


def timed(body):
    started = time.perf_counter()
    result = body()
    return time.perf_counter() - started, result


def alternate(*bodies):
    """The (median, best) seconds and the last result of each, after one run of each that does not count."""
    times = [[] for _ in bodies]
    results = [body() for body in bodies]
    for _ in range(REPEATS):
        for at, body in enumerate(bodies):
            took, results[at] = timed(body)
            times[at].append(took)
    return [(statistics.median(t), min(t)) for t in times], results


def peak_mib(*arguments):
    """Through a small process: a child started from this one would inherit its peak."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-S", "-c", code, TAPBENCH, *arguments]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) / 1024


def start_to_exit():
    null = os.open(os.devnull, os.O_WRONLY)
    arguments = [TAPBENCH, "replay", SMALL, *PAIR]
    actions = [(os.POSIX_SPAWN_DUP2, null, 1)]

    def once():
        child = os.posix_spawn(TAPBENCH, arguments, os.environ, file_actions=actions)
        return os.waitpid(child, 0)[1]

    runs = [timed(once) for _ in range(STARTS)]
    if any(status for _, status in runs):
        sys.exit(f"replay of {SMALL} failed")
    return statistics.median(took for took, _ in runs)


def taps_agree(printed, table):
    events = [json.loads(line) for line in printed.splitlines()]
    mine = [(e["t_us"], e["band"]) for e in events if e.get("event") == "tap"]
    theirs = list(table.iter_rows())
    return mine == theirs, f"{len(mine)} taps, polars {len(theirs)}, each with its time and band"


def sums_agree(printed, row):
    samples = json.loads(printed.splitlines()[-1])["summary"]["samples"]
    return samples == row[0], f"{samples} samples, DuckDB {row[0]}"


def counts_agree(printed, counts):
    columns = ("hit", "missed", "double", "false_taps")
    mine = {
        (int(row["rssi_window_tap"]), int(row["rssi_tap_threshold"])): tuple(int(row[c]) for c in columns)
        for row in csv.DictReader(io.StringIO(printed.decode()))
    }
    differing = sum(mine.get(pair) != counts[pair] for pair in counts)
    agree = mine.keys() == counts.keys() and not differing
    return agree, f"{len(mine)} pairs of {len(columns)} counts, {differing} differ from numpy's"


def main():
    peak = {"replay": peak_mib("replay", REPLAY, *PAIR), "sweep": peak_mib("sweep", SWEEP)}
    start = start_to_exit()
    (replay, with_polars, with_sum, with_columns), (printed, taps, total, columns) = alternate(
        our_replay, polars_taps, duckdb_sum, duckdb_columns
    )
    (sweep, with_plain, with_narrow), (swept, counts, narrow) = alternate(our_sweep, numpy_plain, numpy_narrow)

    lines = [
        "| what | peer | peer ms | tapbench ms | peer ÷ ours | goal | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]

    def compared(what, peer, theirs, mine, goal):
        ratio, best_ratio = (peer_s / our_s for peer_s, our_s in zip(theirs, mine))
        met = "met" if ratio >= goal else "missed"
        times = (f"{median * 1e3:.0f} ({best * 1e3:.0f})" for median, best in (theirs, mine))
        row = (what, peer, *times, f"{ratio:.1f} ({best_ratio:.1f})", f"≥ {goal}", met)
        lines.append(f"| {' | '.join(row)} |")

    def bounded(what, value, unit, goal):
        met = "met" if value <= goal else "missed"
        lines.append(f"| {what} | | | {value:.1f} {unit} | | ≤ {goal} {unit} | {met} |")

    taps_from = "5 M samples of JSON Lines → taps"
    compared(taps_from, f"polars {pl.__version__}, lazy, rolling_sum over band", with_polars, replay, 8)
    compared(taps_from, f"DuckDB {duckdb.__version__}, only reading: count and sum", with_sum, replay, 3)
    compared(taps_from, f"DuckDB {duckdb.__version__}, only reading into columns", with_columns, replay, 3)
    pairs = "1 M samples, 100 windows × 100 thresholds, reading included"
    in_memory = f"numpy {np.__version__}, cumulative sums, arrays in memory"
    compared(pairs, in_memory, with_plain, sweep, 30)
    compared(pairs, f"{in_memory}, sums narrowed to 16 bits", with_narrow, sweep, 30)
    bounded("start to exit of `replay`, 2,000 samples", start * 1e3, "ms", 10)
    bounded("peak memory of the 5 M replay", peak["replay"], "MiB", 64)
    lines.append(f"| peak memory of the 1 M sweep | | | {peak['sweep']:.1f} MiB | | | |")

    print("\n".join(lines), end="\n\n")
    (FOLDER / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    load = " ".join(f"{l:.1f}" for l in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load} (one minute, five, fifteen); medians (and best) of {REPEATS} runs, alternating; {STARTS} starts")
    verdicts = [taps_agree(printed, taps), sums_agree(printed, total), sums_agree(printed, columns)]
    verdicts += [counts_agree(swept, counts), counts_agree(swept, narrow)]
    for agree, what in verdicts:
        print(f"{'same result' if agree else 'DIFFERENT RESULT'}: {what}")
    sys.exit(0 if all(agree for agree, _ in verdicts) else 1)


main()
