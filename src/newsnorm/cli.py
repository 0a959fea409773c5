"""``newsnorm`` the command: `restore`, `flatten`, `score` and `explain` from a shell."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from newsnorm.errors import DataError
from newsnorm.flatten import flatten
from newsnorm.kinds import KINDS, QUOTE_STYLES

_EXAMPLES = """examples:
  newsnorm restore story.flat.txt
  cat story.flat.txt | newsnorm restore --quotes curly --paragraphs
  newsnorm restore --kinds case,contractions story.flat.txt
  newsnorm explain --threshold 0.9 story.flat.txt
  newsnorm score story.txt <(newsnorm flatten story.txt | newsnorm restore)

exit status: 0 done, 1 a file or the model could not be read, 2 wrong arguments"""


def _read(path: str) -> str:
    """Read a file, or standard input for ``-``. Bytes that are not UTF-8 come back as they are when written."""
    data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    return data.decode("utf-8", "surrogateescape")


def _write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))


def _texts(options: argparse.Namespace) -> Iterator[str]:
    for path in options.files or ["-"]:
        yield _read(path)


def _kinds(value: str) -> tuple[str, ...]:
    kinds = tuple(kind.strip() for kind in value.split(",") if kind.strip())
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise argparse.ArgumentTypeError(f"{', '.join(map(repr, unknown)) or 'none'}: choose among {','.join(KINDS)}")
    return kinds


def _threshold(value: str) -> float:
    try:
        threshold = float(value)
    except ValueError:
        threshold = -1.0
    if not 0 <= threshold <= 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a probability from 0 to 1")
    return threshold


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in ("kinds", "threshold", "quotes", "paragraphs", "model")}


def _restore(options: argparse.Namespace) -> None:
    from newsnorm.restore import restore_many

    for text in restore_many(_texts(options), **_settings(options)):
        _write(text)


def _explain(options: argparse.Namespace) -> None:
    from newsnorm import report
    from newsnorm.restore import explain

    form = report.as_json if options.json else report.as_text
    for text in _texts(options):
        _write(form(explain(text, **_settings(options))) + "\n")


def _flatten(options: argparse.Namespace) -> None:
    for text in _texts(options):
        _write(flatten(text) + "\n")


def _score(options: argparse.Namespace) -> None:
    import json

    from newsnorm.metrics import score, table

    result = score(_read(options.gold), _read(options.restored))
    _write((json.dumps(result.as_dict()) if options.json else table(result)) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="newsnorm",
        description="Turn flattened wire text back into copy that people can read.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], None], summary: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        made.set_defaults(run=run)
        return made

    for name, run, summary in (
        ("restore", _restore, "restore flat text"),
        ("explain", _explain, "restore flat text and list the edits with their probabilities"),
    ):
        made = command(name, run, summary)
        made.add_argument(
            "files", nargs="*", metavar="FILE", help="flat text, UTF-8; standard input without one or for -"
        )
        made.add_argument("--kinds", type=_kinds, default=KINDS, help=f"what to restore, some of {','.join(KINDS)}")
        made.add_argument("--quotes", choices=QUOTE_STYLES, default="straight", help="style of the quotation marks")
        made.add_argument("--threshold", type=_threshold, default=0.0, help="least probability of an edit, 0 to 1")
        made.add_argument("--paragraphs", action="store_true", help="break the text into paragraphs")
        made.add_argument("--model", metavar="DIR", help="folder of a model to use instead of the packaged one")
        if name == "explain":
            made.add_argument("--json", action="store_true", help="one line of JSON a file")

    made = command("flatten", _flatten, "flatten formatted text")
    made.add_argument("files", nargs="*", metavar="FILE", help="any text; standard input without one or for -")

    made = command("score", _score, "score restored text against gold, class by class")
    made.add_argument("gold", metavar="GOLD", help="the formatted text")
    made.add_argument("restored", metavar="RESTORED", help="the restored text")
    made.add_argument("--json", action="store_true", help="print JSON")
    return parser


class _ShowVersion(argparse.Action):
    """Look the version up when it is asked for: the look-up costs more than all of the parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"newsnorm {version('newsnorm')}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # `newsnorm restore … | head`: the reader has what it wanted. Python would complain again at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, DataError) as error:
        print(f"newsnorm: {error}", file=sys.stderr)
        return 1
    return 0
