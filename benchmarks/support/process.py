"""Calls in new processes, and the memory and cores of this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: Calls a function in a new process: reads its name and arguments, and prints its return value, all as JSON.
_CALL = """
import importlib, json, sys
module, name, arguments = json.load(sys.stdin)
result = getattr(importlib.import_module(module), name)(*arguments)
print(json.dumps(result))
"""


def call_in_new_process(module: str, name: str, *arguments: object) -> Any:
    """
    Call a function in a new process, and return its return value.

    Args:
        module: The module of the function, ``"benchmarks.check"``.
        name: The name of the function.
        arguments: Plain data.

    Raises:
        RuntimeError: The call failed; the message contains the standard error of the process.
    """
    done = subprocess.run(
        [sys.executable, "-c", _CALL],
        input=json.dumps([module, name, arguments]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module}.{name} failed in its process, status {done.returncode}:\n{done.stderr.strip()}")
    return json.loads(done.stdout)


def resident_memory() -> tuple[float, float]:
    """Return the resident memory of this process, current and peak, in MB (1,000,000 bytes)."""
    status = Path("/proc/self/status")
    if status.exists():
        sizes = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        now, peak = (int(sizes[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    else:
        import resource

        # Other systems report only the peak: in bytes on macOS, in KiB elsewhere.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        now = peak
    return now / 1e6, peak / 1e6


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pin_to_one_core() -> bool:
    """Pin this process, and the threads that it starts from now on, to one core; return whether the system can."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return True
