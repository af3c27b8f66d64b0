"""The embedding table cut down to the words of a run's texts.

A row that no text of the run touches has a zero gradient and zero moments: without weight decay Adam never moves it,
and it adds nothing to any norm. Leaving it out changes nothing but the cost of an update.
"""

from dataclasses import replace

import torch
from torch import nn

from stablebert.encoders.model import Classifier
from stablebert.training.examples import Splits


def compact_vocabulary(model: Classifier, splits: Splits) -> tuple[Splits, list[int]]:
    """Keep the embedding rows that the splits use, in place; return the splits in the new numbering, and the rows kept.

    Args:
        model: The classifier, before its optimizer is built.
        splits: Tokenised splits of the run.
    """
    embeddings: nn.Embedding = model.encoder.get_input_embeddings()
    kept = sorted({token for split in splits.values() for example in split for token in example.input_ids})
    place = {token: index for index, token in enumerate(kept)}
    embeddings.weight = nn.Parameter(embeddings.weight.detach()[torch.tensor(kept)])
    embeddings.num_embeddings = len(kept)
    # no text holds padding once packed, so no row is exempt from the gradient
    embeddings.padding_idx = None
    renumbered = {
        name: tuple(replace(example, input_ids=tuple(place[token] for token in example.input_ids)) for example in split)
        for name, split in splits.items()
    }
    return renumbered, kept
