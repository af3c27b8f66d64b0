"""The examples of a run: texts as token ids, kept for the next run of a process, and the order in which they come."""

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from datasets import Dataset

from stablebert.assets import file_states
from stablebert.encoders.limits import limits_of
from stablebert.encoders.model import Encoder, reading
from stablebert.tasks import Task


@dataclass(frozen=True)
class Encoding:
    """One example for the encoder.

    Attributes:
        input_ids: Token ids with special tokens, at most `max_length`.
        token_type_ids: Segment of every token.
        label: Class index, or the target of a regression.
    """

    input_ids: tuple[int, ...]
    token_type_ids: tuple[int, ...]
    label: int | float


Splits = dict[str, tuple[Encoding, ...]]


def encode_task(task: Task, encoder: Encoder, max_length: int) -> Splits:
    """Return the tokenised splits of a task: `train`, `validation` and `test`.

    Those of the last task are kept for the next run. What is kept is immutable, and another text, label, length or file
    of the encoder's folder lets go of it.

    Args:
        task: The data.
        encoder: Whose tokenizer to use.
        max_length: Tokens at most, with the special ones.

    Raises:
        EncoderError: the tokenizer does not load, or the encoder has no position, word or segment for what it gives.
    """
    parts = {"train": task.train, "validation": task.validation, "test": task.test}
    files = file_states(path for path in sorted(encoder.folder.iterdir()) if path.is_file())
    # the task's own digest would not do: it is of stripped texts, and some tokenizers see blanks
    decisive = repr(([part[:] for part in parts.values()], files, max_length, encoder.family.segments))
    kept = _kept_splits(hashlib.sha256(decisive.encode()).hexdigest())
    if not kept:
        with reading(encoder.name, encoder.folder):
            made = [encode(part, encoder.tokenizer, max_length) for part in parts.values()]
        if not encoder.family.segments:
            made = [[replace(text, token_type_ids=(0,) * len(text.input_ids)) for text in part] for part in made]
        limits = limits_of(encoder.model, encoder.family)
        limits.check(encoder.name, ((text.input_ids, text.token_type_ids) for part in made for text in part))
        kept += map(tuple, made)
    return dict(zip(parts, kept, strict=True))


@lru_cache(maxsize=1)
def _kept_splits(_: str) -> list[tuple[Encoding, ...]]:
    # an empty place, so that the splits before are gone when the next ones are made
    return []


def encode(split: Dataset, tokenizer: Any, max_length: int) -> list[Encoding]:
    """Tokenise a split, pairs truncated longest first, without padding."""
    pairs = split["sentence2"][:] if split["sentence2"][0] is not None else None
    tokens = tokenizer(split["sentence1"][:], pairs, truncation=True, max_length=max_length, return_token_type_ids=True)
    return [
        Encoding(tuple(ids), tuple(types), label)
        for ids, types, label in zip(tokens["input_ids"], tokens["token_type_ids"], split["label"][:], strict=True)
    ]


def epoch_batches(examples: int, batch_size: int, steps: int, generator: torch.Generator) -> list[list[int]]:
    """Return the example indices of every update: a new permutation an epoch, the last batch of each partial.

    Args:
        examples: Training examples, >= 1.
        batch_size: Examples an update.
        steps: Updates in all; the last epoch may end early.
        generator: The `order` stream.

    Returns:
        `steps` lists of distinct indices in [0, examples).
    """
    batches: list[list[int]] = []
    while len(batches) < steps:
        order = torch.randperm(examples, generator=generator).tolist()
        batches += [order[start : start + batch_size] for start in range(0, examples, batch_size)]
    return batches[:steps]
