"""Run one tool in its own virtual environment: JSON lines in, JSON lines out.

    python serve.py TOOL [MEGABYTES]

``TOOL.py`` next to this file has one function, ``load(training) -> work``: *training* is a list of formatted texts, for
tools that are trained on them, and ``work`` turns a list of texts into a list of results that JSON can represent. A
line ``{"training": [...]}`` loads the tool, and each further line ``{"texts": [...]}`` is processed; each answer
includes the time taken and the resident memory. Only the standard library is imported here, so that this module works
with the packages of any tool.
"""

import importlib.util
import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """Load the tool named on the command line, then answer line by line."""
    if len(sys.argv) > 2:
        limit_memory(int(sys.argv[2]))
    # Tools may print anything: answers go to the original standard output, everything else to standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    work = None
    for line in sys.stdin:
        order = json.loads(line)
        begun = time.perf_counter()
        try:
            if work is None:
                work = import_worker(sys.argv[1]).load(order["training"])
                answer = {}
            else:
                answer = {"results": work(order["texts"])}
        except Exception as error:  # noqa: BLE001 - every error of a tool is reported
            answer = {"failed": f"{type(error).__name__}: {error}"}
        answer["seconds"] = time.perf_counter() - begun
        answer["resident"], answer["peak"] = resident()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def import_worker(tool: str) -> object:
    """Import ``TOOL.py`` by its path, so that no file in this folder hides a package of the same name."""
    spec = importlib.util.spec_from_file_location(f"worker_{tool}", Path(__file__).with_name(f"{tool}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def limit_memory(megabytes: int) -> None:
    """Limit the memory of this process."""
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1_000_000, megabytes * 1_000_000))


def resident() -> tuple:
    """Return the resident memory, current and peak, in MB; (None, None) if the system does not report it."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None, None
    sizes = dict(line.split(":", 1) for line in lines)
    return tuple(int(sizes[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))


if __name__ == "__main__":
    # Do not search this folder: `import truecase` would find `truecase.py` instead of the package.
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(__file__).resolve().parent]
    main()
