import json
import shutil

import pytest

from newsnorm import DataError, restore
from newsnorm.model import PACKAGED, load


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(PACKAGED, tmp_path / "model")


def test_the_packaged_model_is_small_and_whole():
    assert sum(path.stat().st_size for path in PACKAGED.iterdir()) <= 25e6
    assert load() is load(None) is load(PACKAGED)


def test_a_model_from_a_folder(folder):
    assert restore("u s troops", model=folder) == restore("u s troops", model=str(folder)) == restore("u s troops")


def test_no_folder(tmp_path):
    with pytest.raises(DataError, match=r"cannot read the model file .*model\.json.*No such file"):
        restore("iraq", model=tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["model.onnx", "vocab.txt", "forms.txt"])
def test_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises(DataError, match=name):
        load(folder)


@pytest.mark.parametrize("name", ["model.onnx", "vocab.txt", "forms.txt"])
def test_a_flipped_byte(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(DataError, match=f"{name} is damaged: its SHA-256 is"):
        load(folder)


def test_truncated(folder):
    data = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(data[:1000])
    with pytest.raises(DataError, match="damaged"):
        load(folder)


@pytest.mark.parametrize(
    ("card", "message"),
    [("", "damaged"), ("[]", "damaged"), ("{}", "damaged"), ('{"format": 99, "heads": {}}', "format 99")],
)
def test_a_bad_card(folder, card, message):
    (folder / "model.json").write_text(card)
    with pytest.raises(DataError, match=message):
        load(folder)


def test_a_model_that_the_runtime_refuses(folder):
    import hashlib

    (folder / "model.onnx").write_bytes(b"not a model")
    card = json.loads((folder / "model.json").read_text())
    card["sha256"]["model.onnx"] = hashlib.sha256(b"not a model").hexdigest()
    (folder / "model.json").write_text(json.dumps(card))
    with pytest.raises(DataError, match="cannot be run by onnxruntime"):
        load(folder)


def test_an_error_leaves_nothing_behind(folder):
    hidden = folder.rename(folder.with_name("hidden"))
    with pytest.raises(DataError):
        load(folder)
    hidden.rename(folder)
    assert restore("u s troops", model=folder)
