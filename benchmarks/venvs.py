"""Virtual environments that the benchmarks make for other people's tools, and the tools at work in them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import select
import subprocess
import sys
import time
import venv
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

from attrs import frozen

from benchmarks.process import ROOT

#: Kept from run to run and never committed; remove the folder to start afresh.
VENVS = ROOT / "benchmarks" / "venvs"
_WORKERS = ROOT / "benchmarks" / "workers"


class ToolError(Exception):
    """A tool could not be installed, or failed at its work; the message says how."""


@frozen
class Tool:
    """Somebody's program: what to install, and which of ``benchmarks/workers`` runs it."""

    name: str
    worker: str
    requirements: tuple[str, ...]
    #: Installed without what they ask for, which would not go with the Python or the packages of today.
    without_dependencies: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where its environment is: one for each set of requirements, so that a changed set is installed anew."""
        asked = json.dumps([list(self.requirements), list(self.without_dependencies), sys.version_info[:2]])
        plain = "-".join(re.findall(r"[a-z0-9]+", self.name.lower()))
        return VENVS / f"{plain}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


EMPTY = Tool("an empty environment", "empty", ())


def make(tool: Tool, *, fresh: bool = False) -> Path:
    """
    Make the virtual environment of *tool*, unless it is there.

    Args:
        tool: What to install.
        fresh: Make it anew, as for newsnorm itself, whose files change.

    Returns:
        Its Python.

    Raises:
        ToolError: pip could not install it.
    """
    python = tool.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = tool.folder / "installed"
    if done.exists() and not fresh:
        return python
    venv.create(tool.folder, clear=True, with_pip=True)
    for options, packages in (([], tool.requirements), (["--no-deps"], tool.without_dependencies)):
        if packages:
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options, *packages]
            run = subprocess.run(pip, capture_output=True, text=True, check=False)
            if run.returncode:
                reasons = [line for line in run.stderr.splitlines() if line.startswith("ERROR")] or [run.stderr.strip()]
                raise ToolError(f"{tool.name} cannot be installed: {reasons[0]}")
    done.touch()
    return python


def size(tool: Tool) -> float:
    """Measure an environment that was made, in MB on the disk; compiled bytecode is left out, as it comes with use."""
    files = (path for path in tool.folder.rglob("*") if "__pycache__" not in path.parts)
    return sum(path.stat().st_size for path in files if path.is_file() and not path.is_symlink()) / 1e6


def packages(tool: Tool) -> dict[str, str]:
    """List the packages of an environment that was made, with their versions."""
    found = {}
    for folder in tool.folder.rglob("*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").rpartition("-")
        found[name] = version
    return dict(sorted(found.items()))


class Worker:
    """
    A tool at work in a process of its own, to be used in a ``with`` statement.

    Attributes:
        started: Seconds from the start of the process until the tool was loaded.
    """

    def __init__(self, tool: Tool, *, training: Sequence[str] = (), memory_mb: int | None = None) -> None:
        """Start and load *tool*, which may learn from *training*; raise `ToolError` if it cannot."""
        command = [str(make(tool)), str(_WORKERS / "serve.py"), tool.worker]
        self._errors = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed in `close`
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            [*command, str(memory_mb)] if memory_mb else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
            # Where two forms of a word are as frequent, truecase takes the one that a set yields first.
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        try:
            self._ask({"training": list(training)}, None)
        except BaseException:
            self.close()
            raise
        self.started = time.perf_counter() - begun

    def work(self, texts: Sequence[str], *, seconds: float | None = None) -> dict[str, Any]:
        """
        Have *texts* worked on.

        Args:
            texts: What the tool is given, all at once.
            seconds: How long to wait.

        Returns:
            ``results``, the ``seconds`` it took, ``resident`` and ``peak`` memory in MB.

        Raises:
            ToolError: It failed, ran out of memory, or took longer than *seconds*.
        """
        return self._ask({"texts": list(texts)}, seconds)

    def _ask(self, order: Mapping[str, object], seconds: float | None) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        # A process that has died reads nothing; what became of it is asked below.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        if seconds is not None and not select.select([self._process.stdout], [], [], seconds)[0]:
            self._process.kill()
            raise ToolError(f"over the time limit of {seconds:g} s")
        line = self._process.stdout.readline()
        if not line:
            raise ToolError(f"failed: its process ended with status {self._process.wait()}; {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise ToolError(f"failed: {' '.join(answer['failed'].split())[:200]}")
        return answer

    def _last_words(self) -> str:
        self._errors.seek(0)
        return (self._errors.read().strip().splitlines() or ["it said nothing"])[-1][:200]

    def close(self) -> None:
        """End the process; a tool that does not end by itself is killed."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
