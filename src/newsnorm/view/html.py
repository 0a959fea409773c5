"""An explained text as one self-contained HTML page, in which no text is taken for markup.

Kinds are toggled by style alone: the page holds both sides of each edit, ``<ins>`` and ``<del>``, and shows one. The
script does what style cannot: it moves between edits with the arrow keys and describes them.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, get_args

from newsnorm.kinds import Kind
from newsnorm.view.terminal import LIKELY, SURE, around, counted, escape_controls, segments

if TYPE_CHECKING:
    from newsnorm.restoration import Edit, Restoration

#: The names of marks, for screen readers.
_NAMES = {
    "": "new line",
    ".": "period",
    ",": "comma",
    "?": "question mark",
    "!": "exclamation mark",
    "...": "ellipsis",
    ":": "colon",
    ";": "semicolon",
    "—": "dash",
    "-": "hyphen",
    "/": "slash",
    "&": "ampersand",
    "@": "at sign",
    "$": "dollar sign",
    "%": "percent sign",
    **dict.fromkeys("'’‘", "apostrophe"),
    **dict.fromkeys("([", "opening bracket"),
    **dict.fromkeys(")]", "closing bracket"),
}

_TITLE = "What newsnorm restored"


@cache
def _part(name: str) -> str:
    """Read a template, the style or the script."""
    return files("newsnorm").joinpath("view", "page", name).read_text(encoding="utf-8").strip()


def page(*restorations: Restoration, titles: Sequence[str] = ()) -> str:
    """
    Return a complete HTML document, which is always the same for the same texts.

    Several *restorations* are shown one below the other, each with its title.
    """
    titles = titles or [_TITLE] * len(restorations)
    script = _part("page.js")
    # Even if a text were taken for markup, the browser would run only this script.
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    document = _part("page.html").format(
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'",
        title=_text(titles[0] if len(titles) == 1 else _TITLE),
        style=_part("page.css"),
        script=script,
        body="\n".join(map(_body, restorations, titles)),
    )
    return document + "\n"


def fragment(restoration: Restoration) -> str:
    """Return the body alone, with its style and script, as a notebook shows it."""
    body = _body(restoration, "newsnorm")
    return f"<style>{_part('page.css')}</style>\n{body}\n<script>{_part('page.js')}</script>"


def _body(restoration: Restoration, title: str) -> str:
    edits, quotations = restoration.edits, restoration.quotations
    return _part("article.html").format(
        title=_text(title),
        summary=f"{counted(len(edits), 'edit')}, {counted(len(quotations), 'quotation')}",
        toggles="\n".join(_toggles(edits)) or "<p>Nothing was restored.</p>",
        restored="".join(_restored(restoration)),
        flat=_text(restoration.source),
        sure=_percent(SURE),
        likely=_percent(LIKELY),
        lists=_quotation_list(restoration) + _edit_list(restoration),
    )


def _text(text: str) -> str:
    """Escape *text* for HTML, together with control characters and those that change the direction of writing."""
    return escape(escape_controls(text))


def _percent(probability: float) -> str:
    return f"{100 * probability:.0f}\u00a0%"


def _toggles(edits: tuple[Edit, ...]) -> Iterator[str]:
    """Yield a toggle for each kind with a summary of its edits."""
    probabilities = defaultdict(list)
    for edit in edits:
        probabilities[edit.kind].append(edit.probability)
    for kind in get_args(Kind):
        if found := probabilities[kind]:
            doubtful = sum(probability < LIKELY for probability in found)
            yield (
                f'<label class="{kind}"><input type="checkbox" value="{kind}" checked autocomplete="off">'
                f"<b>{kind}</b><span>{counted(len(found), 'edit')}, "
                f"{_percent(sum(found) / len(found))} sure"
                f"{f', {doubtful} doubtful' if doubtful else ''}</span></label>"
            )


def _restored(restoration: Restoration) -> Iterator[str]:
    for segment in segments(restoration):
        said = " said" if segment.spoken else ""
        edit = segment.edit
        if edit is None:
            yield f'<span class="said">{_text(segment.text)}</span>' if said else _text(segment.text)
            continue
        sure = "" if edit.probability >= SURE else " unsure" if edit.probability >= LIKELY else " doubtful"
        about = f"{edit.kind}, {_percent(edit.probability)}: {_change(edit)}"
        yield (
            f'<ins class="{edit.kind}{sure}{said}" title="{_text(about)}" tabindex="-1">{_text(edit.after)}</ins>'
            f'<del class="{edit.kind}{said}">{_text(edit.before)}</del>'
        )


def _change(edit: Edit) -> str:
    """Describe an edit in words, because a screen reader skips a bare comma."""
    if edit.before.strip():
        return f"{edit.before} becomes {edit.after}"
    after = edit.after.strip()
    mark = "quotation mark" if edit.kind == "quotes" else _NAMES.get(after, after)
    return f"{mark} inserted" if edit.before == "" else f"{mark} for the space"


def _quotation_list(restoration: Restoration) -> str:
    if not restoration.quotations:
        return ""
    items = "".join(
        f"<li><q>{_text(said.text)}</q> <span>{_percent(said.probability)}</span></li>"
        for said in restoration.quotations
    )
    return f"<details><summary>{counted(len(restoration.quotations), 'quotation')}</summary><ol>{items}</ol></details>"


def _edit_list(restoration: Restoration) -> str:
    """Return a table of all edits, for readers who cannot hover or who want to scan for doubtful edits."""
    if not restoration.edits:
        return ""
    rows, place = [], 0
    for text, edit, _ in segments(restoration):
        end = place + len(text)
        if edit:
            before, after = around(restoration.text, place, end)
            where = f"{_text(before)}<b>{_text(text)}</b>{_text(after)}"
            cells = f'<th scope="row">{edit.kind} <span>{_text(_change(edit))}</span></th><td>{where}</td>'
            rows.append(f'<tr class="{edit.kind}">{cells}<td>{_percent(edit.probability)}</td></tr>')
        place = end
    return (
        f"<details><summary>{counted(len(restoration.edits), 'edit')}, one by one</summary>"
        '<table><thead><tr><th scope="col">Edit</th><th scope="col">Where</th><th scope="col">Sure</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></details>"
    )
