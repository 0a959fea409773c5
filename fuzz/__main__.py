"""The fuzzer: ``python -m fuzz TARGET [--packaged] [libFuzzer options]``."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["newsnorm"]):
    # These import all the rest. Functions would import them later, without instrumentation.
    import newsnorm.decoding.cut
    import newsnorm.model
    import newsnorm.pipeline

from fuzz.targets import TARGETS

ROOT = Path(__file__).parent.parent
RUNS = ROOT / "fuzz" / "runs"
#: Characters of a story in one input, and bytes of options after them.
PIECE, OPTIONS = 60, 8


def _pieces() -> list[str]:
    """Return texts that have broken text tools before, and the marks that some stage treats specially."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from strategies import HOSTILE

    return [piece for pieces in HOSTILE.values() for piece in pieces]


def _encode(text: str) -> bytes:
    """Encode *text* as the targets decode it: a lone surrogate as a byte that is not UTF-8."""
    return b"".join(c.encode() if c.isascii() or not "\ud800" <= c <= "\udfff" else b"\xed" for c in text)


def seed_corpus(folder: Path) -> None:
    """Write pieces of the seed stories, and the hostile texts in pairs, as inputs to *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = _pieces()
    texts = [f"a{one}b {other}c" for one, other in zip(pieces * 3, pieces[7:] + pieces + pieces[20:], strict=False)]
    for path in sorted((ROOT / "seeds").glob("*.txt")):
        story = path.read_text(encoding="utf-8")
        texts += [story[begin : begin + PIECE] for begin in range(0, len(story), 7 * PIECE)]
    random = Random(0)
    for number, text in enumerate(texts):
        # The text is drawn from the start of the bytes, the options from their end.
        (folder / f"seed-{number:05}").write_bytes(_encode(text) + random.randbytes(OPTIONS))


def write_dictionary(path: Path) -> None:
    """Write the hostile texts as a dictionary for libFuzzer, which accepts words of up to 64 bytes."""
    words = ("".join(f"\\x{byte:02x}" for byte in _encode(piece)) for piece in _pieces())
    path.write_text("".join(f'"{word}"\n' for word in words if len(word) <= 4 * 64))


def main() -> None:
    """Run the fuzzer on one target."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        raise SystemExit(f"usage: python -m fuzz {'|'.join(TARGETS)} [--packaged] [libFuzzer options]")
    name = sys.argv.pop(1)
    packaged = "--packaged" in sys.argv
    if packaged:
        sys.argv.remove("--packaged")
    draw, check = TARGETS[name]

    def test_one_input(data: bytes) -> None:
        case = draw(atheris.FuzzedDataProvider(data))
        if packaged:
            case["model"] = newsnorm.model.load()
        try:
            check(**case)
        except BaseException:
            print(f"\ncase: {name} {case!a}", file=sys.stderr)
            raise

    corpus = RUNS / name
    if not corpus.is_dir():
        seed_corpus(corpus)
    dictionary = RUNS / "marks.dict"
    write_dictionary(dictionary)
    atheris.Setup(
        [
            sys.argv[0],
            f"-dict={dictionary}",
            f"-artifact_prefix={RUNS}/",
            "-max_len=120",
            "-timeout=20",
            "-rss_limit_mb=3000",
            *sys.argv[1:],
            str(corpus),
        ],
        test_one_input,
    )
    atheris.Fuzz()


main()
