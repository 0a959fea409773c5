"""A model's files: what is missing, cut off, altered or not a model at all is named, with what to do about it."""

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
from newsnorm.model.compounds import HYPHEN, hyphen_odds, number_pairs, number_words, written
from newsnorm.model.scores import OFFSETS

FILES = ("model.json", "model.onnx", "vocab.txt", "forms.txt", "compounds.bin")
CURE = re.compile("[Rr]einstall newsnorm|[Ee]xport .*again|give the folder")


@pytest.fixture(autouse=True)
def nothing_lost():
    """Whatever happened to another model, the packaged one works, and nothing of the other is left behind."""
    yield
    assert restore("u s troops") == "U.S. troops."
    for folder in [folder for folder in model_module._loaded if folder != PACKAGED]:
        del model_module._loaded[folder]


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(PACKAGED, tmp_path / "model")


def change(folder, name, data):
    """Write *data* into a file of a model and its checksum into the card, as a wrong export might."""
    (folder / name).write_bytes(data)
    change_card(folder, sha256=card(folder)["sha256"] | {name: hashlib.sha256(data).hexdigest()})


def card(folder):
    return json.loads((folder / "model.json").read_text())


def change_card(folder, **entries):
    (folder / "model.json").write_text(json.dumps(card(folder) | entries))


def refused(folder, *expected):
    """Tell that *folder* is refused with an error that holds what is *expected* and a cure."""
    with pytest.raises(DataError) as caught:
        restore("iraq", model=folder)
    message = str(caught.value)
    assert CURE.search(message)
    for part in expected:
        assert str(part) in message


# --- the packaged model -----------------------------------------------------------------------------------------------


def test_the_packaged_model_is_small_and_whole():
    assert sum(path.stat().st_size for path in PACKAGED.iterdir()) <= 25e6
    assert load() is load(None) is load(PACKAGED) is load(str(PACKAGED))


def test_a_model_from_a_folder(folder):
    assert restore("u s troops", model=folder) == restore("u s troops", model=str(folder)) == restore("u s troops")


def test_a_loaded_model_stands_for_itself(folder):
    loaded = load(folder)
    assert load(loaded) is loaded
    assert load(folder / ".." / "model") is loaded
    assert restore("u s troops", model=loaded) == restore("u s troops")


def test_a_link_leads_to_the_same_model(folder):
    link = folder.with_name("link")
    link.symlink_to(folder)
    assert load(link) is load(folder)


def test_a_new_vocabulary_and_new_forms_are_used(folder):
    change(folder, "forms.txt", (folder / "forms.txt").read_bytes() + b"TroopsNet\n")
    assert load(folder).forms["troopsnet"] == "TroopsNet"
    assert "" not in load(folder).forms


def test_a_form_of_its_own_counts_where_a_sentence_starts(folder):
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
    # The first word starts a sentence for certain.
    assert gain[0, upper] == pytest.approx(model_module.OWN_FORM_AT_START, abs=1e-4)
    assert 0 <= gain[3, upper] < gain[0, upper] / 2
    # Written so is only what has the label: mixed forms are listed, because no label tells them.
    assert "troops" not in model.forms


def test_compounds_shift_the_odds_of_the_hyphen(folder):
    """A pair that copy writes with one gets it, one that it never does loses it; all other scores stay as they are."""
    words = "a cease fire deal was made long term plans failed".split()
    pairs = number_pairs(number_words(["deal", "was"]))
    change(folder, "compounds.bin", written(pairs, np.array([5]), np.array([5])))
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


def test_biases_are_added_where_labels_are_chosen(folder):
    change_card(folder, biases={"mark": {".": -30.0, "!": 30.0}})
    assert load(folder).biases.sum() == 0
    assert np.count_nonzero(load(folder).biases) == 2
    assert restore("the troops left", model=folder) == "The! Troops! Left!"


def test_a_card_may_say_how_quotations_are_calibrated(folder):
    change_card(folder, calibration={"quotes": {"slope": 0.5, "shift": -1}})
    assert load(folder).calibration == (0.5, -1.0)
    assert checksum(folder) != checksum(PACKAGED)


def test_a_card_of_before_calibration_is_read(folder):
    entries = card(folder)
    del entries["calibration"]
    (folder / "model.json").write_text(json.dumps(entries))
    assert load(folder).calibration is None
    text = "we won t be hurried she said"
    (said,), (uncalibrated,) = quotations(text), quotations(text, model=folder)
    assert said.text == uncalibrated.text
    assert said.probability != uncalibrated.probability


