"""Threads, processes and event loops share one model, get the results of sequential calls, and never deadlock.

Whatever might hang has a timeout. It is a hundred times what the work takes, so it measures nothing: it only turns a
hang into a failure that says what hung.
"""

import asyncio
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from _thread import interrupt_main
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice
from types import SimpleNamespace

import pytest
from strategies import STORIES

from newsnorm import DataError, explain, flatten, restore, restore_many
from newsnorm.model import PACKAGED, load, model

TIMEOUT = 120
#: The first words of some stories, and a text of more windows than are processed at once.
TEXTS = [" ".join(flatten(story).split()[:60]) for story in [*STORIES.values()][:6]]
LONG = " ".join(TEXTS * 45)

forks = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this platform has no fork")
# Python 3.12 warns about a fork in a process with threads. These tests check that it works.
warned = pytest.mark.filterwarnings("ignore:This process .*is multi-threaded:DeprecationWarning")


@pytest.fixture(scope="module")
def serial():
    return [restore(text) for text in TEXTS]


@pytest.fixture
def folder(tmp_path):
    """A model that no test has loaded yet: the packaged one under another path."""
    copy = tmp_path / "model"
    copy.mkdir()
    for path in PACKAGED.iterdir():
        (copy / path.name).symlink_to(path)
    yield copy
    model._loaded.pop(copy, None)


def in_threads(count, work):
    """Call *work* with 0, 1, ... in *count* threads at once; return the results, or raise the first error."""
    done = [Future() for _ in range(count)]
    start = threading.Barrier(count)

    def run(number):
        start.wait(TIMEOUT)
        try:
            done[number].set_result(work(number))
        except BaseException as error:  # noqa: BLE001 - raised where the result is waited for
            done[number].set_exception(error)

    for number in range(count):
        threading.Thread(target=run, args=(number,), daemon=True).start()
    return [future.result(TIMEOUT) for future in done]


def in_fork(work):
    """Run *work* in a forked child and return its result. A child that hangs or dies is a failure."""
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=lambda: send.send(work()))
    child.start()
    send.close()
    try:
        assert receive.poll(TIMEOUT), "the forked child hangs"
        return receive.recv()
    finally:
        child.kill()
        child.join()


