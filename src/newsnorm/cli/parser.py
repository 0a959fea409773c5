"""The arguments of the command and their help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

from newsnorm.cli import commands
from newsnorm.cli.completion import SHELLS
from newsnorm.cli.console import Console
from newsnorm.errors import NewsnormError
from newsnorm.kinds import KINDS, QUOTE_STYLES

_EXAMPLES = {
    "": """examples:
  newsnorm restore story.flat.txt                    print the restored story
  newsnorm restore wire/ --out restored/ --jobs 2    restore a folder of files
  newsnorm explain story.flat.txt --html out.html    write a page with every edit and its probability
  newsnorm quotations story.flat.txt                 list its quotations
  newsnorm COMMAND --help                            more examples and all options""",
    "restore": """examples:
  newsnorm restore story.flat.txt > story.txt
  zcat story.gz | newsnorm restore --quotes curly --paragraphs
  newsnorm restore --kinds case,contractions story.flat.txt
  newsnorm restore archive.jsonl.gz > restored.jsonl         # {"id": 7, "text": "u s troops"}
  newsnorm restore archive.jsonl --field body > restored.jsonl
  newsnorm restore wire/ --out restored/ --jobs 2            # run it again to resume
  newsnorm restore wire/ --out restored/ --glob '*.jsonl'
  newsnorm restore articles.parquet --column text --out restored.parquet
  zcat wire-2019.txt.gz | newsnorm restore --stream""",
    "explain": """examples:
  newsnorm explain story.flat.txt
  newsnorm explain story.flat.txt --html out.html    # a self-contained page
  newsnorm explain --threshold 0.9 story.flat.txt
  newsnorm explain --format jsonl story.flat.txt | jq '.edits[] | select(.probability < 0.5)'""",
    "quotations": """examples:
  newsnorm quotations story.flat.txt                 # offset in the restored text, probability, quotation
  newsnorm quotations --threshold 0.8 story.flat.txt
  newsnorm quotations archive.jsonl > quoted.jsonl   # each record with its quotations""",
    "flatten": """examples:
  newsnorm flatten story.txt
  newsnorm flatten story.txt | newsnorm restore
  newsnorm flatten archive.jsonl --field body > flat.jsonl""",
    "score": """examples:
  newsnorm score story.txt restored.txt
  newsnorm flatten story.txt | newsnorm restore | newsnorm score story.txt -
  newsnorm score --json story.txt restored.txt""",
    "completion": """examples:
  eval "$(newsnorm completion bash)"                 # in ~/.bashrc; likewise for zsh in ~/.zshrc
  newsnorm completion fish > ~/.config/fish/completions/newsnorm.fish""",
}
_STATUS = """exit status:
  0    success, also if the reader of a pipe (| head) stops early
  1    a file, a line or the model could not be read, or a result not written; everything else is done
  2    invalid arguments; nothing is done
  130  interrupted"""


def _kinds(value: str) -> tuple[str, ...]:
    kinds = tuple(kind.strip() for kind in value.split(",") if kind.strip())
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise argparse.ArgumentTypeError(f"{', '.join(map(repr, unknown)) or 'none'}: choose from {','.join(KINDS)}")
    return kinds


def _threshold(value: str) -> float:
    try:
        threshold = float(value)
    except ValueError:
        threshold = -1.0
    if not 0 <= threshold <= 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a probability from 0 to 1")
    return threshold


