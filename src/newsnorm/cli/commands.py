"""The commands: each reads its input, calls the function of the same name and writes the result."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsnorm.cli import inputs
from newsnorm.cli.console import Console
from newsnorm.errors import NewsnormError, show
from newsnorm.files import jsonl
from newsnorm.files.compression import SUFFIXES
from newsnorm.options import Options

if TYPE_CHECKING:
    from newsnorm.restoration import Restoration


def write(text: str, *, flush: bool = False) -> None:
    """Write to standard output. An error names it."""
    if sys.stdout is None:  # closed by the shell, `>&-`
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), "standard output")
    try:
        sys.stdout.buffer.write(text.encode())
        if flush:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def _is_jsonl(options: argparse.Namespace, text: inputs.Text) -> bool:
    """Return whether to write JSON Lines: on request, or by default if the source is JSON Lines."""
    return options.format == "jsonl" or (options.format is None and text.record is not None)


def _as_record(text: inputs.Text, fields: Mapping[str, Any]) -> str:
    """Return a line of JSON: the record, or the file name, with *fields*. The text keeps its place."""
    record = {"file": text.path} if text.record is None else text.record
    named = {text.field if name == "text" else name: value for name, value in fields.items()}
    if record.get(text.field, "") is None:
        named[text.field] = None
    return jsonl.write({**record, **named})


def _result(options: argparse.Namespace, text: inputs.Text, result: str, *, end: str = "") -> str:
    """Return the *result* for a text in the output format."""
    if _is_jsonl(options, text):
        return _as_record(text, {"text": result})
    return result + ("\n" if text.record is not None else end)


def _options(options: argparse.Namespace) -> Options:
    return Options(**{name: getattr(options, name) for name in Options._fields})


def restore(options: argparse.Namespace) -> None:
    """``newsnorm restore``."""
    if options.column is not None or options.into is not None:
        _restore_table(options)
    elif options.out is not None:
        _restore_to_folder(options)
    elif options.jobs is not None or options.glob is not None:
        options.refuse("--jobs and --glob require --out OUT, the folder for the results")
    elif folders := [path for path in options.files if os.path.isdir(path)]:
        options.refuse(f"{show(folders[0])} is a folder: name a folder for the results with --out OUT")
    elif options.stream:
        _restore_stream(options)
    elif options.format == "html":
        _explain_in_html(options)
    else:
        _restore_texts(options)


def _restore_texts(options: argparse.Namespace) -> None:
    from newsnorm.processes import restore_texts

    change = partial(restore_texts, options=_options(options), model=options.model)
    for source, restored in jsonl.paired(inputs.texts(options), attrgetter("text"), change):
        write(_result(options, source, restored))
        options.console.add(source.size)


def _restore_stream(options: argparse.Namespace) -> None:
    from newsnorm.streaming import restore_chunks

    paths = options.files or ["-"]
    if options.format not in {None, "text"} or any(jsonl.text_field(path, options.field) for path in paths):
        options.refuse(
            "--stream is for plain text: JSON Lines are always read line by line, and a page needs the whole text"
        )

    def read(path: str) -> Iterator[str]:
        # An error ends the text, but everything before it is restored and written.
        with inputs.report_errors(options, path):
            yield from inputs.pieces(options, path, options.console.add)

    inputs.count_bytes(options.console, options.files)
    for path in paths:
        for piece in restore_chunks(read(path), _options(options), options.model):
            write(piece, flush=True)


def _restore_to_folder(options: argparse.Namespace) -> None:
    from newsnorm.folders import find, results, run, worker
    from newsnorm.model import PACKAGED

    if options.format is not None:
        options.refuse("with --out each result has the format of its source: omit --format")
    if not options.files:
        options.refuse("name the files or folders to restore, or omit --out to read standard input")
    if options.out.lower().endswith((".txt", *jsonl.SUFFIXES, *SUFFIXES)) and not os.path.isdir(options.out):
        options.refuse(f"--out is a folder for the results; for one file: newsnorm restore FILE > {show(options.out)}")
    pattern = "*.txt" if options.glob is None else options.glob
    try:
        sources = find.find(options.files, options.out, pattern)
    except ValueError as error:
        options.refuse(str(error))
    if not sources:
        options.console.print_message(f"no file matches {show(pattern)}: give another pattern with --glob")
    model = PACKAGED if options.model is None else Path(options.model).absolute()
    settings = worker.Settings(_options(options), model, options.encoding, options.stream, options.field)
    console: Console = options.console
    with results.open_results(options.out, settings.fingerprint()) as output:
        made = run.Run(output, console.print_message, console.add)
        console.start(len(sources), "file")
        try:
            made.restore(sources, settings, jobs=options.jobs or 1)
        except KeyboardInterrupt:
            console.print_message("interrupted: run the same command again to resume")
            raise
        finally:
            console.end()
            console.print_message(str(made.summary))
    if made.summary.failed:
        options.status = 1


def _restore_table(options: argparse.Namespace) -> None:
    from newsnorm.integrations import tables

    unsupported = (options.stream, options.glob, options.encoding, options.field, options.format)
    if options.column is None or options.out is None or len(options.files) != 1 or any(unsupported):
        options.refuse("--column takes one table in UTF-8: newsnorm restore a.parquet --column text --out b.parquet")
    wanted = {"into": options.into, "workers": options.jobs or 1, "model": options.model}
    try:
        rows = tables.restore(options.files[0], options.out, options.column, **wanted, **_options(options)._asdict())
    except ValueError as error:
        options.refuse(str(error))
    except ModuleNotFoundError as error:
        raise NewsnormError(str(error)) from error
    options.console.print_message(f"restored {options.column!r} in {rows} rows")


def _explained(options: argparse.Namespace) -> Iterator[tuple[inputs.Text, Restoration]]:
    from newsnorm.pipeline import explained

    for text in inputs.texts(options):
        yield text, explained(text.text, _options(options), options.model)
        options.console.add(text.size)


def explain(options: argparse.Namespace) -> None:
    """``newsnorm explain``."""
    from newsnorm.view.terminal import as_fields, as_text

    if options.html is not None or options.format == "html":
        _explain_in_html(options)
        return
    colour = sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for text, found in _explained(options):
        if _is_jsonl(options, text):
            write(_as_record(text, as_fields(found)))
        else:
            write(as_text(found, colour=colour) + "\n")


def _explain_in_html(options: argparse.Namespace) -> None:
    from newsnorm.view.html import page

    titles, restorations = [], []
    for text, found in _explained(options):
        titles.append("standard input" if text.path == "-" else show(text.path))
        restorations.append(found)
    html = page(*restorations, titles=titles)
    if restorations and options.html is None:
        write(html)
    elif restorations:
        Path(options.html).write_text(html, encoding="utf-8", newline="\n")


def quotations(options: argparse.Namespace) -> None:
    """``newsnorm quotations``."""
    from newsnorm.view.terminal import as_fields, escape_controls

    for text, found in _explained(options):
        if _is_jsonl(options, text):
            fields = as_fields(found)
            write(_as_record(text, {name: fields[name] for name in ("text", "quotations")}))
        else:
            for one in found.quotations:
                write(f"{one.start:>7} {one.probability:>5.2f}  {escape_controls(' '.join(one.text.split()))}\n")


def flatten(options: argparse.Namespace) -> None:
    """``newsnorm flatten``."""
    from newsnorm.words import flatten

    for text in inputs.texts(options):
        write(_result(options, text, flatten(text.text), end="\n"))
        options.console.add(text.size)


def score(options: argparse.Namespace) -> None:
    """``newsnorm score``."""
    import json

    from newsnorm.metrics import score, table

    texts = [text.text for path in (options.gold, options.restored) for text in inputs.whole(options, path)]
    if options.status:
        return
    result = score(*texts)
    if result.words_kept or options.json:
        write((json.dumps(result.as_dict()) if options.json else table(result)) + "\n")
    else:
        options.console.print_message(f"{table(result)}; both must be the same text")
    options.status = 0 if result.words_kept else 1


def completion(options: argparse.Namespace) -> None:
    """``newsnorm completion``."""
    from newsnorm.cli.completion import script

    write(script(options.commands, options.shell))
