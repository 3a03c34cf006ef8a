"""The training loop of adapters: frozen base, low-rank updates, validation, early stopping."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass, replace
from functools import partial

import torch
from torch import Tensor
from torch.optim import AdamW

from gsaocr.adapters.adapter import Adapter, AdapterConfig, identity
from gsaocr.adapters.attachment import Attachment
from gsaocr.adapters.peft_format import read_adapter
from gsaocr.adapters.targets import PARTS, automatic_rank, target_paths
from gsaocr.device import choose_device
from gsaocr.errors import TrainingError
from gsaocr.recognizer.model import Encoded, Recognizer
from gsaocr.recognizer.weights import load_model
from gsaocr.training.adapter_batches import EpochBatches, KeyedBatch, Renderer
from gsaocr.training.adapter_config import AdapterTraining
from gsaocr.training.adapter_data import limited
from gsaocr.training.adapter_setup import begin_with, check_options, find_lines, length_rule
from gsaocr.training.adapter_state import (
    AdapterProgress,
    load_adapter_state,
    restore_optimizer_state,
    save_adapter_state,
)
from gsaocr.training.adapter_validation import character_error_rate
from gsaocr.training.batches import Batch
from gsaocr.training.config import TrainingConfig, falls_due
from gsaocr.training.learning_curve import CurvePoint
from gsaocr.training.losses import ctc_loss, decoder_loss, orientation_loss
from gsaocr.training.lower_cache import LowerCache
from gsaocr.training.recase import recased
from gsaocr.training.truth import CAPITALS

_ORIENTATION_WEIGHT = 0.3
_QUICK_LINES = 120  # validation lines read while training goes on
_VALIDATION_SHARE = 8  # the training between two validations takes so many times as long as one
_VARIANTS = 4  # augmented images of each line whose lower features are kept
_FREE_CTC_WEIGHT = 0.3  # of the CTC loss where the decoder writes freely: it only guides
_DECODER_GRADIENT = 0.1  # share of the decoder's gradient that reaches the encoder otherwise

Phase = Callable[[str, float], None]
"""Is told what goes on beside the training, and which share of it is done, 0 to 1."""

BEFORE = "validating before the training"
AFTER = "validating after the training"


@dataclass(frozen=True)
class AdapterReport:
    """What a training tells while it goes on."""

    done: float
    """Share of the training that is over, 0 to 1."""
    epoch: float
    lines_per_second: float
    losses: dict[str, float]
    cer: float
    """Of the last validation."""
    best: float
    """Lowest CER so far."""


class AdapterRun:
    """One training: data, base with an attachment, optimiser, clock.

    Args:
        training: what to do.
        resume: go on from the state in ``training.out``.

    Raises:
        InputError: data that can't be read.
        TrainingError: hardly any line is left, or no usable resume state.
        ModelError: the base can't be used.
        UsageError: options that make no sense.
        AdapterError: the adapter to begin with can't be used.
        DeviceError: the device isn't there.
    """

    def __init__(self, training: AdapterTraining, resume: bool = False) -> None:
        check_options(training)
        torch.manual_seed(training.seed)
        if training.threads:
            torch.set_num_threads(training.threads)
        self.training = training
        self.device = choose_device(training.device)
        self.folded = CAPITALS in training.truth
        self.free = training.decode == "attention"
        self.base = load_model(training.base)
        self.model: Recognizer = self.base.model.to(self.device)
        self.model.requires_grad_(False)
        self.identity = identity(self.model.config, self.base.fingerprint)
        self.data, self.train_lines, self.validation_lines = find_lines(training, self.base)
        start = None
        self.started_from = ""
        if training.start:
            start = read_adapter(training.start, self.base, same_weights=False)
            self.started_from = f"{training.start.name}, base {start.base.fingerprint[:16]}"
        self.config = self._adapter_config(start)
        self.attachment = Attachment(self.model, self.config)
        self.progress = AdapterProgress()
        self.attachment.attach()
        self.attachment.train(True)
        self.parameters = {n: p.requires_grad_() for n, p in self.attachment.parameters().items()}
        if start:
            begin_with(self.parameters, self.config, start)
        if training.full:
            self.parameters |= self._all_weights()
        lower_changes = any(name.startswith("encoder.") for name in self.parameters)
        self.cache = None if lower_changes else LowerCache(self.model)
        self.best = self._values()
        self.optimizer = AdamW(
            list(self.parameters.values()),
            training.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=training.weight_decay,
        )
        self.settings = self._settings()
        self.cer = math.nan
        self._ctc_losses: list[float] = []  # since the last validation
        if resume:
            self._resume()
        self._cased: dict[int, list[int]] = {}
        self._quick_lines = limited(self.validation_lines, _QUICK_LINES)
        self._validated, self._lasted = time.monotonic(), 0.0
        self._before = self.progress.minutes
        self._began = time.monotonic()

    def go(
        self,
        report: Callable[[AdapterReport], None] = lambda _: None,
        renderer: Renderer | None = None,
        phase: Phase = lambda name, share: None,
    ) -> Adapter:
        """Train and return the best adapter found; it stays attached.

        ``report`` is told of the training itself about each second, ``phase`` of what is read
        before and after it.
        An interruption (KeyboardInterrupt) writes the resume state before it goes on its way.
        """
        training, progress = self.training, self.progress
        batches = EpochBatches(
            self.train_lines,
            self.model.config,
            training.batch_pixels,
            training.augmentation,
            self.folded,
            training.seed,
            _VARIANTS if self.cache else 2**31,
            renderer,
            training.render_share,
        )
        try:
            if not progress.validations:
                self._validate(partial(phase, BEFORE))
                progress.before = self.cer
            while not self._over():
                self._epoch(batches, report)
            self._validate(partial(phase, AFTER))
        except KeyboardInterrupt:
            self._save()
            raise
        if training.keep == "best":
            with torch.no_grad():
                for name, parameter in self.parameters.items():
                    parameter.copy_(self.best[name])
        self.attachment.train(False)
        return self._adapter()

    def base_weights(self) -> list[Tensor]:
        """Return the base's own parameters, whatever is attached."""
        own = {id(p) for p in self.attachment.parameters().values()}
        return [p for p in self.model.parameters() if id(p) not in own]

    @property
    def share(self) -> float:
        """Share of the training that is over: of the epochs or of the minutes."""
        lines = self.progress.lines / (self.training.epochs * len(self.train_lines))
        return max(lines, self._minutes() / self.training.minutes)

    def _epoch(self, batches: EpochBatches, report: Callable[[AdapterReport], None]) -> None:
        progress = self.progress
        sums: dict[str, list[float]] = {}
        lines, since = 0, time.monotonic()
        for number, keyed in enumerate(batches.epoch(progress.epoch)):
            if number < progress.batch:
                continue  # done before the interruption
            for name, value in self._step(keyed).items():
                sums.setdefault(name, []).append(value)
            self._ctc_losses.append(sums["ctc"][-1])
            lines += len(keyed.keys)
            progress.batch += 1
            due = self.share * self.training.validations >= progress.validations
            if due and time.monotonic() - self._validated > _VALIDATION_SHARE * self._lasted:
                self._validate()
                self._save()
            passed = time.monotonic() - since
            if passed > 1:
                losses = {k: sum(v) / len(v) for k, v in sums.items()}
                epoch = progress.lines / len(self.train_lines)
                report(
                    AdapterReport(
                        min(1.0, self.share), epoch, lines / passed, losses, self.cer, progress.best
                    )
                )
                sums, lines, since = {}, 0, time.monotonic()
            if self._over():
                return
        progress.epoch += 1
        progress.batch = 0

    def _over(self) -> bool:
        tired = self.progress.since_best >= self.training.patience
        return self.share >= 1 or (tired and self.share > 0.5)

    def _step(self, keyed: KeyedBatch) -> dict[str, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        losses = self._losses(keyed)
        weights = {"frames": _ORIENTATION_WEIGHT, "ctc": _FREE_CTC_WEIGHT if self.free else 1.0}
        total = torch.stack([weights.get(n, 1.0) * x for n, x in losses.items()]).sum()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(list(self.parameters.values()), 1.0)
        if torch.isfinite(norm):
            self.optimizer.step()
        self.progress.steps += 1
        self.progress.lines += len(keyed.keys)
        self.progress.minutes = self._minutes()
        return {name: float(value.detach()) for name, value in losses.items()}

    def _losses(self, keyed: KeyedBatch) -> dict[str, Tensor]:
        batch, charset = keyed.batch, self.model.config.charset
        images, valid = batch.on(self.device)
        upright = torch.zeros(len(images), dtype=torch.long, device=self.device)
        losses: dict[str, Tensor] = {}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bfloat16()):
            if self.cache:
                field = self.cache.field(images, valid, keyed.keys)
            else:
                all_frames = falls_due(self.progress.steps, self.training.frames_share)
                field = self.model.look(images, valid, readers=None if all_frames else (0,))
            encoded = self.model.read(field, upright)
            losses["ctc"] = ctc_loss(encoded, batch, charset)
            if field.is_complete:
                losses["frames"] = orientation_loss(self.model.orientation(field))
            if "decoder" in self.training.parts:
                gradient = 1.0 if self.free else _DECODER_GRADIENT
                if batch.folded:
                    batch = self._with_case(keyed, encoded)
                losses["decoder"], looking = decoder_loss(
                    self.model.decoder,
                    encoded,
                    batch,
                    charset,
                    gradient,
                    self.model.config.step_pixels,
                )
                if looking is not None:
                    losses["looking"] = TrainingConfig.looking_weight * looking
        return losses

    def _validate(self, tell: Callable[[float], None] = lambda share: None) -> None:
        progress, began = self.progress, time.monotonic()
        self.attachment.train(False)
        length = self.config.length if self.free else None
        self.cer = character_error_rate(
            self.model, self._quick_lines, self.device, self.folded, length, self.cache, tell
        )
        self.attachment.train(True)
        progress.validations += 1
        progress.since_best += 1
        if self.cer < progress.best:
            progress.best, progress.since_best = self.cer, 0
            self.best = self._values()
        self._note_point()
        self._validated = time.monotonic()
        self._lasted = self._validated - began

    def _note_point(self) -> None:
        progress, losses = self.progress, self._ctc_losses
        if progress.curve and not losses:
            return  # nothing was trained since
        loss = sum(losses) / len(losses) if losses else math.nan
        epochs = progress.lines / len(self.train_lines)
        point = CurvePoint(progress.lines, epochs, progress.minutes, loss, self.cer)
        progress.curve.append(list(astuple(point)))
        losses.clear()

    def _values(self) -> dict[str, Tensor]:
        return {n: p.detach().clone() for n, p in self.parameters.items()}

    def _all_weights(self) -> dict[str, Tensor]:
        """Return all weights of the chosen parts, to be trained themselves."""
        chosen = tuple(begin for part in self.training.parts for begin in PARTS[part])
        weights = {n: p for n, p in self.model.named_parameters() if n.startswith(chosen)}
        return {n: p.requires_grad_() for n, p in weights.items()}

    def _adapter(self) -> Adapter:
        tensors = {n: t.detach().cpu().float() for n, t in self.attachment.parameters().items()}
        metadata = {
            "steps": str(self.progress.steps),
            "lines": str(self.progress.lines),
            "minutes": f"{self.progress.minutes:.1f}",
        }
        return Adapter(self.config, self.identity, tensors, self.training.out.name, metadata)

    def _adapter_config(self, start: Adapter | None) -> AdapterConfig:
        training = self.training
        added = "".join(sorted(self.data.unknown)) if training.extend_charset else ""
        paths: list[str] = []
        rank = training.rank or (start.config.rank if start else 0)
        if not training.full:
            paths = target_paths(self.model, training.parts, training.targets)
            rank = rank or automatic_rank(self.model, paths)
        if added:
            paths = ["ctc_head.known" if p == "ctc_head" else p for p in paths]
        length = length_rule(self.train_lines, self.model.config) if self.free else None
        rank = rank or 1
        return AdapterConfig(
            rank,
            training.alpha if training.alpha is not None else 2.0 * rank,
            training.dropout,
            training.rslora,
            tuple(paths),
            characters=added,
            decode=training.decode,
            length=length,
        )

    def _with_case(self, keyed: KeyedBatch, encoded: Encoded) -> Batch:
        """Give truths in capitals the case that the CTC head sees, for the decoder's sake."""
        charset = self.model.config.charset
        batch = keyed.batch
        targets = []
        for row, (ids, key) in enumerate(zip(batch.targets, keyed.keys, strict=True)):
            if key is None or key[0] not in self._cased:
                frames = int(encoded.frame_counts[row])
                logits = encoded.ctc_logits[row, :frames].detach().float()
                seen = torch.log_softmax(logits, -1).cpu().numpy()
                ids = charset.encode(recased(seen, charset.decode(ids), charset))
                if key is not None:
                    self._cased[key[0]] = ids
            else:
                ids = self._cased[key[0]]
            targets.append(ids)
        return replace(batch, targets=targets)

    def _settings(self) -> str:
        """Return what has to be the same for a training to be resumed."""
        ours = {k: str(v) for k, v in asdict(self.training).items()}
        for free in ("out", "device", "threads", "minutes", "licence", "check", "base"):
            ours.pop(free)
        ours["base fingerprint"] = self.base.fingerprint
        ours["lines"] = str(len(self.train_lines))
        return json.dumps(ours, sort_keys=True)

    def _resume(self) -> None:
        shapes = {name: parameter.shape for name, parameter in self.parameters.items()}
        self.progress, tensors = load_adapter_state(self.training.out, self.settings, shapes)
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[f"value/{name}"])
                self.best[name] = tensors[f"best/{name}"].to(self.device)
        try:
            restore_optimizer_state(self.optimizer, tensors)
        except (ValueError, KeyError, RuntimeError) as error:
            cause = f"no usable resume state ({error})"
            raise TrainingError(str(self.training.out), cause, "start anew") from None
        self.cer = self.progress.best

    def _save(self) -> None:
        save_adapter_state(
            self.training.out,
            self.settings,
            self.progress,
            self._values(),
            self.best,
            self.optimizer,
        )

    def _minutes(self) -> float:
        return self._before + (time.monotonic() - self._began) / 60

    def _bfloat16(self) -> bool:
        precision = self.training.precision
        return precision == "bfloat16" or (precision == "auto" and self.device.type == "cuda")

    def _learning_rate(self) -> float:
        training, done = self.training, min(1.0, self.share)
        rising = min(1.0, (done + 1e-3) / max(training.warmup, 1e-3))
        left = {
            "constant": 1.0,
            "linear": 1 - done,
            "cosine": 0.5 + 0.5 * math.cos(math.pi * done),
        }[training.schedule]
        return training.learning_rate * rising * max(left, 0.01)
