"""A model's files: whatever is missing, truncated, altered or wrong is reported, with what to do about it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from newsnorm import DataError, quotations, restore
from newsnorm.labels import heads
from newsnorm.model import PACKAGED, checksum, load
from newsnorm.model import model as model_module
from newsnorm.model.compounds import HYPHEN, hyphen_odds, number_pairs, number_words, to_bytes
from newsnorm.model.scores import OFFSETS

FILES = ("model.json", "model.onnx", "vocab.txt", "forms.txt", "compounds.bin")
REMEDY = re.compile("[Rr]einstall newsnorm|[Ee]xport .*again|give the folder")


@pytest.fixture(autouse=True)
def packaged_model_still_works():
    """Check after each test that the packaged model still works, and unload all others."""
    yield
    assert restore("u s troops") == "U.S. troops."
    for folder in [folder for folder in model_module._loaded if folder != PACKAGED]:
        del model_module._loaded[folder]


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(PACKAGED, tmp_path / "model")


def change(folder, name, data):
    """Write *data* into a file of a model, and its checksum into the card, as a faulty export would."""
    (folder / name).write_bytes(data)
    change_card(folder, sha256=card(folder)["sha256"] | {name: hashlib.sha256(data).hexdigest()})


def card(folder):
    return json.loads((folder / "model.json").read_text())


def change_card(folder, **entries):
    (folder / "model.json").write_text(json.dumps(card(folder) | entries))


def assert_refused(folder, *expected):
    """Assert that *folder* is assert_refused with an error that contains *expected* and what to do."""
    with pytest.raises(DataError) as caught:
        restore("iraq", model=folder)
    message = str(caught.value)
    assert REMEDY.search(message)
    for part in expected:
        assert str(part) in message


# --- the packaged model -----------------------------------------------------------------------------------------------


def test_the_packaged_model_is_small_and_is_loaded_once():
    assert sum(path.stat().st_size for path in PACKAGED.iterdir()) <= 25e6
    assert load() is load(None) is load(PACKAGED) is load(str(PACKAGED))


def test_a_model_is_loaded_from_a_folder(folder):
    assert restore("u s troops", model=folder) == restore("u s troops", model=str(folder)) == restore("u s troops")


def test_a_loaded_model_may_be_given_in_place_of_its_folder(folder):
    loaded = load(folder)
    assert load(loaded) is loaded
    assert load(folder / ".." / "model") is loaded
    assert restore("u s troops", model=loaded) == restore("u s troops")


def test_a_symbolic_link_loads_the_same_model(folder):
    link = folder.with_name("link")
    link.symlink_to(folder)
    assert load(link) is load(folder)


def test_the_forms_of_the_folder_are_used(folder):
    change(folder, "forms.txt", (folder / "forms.txt").read_bytes() + b"TroopsNet\n")
    assert load(folder).forms["troopsnet"] == "TroopsNet"
    assert "" not in load(folder).forms


def test_a_form_in_capitals_gains_score_where_a_sentence_starts(folder):
    words = "troops left baghdad troops stayed".split()
    before = load(folder).score(words).copy()
    del model_module._loaded[folder]
    change(folder, "forms.txt", (folder / "forms.txt").read_bytes() + b"TROOPS\n")
    model = load(folder)
    gain = model.score(words) - before
    upper = OFFSETS[heads.CASE] + heads.UPPER
    rows, columns = np.nonzero(gain)
    assert set(columns.tolist()) == {upper}
    assert set(rows.tolist()) <= {0, 3}
    # The first word certainly starts a sentence.
    assert gain[0, upper] == pytest.approx(model_module.OWN_FORM_AT_START, abs=1e-4)
    assert 0 <= gain[3, upper] < gain[0, upper] / 2
    # Only mixed forms are kept, because no label says how they are written.
    assert "troops" not in model.forms


def test_compounds_adjust_the_odds_of_the_hyphen(folder):
    """Odds rise for a pair seen with a hyphen and fall for a pair never seen with one; no other score changes."""
    words = "a cease fire deal was made long term plans failed".split()
    pairs = number_pairs(number_words(["deal", "was"]))
    change(folder, "compounds.bin", to_bytes(pairs, np.array([5]), np.array([5])))
    change_card(folder, compounds={})
    before = load(folder).score(words).copy()
    del model_module._loaded[folder]
    change_card(folder, compounds={"rare": 50.0, "rare odds": 0.5, "absent": -50.0})
    shifts = load(folder).score(words) - before
    expected = np.full(len(words) - 1, -50.0)
    expected[words.index("deal")] = 50 + 0.5 * np.log(11)
    assert shifts[:-1, HYPHEN] == pytest.approx(expected, abs=1e-3)
    assert not shifts[-1].any()
    assert not np.delete(shifts, HYPHEN, axis=1).any()
    assert "deal-was" in restore(" ".join(words), model=folder).lower()
    del model_module._loaded[folder]
    change_card(folder, compounds={"encoder": -0.5})
    shifts = load(folder).score(words) - before
    expected = np.zeros(len(words) - 1)
    expected[words.index("deal")] = -0.5 * hyphen_odds(before)[words.index("deal")]
    assert shifts[:-1, HYPHEN] == pytest.approx(expected, abs=1e-3)
    assert checksum(folder) != checksum(PACKAGED)


def test_biases_change_which_labels_are_chosen(folder):
    change_card(folder, biases={"mark": {".": -30.0, "!": 30.0}})
    assert load(folder).biases.sum() == 0
    assert np.count_nonzero(load(folder).biases) == 2
    assert restore("the troops left", model=folder) == "The! Troops! Left!"


def test_the_card_may_hold_a_calibration_of_quotations(folder):
    change_card(folder, calibration={"quotes": {"slope": 0.5, "shift": -1}})
    assert load(folder).calibration == (0.5, -1.0)
    assert checksum(folder) != checksum(PACKAGED)


def test_a_card_without_calibration_is_read(folder):
    entries = card(folder)
    del entries["calibration"]
    (folder / "model.json").write_text(json.dumps(entries))
    assert load(folder).calibration is None
    text = "we won t be hurried she said"
    (said,), (uncalibrated,) = quotations(text), quotations(text, model=folder)
    assert said.text == uncalibrated.text
    assert said.probability != uncalibrated.probability


def test_scores_are_the_same_alone_and_in_a_batch():
    words = "the rebels left yemen on friday".split()
    alone = load().score(words)
    assert alone.shape == (6, 54)
    assert alone.dtype == np.float32
    for scores, count in zip(load().score_many([words, [], words[:2], words]), (6, 0, 2, 6), strict=True):
        assert scores.shape == (count, 54)
        if count == 6:
            assert (scores == alone).all()


def test_onnxruntime_sends_no_telemetry(tmp_path):
    """Unless disabled, onnxruntime 1.32 or later writes a device id to the home folder and reports to Microsoft."""
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    code = "import newsnorm; print(newsnorm.restore('u s troops'))"
    got = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (got.returncode, got.stdout) == (0, "U.S. troops.\n")
    assert list(tmp_path.iterdir()) == []


# --- missing ----------------------------------------------------------------------------------------------------------


def test_a_missing_folder_is_refused(tmp_path):
    assert_refused(tmp_path / "nowhere", tmp_path / "nowhere" / "model.json", "No such file", "vocab.txt")


def test_an_empty_folder_is_refused(tmp_path):
    assert_refused(tmp_path, tmp_path / "model.json")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    assert_refused(folder, "cannot read the model file", folder / name)


@pytest.mark.parametrize("name", FILES)
def test_a_file_in_place_of_the_folder_is_refused(folder, name):
    assert_refused(folder / name, "cannot read the model file", "A model is a folder with")


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_place_of_a_file_is_refused(folder, name):
    (folder / name).unlink()
    (folder / name).mkdir()
    assert_refused(folder, "cannot read the model file", folder / name)


@pytest.mark.parametrize("name", FILES)
def test_a_file_without_read_permission_is_refused(folder, name, monkeypatch):
    """The error is simulated, because tests may run as root, which may read everything."""
    read_bytes = type(folder).read_bytes

    def denied(path):
        if path == folder / name:
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(type(folder), "read_bytes", denied)
    assert_refused(folder, folder / name, "Permission denied")


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert_refused(tmp_path / "loop", "loop")


def test_a_path_with_a_nul_character_is_refused():
    with pytest.raises(DataError, match=r"'a\\x00b' cannot be the folder of a model"):
        restore("iraq", model="a\0b")


# --- altered ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_a_flipped_bit_is_detected(folder, name, where):
    data = bytearray((folder / name).read_bytes())
    data[int(where * (len(data) - 1))] ^= 1
    (folder / name).write_bytes(data)
    assert_refused(folder, folder / name, "is damaged: its SHA-256 is", "is expected")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [0, 1, 1000, -1])
def test_a_truncated_file_is_detected(folder, name, kept):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:kept] if name != "model.json" else data.rstrip()[: min(kept, 500)])
    assert_refused(folder, folder / name, "is damaged")


def test_extra_bytes_in_a_file_are_detected(folder):
    with (folder / "vocab.txt").open("ab") as file:
        file.write(b"\n")
    assert_refused(folder, folder / "vocab.txt", "is damaged")


def test_swapped_files_are_detected(folder):
    (folder / "vocab.txt").rename(folder / "spare")
    (folder / "forms.txt").rename(folder / "vocab.txt")
    (folder / "spare").rename(folder / "forms.txt")
    assert_refused(folder, folder / "vocab.txt", "is damaged")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '"format"', "{", "\x00", '{"format": 2}', "[" * 100_000, '{"format": {}, "heads": 1e999'],
    ids=lambda text: repr(text[:20]),
)
def test_a_malformed_card_is_refused(folder, text):
    (folder / "model.json").write_text(text)
    assert_refused(folder, folder / "model.json", "is damaged")


def test_a_card_that_is_not_utf8_is_refused(folder):
    (folder / "model.json").write_bytes(b'{"format": "\xff\xfe\xfa"}')
    assert_refused(folder, folder / "model.json", "is damaged")


@pytest.mark.parametrize("format_", [0, 1, 99, "1", None])
def test_a_model_of_another_format_is_refused(folder, format_):
    change_card(folder, format=format_)
    assert_refused(folder, folder / "model.json", f"format {format_}", "reads format 2")


def test_a_model_with_other_labels_is_refused(folder):
    change_card(folder, heads=card(folder)["heads"] | {"mark": 12})
    assert_refused(folder, folder / "model.json", "other labels")


@pytest.mark.parametrize(
    "entries",
    [
        {"window": None},
        {"window": "wide"},
        {"window": float("inf")},
        {"window": 0},
        {"window": 48, "margin": 24},
        {"margin": -1},
        {"sha256": []},
        {"sha256": 5},
        {"biases": []},
        {"biases": {"mark": {"%": 1.0}}},
        {"biases": {"mark": {",": "much"}}},
        {"biases": {"mark": [","]}},
        {"calibration": {}},
        {"calibration": {"quotes": {"slope": 0.7}}},
        {"calibration": {"quotes": {"slope": 0.0, "shift": 0.0}}},
    ],
    ids=str,
)
def test_a_card_with_a_wrong_entry_is_refused(folder, entries):
    change_card(folder, **entries)
    assert_refused(folder, folder / "model.json", "is damaged")


@pytest.mark.parametrize("name", ["format", "heads", "window", "margin", "sha256", "biases"])
def test_a_card_that_lacks_an_entry_is_refused(folder, name):
    entries = card(folder)
    del entries[name]
    (folder / "model.json").write_text(json.dumps(entries))
    assert_refused(folder, folder / "model.json", "is damaged", name)


def test_the_narrowest_possible_window_works(folder):
    change_card(folder, window=3, margin=1)
    assert restore("", model=folder) == ""
    assert restore("...", model=folder) == "..."
    assert restore("u s troops", model=folder).lower().startswith("u")


def test_a_missing_checksum_is_refused(folder):
    change_card(folder, sha256={})
    assert_refused(folder, folder / "model.onnx", "is damaged")


# --- intact files with wrong contents ---------------------------------------------------------------------------------


def test_a_model_that_onnxruntime_cannot_run_is_refused(folder):
    change(folder, "model.onnx", b"not a model")
    assert_refused(folder, folder / "model.onnx", "cannot be run by onnxruntime")


def test_a_network_with_other_outputs_is_refused(folder):
    """An ONNX file that runs, but does not return scores."""
    from importlib import resources

    network = (resources.files("onnxruntime") / "datasets" / "sigmoid.onnx").read_bytes()
    change(folder, "model.onnx", network)
    assert_refused(folder, folder / "model.onnx", "does not turn `ids` into 54 scores a word")


@pytest.mark.parametrize("words", [b"the\nof\nand\n", b"", b"[UNK]\n[CLS]\n\xff\n[SEP]\n"])
def test_a_malformed_vocabulary_is_refused(folder, words):
    change(folder, "vocab.txt", words)
    assert_refused(folder, folder, "words of the model")


def test_forms_that_are_not_utf8_are_refused(folder):
    change(folder, "forms.txt", b"McConnell\n\xff\xfe\n")
    assert_refused(folder, folder, "words of the model")


# --- after an error ---------------------------------------------------------------------------------------------------


def test_a_failed_load_can_be_repeated(folder):
    hidden = folder.rename(folder.with_name("hidden"))
    with pytest.raises(DataError):
        load(folder)
    hidden.rename(folder)
    assert restore("u s troops", model=folder) == "U.S. troops."


def test_a_model_of_the_wrong_type_is_refused(tmp_path):
    with pytest.raises(TypeError, match="model must be the path of a model's folder, not int"):
        load(5)
    with pytest.raises(TypeError, match="not bytes"):
        load(os.fsencode(tmp_path))


# --- threads ----------------------------------------------------------------------------------------------------------


def test_models_with_other_numbers_of_threads_share_one_session():
    one, two = load(threads=1), load(threads=2)
    assert (one.threads, two.threads) == (1, 2)
    assert (one._pool._max_workers, two._pool._max_workers) == (1, 2)
    assert one._session is two._session
    assert load(threads=2) is two
    words = "the u n said the rebels haven t left".split()
    assert np.array_equal(one.score(words), two.score(words))


# --- a forked process, simulated; tests/laws/test_concurrency.py really forks -----------------------------------------


@pytest.fixture
def after_a_fork(monkeypatch):
    """Simulate a forked process: it has its parent's models, and the thread that forked holds the lock."""
    monkeypatch.setattr(model_module, "_loaded", dict(model_module._loaded))
    monkeypatch.setattr(model_module, "_abandoned", [])
    kept = load()
    model_module._lock.acquire()
    model_module._forget()
    monkeypatch.setattr(os, "getpid", lambda: kept.process + 1)
    return kept


