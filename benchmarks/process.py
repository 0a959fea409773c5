"""Fresh processes, and the memory of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: Runs a function of these benchmarks in a process of its own: its name and arguments in, what it returns out.
_CALL = """
import importlib, json, sys
module, name, arguments = json.load(sys.stdin)
result = getattr(importlib.import_module(module), name)(*arguments)
print(json.dumps(result))
"""


def fresh(module: str, name: str, *arguments: object) -> Any:
    """
    Call a function in a fresh process, and return what it returns.

    Args:
        module: Where the function is, ``"benchmarks.memory"``.
        name: Its name.
        arguments: Plain data.

    Raises:
        RuntimeError: It failed; with what it wrote.
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


def resident() -> tuple[float, float]:
    """Return the resident memory of this process, now and at its peak, in MB (a million bytes)."""
    status = Path("/proc/self/status")
    if status.exists():
        sizes = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        now, peak = (int(sizes[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    else:
        import resource

        # Elsewhere only the peak is to be had: in bytes on macOS, in KiB on other systems.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        now = peak
    return now / 1e6, peak / 1e6


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pin_to_one_core() -> bool:
    """Keep this process, and the threads that it starts from now on, to one core; tell whether the system can."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return True
