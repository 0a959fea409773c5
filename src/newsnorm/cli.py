"""``newsnorm`` the command: `restore`, `flatten`, `score` and `explain` from a shell."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from newsnorm.errors import NewsnormError, TextError, reason, show
from newsnorm.flatten import flatten
from newsnorm.kinds import KINDS, QUOTE_STYLES

_EXAMPLES = """examples:
  newsnorm restore story.flat.txt
  cat story.flat.txt | newsnorm restore --quotes curly --paragraphs
  newsnorm restore --kinds case,contractions story.flat.txt
  newsnorm restore wire/ --out restored/ --jobs 2
  newsnorm restore articles.parquet --column text --out restored.parquet
  tail -f wire.log | newsnorm restore --stream
  newsnorm explain --threshold 0.9 story.flat.txt
  newsnorm score story.txt <(newsnorm flatten story.txt | newsnorm restore)

exit status: 0 done, 1 a file or the model could not be read or a result not written (the other files are done),
2 wrong arguments, 130 interrupted"""


#: How many bytes of a pipe are read at once, or fewer if there are no more yet.
_BLOCK = 1 << 16


def _say(message: str) -> None:
    """Print a line to standard error. That nobody reads it is no reason to stop."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"newsnorm: {message}", file=sys.stderr)


def _blocks(path: str) -> Iterator[bytes]:
    """Read a file, or standard input for ``-``, as its bytes come."""
    if path == "-" and sys.stdin is None:
        raise OSError("it is closed")
    with nullcontext(sys.stdin.buffer) if path == "-" else open(path, "rb") as file:
        while block := os.read(file.fileno(), _BLOCK):
            yield block


@contextmanager
def _reported(options: argparse.Namespace, path: str) -> Iterator[None]:
    """Report a file that cannot be read, and go on: the others are none the worse for it."""
    try:
        yield
    except (OSError, TextError) as error:
        _say(f"{'standard input' if path == '-' else show(path)}: {reason(error)}")
        options.status = 1


def _texts(options: argparse.Namespace, paths: Sequence[str]) -> Iterator[str]:
    """Read those files that can be read, each as one text."""
    from newsnorm.files.reading import decode_blocks

    for path in paths or ["-"]:
        text = None
        with _reported(options, path):
            text = "".join(decode_blocks(_blocks(path), options.encoding))
        if text is not None:
            yield text


def _write(text: str, *, flush: bool = False) -> None:
    if sys.stdout is None:  # closed from the beginning, `>&-`
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), "standard output")
    try:
        sys.stdout.buffer.write(text.encode())
        if flush:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


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


