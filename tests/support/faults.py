"""Real faults for the tests: files that may not be read, a disk that is full, one that cannot grow a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

NEWSNORM = [sys.executable, "-m", "newsnorm"]

# Root may read and write everything. A process that gives up CAP_DAC_OVERRIDE (1) and CAP_DAC_READ_SEARCH (2) may not;
# it keeps its name, so that it still finds a Python that lies in root's own folder, as another user would not.
_DROP = """
import ctypes, os, sys
for capability in (1, 2):
    if ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0):
        sys.exit(f"cannot give up capability {capability}: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[1], sys.argv[1:])
"""


def unprivileged(command: list[str]) -> list[str]:
    """Make a command obey permissions, also when root runs the tests."""
    return command if os.geteuid() else [sys.executable, "-c", _DROP, *command]


def with_mounts(folder: Path) -> list[str] | None:
    """Find the command under which mounts can be made that nobody else sees; ``None`` where none may be made."""
    for prefix in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        try:
            tried = subprocess.run([*prefix, "mount", "-t", "tmpfs", "tmpfs", str(folder)], capture_output=True)
        except FileNotFoundError:
            return None
        if tried.returncode == 0:
            return prefix
    return None