def test_scores_of_one_text_are_those_of_many():
    words = "the rebels left yemen on friday".split()
    alone = load().score(words)
    assert alone.shape == (6, 54)
    assert alone.dtype == np.float32
    for scores, count in zip(load().score_many([words, [], words[:2], words]), (6, 0, 2, 6), strict=True):
        assert scores.shape == (count, 54)
        if count == 6:
            assert (scores == alone).all()


def test_the_runtime_tells_nobody(tmp_path):
    """From 1.32 on onnxruntime writes a device's id into the home folder and reports to Microsoft, if it is let."""
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    code = "import newsnorm; print(newsnorm.restore('u s troops'))"
    got = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (got.returncode, got.stdout) == (0, "U.S. troops.\n")
    assert list(tmp_path.iterdir()) == []


# --- missing ----------------------------------------------------------------------------------------------------------


def test_no_folder(tmp_path):
    refused(tmp_path / "nowhere", tmp_path / "nowhere" / "model.json", "No such file", "vocab.txt")


def test_an_empty_folder(tmp_path):
    refused(tmp_path, tmp_path / "model.json")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file(folder, name):
    (folder / name).unlink()
    refused(folder, "cannot read the model file", folder / name)


@pytest.mark.parametrize("name", FILES)
def test_a_file_in_place_of_the_folder(folder, name):
    refused(folder / name, "cannot read the model file", "A model is a folder with")


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_place_of_a_file(folder, name):
    (folder / name).unlink()
    (folder / name).mkdir()
    refused(folder, "cannot read the model file", folder / name)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_may_not_be_read(folder, name, monkeypatch):
    """The system's answer is played, because an administrator, as who tests may run, may read everything."""
    read_bytes = type(folder).read_bytes

    def denied(path):
        if path == folder / name:
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(type(folder), "read_bytes", denied)
    refused(folder, folder / name, "Permission denied")


def test_a_link_that_leads_to_itself(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(tmp_path / "loop", "loop")


def test_a_path_that_no_system_has():
    with pytest.raises(DataError, match=r"'a\\x00b' cannot be the folder of a model"):
        restore("iraq", model="a\0b")


# --- altered ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_a_flipped_bit(folder, name, where):
    data = bytearray((folder / name).read_bytes())
    data[int(where * (len(data) - 1))] ^= 1
    (folder / name).write_bytes(data)
    refused(folder, folder / name, "is damaged: its SHA-256 is", "is expected")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [0, 1, 1000, -1])
def test_a_file_that_is_cut_off(folder, name, kept):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:kept] if name != "model.json" else data.rstrip()[: min(kept, 500)])
    refused(folder, folder / name, "is damaged")


def test_a_file_that_goes_on(folder):
    with (folder / "vocab.txt").open("ab") as file:
        file.write(b"\n")
    refused(folder, folder / "vocab.txt", "is damaged")


def test_two_files_exchanged(folder):
    (folder / "vocab.txt").rename(folder / "spare")
    (folder / "forms.txt").rename(folder / "vocab.txt")
    (folder / "spare").rename(folder / "forms.txt")
    refused(folder, folder / "vocab.txt", "is damaged")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '"format"', "{", "\x00", '{"format": 2}', "[" * 100_000, '{"format": {}, "heads": 1e999'],
    ids=lambda text: repr(text[:20]),
)
def test_a_card_that_is_none(folder, text):
    (folder / "model.json").write_text(text)
    refused(folder, folder / "model.json", "is damaged")


def test_a_card_that_is_not_utf8(folder):
    (folder / "model.json").write_bytes(b'{"format": "\xff\xfe\xfa"}')
    refused(folder, folder / "model.json", "is damaged")


@pytest.mark.parametrize("format_", [0, 1, 99, "1", None])
def test_a_model_of_another_format(folder, format_):
    change_card(folder, format=format_)
    refused(folder, folder / "model.json", f"format {format_}", "reads format 2")


def test_a_model_with_other_labels(folder):
    change_card(folder, heads=card(folder)["heads"] | {"mark": 12})
    refused(folder, folder / "model.json", "other labels")


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
def test_a_card_with_a_wrong_entry(folder, entries):
    change_card(folder, **entries)
    refused(folder, folder / "model.json", "is damaged")


@pytest.mark.parametrize("name", ["format", "heads", "window", "margin", "sha256", "biases"])
def test_a_card_that_lacks_an_entry(folder, name):
    entries = card(folder)
    del entries[name]
    (folder / "model.json").write_text(json.dumps(entries))
    refused(folder, folder / "model.json", "is damaged", name)


