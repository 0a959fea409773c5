"""Folders: which files are found and refused, how results are put in place, and what is remembered of them."""

import errno
import hashlib
import json
import multiprocessing
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

import pytest
from faults import NEWSNORM, unprivileged
from kills import journal, torture

from newsnorm import KINDS, restore, stream
from newsnorm.errors import DataError, NewsnormError
from newsnorm.files.atomic import Part, open_file
from newsnorm.folders import results as output
from newsnorm.folders import worker
from newsnorm.folders.find import Source, find
from newsnorm.folders.results import Journal, open_results
from newsnorm.folders.run import DiskFullError, Run
from newsnorm.folders.worker import Done, Failed, Settings, restore_files
from newsnorm.model import PACKAGED
from newsnorm.options import Options
from newsnorm.processes import Crew, Died, Piece, Raised, Ready, _messages

OPTIONS = {"kinds": KINDS, "threshold": 0.0, "quotes": "straight", "paragraphs": False, "consistent": True}
RESTORING = Options.checked(**OPTIONS)
SETTINGS = Settings(RESTORING, PACKAGED)


def plant(folder, *names, text="u s troops haven t left\n"):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(sources):
    return [source.name for source in sources if not source.refused]


def refusals(sources):
    return {source.name: source.refused for source in sources if source.refused}


# --- what is found ----------------------------------------------------------------------------------------------------


def test_files_are_found_in_the_order_of_their_names(tmp_path):
    plant(tmp_path / "in", "b.txt", "a/z.txt", "a.txt", "a/b/c.txt", "a/notes.md")
    found = find([str(tmp_path / "in")], str(tmp_path / "out"), "*.txt")
    assert names(found) == ["a.txt", "a/b/c.txt", "a/z.txt", "b.txt"]
    assert [source.path for source in found] == [str(tmp_path / "in" / name) for name in names(found)]


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*.md", ["a/notes.md"]),
        ("*", ["a/notes.md", "a/z.txt", "b.txt"]),
        ("a/*.txt", ["a/z.txt"]),
        ("z*", ["a/z.txt"]),
    ],
)
def test_a_pattern_chooses_files(tmp_path, glob, expected):
    plant(tmp_path / "in", "b.txt", "a/z.txt", "a/notes.md")
    assert names(find([str(tmp_path / "in")], str(tmp_path / "out"), glob)) == expected


