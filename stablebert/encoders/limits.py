"""What an encoder can be fed: how long a text, which token ids, which segments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from stablebert.encoders.family import Family
from stablebert.encoders.sources import EncoderError


@dataclass(frozen=True)
class Limits:
    """The sizes of an encoder's tables.

    Attributes:
        tokens: Tokens of a text at most, or None where no table of positions bounds them.
        vocabulary: Rows of the table of words.
        segments: Rows of the table of segments, or None where there is none.
    """

    tokens: int | None
    vocabulary: int
    segments: int | None

    def check(self, encoder: str, texts: Iterable[tuple[Sequence[int], Sequence[int]]]) -> None:
        """Check tokenised texts.

        Args:
            encoder: Its name, for errors.
            texts: Token ids and segments of each.

        Raises:
            EncoderError: a text is longer, or a token id or a segment larger, than the encoder has rows for.

        Example:
            >>> Limits(tokens=4, vocabulary=9, segments=2).check("mine", [([1, 8, 2], [0, 0, 1])])
        """
        longest, largest, segment = 0, 0, 0
        for ids, types in texts:
            longest, largest, segment = max(longest, len(ids)), max((largest, *ids)), max((segment, *types))
        if self.tokens is not None and longest > self.tokens:
            raise EncoderError(
                f"encoder {encoder!r}: a text has {longest} tokens, and the encoder positions for {self.tokens}; "
                f"give the recipe a max_length of at most {self.tokens} (--stablebert-recipe max_length={self.tokens})"
            )
        if largest >= self.vocabulary:
            raise EncoderError(
                f"encoder {encoder!r}: its tokenizer gives token id {largest}, and the encoder has embeddings for ids "
                f"below {self.vocabulary}; the tokenizer in its folder is that of another model, or was extended"
            )
        if self.segments is not None and segment >= self.segments:
            raise EncoderError(
                f"encoder {encoder!r}: its tokenizer gives segment {segment}, as of a second text, and the encoder has "
                f"{self.segments} (type_vocab_size); take a task of one text, or a tokenizer without segments"
            )


def limits_of(model: Any, family: Family) -> Limits:
    """Return the sizes of an encoder's tables.

    Args:
        model: The encoder.
        family: Its family.
    """
    positions = _rows(model, family.positions)
    return Limits(
        tokens=None if positions is None else positions - family.position_of_first(model),
        vocabulary=model.get_input_embeddings().num_embeddings,
        segments=_rows(model, f"{family.embeddings}.token_type_embeddings") if family.segments else None,
    )


def _rows(model: nn.Module, path: str) -> int | None:
    try:
        table = model.get_submodule(path)
    except AttributeError:
        return None
    return table.num_embeddings if isinstance(table, nn.Embedding) else None
