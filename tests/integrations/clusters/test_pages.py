"""The scripts on the pages about Spark, Ray and Dask, run unchanged on files, as a reader would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from newsnorm import restore_many

EXAMPLES = Path(__file__).parents[3] / "docs/how-to/examples"
ENVIRONMENT = os.environ | {
    "PYSPARK_PYTHON": sys.executable,
    "SPARK_LOCAL_IP": "127.0.0.1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@pytest.mark.pyarrow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("spark", marks=pytest.mark.pyspark),
        pytest.param("ray", marks=[pytest.mark.ray, pytest.mark.pandas]),
        pytest.param("dask", marks=[pytest.mark.dask, pytest.mark.pandas]),
    ],
)
def test_the_script_of_a_documentation_page_restores_a_folder(name, flat, tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    texts = [*flat, None]
    for number in range(3):
        table = pa.table({"id": [100 * number + row for row in range(len(texts))], "text": texts})
        (tmp_path / "wire").mkdir(exist_ok=True)
        parquet.write_table(table, tmp_path / "wire" / f"{number}.parquet")
    command = [sys.executable, str(EXAMPLES / f"with_{name}.py"), "wire", "restored"]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-4000:]
    got = pa.concat_tables(parquet.read_table(path) for path in sorted((tmp_path / "restored").glob("*.parquet")))
    found = {row["id"]: row["restored"] for row in got.to_pylist()}
    expected = [*restore_many(flat, quotes="curly"), None]
    assert found == {100 * number + row: text for number in range(3) for row, text in enumerate(expected)}
    assert len(got) == 3 * len(texts)
