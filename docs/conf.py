"""How Sphinx builds the documentation; see https://www.sphinx-doc.org/en/master/usage/configuration.html."""

from __future__ import annotations

from importlib.metadata import version as installed_version

project = "newsnorm"
author = "The newsnorm developers"
copyright = author
release = installed_version("newsnorm")
version = ".".join(release.split(".")[:2])

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["phone.css"]
html_title = f"newsnorm {release}"

# `restore` in a docstring is a name of Python, and one that nobody documents is an error.
default_role = "py:obj"
nitpicky = True

autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100

# A bare name in the text is one of the package.
rst_prolog = ".. py:currentmodule:: newsnorm\n"

# Examples run with the names of the package at hand, as the docstrings have them.
doctest_global_setup = "import newsnorm\nfrom newsnorm import *"

# The build needs no network. `sphinx-build -t online` links the types of Python and numpy to their own pages.
if tags.has("online"):  # type: ignore[name-defined]  # noqa: F821 - Sphinx defines it
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
    }

# Types of the standard library that signatures name; without an inventory they cannot be linked.
nitpick_ignore = [
    ("py:class", "collections.abc.Iterable"),
    ("py:class", "collections.abc.Iterator"),
    ("py:class", "collections.abc.Mapping"),
    ("py:class", "collections.abc.Sequence"),
    ("py:class", "os.PathLike"),
    ("py:class", "pathlib.Path"),
    # Those of the integrations, as their modules name them.
    ("py:class", "pd.Series"),
    ("py:class", "DataFrame"),
    ("py:class", "Doc"),
    ("py:class", "Language"),
    ("py:class", "Restore"),
    ("py:class", "Dataset"),
    ("py:class", "Column"),
    ("py:class", "Unpack"),
    ("py:class", "RestoreKeywords"),
]
