"""A pretrained encoder through transformers' auto classes, and the paper's classifier on top of it (Section 3).

Weights are safetensors only, and no remote code is run.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stablebert.encoders.family import Family, family_of
from stablebert.encoders.sources import EncoderError, encoder_digest, encoder_folder


@dataclass(frozen=True)
class Encoder:
    """A pretrained encoder, fresh from its files.

    Attributes:
        name: Its id.
        folder: Where its files are.
        model: The module, float32.
        family: What is known of its family.
        digest: Digest of weights and configuration.
    """

    name: str
    folder: Path
    model: Any
    family: Family
    digest: str

    @property
    def config(self) -> Any:
        """The model's configuration."""
        return self.model.config

    @cached_property
    def tokenizer(self) -> Any:
        """Its tokenizer, read when it is first asked for: a run whose texts are tokenised needs none."""
        from transformers import AutoTokenizer

        with _reading(self.name, self.folder):
            return AutoTokenizer.from_pretrained(self.folder, trust_remote_code=False)


def load_encoder(name: str, source: str | None = None, dropout: float = 0.1) -> Encoder:
    """Load an encoder anew.

    Args:
        name: `minilm`, or any other id together with a source.
        source: Hub name or local folder.
        dropout: Probability of every dropout in the encoder, in [0, 1).

    Raises:
        EncoderError: it is unknown, out of reach, has no safetensors weights, or cannot be built without remote code.

    Example:
        >>> load_encoder("minilm").config.num_hidden_layers  # doctest: +SKIP
        6
    """
    folder = encoder_folder(name, source)
    from transformers import AutoConfig, AutoModel

    with _reading(source or name, folder), torch.random.fork_rng(devices=[]):
        # weights that a checkpoint lacks (a pooler, say) are drawn by transformers: the same in every run
        torch.default_generator.manual_seed(0)
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        for attribute in [key for key in vars(config) if key.endswith(("dropout", "dropout_prob"))]:
            if isinstance(getattr(config, attribute), float):
                setattr(config, attribute, dropout)
        model = AutoModel.from_pretrained(
            folder, config=config, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
        )
    family = family_of(config.model_type, model)
    return Encoder(name, folder, model, family, encoder_digest(name, source))


def block_list(model: nn.Module, family: Family) -> nn.ModuleList:
    """Return the Transformer blocks of an encoder, bottom first."""
    blocks = model.get_submodule(family.blocks)
    if not isinstance(blocks, nn.ModuleList):
        raise EncoderError(f"encoder of type {family.model_type!r}: {family.blocks!r} is not a list of blocks")
    return blocks


@contextmanager
def _reading(encoder: str, folder: Path) -> Iterator[None]:
    try:
        with quiet_transformers():
            yield
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(f"encoder {encoder!r} does not load from {folder}: {error}") from error


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep transformers' warnings and progress bars off the terminal."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


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
