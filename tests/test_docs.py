"""Run every command and listing of the README and the documentation, as a reader would.

Sphinx runs the examples with prompts (``>>>``), and `.ci/run` the two installations of the README.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from strategies import SEEDS

ROOT = SEEDS.parent
PAGES = {str(path.relative_to(ROOT)): path for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.rst"))]}
#: A code block in reStructuredText or in Markdown.
BLOCKS = re.compile(
    r"^\.\. code-block:: (?P<rst>\w+)\n(?P<indented>(?: {3}[^\n]*\n|\n)+)|^```(?P<md>\w+)\n(?P<fenced>.*?)^```",
    re.MULTILINE | re.DOTALL,
)

#: How lines begin that are not run here, and why.
NOT_RUN = {
    "git clone": "downloads the repository",
    "python3 -m venv": "installs; .ci/run does it",
    "pip install": "installs",
    ".venv/bin/pip install": "installs",
    ".venv/bin/python -m benchmarks": "takes minutes; tests/benchmarks/test_benchmarks.py runs each of them",
    "python -m benchmarks": "the same",
    "PYSPARK_PYTHON=": "needs Spark; tests/integrations/clusters runs it",
    "spark-submit": "needs a cluster",
    "python -m newsnorm.training": "needs PyTorch; tests/training runs each of them",
    "newsnorm restore --model my_model/": "needs the model that the lines before it train",
}
#: Parts of listings that are compiled but not run here, and why.
COMPILED = {
    "spacy.load(": "needs a spaCy model, which is not on PyPI",
    "find_names.": "continues the listing above",
    "newsnorm.integrations": "tests/integrations runs each of them on its library",
    "pl.scan_parquet(": "tests/integrations/test_polars.py has it",
    "articles.repartition(": "needs Spark",
}
FLAT = "the minister said iraq s parliament hadn t voted we won t be hurried she told reporters"
#: Code that the listings of a page assume.
GIVEN = {
    "docs/how-to/restore-a-million-documents.rst": "import sqlite3\n"
    "database, save = sqlite3.connect(':memory:'), print\n"
    "database.execute('CREATE TABLE wire (id, text)')\n"
    "database.execute('INSERT INTO wire VALUES (1, ?)', [flat])",
    "docs/how-to/train-your-own-model.rst": "import newsnorm.model, os\n"
    "os.symlink(newsnorm.model.PACKAGED, 'my_model')",
}


def blocks(page: str, *languages: str) -> list[str]:
    found = []
    for block in BLOCKS.finditer(PAGES[page].read_text(encoding="utf-8")):
        if (block["rst"] or block["md"]) in languages:
            lines = (block["indented"] or block["fenced"]).splitlines()
            found.append("\n".join(line.removeprefix("   ") if block["rst"] else line for line in lines).strip("\n"))
    return found


def pages(*languages: str) -> list[str]:
    return [page for page in PAGES if blocks(page, *languages)]


def whole_lines(code: str) -> list[str]:
    return code.replace("\\\n", "\\\0").split("\n")


def is_run(line: str) -> bool:
    return not line.startswith(tuple(NOT_RUN)) and line != ".venv/bin/python"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that the pages mention."""
    flat = (SEEDS / "conflict.flat.txt").read_text(encoding="utf-8")
    shutil.copytree(SEEDS, tmp_path / "seeds")
    (tmp_path / "story.flat.txt").write_text(
        "we won t be hurried the minister said she told reporters that the vote was close it isn t over said mr haddad"
    )
    for name in ("story.txt", "one_story_a_line.txt", "a_very_long_text.txt", "wire-2019.txt"):
        (tmp_path / name).write_text(flat, encoding="utf-8")
    for name in ("mine.txt", "gold.txt"):
        shutil.copy(SEEDS / "conflict.txt", tmp_path / name)
    for name in ("story.txt.gz", "archive.txt.gz", "wire-2019.txt.gz"):
        (tmp_path / name).write_bytes(gzip.compress(flat.encode()))
    lines = "".join(json.dumps({"id": n, "text": FLAT}) + "\n" for n in range(3))
    for name in ("archive.jsonl", "articles.jsonl"):
        (tmp_path / name).write_text(lines)
    (tmp_path / "archive.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add_wire(folder):
    """Add the folder that the tutorial creates itself."""
    (folder / "wire/2019").mkdir(parents=True)
    (folder / "wire/2019/may.txt").write_text(FLAT)
    (folder / "wire/2019/june.txt").write_bytes("the caf\u00e9 s owner".encode("cp1252"))


def add_table(folder):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"text": [FLAT, None]}), folder / "articles.parquet")


def run(code: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": f"{Path('.venv/bin').absolute()}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["bash", "-uo", "pipefail", "-c", code], env=environment, capture_output=True, text=True)


@pytest.mark.pyarrow
@pytest.mark.skipif(not shutil.which("bash"), reason="the commands of the pages are for bash")
@pytest.mark.parametrize("page", pages("sh"))
def test_the_commands_of_a_page_run(page, folder):
    code = "\n".join(blocks(page, "sh"))
    add_table(folder)
    if "mkdir wire" not in code:
        add_wire(folder)
    lines = [line.replace("\0", "\n") for line in whole_lines(code) if is_run(line)]
    done = run("set -e\n" + "\n".join(lines))
    # june.txt is not UTF-8; the page on folders shows how that is reported.
    meant = "june.txt: not UTF-8" in done.stderr
    assert done.returncode == (1 if meant else 0), done.stderr
    assert meant or "Traceback" not in done.stderr


@pytest.mark.skipif(not shutil.which("bash"), reason="the commands of the pages are for bash")
@pytest.mark.parametrize("page", pages("console"))
def test_a_console_session_on_a_page_prints_what_is_shown(page, folder):
    for session in blocks(page, "console"):
        command, *shown = session.removeprefix("$ ").split("\n")
        done = run(command)
        assert done.returncode == 0, done.stderr
        if shown:
            (folder / "expected").write_text("\n".join(shown))
            assert done.stdout.splitlines()[: len(shown)] == shown


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", pages("python"))
def test_the_listings_of_a_page_run(page):
    names = {"__name__": "__main__", "flat": FLAT}
    exec("import newsnorm\n" + GIVEN.get(page, ""), names)  # noqa: S102 - a page's code, to be run
    for listing in blocks(page, "python"):
        code = compile(listing, page, "exec")
        if not any(part in listing for part in COMPILED):
            exec(code, names)  # noqa: S102 - a page's code, to be run


def test_every_exception_is_still_needed():
    lines = [line for page in PAGES for block in blocks(page, "sh") for line in whole_lines(block)]
    for begin in NOT_RUN:
        assert any(line.startswith(begin) for line in lines), begin
    listings = [block for page in PAGES for block in blocks(page, "python")]
    for part in COMPILED:
        assert any(part in listing for listing in listings), part
