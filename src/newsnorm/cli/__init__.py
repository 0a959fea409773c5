"""The command ``newsnorm``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from newsnorm.cli import commands
from newsnorm.cli.parser import make_parser
from newsnorm.errors import NewsnormError, reason, show


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = make_parser().parse_args(arguments)
    try:
        options.run(options)
        if options.out is None:
            commands.write("", flush=True)
    except BrokenPipeError:
        # `newsnorm restore … | head`: the reader has read enough.
        pass
    except KeyboardInterrupt:
        if options.out is None:
            options.console.print_message("interrupted")
        options.status = 130
    except (OSError, NewsnormError) as error:
        name = f"{show(os.fsdecode(error.filename))}: " if isinstance(error, OSError) and error.filename else ""
        options.console.print_message(name + reason(error))
        options.status = 1
    options.console.end()
    _discard_unwritten_output()
    return int(options.status)


def _discard_unwritten_output() -> None:
    """Discard what could not be written. Python would retry at exit, report it again and change the exit status."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
