"""The paper's classifier: dropout and one linear layer on the pooled output (Section 3)."""

from typing import Any

import torch
from torch import Tensor, nn

from stablebert.encoders.loading import Encoder


class Classifier(nn.Module):
    """An encoder with a fresh linear layer on its pooled first token.

    Args:
        encoder: The pretrained encoder; its module becomes part of the classifier.
        num_labels: Outputs, >= 1; 1 for regression.
        dropout: Probability of the dropout before the linear layer, in [0, 1).
        generator: The `head` stream: weights are drawn from N(0, initializer_range), the bias is 0.
    """

    def __init__(self, encoder: Encoder, num_labels: int, dropout: float, generator: torch.Generator) -> None:
        super().__init__()
        self.encoder = encoder.model
        self.family = encoder.family
        self.dropout = nn.Dropout(dropout)
        # skip_init: torch's own initialisation would draw from the global generator
        self.classifier = nn.utils.skip_init(nn.Linear, encoder.config.hidden_size, num_labels)
        std = getattr(encoder.config, "initializer_range", 0.02)
        nn.init.normal_(self.classifier.weight, std=std, generator=generator)
        nn.init.zeros_(self.classifier.bias)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        device: torch.device = self.classifier.weight.device
        return device

    def forward(self, **inputs: Any) -> Tensor:
        """Return logits, shape (examples, labels), from the encoder's own inputs, padded on the right."""
        return self.classify(self.encoder(**inputs).last_hidden_state[:, 0])

    def classify(self, first: Tensor) -> Tensor:
        """Return logits, shape (examples, labels), from the last hidden states of the first tokens, (examples, size).

        Args:
            first: One row an example.
        """
        pooler = self.family.pooler
        pooled = first if pooler is None else self.encoder.get_submodule(pooler)(first[:, None])
        logits: Tensor = self.classifier(self.dropout(pooled))
        return logits
