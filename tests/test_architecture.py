"""The layers in the drawing are those that `lint-imports` enforces, and the package stays small."""

from __future__ import annotations

import re
import tomllib

from strategies import SEEDS

ROOT = SEEDS.parent
PACKAGE = ROOT / "src/newsnorm"
MODULES = sorted(PACKAGE.rglob("*.py"))


def contract():
    """The layers from top to bottom, each with its modules."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = [c["layers"] for c in configuration["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    return [layer.split(" | ") for layer in layers]


def entries():
    """The modules and folders of the package."""
    return {path.name.removesuffix(".py") for path in PACKAGE.iterdir()} - {"py.typed", "__pycache__"}


def lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_drawing_shows_the_layers_of_the_contract():
    _, *drawn = (ROOT / "docs/images/architecture.svg").read_text(encoding="utf-8").split('<g class="layer">')
    assert [re.findall(r'<text class="module"[^>]*>(\w+)<', layer) for layer in drawn] == contract()


def test_every_module_has_a_layer():
    assert sorted(module for layer in contract() for module in layer) == sorted(entries() - {"__init__", "data"})


def test_the_table_has_every_folder():
    page = (ROOT / "docs/explanation/architecture.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^   \* - ``(\w+)``$", page, re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name in entries())


def test_every_file_on_the_page_exists():
    page = (ROOT / "docs/explanation/architecture.rst").read_text(encoding="utf-8")
    named = [name for name in re.findall(r"``([\w/.-]+(?:\.\w+|/\w*))``", page) if "NAME" not in name]
    assert len(named) > 20
    places = (ROOT, PACKAGE, PACKAGE / "files", PACKAGE / "decoding", PACKAGE / "integrations")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_the_package_has_at_most_25_modules_and_folders():
    assert len(entries()) <= 25


def test_no_module_has_more_than_320_lines():
    assert [path.name for path in MODULES if lines(path) > 320] == []
