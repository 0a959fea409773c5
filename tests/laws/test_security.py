"""What no text, model or caller can make newsnorm do."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import guard
import pytest

import newsnorm
from newsnorm import DataError
from newsnorm.model import PACKAGED, load, model

SUPPORT = Path(__file__).parents[1] / "support"
SOURCES = sorted(Path(newsnorm.__file__).parent.rglob("*.py"))

# --- side effects -----------------------------------------------------------------------------------------------------

#: Calls every public function on a text.
USES = """
import newsnorm

def use(text):
    flat = newsnorm.flatten(text)
    found = newsnorm.explain(text)
    done = {
        "apply": newsnorm.apply(text, found.edits),
        "explain": found.text,
        "flatten": flat,
        "missing": newsnorm.missing(text),
        "quotations": newsnorm.quotations(text),
        "restore": newsnorm.restore(text, paragraphs=True, quotes="curly"),
        "restore_case": newsnorm.restore_case(text),
        "restore_contractions": newsnorm.restore_contractions(text),
        "restore_many": list(newsnorm.restore_many([text, flat])),
        "restore_punctuation": newsnorm.restore_punctuation(text),
        "restore_quotes": newsnorm.restore_quotes(text),
        "score": newsnorm.score(found.text, text),
        "stream": list(newsnorm.stream([text, flat])),
    }
    functions = {name for name in newsnorm.__all__ if callable(getattr(newsnorm, name)) and name.islower()}
    assert functions == set(done), functions ^ set(done)
