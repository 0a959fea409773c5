"""Real faults for the tests: denied permissions, and file systems that are full, small or read-only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

NEWSNORM = [sys.executable, "-m", "newsnorm"]

# Root may read and write everything, unless the process gives up CAP_DAC_OVERRIDE (1) and CAP_DAC_READ_SEARCH (2). It
# is still root, so it can start a Python from root's home folder, which another user could not.
_DROP = """
import ctypes, os, sys
for capability in (1, 2):
    if ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0):
        sys.exit(f"cannot give up capability {capability}: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[1], sys.argv[1:])
"""


def unprivileged(command: list[str]) -> list[str]:
    """Return a command that obeys file permissions even when root runs the tests."""
    return command if os.geteuid() else [sys.executable, "-c", _DROP, *command]


def with_mounts(folder: Path) -> list[str] | None:
    """Return the command prefix that allows private mounts, or ``None`` where mounting is not permitted."""
    for prefix in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        try:
            tried = subprocess.run([*prefix, "mount", "-t", "tmpfs", "tmpfs", str(folder)], capture_output=True)
        except FileNotFoundError:
            return None
        if tried.returncode == 0:
            return prefix
    return None
