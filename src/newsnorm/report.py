"""What `explain` found, set out for people."""

from __future__ import annotations

import json
from collections import Counter

from attrs import asdict

from newsnorm.types import Restoration


def as_text(restoration: Restoration) -> str:
    """Set out a restoration: the text, one line an edit, and a summary by kind.

    >>> from newsnorm.types import Edit
    >>> edit = Edit(4, " ", "'", "contractions", 0.998)
    >>> print(as_text(Restoration("iraq s", "iraq's", (edit,), ())))
    iraq's
    <BLANKLINE>
    offset  kind           probability  edit
         4  contractions         0.998  ' ' -> "'"
    <BLANKLINE>
    1 edit: 1 contractions; 0 quotations
    """
    lines = [restoration.text, "", f"{'offset':>6}  {'kind':<14} {'probability':>11}  edit"]
    lines += [
        f"{edit.offset:>6}  {edit.kind:<14} {edit.probability:>11.3f}  {edit.before!r} -> {edit.after!r}"
        for edit in restoration.edits
    ]
    kinds = Counter(edit.kind for edit in restoration.edits)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    total = len(restoration.edits)
    lines += [
        "",
        f"{total} edit{'' if total == 1 else 's'}: {counts or 'none'}; {len(restoration.quotations)} quotations",
    ]
    return "\n".join(lines)


def as_json(restoration: Restoration) -> str:
    """Write a restoration as one line of JSON: ``source``, ``text``, ``edits``, ``quotations``."""
    return json.dumps(asdict(restoration), ensure_ascii=True)
