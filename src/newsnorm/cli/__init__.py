"""``newsnorm`` the command: from its arguments to its exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from newsnorm.cli import commands
from newsnorm.cli.parser import make_parser
from newsnorm.errors import NewsnormError, reason, show


def _let_go_of_output() -> None:
    """Drop what could not be written. Python would try again at its exit, complain, and change the exit status."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = make_parser().parse_args(arguments)
    try:
        options.run(options)
        if options.out is None:
            commands.write("", flush=True)
    except BrokenPipeError:
        # `newsnorm restore … | head`: the reader has what it wanted.
        pass
    except KeyboardInterrupt:
        if options.out is None:
            options.console.say("interrupted")
        options.status = 130
    except (OSError, NewsnormError) as error:
        name = f"{show(os.fsdecode(error.filename))}: " if isinstance(error, OSError) and error.filename else ""
        options.console.say(name + reason(error))
        options.status = 1
    options.console.end()
    _let_go_of_output()
    return int(options.status)