def test_a_deep_folder_is_searched(tmp_path):
    name = "d/" * 200 + "deep.txt"
    plant(tmp_path / "in", name)
    assert names(find([str(tmp_path / "in")], str(tmp_path / "out"), "*.txt")) == [name]


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path, monkeypatch):
    """`test_faults` takes the permission away; here the folder is gone when its turn comes."""
    plant(tmp_path / "in", "a.txt", "sub/b.txt")
    scandir = os.scandir

    def remove(path):
        if path.endswith("sub"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", remove)
    found = find([str(tmp_path / "in")], "out", "*.txt")
    assert names(found) == ["a.txt"]
    assert refusals(found) == {"sub": os.strerror(errno.ENOENT)}


def test_an_empty_folder_has_no_files(tmp_path):
    assert find([str(tmp_path)], str(tmp_path / "out"), "*.txt") == []


def test_results_within_the_folder_are_not_found(tmp_path):
    plant(tmp_path, "a.txt", "out/a.txt", "sub/out/a.txt", ".newsnorm/a.txt", "sub/.newsnorm/a.txt")
    found = find([str(tmp_path)], str(tmp_path / "out"), "*.txt")
    assert names(found) == ["a.txt", "sub/.newsnorm/a.txt", "sub/out/a.txt"]


def test_files_and_folders_are_mixed(tmp_path):
    plant(tmp_path, "in/a.txt", "b.txt", "c.any")
    found = find([str(tmp_path / name) for name in ("c.any", "in", "b.txt")], str(tmp_path / "out"), "*.txt")
    assert names(found) == ["a.txt", "b.txt", "c.any"]


def test_names_that_are_not_text_are_found(tmp_path):
    folder = os.fsencode(tmp_path)
    for name in (b"caf\xe9.txt", b"two\nlines.txt", b"\x1b[31mred.txt"):
        (open(os.path.join(folder, name), "wb")).close()
    assert names(find([str(tmp_path)], "out", "*.txt")) == ["\x1b[31mred.txt", "caf\udce9.txt", "two\nlines.txt"]


def test_links_are_followed_within_the_folder_only(tmp_path):
    plant(tmp_path, "in/a.txt", "outside.txt", "elsewhere/b.txt")
    links = {
        "inside.txt": "a.txt",
        "out.txt": "../outside.txt",
        "absolute.txt": "/etc/passwd",
        "dangling.txt": "nowhere",
        "loop.txt": "loop.txt",
        "folder.txt": "../in",
        "folder": "../elsewhere",
    }
    for name, target in links.items():
        (tmp_path / "in" / name).symlink_to(target)
    found = find([str(tmp_path / "in")], str(tmp_path / "out"), "*.txt")
    assert names(found) == ["a.txt", "inside.txt"]
    assert found[-3].path == str(tmp_path / "in" / "a.txt")
    refused = refusals(found)
    assert "/etc/passwd, which is outside the folder" in refused["absolute.txt"]
    assert f"{tmp_path / 'outside.txt'}, which is outside the folder" in refused["out.txt"]
    assert refused["dangling.txt"] == os.strerror(errno.ENOENT)
    assert refused["loop.txt"] == os.strerror(errno.ELOOP)
    assert refused["folder.txt"] == "a folder, not a file"
    assert len(refused) == 5


def test_what_is_not_a_file_is_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.txt")  # a whole path may be too long for it
    found = find([str(tmp_path), "/dev/null"], str(tmp_path / "out"), "*.txt")
    assert refusals(found) == {
        "null": "a device, not a file",
        "pipe.txt": "a named pipe, not a file",
        "socket.txt": "a socket, not a file",
    }


def test_a_file_that_became_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(OSError, match="a named pipe, not a file"):
        open_file(str(tmp_path / "pipe.txt"))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    assert refusals(find([f"{tmp_path / 'wire'}/"], "out", "*.txt")) == {"wire": os.strerror(errno.ENOENT)}


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert refusals(find([str(tmp_path / "a.txt")], "out", "*.txt")) == {"a.txt": os.strerror(errno.ENOENT)}


@pytest.mark.parametrize(
    ("arguments", "out", "message"),
    [
        (["in"], "in", "in is also the folder of the results"),
        (["in"], "link", "in is also the folder of the results"),
        (["in/a.txt"], "in", "the result of .*in/a.txt would overwrite .*in/a.txt"),
        (["out/raw"], "out", "the result of .*out/raw/raw/a.txt would overwrite .*out/raw/a.txt"),
        (["in/a.txt", "other/a.txt"], "out", "in/a.txt and .*other/a.txt would both become a.txt"),
        (["in", "other"], "out", "in/a.txt and .*other/a.txt would both become a.txt"),
        (["in", "-"], "out", "standard input has no name"),
    ],
)
def test_a_source_is_never_overwritten(tmp_path, monkeypatch, arguments, out, message):
    monkeypatch.chdir(tmp_path)
    plant(tmp_path, "in/a.txt", "other/a.txt", "out/raw/a.txt", "out/raw/raw/a.txt")
    (tmp_path / "link").symlink_to("in")
    with pytest.raises(ValueError, match=message):
        find(arguments, out, "*.txt")


# --- how results are put in place -------------------------------------------------------------------------------------


def put(folder, name, data=b"U.S. troops\n", *, mode=0o644, settings="s"):
    with open_results(str(folder), settings) as results:
        part = results.begin()
        part.write(data)
        try:
            results.finish(Source("", name), part, "digest", mode)
        finally:
            part.discard()


def test_a_result_is_hidden_until_it_is_whole(tmp_path):
    with open_results(str(tmp_path / "out"), "s") as results:
        part = results.begin()
        part.write(b"U.S. ")
        assert stat.S_IMODE(os.stat(part.path).st_mode) == 0o600
        assert os.path.dirname(part.path) == results.state
        assert os.listdir(tmp_path / "out") == [".newsnorm"]
        assert stat.S_IMODE(os.stat(results.state).st_mode) == 0o700
        part.write(b"troops\n")
        results.finish(Source("", "a/b/c.txt"), part, "digest", 0o644)
        assert sorted(os.listdir(results.state)) == ["journal.sqlite", "journal.sqlite-journal"]
    assert os.listdir(results.state) == ["journal.sqlite"]
    assert stat.S_IMODE(os.stat(tmp_path / "out/.newsnorm/journal.sqlite").st_mode) == 0o600
    assert (tmp_path / "out/a/b/c.txt").read_bytes() == b"U.S. troops\n"


def test_parts_have_names_that_cannot_be_guessed(tmp_path):
    parts = [Part(str(tmp_path)) for _ in range(20)]
    assert len({part.path for part in parts}) == 20
    for part in parts:
        part.discard()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o644, 0o644), (0o666, 0o644), (0o600, 0o600), (0o444, 0o644), (0o755, 0o644)]
)
def test_a_result_is_as_private_as_its_source(tmp_path, mode, expected):
    before = os.umask(0o022)
    try:
        put(tmp_path / "out", "a.txt", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(tmp_path / "out/a.txt").st_mode) == expected