def _encoding(value: str) -> str:
    from newsnorm.files.text import check_encoding

    try:
        return check_encoding(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _page(value: str) -> str:
    # Otherwise `explain --html story.txt` would overwrite the story with a page.
    if not value.lower().endswith((".html", ".htm")):
        raise argparse.ArgumentTypeError(f"{value!r} does not end in .html: use a name such as out.html")
    return value


def _jobs(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of processes (1 or more)")
    return int(value)


Add = Callable[..., argparse.Action]
Command = Callable[[argparse.Namespace], None]


def _add_reading(add: Add, what: str, file: str = "FILE") -> None:
    add("files", nargs="*", metavar=file, help=f"{what}, compressed or not; standard input by default or for -")
    add("--field", metavar="NAME", help="read JSON Lines with the text in this field; the default for .jsonl is 'text'")


def _add_format(add: Add, *formats: str) -> None:
    add("--format", choices=formats, help="format of the result; by default that of the source")


def _add_restoring(add: Add, of: str = "an edit") -> None:
    add("--quotes", choices=QUOTE_STYLES, default="straight", help="style of the quotation marks")
    add("--threshold", type=_threshold, default=0.0, metavar="P", help=f"minimum probability of {of}, 0 to 1")
    alone = "ignore the other mentions of a name when deciding its form"
    add("--no-consistent", action="store_false", dest="consistent", help=alone)
    add("--model", metavar="DIR", help="folder of a model to use instead of the packaged one")


def _add_kinds(add: Add) -> None:
    kinds = f"what to restore: some of {','.join(KINDS)}; by default what each text lacks, with --stream all"
    add("--kinds", type=_kinds, metavar="KIND,KIND", help=kinds)
    add("--paragraphs", action="store_true", help="break the text into paragraphs")


class _Parser(argparse.ArgumentParser):
    """A parser that prints the error alone, not below half a page of usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\nfor help: {self.prog} --help\n")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser, with one subparser for each command."""
    parser = _Parser(
        prog="newsnorm",
        description="Turn flattened wire text back into readable news text.",
        epilog=f"{_EXAMPLES['']}\n\n{_STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the versions of newsnorm and its model")
    made = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command, summary: str) -> Add:
        sub = made.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"{_EXAMPLES[name]}\n\n{_STATUS}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(
            run=run, refuse=sub.error, status=0, console=Console(), out=None, html=None, kinds=None, paragraphs=False
        )
        sub.add_argument("--encoding", type=_encoding, metavar="NAME", help="encoding of the input, if not UTF-8")
        return sub.add_argument

    add = command("restore", commands.restore, "restore flat text")
    _add_reading(add, "flat text", "FILE|FOLDER")
    _add_format(add, "text", "jsonl", "html")
    _add_kinds(add)
    _add_restoring(add)
    stream = "process input incrementally in constant memory, about a thousand words behind; implies --no-consistent"
    add("--stream", action="store_true", help=stream)
    add("--out", metavar="OUT", help="folder for the results, one file each; run again to resume")
    add("--column", metavar="NAME", help="restore this column of a .parquet or .jsonl file, with --out FILE")
    add("--into", metavar="NAME", help="with --column: write to a new column instead of replacing it")
    add("--jobs", type=_jobs, metavar="N", help="with --out: number of processes, 1 by default")
    add("--glob", metavar="PATTERN", help="with --out: pattern for the files in folders, *.txt by default")

    add = command("explain", commands.explain, "restore flat text and show the edits with their probabilities")
    _add_reading(add, "flat text")
    _add_format(add, "text", "jsonl", "html")
    add("--json", action="store_const", const="jsonl", dest="format", help="the same as --format jsonl")
    add("--html", type=_page, metavar="OUT.html", help="write a page with a toggle for each kind to this file")
    _add_kinds(add)
    _add_restoring(add)

    add = command("quotations", commands.quotations, "list the quotations in flat text, restored")
    _add_reading(add, "flat text")
    _add_format(add, "text", "jsonl")
    _add_restoring(add, "a quotation")

    add = command("flatten", commands.flatten, "flatten formatted text")
    _add_reading(add, "any text")
    _add_format(add, "text", "jsonl")

    add = command("score", commands.score, "score restored text against the original, per class")
    add("gold", metavar="GOLD", help="the original text")
    add("restored", metavar="RESTORED", help="the restored text")
    add("--json", action="store_true", help="print JSON")

    add = command("completion", commands.completion, "print a shell completion script")
    add("shell", choices=SHELLS, help="the shell")
    parser.set_defaults(commands=made)
    return parser


class _ShowVersion(argparse.Action):
    """Look up the versions only on request: this takes longer than building the parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        from newsnorm.model import PACKAGED, checksum

        try:
            model = checksum(PACKAGED)[:12]
        except NewsnormError as error:
            model = f"not usable: {error}"
        print(f"newsnorm {version('newsnorm')}, model {model}")
        parser.exit()