def python(code, *arguments):
    """Run *code* in a new Python process until it exits. A process that hangs is killed and is a failure."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)


def newsnorm_threads():
    return sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("newsnorm"))


# --- threads ----------------------------------------------------------------------------------------------------------


def test_threads_that_share_a_model_get_the_results_of_sequential_calls(serial):
    got = in_threads(8, lambda number: [restore(text) for text in TEXTS[number:] + TEXTS[:number]])
    assert got == [serial[number:] + serial[:number] for number in range(8)]


def test_threads_may_call_different_functions_with_different_options():
    work = [
        lambda: restore(TEXTS[0], quotes="curly", paragraphs=True),
        lambda: explain(TEXTS[1], threshold=0.9),
        lambda: list(restore_many(TEXTS[2:5], kinds=["case"])),
    ]
    alone = [function() for function in work]
    assert in_threads(9, lambda number: work[number % 3]()) == alone * 3


def test_concurrent_loads_of_a_model_load_it_once(folder, monkeypatch):
    made = []
    session = model._session
    monkeypatch.setattr(model, "_session", lambda *given: made.append(given) or session(*given))
    loaded = in_threads(8, lambda _: load(folder))
    assert len(made) == 1
    assert all(one is loaded[0] for one in loaded)


def test_a_failed_load_does_not_block_other_threads_or_later_loads(folder):
    hidden = folder / "hidden"
    (folder / "forms.txt").rename(hidden)

    def attempt(_):
        with pytest.raises(DataError, match=r"forms\.txt"):
            load(folder)

    in_threads(4, attempt)
    hidden.rename(folder / "forms.txt")
    assert restore(TEXTS[0], model=folder) == restore(TEXTS[0])


def test_interleaved_iterators_do_not_mix_their_results(serial):
    backwards = restore_many(TEXTS[::-1])
    for forth, back, again in zip(restore_many(TEXTS), backwards, restore_many(iter(TEXTS)), strict=True):
        assert forth == again == serial[TEXTS.index(flatten(forth))]
        assert back == serial[TEXTS.index(flatten(back))]


def test_restore_many_accepts_texts_that_are_being_restored(serial):
    assert list(restore_many(restore(text) for text in TEXTS)) == serial
    assert list(restore_many(restore_many(TEXTS))) == serial


def test_unfinished_iterators_leave_no_threads_behind(serial):
    restore(LONG)  # now all threads of the pool are there
    before = newsnorm_threads()
    for _ in range(5):
        closed = restore_many(TEXTS * 8)
        assert next(closed) == serial[0]
        closed.close()
        dropped = restore_many(TEXTS * 8)
        assert next(dropped) == serial[0]
    del dropped
    gc.collect()
    assert newsnorm_threads() == before
    assert restore(TEXTS[0]) == serial[0]


def test_an_error_in_the_input_iterator_is_raised_unchanged(serial):
    def broken():
        yield from TEXTS[:3]
        raise ConnectionError("the feed is gone")

    for _ in range(5):
        with pytest.raises(ConnectionError, match="the feed is gone"):
            list(restore_many(broken()))
    assert list(restore_many(TEXTS)) == serial


def test_the_number_of_windows_submitted_at_once_is_bounded(folder, monkeypatch):
    """Otherwise, after Ctrl-C in a text of 10 MB, the exit would wait for minutes of work."""
    under_way = most = 0

    class Lazy:
        """A pool that runs a task when its result is asked for, and counts the tasks that wait until then."""

        def submit(self, function, *given):
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)

            def result():
                nonlocal under_way
                under_way -= 1
                return function(*given)

            return SimpleNamespace(result=result)

    loaded = load(folder)
    monkeypatch.setattr(loaded, "_pool", Lazy())
    assert restore(LONG, model=folder) == restore(LONG)
    assert under_way == 0
    assert 1 < most <= model._AHEAD + model.available_cores() < len(LONG.split()) / loaded.window


def test_ctrl_c_during_a_text_leaves_the_model_usable(folder, monkeypatch, serial):
    loaded = load(folder)
    run = loaded._run

    def interrupted(ids, rows):
        interrupt_main()
        return run(ids, rows)

    with monkeypatch.context() as patch:
        patch.setattr(loaded, "_run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            restore(LONG, model=folder)
        # Windows that are still being processed must not interrupt what comes next.
        loaded._pool.submit(int).result(TIMEOUT)
        loaded._pool.shutdown()
    monkeypatch.setattr(loaded, "_pool", ThreadPoolExecutor(2))
    assert [restore(text, model=folder) for text in TEXTS] == serial


# --- event loops ------------------------------------------------------------------------------------------------------


def test_asyncio_tasks_share_one_model(serial):
    async def main():
        tasks = [asyncio.to_thread(restore, text) for text in TEXTS * 5]
        return await asyncio.wait_for(asyncio.gather(*tasks), TIMEOUT)

    assert asyncio.run(main()) == serial * 5


def test_a_cancelled_asyncio_task_does_not_affect_the_next(serial):
    async def main():
        task = asyncio.create_task(asyncio.to_thread(restore, LONG))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await asyncio.wait_for(asyncio.to_thread(restore, TEXTS[0]), TIMEOUT)

    assert asyncio.run(main()) == serial[0]


# --- processes --------------------------------------------------------------------------------------------------------

METHODS = multiprocessing.get_all_start_methods()


@warned
@pytest.mark.parametrize("method", METHODS)
def test_a_process_pool_works_after_the_model_was_loaded(method, serial):
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(restore, TEXTS[:4], chunksize=1).get(TIMEOUT) == serial[:4]


@warned
@pytest.mark.parametrize("method", METHODS)
def test_a_process_pool_executor_works_after_the_model_was_loaded(method, serial):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        assert list(pool.map(restore, TEXTS[:4], timeout=TIMEOUT)) == serial[:4]


@forks
@warned
def test_a_process_forked_while_other_threads_restore_does_not_hang(serial):
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            restore(TEXTS[0])

    threads = [threading.Thread(target=busy, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(4):
            assert in_fork(lambda number=number: restore(TEXTS[number])) == serial[number]
    finally:
        stop.set()
    for thread in threads:
        thread.join(TIMEOUT)
        assert not thread.is_alive(), "a thread of the parent hangs after the fork"
    assert restore(TEXTS[0]) == serial[0]


@forks
@warned
def test_a_forked_process_can_fork_again(serial):
    assert in_fork(lambda: [restore(TEXTS[0]), in_fork(lambda: restore(TEXTS[1]))]) == serial[:2]


@forks
@warned
def test_several_threads_can_fork_at_once(serial):
    assert in_threads(3, lambda number: in_fork(lambda: restore(TEXTS[number]))) == serial[:3]


@forks
@warned
def test_a_loaded_model_is_reloaded_once_in_a_forked_process(serial):
    """Its threads exist in the parent alone, so the child loads the folder again."""
    kept = load()
    assert in_fork(lambda: restore(TEXTS[0], model=kept)) == serial[0]
    assert in_fork(lambda: load(kept) is load(kept) is load() is not kept)


@forks
@warned
def test_an_iterator_begun_before_a_fork_raises_an_error_after_it(serial):
    """Threads that the child does not have score the texts in progress: it would wait for ever."""
    texts = restore_many(TEXTS * 8)
    assert next(texts) == serial[0]

    def rest():
        with pytest.raises(RuntimeError, match=r"before this process was forked.*load it again.*begin the texts again"):
            list(texts)
        return restore(TEXTS[1])

    assert in_fork(rest) == serial[1]
    assert list(islice(texts, 3)) == serial[1:4]


@forks
@warned
def test_scoring_with_a_model_loaded_before_a_fork_raises_an_error():
    kept = load()

    def score():
        with pytest.raises(RuntimeError, match=r"newsnorm\.model\.load\("):
            kept.score(["iraq"])
        return True

    assert in_fork(score)


@forks
def test_a_fork_waits_for_a_load_in_progress():
    """Otherwise the child would inherit the locks of an onnxruntime session that is half set up."""
    code = """if True:
        import os, threading
        from newsnorm import restore
        from newsnorm.model import model
        forking, loading, log = threading.Event(), threading.Event(), []
        session = model._session

        def slow(*given):
            loading.set()
            forking.wait()
            made = session(*given)
            log.append("loaded")
            return made

        model._session = slow
        # Hooks run in reverse order of registration, so this one shows that the fork has begun.
        os.register_at_fork(before=forking.set)
        threading.Thread(target=model.load).start()
        loading.wait()
        child = os.fork()
        if child == 0:
            print(*log, "before", restore("u s troops"), flush=True)
        else:
            os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    got = python(code)
    assert (got.returncode, got.stdout, got.stderr) == (0, "loaded before U.S. troops.\n", "")


