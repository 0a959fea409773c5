"""What `explain` found, as a page to look at: one file, nothing from elsewhere, and no text that is taken for markup.

The kinds are toggled by style alone. Of each edit the page holds both sides, ``<ins>`` and ``<del>``, of which one is
shown, so a kind that is switched off leaves the text as it is without these edits. A script of a few lines adds what
style cannot do: going from edit to edit with the arrow keys, and saying what each one is.
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
from newsnorm.view.terminal import LIKELY, SURE, around, counted, segments, shown

if TYPE_CHECKING:
    from newsnorm.restoration import Edit, Restoration

_DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="newsnorm">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="newsnorm-page">
{body}
<script>{script}</script>
</body>
</html>
"""

_BODY = """<article class="newsnorm" aria-label="{title}">
<header><h1>{title}</h1><p>{summary}</p></header>
<fieldset><legend>Kinds of edit: untick one to see the text without it</legend>
{toggles}
</fieldset>
<p class="key">Underlined: <span>sure</span> <span class="unsure">less than {sure}</span>
<span class="doubtful">less than {likely}, doubtful</span> Tinted: <span class="said">direct speech</span></p>
<div class="texts">
<section><h2>Restored</h2>
<p class="text restored" tabindex="0" role="group" aria-label="{label}">{restored}</p>
</section>
<section><h2>Flat</h2>
<p class="text flat">{flat}</p>
</section>
</div>
<p class="detail" role="status"><span class="hint">{hint}</span></p>
{lists}
</article>"""

#: Marks, as they are called.
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
    "'": "apostrophe",
    "’": "apostrophe",
    "‘": "apostrophe",
    "(": "opening bracket",
    ")": "closing bracket",
    "[": "opening bracket",
    "]": "closing bracket",
    "$": "dollar sign",
    "%": "percent sign",
}

_TITLE = "What newsnorm restored"
_LABEL = "Restored text. Arrow keys go from edit to edit."
_HINT = "Point at an edit, tap it or use the arrow keys to see how sure it is."


@cache
def _part(name: str) -> str:
    """Read a part of the page that is the same for all texts."""
    return files("newsnorm").joinpath("view", "page", name).read_text(encoding="utf-8").strip()


def page(*restorations: Restoration, titles: Sequence[str] = ()) -> str:
    """
    Write a whole HTML document.

    Args:
        restorations: What `explain` returned, for one text or for several that are set out one below the other.
        titles: A title for each text.

    Returns:
        The document; the same for the same texts.
    """
    titles = titles or [_TITLE] * len(restorations)
    script = _part("page.js")
    # Were anything of a text ever taken for markup, the browser would still run no script but this one.
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _DOCUMENT.format(
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'",
        title=_text(titles[0] if len(titles) == 1 else _TITLE),
        style=_part("page.css"),
        script=script,
        body="\n".join(map(_body, restorations, titles)),
    )


def fragment(restoration: Restoration) -> str:
    """Write what a notebook shows: the body alone, with its style and script."""
    body = _body(restoration, "newsnorm")
    return f"<style>{_part('page.css')}</style>\n{body}\n<script>{_part('page.js')}</script>"


def _body(restoration: Restoration, title: str) -> str:
    edits, quotations = restoration.edits, restoration.quotations
    return _BODY.format(
        title=_text(title),
        summary=f"{counted(len(edits), 'edit')}, {counted(len(quotations), 'quotation')}",
        toggles="\n".join(_toggles(edits)) or "<p>Nothing was restored.</p>",
        restored="".join(_restored(restoration)),
        flat=_text(restoration.source),
        label=_LABEL,
        hint=_HINT,
        sure=_percent(SURE),
        likely=_percent(LIKELY),
        lists=_quotation_list(restoration) + _edit_list(restoration),
    )


def _text(text: str) -> str:
    """Write any text as text. What would turn its direction about, or is no character for a browser, is shown."""
    return escape(shown(text))


def _percent(probability: float) -> str:
    return f"{100 * probability:.0f}\u00a0%"


def _toggles(edits: tuple[Edit, ...]) -> Iterator[str]:
    """Write a switch for each kind, which is the summary by kind as well."""
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
    """Say what an edit does, in words that can be read aloud: a screen reader passes over a bare comma."""
    if edit.before.strip():
        return f"{edit.before} becomes {edit.after}"
    after = edit.after.strip()
    mark = "quotation mark" if edit.kind == "quotes" else _NAMES.get(after, after)
    return f"{mark} put in" if edit.before == "" else f"{mark} for the space"


def _quotation_list(restoration: Restoration) -> str:
    if not restoration.quotations:
        return ""
    items = "".join(
        f"<li><q>{_text(said.text)}</q> <span>{_percent(said.probability)}</span></li>"
        for said in restoration.quotations
    )
    return f"<details><summary>{counted(len(restoration.quotations), 'quotation')}</summary><ol>{items}</ol></details>"


def _edit_list(restoration: Restoration) -> str:
    """Write all edits as a table: for those who cannot hover, and for the eye that looks for the doubtful ones."""
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
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Edit", "Where", "Sure"))
    return (
        f"<details><summary>{counted(len(restoration.edits), 'edit')}, one by one</summary>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></details>"
    )
