"""Many processes at restoring: the same texts in the same order, errors that say what happened, nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from strategies import OPTIONS, STORIES

from newsnorm import DataError, NewsnormError, flatten, restore, restore_many
from newsnorm.model import PACKAGED, load
from newsnorm.options import Options
from newsnorm.processes import BATCH, Raised, Ready, _interrupts_blocked, _restore, _serve, batches

TEXTS = [" ".join(flatten(story).split()[:80]) for story in STORIES.values()]


def test_the_same_texts_come_out_in_the_same_order():
    texts = [*TEXTS, "", *TEXTS * 6]
    expected = list(restore_many(texts, **OPTIONS))
    assert list(restore_many(texts, workers=2, **OPTIONS)) == expected


def test_a_model_is_given_by_its_folder_or_as_it_is():
    for model in (PACKAGED, str(PACKAGED), load()):
        assert list(restore_many(TEXTS[:1], workers=2, model=model)) == [restore(TEXTS[0])]


class Shouting:
    """A scorer that a process can be sent."""

    forms: ClassVar[dict[str, str]] = {}
    biases = None
    calibration = None

    def score_many(self, texts):
        return load().score_many(texts)


class Doubtful:
    """A scorer that a process can be sent, and that is in doubt about the second of two mentions."""

    forms: ClassVar[dict[str, str]] = {}
    biases = None
    calibration = None

    def score_many(self, texts):
        from scripted import Scripted

        return Scripted(join={1: "'", 6: ("'", -0.5)}).score_many(texts)


@pytest.mark.parametrize("count", [1, 2])
def test_mentions_hear_one_another_unless_told_not_to(count):
    texts = ["near kata ib posts and a kata ib man"]
    options = {"kinds": ["contractions"], "workers": count, "model": Doubtful()}
    assert list(restore_many(texts, **options)) == ["near kata'ib posts and a kata'ib man"]
    assert list(restore_many(texts, consistent=False, **options)) == ["near kata'ib posts and a kata ib man"]


def test_a_scorer_of_the_user_is_sent_to_the_workers():
    assert list(restore_many(TEXTS[:1], workers=2, model=Shouting())) == [restore(TEXTS[0])]


def test_texts_are_read_as_they_are_needed():
    read = count()
    endless = ("the u n said " * 500 + str(next(read)) for _ in iter(int, 1))
    restored = restore_many(endless, workers=2)
    assert next(restored).startswith("The U.N. said")
    # Three batches of four texts for each worker, and the one that was asked for.
    assert next(read) <= 2 * 3 * 4 + 4
    restored.close()
    assert not multiprocessing.active_children()


def test_a_text_that_is_none_is_named():
    with pytest.raises(TypeError, match="text 1 must be a str"):
        list(restore_many(["a", b"b"], workers=2))


def test_an_input_that_breaks_off_raises_its_own_error():
    def texts():
        yield "the rebels left"
        raise OSError("the archive ends here")

    with pytest.raises(OSError, match="the archive ends here"):
        list(restore_many(texts(), workers=2))
    assert not multiprocessing.active_children()


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(DataError, match="cannot read the model file"):
        list(restore_many(TEXTS, workers=2, model=tmp_path))


class Failing:
    """A scorer that a process can be sent, and that fails, or has its process killed, at texts of certain words."""

    forms: ClassVar[dict[str, str]] = {}
    biases = None
    calibration = None

    def __init__(self, **words):
        self.words = words

    def score_many(self, texts):
        for words in texts:
            match self.words.get(words[0] if words else None):
                case None:
                    yield from load().score_many([words])
                case Path() as once if once.exists():
                    yield from load().score_many([words])
                case BaseException() as error:
                    raise error
                case once:
                    if once:
                        once.touch()
                    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("error", [TypeError("no"), DataError("no"), OSError(9, "no"), ConnectionResetError("no")])
def test_an_error_in_a_worker_is_raised_in_its_turn(error):
    """Results before it come first, and the traceback of the worker is not lost."""
    texts = ["the rebels left " + "the u n said " * 1_600, "fail now", "the u n said"]
    restored = restore_many(texts, workers=2, model=Failing(fail=error))
    assert next(restored) == restore(texts[0], model=Failing())
    with pytest.raises(type(error), match="no") as caught:
        next(restored)
    assert "score_many" in caught.value.__notes__[0]
    assert not multiprocessing.active_children()


def test_a_worker_that_is_killed_is_replaced(tmp_path):
    texts = [text for one in TEXTS[:3] for text in (one, "kill me " + "the u n said " * 1_600)]
    expected = list(restore_many(texts, model=Failing()))
    assert list(restore_many(texts, workers=2, model=Failing(kill=tmp_path / "killed"))) == expected
    assert (tmp_path / "killed").exists()
    assert not multiprocessing.active_children()


def test_workers_that_are_killed_before_they_are_ready_are_replaced():
    def texts():
        yield from TEXTS * 20
        for child in multiprocessing.active_children():
            os.kill(child.pid, signal.SIGKILL)
        time.sleep(0.1)
        yield from TEXTS * 20

    assert list(restore_many(texts(), workers=2)) == list(restore_many(TEXTS)) * 40


def test_texts_that_kill_two_workers_raise():
    message = r"was killed by signal 9 \(Killed\), 2 times: if memory was short, ask for fewer workers"
    with pytest.raises(NewsnormError, match=message):
        list(restore_many([*TEXTS, "kill me"], workers=2, model=Failing(kill=False)))
    assert not multiprocessing.active_children()


def test_workers_that_cannot_start_are_reported(monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(NewsnormError, match=r'before it began, 3 times: .*`if __name__ == "__main__":`'):
        list(restore_many(TEXTS, workers=2))


@pytest.mark.parametrize("workers", [0, -1])
def test_a_number_of_workers_that_is_none(workers):
    with pytest.raises(ValueError, match="workers must be 1 or more"):
        restore_many([], workers=workers)


@pytest.mark.parametrize("workers", ["2", 2.0, True, None])
def test_workers_that_are_no_number(workers):
    with pytest.raises(TypeError, match="workers must be a number of processes"):
        restore_many([], workers=workers)


def test_a_batch_is_worth_a_message():
    texts = ["a" * (BATCH // 2)] * 5
    assert [len(batch) for batch in batches(texts)] == [2, 2, 1]
    assert list(batches([])) == []


LEFT = """
import multiprocessing, newsnorm, time

