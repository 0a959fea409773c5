"""The training commands from end to end, on the seed stories and an encoder small enough to train in seconds."""

import json
from collections import Counter

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from strategies import SEEDS, STORIES, WORDS

import newsnorm
from newsnorm.decoding import Decoded
from newsnorm.labels import HEAD_SIZES, HEADS, heads, read
from newsnorm.model import checksum
from newsnorm.model.compounds import Compounds, number_pairs, number_words
from newsnorm.model.scores import OFFSETS
from newsnorm.model.subwords import Vocabulary
from newsnorm.training import compounds, corpus
from newsnorm.training.__main__ import main
from newsnorm.training.calibrate import calibrate, claims
from newsnorm.training.mixture import LONGEST_SENTENCE, Source, load_mixture
from newsnorm.training.network import _RENAMED, Network, _bucket, load_pretrained
from newsnorm.training.quantised import load_quantised
from newsnorm.training.train import Settings, Student, distillation_losses, load_network, losses, rate, train
from newsnorm.training.tune import _tune_head
from newsnorm.words import flatten

SHAPE = {"vocab_size": 0, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3}
SHAPE |= {"num_attention_heads": 2, "max_position_embeddings": 512, "layer_norm_eps": 1e-12}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """Return the folder of a BERT encoder of 3 layers with random weights, laid out like a pretrained one."""
    folder = tmp_path_factory.mktemp("encoder")
    letters = sorted({c for word in WORDS for c in word})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *("##" + c for c in letters), *WORDS]
    pieces = list(dict.fromkeys(pieces))
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(SHAPE | {"vocab_size": len(pieces)}))
    torch.manual_seed(1)
    network = Network(vocabulary=len(pieces), width=32, inner=64, layers=3, heads=2)
    weights = {name: value for name, value in network.state_dict().items() if not name.startswith(("here", "next"))}
    save_file(weights, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora")
    (folder / "stories.txt").write_text("\n\n".join(STORIES.values()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def cache(corpora, encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    main(["build", "--corpora", str(corpora), "--cache", str(folder), "--encoder", str(encoder), "--jobs", "1"])
    return folder


@pytest.fixture(scope="module")
def checkpoint(cache, encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    arguments = ["--cache", cache, "--encoder", encoder, "--run", folder, "--subwords", 420_000, "--layers", 2]
    main(["train", *map(str, arguments), "--batch", "8", "--learning-rate", "3e-3"])
    return folder / "final.pt"


def test_build_reads_the_labels_of_the_stories(cache, encoder):
    with np.load(cache / "stories.npz") as arrays:
        ids, ends, rows, begins = (arrays[name] for name in ("ids", "ends", "labels", "begins"))
    vocabulary = Vocabulary((encoder / "vocab.txt").read_text().split())
    assert len(begins) == len(STORIES)
    assert (ids[begins] == vocabulary.start).all()
    assert len(ends) == len(rows) == sum(len(flatten(story).split()) for story in STORIES.values())
    labels = np.concatenate([read(story).labels for story in STORIES.values()])
    kept = rows != corpus.MASK
    assert (rows[kept] == labels[kept]).all()
    assert kept.mean() > 0.95
    # A capital at the start of a sentence does not show the case of the word.
    assert (rows[labels[:, heads.START] == 1, heads.CASE] == corpus.MASK).all()


def test_training_reduces_the_loss_and_reaches_its_length(checkpoint):
    log = [json.loads(line) for line in (checkpoint.parent / "log.jsonl").read_text().splitlines()]
    assert log[-1]["loss"] < 2
    network, state = load_network(checkpoint)
    assert state["subwords"] >= 420_000
    assert len(network.encoder.layer) == 2


def test_a_resumed_run_sees_the_same_windows(cache, encoder, tmp_path, monkeypatch):
    settings = Settings(subwords=8 * 256 * 6, learning_rate=1e-3)

    def weights(folder):
        return torch.cat([p.flatten() for p in load_network(folder / "final.pt")[0].parameters()])

    torch.manual_seed(1)
    train({tmp_path / "whole": load_pretrained(encoder)}, load_mixture(cache), settings)

    # Interrupted by an error after a checkpoint, as if the machine had failed.
    from newsnorm.training import train as module

    torch.manual_seed(1)
    ticks = iter(range(0, 10**9, 601))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(ticks) / 1)
    mixture = load_mixture(cache)
    draw = mixture.batch

    def failing(step, **settings):
        if step == 3:
            raise KeyboardInterrupt
        return draw(step, **settings)

    mixture.batch = failing
    with pytest.raises(KeyboardInterrupt):
        train({tmp_path / "stopped": load_pretrained(encoder)}, mixture, settings)
    monkeypatch.undo()
    torch.manual_seed(2)
    train({tmp_path / "stopped": load_pretrained(encoder)}, load_mixture(cache), settings)
    # The second start initialised the heads differently; the checkpoint must have overwritten them.
    assert torch.allclose(weights(tmp_path / "whole"), weights(tmp_path / "stopped"), atol=1e-5)


def test_several_checkpoints_are_averaged(checkpoint, tmp_path):
    state = torch.load(checkpoint, weights_only=True)
    one = {name: weights.clone() for name, weights in state["network"].items()}
    state["network"] = {name: weights + 2 for name, weights in one.items()}
    state["subwords"] = 7
    torch.save(state, tmp_path / "other.pt")
    network, found = load_network(checkpoint, tmp_path / "other.pt")
    assert found["averaged"] == [found["subwords"], 7]
    for name, weights in network.state_dict().items():
        assert torch.allclose(weights, one[name] + 1, atol=1e-6)
    assert "averaged" not in load_network(checkpoint)[1]


def test_attention_is_the_same_in_training_and_inference(encoder):
    network = load_pretrained(encoder)
    ids = torch.randint(4, network.shape["vocabulary"], (3, 40), generator=torch.Generator().manual_seed(1))
    assert torch.allclose(network.train()(ids), network.eval()(ids), atol=1e-5)


def test_students_of_several_depths_learn_from_a_teacher(checkpoint, cache, encoder, tmp_path):
    given = ["--cache", cache, "--encoder", encoder, "--run", tmp_path, "--subwords", 8 * 256 * 80, "--layers", 1, 2]
    given += ["--windows", 256, 64, "--learning-rate", "1e-2", "--teacher", checkpoint, "--distillation-weight", 1]
    main(["train", *map(str, given)])
    ids, labels = (torch.from_numpy(part).long() for part in drawn(load_mixture(cache), 0))
    with torch.no_grad():
        teacher_scores = load_network(checkpoint)[0](ids)
        untrained = load_pretrained(encoder)(ids)
        before = distillation_losses(untrained, teacher_scores, labels).sum()
        for layers in (1, 2):
            network, state = load_network(tmp_path / f"{layers}-layers" / "final.pt")
            assert network.shape["layers"] == layers
            assert state["settings"]["distillation_weight"] == 1
            assert state["subwords"] >= 8 * 256 * 80
            assert distillation_losses(network(ids), teacher_scores, labels).sum() < before / 2


def test_networks_with_checkpoints_of_different_steps_cannot_resume(cache, encoder, tmp_path):
    networks = {tmp_path / name: load_pretrained(encoder) for name in "ab"}
    for (folder, network), step in zip(networks.items(), (1, 2), strict=True):
        student = Student(network, folder, Settings(), "cpu")
        student.save("checkpoint.pt", resumable=True, step=step, subwords=0, seconds=0.0)
    with pytest.raises(ValueError, match="of different steps: remove"):
        train(networks, load_mixture(cache), Settings())


def test_the_distillation_loss_is_zero_for_equal_probabilities_and_ignores_masked_words():
    scores, labels = torch.randn(2, 4, sum(HEAD_SIZES.values())), torch.zeros(2, 4, len(HEADS))
    assert distillation_losses(scores, scores + 7, labels).abs().max() < 1e-6
    other = torch.randn_like(scores)
    apart = distillation_losses(scores, other, labels)
    assert (apart > 0).all()
    # A subword that does not end a word has no labels and does not count.
    labels[:, 1] = corpus.MASK
    other[:, 1] = scores[:, 1]
    assert torch.allclose(
        distillation_losses(scores, other, labels) * 6, distillation_losses(scores, other, labels * 0) * 8
    )
    # Nor does the case of a sentence-initial word, on which the teacher was never trained.
    labels[:, 2, heads.CASE] = corpus.MASK
    first = OFFSETS[heads.CASE]
    changed = other.clone()
    changed[:, 2, first:] += torch.randn_like(changed[:, 2, first:])
    assert torch.equal(distillation_losses(scores, changed, labels), distillation_losses(scores, other, labels))


def test_an_mpnet_is_loaded_with_the_ids_of_bert(encoder, tmp_path):
    bert = (encoder / "vocab.txt").read_text().split()
    theirs = ["<s>", "<pad>", "</s>", "<unk>", *bert, "<mask>"]
    (tmp_path / "vocab.txt").write_text("\n".join(theirs) + "\n")
    config = {"model_type": "mpnet", "relative_attention_num_buckets": 8, "max_position_embeddings": 66}
    (tmp_path / "config.json").write_text(json.dumps(SHAPE | config | {"vocab_size": len(theirs)}))
    network = Network(vocabulary=len(theirs), width=32, inner=64, layers=3, heads=2, positions=66, buckets=8)
    back = {ours: theirs for theirs, ours in _RENAMED.items()}
    weights = {}
    for name, value in network.state_dict().items():
        for ours, theirs_ in back.items():
            name = name.replace(ours, theirs_)
        if not name.startswith(("here", "next", "embeddings.token_type")):
            weights[name] = value
    save_file(weights, tmp_path / "model.safetensors")

    found = load_pretrained(tmp_path).embeddings
    words = weights["embeddings.word_embeddings.weight"]
    assert torch.equal(found.word_embeddings.weight[bert.index("[CLS]")], words[0])
    assert torch.equal(found.word_embeddings.weight[bert.index("[SEP]")], words[2])
    assert torch.equal(found.word_embeddings.weight[-1], words[-2])
    assert torch.equal(found.position_embeddings.weight, weights["embeddings.position_embeddings.weight"][2:])
    assert not found.token_type_embeddings.weight.any()


def test_the_relative_position_bias_depends_on_side_and_distance():
    numbers = _bucket(torch.arange(-300, 301), 32)
    # Distance zero belongs to one side only.
    assert sorted(set(numbers.tolist())) == [*range(16), *range(17, 32)]
    left, right = numbers[:300].flip(0), numbers[301:]
    assert (left < 16).all()
    assert torch.equal(right, left + 16)
    assert left[:8].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (left.diff() >= 0).all()
    assert (left[127:] == 15).all()
    network = Network(vocabulary=20, width=32, inner=64, layers=1, heads=2, buckets=32)
    ids = torch.randint(20, (2, 13), generator=torch.Generator().manual_seed(1))
    assert torch.allclose(network.train()(ids), network.eval()(ids), atol=1e-5)
    given = network(ids)
    with torch.no_grad():
        network.encoder.relative_attention_bias.weight[3] += 5
    assert (network(ids) - given).abs().max() > 1e-3


def test_a_run_can_start_from_a_model_or_a_checkpoint(checkpoint, cache, encoder, tmp_path):
    common = ["--cache", str(cache), "--encoder", str(encoder)]
    main(["export", *common, "--checkpoint", str(checkpoint), "--out", str(tmp_path / "model")])
    network, first = load_network(checkpoint)
    again = load_quantised(tmp_path / "model" / "model.onnx", encoder, layers=2)
    for name, weights in network.state_dict().items():
        # One step of seven bits over the range of a channel, or of a whole embedding table.
        step = (weights.max() - weights.min()).item() / 126
        assert torch.allclose(again.state_dict()[name], weights, atol=step), name

    run = ["--run", str(tmp_path / "run"), "--subwords", "5000", "--learning-rate", "1e-6"]
    main(["train", *common, *run, "--start", str(tmp_path / "model")])
    _, state = load_network(tmp_path / "run" / "final.pt")
    log = state["settings"]
    assert (log["start"], log["before"]) == (checksum(tmp_path / "model")[:12], first["subwords"])
    final = ["--checkpoint", str(tmp_path / "run" / "final.pt"), "--out", str(tmp_path / "next")]
    main(["export", *common, *final, "--window", "128"])
    card, longest = (json.loads((tmp_path / name / "model.json").read_text()) for name in ("next", "model"))
    assert (card["window"], card["margin"]) == (128, 12)
    assert (longest["window"], longest["margin"]) == (256, 24)
    assert card["subwords_seen"] == first["subwords"] + state["subwords"]
    gold = ["--gold", str(SEEDS / "conflict.txt"), "--model", str(tmp_path / "next")]
    main(["card", "--cache", str(cache), *gold])
    main(["train", *common, "--run", str(tmp_path / "on"), *run[2:], "--start", str(tmp_path / "run" / "final.pt")])
    on = load_network(tmp_path / "on" / "final.pt")[1]["settings"]
    assert on["before"] == first["subwords"] + state["subwords"]
    assert on["start"] not in ("", log["start"])
    assert f"began with the weights of model {log['start']}" in (tmp_path / "next" / "MODEL_CARD.md").read_text()


def drawn_text(encoder, ids, labels):
    """Return the text of a window, with the quotation and final marks of its labels."""
    pieces = (encoder / "vocab.txt").read_text().split()
    return " ".join(
        ("" if row[heads.OPEN] < 1 else '"')
        + pieces[i]
        + ("" if row[heads.MARK] < 0 else HEADS["mark"][row[heads.MARK]])
        for i, row in zip(ids, labels, strict=True)
    )


def test_single_sentences_are_complete_and_enclosed_in_start_and_end_token(cache, encoder):
    source, random = Source(cache / "stories.npz"), np.random.default_rng(1)
    seen = 0
    for size in range(LONGEST_SENTENCE + 1):
        drawn = source.sentence(size, random)
        if drawn is None:
            continue
        ids, labels = drawn
        seen += 1
        assert len(ids) == len(labels) == size + 2
        text = drawn_text(encoder, ids, labels)
        assert text.startswith("[CLS] ")
        assert text.endswith(" [SEP]")
        assert "[CLS]" not in text[1:]
        words = labels[labels[:, heads.MARK] != corpus.MASK]
        assert (words[0, heads.START], words[-1, heads.MARK] in heads.SENTENCE_STARTS_AFTER) == (1, True)
        assert (labels[:, heads.PARAGRAPH] == corpus.MASK).all()
        # It contains no half of a quotation.
        assert words[:, heads.OPEN].sum() == words[:, heads.CLOSE].sum()
        # It is a single sentence.
        inner = words[:-1]
        ends = np.isin(inner[:, heads.MARK], list(heads.SENTENCE_STARTS_AFTER)) & (words[1:, heads.START] == 1)
        assert not ends.any()
    assert seen > 20


def test_the_windows_of_a_batch_share_one_of_the_lengths(cache):
    shapes = {drawn(load_mixture(cache), step, windows=[128, 64])[0].shape for step in range(20)}
    assert shapes == {(8, 128), (16, 64)}


def drawn(mixture, step, windows=(256,)):
    return mixture.batch(step, size=8, windows=windows, sentences=0.0, seed=1)


def test_a_batch_of_sentences_has_at_most_the_subwords_of_one_of_windows(cache):
    mixture = load_mixture(cache)
    settings = {"size": 8, "windows": [256], "seed": 1}
    windows, _ = mixture.batch(0, sentences=0.0, **settings)
    assert windows.shape == (8, 256)
    lengths = set()
    for step in range(30):
        ids, labels = mixture.batch(step, sentences=1.0, **settings)
        assert ids.shape == labels.shape[:2]
        if ids.shape != windows.shape:  # lengths without a sentence fall back to windows
            lengths.add(ids.shape[1])
            assert ids.shape[0] * ids.shape[1] <= windows.size
    assert len(lengths) > 5


def test_the_learning_rate_is_constant_until_the_cooldown():
    settings = Settings(learning_rate=1.0, warmup=10, cooldown=0.25)
    assert rate(settings, 4, 0.0) == 0.5
    assert [rate(settings, 99, done) for done in (0.1, 0.75, 0.875, 1.0)] == [1.0, 1.0, 0.5, 0.0]
    assert rate(Settings(learning_rate=1.0), 999, 0.25) == 0.75


def test_masked_labels_have_no_loss_and_no_gradient():
    scores = torch.randn(1, 4, sum(HEAD_SIZES.values()), requires_grad=True)
    labels = torch.full((1, 4, len(HEADS)), corpus.MASK)
    assert losses(scores, labels).sum() == 0
    labels[0, 2, heads.MARK] = 3
    losses(scores, labels).sum().backward()
    assert scores.grad[0, 2].abs().sum() > 0
    assert scores.grad[0, [0, 1, 3]].abs().sum() == 0


def test_a_model_is_exported_tuned_evaluated_and_described(checkpoint, cache, encoder, corpora, tmp_path, capsys):
    model, gold = tmp_path / "model", corpora / "stories.txt"
    common = ["--cache", str(cache)]
    main(["export", "--checkpoint", str(checkpoint), "--encoder", str(encoder), "--out", str(model), *common])
    main(["tune", "--model", str(model), "--gold", str(gold)])
    main(["evaluate", "--model", str(model), "--gold", str(gold), "--out", str(tmp_path / "out")])
    assert "quote_span" in capsys.readouterr().out
    (tmp_path / "rights.md").write_text("Written for the tests.")
    main(["card", "--model", str(model), "--gold", str(gold), "--rights", str(tmp_path / "rights.md"), *common])
    assert Compounds.read((model / "compounds.bin").read_bytes()).pairs.size > 50
    card = (model / "MODEL_CARD.md").read_text()
    assert "Written for the tests." in card
    entries = json.loads((model / "model.json").read_text())
    assert entries["sha256"]["model.onnx"] in card
    # This model finds too few quotations in 18 stories to calibrate them.
    assert "calibration" not in entries
    assert "None: probabilities follow from the scores alone." in card
    flat = flatten(STORIES["politics"])
    restored = newsnorm.restore(flat, model=model)
    assert flatten(restored) == flat
    assert restored != flat
    assert (tmp_path / "out" / "stories.txt").read_text().count("\n\n") == len(STORIES) - 1


def test_export_refuses_an_int8_model_that_differs_too_much(checkpoint, cache, encoder, tmp_path, monkeypatch):
    from newsnorm.training import export

    def spoil(_, target):
        network, _ = load_network(checkpoint)
        torch.manual_seed(5)
        for weights in network.parameters():
            torch.nn.init.normal_(weights)
        export.to_onnx(network, target)

    monkeypatch.setattr(export, "quantise", spoil)
    network, state = load_network(checkpoint)
    with pytest.raises(ValueError, match="differs too much"):
        export.export(network, state, encoder, cache, tmp_path / "model")


def test_the_case_lexicon_has_frequent_mixed_forms_and_capitalised_words():
    counts = Counter({"McCain": 40, "Mccain": 2, "mccain": 1, "Iraq": 9, "iraq": 1, "vote": 50, "Vote": 3, "IPad": 2})
    preferred, proper = corpus.case_lexicon(counts)
    assert preferred == {"mccain": "McCain"}
    assert proper == {"mccain", "iraq", "ipad"}


def test_words_nearly_always_in_capitals_keep_them_in_the_case_lexicon():
    counts = Counter({"NASA": 30, "Nasa": 2, "US": 30, "us": 60, "FARC": 9, "IBM": 20, "Ibm": 3, "X": 40})
    assert corpus.case_lexicon(counts)[0] == {"nasa": "NASA"}


def test_quotation_marks_that_do_not_pair_are_masked():
    labels = read('"One," he said. "Two," he said. "Three," he said.').labels
    labels[3, heads.CLOSE] = 0  # the mark after "two" is lost
    corpus.mask_quotes(labels)
    assert labels[0, heads.OPEN] == labels[0, heads.CLOSE] == labels[6, heads.OPEN] == labels[6, heads.CLOSE] == 1
    assert (labels[3:6, heads.OPEN] == corpus.MASK).all()
    assert (labels[3:6, heads.CLOSE] == corpus.MASK).all()


def test_multi_paragraph_quotations_are_not_masked():
    labels = read('"One.\n"Two.\n"Three," he said.').labels
    before = labels.copy()
    corpus.mask_quotes(labels)
    assert (labels == before).all()


def test_compressed_sources_are_read_like_plain_ones(tmp_path):
    import gzip
    import lzma

    text = "One line.\nAnother.\n\n\nA second article.\n"
    (tmp_path / "a.txt").write_text(text)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "a.txt.xz").write_bytes(lzma.compress(text.encode()))
    for name in ("a.txt", "a.txt.gz", "a.txt.xz"):
        assert list(corpus.articles(tmp_path / name)) == ["One line.\nAnother.", "A second article."]
        assert corpus.source_name(tmp_path / name) == "a"


@pytest.mark.parametrize(("before", "after", "begin", "size"), [(100, 100, 70, 62), (3, 4, 0, 11), (50, 0, 20, 34)])
def test_excerpts_contain_the_words_around_a_rare_label(before, after, begin, size):
    vocabulary = Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "left", "write", "me", "news", "com"])
    story = " ".join(["left"] * before + ["write me@news.com"] + ["left"] * after)
    assert before + 4 + after >= 11
    labels = read(story)
    ids, ends = vocabulary.encode(labels.words)
    numbers = number_words(labels.words)
    other = corpus.Article(ids.astype(np.uint16)[[0, 1, 2, -1]], ends[:2], labels.labels[:2], numbers[:2])
    article = corpus.Article(ids.astype(np.uint16), ends, labels.labels, numbers)
    found = list(corpus.excerpts(corpus.arrays([other, article, other]), heads.JOIN, heads.JOINS["@"], words=31))
    assert len(found) == 1
    cut = found[0]
    assert len(cut.labels) == len(cut.ends) == size
    assert (cut.labels == labels.labels[begin : begin + size]).all()
    assert (cut.words == numbers[begin : begin + size]).all()
    assert (cut.ids == [ids[0], *ids[begin + 1 : begin + size + 1], ids[-1]]).all()
    assert (cut.ends == range(1, size + 1)).all()


def test_addresses_become_a_separate_source(encoder, tmp_path):
    (tmp_path / "mail.txt").write_text("Rebels left Yemen on Friday. " * 8 + "Write to news@rebels.com.")
    main(["build", "--corpora", str(tmp_path), "--cache", str(tmp_path), "--encoder", str(encoder), "--jobs", "1"])
    assert load_mixture(tmp_path).names == ["addresses", "mail"]


def test_pairs_are_counted_within_articles(encoder, tmp_path):
    stories = [
        "Fire. The so-called truce held in Aden, so called by nobody, and the so-called rebels left. "
        + "They fled. " * 20,
        "Cease fire, he said, and a cease-fire it was, in Aden as in Sanaa and all over Yemen. "
        + "They fled. " * 20
        + "Cease",
        "-fire. " + "They fled. " * 20,
    ]
    (tmp_path / "news.txt").write_text("\n\n".join(stories))
    main(["build", "--corpora", str(tmp_path), "--cache", str(tmp_path), "--encoder", str(encoder), "--jobs", "1"])
    found = Compounds.read(compounds.count_pairs(tmp_path))
    so_called, cease_fire = (number_pairs(number_words(pair.split())) for pair in ("so called", "cease fire"))
    assert sorted(found.pairs) == sorted([*so_called, *cease_fire])
    odds = found.features[found.find(np.concatenate([so_called, cease_fire])), 2]
    assert odds == pytest.approx([np.log(2.5 / 1.5), np.log(1.5 / 1.5)])


def test_hyphen_weights_match_the_data():
    """The true log odds are the encoder's, shifted up for rare pairs and down for unknown ones."""
    random = np.random.default_rng(1)
    n = 40_000
    pairs = np.arange(3, dtype=np.uint32)
    table = Compounds(pairs, np.array([3, 5, 50]), np.array([4, 10, 100]))
    rows = random.integers(0, 4, n - 1)
    truth = random.normal(-2, 2, n)
    scores = np.full((n, OFFSETS[-1]), -30.0, np.float32)
    scores[:, OFFSETS[heads.JOIN]] = 0
    scores[:, OFFSETS[heads.JOIN] + heads.JOINS["-"]] = truth
    shifts = np.array([1.0, 1.0, 0.0, -1.0])[rows] - 0.3 * truth[:-1] * (rows < 3)
    labels = np.zeros((n, len(HEADS)), np.int8)
    labels[:-1, heads.JOIN] = heads.JOINS["-"] * (random.random(n - 1) < 1 / (1 + np.exp(-truth[:-1] - shifts)))
    weights = compounds.fit_weights(table, [rows], [scores], [labels])
    expected = {"absent": -1, "rare": 1, "rare odds": 0, "common": 0, "common odds": 0, "encoder": -0.3}
    assert weights == pytest.approx(expected, abs=0.15)
    # Too few hyphens for a fit.
    assert compounds.fit_weights(table, [rows[:9]], [scores[:10]], [labels[:10]]) == {}


def test_wrong_folders_are_reported(tmp_path):
    with pytest.raises(SystemExit, match="no sources"):
        main(["build", "--corpora", str(tmp_path), "--cache", str(tmp_path), "--encoder", str(tmp_path)])
    with pytest.raises(ValueError, match="build"):
        load_mixture(tmp_path)
    assert SEEDS.exists()


def test_calibration_finds_slope_and_shift():
    """Quotations with log odds x are right with log odds 2 x - 1."""
    random = np.random.default_rng(3)
    x = random.normal(0, 1.5, 20_000)
    right = random.random(len(x)) < 1 / (1 + np.exp(1 - 2 * x))
    found = list(zip((1 / (1 + np.exp(-x))).tolist(), right.tolist(), strict=True))
    fitted = calibrate(found)["quotes"]
    assert fitted["slope"] == pytest.approx(2, abs=0.1)
    assert fitted["shift"] == pytest.approx(-1, abs=0.1)
    # Probabilities of 0 and 1 are allowed.
    assert calibrate([*found, (0.0, False), (1.0, True)])["quotes"]["slope"] > 1.5
    # With too few quotations, or a negative slope, the probabilities stay unchanged.
    assert calibrate([]) == calibrate(found[:60]) == calibrate([(0.9, True)] * 200) == {}
    assert calibrate([(p, not one) for p, one in found]) == {}


def test_a_quotation_is_right_if_gold_opens_and_closes_it_and_closes_none_between():
    gold = read('"We left," he said. "We fled,\n"and came back," he said.').labels
    pairs = [(0, 1, 0.9), (4, 8, 0.8), (0, 8, 0.7), (4, 9, 0.6), (6, 8, 0.5)]
    decoded = Decoded(gold, np.ones(gold.shape, np.float32), pairs)
    assert list(claims(decoded, gold)) == [(0.9, True), (0.8, True), (0.7, False), (0.6, False), (0.5, True)]


def test_a_rare_mark_does_not_replace_every_common_one():
    """Of 1,000 equal gaps, 500 have commas, 100 dashes: dashes everywhere would be best for the F1 of dashes alone."""
    truth = np.zeros((1000, len(HEADS)), np.int8)
    truth[:500, heads.MARK], truth[500:600, heads.MARK] = heads.MARKS[","], heads.MARKS["—"]
    scores = np.full((1000, OFFSETS[-1]), -20.0, np.float32)
    for form, share in (("", 0.4), (",", 0.5), ("—", 0.1)):
        scores[:, OFFSETS[heads.MARK] + heads.MARKS[form]] = np.log(share)
    biases = np.zeros(OFFSETS[-1], np.float32)
    _tune_head(heads.MARK, [(scores, truth)], biases)
    chosen = (scores + biases)[0, OFFSETS[heads.MARK] : OFFSETS[heads.MARK + 1]].argmax()
    assert HEADS["mark"][chosen] == ","


def test_files_with_few_marks_of_a_class_do_not_affect_its_bias():
    """One file has 100 questions with a probability of 30 %; the other has one, which the model misses."""

    def file(n, asked, likely):
        truth = np.zeros((n, len(HEADS)), np.int8)
        truth[:asked, heads.MARK] = heads.MARKS["?"]
        scores = np.full((n, OFFSETS[-1]), -10.0, np.float32)
        scores[:, OFFSETS[heads.MARK]] = 0
        scores[likely, OFFSETS[heads.MARK] + heads.MARKS["?"]] = np.log(0.3 / 0.7)
        return scores, truth

    asking = file(1000, 100, slice(0, 110))
    for files in ([asking], [asking, file(1000, 1, slice(500, 502))]):
        biases = np.zeros(OFFSETS[-1], np.float32)
        _tune_head(heads.MARK, files, biases)
        assert biases[OFFSETS[heads.MARK] + heads.MARKS["?"]] > 0.8
    biases = np.zeros(OFFSETS[-1], np.float32)
    _tune_head(heads.MARK, [file(1000, 20, slice(0, 22))], biases)
    assert not biases.any()
