"""Texts to token ids, once a run."""

from dataclasses import dataclass
from typing import Any

from datasets import Dataset


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


def encode(split: Dataset, tokenizer: Any, max_length: int) -> list[Encoding]:
    """Tokenise a split, pairs truncated longest first, without padding."""
    pairs = split["sentence2"][:] if split["sentence2"][0] is not None else None
    tokens = tokenizer(split["sentence1"][:], pairs, truncation=True, max_length=max_length, return_token_type_ids=True)
    return [
        Encoding(tuple(ids), tuple(types), label)
        for ids, types, label in zip(tokens["input_ids"], tokens["token_type_ids"], split["label"][:], strict=True)
    ]
