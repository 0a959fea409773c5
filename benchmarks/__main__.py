"""``python -m benchmarks quality | speed | memory | scaling | streaming``: what newsnorm reaches on this machine.

Every measurement works on formatted articles, which it flattens itself: the stories in ``seeds``, or those that
``--data`` names. Times are medians with their least and greatest value, and come with a ratio to a baseline that was
measured in the same run, because a time by itself says more about the machine than about the code.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import newsnorm

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
#: How often something is timed, after one run that is not counted.
REPEATS = 5
IMPORTS = 11
#: Words of the texts that `scaling` restores; the last takes some minutes.
SIZES = (10_000, 100_000, 1_000_000)

_TIME_IMPORT = """
import sys, time
begun = time.perf_counter()
import newsnorm
print(time.perf_counter() - begun, *sorted({"numpy", "onnxruntime"} & set(sys.modules)))
"""


def load(data: Path) -> list[str]:
    """Load the formatted articles in *data*, a file or a folder of ``*.txt``, ``*.txt.xz`` and ``*.txt.gz``."""
    from newsnorm.training.corpus import articles

    paths = [data]
    if data.is_dir():
        paths = sorted(path for path in data.iterdir() if ".txt" in path.suffixes and ".flat" not in path.suffixes)
    stories = [article for path in paths for article in articles(path)]
    if not stories:
        raise SystemExit(f"{data} holds no articles: give a text file, or a folder of *.txt")
    return stories


def count_words(flat: list[str]) -> int:
    """Count the words of flat texts."""
    return sum(len(text.split()) for text in flat)


def timed(work: Callable[[], object]) -> list[float]:
    """Time *work*, in seconds, `REPEATS` times after one run to warm up; shortest first."""
    work()
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return sorted(times)


def quality(stories: list[str]) -> None:
    """Flatten, restore and score the articles, all of them together."""
    from newsnorm import metrics

    flat = [newsnorm.flatten(story) for story in stories]
    restored = newsnorm.restore_many(flat)
    print(f"{len(stories)} articles, {count_words(flat):,} words\n")
    print(metrics.table(metrics.score("\n\n".join(stories), "\n\n".join(restored))))


def speed(stories: list[str]) -> None:
    """Time `newsnorm.restore_many`, with `newsnorm.flatten` on the same articles as the baseline."""
    flat = [newsnorm.flatten(story) for story in stories]
    words = count_words(flat)
    restoring = timed(lambda: deque(newsnorm.restore_many(flat), maxlen=0))
    flattening = timed(lambda: [newsnorm.flatten(story) for story in stories])
    print(f"{len(stories)} articles, {words:,} words, {REPEATS} repeats\n")
    print(f"{'words/s':<17}{'median':>12}{'least':>12}{'greatest':>12}")
    for name, times in (("restore_many", restoring), ("flatten", flattening)):
        median = statistics.median(times)
        print(f"{name:<17}{words / median:>12,.0f}{words / times[-1]:>12,.0f}{words / times[0]:>12,.0f}")
    ratio = statistics.median(restoring) / statistics.median(flattening)
    print(f"\nrestoring takes {ratio:,.0f} times as long as flattening")


def memory(stories: list[str]) -> None:
    """Measure resident memory before and after restoring, and how long importing newsnorm takes."""
    flat = [newsnorm.flatten(story) for story in stories]
    before, _ = resident()
    deque(newsnorm.restore_many(flat), maxlen=0)
    after, peak = resident()
    print(f"{len(stories)} articles, {count_words(flat):,} words\n")
    print(f"{'resident, MB':<32}{'before':>10}{'after':>10}{'peak':>10}")
    print(f"{'restore_many':<32}{before:>10.0f}{after:>10.0f}{peak:>10.0f}\n")
    times, loaded = [], set()
    for _ in range(IMPORTS + 1):
        fresh = subprocess.run([sys.executable, "-c", _TIME_IMPORT], capture_output=True, text=True, check=True)
        seconds, *modules = fresh.stdout.split()
        times.append(1000 * float(seconds))
        loaded.update(modules)
    times = sorted(times[1:])  # the first one wrote the bytecode, and read everything from the disk
    print(f"{f'ms, {IMPORTS} fresh processes':<32}{'median':>10}{'least':>10}{'greatest':>10}")
    print(f"{'import newsnorm':<32}{statistics.median(times):>10.1f}{times[0]:>10.1f}{times[-1]:>10.1f}")
    print(f"\nimported with it: {', '.join(sorted(loaded)) or 'neither numpy nor onnxruntime'}")


def scaling(stories: list[str]) -> None:
    """Time a word in ever longer texts on one line, against a word in the shortest."""
    words = " ".join(newsnorm.flatten(story) for story in stories).split()
    newsnorm.restore("warm up")
    print(f"{'words on one line':>17}{'us a word':>12}{'ratio':>8}")
    shortest = 0.0
    for size in SIZES:
        text = " ".join((words * (size // len(words) + 1))[:size])
        begun = time.perf_counter()
        newsnorm.restore(text)
        taken = 1e6 * (time.perf_counter() - begun) / size
        shortest = shortest or taken
        print(f"{size:>17,}{taken:>12.1f}{taken / shortest:>8.2f}", flush=True)


def resident() -> tuple[float, float]:
    """Return the resident memory of this process, now and at its peak, in MB (a million bytes)."""
    status = Path("/proc/self/status")
    if status.exists():
        sizes = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        now, peak = (int(sizes[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    else:
        import resource

        # Elsewhere only the peak is to be had: in bytes on macOS, in KiB on other systems.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        now = peak
    return now / 1e6, peak / 1e6


def streaming(stories: list[str], megabytes: int, *, without_encoder: bool) -> None:
    """Stream a synthetic text of many megabytes, and measure the resident memory as it goes."""
    from benchmarks.synthetic import TableScorer, blocks

    model = TableScorer() if without_encoder else None
    read = written = words = 0
    first = highest = 0.0

    def chunks() -> Iterator[str]:
        nonlocal read
        for block in blocks([newsnorm.flatten(story) for story in stories], megabytes):
            read += len(block)
            yield block

    print(f"{'MB read':>9}{'MB written':>12}{'resident, MB':>14}{'words/s':>11}", flush=True)
    begun, step = time.perf_counter(), max(1, megabytes // 20)
    due = min(10, step)
    for piece in newsnorm.stream(chunks(), model=model):
        written += len(piece)
        words += len(piece.split())
        if read >= due * 1_000_000:
            now, _ = resident()
            first, highest = first or now, max(highest, now)
            speed = words / (time.perf_counter() - begun)
            print(f"{read / 1e6:>9,.0f}{written / 1e6:>12,.0f}{now:>14.1f}{speed:>11,.0f}", flush=True)
            due = due + step if due % step == 0 else step
    now, peak = resident()
    print(f"\n{read / 1e6:,.0f} MB read, {written / 1e6:,.0f} MB written; resident {now:.1f} MB, peak {peak:.1f} MB")
    print(f"most after the first {min(10, step)} MB: {max(highest, now) - first:+.1f} MB against what it was there")


def main() -> None:
    """Parse the command line."""
    measurements = {"quality": quality, "speed": speed, "memory": memory, "scaling": scaling, "streaming": streaming}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n\n")[1])
    parser.add_argument("measurement", choices=measurements)
    parser.add_argument(
        "--data",
        type=Path,
        default=SEEDS,
        help="file or folder of formatted articles, one paragraph a line, a blank line between articles; "
        "default: the seed stories",
    )
    parser.add_argument("--megabytes", type=int, default=10, help="streaming: how much text; default: 10")
    parser.add_argument(
        "--without-encoder",
        action="store_true",
        help="streaming: scores from a table, because the encoder takes hours for a gigabyte",
    )
    options = parser.parse_args()
    work = measurements[options.measurement]
    if work is streaming:
        work = partial(work, megabytes=options.megabytes, without_encoder=options.without_encoder)
    work(load(options.data))


if __name__ == "__main__":
    main()