def test_a_forked_process_reloads_the_model_and_keeps_the_old_session_alive(after_a_fork):
    assert load() is not after_a_fork
    assert load() is load(after_a_fork)
    kept = [one for folders in model_module._abandoned for models in folders.values() for one in models.values()]
    assert after_a_fork in kept


def test_a_forked_process_cannot_score_with_the_model_of_its_parent(after_a_fork):
    with pytest.raises(RuntimeError, match=r"loaded before this process was forked.*newsnorm\.model\.load\('"):
        next(after_a_fork.score_many([["iraq"]]))


# --- after the end of the main thread, simulated ----------------------------------------------------------------------


class ShutDown:
    def submit(self, *_):
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")


@pytest.mark.parametrize("pool", [None, ShutDown()])
def test_without_a_thread_pool_the_calling_thread_does_the_work(pool, monkeypatch):
    monkeypatch.setattr(load(), "_pool", pool)
    assert restore("u s troops") == "U.S. troops."


def test_a_daemon_thread_stops_when_the_pool_is_shut_down(monkeypatch):
    monkeypatch.setattr(load(), "_pool", ShutDown())
    monkeypatch.setattr(model_module.threading, "current_thread", lambda: type("Daemon", (), {"daemon": True}))
    with pytest.raises(RuntimeError, match="after interpreter shutdown"):
        restore("u s troops")
    monkeypatch.undo()


def test_a_thread_pool_that_cannot_be_imported_is_no_error(monkeypatch):
    import concurrent

    class Late:
        def __getattr__(self, name):
            raise RuntimeError("can't register atexit after shutdown")

    monkeypatch.setattr(concurrent, "futures", Late())
    monkeypatch.setitem(sys.modules, "concurrent.futures", Late())
    assert model_module._find_pool() is None


@pytest.mark.parametrize(("affinity", "cores"), [({3, 5, 7}, 3), (None, 6)])
def test_available_cores_respect_cpu_affinity(affinity, cores, monkeypatch):
    if affinity is None:
        monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    else:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: affinity, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert model_module.available_cores() == cores