def texts():
    yield from ["the u n said"] * 10
    yield from ["a " * 20_000] * 2
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    time.sleep(60)

for text in newsnorm.restore_many(texts(), workers=2):
    pass
"""


def alive(pid):
    """Whether a process still runs; one that ended and that nobody has asked for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system has no list of processes to look at")
def test_workers_end_with_a_parent_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", LEFT], stdout=subprocess.PIPE, text=True) as parent:
        workers = parent.stdout.readline().split()
        parent.kill()
    assert len(workers) == 2
    # No longer than a worker may take to start, on a machine as busy as can be.
    limit = time.monotonic() + 60
    while any(map(alive, workers)) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not any(map(alive, workers))


def serving(*arguments):
    """Serve in this process, because nothing sees which lines a spawned one runs."""
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=_serve, args=(theirs, *arguments), daemon=True)
    thread.start()
    return ours, theirs, thread


@pytest.fixture
def exits(monkeypatch):
    """Collect the exits of a worker."""
    exits = []
    monkeypatch.setattr(os, "_exit", exits.append)
    yield exits
    for thread in threading.enumerate():
        if thread.name.endswith("(_receive_tasks)"):
            thread.join()
    assert exits == [1]


@pytest.mark.usefixtures("exits")
def test_a_worker_restores_until_its_parent_is_gone():
    ours, _, thread = serving(_restore, (Options(quotes="curly"),), None, 2)
    assert ours.recv() == Ready()
    ours.send(TEXTS[:2])
    assert ours.recv() == [restore(text, quotes="curly") for text in TEXTS[:2]]
    ours.send([b""])
    assert isinstance(ours.recv().error, TypeError)
    ours.send(TEXTS[:1])
    ours.close()
    thread.join()


@pytest.mark.usefixtures("exits")
def test_a_worker_without_a_model_ends(tmp_path):
    ours, _, thread = serving(_restore, (Options(),), tmp_path, 2)
    assert "cannot read the model file" in str(ours.recv().error)
    thread.join()
    ours.close()


@pytest.mark.usefixtures("exits")
def test_ctrl_c_is_left_to_the_parent_where_signals_cannot_be_blocked(monkeypatch, tmp_path):
    monkeypatch.delattr(signal, "pthread_sigmask")  # as on Windows
    with _interrupts_blocked():
        pass
    handler = signal.getsignal(signal.SIGINT)
    ours, theirs = multiprocessing.Pipe()
    try:
        _serve(theirs, _restore, (Options(),), tmp_path, 2)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, handler)
    assert isinstance(ours.recv(), Raised)
    ours.close()
