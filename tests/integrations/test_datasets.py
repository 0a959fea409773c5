"""Hugging Face datasets, all created here: nothing is downloaded."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys

import pytest
from strategies import OPTIONS

from newsnorm import ColumnError, DataError, model, restore_many
from newsnorm.integrations import datasets as integration
from newsnorm.model import PACKAGED

pytestmark = pytest.mark.datasets


@pytest.fixture(scope="module", autouse=True)
def datasets(tmp_path_factory):
    before = dict(os.environ)
    os.environ |= {"HF_HOME": str(tmp_path_factory.mktemp("hf")), "HF_HUB_OFFLINE": "1"}
    import datasets

    datasets.disable_progress_bars()
    yield datasets
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def dataset(datasets, flat):
    return datasets.Dataset.from_dict({"id": range(len(flat) + 1), "text": [*flat, None]})


def test_docstring_examples_hold():
    found = doctest.testmod(integration)
    assert found.attempted
    assert not found.failed


def test_the_text_is_replaced_unless_another_column_is_named(dataset, restored):
    got = dataset.map(integration.restore("text"), batched=True, batch_size=7)
    assert got.features == dataset.features
    assert got["text"][:] == [*restored, None]
    assert got["id"][:] == dataset["id"][:]


def test_a_new_column_is_added_to_the_others(dataset, restored):
    got = dataset.map(integration.restore("text", into="restored"), batched=True)
    assert got.column_names == ["id", "text", "restored"]
    assert got["restored"][:] == [*restored, None]
    assert got["text"][:] == dataset["text"][:]


@pytest.mark.filterwarnings("ignore:This process .*is multi-threaded:DeprecationWarning")
def test_several_processes_give_the_same_results(dataset, restored):
    got = dataset.map(integration.restore("text"), batched=True, batch_size=4, num_proc=2)
    assert got["text"][:] == [*restored, None]


@pytest.mark.filterwarnings("ignore:This process .*is multi-threaded:DeprecationWarning")
def test_each_of_several_processes_uses_one_core(dataset):
    def threads(batch):
        from newsnorm.integrations.datasets import _is_worker, restore
        from newsnorm.model import model

        restore("text")(batch)
        return {"worker": [_is_worker()] * len(batch["id"]), "threads": [*model._loaded[PACKAGED]] * len(batch["id"])}

    got = dataset.map(threads, batched=True, num_proc=2)
    assert set(got["worker"]) == {True}
    assert set(got["threads"]) == {1}
    assert not integration._is_worker()


def test_an_iterable_dataset_is_restored(dataset, restored):
    got = dataset.to_iterable_dataset().map(integration.restore("text"), batched=True, batch_size=5)
    assert [row["text"] for row in got] == [*restored, None]


def test_every_split_is_restored(datasets, dataset, restored):
    got = datasets.DatasetDict(train=dataset, test=dataset).map(integration.restore("text"), batched=True)
    assert got["test"]["text"][:] == got["train"]["text"][:] == [*restored, None]


def test_options_are_passed_to_restore_many(dataset, flat):
    got = dataset.map(integration.restore("text", **OPTIONS), batched=True)
    assert got["text"][:] == [*restore_many(flat, **OPTIONS), None]


# --- fingerprints -----------------------------------------------------------------------------------------------------

FINGERPRINT = """
from datasets.fingerprint import Hasher
from newsnorm.integrations.datasets import restore
print(Hasher.hash(restore("text", into="restored", quotes="curly", kinds={"case", "quotes", "hyphens"}, threshold=0.1)))
"""


def test_the_fingerprint_is_the_same_in_every_process():
    seen = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(seen) == 1
    assert len(seen.pop().strip()) == 16


def test_an_identical_restoration_comes_from_the_cache(datasets, tmp_path, flat):
    datasets.Dataset.from_dict({"text": flat}).save_to_disk(tmp_path / "wire")
    dataset = datasets.load_from_disk(tmp_path / "wire")
    first = dataset.map(integration.restore("text"), batched=True)
    again = dataset.map(integration.restore("text"), batched=True)
    other = dataset.map(integration.restore("text", quotes="curly"), batched=True)
    assert again.cache_files == first.cache_files != other.cache_files
    assert len(first.cache_files) == 1


def test_whatever_changes_the_results_changes_the_fingerprint(datasets, monkeypatch):
    def digest(**options):
        return datasets.fingerprint.Hasher.hash(integration.restore("text", **options))

    seen = [digest(), digest(quotes="curly"), digest(kinds=["case"]), digest(threshold=0.5), digest(into="restored")]
    assert digest(kinds=["case", "quotes"]) == digest(kinds={"quotes", "case"})
    assert digest(model=str(PACKAGED)) not in seen  # another option, though the same model
    monkeypatch.setattr(integration, "version", lambda _: "0.0.9")
    seen.append(digest())
    monkeypatch.setattr(model, "checksum", lambda _: "another model")
    seen.append(digest())
    assert len(set(seen)) == len(seen)


def test_a_loaded_model_may_be_given(dataset, restored):
    from newsnorm.model import load

    function = integration.restore("text", model=load())
    assert function.checksum is None
    assert function(dataset[:]) == {"text": [*restored, None]}


# --- bad input --------------------------------------------------------------------------------------------------------


def test_a_missing_column_is_reported_with_the_existing_ones(dataset):
    with pytest.raises(ColumnError, match="there is no column 'body': the columns are 'id', 'text'"):
        dataset.map(integration.restore("body"), batched=True)


def test_a_column_that_is_not_text_is_refused_with_its_type_and_a_remedy(dataset):
    with pytest.raises(ColumnError, match=r"column 'id' holds int in row 0, not text: .*dataset\.cast_column"):
        dataset.map(integration.restore("id"), batched=True)


def test_an_existing_column_is_not_overwritten(dataset):
    with pytest.raises(ColumnError, match="there is a column 'id' already"):
        dataset.map(integration.restore("text", into="id"), batched=True)


def test_map_without_batches_is_refused(dataset):
    with pytest.raises(ColumnError, match="give batched=True to map"):
        dataset.map(integration.restore("text"))


def test_an_empty_dataset_stays_empty_and_keeps_its_features(datasets):
    features = datasets.Features({"text": datasets.Value("string")})
    dataset = datasets.Dataset.from_dict({"text": []}, features=features)
    got = dataset.map(integration.restore("text"), batched=True)
    assert got.features == features
    assert len(got) == 0


def test_wrong_options_and_models_are_refused_immediately(tmp_path):
    with pytest.raises(ValueError, match="kind must be one of"):
        integration.restore("text", kinds=["spelling"])
    with pytest.raises(TypeError, match="there is no option workers here"):
        integration.restore("text", workers=2)
    with pytest.raises(DataError, match="cannot read the model file"):
        integration.restore("text", model=tmp_path)
