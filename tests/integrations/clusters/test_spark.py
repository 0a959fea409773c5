"""Apache Spark on this machine: a driver, its JVM and real workers."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from strategies import OPTIONS

from newsnorm import ColumnError, restore_many
from newsnorm.integrations import spark as integration

pytestmark = [
    pytest.mark.pyspark,
    # Of Spark 4, which has not yet met pandas 3 in everything that it does.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    # Of Spark's own sockets, which it leaves to the collector of garbage.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """Two workers, and tasks that are tried four times, as on a cluster; nothing listens beyond this machine."""
    from pyspark.sql import SparkSession

    before = dict(os.environ)
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    session = (
        SparkSession.builder.master("local[2,4]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "20")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def rows(flat):
    """Each text many times with a number of its own, and nulls in between."""
    texts = [*flat, None] * 8
    return list(enumerate(texts))


@pytest.fixture(scope="module")
def expected(rows, flat, restored):
    of = dict(zip(flat, restored, strict=True)) | {None: None}
    return {number: of[text] for number, text in rows}


@pytest.fixture
def frame(spark, rows):
    return spark.createDataFrame(rows, "number int, text string").repartition(6)


def test_the_results_are_those_of_restore_many(frame, rows, expected):
    got = integration.restore(frame, "text", into="restored")
    assert got.schema.simpleString() == "struct<number:int,text:string,restored:string>"
    collected = got.collect()
    assert {row.number: row.restored for row in collected} == expected
    assert sorted((row.number, row.text) for row in collected if row.text) == [row for row in rows if row[1]]
    assert len(collected) == len(rows)


def test_the_text_is_replaced_unless_a_name_is_given(frame, expected):
    got = integration.restore(frame, "text")
    assert got.schema == frame.schema
    assert {row.number: row.text for row in got.collect()} == expected


def test_options_are_those_of_restore(spark, flat):
    frame = spark.createDataFrame([(text,) for text in flat], "text string").coalesce(1)
    assert [row.text for row in integration.restore(frame, "text", **OPTIONS).collect()] == list(
        restore_many(flat, **OPTIONS)
    )


def test_all_other_columns_are_kept_as_they_are(spark):
    schema = (
        "id bigint not null, day date, at timestamp, price decimal(9,2), raw binary, tags array<string>, "
        "extra map<string,int>, place struct<city:string,at:double>, text string"
    )
    row = (
        *(7, dt.date(2019, 5, 1), dt.datetime(2019, 5, 1, 12, 30), decimal.Decimal("5200.50")),
        *(bytearray(b"\x00\xff"), ["a", None], {"a": 1}, ("Aden", 1.5), "iraq s parliament"),
    )
    frame = spark.createDataFrame([row], schema)
    got = integration.restore(frame, "text", into="restored")
    assert got.schema.fields[:-1] == frame.schema.fields
    assert tuple(got.drop("restored").first()) == tuple(frame.first())


def test_an_empty_frame_stays_empty_with_the_right_schema(spark, tmp_path):
    frame = spark.createDataFrame([], "id int, text string")
    integration.restore(frame, "text", into="restored").write.parquet(str(tmp_path / "empty"))
    got = spark.read.parquet(str(tmp_path / "empty"))
    assert got.schema.simpleString() == "struct<id:int,text:string,restored:string>"
    assert got.collect() == []


# --- workers ----------------------------------------------------------------------------------------------------------


class Deadly:
    """A scorer that kills its process, once among all workers, after so many texts."""

    def __init__(self, flag, after):
        self.flag, self.after = flag, after

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        from newsnorm.model import load

        return getattr(load(), name)

    def score_many(self, texts):
        import os
        import signal

        from newsnorm.model import load

        for number, scores in enumerate(load().score_many(texts)):
            yield scores
            if number == self.after:
                try:
                    os.close(os.open(self.flag, os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    continue
                os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def by_value():
    """Send what this module defines whole: workers cannot import the tests."""
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this platform cannot kill a process so")
@pytest.mark.usefixtures("by_value")
def test_a_worker_that_is_killed_in_mid_job_costs_nothing(spark, frame, expected, tmp_path):
    """It has handed back batches of its partition by then; Spark begins the partition again, and throws them away."""
    flag, out = tmp_path / "killed", str(tmp_path / "restored")
    deadly = integration.restore(frame, "text", into="restored", model=Deadly(str(flag), 15))
    spark.sparkContext.setJobGroup("deadly", "a worker is killed")
    deadly.write.parquet(out)
    assert flag.exists()
    tracker = spark.sparkContext.statusTracker()
    stages = [stage for job in tracker.getJobIdsForGroup("deadly") for stage in tracker.getJobInfo(job).stageIds]
    assert sum(tracker.getStageInfo(stage).numFailedTasks for stage in stages) == 1
    written = spark.read.parquet(out).collect()
    assert len(written) == len(expected)
    assert {row.number: row.restored for row in written} == expected


def test_a_worker_keeps_to_the_cores_of_its_task():
    """In a process of its own, because here the model is loaded already."""
    code = (
        "import pyarrow as pa\n"
        "from newsnorm.integrations.spark import restore_batches\n"
        "from newsnorm.model import load\n"
        "batch = pa.RecordBatch.from_pydict({'text': ['iraq s', None], 'id': [1, 2]})\n"
        "[got] = restore_batches([batch], 'text', 'into', {'kinds': ['contractions']})\n"
        "print(got.to_pydict(), load()._cores, load()._pool._max_workers)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "{'text': ['iraq s', None], 'id': [1, 2], 'into': [\"iraq's\", None]} 1 1\n", done.stderr


def test_a_task_of_two_cores_has_two_threads(monkeypatch):
    import pyspark

    asked = []
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(pyspark.TaskContext, "get", lambda: SimpleNamespace(cpus=lambda: 2))
    monkeypatch.setattr("newsnorm.model.load", lambda model, processes: asked.append((model, processes)))
    assert list(integration.restore_batches([], "text", "text", {"model": "folder"})) == []
    assert asked == [("folder", 4)]


@pytest.mark.parametrize("kind", ["string", "large_string"])
def test_a_column_of_large_strings_gives_one(kind, flat, restored):
    import pyarrow as pa

    batch = pa.RecordBatch.from_arrays([pa.array(flat, getattr(pa, kind)())], ["text"])
    [got] = integration.restore_batches([batch], "text", "text", {})
    assert got.schema == batch.schema
    assert got.column(0).to_pylist() == restored


def test_a_worker_without_newsnorm_says_what_to_install_and_where(spark, frame, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['newsnorm'] = None\n")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}:$PYTHONPATH" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(spark.sparkContext, "pythonExec", str(python))
    from pyspark.errors import PythonException

    with pytest.raises(PythonException, match=r"a worker of Spark cannot import newsnorm .* install the wheel"):
        integration.restore(frame, "text").collect()


def test_a_model_that_the_workers_cannot_read_is_named(frame, tmp_path):
    from pyspark.errors import PythonException

    with pytest.raises(PythonException, match=rf"cannot read the model file {tmp_path}"):
        integration.restore(frame, "text", model=str(tmp_path)).collect()


# --- bad input --------------------------------------------------------------------------------------------------------


def test_a_column_that_is_not_there_is_named_with_those_that_are(frame):
    with pytest.raises(ColumnError, match="there is no column 'body': the columns are 'number', 'text'"):
        integration.restore(frame, "body")


def test_a_column_of_something_else_is_named_with_its_type_and_the_cure(frame):
    with pytest.raises(ColumnError, match=r"column 'number' holds int, not text: .*col\('number'\)\.cast\('string'\)"):
        integration.restore(frame, "number")


def test_no_other_column_is_replaced(frame):
    with pytest.raises(ColumnError, match="there is a column 'number' already"):
        integration.restore(frame, "text", into="number")


def test_wrong_options_are_refused_on_the_driver(frame):
    with pytest.raises(ValueError, match="kind must be one of"):
        integration.restore(frame, "text", kinds=["spelling"])
    with pytest.raises(TypeError, match="there is no option workers here"):
        integration.restore(frame, "text", workers=2)
