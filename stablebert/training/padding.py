"""Batches padded to their longest text, for encoders whose attention cannot be packed."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from stablebert.encoders.classifier import Classifier
from stablebert.training.encoding import Encoding


def padded_logits(tokenizer: Any) -> Callable[[Classifier, Sequence[Encoding]], Tensor]:
    """Return a function from (model, batch) to logits, shape (examples, labels), that pads with the tokenizer."""
    names = [name for name in ("input_ids", "token_type_ids") if name in tokenizer.model_input_names]

    def logits(model: Classifier, batch: Sequence[Encoding]) -> Tensor:
        features = [{name: list(getattr(example, name)) for name in names} for example in batch]
        inputs = tokenizer.pad(features, return_tensors="pt").to(model.device)
        result: Tensor = model(**inputs)
        return result

    return logits
