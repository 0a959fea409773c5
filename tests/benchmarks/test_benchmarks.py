"""Tests of the benchmarks: their calculations, and one run of each fast subcommand on one or two articles."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
import threading
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

import newsnorm
from benchmarks import __main__ as command
from benchmarks import calibration, check, downstream, public, rivals
from benchmarks.support import (
    align,
    data,
    encoder,
    internals,
    machine,
    partially_formatted,
    process,
    report,
    result,
    timing,
    venvs,
)
from benchmarks.support.align import number_by_document, with_original_words
from benchmarks.support.result import Bars, Lines, Result, Table
from benchmarks.support.timing import Spread
from benchmarks.support.venvs import Tool, ToolError, Worker
from newsnorm import flatten, metrics
from newsnorm.labels import heads
from newsnorm.metrics import ClassScore, compare
from newsnorm.model.scores import OFFSETS

STORIES = ["Haddad said he didn't know. \"It's late,\" he said.", "The rebels left Yemen on Friday, the U.N. said."]
ROOT = process.ROOT


@pytest.fixture
def stories(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "two.txt").write_text("\n\n".join(STORIES) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "module",
    [
        align,
        calibration,
        check,
        data,
        encoder,
        internals,
        partially_formatted,
        public,
        report,
        result,
        timing,
    ],
    ids=lambda module: module.__name__,
)
def test_docstring_examples_hold(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


# --- articles ---------------------------------------------------------------------------------------------------------


def test_blank_lines_separate_articles_and_flat_files_are_left_out(tmp_path):
    (tmp_path / "b.txt").write_text("Third one.", encoding="utf-8")
    (tmp_path / "a.txt").write_text("\nFirst,\nin two paragraphs.\n\n \nSecond.\n", encoding="utf-8")
    (tmp_path / "a.flat.txt").write_text("first in two paragraphs", encoding="utf-8")
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    assert data.load(tmp_path) == ["First,\nin two paragraphs.", "Second.", "Third one."]
    assert data.load(tmp_path / "b.txt") == ["Third one."]


def test_compressed_articles_are_read(tmp_path):
    import lzma

    with lzma.open(tmp_path / "a.txt.xz", "wt", encoding="utf-8") as file:
        file.write("Élysée.\n")
    assert data.load(tmp_path) == ["Élysée."]


def test_a_folder_without_articles_raises_an_error_that_describes_the_format(tmp_path):
    with pytest.raises(SystemExit, match=r"contains no articles: pass a text file, or a folder of \*\.txt"):
        data.load(tmp_path)


def test_the_default_data_are_the_seed_stories():
    assert len(data.load(data.SEEDS)) == len([p for p in data.SEEDS.glob("*.txt") if ".flat" not in p.name])


def test_take_characters_returns_text_of_about_the_given_length():
    assert data.take_characters(["ab", "c"], 9) == "ab c ab c"
    assert len(data.take_characters(["he left iraq"], 1000)) in (999, 1000)


# --- public test sets -------------------------------------------------------------------------------------------------


@pytest.fixture
def test_sets(tmp_path):
    (tmp_path / "sentences.txt").write_text("Iraq 's vote , in Yemen .\nThe U.N. left .\n", encoding="utf-8")
    talk = "it O|'s O|late COMMA|he O|said PERIOD|do O|n't O|go PERIOD".replace(" ", "\t").replace("|", "\n")
    (tmp_path / "talk.tsv").write_text(talk + "\n\n", encoding="utf-8")
    return tmp_path


def test_public_sets_are_recognised_by_their_content(test_sets):
    capitals, marks = public.run(public.load(test_sets)).tables
    assert [row[0] for row in capitals.rows] == ["sentences"]
    assert capitals.rows[0][4] == 4
    assert [row[:2] for row in marks.rows] == [["talk", mark] for mark in ("COMMA", "PERIOD", "QUESTION", "all")]
    assert [row[5] for row in marks.rows] == [1, 2, 0, 3]
    assert public.run(public.load(test_sets / "talk.tsv")).tables == [marks]


def test_a_word_in_the_wrong_case_lowers_precision_and_recall(monkeypatch):
    monkeypatch.setattr(newsnorm, "restore_many", lambda *_, **__: ["IRAQ left Yemen ."])
    score = public.case_score(["Iraq left Yemen ."])
    assert (score.precision, score.recall, score.count) == (50.0, 50.0, 2)


@pytest.mark.parametrize(("mark", "theirs"), [(" —", "COMMA"), ("!", "PERIOD"), ("...", "PERIOD"), ("?", "QUESTION")])
def test_every_mark_counts_as_a_mark_of_the_public_sets(mark, theirs, monkeypatch):
    found = SimpleNamespace(edits=[newsnorm.Edit(2, "", mark, "punctuation", 0.9)])
    monkeypatch.setattr(newsnorm, "explain", lambda *_, **__: found)
    assert public.restored_marks(["he", "left"]) == [theirs, "O"]


def test_a_folder_without_test_sets_raises_an_error_that_describes_the_format(tmp_path):
    with pytest.raises(SystemExit, match=r"contains no test sets: pass a file or folder of \*\.txt"):
        public.load(tmp_path)


# --- timing and processes ---------------------------------------------------------------------------------------------


def test_a_spread_contains_the_median_and_the_quartiles():
    assert Spread.of([4, 1, 3, 2]) == Spread(2.5, 1.75, 3.25, 4)
    with pytest.raises(ValueError, match="measure at least once"):
        Spread.of([])


def test_a_rate_swaps_the_quartiles():
    rate = Spread(2.0, 1.0, 4.0, 9).rate(8)
    assert (rate.low, rate.median, rate.high) == (2, 4, 8)
    assert Spread(2.0, 1.0, 4.0, 9).scaled(1000).high == 4000


def test_works_run_interleaved_and_the_warm_up_round_does_not_count():
    order = []

    def work(name):
        order.append(name)
        return len(order)

    results = timing.run_interleaved({"a": lambda: work("a"), "b": lambda: work("b")}, 2, "rounds")
    assert order == ["a", "b", "a", "b", "a", "b"]
    assert results == {"a": [3, 5], "b": [4, 6]}


def test_ratios_are_computed_round_by_round():
    # In the second round the machine was ten times slower, for both.
    assert timing.ratios([2, 20, 2], [1, 10, 1]) == Spread(2.0, 2.0, 2.0, 3)


def test_progress_yields_every_step():
    assert list(timing.progress(iter("abc"), "steps", total=3)) == ["a", "b", "c"]


def test_a_call_in_a_new_process_returns_plain_data_or_reports_the_error():
    assert process.call_in_new_process("operator", "add", 2, 3) == 5
    with pytest.raises(RuntimeError, match=r"operator\.truediv failed in its process, status 1(.|\n)*ZeroDiv"):
        process.call_in_new_process("operator", "truediv", 1, 0)


def test_resident_memory_is_at_most_its_peak():
    now, peak = process.resident_memory()
    assert 5 < now <= peak


# --- the environment --------------------------------------------------------------------------------------------------


def test_the_environment_is_plain_data_and_complete():
    found = json.loads(json.dumps(machine.environment()))
    assert found["cores"] >= 1
    assert found["processor"]["model"]
    assert found["python"] == f"CPython {sys.version.split()[0]}"
    assert found["packages"]["numpy"] == np.__version__
    assert len(found["model"]) == 64
    assert {"date", "memory_gb", "system", "commit", "threads", "load_average"} <= set(found)


def test_the_processor_is_read_with_the_relevant_flags(tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text("model name : Some CPU @ 2 GHz\nflags : fpu avx2 avx512_vnni\n\nmodel name : other\n", "utf-8")
    assert machine.processor(file) == {"model": "Some CPU @ 2 GHz", "flags": ["avx2", "avx512_vnni"]}
    assert machine.processor(tmp_path / "missing")["model"]


def test_a_missing_package_has_no_version():
    assert machine.versions(["numpy", "no-such-package-anywhere"]) == {
        "numpy": np.__version__,
        "no-such-package-anywhere": None,
    }


# --- alignment and agreement ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flat", "text", "expected", "changed"),
    [
        ("he left iraq", "He left Iraq.", "He left Iraq.", 0),
        ("i can not go", "I cannot go.", "I can not go.", 2),
        ("i m gonna go", "I'm gon na go!", "I'm gonna go!", 2),
        ("on the first of may", "On 1 May.", "On the first of May.", 3),
        ("he left iraq", "Well, he left.", "he left iraq", 2),
        ("he left", "", "he left", 2),
        ("", "!", "!", 0),
        ("", "added", "", 1),
    ],
)
def test_changed_words_are_counted_and_replaced_by_the_flat_words(flat, text, expected, changed):
    words = flat.split()
    assert with_original_words(words, text) == expected
    assert align.align(words, text).changed == changed


def test_a_span_is_located_by_the_flat_words_that_it_covers():
    aligned = align.align("u n envoy met four u s men".split(), "U.N. envoy met 4us men")
    assert align.locate(aligned, 0, 4) == (0, 1)
    assert align.locate(aligned, 5, 9) == (2, 2)  # part of a word counts as the word
    assert align.locate(aligned, 4, 5) is None
    assert align.locate(aligned, 11, 18) == (3, -1)  # its last word is not one of the flat words


def agreement(gold, found):
    return compare(number_by_document(gold), number_by_document(found))


def test_entities_agree_if_words_and_label_are_equal():
    flat = "obama met new york officials".split()
    gold = align.align(flat, "Obama met New York officials.")
    other = align.align(flat, "Obama met new York officials")
    expected = downstream.entities(gold, {"entities": [[0, 5, "PERSON"], [10, 18, "GPE"]]})
    assert expected == {((0, 0), "PERSON"), ((2, 3), "GPE")}
    found = downstream.entities(other, {"entities": [[0, 5, "ORG"], [10, 18, "GPE"], [14, 18, "GPE"]]})
    assert agreement([expected], [found]) == ClassScore(33.33, 50.0, 40.0, 2)


def test_the_first_sentence_of_a_text_is_not_counted():
    aligned = align.align("he left she stayed".split(), "He left. She stayed.")
    assert downstream.sentence_starts(aligned, {"sentences": [[0, 9], [9, 20]]}) == {2}


def test_quotations_are_identified_by_their_first_and_last_words():
    aligned = align.align("no he said".split(), '"No," he said.')
    assert downstream.quotations(aligned, {"quotations": [[0, 5]]}) == {(0, 0)}


def test_agreement_is_computed_over_all_documents():
    assert agreement([{1, 2}, {3}], [{1}, {4}]) == ClassScore(50.0, 33.33, 40.0, 3)
    assert agreement([{1}, {2}], [{2}, {1}]) == ClassScore(0.0, 0.0, 0.0, 2)  # in the wrong documents


def test_agreement_without_findings_is_zero():
    assert agreement([set()], [set()]) == ClassScore(0.0, 0.0, 0.0, 0)


# --- partially formatted text -----------------------------------------------------------------------------------------


def test_every_degree_keeps_the_words_and_the_classes_it_has_not_lost():
    story = "“It’s the ‘so-called’ truce,” Gen. Haddad said. U.S. troops – 5,200 of them – won’t leave STRAßE."
    for degree in partially_formatted.DEGREES.values():
        left = degree.flatten(story)
        assert flatten(left) == flatten(story)
        score = metrics.score(story, left)
        for name in partially_formatted.CLASSES:
            if name not in degree.lost:
                assert score.classes[name].f1 == (100 if score.classes[name].count else 0), name
            elif score.classes[name].count:
                assert score.classes[name].f1 < 50, name


def test_partially_formatted_text_is_scored_on_the_classes_it_lost(stories, tmp_path, capsys):
    assert command.main(["quality", "--half-flat", "--data", str(stories), "--out", str(tmp_path)]) == 0
    assert "partially formatted text: 2 articles" in capsys.readouterr().out
    found = json.loads((tmp_path / "quality.json").read_text(encoding="utf-8"))["figures"]["half_flat"]
    assert found.keys() == partially_formatted.DEGREES.keys()
    assert found["nothing gone"] == {**dict.fromkeys(partially_formatted.CLASSES), "needless": 0}
    assert found["capitals with marks"]["case"] == 100
    assert found["capitals with marks"]["comma"] is None


# --- calibration ------------------------------------------------------------------------------------------------------


class Doubtful:
    """A scorer that puts a comma after every word; the digits of the word are its probability in percent."""

    def __init__(self):
        self.forms, self.calibration = {}, None
        self.biases = np.zeros(OFFSETS[-1], np.float32)
        self.biases[OFFSETS[heads.MARK] + heads.MARKS[","]] = 50

    def score_many(self, texts):
        for words in texts:
            scores = np.full((len(words), OFFSETS[-1]), -50.0, np.float32)
            scores[:, OFFSETS[:-1]] = 0
            likely = np.array([int(word[1:]) / 100 for word in words])
            scores[:, OFFSETS[heads.MARK] + heads.MARKS[","]] = np.log(likely / (1 - likely))
            yield scores


@pytest.mark.parametrize(
    ("share", "least", "most"),
    [(lambda p: p, 0.0, 1.5), (lambda p: p**2, 15.0, 18.0), (lambda p: min(1, p + 0.1), 8.5, 11.5)],
    ids=["calibrated", "overconfident", "underconfident"],
)
def test_the_calibration_error_matches_a_scorer_of_known_calibration(share, least, most):
    random = np.random.default_rng(5)
    percents = random.integers(1, 100, 6000)
    commas = random.random(len(percents)) < [share(percent / 100) for percent in percents]
    story = " ".join(f"w{percent}{',' if comma else ''}" for percent, comma in zip(percents, commas, strict=True))
    found = [claim for kind, claim in calibration.claims(story, Doubtful()) if kind == "punctuation"]
    binned = calibration.bins(found)
    assert len(found) == sum(one.count for one in binned) == len(percents) - 1  # none after the last word
    assert [10 * k <= 100 * one.probability < 10 * k + 10 for k, one in enumerate(binned)] == [True] * 10
    error = calibration.calibration_error(binned)
    assert least <= 100 * error <= most
    # With this many claims, a calibrated scorer has an error near that of chance, and others have a larger one.
    assert (error < 2 * calibration.error_by_chance(binned)) == (least == 0)


def test_gold_changes_restore_the_story_with_every_mixed_form():
    story = 'Mr. McCoy, of the BBC, met a McCOY. "We left," he said.\n"You fled."'
    gold = internals.gold_changes(story)
    flat = "mr mccoy of the bbc met a mccoy we left he said you fled"
    assert newsnorm.apply(flat, [newsnorm.Edit(*change, "case", 1.0) for change in gold]) == story.replace("\n", " ")
    assert {change[2] for change in gold if change[1] == "mccoy"} == {"McCoy", "McCOY"}


def test_a_quotation_is_right_if_both_its_marks_are_and_no_other_closes_between(monkeypatch):
    story = '"We left," he said. "You fled," she said. "I stayed."'
    flat = newsnorm.flatten(story)  # we left he said you fled she said i stayed

    def claimed(*spans):
        edits = [(offset, "", '"', "quotes", 0.5) for span in spans for offset in span]
        text = newsnorm.edits.write_edits(flat, edits)
        marks = [i for i, c in enumerate(text) if c == '"']
        quotations = [
            newsnorm.Quotation(begin + 1, end, text[begin + 1 : end], 0.5)
            for begin, end in zip(marks[::2], marks[1::2], strict=True)
        ]
        restoration = newsnorm.Restoration(flat, text, [newsnorm.Edit(*edit) for edit in edits], quotations)
        monkeypatch.setattr(newsnorm, "explain", lambda *_, **__: restoration)
        found = list(calibration.claims(story))
        return [[right for name, (_, right) in found if name == kind] for kind in ("quotes", "quotes, each mark")]

    left, fled, stayed = (flat.index(word) + len(word) for word in ("left", "fled", "stayed"))
    we, you, i = 0, flat.index("you"), flat.index("i stayed")
    assert claimed((we, left), (you, fled), (i, stayed)) == [[True] * 3, [True] * 6]
    assert claimed((we, fled), (i, stayed)) == [[False, True], [True] * 4]  # a quotation of the story closes in between
    assert claimed((we, left + 3)) == [[False], [True, False]]


# --- floors -----------------------------------------------------------------------------------------------------------


def test_a_value_at_its_bound_passes_and_a_value_beyond_it_is_missed():
    floors = {"quality.case": {"least": 90.0}, "memory.peak_mb": {"most": 250.0}}
    assert check.compare(floors, {"quality.case": 90.0, "memory.peak_mb": 250.0}) == []
    low, high = check.compare(floors, {"quality.case": 89.9, "memory.peak_mb": 250.1})
    assert low.startswith("quality.case is 89.9, below its floor of 90: see what changed with `python -m benchmarks q")
    assert high.startswith("memory.peak_mb is 250.1, above its ceiling of 250: see which stage grew")


def test_nan_misses_its_floor():
    assert check.compare({"quality.case": {"least": 1.0}}, {"quality.case": float("nan")})


def test_a_floor_for_something_that_is_not_measured_raises_an_error():
    with pytest.raises(SystemExit, match=r"has a floor for 'quality\.kase', which is not measured; measured are a, b"):
        check.compare({"quality.kase": {"least": 1.0}}, {"b": 1.0, "a": 1.0})


def test_every_floor_in_the_file_is_measured_and_has_exactly_one_bound(monkeypatch):
    monkeypatch.setattr(check, "call_in_new_process", lambda *_: 1.0)
    measured = check.measure(STORIES)
    floors = json.loads(check.FLOORS.read_text(encoding="utf-8"))["floors"]
    assert floors.keys() <= measured.keys()
    assert all(set(bound) in ({"least"}, {"most"}) for bound in floors.values())


def test_check_fails_below_a_floor_and_names_it(stories, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(check, "measure", lambda _: {"quality.case": 50.0, "memory.peak_mb": 100.0})
    floors = tmp_path / "floors.json"
    for least, status in ((60.0, 1), (40.0, 0)):
        floors.write_text(json.dumps({"floors": {"quality.case": {"least": least}}}), encoding="utf-8")
        monkeypatch.setattr(check.run, "__defaults__", (floors,))
        assert command.main(["check", "--data", str(stories), "--out", str(tmp_path)]) == status
    shown = capsys.readouterr()
    assert shown.err.count("floor missed: quality.case is 50, below its floor of 60") == 1
    assert "MISSED" in shown.out


def test_speed_and_peak_memory_are_measured_in_new_processes():
    assert process.call_in_new_process("benchmarks.check", "words_per_yardstick", "he left iraq", 1) > 0
    empty = process.call_in_new_process("benchmarks.support.process", "resident_memory")[1]
    assert process.call_in_new_process("benchmarks.check", "peak_memory", "he left iraq") > empty


def test_check_does_not_import_numpy_before_it_pins_the_process_to_one_core():
    # NumPy counts the cores when it is imported: it would multiply the yardstick's matrices on all of them.
    code = "import sys, benchmarks.check; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["False"], done.stderr


# --- reports ----------------------------------------------------------------------------------------------------------


def test_a_result_is_written_with_its_data_environment_and_plots(tmp_path):
    panels = [
        Bars("Speed", "words a second", {"ours": Spread(5.0, 4.0, 6.0, 3), "theirs": 2.0}, ["ours"]),
        Bars("Speed", "logarithmic", {"ours": 5000.0, "theirs": 2.0}, logarithmic=True),
        Bars("Quality", "percent", {"ours": 0.0}, full=100),
        Lines("Memory", "words", "MB", {"now": [(10, 1.0), (100, 2.0)], "peak": [(10, 2.0), (100, 3.0)]}, True),
    ]
    trial = Result("trial", [Table("t", ["a"], [["x"]])], {"spread": Spread.of([1, 2, 3])}, panels)
    paths = report.write(trial, tmp_path / "new" / "folder", {"cores": 2}, {"articles": 1})
    assert [path.name for path in paths] == ["trial.json", "trial.png", "trial.svg"]
    written = json.loads(paths[0].read_text(encoding="utf-8"))
    assert written["figures"] == {"spread": {"median": 2, "low": 1.5, "high": 2.5, "count": 3}}
    assert written["environment"] == {"cores": 2}
    assert paths[1].read_bytes().startswith(b"\x89PNG")
    drawn = paths[2].read_text(encoding="utf-8")
    assert all(text in drawn for text in ("words a second", "Memory", "peak", "theirs"))


def test_without_matplotlib_the_data_are_written_and_a_message_explains_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "benchmarks.support.plots", None)
    paths = report.write(Result("trial", [], {}, [Bars("a", "b", {"c": 1.0})]), tmp_path, {}, {})
    assert [path.name for path in paths] == ["trial.json"]
    assert "pip install '.[bench]'" in capsys.readouterr().err


def test_data_that_json_cannot_represent_raise_an_error(tmp_path):
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        report.write(Result("trial", [], {"a": {1, 2}}), tmp_path, {}, {})


# --- the encoder ------------------------------------------------------------------------------------------------------


def test_plain_products_have_the_shapes_of_the_packaged_model():
    from newsnorm.model import PACKAGED

    shapes = encoder.weight_shapes((PACKAGED / "model.onnx").read_bytes())
    assert (384, 1536) in shapes
    assert (1536, 384) in shapes
    assert all(width in (384, 1536) for width, _ in shapes)  # no table with the 30,522 rows of the vocabulary


def test_plain_products_have_the_expected_outputs_and_operations():
    products = encoder.Products.of([(8, 4), (4, 2)], threads=1)
    binding = products.bind(3)
    products.session.run_with_iobinding(binding)
    assert [one.shape for one in binding.copy_outputs_to_cpu()] == [(3, 4), (3, 2)]
    assert products.count_operations(3) == 2 * 3 * (8 * 4 + 4 * 2)


def test_calls_are_recorded_in_every_thread_until_the_with_statement_ends():
    products = encoder.Products.of([(8, 4)], threads=1)
    feed = {"rows_8": np.zeros((2, 8), np.uint8)}
    with encoder.record_calls() as calls:
        products.session.run(None, feed)
        thread = threading.Thread(target=products.session.run, args=(None, feed))
        thread.start()
        thread.join()
    products.session.run(None, feed)
    assert len(calls.spans) == len(calls.feeds) == 2
    assert 0 < calls.busy_seconds() <= sum(end - begin for begin, end in calls.spans) * 1.001
    assert calls.session is products.session


# --- third-party tools ------------------------------------------------------------------------------------------------


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """A tool without requirements that runs in the current Python, so that tests install nothing."""
    workers = tmp_path / "workers"
    workers.mkdir()
    (workers / "serve.py").write_bytes((ROOT / "benchmarks/workers/serve.py").read_bytes())
    (workers / "shout.py").write_text(
        "import sys, time\n"
        "def load(training):\n"
        "    def work(texts):\n"
        "        print('noise that is no answer')\n"
        "        if texts == ['raise']: raise ValueError('odd quotes')\n"
        "        if texts == ['sleep']: time.sleep(60)\n"
        "        if texts == ['eat']: return [len(b'x' * 3_000_000_000)]\n"
        "        if texts == ['die']:\n"
        "            sys.stderr.write('terminate called\\n'); sys.stderr.flush()\n"
        "            import os; os._exit(3)\n"
        "        return [text.upper() + str(len(training)) for text in texts]\n"
        "    return work\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(venvs, "_WORKERS", workers)
    monkeypatch.setattr(venvs, "make", lambda _: sys.executable)
    return Tool("Shout", "shout", ())


def test_a_worker_answers_even_if_its_tool_prints(tool):
    with Worker(tool, training=["A.", "B."]) as worker:
        answer = worker.work(["he left"])
        assert answer["results"] == ["HE LEFT2"]
        assert 0 <= answer["seconds"] < worker.started + 60
        assert answer["peak"] > 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("raise", "failed: ValueError: odd quotes"),
        ("die", "failed: its process ended with status 3; terminate called"),
        ("sleep", "over the time limit of 0.5 s"),
        ("eat", "failed: MemoryError:"),
    ],
)
def test_a_failing_worker_reports_the_reason(tool, text, reason):
    with Worker(tool, memory_mb=2_000) as worker, pytest.raises(ToolError, match=reason):
        worker.work([text], seconds=0.5 if text == "sleep" else 60)


def test_a_tool_that_changes_words_is_scored_on_the_other_words_and_the_changes_are_counted():
    gold = ["He can not leave Iraq, he said."]
    found = rivals._score(gold, data.flatten(gold), ["He cannot leave Iraq he said"], ["case"])
    assert found["f1"]["case"] == 100
    assert found["f1"]["comma"] is None  # not attempted
    assert found["words_changed"] == 2
    assert found["documents_with_all_words"] == 0


def test_tools_with_different_requirements_have_different_folders():
    one, other = Tool("A + b", "a", ("x",)), Tool("A + b", "a", ("x", "y"))
    assert one.folder != other.folder
    assert one.folder.name.startswith("a-b-")


def test_every_tool_has_a_worker_and_every_worker_is_used():
    used = {tool.worker for tool in (*rivals.RIVALS, *(tool for tool, _ in downstream.TASKS.values()))}
    existing = {path.stem for path in (ROOT / "benchmarks/workers").glob("*.py")}
    assert existing == used | {"serve"}


# --- the command line -------------------------------------------------------------------------------------------------


def test_every_subcommand_is_a_module_and_every_module_is_a_subcommand():
    for name in command.COMMANDS:
        assert callable(import_module(f"benchmarks.{name}").run)
    assert {path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py")} == set(command.COMMANDS)


FAST = [
    ("quality", []),
    ("calibration", []),
    ("speed", ["--repeats", "1", "--long-run", "100"]),
    ("startup", ["--repeats", "1"]),
    ("memory", ["--repeats", "1", "--characters", "2000"]),
    ("scaling", ["--repeats", "1", "--most", "1000"]),
    ("streaming", ["--megabytes", "1", "--without-encoder"]),
    ("integrations", ["--repeats", "1", "--rows", "8", "--words", "5", "--only", "jsonl"]),
]


@pytest.mark.parametrize(("name", "options"), FAST, ids=[name for name, _ in FAST])
def test_a_subcommand_prints_a_table_and_writes_its_data(name, options, stories, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("benchmarks.scaling.BASELINE", 1000)
    assert command.main([name, "--data", str(stories), "--out", str(tmp_path), *options]) == 0
    printed = capsys.readouterr().out
    assert name in printed
    assert f"{name}.json" in printed.splitlines()[-1]
    written = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert written["data"]["articles"] == 2
    assert written["environment"]["packages"]["onnxruntime"]
    assert (tmp_path / f"{name}.svg").stat().st_size > 1000


def test_the_public_subcommand_reads_test_sets(test_sets, tmp_path, capsys):
    assert command.main(["public", "--data", str(test_sets), "--out", str(tmp_path)]) == 0
    assert "marks between tokens" in capsys.readouterr().out
    assert json.loads((tmp_path / "public.json").read_text(encoding="utf-8"))["data"]["articles"] == 2


def test_the_benchmarks_start_as_a_module():
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    printed = " ".join(done.stdout.split())
    assert all(f"{name} {text}" in printed for name, text in command.COMMANDS.items())  # also the percent sign