@pytest.mark.parametrize(
    "name",
    ["link/a.txt", "sub/link/a.txt", "a.txt", ".newsnorm"]
    + [f".newsnorm/journal.sqlite{suffix}" for suffix in ("", "-journal", "-wal")],
)
def test_nothing_is_written_through_a_link(tmp_path, name):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside.txt").write_text("mine\n")
    (tmp_path / "out/sub").mkdir(parents=True)
    for link in ("link", "sub/link"):
        (tmp_path / "out" / link).symlink_to(tmp_path / "outside")
    (tmp_path / "out/a.txt").symlink_to(tmp_path / "outside.txt")
    if name.startswith(".newsnorm"):
        (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "out" / name).symlink_to(tmp_path / ("outside" if name == ".newsnorm" else "outside.txt"))
    with pytest.raises(OSError, match="nothing is written through a link"):
        put(tmp_path / "out", name)
    assert os.listdir(tmp_path / "outside") == []
    assert (tmp_path / "outside.txt").read_text() == "mine\n"


def test_a_result_takes_the_place_of_an_older_one(tmp_path):
    put(tmp_path / "out", "a.txt", b"old\n")
    os.link(tmp_path / "out/a.txt", tmp_path / "kept.txt")
    put(tmp_path / "out", "a.txt", b"new\n")
    assert (tmp_path / "out/a.txt").read_bytes() == b"new\n"
    assert (tmp_path / "kept.txt").read_bytes() == b"old\n"


def test_a_result_that_cannot_be_moved_is_told_where_it_can(tmp_path, monkeypatch):
    """`test_faults` mounts another file system where mounts may be made."""

    def fail(*_):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(
        OSError, match=r"its folder is on another file system than .*in a separate run with its own --out"
    ):
        put(tmp_path / "out", "a.txt")
    assert sorted(os.listdir(tmp_path / "out/.newsnorm")) == ["journal.sqlite"]


def test_parts_of_a_killed_run_are_removed(tmp_path):
    put(tmp_path / "out", "a.txt")
    (tmp_path / "out/.newsnorm/x1y2z3.part").write_bytes(b"half")
    put(tmp_path / "out", "b.txt")
    assert sorted(os.listdir(tmp_path / "out/.newsnorm")) == ["journal.sqlite"]


def test_one_run_at_a_time(tmp_path):
    with (
        open_results(str(tmp_path / "out"), "s"),
        pytest.raises(OSError, match=r"another newsnorm is writing to .*/out: wait"),
        open_results(str(tmp_path / "out"), "s"),
    ):
        pass
    put(tmp_path / "out", "a.txt")


