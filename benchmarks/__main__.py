"""``python -m benchmarks``: what newsnorm reaches on this machine, and beside others."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks import data, machine, public, report

OUT = Path(__file__).with_name("results")
#: The subcommands; each is a module with a function `run`, imported when it is asked for.
COMMANDS = {
    "quality": "precision, recall and F1 of every class",
    "public": "capitals and marks of public test sets, by their own rules; wants --data",
    "calibration": "of the edits that newsnorm is 80 % sure of, how many are right",
    "speed": "words a second, one article, and the encoder against plain products",
    "startup": "import and first call in fresh processes",
    "memory": "resident memory, stage by stage",
    "scaling": "what a word costs in texts of 1,000 to 1,000,000 words",
    "streaming": "resident memory while a long text goes through `stream`",
    "integrations": "restoring through pandas, polars, datasets, files, spaCy and Spark, beside plain calls",
    "rivals": "other tools on the same articles, each in an environment of its own",
    "downstream": "what readers find in restored text: entities, sentences, quotations",
    "check": "fails below the floors of benchmarks/floors.json",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run one subcommand, print and write what it found; return the exit status."""
    options = vars(_parser().parse_args(arguments))
    name, path, out = options.pop("command"), options.pop("data"), options.pop("out")
    sets = public.load(path) if name == "public" else {}
    stories = list(sets.values()) or data.load(path)
    if "seconds" in options:
        limits = {key: options.pop(key) for key in ("characters", "seconds", "memory_mb")}
        options["limits"] = import_module("benchmarks.rivals").Limits(**limits)
    environment = machine.environment()  # before the load of the measurement itself
    found = import_module(f"benchmarks.{name}").run(sets or stories, **options)
    result, missed = found if name == "check" else (found, [])
    written = report.write(result, out, {**environment, "venvs": result.venvs}, data.described(stories))
    print("\n\n".join(map(report.as_text, result.tables)))
    print(f"\nwritten: {', '.join(map(str, written))}")
    for line in missed:
        print(f"floor missed: {line}", file=sys.stderr)
    return 1 if missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    # argparse fills in what follows a percent sign.
    helps = {name: text.replace("%", "%%") for name, text in COMMANDS.items()}
    given = {name: commands.add_parser(name, help=text, description=text) for name, text in helps.items()}
    for one in given.values():
        one.add_argument(
            "--data",
            type=Path,
            default=data.SEEDS,
            help="file or folder of formatted articles, one paragraph a line, a blank line between articles; "
            "default: the seed stories",
        )
        one.add_argument("--out", type=Path, default=OUT, help="folder for JSON and plots; default: benchmarks/results")
    for name, default in {"speed": 7, "startup": 11, "memory": 3, "scaling": 3, "integrations": 3, "rivals": 5}.items():
        given[name].add_argument("--repeats", type=int, default=default, help=f"default: {default}")
    given["quality"].add_argument(
        "--half-flat",
        action="store_true",
        help="also of text that lost only some marks or its capitals; eight times as long",
    )
    given["speed"].add_argument(
        "--long-run", type=int, default=20_000, metavar="WORDS", help="for several processes; default: 20,000"
    )
    given["memory"].add_argument(
        "--characters", type=int, default=1_000_000, help="length of the long document; default: 1,000,000"
    )
    given["scaling"].add_argument(
        "--most", type=int, default=1_000_000, help="longest text, in words; default: 1,000,000"
    )
    given["streaming"].add_argument("--megabytes", type=int, default=10, help="how much text; default: 10")
    given["streaming"].add_argument(
        "--without-encoder",
        action="store_true",
        help="scores from a table, because the encoder takes hours for a gigabyte",
    )
    one = given["integrations"]
    one.add_argument("--rows", type=int, default=2_000, help="texts; default: 2,000")
    one.add_argument("--words", type=int, default=60, help="words of a text; default: 60")
    one.add_argument("--only", nargs="+", default=[], metavar="NAME", help="some of them, as they are in the table")
    one.add_argument("--without-encoder", action="store_true", help="scores from a table: what is left is the overhead")
    rivals = given["rivals"]
    rivals.add_argument("--only", nargs="+", default=[], metavar="TOOL", help="some of the tools, by their workers")
    rivals.add_argument("--characters", type=int, default=1_048_576, help="of the long line; default: 1,048,576")
    rivals.add_argument("--seconds", type=float, default=120, help="for the long line; default: 120")
    rivals.add_argument("--memory-mb", type=int, default=6_000, help="for the long line; default: 6,000")
    return parser


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # `| head` ends it without a traceback
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