# --- exit -------------------------------------------------------------------------------------------------------------


@forks
@pytest.mark.parametrize("uses", ["", "restore('u s troops')"])
def test_a_forked_process_exits_cleanly(uses):
    """`sys.exit` runs the exit handlers of the C++ runtime; multiprocessing would skip them."""
    code = f"""if True:
        import os, sys
        from newsnorm import restore
        restore("u s troops")
        child = os.fork()
        if child == 0:
            {uses}
            sys.exit(3)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    got = python(code)
    assert (got.returncode, got.stderr) == (3, "")


def test_exit_with_unfinished_texts_is_clean():
    code = "from newsnorm import restore_many; texts = restore_many(['u s troops'] * 1000); print(next(texts))"
    got = python(code)
    assert (got.returncode, got.stdout, got.stderr) == (0, "U.S. troops.\n", "")


#: Begins a text of 400 windows and prints at exit whether only the windows in progress were run, or all of them.
LEAVING = """if True:
    import atexit, threading
    from newsnorm import restore
    from newsnorm.model import load
    model, begun, running = load(), [], threading.Event()
    run = model._run

    def counted(*given):
        begun.append(given)
        if len(begun) == 2:
            running.set()
            print("running", flush=True)
        return run(*given)

    model._run = counted
    atexit.register(lambda: print("waited for all" if len(begun) > 200 else "left", flush=True))
    text = "the rebels left yemen on friday " * 10_000
"""


def test_exit_does_not_wait_for_a_daemon_thread_with_a_long_text():
    code = """
    threading.Thread(target=restore, args=(text,), daemon=True).start()
    running.wait()
"""
    got = python(LEAVING + code)
    assert (got.returncode, got.stdout) == (0, "running\nleft\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send KeyboardInterrupt to another process")
def test_ctrl_c_during_a_long_text_ends_the_process():
    command = [sys.executable, "-c", LEAVING + "    restore(text)\n"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "running\n"
            process.send_signal(signal.SIGINT)
            last, complaint = process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()
    assert last == "left\n"
    assert complaint.endswith("KeyboardInterrupt\n")
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize("loaded", [True, False])
def test_a_thread_that_outlives_the_main_thread_can_still_restore(loaded):
    """Python waits for it, but first shuts down all pools, and then no pool can even be imported."""
    code = f"""if True:
        import threading
        from newsnorm import restore
        if {loaded}:
            restore("u s troops")

        def work():
            threading.main_thread().join()
            print(restore("u s troops"))

        threading.Thread(target=work).start()
    """
    got = python(code)
    assert (got.returncode, got.stdout, got.stderr) == (0, "U.S. troops.\n", "")
