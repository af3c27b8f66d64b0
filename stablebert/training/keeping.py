"""The encoder of a finished run as files, for a run that starts from it (Section 7, `transfer`)."""

from collections.abc import Sequence
from pathlib import Path

import torch

from stablebert.encoders.classifier import Classifier
from stablebert.encoders.loading import Encoder, quiet_transformers


@torch.no_grad()
def keep_encoder(fresh: Encoder, trained: Classifier, rows: Sequence[int] | None, folder: Path) -> None:
    """Write a trained encoder and its tokenizer as transformers does, with the whole vocabulary.

    Args:
        fresh: The encoder as it was loaded, of the same shape; it takes the trained values.
        trained: The classifier at the checkpoint to keep, packed or not.
        rows: Rows of the embedding that `trained` still has, or None for all; the others never moved.
        folder: Where to write.

    Raises:
        OSError: it cannot be written.
    """
    table = fresh.model.get_input_embeddings().weight
    for home, value in zip(fresh.model.parameters(), trained.encoder.parameters(), strict=True):
        if home is table and rows is not None:
            home[torch.tensor(rows)] = value.to(home.device)
        else:
            home.copy_(value)
    with quiet_transformers():
        fresh.model.save_pretrained(folder)
        fresh.tokenizer.save_pretrained(folder)
