"""Measure newsnorm on this machine, alone and compared with other tools."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks import public
from benchmarks.support import data, machine, report

OUT = Path(__file__).with_name("results")
#: The subcommands; each is a module with a function `run`, and is imported only when it is called.
COMMANDS = {
    "quality": "precision, recall and F1 of every class",
    "public": "capitals and punctuation on public test sets, scored by their own rules; requires --data",
    "calibration": "whether 80 % of the edits with a probability of 80 % are right",
    "speed": "words per second, time for one article, and the encoder compared with plain products",
    "startup": "import and first call, in new processes",
    "memory": "resident memory at each stage",
    "scaling": "time per word in texts of 1,000 to 1,000,000 words",
    "streaming": "resident memory while `stream` processes a long text",
    "integrations": "overhead of pandas, polars, datasets, files, spaCy and Spark, compared with plain calls",
    "rivals": "other tools on the same articles, each in its own environment",
    "downstream": "entities, sentences and quotations that other tools find in restored text",
    "check": "compare results with the floors in benchmarks/floors.json, and fail below them",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run one subcommand, print and write its result; return the exit status."""
    options = vars(_parser().parse_args(arguments))
    name, path, out = options.pop("command"), options.pop("data"), options.pop("out")
    sets = public.load(path) if name == "public" else {}
    stories = list(sets.values()) or data.load(path)
    if "seconds" in options:
        limits = {key: options.pop(key) for key in ("characters", "seconds", "memory_mb")}
        options["limits"] = import_module("benchmarks.rivals").Limits(**limits)
    environment = machine.environment()  # first, so that the load average does not include the measurement
    found = import_module(f"benchmarks.{name}").run(sets or stories, **options)
    result, missed = found if name == "check" else (found, [])
    written = report.write(result, out, {**environment, "venvs": result.venvs}, data.describe(stories))
    print("\n\n".join(map(report.format_table, result.tables)))
    print(f"\nwritten: {', '.join(map(str, written))}")
    for line in missed:
        print(f"floor missed: {line}", file=sys.stderr)
    return 1 if missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    # argparse formats help texts with the operator %.
    helps = {name: text.replace("%", "%%") for name, text in COMMANDS.items()}
    added = {name: commands.add_parser(name, help=text, description=text) for name, text in helps.items()}
    for one in added.values():
        one.add_argument(
            "--data",
            type=Path,
            default=data.SEEDS,
            help="file or folder of formatted articles, one paragraph per line, a blank line between articles; "
            "default: the seed stories",
        )
        one.add_argument("--out", type=Path, default=OUT, help="folder for JSON and plots; default: benchmarks/results")
    for name, default in {"speed": 7, "startup": 11, "memory": 3, "scaling": 3, "integrations": 3, "rivals": 5}.items():
        added[name].add_argument("--repeats", type=int, default=default, help=f"default: {default}")
    added["quality"].add_argument(
        "--half-flat",
        dest="partially_formatted",
        action="store_true",
        help="also score text that has lost only some of its marks or its capitals; takes eight times as long",
    )
    added["speed"].add_argument(
        "--long-run",
        type=int,
        default=20_000,
        metavar="WORDS",
        help="words to restore with several processes; default: 20,000",
    )
    added["memory"].add_argument(
        "--characters", type=int, default=1_000_000, help="length of the long document; default: 1,000,000"
    )
    added["scaling"].add_argument(
        "--most", type=int, default=1_000_000, help="longest text, in words; default: 1,000,000"
    )
    added["streaming"].add_argument("--megabytes", type=int, default=10, help="length of the text; default: 10")
    added["streaming"].add_argument(
        "--without-encoder",
        action="store_true",
        help="take scores from a table, because the encoder takes hours per gigabyte",
    )
    one = added["integrations"]
    one.add_argument("--rows", type=int, default=2_000, help="number of texts; default: 2,000")
    one.add_argument("--words", type=int, default=60, help="words per text; default: 60")
    one.add_argument("--only", nargs="+", default=[], metavar="NAME", help="measure only these, named as in the table")
    one.add_argument(
        "--without-encoder", action="store_true", help="take scores from a table, which leaves only the overhead"
    )
    rivals = added["rivals"]
    rivals.add_argument(
        "--only", nargs="+", default=[], metavar="TOOL", help="run only these tools, by the names of their workers"
    )
    rivals.add_argument("--characters", type=int, default=1_048_576, help="length of the long line; default: 1,048,576")
    rivals.add_argument("--seconds", type=float, default=120, help="time limit for the long line; default: 120")
    rivals.add_argument("--memory-mb", type=int, default=6_000, help="memory limit for the long line; default: 6,000")
    return parser


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # so that `| head` does not cause a traceback
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
