"""The whole verification, in stages: which statements are measured on what."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast
from zlib import crc32

import torch

from gsaocr.errors import UsageError
from gsaocr.finder.network import Finder
from gsaocr.groups import Group, group
from gsaocr.layers.full_group_attention import Form
from gsaocr.recognizer.model import Recognizer
from gsaocr.verification.actions import Shift
from gsaocr.verification.agreement import merged_row, reference_row
from gsaocr.verification.claims import Row
from gsaocr.verification.encoding import encoding_rows
from gsaocr.verification.equivariance import (
    SHIFTS,
    equivariance_rows,
    published_rows,
    wrong_action_rows,
)
from gsaocr.verification.fast_subjects import fast_subjects
from gsaocr.verification.finder import (
    SMALL_FINDER,
    finder_controls,
    finder_rows,
    pyramid_rows,
    random_finder,
)
from gsaocr.verification.lines import TEXTS, preparation_rows, text_rows
from gsaocr.verification.low_rank import Adapted, merged, variants
from gsaocr.verification.network import (
    GRID,
    model_layers,
    network_merge_row,
    network_subjects,
    padding_rows,
    random_network,
    reading_rows,
)
from gsaocr.verification.off_grid import off_grid_rows
from gsaocr.verification.subjects import (
    HEADS,
    WIDTH,
    LiteralLayer,
    Subject,
    draw,
    literal_group_attention,
    literal_subjects,
)

KINDS = {
    "encoding": "L_g[rho] = rho, where it is true and where not",
    "translation": "translation attention (paper, section 3)",
    "lifting": "lifting self-attention (section 4)",
    "own": "group self-attention in the own frame (section 5)",
    "paper": "group self-attention, the paper's sum over frames",
    "rc": "group self-attention, the sum of [RC]",
    "spatial": "the model's attention within a frame",
    "fibre": "the model's attention between frames",
    "stem": "patch embedding on the turned images",
    "encoder": "the whole group encoder",
    "orientation": "the scores by which a frame is chosen",
    "reading": "the chosen frame's upper part and CTC head",
    "text": "text and frame of turned lines",
    "preparation": "prepare(turned) = turned(prepare)",
    "finder": "the network that finds text on a page",
    "off-grid": "rotations off the grid, approximate",
}
"""What ``--layer`` takes."""

_DOUBLE, _SINGLE = torch.float64, torch.float32


@dataclass(frozen=True)
class Stage:
    """A part of the verification that is shown as one step of progress."""

    label: str
    run: Callable[[], list[Row]]


def check_kind(name: str) -> str:
    """Return a kind of layer; raises ``UsageError`` for any other name."""
    if name not in KINDS:
        raise UsageError(f"--layer {name}", "unknown layer", f"choose one of {', '.join(KINDS)}")
    return name


def stages(
    model: Recognizer,
    adapters: Sequence[Adapted] = (),
    quick: bool = False,
    kind: str | None = None,
    seed: int = 0,
    finder: Finder | None = None,
) -> list[Stage]:
    """Return the stages of a verification.

    Args:
        model: in evaluation mode, on the CPU.
        adapters: trained adapters on that model.
        quick: the model and its own group alone, fewer variants.
        kind: one of :data:`KINDS`, to measure that kind of layer alone.
        seed: of all random weights and inputs.
        finder: the finder whose own weights are measured too.
    """
    own = group(model.config.group)
    names = [own.name] if quick else list(dict.fromkeys([own.name, "C4", "D4"]))
    groups = [group(name) for name in names]
    found: list[Stage] = []

    def add(label: str, rows: Callable[[_Chosen], list[Row]]) -> None:
        # A stream of its own for every stage: leaving one out changes no number of another.
        generator = torch.Generator().manual_seed(seed + crc32(label.encode()))
        found.append(Stage(label, partial(rows, _Chosen(kind, quick, generator))))

    add("what the encoding keeps", _Chosen.encoding)
    for of in groups:
        add(f"the paper's layers on {of.name}", partial(_Chosen.literal, of=of, first=of is own))
    for of in [group("C4")] if quick else [group("C4"), group("D4")]:
        add(f"the published encoding on {of.name}", partial(_Chosen.published, of=of))
    for of in groups:
        add(f"the program's layers on {of.name}", partial(_Chosen.fast, of=of, first=of is own))
    add("the model's layers", partial(_Chosen.layers, model=model))
    if not quick:
        add("the network, N(0,1) weights", partial(_Chosen.random, model=model))
    add("the network, its own weights", partial(_Chosen.network, model=model))
    for adapter in adapters:
        add(f"adapter {adapter.name}", partial(_Chosen.adapter, adapter=adapter))
    add("turned lines", partial(_Chosen.lines, model=model))
    add("the finder of text", partial(_Chosen.finder, finder=finder))
    if not quick or kind == "off-grid":
        add("rotations off the grid", _Chosen.off_grid)
    return found


@dataclass(frozen=True)
class _Chosen:
    """What was asked for; makes the stages."""

    kind: str | None
    quick: bool
    generator: torch.Generator

    def wants(self, kind: str) -> bool:
        return self.kind in (None, kind)

    @property
    def precisions(self) -> tuple[torch.dtype, ...]:
        return (_DOUBLE,) if self.quick else (_DOUBLE, _SINGLE)

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """Translations of layers, alone and after turns: in both directions unless quick."""
        return SHIFTS[:1] if self.quick else SHIFTS

    @property
    def most_wrong(self) -> int | None:
        """How many elements are applied to be taken for others; None: all."""
        return 1 if self.quick else None

    @property
    def lines_grid(self) -> tuple[int, int]:
        """Rows and columns of patches of the lines that the encoder is measured on."""
        return (GRID[0], 5) if self.quick else GRID

    def encoding(self) -> list[Row]:
        return encoding_rows(self.generator) if self.wants("encoding") else []

    def off_grid(self) -> list[Row]:
        return off_grid_rows(self.generator) if self.wants("off-grid") else []

    def literal(self, of: Group, first: bool) -> list[Row]:
        rows = []
        for subject in self._subjects(literal_subjects(of, self.generator)):
            if subject.kind == "translation" and not first:
                continue  # it knows of no group
            dtypes = self.precisions if first else (_DOUBLE,)
            rows += self._layer_rows(subject, dtypes, self._grid(subject), with_merged=first)
        return rows

    def published(self, of: Group) -> list[Row]:
        rows = []
        forms: tuple[Form, ...] = ("paper", "rc")
        for form in forms:
            module = draw(LiteralLayer(WIDTH, HEADS, of.order), self.generator)
            # Whatever was asked for, one control has to be there.
            if self.wants(form) or (form == "rc" and of.name == "C4"):
                subject = literal_group_attention(of, module, form, "published")
                rows += published_rows(subject, self.generator)
        return rows

    def fast(self, of: Group, first: bool) -> list[Row]:
        rows = []
        for subject in self._subjects(fast_subjects(of, self.generator)):
            dtypes = self.precisions if first else (_DOUBLE,)
            rows += self._layer_rows(subject, dtypes, self._grid(subject))
        return rows

    def layers(self, model: Recognizer) -> list[Row]:
        rows = []
        for subject in self._subjects(model_layers(model)):
            rows += self._layer_rows(subject, self.precisions, (3, 5))
        return rows

    def random(self, model: Recognizer) -> list[Row]:
        return self._network_rows(random_network(model, self.generator), "N(0,1)", (_DOUBLE,))

    def network(self, model: Recognizer) -> list[Row]:
        return self._network_rows(model, "model", (_DOUBLE, _SINGLE))

    def adapter(self, adapter: Adapted) -> list[Row]:
        rows = []
        for state, network in (("attached", adapter.attached), ("merged", adapter.merged)):
            label = f"{adapter.name}, {state}"
            for dtype in (_DOUBLE, _SINGLE):
                rows += self._parts(network, "model", label, dtype)
            for subject in self._subjects(model_layers(network)):
                rows.append(reference_row(subject, label, self.generator))
            if self.wants("text"):
                rows += text_rows(network, label)
        if self.wants("reading"):
            # A merged model's weights are rounded to float32: in float64 the sum itself is tested.
            exact = copy.deepcopy(adapter.attached).double()
            pairs = {
                _DOUBLE: (exact, cast(Recognizer, merged(exact))),
                _SINGLE: (adapter.attached, adapter.merged),
            }
            for dtype, pair in pairs.items():
                rows.append(network_merge_row(*pair, adapter.name, "model", dtype, self.generator))
        return rows

    def lines(self, model: Recognizer) -> list[Row]:
        count = 2 if self.quick else len(TEXTS)
        rows = text_rows(model, "none", count) if self.wants("text") else []
        return rows + (preparation_rows(model) if self.wants("preparation") else [])

    def finder(self, finder: Finder | None) -> list[Row]:
        if not self.wants("finder"):
            return []
        rows = []
        small = finder is None or self.quick
        sizes = Finder(SMALL_FINDER) if small else cast(Finder, finder)
        for name in ("C4",) if self.quick else ("C4", "D4"):
            network = random_finder(sizes, name, self.generator)
            rows += finder_rows(network, "N(0,1)", _DOUBLE, self.generator)
            rows += finder_controls(network, "N(0,1)", self.generator)
        if finder is not None:
            for dtype in self.precisions:
                rows += finder_rows(finder, "model", dtype, self.generator)
            rows += finder_controls(finder, "model", self.generator)
        return rows + pyramid_rows(self.generator)

    def _subjects(self, subjects: Sequence[Subject]) -> Iterator[Subject]:
        return (subject for subject in subjects if self.wants(subject.kind))

    def _grid(self, subject: Subject) -> tuple[int, int]:
        """Return rows and columns of the content on which a layer is measured."""
        # The sums over frames make |H|^3 attention maps.
        costly = subject.kind in ("paper", "rc") and subject.group.order > 4
        return (2, 3) if costly or self.quick else (3, 5)

    def _layer_rows(
        self,
        subject: Subject,
        dtypes: Sequence[torch.dtype],
        grid: tuple[int, int],
        with_merged: bool = True,
    ) -> list[Row]:
        """All that is stated of one layer: turned and moved, literal, merged, wrongly turned."""
        rows = []
        double = subject.in_precision(_DOUBLE)
        layers = {
            lora: double.with_module(module)
            for lora, module in variants(
                double.module, self.generator, with_merged and not self.quick
            ).items()
        }
        for lora, variant in layers.items():
            for dtype in dtypes:
                rows += equivariance_rows(variant, lora, dtype, self.generator, grid, self.shifts)
            if subject.reference is not None:
                rows.append(reference_row(variant, lora, self.generator))
        if "merged" in layers:
            for dtype in dtypes:
                rows.append(merged_row(layers["attached"], layers["merged"], dtype, self.generator))
        return rows + wrong_action_rows(double, self.generator, self.most_wrong)

    def _network_rows(
        self, network: Recognizer, weights: str, dtypes: Sequence[torch.dtype]
    ) -> list[Row]:
        """All that is stated of a network, alone and with a random adapter."""
        rows: list[Row] = []
        if not any(self.wants(kind) for kind in ("stem", "encoder", "orientation", "reading")):
            return rows
        double = copy.deepcopy(network).double()
        for subject in self._subjects(network_subjects(double, weights)):
            rows += wrong_action_rows(subject, self.generator, self.most_wrong)
        networks = {
            lora: cast(Recognizer, module)
            for lora, module in variants(double, self.generator, not self.quick).items()
        }
        for lora, variant in networks.items():
            for dtype in dtypes if lora == "none" or not self.quick else dtypes[:1]:
                rows += self._parts(variant, weights, lora, dtype)
        if self.wants("reading") and "merged" in networks:
            for dtype in dtypes:
                rows.append(
                    network_merge_row(
                        networks["attached"],
                        networks["merged"],
                        "attached",
                        weights,
                        dtype,
                        self.generator,
                    )
                )
        return rows

    def _parts(self, network: Recognizer, weights: str, lora: str, dtype: torch.dtype) -> list[Row]:
        rows: list[Row] = []
        network = copy.deepcopy(network).to(dtype)
        for subject in self._subjects(network_subjects(network, weights)):
            if subject.kind == "orientation" or (subject.kind == "stem" and lora != "none"):
                continue  # the one is measured with the reading, the other has no attention
            if self.quick and subject.kind == "stem" and dtype == _DOUBLE:
                continue  # the encoder contains it
            rows += equivariance_rows(subject, lora, dtype, self.generator, self.lines_grid)
        if self.wants("reading") or self.wants("orientation"):
            both = reading_rows(network, weights, lora, dtype, self.generator)
            if dtype == _SINGLE or not self.quick:
                both += padding_rows(network, weights, lora, dtype, self.generator)
            rows += [row for row in both if self.wants(row.layer)]
        return rows