def test_the_narrowest_window_there_can_be(folder):
    change_card(folder, window=3, margin=1)
    assert restore("", model=folder) == ""
    assert restore("...", model=folder) == "..."
    assert restore("u s troops", model=folder).lower().startswith("u")


def test_a_checksum_is_missing(folder):
    change_card(folder, sha256={})
    refused(folder, folder / "model.onnx", "is damaged")


# --- whole files with wrong contents ----------------------------------------------------------------------------------


def test_a_model_that_the_runtime_refuses(folder):
    change(folder, "model.onnx", b"not a model")
    refused(folder, folder / "model.onnx", "cannot be run by onnxruntime")


def test_a_model_of_another_network(folder):
    """An ONNX file that runs, and gives something else than scores."""
    from importlib import resources

    network = (resources.files("onnxruntime") / "datasets" / "sigmoid.onnx").read_bytes()
    change(folder, "model.onnx", network)
    refused(folder, folder / "model.onnx", "does not turn `ids` into 54 scores a word")


@pytest.mark.parametrize("words", [b"the\nof\nand\n", b"", b"[UNK]\n[CLS]\n\xff\n[SEP]\n"])
def test_a_vocabulary_that_is_none(folder, words):
    change(folder, "vocab.txt", words)
    refused(folder, folder, "words of the model")


def test_forms_that_are_not_utf8(folder):
    change(folder, "forms.txt", b"McConnell\n\xff\xfe\n")
    refused(folder, folder, "words of the model")


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_an_error_leaves_nothing_behind(folder):
    hidden = folder.rename(folder.with_name("hidden"))
    with pytest.raises(DataError):
        load(folder)
    hidden.rename(folder)
    assert restore("u s troops", model=folder) == "U.S. troops."


def test_what_is_no_model_is_told_apart(tmp_path):
    with pytest.raises(TypeError, match="model must be the path of a model's folder, not int"):
        load(5)
    with pytest.raises(TypeError, match="not bytes"):
        load(os.fsencode(tmp_path))


# --- a child after a fork, played in this process; whole forks are in test_concurrency.py -----------------------------


@pytest.fixture
def after_a_fork(monkeypatch):
    """What a child finds: the models of its parent, the lock held by the thread that forked."""
    monkeypatch.setattr(model_module, "_loaded", dict(model_module._loaded))
    monkeypatch.setattr(model_module, "_abandoned", [])
    kept = load()
    model_module._lock.acquire()
    model_module._forget()
    monkeypatch.setattr(os, "getpid", lambda: kept.process + 1)
    return kept


def test_a_child_loads_for_itself_and_keeps_the_old_session_alive(after_a_fork):
    assert load() is not after_a_fork
    assert load() is load(after_a_fork)
    assert [after_a_fork] == [one for models in model_module._abandoned for one in models.values()]


def test_a_child_does_not_wait_for_the_threads_of_its_parent(after_a_fork):
    with pytest.raises(RuntimeError, match=r"loaded before this process was forked.*newsnorm\.model\.load\('"):
        next(after_a_fork.score_many([["iraq"]]))


# --- after the end of the main thread, played as well -----------------------------------------------------------------


class ShutDown:
    def submit(self, *_):
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")


@pytest.mark.parametrize("pool", [None, ShutDown()])
def test_without_a_pool_a_thread_does_its_own_work(pool, monkeypatch):
    monkeypatch.setattr(load(), "_pool", pool)
    assert restore("u s troops") == "U.S. troops."


def test_a_daemon_stops_with_its_pool(monkeypatch):
    monkeypatch.setattr(load(), "_pool", ShutDown())
    monkeypatch.setattr(model_module.threading, "current_thread", lambda: type("Daemon", (), {"daemon": True}))
    with pytest.raises(RuntimeError, match="after interpreter shutdown"):
        restore("u s troops")
    monkeypatch.undo()


def test_there_may_be_no_pool_to_import(monkeypatch):
    import concurrent

    class Late:
        def __getattr__(self, name):
            raise RuntimeError("can't register atexit after shutdown")

    monkeypatch.setattr(concurrent, "futures", Late())
    monkeypatch.setitem(sys.modules, "concurrent.futures", Late())
    assert model_module._find_pool() is None


@pytest.mark.parametrize(("affinity", "cores"), [({3, 5, 7}, 3), (None, 6)])
def test_as_many_threads_as_cores_that_may_be_used(affinity, cores, monkeypatch):
    if affinity is None:
        monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    else:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: affinity, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert model_module._cores() == cores
