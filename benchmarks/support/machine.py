"""The exact environment of a measurement; without it a result cannot be compared with others."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from benchmarks.support.process import ROOT, usable_cores

#: The instruction sets that determine the speed of int8 and float products.
_FLAGS = "sse4_2 avx avx2 fma avx512f avx512bw avx512vl avx512_vnni avx_vnni avx512_bf16 amx_int8 asimd asimddp i8mm"
#: The variables that set the number of threads of some library.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ORT_NUM_THREADS", "OMP_WAIT_POLICY")
_PACKAGES = ("newsnorm", "numpy", "onnxruntime", "attrs", "regex", "onnx", "matplotlib", "tqdm")


def environment() -> dict[str, object]:
    """Describe this machine and everything that affects a measurement, as plain data."""
    from newsnorm.model import PACKAGED, checksum

    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": usable_cores(),
        "memory_gb": _memory(),
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": versions(_PACKAGES),
        "commit": commit(),
        "model": checksum(PACKAGED),
        "threads": {name: os.environ[name] for name in _THREADS if name in os.environ},
    }


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, object]:
    """Return the name of the processor, and its instruction sets that matter here."""
    fields: dict[str, str] = {}
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            fields.setdefault(name.strip(), value.strip())
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    return {
        "model": fields.get("model name") or platform.processor() or platform.machine(),
        "flags": [flag for flag in _FLAGS.split() if flag in flags],
    }


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):
        return None  # not a POSIX system


def versions(names: Iterable[str]) -> dict[str, str | None]:
    """Return the installed version of each package; ``None`` if it is not installed."""
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def commit() -> str | None:
    """Return the git commit of this working tree, with ``+`` if files differ; ``None`` outside a repository."""
    try:
        head = _git("rev-parse", "HEAD")
        return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    # S607: `git` is looked up in the PATH on purpose, as in a shell.
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.strip()
