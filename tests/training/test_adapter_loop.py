"""Training of adapters on a small base: it learns, keeps the base, resumes, and writes a folder."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gsaocr.adapters.lora import scaling
from gsaocr.adapters.peft_format import read_adapter
from gsaocr.errors import AdapterError, OutputError, TrainingError, UsageError
from gsaocr.recognizer.model import Recognizer
from gsaocr.recognizer.weights import fingerprint, load_model, save_model
from gsaocr.training.adapter_batches import EpochBatches
from gsaocr.training.adapter_config import AdapterTraining
from gsaocr.training.adapter_data import TruthLine
from gsaocr.training.adapter_loop import AFTER, BEFORE, AdapterReport, AdapterRun
from gsaocr.training.adapter_result import finish
from gsaocr.training.augment import augmented
from gsaocr.training.recase import recased
from tests.adapters.conftest import SMALL

LETTERED = replace(
    SMALL, characters=SMALL.characters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ", upper_blocks=1
)
WORDS = ("abba", "cab", "bad", "dada")


def drawn(text: str, seed: int) -> NDArray[Any]:
    image = np.full((30, 14 * len(text) + 12), 235, np.uint8)
    cv2.putText(image, text, (5, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20,), 1, cv2.LINE_AA)
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "lines"
    folder.mkdir()
    for n in range(24):
        text = WORDS[n % len(WORDS)]
        cv2.imwrite(str(folder / f"l-{n:02}.png"), drawn(text, n))
        (folder / f"l-{n:02}.gt.txt").write_text(text)
    return folder


@pytest.fixture
def base_path(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    path = tmp_path / "base.safetensors"
    save_model(Recognizer(LETTERED), path)
    return path


@pytest.fixture
def training(data: Path, base_path: Path, tmp_path: Path) -> AdapterTraining:
    return AdapterTraining(
        data=(data,),
        out=tmp_path / "adapter",
        base=base_path,
        parts=("upper", "decoder"),
        rank=4,
        epochs=12,
        validations=3,
        batch_pixels=700,
        learning_rate=1e-2,
        check=(data,),
        threads=1,
    )


def losses(run: AdapterRun) -> float:
    run.attachment.train(False)
    batches = EpochBatches(run.train_lines, run.model.config, 10_000, 0.0, False, 1, 1)
    with torch.no_grad():
        rate = [run._losses(keyed)["ctc"] for keyed in batches.epoch(0)]
    run.attachment.train(True)
    return float(sum(rate) / len(rate))


@pytest.mark.parametrize("parts", [("upper", "decoder"), ("encoder",)])
def test_it_learns_and_the_base_stays(training: AdapterTraining, parts: tuple[str, ...]) -> None:
    run = AdapterRun(replace(training, parts=parts))
    assert (run.cache is None) == (parts == ("encoder",))
    before = losses(run)
    seen: list[AdapterReport] = []
    adapter = run.go(seen.append)
    assert losses(run) < 0.8 * before
    assert run.progress.validations >= 3
    assert all(0 <= report.done <= 1 for report in seen)
    run.attachment.detach()
    assert fingerprint(run.model.state_dict()) == run.base.fingerprint
    assert any(float(t.abs().max()) > 0 for n, t in adapter.tensors.items() if "lora_B" in n)


def test_the_folder(training: AdapterTraining) -> None:
    run = AdapterRun(training)
    result = finish(run, run.go())
    names = sorted(path.name for path in training.out.iterdir())
    assert names == [
        "README.md", "adapter_config.json", "adapter_model.safetensors", "learning-curve.svg",
        "training.csv",
    ]  # fmt: skip
    read = read_adapter(training.out, load_model(training.base))
    assert all(torch.equal(t, result.adapter.tensors[n]) for n, t in read.tensors.items())
    assert result.frozen == sum(p.numel() for p in Recognizer(LETTERED).parameters())
    assert result.trainable == read.low_rank_parameters
    assert result.size == (training.out / "adapter_model.safetensors").stat().st_size
    assert [c.what for c in result.comparisons] == ["validation", "base's domain"]
    card = (training.out / "README.md").read_text()
    assert "library_name: peft" in card
    assert "](learning-curve.svg)" in card
    rows = list(csv.DictReader((training.out / "training.csv").open()))
    assert float(rows[0]["lines"]) == 0
    assert rows[0]["loss"] == ""
    assert float(rows[-1]["lines"]) == run.progress.lines
    assert run.progress.validations - 1 <= len(rows) <= run.progress.validations
    assert min(float(row["cer"]) for row in rows) == pytest.approx(run.progress.best, rel=1e-4)
    assert float(rows[-1]["loss"]) < float(rows[1]["loss"])
    assert read.base.fingerprint in card


def test_every_phase_is_told_of_to_its_end(training: AdapterTraining) -> None:
    told: list[tuple[str, float]] = []
    run = AdapterRun(replace(training, epochs=1))
    adapter = run.go(phase=lambda name, share: told.append((name, share)))
    finish(run, adapter, lambda name, share: told.append((name, share)))
    names = list(dict.fromkeys(name for name, _ in told))
    assert names == [
        BEFORE,
        AFTER,
        "validation, 2 lines, base",
        "validation, 2 lines, adapter",
        "base's domain, 24 lines, base",
        "base's domain, 24 lines, adapter",
    ]
    for name in names:
        shares = [share for told_name, share in told if told_name == name]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


def test_the_curve_replaces_no_file_of_others(training: AdapterTraining) -> None:
    training.out.mkdir()
    for name in ("training.csv", "learning-curve.svg"):
        path = training.out / name
        path.write_text("somebody's")
        run = AdapterRun(replace(training, epochs=1))
        with pytest.raises(OutputError, match="was not written by gsaocr"):
            finish(run, run.go())
        assert path.read_text() == "somebody's"
        path.unlink()


def test_it_begins_with_another_adapter(training: AdapterTraining) -> None:
    first = AdapterRun(training)
    known = finish(first, first.go()).adapter
    free = replace(training, out=training.out.parent / "free", start=training.out, rank=None)
    free = replace(free, decode="attention")
    run = AdapterRun(free)
    assert run.config.rank == known.config.rank
    assert all(torch.equal(p.detach(), known.tensors[n]) for n, p in run.parameters.items())
    with pytest.raises(UsageError, match="its rank is 4"):
        AdapterRun(replace(free, rank=2))
    with pytest.raises(UsageError, match="other maps"):
        AdapterRun(replace(training, start=training.out, parts=("lower",)))


def test_an_adapter_is_carried_over_to_a_new_base(training: AdapterTraining) -> None:
    first = AdapterRun(training)
    known = finish(first, first.go()).adapter
    file = load_model(training.base)
    with torch.no_grad():
        file.model.ctc_head.bias.add_(0.01)
    newer = training.base.with_name("newer.safetensors")
    save_model(file.model, newer)
    with pytest.raises(AdapterError, match="made for the base"):
        read_adapter(training.out, load_model(newer))
    again = replace(training, base=newer, out=training.out.parent / "new", start=training.out)
    run = AdapterRun(again)
    assert all(torch.equal(p.detach(), known.tensors[n]) for n, p in run.parameters.items())
    finish(run, run.go())
    assert read_adapter(again.out, load_model(newer)).base.fingerprint != known.base.fingerprint
    told = f"begun with | {training.out.name}, base {known.base.fingerprint[:16]}"
    assert told in (again.out / "README.md").read_text()
    other = Recognizer(replace(LETTERED, characters=LETTERED.characters + "λ"))
    save_model(other, newer)
    with pytest.raises(AdapterError, match="another charset"):
        AdapterRun(again)


def test_the_last_state_is_kept_where_that_is_asked_for(training: AdapterTraining) -> None:
    kept = {}
    for keep in ("best", "last"):
        run = AdapterRun(replace(training, keep=keep))
        run._validate()
        run.progress.best = 0.0  # no later state is better
        run.progress.validations = 1
        kept[keep] = run.go().tensors
    assert not any(float(t.abs().max()) for n, t in kept["best"].items() if "lora_B" in n)
    assert any(float(t.abs().max()) for n, t in kept["last"].items() if "lora_B" in n)


def test_another_scaling_leaves_the_update_as_it_was(training: AdapterTraining) -> None:
    first = AdapterRun(training)
    known = finish(first, first.go()).adapter
    run = AdapterRun(replace(training, start=training.out, alpha=2.0, rslora=True))
    name = next(n for n in known.tensors if n.endswith("lora_B.weight"))
    old, new = scaling(4, 8.0), scaling(4, 2.0, rslora=True)
    torch.testing.assert_close(new * run.parameters[name].detach(), old * known.tensors[name])


def test_an_interrupted_training_goes_on(training: AdapterTraining) -> None:
    run = AdapterRun(training)

    def interrupt(step: Any) -> Any:
        if run.progress.steps == 5:
            raise KeyboardInterrupt
        return original(step)

    original = run._step
    run._step = interrupt  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run.go()
    values = {n: p.detach().clone() for n, p in run.parameters.items()}
    assert not (training.out / "adapter_config.json").exists()

    resumed = AdapterRun(training, resume=True)
    assert (resumed.progress.steps, resumed.progress.lines) == (5, run.progress.lines)
    assert resumed.progress.curve == [pytest.approx(p, nan_ok=True) for p in run.progress.curve]
    assert all(torch.equal(values[n], p) for n, p in resumed.parameters.items())
    finish(resumed, resumed.go())
    assert resumed.progress.steps > 5
    assert not (training.out / ".gsaocr-training").exists()


def test_resuming_with_something_else_is_refused(training: AdapterTraining) -> None:
    with pytest.raises(TrainingError, match="no usable resume state"):
        AdapterRun(training, resume=True)
    AdapterRun(training)._save()
    with pytest.raises(TrainingError, match="other options"):
        AdapterRun(replace(training, rank=2), resume=True)
    AdapterRun(replace(training, minutes=1.0), resume=True)
    state = training.out / ".gsaocr-training" / "state.json"
    state.write_text(json.dumps({"file": "x"}))
    with pytest.raises(TrainingError, match="no usable resume state"):
        AdapterRun(training, resume=True)


def test_new_characters_are_learnt(training: AdapterTraining, data: Path) -> None:
    for n in range(0, 24, 4):
        (data / f"l-{n:02}.gt.txt").write_text("ſaλ")
    without = AdapterRun(training)
    assert without.config.characters == ""
    assert len(without.data.left_out) == 6
    run = AdapterRun(replace(training, extend_charset=True, epochs=2))
    assert run.config.characters == "ſλ"
    before = run.attachment.parameters()["ctc_head.extra.weight"].detach().clone()
    result = finish(run, run.go())
    extra = LETTERED.frames_per_step * 2 * (LETTERED.upper_width + 1) + 2 * LETTERED.decoder_width
    assert result.added_rows == extra
    assert not torch.equal(before, result.adapter.tensors["ctc_head.extra.weight"])
    assert read_adapter(training.out, load_model(training.base)).config.characters == "ſλ"


def test_the_decoder_alone_writes_freely(training: AdapterTraining) -> None:
    run = AdapterRun(replace(training, decode="attention", epochs=2))
    finish(run, run.go())
    read = read_adapter(training.out, load_model(training.base))
    assert read.config.decode == "attention"
    assert read.config.length is not None
    longest = max(len(word) for word in WORDS)
    assert read.config.length.longest(40) >= longest


def test_truth_in_capitals_gets_its_case(training: AdapterTraining, data: Path) -> None:
    for path in data.glob("*.gt.txt"):
        path.write_text(path.read_text().upper())
    run = AdapterRun(replace(training, truth=("capitals",), epochs=1))
    run.go()
    texts = [LETTERED.charset.decode(ids) for ids in run._cased.values()]
    assert {text.upper() for text in texts} == {word.upper() for word in WORDS}
    assert len(texts) == len(run.train_lines)


def test_recasing_follows_the_likelier_form() -> None:
    charset = LETTERED.charset
    probabilities = np.full((7, charset.ctc_size), 1e-4, np.float32)
    for frame, character in zip((0, 2, 4, 6), "aBcd", strict=True):
        probabilities[frame, charset.encode(character)[0]] = 0.9
    probabilities[[1, 3, 5], charset.blank] = 0.9
    assert recased(np.log(probabilities), "ABCD", charset) == "aBcd"
    assert recased(np.log(probabilities), "A" * 9, charset) == "A" * 9, "it doesn't fit"


def test_epochs_are_repeatable() -> None:
    lines = [TruthLine(drawn(w, n), w, "d", f"{n}") for n, w in enumerate(WORDS * 4)]
    batches = EpochBatches(lines, LETTERED, 400, 0.7, False, seed=3, variants=2)
    one, again, next_, third = (list(batches.epoch(n)) for n in (0, 0, 1, 2))
    assert [k.keys for k in one] == [k.keys for k in again]
    assert all(
        np.array_equal(a.batch.images, b.batch.images) for a, b in zip(one, again, strict=True)
    )
    assert sorted(k for b in one for k in b.keys if k) == [(n, 0) for n in range(16)]
    assert {k[1] for b in next_ for k in b.keys if k} == {1}

    def image(batches: list[Any], line: int) -> NDArray[Any]:
        return next(
            b.batch.images[b.keys.index(k), :, : int(b.batch.widths[b.keys.index(k)])]
            for b in batches
            for k in b.keys
            if k and k[0] == line
        )

    assert np.array_equal(image(one, 5), image(third, 5)), "the same variant, the same image"
    assert not np.array_equal(image(one, 5)[:, :40], image(next_, 5)[:, :40])


def test_augmentation_grows_with_its_strength() -> None:
    grey = drawn("abba", 0)
    assert augmented(np.random.default_rng(0), grey, 0.0) is grey
    change = []
    for strength in (0.2, 1.0):
        differences = []
        for seed in range(30):
            changed = augmented(np.random.default_rng(seed), grey, strength)
            assert changed.dtype == np.uint8
            size = (grey.shape[1], grey.shape[0])
            differences.append(
                np.abs(cv2.resize(changed, size).astype(float) - grey.astype(float)).mean()
            )
        change.append(float(np.mean(differences)))
    assert 0 < change[0] < change[1]


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"schedule": "x"}, "--schedule x"),
        ({"parts": ("x",)}, "--parts x"),
        ({"targets": ("x",)}, "--targets x"),
        ({"parts": ("decoder",), "targets": ("head",)}, "no map"),
        ({"decode": "ctc"}, "--decode ctc"),
        ({"keep": "worst"}, "--keep worst"),
        ({"decode": "attention", "parts": ("encoder",)}, "needs the decoder"),
        ({"precision": "int8"}, "--precision"),
        ({"augmentation": 2.0}, "--augment"),
        ({"epochs": 0.0}, "--epochs"),
        ({"truth": ("x",)}, "--truth x"),
    ],
)
def test_senseless_options(training: AdapterTraining, changes: dict[str, Any], cause: str) -> None:
    with pytest.raises(UsageError, match=cause):
        AdapterRun(replace(training, **changes))