"""
TEXTS = """
texts = [
    "i don t know he said",
    "__import__('os').system('true')  {0.__class__}  %(x)s  $(id)  `id`  ../../etc/passwd  file:///etc/passwd",
    "http://localhost:1/ \\x1b[2J \\x00 \\ud800 \\u202e <script>alert(1)</script>",
]
"""


def python(code, *arguments, **options):
    """Run *code* in a new Python process, which can import tests/support/guard.py; return what it printed."""
    # Without -B, Python would write bytecode, and the guard would stop it.
    command = [sys.executable, "-B", "-c", code, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(SUPPORT), "PYTHONIOENCODING": "utf-8"}
    got = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", **options)
    assert "FORBIDDEN" not in got.stdout, got.stdout
    assert got.returncode == 0, f"{got.returncode}: {got.stderr}"
    return got.stdout


WATCHED = "import guard, sys\nwatch = guard.Guard()\n"


def test_no_function_opens_a_socket_starts_a_program_or_writes_a_file():
    """The first round imports and loads. In the second, no text may even cause a file to be read."""
    every = "for text in texts: use(text)\n"
    opened = python(f"{WATCHED}{USES}{TEXTS}{every}watch.loaded = True\n{every}print(*watch.opened, sep='\\n')")
    assert str(PACKAGED / "model.onnx") in opened.splitlines()


def test_the_command_opens_no_socket_starts_no_program_and_writes_no_file(tmp_path):
    path = tmp_path / "flat"
    path.write_text("i don t know he said", encoding="utf-8")
    code = f"{WATCHED}from newsnorm.cli import main\n"
    restored = python(f"{code}sys.exit(main(['restore', sys.argv[1]]))", path)
    assert restored == newsnorm.restore("i don t know he said")
    assert "contractions" in python(f"{code}sys.exit(main(['explain', sys.argv[1]]))", path)
    assert "i don t know he said" in python(f"{code}sys.exit(main(['flatten', sys.argv[1]]))", path)
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not guard.FILTERS, reason="the kernel filter is for Linux on x86-64 or ARM64")
def test_onnxruntime_opens_no_socket():
    code = f"import guard\nguard.forbid_sockets()\n{USES}{TEXTS}for text in texts: use(text)\nprint('done')"
    assert python(code) == "done\n"


ACTS = {
    "the network": "import socket; socket.socket()",
    "another program": "import subprocess; subprocess.Popen(['true'])",
    "pickle": "import pickle; pickle.loads(b'cos\\nsystem\\n.')",
    "a file written": "open(sys.argv[1], 'w')",
    "a file changed": "import os; os.mkdir(sys.argv[1])",
    "a temporary file": "import tempfile; tempfile.mkstemp(dir='.')",
    "code": "exec(compile('eval(repr(1))', guard.PACKAGE + 'render.py', 'exec'))",
    "a file": "watch.loaded = True; open(sys.executable)",
}


@pytest.mark.parametrize("reason", ACTS)
def test_the_guard_detects_each_forbidden_act(reason, tmp_path):
    with pytest.raises(AssertionError, match=f"FORBIDDEN: {reason}:"):
        python(WATCHED + ACTS[reason], tmp_path / "written")


@pytest.mark.skipif(not guard.FILTERS, reason="the kernel filter is for Linux on x86-64 or ARM64")
def test_the_kernel_filter_detects_a_socket():
    with pytest.raises(AssertionError, match="-31"):
        python("import guard, socket; guard.forbid_sockets(); socket.socket()")


# --- the source code --------------------------------------------------------------------------------------------------

#: Modules that execute data, or communicate with other processes and machines.
MODULES = {
    *("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "code", "codeop", "runpy", "pty"),
    *("socket", "socketserver", "ssl", "http", "urllib", "ftplib", "smtplib", "telnetlib", "xmlrpc", "asyncio"),
    *("requests", "httpx", "aiohttp", "urllib3", "subprocess", "multiprocessing", "ctypes", "cffi", "webbrowser"),
}
#: Functions that execute data, called by name or as an attribute.
CALLS = {"eval", "exec", "__import__", "execfile", "input"}
ATTRIBUTES = {"system", "popen", "execv", "execve", "spawnv", "mktemp", "load_module", "exec_module", "unsafe_load"}
#: Worker processes. They exchange pickles with their parent; what is read is never unpickled.
ALLOWED = {("processes", "multiprocessing")}


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0]


def called(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, getattr(node.func, "id", None), getattr(node.func, "attr", None)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGED.parent)))
def test_no_module_executes_data(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    allowed = {name for where, name in ALLOWED if where in (path.parent.name, path.stem)}
    assert not set(imported(tree)) & MODULES - allowed
    for node, name, attribute in called(tree):
        where = f"{path.name}:{node.lineno}"
        keywords = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
        assert name not in CALLS, where
        assert name != "compile", where
        assert attribute not in ATTRIBUTES, where
        assert not keywords.get("shell"), where
        assert not keywords.get("allow_pickle"), where
        if attribute == "load" and getattr(node.func.value, "id", None) == "torch":
            assert keywords.get("weights_only") is True, where


def test_the_source_scan_detects_forbidden_imports_and_calls():
    tree = ast.parse("import os, pickle\nfrom urllib.request import urlopen\nos.system('ls')\neval('1')")
    assert set(imported(tree)) & MODULES == {"pickle", "urllib"}
    assert [(name, attribute) for _, name, attribute in called(tree)] == [(None, "system"), ("eval", None)]


# --- the model's files ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    yield shutil.copytree(PACKAGED, tmp_path / "model")
    model._loaded.pop(tmp_path.resolve() / "model", None)


@pytest.fixture
def models_run(monkeypatch):
    """Collect the models that reach onnxruntime."""
    import onnxruntime

    models_run = []

    def session(data, *_, **__):
        models_run.append(data)
        shape = ["batch", "length", sum(newsnorm.labels.HEAD_SIZES.values())]
        return SimpleNamespace(
            get_inputs=lambda: [SimpleNamespace(name="ids")], get_outputs=lambda: [SimpleNamespace(shape=shape)]
        )

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    return models_run


@pytest.mark.parametrize("name", ["model.onnx", "vocab.txt", "forms.txt", "compounds.bin"])
def test_onnxruntime_never_gets_a_model_with_a_damaged_file(folder, models_run, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 3] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(DataError, match="is damaged: its SHA-256 is"):
        load(folder)
    assert models_run == []


def test_onnxruntime_gets_the_same_bytes_that_were_checked(folder, models_run, monkeypatch):
    """It is read once, so that the file cannot be replaced between the check and its use."""
    checked = (folder / "model.onnx").read_bytes()

    def sha256(data):
        (folder / "model.onnx").write_bytes(b"another model, put there in time")
        return hashlib.sha256(data)

    monkeypatch.setattr("newsnorm.model.folder.hashlib", SimpleNamespace(sha256=sha256))
    load(folder)
    assert models_run == [checked]


def test_no_path_in_a_model_card_is_followed(folder):
    entries = json.loads((folder / "model.json").read_text())
    for key in ("model", "files", "path", "vocab", "external_data", "include", "$ref"):
        entries[key] = ["../../outside", "/etc/passwd", "file:///etc/passwd"]
    entries["sha256"] |= {"../outside": "0" * 64, "/etc/passwd": "0" * 64}
    (folder / "model.json").write_text(json.dumps(entries))
    code = (
        f"import newsnorm\nnewsnorm.restore('u s troops')\n{WATCHED}"
        "newsnorm.restore('u s troops', model=sys.argv[1])\nprint(*watch.opened, sep='\\n')"
    )
    opened = {Path(line) for line in python(code, folder).splitlines()}
    assert opened == {folder / name for name in ("model.json", "model.onnx", "vocab.txt", "forms.txt", "compounds.bin")}


NESTED = 200_000
OVERSIZED_CARDS = {
    "nested lists": "[" * NESTED + "]" * NESTED,
    "nested tables": '{"a":' * NESTED + "1" + "}" * NESTED,
    "a nested entry": '{"format": ' + "[" * NESTED + "]" * NESTED + "}",
    "a number of a million digits": '{"format": ' + "9" * 1_000_000 + "}",
    "a million entries": json.dumps({str(n): n for n in range(1_000_000)}),
}


@pytest.mark.parametrize("card", OVERSIZED_CARDS.values(), ids=OVERSIZED_CARDS)
def test_an_oversized_model_card_is_refused(folder, models_run, card):
    (folder / "model.json").write_text(card)
    with pytest.raises(DataError, match="is damaged"):
        load(folder)
    assert models_run == []


MALICIOUS_ENTRIES = [
    *({"window": n} for n in (0, -1, 1, 48, 513, 10**9, 10**400, 1e300, float("nan"), float("inf"), "", [], {}, None)),
    *({"margin": n} for n in (-1, -(10**9), 256, 10**9, 10**400, float("nan"), float("-inf"), "", [256], {}, None)),
    *({"biases": {"mark": {",": x}}} for x in (float("nan"), float("inf"), -float("inf"), 1e39, 1e9, -101, 10**400)),
    *({"biases": x} for x in (None, [], "mark", 1, {"mark": None}, {"mark": {",": None}}, {"mark": {",": [1.0, 2.0]}})),
    *({"compounds": {"absent": x}} for x in (float("nan"), float("inf"), -101, 10**400, None, [1.0])),
    *({"compounds": x} for x in (None, [], 1)),
    *({"calibration": x} for x in (None, [], 1, {"quotes": None}, {"quotes": [1, 0]})),
    *({"calibration": {"quotes": {"slope": x, "shift": 0}}} for x in (float("nan"), float("inf"), 0, -1, 101, 10**400)),
    *({"calibration": {"quotes": {"slope": 1, "shift": x}}} for x in (float("nan"), -float("inf"), 101, -101, "x", [])),
    *({"sha256": x} for x in (None, [], {}, "0" * 64, {"model.onnx": None}, {"model.onnx": ["0" * 64]})),
    *({"format": x} for x in (float("nan"), 1e400, [], {}, -1)),
    *({"heads": x} for x in (float("nan"), [], {}, None, {"mark": 10**9})),
]


@pytest.mark.parametrize("entries", MALICIOUS_ENTRIES, ids=lambda entries: str(entries)[:40])
def test_a_model_card_with_malicious_entries_is_refused(folder, models_run, entries):
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | entries))
    with pytest.raises(DataError):
        load(folder)
    assert models_run == []


@pytest.mark.parametrize("name", ["model.json", "model.onnx", "vocab.txt", "forms.txt", "compounds.bin"])
@pytest.mark.parametrize("device", ["a pipe", "/dev/zero"])
def test_a_pipe_or_an_endless_device_in_a_model_is_not_read(folder, models_run, name, device):
    (folder / name).unlink()
    if device == "a pipe":
        os.mkfifo(folder / name)
    else:
        (folder / name).symlink_to(device)
    with pytest.raises(DataError, match="not a regular file"):
        load(folder)
    assert models_run == []
