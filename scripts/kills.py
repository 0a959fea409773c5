"""Kill runs at random moments, resume them, and compare: ``python scripts/kills.py --kills 50 --jobs 2``.

A tree of small files is restored in a process group of its own. At a random moment SIGKILL strikes the whole group, or
the parent alone, or one worker. After each kill every result must be whole, though some are missing; the next run goes
on at once. When a run gets through, its results must be those of an undisturbed run, byte for byte, and its journal
must have the same rows.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from strategies import SEEDS

MODES = ("group", "parent", "worker")
#: Seconds after which a run counts as hung.
LONG = 300


def plant(folder: Path, *, files: int, seed: int) -> None:
    """Cut the flat seeds into *files* pieces of 20 to 150 words, in folders up to three deep."""
    choice = random.Random(seed)
    words = [word for path in sorted(SEEDS.glob("*.flat.txt")) for word in path.read_text(encoding="utf-8").split()]
    for number in range(files):
        begin = choice.randrange(len(words) - 150)
        deep = [f"d{choice.randrange(3)}" for _ in range(choice.randrange(4))]
        path = folder.joinpath(*deep, f"{number:03}.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(" ".join(words[begin : begin + choice.randrange(20, 150)]) + "\n", encoding="utf-8")
    (folder / "empty.txt").write_bytes(b"")


def start(source: Path, out: Path, jobs: int, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "newsnorm", "restore", str(source), "--out", str(out), "--jobs", str(jobs)]
    # A file, not a pipe: whoever reads a pipe to its end waits for all that hold it, and so for orphaned workers.
    with log.open("ab") as said:
        return subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, stderr=said)


def contents(out: Path) -> dict[str, bytes]:
    """Read every file of a folder of results, except newsnorm's own."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".newsnorm" not in path.parts
    }


def journal(out: Path) -> list[tuple[bytes, ...]]:
    """Read the rows of the journal, which must be the only file of newsnorm's own."""
    (path,) = (out / ".newsnorm").iterdir()
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT * FROM files ORDER BY name").fetchall()


def members(group: int) -> Iterator[tuple[int, str]]:
    """List the processes of a group that are alive, with their command lines."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, its_group = (folder / "stat").read_text().rpartition(") ")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                yield int(folder.name), (folder / "cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue


def strike(run: subprocess.Popen[bytes], mode: str, choice: random.Random) -> bool:
    """Kill the group, the parent or a worker; tell whether there was one."""
    if run.poll() is not None:
        return False
    if mode == "group":
        os.killpg(run.pid, signal.SIGKILL)
    elif mode == "parent":
        run.kill()
    else:
        workers = [pid for pid, command in members(run.pid) if "spawn_main" in command]
        if not workers:
            return False
        os.kill(choice.choice(workers), signal.SIGKILL)
    return True


def wait_for_moment(run: subprocess.Popen[bytes], out: Path, takes: float, files: int, choice: random.Random) -> None:
    """Wait for some time, or for some results: time alone would strike the long start of a run again and again."""
    if choice.random() < 0.4:
        time.sleep(choice.uniform(0.05, takes))
        return
    enough = choice.randrange(files + 1)
    while run.poll() is None and len(contents(out)) < enough:
        time.sleep(0.005)
    time.sleep(choice.uniform(0, 0.05))


def wait_for_end(groups: list[int]) -> None:
    """Wait until no process of a killed run is left; workers end by themselves when their parent is killed."""
    for _ in range(600):
        left = [member for group in groups for member in members(group)]
        if not left:
            return
        time.sleep(0.1)
    raise AssertionError(f"processes outlived their parent: {left}")


def torture(folder: Path, *, kills: int, jobs: int, seed: int, files: int = 60) -> list[tuple[str, int]]:
    """Kill and resume until *kills* kills have struck; return what each struck, and how many results were there."""
    assert Path("/proc/self").exists(), "processes are found by way of /proc, which this system lacks"
    choice = random.Random(seed)
    source, whole, out, log = (folder / name for name in ("source", "whole", "out", "log"))
    plant(source, files=files, seed=seed)
    began = time.monotonic()
    assert start(source, whole, jobs, log).wait(LONG) == 0, log.read_text()
    takes = time.monotonic() - began
    results, rows = contents(whole), journal(whole)
    assert len(results) == len(rows) == files + 1

    struck: list[tuple[str, int]] = []
    groups = []
    while len(struck) < kills or out.exists():
        run = start(source, out, jobs, log)
        groups.append(run.pid)
        if len(struck) < kills:
            mode = MODES[len(struck) % len(MODES)]
            wait_for_moment(run, out, takes, files, choice)
            if strike(run, mode, choice):
                struck.append((mode, len(contents(out))))
        status = run.wait(LONG)
        assert contents(out).items() <= results.items(), "a result is not whole"
        if status != -signal.SIGKILL:
            assert status == 0, log.read_text()
            assert (contents(out), journal(out)) == (results, rows)
            shutil.rmtree(out)
    wait_for_end(groups)
    assert "Traceback" not in log.read_text(), log.read_text()
    return struck


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    sys.stdout.write(f"seed {options.seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        struck = torture(Path(folder), kills=options.kills, jobs=options.jobs, seed=options.seed)
    count = Counter(mode for mode, _ in struck)
    sys.stdout.write(f"{len(struck)} kills survived: {', '.join(f'{mode} {count[mode]}' for mode in MODES)}\n")
    sys.stdout.write(f"results that were there: {', '.join(str(there) for _, there in struck)}\n")


if __name__ == "__main__":
    main()