def _encoding(value: str) -> str:
    from newsnorm.files.reading import check_encoding

    try:
        return check_encoding(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _jobs(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of processes, 1 or more")
    return int(value)


def _options(options: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in ("kinds", "threshold", "quotes", "paragraphs")}


def _restore(options: argparse.Namespace) -> None:
    if options.column is not None or options.into is not None:
        _restore_table(options)
        return
    if options.out is not None:
        _restore_to_folder(options)
        return
    if options.jobs is not None or options.glob is not None:
        options.refuse("--jobs and --glob are for folders: say where the restored files go, with --out OUT")
    if folders := [path for path in options.files if os.path.isdir(path)]:
        options.refuse(f"{show(folders[0])} is a folder: say where its restored files go, with --out OUT")
    if options.stream:
        _restore_stream(options)
        return
    from newsnorm.restore import restore_many

    for text in restore_many(_texts(options, options.files), **_options(options), model=options.model):
        _write(text)


def _restore_stream(options: argparse.Namespace) -> None:
    from newsnorm.files.reading import decode_blocks
    from newsnorm.stream import stream

    def read(path: str) -> Iterator[str]:
        # A failure ends the text, so that all that comes before it is restored and written.
        with _reported(options, path):
            yield from decode_blocks(_blocks(path), options.encoding)

    for path in options.files or ["-"]:
        for piece in stream(read(path), **_options(options), model=options.model):
            _write(piece, flush=True)


def _restore_to_folder(options: argparse.Namespace) -> None:
    from newsnorm.files import output, run, tree, worker
    from newsnorm.model import PACKAGED

    if not options.files:
        options.refuse("name the files or folders to restore, or leave out --out for standard input")
    try:
        sources = tree.find(options.files, options.out, "*.txt" if options.glob is None else options.glob)
    except ValueError as error:
        options.refuse(str(error))
    model = PACKAGED if options.model is None else Path(options.model).absolute()
    settings = worker.Settings(_options(options), model, options.encoding, options.stream)
    with output.opened(options.out, settings.fingerprint()) as results:
        made = run.Run(results, _say)
        try:
            made.restore(sources, settings, jobs=options.jobs or 1)
        except KeyboardInterrupt:
            _say("interrupted: give the same command again to go on")
            raise
        finally:
            _say(str(made.summary))
    if made.summary.failed:
        options.status = 1


def _restore_table(options: argparse.Namespace) -> None:
    from newsnorm.integrations import tables

    elsewhere = options.stream or options.glob is not None or options.encoding is not None
    if options.column is None or options.out is None or len(options.files) != 1 or elsewhere:
        options.refuse("a table goes alone, in UTF-8: newsnorm restore a.parquet --column text --out b.parquet")
    wanted = {"into": options.into, "workers": options.jobs or 1, "model": options.model}
    try:
        rows = tables.restore(options.files[0], options.out, options.column, **wanted, **_options(options))
    except ValueError as error:
        options.refuse(str(error))
    except ModuleNotFoundError as error:
        raise NewsnormError(str(error)) from error
    _say(f"restored {options.column!r} in {rows} rows")


def _explain(options: argparse.Namespace) -> None:
    from newsnorm import report
    from newsnorm.restore import explain

    form = report.as_json if options.json else report.as_text
    for text in _texts(options, options.files):
        _write(form(explain(text, **_options(options), model=options.model)) + "\n")


def _flatten(options: argparse.Namespace) -> None:
    for text in _texts(options, options.files):
        _write(flatten(text) + "\n")


def _score(options: argparse.Namespace) -> None:
    import json

    from newsnorm.metrics import score, table

    texts = list(_texts(options, [options.gold, options.restored]))
    if not options.status:
        result = score(*texts)
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
        made.set_defaults(run=run, refuse=made.error, status=0, out=None)
        made.add_argument("--encoding", type=_encoding, metavar="NAME", help="encoding of the input, if not UTF-8")
        return made

    for name, run, summary in (
        ("restore", _restore, "restore flat text"),
        ("explain", _explain, "restore flat text and list the edits with their probabilities"),
    ):
        made = command(name, run, summary)
        file = "FILE" if name == "explain" else "FILE|FOLDER"
        made.add_argument("files", nargs="*", metavar=file, help="flat text; standard input without one or for -")
        made.add_argument("--kinds", type=_kinds, default=KINDS, help=f"what to restore, some of {','.join(KINDS)}")
        made.add_argument("--quotes", choices=QUOTE_STYLES, default="straight", help="style of the quotation marks")
        made.add_argument("--threshold", type=_threshold, default=0.0, help="least probability of an edit, 0 to 1")
        made.add_argument("--paragraphs", action="store_true", help="break the text into paragraphs")
        made.add_argument("--model", metavar="DIR", help="folder of a model to use instead of the packaged one")
        if name == "explain":
            made.add_argument("--json", action="store_true", help="one line of JSON a file")
        else:
            made.add_argument("--stream", action="store_true", help="restore as the text comes, in constant memory")
            made.add_argument(
                "--out", metavar="OUT", help="folder for the results: a file each, resumed if interrupted"
            )
            made.add_argument("--column", metavar="NAME", help="restore this column of a .parquet or .jsonl file")
            made.add_argument("--into", metavar="NAME", help="with --column: a new column, instead of replacing it")
            made.add_argument("--jobs", type=_jobs, metavar="N", help="with --out: processes, 1 unless given")
            made.add_argument("--glob", metavar="PATTERN", help="with --out: files of the folders, *.txt unless given")

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


def _let_go_of_output() -> None:
    """Drop what could not be written. Python would try again at its exit, complain, and change the exit status."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        if options.out is None:
            _write("", flush=True)
    except BrokenPipeError:
        # `newsnorm restore … | head`: the reader has what it wanted.
        pass
    except KeyboardInterrupt:
        options.status = 130
    except (OSError, NewsnormError) as error:
        name = f"{show(os.fsdecode(error.filename))}: " if isinstance(error, OSError) and error.filename else ""
        _say(name + reason(error))
        options.status = 1
    _let_go_of_output()
    return int(options.status)
