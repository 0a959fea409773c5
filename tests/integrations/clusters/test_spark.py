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
from newsnorm.options import Options

pytestmark = [
    pytest.mark.pyspark,
    # Spark 4 does not yet fully support pandas 3.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    # Spark leaves its own sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """Two workers, and four attempts at each task, as on a cluster; nothing listens beyond this machine."""
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
    """Numbered rows: each text several times, and nulls in between."""
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


def test_the_text_is_replaced_unless_another_column_is_named(frame, expected):
    got = integration.restore(frame, "text")
    assert got.schema == frame.schema
    assert {row.number: row.text for row in got.collect()} == expected


def test_options_are_passed_to_restore_many(spark, flat):
    frame = spark.createDataFrame([(text,) for text in flat], "text string").coalesce(1)
    assert [row.text for row in integration.restore(frame, "text", **OPTIONS).collect()] == list(
        restore_many(flat, **OPTIONS)
    )


def test_all_other_columns_are_kept(spark):
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


def test_an_empty_frame_stays_empty_and_keeps_its_schema(spark, tmp_path):
    frame = spark.createDataFrame([], "id int, text string")
    integration.restore(frame, "text", into="restored").write.parquet(str(tmp_path / "empty"))
    got = spark.read.parquet(str(tmp_path / "empty"))
    assert got.schema.simpleString() == "struct<id:int,text:string,restored:string>"
    assert got.collect() == []


# --- workers ----------------------------------------------------------------------------------------------------------


class Deadly:
    """A scorer that kills its process after *after* texts, in one worker only."""

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
    """Pickle what this module defines by value: workers cannot import the tests."""
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this platform has no SIGKILL")
@pytest.mark.usefixtures("by_value")
def test_a_worker_killed_during_a_job_loses_no_rows(spark, frame, expected, tmp_path):
    """By then it has returned batches of its partition; Spark discards them and repeats the partition."""
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


def test_a_worker_uses_only_the_cores_of_its_task():
    """In a new process, because the model is already loaded in this one."""
    code = (
        "import pyarrow as pa\n"
        "from newsnorm.integrations.spark import restore_batches\n"
        "from newsnorm.model import PACKAGED, load, model\n"
        "from newsnorm.options import Options\n"
        "batch = pa.RecordBatch.from_pydict({'text': ['iraq s', None], 'id': [1, 2]})\n"
        "[got] = restore_batches([batch], 'text', 'into', Options(kinds=('contractions',)), None)\n"
        "print(got.to_pydict(), *model._loaded[PACKAGED], load(threads=1)._pool._max_workers)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "{'text': ['iraq s', None], 'id': [1, 2], 'into': [\"iraq's\", None]} 1 1\n", done.stderr


def test_a_task_of_two_cores_has_two_threads(monkeypatch):
    import pyspark

    asked = []
    monkeypatch.setattr(pyspark.TaskContext, "get", lambda: SimpleNamespace(cpus=lambda: 2))
    monkeypatch.setattr("newsnorm.model.load", lambda model, threads: asked.append((model, threads)))
    assert list(integration.restore_batches([], "text", "text", Options(), "folder")) == []
    assert asked == [("folder", 2)]


@pytest.mark.parametrize("kind", ["string", "large_string"])
def test_a_string_column_keeps_its_arrow_type(kind, flat, restored):
    import pyarrow as pa

    batch = pa.RecordBatch.from_arrays([pa.array(flat, getattr(pa, kind)())], ["text"])
    [got] = integration.restore_batches([batch], "text", "text", Options(), None)
    assert got.schema == batch.schema
    assert got.column(0).to_pylist() == restored


def test_a_worker_without_newsnorm_reports_what_to_install_and_where(spark, frame, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['newsnorm'] = None\n")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}:$PYTHONPATH" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(spark.sparkContext, "pythonExec", str(python))
    from pyspark.errors import PythonException

    with pytest.raises(PythonException, match=r"a Spark worker cannot import newsnorm .* install the same version"):
        integration.restore(frame, "text").collect()


def test_a_model_that_the_workers_cannot_read_is_reported(frame, tmp_path):
    from pyspark.errors import PythonException

    with pytest.raises(PythonException, match=rf"cannot read the model file {tmp_path}"):
        integration.restore(frame, "text", model=str(tmp_path)).collect()


# --- bad input --------------------------------------------------------------------------------------------------------


def test_a_missing_column_is_reported_with_the_existing_ones(frame):
    with pytest.raises(ColumnError, match="there is no column 'body': the columns are 'number', 'text'"):
        integration.restore(frame, "body")


def test_a_column_that_is_not_text_is_refused_with_its_type_and_a_remedy(frame):
    with pytest.raises(ColumnError, match=r"column 'number' holds int, not text: .*col\('number'\)\.cast\('string'\)"):
        integration.restore(frame, "number")


def test_an_existing_column_is_not_overwritten(frame):
    with pytest.raises(ColumnError, match="there is a column 'number' already"):
        integration.restore(frame, "text", into="number")


def test_wrong_options_are_refused_on_the_driver(frame):
    with pytest.raises(ValueError, match="kind must be one of"):
        integration.restore(frame, "text", kinds=["spelling"])
    with pytest.raises(TypeError, match="there is no option workers here"):
        integration.restore(frame, "text", workers=2)
