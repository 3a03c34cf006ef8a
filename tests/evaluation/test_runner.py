"""Evaluation with readers whose mistakes are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest

from gsaocr.errors import InputError, ModelError
from gsaocr.evaluation.datasets import Sample, load_samples
from gsaocr.evaluation.readers import reads_lines, turned
from gsaocr.evaluation.runner import Report, evaluate
from gsaocr.evaluation.scoring import scoring_named


@dataclass(frozen=True)
class Said:
    text: str
    confidence: float = 0.5


def sample(name: str, truth: str, content: bytes = b"") -> Sample:
    return Sample(name, "set", truth, lambda: content)


def read_names(samples: Sequence[Sample]) -> list[Said]:
    """Read each sample's name; fail at those called bad."""
    for item in samples:
        if item.name == "bad":
            raise InputError("image", "broken")
    return [Said(item.name) for item in samples]


SAMPLES = [sample("abcd", "abcd"), sample("abxx", "abcd"), sample("abcde", "abcd")]


def report(samples: Sequence[Sample], scoring: str = "raw", batch: int = 2) -> Report:
    return evaluate(read_names, samples, scoring_named(scoring), batch=batch)


def test_report() -> None:
    result = report(SAMPLES)
    assert result.score.items == 3
    assert result.score.cer.value == pytest.approx(3 / 12)
    assert [item.reading for item in result.worst(5)] == ["abxx", "abcde"]
    assert result.worst(1)[0].cer == pytest.approx(0.5)
    assert result.confusions(10) == [("", "e", 1), ("c", "x", 1), ("d", "x", 1)]
    assert result.confusions(1) == [("", "e", 1)]
    assert result.failed == ()


def test_scoring_is_applied_to_both_sides() -> None:
    result = report([sample("Abcd", "aBCD")], scoring="upper")
    assert result.score.exact.value == 1
    assert report([sample("Abcd", "aBCD")]).score.exact.value == 0


def test_a_bad_sample_is_named_and_the_rest_is_scored() -> None:
    result = report([SAMPLES[0], sample("bad", "x"), SAMPLES[1]], batch=3)
    assert result.failed == ("set: bad: image: broken",)
    assert [item.label for item in result.judged] == ["set: abcd", "set: abxx"]


def test_other_errors_go_through() -> None:
    def broken(samples: Sequence[Sample]) -> list[Said]:
        raise ModelError("model", "broken")

    with pytest.raises(ModelError):
        evaluate(broken, SAMPLES, scoring_named("raw"))


def test_progress_counts_samples() -> None:
    told: list[int] = []
    evaluate(read_names, SAMPLES, scoring_named("raw"), batch=2, on_progress=told.append)
    assert told == [2, 3]


def test_json() -> None:
    content = json.loads(json.dumps(report(SAMPLES).to_json(worst=1, confused=2)))
    assert content["items"] == 3
    assert content["cer"]["value"] == pytest.approx(0.25)
    assert content["cer"]["low"] <= 0.25 <= content["cer"]["high"]
    assert [entry["name"] for entry in content["worst"]] == ["set: abxx"]
    assert content["confusions"][0] == {"truth": "", "reading": "e", "times": 1}


def png(grey: np.ndarray) -> bytes:
    return cv2.imencode(".png", grey)[1].tobytes()


def test_lines_are_decoded_and_turned() -> None:
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    seen: list[np.ndarray] = []

    def read(images: list[np.ndarray]) -> list[Said]:
        seen.extend(images)
        return [Said("")] * len(images)

    samples = [sample("a", "", png(grey))]
    reads_lines(read)(samples)
    reads_lines(read, turned(90))(samples)
    assert np.array_equal(seen[0], grey)
    assert seen[1][:, 1].tolist() == grey[0].tolist()  # the top row is now the right column
    with pytest.raises(InputError, match="set: b"):
        reads_lines(read)([sample("b", "", b"no image")])


def test_real_set_is_found_whole(data_folder: Path) -> None:
    found = load_samples([data_folder / "lines" / "receipts-val.zip"])
    assert len(found.samples) == 800
    assert found.left_out == ()
    grey = cv2.imdecode(np.frombuffer(found.samples[0].read(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    assert BytesIO(found.samples[0].read()).getbuffer().nbytes > 100