def test_one_process_at_a_time(tmp_path):
    """The lock holds between processes, survives reading what was written, and goes with a process that is killed."""
    code = f"""
import os, signal
from newsnorm.folders.results import _CLAIM, open_results
with open_results({str(tmp_path / "out")!r}, "s") as results:
    results.journal.add("a.txt", _CLAIM)
    results.journal.get("a.txt")
    print("locked", flush=True)
    signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"locked\n"
        for _ in range(2):
            with (
                pytest.raises(
                    OSError, match=r"another newsnorm is writing to .*/out: wait .* file system has no locks"
                ),
                open_results(str(tmp_path / "out"), "s"),
            ):
                pass
        other.kill()
    with open_results(str(tmp_path / "out"), "s") as results:
        assert results.journal.get("a.txt") == output._CLAIM


def test_a_file_for_a_folder_of_results_is_named(tmp_path):
    plant(tmp_path, "out")
    with pytest.raises(NotADirectoryError, match=r"Not a directory: .*/out"), open_results(str(tmp_path / "out"), "s"):
        pass


# --- what is remembered -----------------------------------------------------------------------------------------------


@pytest.fixture
def finished(tmp_path):
    """A source whose result is finished."""
    plant(tmp_path, "a.txt")
    source = Source(str(tmp_path / "a.txt"), "a.txt")
    digest = output._digest(source.path)
    with open_results(str(tmp_path / "out"), "settings") as results:
        part = results.begin()
        part.write(b"U.S. troops haven't left.\n")
        results.finish(source, part, digest, 0o644)
        assert results.is_finished(source)
    return source


def is_finished(tmp_path, source, settings="settings"):
    with open_results(str(tmp_path / "out"), settings) as results:
        return results.is_finished(source)


def test_a_file_that_is_no_result_is_left_alone(tmp_path, script):
    """The originals lie where the results of the flat files of the same names would go."""
    script()
    plant(tmp_path, "out/a.txt", text="The original.")
    said = []
    for _ in range(2):
        assert restored(tmp_path, "a.txt", "b.txt", said=said)["a.txt"] == b"The original."
    assert " already has a file of this name" in said[0]
    assert said[0].endswith("move it away, or give another folder to --out")
    (tmp_path / "out/a.txt").unlink()
    assert restored(tmp_path, "a.txt", "b.txt", said=[]) == dict.fromkeys(["a.txt", "b.txt"], b"U.S.")


def test_a_result_that_a_killed_run_had_just_put_in_place_is_no_stranger(tmp_path, script, monkeypatch):
    script()

    def kill(*_):
        raise KeyboardInterrupt

    add = Journal.add
    monkeypatch.setattr(
        Journal, "add", lambda journal, name, entry: kill() if entry.result else add(journal, name, entry)
    )
    with pytest.raises(KeyboardInterrupt):
        restored(tmp_path, "a.txt", said=[])
    assert (tmp_path / "out/a.txt").exists()
    monkeypatch.setattr(Journal, "add", add)
    said = []
    assert restored(tmp_path, "a.txt", said=said) == {"a.txt": b"U.S."}
    assert said == ["restored 1 file, skipped 0 finished, failed 0"]


def test_ctrl_c_just_after_a_file_was_finished_does_not_hide_it(tmp_path, script, monkeypatch):
    digest = hashlib.sha256(b"u s troops haven t left\n").hexdigest()
    script(a=[Piece(b"U.S."), Done(digest, 0o644)])
    add = Journal.add

    def interrupt(journal, name, entry):
        add(journal, name, entry)
        if entry.result:
            raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "add", interrupt)
    said = []
    with pytest.raises(KeyboardInterrupt):
        restored(tmp_path, "a.txt", said=said)
    monkeypatch.setattr(Journal, "add", add)
    restored(tmp_path, "a.txt", said=said)
    assert said == [
        "restored 1 file, skipped 0 finished, failed 0",
        "restored 0 files, skipped 1 finished, failed 0",
    ]


def overwrite(path, at, data):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def damage(path, how):
    """Damage a journal of two pages: the first has the schema, the second the entries."""
    match how:
        case "NULs":
            overwrite(path, 0, bytes(8192))
        case "the schema lost":
            overwrite(path, 100, bytes(3996))
        case "the entries lost":
            overwrite(path, 4096, bytes(4096))
        case "a format of the future":
            overwrite(path, 47, b"\x09")
        case "cut off":
            os.truncate(path, 5000)
        case _:
            with closing(sqlite3.connect(path)) as database:
                database.executescript(how)


DAMAGES = [
    *("NULs", "the schema lost", "the entries lost", "a format of the future", "cut off"),
    *("DROP TABLE files; CREATE TABLE files (name)", "CREATE TRIGGER t INSERT ON files BEGIN SELECT 1; END"),
    "CREATE VIEW v AS SELECT 1",
]


@pytest.mark.parametrize("how", DAMAGES)
def test_while_the_journal_is_damaged_no_result_is_taken_for_a_stranger(tmp_path, script, monkeypatch, how):
    """The damaged journal is kept until a run gets through."""
    script()
    restored(tmp_path, "a.txt", said=[])
    damage(tmp_path / "out/.newsnorm/journal.sqlite", how)

    def interrupt(*_):
        raise KeyboardInterrupt

    add = Journal.add
    monkeypatch.setattr(Journal, "add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        restored(tmp_path, "a.txt", said=[])
    monkeypatch.setattr(Journal, "add", add)
    assert sorted(os.listdir(tmp_path / "out/.newsnorm")) == ["journal.damaged", "journal.sqlite"]
    said = []
    restored(tmp_path, "a.txt", said=said)
    assert said == ["restored 1 file, skipped 0 finished, failed 0"]
    assert os.listdir(tmp_path / "out/.newsnorm") == ["journal.sqlite"]


def test_a_journal_that_breaks_during_a_run_is_named(tmp_path):
    with open_results(str(tmp_path / "out"), "s") as results:
        for number in range(200):
            results.journal.add(f"{number:0100}", ENTRY)
        results.journal._database.execute("PRAGMA cache_size = 0")
        overwrite(results.journal.path, 4096, bytes(os.path.getsize(results.journal.path) - 4096))
        with pytest.raises(OSError, match=r"malformed: .*journal\.sqlite"):
            results.journal.get("1")
    with open_results(str(tmp_path / "out"), "s") as results:
        assert results.journal.is_damaged


def test_a_damaged_entry_is_that_of_a_file_to_restore(tmp_path, finished):
    path = tmp_path / "out/.newsnorm/journal.sqlite"
    at = path.read_bytes().index(b"settings", 4096)
    overwrite(path, at, b"\xff")
    assert not is_finished(tmp_path, finished)


def test_a_journal_cannot_make_sqlite_delete_another_file(tmp_path, finished):
    """SQLite deletes a file that its rollback journal names as that of a transaction over several databases."""
    mine, rollback = tmp_path / "mine.txt", tmp_path / "out/.newsnorm/journal.sqlite-journal"
    mine.write_text("mine\n")
    with closing(sqlite3.connect(tmp_path / "out/.newsnorm/journal.sqlite", isolation_level=None)) as database:
        database.execute("PRAGMA cache_size = 0")
        database.execute("BEGIN")
        database.execute("UPDATE files SET source = 'x'")
        database.executemany("INSERT INTO files VALUES (?, 'x', 'x', 'x')", [(bytes([n]) * 900,) for n in range(200)])
        hot = rollback.read_bytes()
    name = os.fsencode(mine)
    numbers = b"".join(number.to_bytes(4, "big") for number in (len(name), sum(name)))
    rollback.write_bytes(hot + (1).to_bytes(4, "big") + name + numbers + bytes.fromhex("d9d505f920a163d7"))
    with pytest.raises(OSError, match="names another file, which would be deleted: remove"):
        is_finished(tmp_path, finished)
    assert mine.exists()
    # That is what SQLite does, and only then.
    with closing(sqlite3.connect(tmp_path / "out/.newsnorm/journal.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM files").fetchall() == [(1,)]
    assert not mine.exists()


def test_a_folder_of_an_older_version_is_passed_over(tmp_path):
    (tmp_path / "out/.newsnorm").mkdir(parents=True)
    for name in ("lock", "journal.jsonl"):
        (tmp_path / "out/.newsnorm" / name).write_bytes(b"{}")
    with open_results(str(tmp_path / "out"), "s") as results:
        assert not results.journal.is_damaged


@pytest.mark.parametrize("fault", ["a folder", "a file that may not be written"])
def test_a_journal_that_cannot_be_opened_is_named(tmp_path, finished, fault):
    path = tmp_path / "out/.newsnorm/journal.sqlite"
    if fault == "a folder":
        path.unlink()
        path.mkdir()
        said = f"{path}: unable to open database file"
    else:
        path.chmod(0o400)
        said = f"{path}: attempt to write a readonly database"
    command = [*NEWSNORM, "restore", finished.path, "--out", str(tmp_path / "out")]
    done = subprocess.run(unprivileged(command), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"newsnorm: {said}\n")


def test_a_finished_file_is_known_by_the_next_run(tmp_path, finished):
    assert is_finished(tmp_path, finished)
    os.utime(finished.path, (0, 0))
    assert is_finished(tmp_path, finished)


@pytest.mark.parametrize("name", ["a.txt", "out/a.txt"])
@pytest.mark.parametrize("fault", ["changed", "gone", "a pipe"])
def test_a_file_is_restored_again_if_it_or_its_result_changed(tmp_path, finished, name, fault):
    (tmp_path / name).unlink()
    if fault == "changed":
        (tmp_path / name).write_text("other\n")
    elif fault == "a pipe":
        os.mkfifo(tmp_path / name)
    assert not is_finished(tmp_path, finished)


def test_a_file_is_restored_again_with_other_settings(tmp_path, finished):
    assert not is_finished(tmp_path, finished, "other settings")


def test_the_fingerprint_tells_settings_apart(tmp_path):
    card = json.loads((PACKAGED / "model.json").read_text())
    for name in card["sha256"]:
        (tmp_path / name).symlink_to(PACKAGED / name)
    (tmp_path / "model.json").write_text(json.dumps(card))
    same = [
        SETTINGS,
        Settings(Options.checked(**OPTIONS | {"kinds": KINDS[::-1]}), PACKAGED),
        Settings(RESTORING, tmp_path),
    ]
    other = [
        Settings(Options.checked(**OPTIONS | {"kinds": ("case",)}), PACKAGED),
        Settings(Options.checked(**OPTIONS | {"kinds": None}), PACKAGED),
        Settings(Options.checked(**OPTIONS | {"threshold": 0.5}), PACKAGED),
        Settings(Options.checked(**OPTIONS | {"quotes": "curly"}), PACKAGED),
        Settings(Options.checked(**OPTIONS | {"paragraphs": True}), PACKAGED),
        Settings(Options.checked(**OPTIONS | {"consistent": False}), PACKAGED),
        Settings(RESTORING, PACKAGED, "latin-1"),
        Settings(RESTORING, PACKAGED, None, True),
    ]
    assert len({settings.fingerprint() for settings in same}) == 1
    fingerprints = {settings.fingerprint() for settings in [SETTINGS, *other]}
    (tmp_path / "model.json").write_text(json.dumps(card | {"biases": {}}))
    fingerprints.add(Settings(RESTORING, tmp_path).fingerprint())
    assert len(fingerprints) == 10


ENTRY = output.Entry("s", "r", "f")


def test_the_journal_holds_any_name(tmp_path):
    names = ["b", "a", "caf\udce9\n", "a'b", "a\0b", ""]
    with open_results(str(tmp_path), "s") as results:
        for name in names:
            results.journal.add(name, output._CLAIM)
            results.journal.add(name, ENTRY)
            assert results.journal.get(name) == ENTRY
        assert results.journal.get("c") is None
    assert journal(tmp_path) == [(name, *ENTRY) for name in sorted(map(os.fsencode, names))]


# --- workers ----------------------------------------------------------------------------------------------------------


def blocked_signals(process):
    """The signals that a process holds back: one bit each, that of SIGHUP first."""
    (line,) = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("SigBlk:")]
    return int(line.split()[1], 16)


def test_a_worker_that_is_killed_costs_its_own_file_only(tmp_path):
    plant(tmp_path, "large.txt", text="the u s said the rebels haven t left yemen on friday " * 1000)
    plant(tmp_path, "small.txt")
    sources = find([str(tmp_path)], "out", "*.txt")
    seen, blocked = [], set()
    for source, outcome in restore_files(sources, Settings(RESTORING, PACKAGED, stream=True), 1):
        # The first piece comes when the rest of the file has yet to be restored.
        if source.name == "large.txt" and isinstance(outcome, Piece):
            for child in multiprocessing.active_children():
                blocked.add(blocked_signals(child.pid))
                os.kill(child.pid, signal.SIGKILL)
        else:
            seen.append((source.name, outcome))
    # Ctrl-C in a terminal, which reaches the workers as well, is left to the parent.
    assert blocked == {1 << signal.SIGINT - 1}
    assert seen[0] == ("large.txt", Died("was killed by signal 9 (Killed)"))
    small = [outcome for name, outcome in seen if name == "small.txt"]
    assert isinstance(small[-1], Done)
    assert small[0] == Piece(restore((tmp_path / "small.txt").read_text()).encode())
    (last,) = [outcome for name, outcome in seen[1:] if name == "large.txt"]
    assert isinstance(last, Failed)
    assert "was killed by signal 9 (Killed), 2 times: if memory was short, try fewer --jobs" in last.reason


def test_workers_that_cannot_start_end_the_run(tmp_path, monkeypatch):
    plant(tmp_path, "a.txt")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(NewsnormError, match="ended with status 1 before it began, 3 times"):
        list(restore_files(find([str(tmp_path)], "out", "*.txt"), SETTINGS, 1))


def test_a_model_that_cannot_be_run_ends_the_run(tmp_path):
    plant(tmp_path, "a.txt")
    with pytest.raises(DataError, match="cannot read the model file"):
        list(restore_files(find([str(tmp_path)], "out", "*.txt"), Settings(RESTORING, tmp_path), 1))


def said_by_worker(*paths, settings=SETTINGS):
    """Let a worker restore files, in this process; yield what it says."""
    tasks = SimpleQueue()
    for path in paths:
        tasks.put(str(path))
    return _messages(tasks, worker._restore, (settings,), settings.model, 2)


def test_a_worker_says_what_becomes_of_its_files(tmp_path):
    # Few words and many bytes: more than one piece holds.
    text = "u s troops " + "— " * 40_000
    plant(tmp_path, "a.txt", text=text)
    (tmp_path / "b.txt").write_bytes(b"won\x92t")
    said = said_by_worker(tmp_path / "a.txt", tmp_path / "b.txt")
    assert next(said) == Ready()
    pieces = []
    while isinstance(outcome := next(said), Piece):
        pieces.append(outcome.data)
    assert len(pieces) > 1
    assert b"".join(pieces).decode() == restore(text)
    assert outcome == Done(hashlib.sha256((tmp_path / "a.txt").read_bytes()).hexdigest(), 0o100644)
    assert "not UTF-8" in next(said).reason


def test_a_worker_restores_a_file_as_a_stream(tmp_path):
    text = "the u n said the rebels haven t left yemen on friday " * 150
    plant(tmp_path, "a.txt", text=text)
    *pieces, last = worker._restore(str(tmp_path / "a.txt"), Settings(RESTORING, PACKAGED, stream=True), None)
    assert [piece.data.decode() for piece in pieces] == list(stream([text]))
    assert isinstance(last, Done)


@pytest.mark.parametrize("consistent", [True, False])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_mentions_in_a_file_hear_one_another_unless_told_not_to(tmp_path, monkeypatch, name, consistent):
    heard = []
    monkeypatch.setattr("newsnorm.pipeline.make_consistent", lambda scores, words: heard.append(words) or scores)
    plant(tmp_path, name, text='{"text": "the rebels left"}\n')
    *_, last = worker._restore(
        str(tmp_path / name), Settings(Options.checked(**OPTIONS | {"consistent": consistent}), PACKAGED), None
    )
    assert isinstance(last, Done)
    assert len(heard) == consistent


def test_a_fault_of_newsnorm_itself_costs_one_file(tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("a fault")

    monkeypatch.setattr("newsnorm.processes.restore_texts", broken)
    plant(tmp_path, "a.txt")
    _, message = islice(said_by_worker(tmp_path / "a.txt"), 2)
    assert isinstance(message, Raised)
    source = Source(str(tmp_path / "a.txt"), "a.txt")
    monkeypatch.setattr(Crew, "run", lambda *_: (yield source, message))
    ((_, outcome),) = restore_files([source], SETTINGS, 1)
    assert outcome.reason.startswith("newsnorm failed: ValueError(")


def test_a_worker_without_a_model_says_so(tmp_path):
    (message,) = said_by_worker(settings=Settings(RESTORING, tmp_path))
    assert "cannot read the model file" in str(message.error)


# --- runs -------------------------------------------------------------------------------------------------------------


def test_a_stream_gives_what_the_function_gives(tmp_path):
    text = "the u n said the rebels haven t left yemen on friday and an official said we won t go " * 80
    plant(tmp_path / "in", "long.txt", text=text)
    settings = Settings(RESTORING, PACKAGED, stream=True)
    with open_results(str(tmp_path / "out"), settings.fingerprint()) as results:
        Run(results, pytest.fail).restore(find([str(tmp_path / "in")], "out", "*.txt"), settings, jobs=1)
    assert (tmp_path / "out/long.txt").read_text() == "".join(stream([text]))


@pytest.fixture
def script(monkeypatch):
    """Say what the workers say, for each file: a run without workers."""

    def say(**outcomes):
        def restore_files(sources, *_):
            for source in sources:
                for outcome in outcomes.get(source.name.partition(".")[0], [Piece(b"U.S."), Done("digest", 0o644)]):
                    if outcome is KeyboardInterrupt:
                        raise outcome
                    yield source, outcome

        monkeypatch.setattr("newsnorm.folders.run.restore_files", restore_files)

    return say


STATE_FILES = {"journal.sqlite", "journal.sqlite-journal", "journal.damaged"}


def restored(tmp_path, *names, said):
    """Run over files of these names; return the summary, and what is in the folder of results."""
    plant(tmp_path / "in", *names)
    out = tmp_path / "out"
    with open_results(str(out), "s") as results:
        run = Run(results, said.append)
        try:
            run.restore(find([str(tmp_path / "in")], str(out), "*.txt"), SETTINGS, jobs=1)
        finally:
            assert {path.name for path in Path(results.state).iterdir()} <= STATE_FILES
            files = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.txt")}
            said.append(str(run.summary))
    return files


def test_what_was_sent_before_a_worker_died_is_void(tmp_path, script):
    said = []
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in/pipe.txt")
    script(
        a=[Piece(b"U."), Died("was killed")],
        b=[Died("was killed"), Piece(b"B"), Done("digest", 0o644)],
        c=[Piece(b"U."), Failed("no")],
    )
    assert restored(tmp_path, "a.txt", "b.txt", "c.txt", "d.txt", said=said) == {"b.txt": b"B", "d.txt": b"U.S."}
    assert said == ["c.txt: no", "pipe.txt: a named pipe, not a file", "restored 2 files, skipped 0 finished, failed 2"]


def test_a_file_in_another_encoding_needs_a_run_of_its_own(tmp_path, script):
    said = []
    script(a=[Failed("it looks like windows-1252 (--encoding windows-1252)")])
    restored(tmp_path, "a.txt", said=said)
    assert said[0].endswith("(--encoding windows-1252), in a separate run: --glob a.txt")


def test_an_interrupt_leaves_no_part(tmp_path, script):
    script(b=[Piece(b"U."), KeyboardInterrupt])
    with pytest.raises(KeyboardInterrupt):
        restored(tmp_path, "a.txt", "b.txt", "c.txt", said=[])
    assert sorted(os.listdir(tmp_path / "out")) == [".newsnorm", "a.txt"]


def test_a_file_that_cannot_be_written_is_reported_once(tmp_path, script, monkeypatch):
    said = []
    write = Part.write

    def fail(part, data):
        if data == b"large":
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        write(part, data)

    monkeypatch.setattr(Part, "write", fail)
    script(
        a=[
            Piece(b"small"),
            Piece(b"large"),
            Piece(b"small"),
            Died("was killed"),
            Piece(b"small"),
            Done("digest", 0o644),
        ]
    )
    assert restored(tmp_path, "a.txt", "b.txt", said=said) == {"b.txt": b"U.S."}
    assert said == [f"a.txt: {os.strerror(errno.EFBIG)}", "restored 1 file, skipped 0 finished, failed 1"]


@pytest.mark.parametrize("call", ["fsync", "replace", "mkdir", "journal"])
def test_a_full_disk_ends_the_run_and_keeps_what_is_finished(tmp_path, script, monkeypatch, call):
    """The disk is full from one call on; `test_faults` fills a real one where mounts may be made."""
    script()
    said, calls = [], []
    real = Journal.add if call == "journal" else getattr(os, call)

    def fill(*arguments, **named):
        calls.append(arguments)
        if len(calls) >= (3 if call in {"mkdir", "journal"} else 2):
            if call != "journal":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            # A claim of many pages, for which the limit leaves no space.
            journal, name, entry = arguments
            journal._database.execute("PRAGMA max_page_count = 2")
            return real(journal, name, entry._replace(source="x" * 10_000))
        return real(*arguments, **named)

    names = ["a.txt", "b/b.txt", "c.txt"]
    plant(tmp_path / "in", *names)
    target = (Journal, "add") if call == "journal" else (os, call)
    monkeypatch.setattr(*target, fill)
    with pytest.raises(DiskFullError, match="run the same command again to resume"):
        restored(tmp_path, said=said)
    monkeypatch.setattr(*target, real)
    assert said == [f"b/b.txt: {os.strerror(errno.ENOSPC)}", "restored 1 file, skipped 0 finished, failed 1"]
    assert restored(tmp_path, said=said) == dict.fromkeys(names, b"U.S.")
    # The script tells the same digest for every file, so that none counts as finished.
    assert said[2:] == ["restored 3 files, skipped 0 finished, failed 0"]


def test_killed_and_resumed_runs_end_as_one_that_nobody_disturbed(tmp_path):
    """A few kills of the fifty that ``python scripts/kills.py`` makes."""
    assert len(torture(tmp_path, kills=5, jobs=2, seed=4, files=15)) == 5
