"""The command under real faults: it says what is wrong, restores the rest, and loses nothing."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import pytest
from faults import NEWSNORM, unprivileged, with_mounts
from kills import journal
from strategies import SEEDS

from newsnorm import restore, stream
from newsnorm.cli import main
from newsnorm.model import PACKAGED

FLAT = "the u s said the rebels haven t left yemen\n"
#: Few words and many bytes: quickly restored, and too much for a small disk.
LARGE = FLAT + "— " * 12_000
#: More words than a stream holds.
LONG = (SEEDS / "conflict.flat.txt").read_text() * 3


def run(*arguments, given=b"", prepare=None, **named):
    command = [*NEWSNORM, *map(str, arguments)]
    return subprocess.run(prepare(command) if prepare else command, input=given, capture_output=True, **named)


def results(out):
    """What is in a folder of results, newsnorm's own files apart."""
    return {
        os.fsencode(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and ".newsnorm" not in path.parts
    }


# --- a tree with everything wrong in it -------------------------------------------------------------------------------

GOOD = {
    b"a.txt": FLAT.encode(),
    b"empty.txt": b"",
    b"sub/b.txt": b"the caf\xc3\xa9 isn t open\n",
    b"sub/deep/c.txt": "the café isn t open\n".encode("utf-16"),
    b"two\nlines.txt": b"u s troops\n",
    b"caf\xe9.txt": b"u s troops\n",
    b"zz.txt": b"we won t go he said\n",
}
BAD = {
    b"ansi.txt": (
        b"we won\x92t go\n",
        "ansi.txt: not UTF-8: byte 0x92 at offset 6; it looks like windows-1252 (--encod",
    ),
    b"binary.txt": (b"\x00\x01", "binary.txt: a binary file, not text: a NUL byte at offset 0"),
    b"wide.txt": (
        "won t go".encode("utf-16-le"),
        "wide.txt: not UTF-8: a NUL byte at offset 1; it looks like utf-16-le",
    ),
    b"red\x1b[31m.txt": (b"\xff", "'red\\x1b[31m.txt': not UTF-8: byte 0xFF at offset 0; it looks like windows-1252"),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A folder of good and bad files, what the command said of it, and the folder of results."""
    folder = tmp_path_factory.mktemp("tree")
    for name, data in (GOOD | {name: data for name, (data, _) in BAD.items()}).items():
        path = folder / "in" / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    os.mkfifo(folder / "in/pipe.txt")
    (folder / "in/out.txt").symlink_to("/etc/passwd")
    return folder, run("restore", folder / "in", "--out", folder / "out", "--jobs", "2")


def test_bad_files_are_reported_and_the_rest_restored(tree):
    folder, done = tree
    assert done.returncode == 1
    assert done.stdout == b""
    decoded = {name: data.decode("utf-16" if data[:2] == b"\xff\xfe" else "utf-8") for name, data in GOOD.items()}
    assert results(folder / "out") == {name: restore(text).encode() for name, text in decoded.items()}


def test_each_bad_file_has_a_line_that_says_why(tree):
    lines = tree[1].stderr.decode().splitlines()
    for message in [message for _, message in BAD.values()] + [
        "pipe.txt: a named pipe, not a file",
        "out.txt: a link to /etc/passwd, which is outside the folder",
    ]:
        assert len([line for line in lines if line.startswith(f"newsnorm: {message}")]) == 1
    assert lines[-1] == f"newsnorm: restored {len(GOOD)} files, skipped 0 finished, failed {len(BAD) + 2}"
    assert len(lines) == len(BAD) + 3


def test_the_next_run_does_the_rest_only(tree, capfd):
    folder, _ = tree
    shutil.copytree(folder / "out", folder / "again")
    for name in BAD:
        (folder / "in" / os.fsdecode(name)).write_bytes(b"")
    (folder / "in/pipe.txt").unlink()
    (folder / "in/out.txt").unlink()
    assert main(["restore", str(folder / "in"), "--out", str(folder / "again")]) == 0
    said = capfd.readouterr()
    assert said.err == f"newsnorm: restored {len(BAD)} files, skipped {len(GOOD)} finished, failed 0\n"
    assert results(folder / "again") == results(folder / "out") | dict.fromkeys(BAD, b"")
    # The order in which files were finished cannot be seen.
    assert [name for name, *_ in journal(folder / "again")] == sorted(GOOD | BAD)


def test_an_encoding_is_named_for_a_folder(tmp_path):
    (tmp_path / "ansi.txt").write_bytes(b"we won\x92t go\n")
    assert main(["restore", str(tmp_path), "--out", str(tmp_path / "out"), "--encoding", "windows-1252"]) == 0
    assert (tmp_path / "out/ansi.txt").read_text() == restore("we won’t go\n")


def test_files_are_put_under_their_names(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.flat").write_text(FLAT)
    assert main(["restore", str(tmp_path / "in/a.flat"), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out/a.flat").read_text() == restore(FLAT)


def test_a_file_that_is_not_there_is_reported(tmp_path, capfd):
    (tmp_path / "a.txt").write_text(FLAT)
    assert main(["restore", str(tmp_path / "no.txt"), str(tmp_path / "a.txt"), "--out", str(tmp_path / "out")]) == 1
    assert capfd.readouterr().err.splitlines() == [
        "newsnorm: no.txt: No such file or directory",
        "newsnorm: restored 1 file, skipped 0 finished, failed 1",
    ]


def test_an_empty_folder_is_restored(tmp_path, capfd):
    (tmp_path / "in").mkdir()
    assert main(["restore", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 0
    assert capfd.readouterr().err == (
        "newsnorm: no file matches *.txt: give another pattern with --glob\n"
        "newsnorm: restored 0 files, skipped 0 finished, failed 0\n"
    )


def test_a_second_run_at_the_same_time_is_refused(tmp_path, capfd):
    from newsnorm.folders.results import open_results

    (tmp_path / "a.txt").write_text(FLAT)
    with open_results(str(tmp_path / "out"), "s"):
        assert main(["restore", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "another newsnorm is writing to" in capfd.readouterr().err
    assert results(tmp_path / "out") == {}


# --- permissions ------------------------------------------------------------------------------------------------------


def test_what_may_not_be_read_is_reported(tmp_path):
    for name in ("a.txt", "locked.txt", "closed/b.txt", "z.txt"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(FLAT)
    (tmp_path / "in/locked.txt").chmod(0)
    (tmp_path / "in/closed").chmod(0)
    done = run("restore", tmp_path / "in", "--out", tmp_path / "out", prepare=unprivileged)
    (tmp_path / "in/closed").chmod(0o700)
    assert done.stderr.decode().splitlines() == [
        "newsnorm: closed: Permission denied",
        "newsnorm: locked.txt: Permission denied",
        "newsnorm: restored 2 files, skipped 0 finished, failed 2",
    ]
    assert done.returncode == 1
    assert set(results(tmp_path / "out")) == {b"a.txt", b"z.txt"}


def test_what_may_not_be_written_is_reported(tmp_path):
    (tmp_path / "in/closed").mkdir(parents=True)
    (tmp_path / "in/a.txt").write_text(FLAT)
    (tmp_path / "in/closed/b.txt").write_text(FLAT)
    (tmp_path / "in/file").mkdir()
    (tmp_path / "in/file/c.txt").write_text(FLAT)
    (tmp_path / "out/closed").mkdir(parents=True)
    (tmp_path / "out/file").write_text("mine\n")
    (tmp_path / "out/closed").chmod(0o500)
    done = run("restore", tmp_path / "in", "--out", tmp_path / "out", prepare=unprivileged)
    assert done.stderr.decode().splitlines() == [
        "newsnorm: closed/b.txt: Permission denied",
        "newsnorm: file/c.txt: Not a directory",
        "newsnorm: restored 1 file, skipped 0 finished, failed 2",
    ]
    assert results(tmp_path / "out") == {b"a.txt": restore(FLAT).encode(), b"file": b"mine\n"}
    assert sorted(os.listdir(tmp_path / "out/.newsnorm")) == ["journal.sqlite"]


def test_a_folder_of_results_that_may_not_be_written_is_named(tmp_path):
    (tmp_path / "a.txt").write_text(FLAT)
    (tmp_path / "out").mkdir(mode=0o500)
    done = run("restore", tmp_path / "a.txt", "--out", tmp_path / "out", prepare=unprivileged)
    assert done.returncode == 1
    assert done.stderr.decode() == f"newsnorm: {tmp_path / 'out/.newsnorm'}: Permission denied\n"


# --- no space ---------------------------------------------------------------------------------------------------------


def test_a_full_disk(tmp_path):
    """A file system of 40 KB fills up, is looked at, is made larger; then the run is resumed."""
    if (prefix := with_mounts(tmp_path)) is None:
        pytest.skip("this machine allows no mounts: test_folders.py fills the disk for one call instead")
    for name in ("in", "disk", "seen"):
        (tmp_path / name).mkdir()
    for number in range(9):
        (tmp_path / f"in/{number}.txt").write_text(FLAT * 3)
    (tmp_path / "in/5.txt").write_text(LARGE)
    script = f"""
        cd {tmp_path} && mount -t tmpfs -o size=40k tmpfs disk
        {sys.executable} -m newsnorm restore in --out disk/out 2> seen/said; echo $? > seen/status
        cp -a disk/out seen/out
        mount -o remount,size=10m disk
        {sys.executable} -m newsnorm restore in --out disk/out 2> seen/said2; echo $? > seen/status2
        cp -a disk/out seen/out2
    """
    subprocess.run([*prefix, "sh", "-c", script], check=True)
    said = (tmp_path / "seen/said").read_text().splitlines()
    assert said[0] == "newsnorm: 5.txt: No space left on device"
    assert said[1] == "newsnorm: restored 5 files, skipped 0 finished, failed 1"
    assert said[2].startswith("newsnorm: no space is left in ")
    assert said[2].endswith("Finished files stay: make space, and run the same command again to resume")
    assert (tmp_path / "seen/status").read_text() == "1\n"
    whole = {f"{number}.txt".encode(): restore(FLAT * 3).encode() for number in range(9) if number != 5}
    assert results(tmp_path / "seen/out") == {name: whole[name] for name in sorted(whole)[:5]}
    assert sorted(os.listdir(tmp_path / "seen/out/.newsnorm")) == ["journal.sqlite"]
    assert (tmp_path / "seen/said2").read_text() == "newsnorm: restored 4 files, skipped 5 finished, failed 0\n"
    assert (tmp_path / "seen/status2").read_text() == "0\n"
    assert results(tmp_path / "seen/out2") == whole | {b"5.txt": restore(LARGE).encode()}


def test_a_folder_on_another_file_system_is_named(tmp_path):
    if (prefix := with_mounts(tmp_path)) is None:
        pytest.skip("this machine allows no mounts")
    for name in ("in/a.txt", "in/sub/b.txt", "out/sub/.keep"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(FLAT)
    script = f"mount -t tmpfs tmpfs out/sub && exec {sys.executable} -m newsnorm restore in --out out"
    done = subprocess.run([*prefix, "sh", "-c", script], capture_output=True, cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stderr.decode().splitlines()
    assert lines[0].startswith("newsnorm: sub/b.txt: its folder is on another file system than ")
    assert lines[1:] == ["newsnorm: restored 1 file, skipped 0 finished, failed 1"]


def test_a_result_that_may_not_grow_costs_one_file(tmp_path):
    (tmp_path / "in").mkdir()
    for name, text in (("a.txt", FLAT), ("b.txt", LARGE), ("c.txt", FLAT)):
        (tmp_path / "in" / name).write_text(text)

    def limit(command):
        # In a process of its own, because the limit must not hold for the tests.
        code = f"import os, resource as r, sys; r.setrlimit(r.RLIMIT_FSIZE, (20_000, {resource.RLIM_INFINITY}))"
        return [sys.executable, "-c", f"{code}; os.execv(sys.argv[1], sys.argv[1:])", *command]

    done = run("restore", tmp_path / "in", "--out", tmp_path / "out", prepare=limit)
    assert done.stderr.decode().splitlines() == [
        "newsnorm: b.txt: File too large",
        "newsnorm: restored 2 files, skipped 0 finished, failed 1",
    ]
    assert set(results(tmp_path / "out")) == {b"a.txt", b"c.txt"}
    assert sorted(os.listdir(tmp_path / "out/.newsnorm")) == ["journal.sqlite"]


def test_standard_output_on_a_full_disk(tmp_path):
    (tmp_path / "a.txt").write_text(FLAT)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*NEWSNORM, "restore", str(tmp_path / "a.txt")], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.decode() == "newsnorm: standard output: No space left on device\n"


# --- nobody listens ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["restore", "restore --stream"])
def test_a_reader_that_has_enough_is_no_error(tmp_path, command):
    (tmp_path / "a.txt").write_text(LARGE)
    line = f"{' '.join(NEWSNORM)} {command} a.txt a.txt a.txt | head -c 10; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=tmp_path)
    assert done.stdout[10:] == b"0\n"
    assert done.stderr == b""


@pytest.mark.parametrize("streams", ["2>&1 | true", "2>/dev/full", "<&- >&- 2>&-"])
def test_results_do_not_depend_on_who_listens(tmp_path, streams):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(FLAT)
    (tmp_path / "in/bad.txt").write_bytes(b"\xff")
    (tmp_path / "in/z.txt").write_text(FLAT)
    line = f"{' '.join(NEWSNORM)} restore in --out out {streams}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout + done.stderr == b""
    assert results(tmp_path / "out") == dict.fromkeys([b"a.txt", b"z.txt"], restore(FLAT).encode())


@pytest.mark.parametrize(("closed", "name"), [("<&-", "standard input"), (">&-", "standard output")])
def test_a_stream_that_is_closed_is_named(tmp_path, closed, name):
    (tmp_path / "a.txt").write_text(FLAT)
    file = "a.txt" if closed == ">&-" else "-"
    line = f"{' '.join(NEWSNORM)} restore {file} {closed}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.decode().startswith(f"newsnorm: {name}: ")
    assert b"Traceback" not in done.stderr


# --- interrupted ------------------------------------------------------------------------------------------------------


def test_an_interrupted_run_ends_cleanly_and_is_resumed(tmp_path, capfd):
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "z.txt"):
        (tmp_path / "in" / name).write_text(FLAT)
    (tmp_path / "in/long.txt").write_text(LONG * 80)
    arguments = ["restore", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    begun = subprocess.Popen([*NEWSNORM, *arguments], stderr=subprocess.PIPE, start_new_session=True)
    while not (tmp_path / "out/a.txt").exists():
        assert begun.poll() is None
        time.sleep(0.01)
    # As Ctrl-C in a terminal does, to the parent and to its workers.
    os.killpg(begun.pid, signal.SIGINT)
    said = begun.communicate()[1].decode()
    assert begun.returncode == 130
    assert said.splitlines() == [
        "newsnorm: interrupted: run the same command again to resume",
        "newsnorm: restored 1 file, skipped 0 finished, failed 0",
    ]
    assert set(results(tmp_path / "out")) == {b"a.txt"}
    assert sorted(os.listdir(tmp_path / "out/.newsnorm")) == ["journal.sqlite"]
    (tmp_path / "in/long.txt").write_text(FLAT)
    assert main(arguments) == 0
    assert capfd.readouterr().err == "newsnorm: restored 2 files, skipped 1 finished, failed 0\n"


# --- a model that is not what it should be ----------------------------------------------------------------------------


@pytest.fixture
def model(tmp_path):
    """A folder with the packaged model, whose files may be replaced."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in PACKAGED.iterdir():
        if path.is_file():
            (folder / path.name).symlink_to(path)
    return folder


def damage(path, how):
    data = path.read_bytes()
    path.unlink()
    if how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif how == "altered":
        at = len(data) // 2
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


@pytest.mark.parametrize("how", ["missing", "truncated", "altered"])
@pytest.mark.parametrize("name", ["model.onnx", "model.json", "vocab.txt"])
def test_a_damaged_model_is_named_before_anything_is_written(tmp_path, capfd, model, name, how):
    if (name, how) == ("model.json", "altered"):
        card = json.loads((model / name).read_text())
        (model / name).unlink()
        (model / name).write_text(json.dumps(card | {"sha256": {}}))
    else:
        damage(model / name, how)
    (tmp_path / "a.txt").write_text(FLAT)
    for out in ([], ["--out", str(tmp_path / "out")]):
        assert main(["restore", str(tmp_path / "a.txt"), "--model", str(model), *out]) == 1
        said = capfd.readouterr()
        assert said.out == ""
        assert said.err.startswith("newsnorm: ")
        assert str(model) in said.err
        assert said.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_model_that_cannot_be_run_is_named(tmp_path, capfd, model):
    import hashlib

    card = json.loads((model / "model.json").read_text())
    for name in ("model.json", "model.onnx"):
        (model / name).unlink()
    (model / "model.onnx").write_bytes(b"no model")
    card["sha256"]["model.onnx"] = hashlib.sha256(b"no model").hexdigest()
    (model / "model.json").write_text(json.dumps(card))
    (tmp_path / "a.txt").write_text(FLAT)
    assert main(["restore", str(tmp_path / "a.txt"), "--model", str(model), "--out", str(tmp_path / "out")]) == 1
    assert "cannot be run by onnxruntime" in capfd.readouterr().err
    assert results(tmp_path / "out") == {}


# --- streams ----------------------------------------------------------------------------------------------------------


def test_a_slow_pipe_is_restored_as_it_comes():
    with subprocess.Popen([*NEWSNORM, "restore", "--stream"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        # The words of two documents; the pipe stays open. Reading would wait without end if nothing came.
        running.stdin.write(LONG.encode())
        running.stdin.flush()
        first = os.read(running.stdout.fileno(), 100)
        assert len(first) == 100
        rest, _ = running.communicate(FLAT.encode())
    assert (first + rest).decode() == "".join(stream([LONG + FLAT]))


def test_what_comes_before_a_bad_byte_is_restored(capfdbinary, tmp_path):
    (tmp_path / "a.txt").write_bytes(FLAT.encode() + b"won\x92t\n")
    (tmp_path / "b.txt").write_text(FLAT)
    assert main(["restore", "--stream", str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]) == 1
    said = capfdbinary.readouterr()
    wanted = [restore(text, consistent=False) for text in (FLAT + "won", FLAT)]
    assert said.out.decode() == "".join(wanted)
    assert f"a.txt: not UTF-8: byte 0x92 at offset {len(FLAT) + 3}; it looks like windows-1252".encode() in said.err
