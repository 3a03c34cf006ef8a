"""What training minimises: CTC, known character places, the right frame, the decoder's letters."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from gsaocr.recognizer.charset import Charset
from gsaocr.recognizer.decoder import TextDecoder
from gsaocr.recognizer.model import Encoded
from gsaocr.training.batches import Batch


def ctc_loss(encoded: Encoded, batch: Batch, charset: Charset) -> Tensor:
    """Return the mean over lines of CTC loss per character (A. Graves et al., 2006).

    Lines whose truth is in capitals throughout are compared with upper- and lower-case
    probabilities added up, so that they teach letters and no case.
    """
    log_probs = F.log_softmax(encoded.ctc_logits.float(), dim=-1)
    targets = batch.targets
    if batch.folded:
        log_probs, targets = _fold_case(log_probs, targets, charset)
    lengths = torch.tensor([len(t) for t in targets])
    flat = torch.tensor([i for t in targets for i in t], dtype=torch.long)
    losses = F.ctc_loss(
        log_probs.transpose(0, 1),
        flat.to(log_probs.device),
        encoded.frame_counts.cpu(),
        lengths,
        reduction="none",
        zero_infinity=True,
    )
    return (losses / lengths.to(losses.device).clamp(min=1)).mean()


def alignment_loss(encoded: Encoded, batch: Batch, frame_pixels: float) -> Tensor:
    """Return the cross-entropy of characters at their centres and blanks half-way between them.

    Rendered lines know where their characters are. This spares CTC its long plateau.
    """
    lines: list[int] = []
    frames: list[Tensor] = []
    classes: list[Tensor] = []
    last = encoded.ctc_logits.shape[1] - 1
    for number, (places, ids) in enumerate(zip(batch.centres, batch.targets, strict=True)):
        if places is None:
            continue
        centres = torch.from_numpy(places)
        middle = (centres[1:] + centres[:-1]) / 2
        apart = (centres[1:] - centres[:-1]) > 2 * frame_pixels
        where = torch.cat([centres, middle[apart]])
        what = torch.cat([torch.tensor(ids), torch.zeros(int(apart.sum()), dtype=torch.long)])
        lines += [number] * len(where)
        frames.append((where / frame_pixels).long().clamp(0, last))
        classes.append(what)
    if not lines:
        return encoded.ctc_logits.sum() * 0.0
    device = encoded.ctc_logits.device
    picked = encoded.ctc_logits[
        torch.tensor(lines, device=device), torch.cat(frames).to(device)
    ].float()
    return F.cross_entropy(picked, torch.cat(classes).to(device))


def orientation_loss(scores: Tensor) -> Tensor:
    """Return the cross-entropy of frame scores (batch, |H|); training lines are upright."""
    return F.cross_entropy(
        scores.float(), torch.zeros(len(scores), dtype=torch.long, device=scores.device)
    )


def direction_loss(scores: Tensor, upside_down: tuple[bool, ...]) -> Tensor:
    """Return the cross-entropy of "upright" for the one score (batch, 1) of a group without turns.

    It is the score's logistic function; a group with turns compares its frames' scores instead.
    """
    upright = torch.tensor([not turned for turned in upside_down], device=scores.device)
    return F.binary_cross_entropy_with_logits(scores.float().squeeze(1), upright.float())


def decoder_loss(
    decoder: TextDecoder,
    encoded: Encoded,
    batch: Batch,
    charset: Charset,
    gradient: float,
    step_pixels: float,
) -> tuple[Tensor, Tensor | None]:
    """Return the decoder's mean cross-entropy, teacher-forced, and how badly it looks.

    The second loss (None for lines whose character places are unknown) is small where the first
    head of each layer looks at the place of the character that comes next.

    The share ``gradient`` of its gradient reaches the encoder through the steps.

    Batches whose truth is in capitals throughout are not used.
    """
    steps = encoded.steps
    steps = steps.detach() if gradient == 0 else steps * gradient + steps.detach() * (1 - gradient)
    longest = max(len(t) for t in batch.targets) + 1
    source = torch.full((len(batch.targets), longest), charset.end)
    target = torch.full((len(batch.targets), longest), -100)
    for row, ids in enumerate(batch.targets):
        source[row, : len(ids) + 1] = torch.tensor([charset.start, *ids])
        target[row, : len(ids) + 1] = torch.tensor([*ids, charset.end])
    looks: list[Tensor] | None = [] if batch.has_places else None
    logits = decoder(source.to(steps.device), steps, encoded.valid, looks=looks)
    written = F.cross_entropy(
        logits.flatten(0, 1).float(), target.flatten().to(steps.device), label_smoothing=0.05
    )
    if not looks:
        return written, None
    return written, _looking_loss(looks, encoded.valid, batch, step_pixels)


def _looking_loss(looks: list[Tensor], valid: Tensor, batch: Batch, step_pixels: float) -> Tensor:
    """Return how little of the first heads' attention lies within a step of the next character.

    Without it the decoder learns a language first and finds the line only much later.
    """
    lines: list[int] = []
    places: list[int] = []
    targets: list[Tensor] = []
    for number, centres in enumerate(batch.centres):
        if centres is not None:
            lines += [number] * len(centres)
            places += range(len(centres))
            targets.append((torch.from_numpy(centres) / step_pixels).long())
    device = valid.device
    line, place = torch.tensor(lines, device=device), torch.tensor(places, device=device)
    step = torch.cat(targets).to(device)[:, None]
    near = (torch.arange(valid.shape[1], device=device) - step).abs() <= 1
    lowest = torch.finfo(torch.float32).min
    total = valid.new_zeros((), dtype=torch.float32)
    for scores in looks:
        picked = scores[line, place].float().masked_fill(~valid[line], lowest)
        inside = picked.masked_fill(~near, lowest).logsumexp(-1)
        total = total + (picked.logsumexp(-1) - inside).clamp(max=20.0).mean()
    return total / len(looks)


def _fold_case(
    log_probs: Tensor, targets: list[list[int]], charset: Charset
) -> tuple[Tensor, list[list[int]]]:
    fold = _folding(charset).to(log_probs.device)
    folded = torch.full_like(log_probs, -30.0)
    for source in fold:
        part = log_probs[..., source.clamp(min=0)].masked_fill(source < 0, -30.0)
        folded = torch.logaddexp(folded, part)
    to_capital = _capitals(charset)
    return folded, [[to_capital[i] for i in ids] for ids in targets]


@cache
def _capitals(charset: Charset) -> list[int]:
    """Return for every class the class of its capital, or itself."""
    place = {c: i + 1 for i, c in enumerate(charset.characters)}
    return [0] + [place.get(c.upper(), place[c]) for c in charset.characters]


@cache
def _folding(charset: Charset) -> Tensor:
    """Return (members, classes): the letters that fall into each class; -1 for none."""
    members: list[list[int]] = [[] for _ in range(charset.ctc_size)]
    for number, capital in enumerate(_capitals(charset)):
        members[capital].append(number)
    most = max(map(len, members))
    rows = [[m[k] if k < len(m) else -1 for m in members] for k in range(most)]
    return torch.tensor(rows)
