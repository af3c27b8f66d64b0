"""A pretrained encoder through transformers' auto classes, and the paper's classifier on top of it (Section 3).

Weights are safetensors only, and no remote code is run.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stablebert.encoders.checkpoint import check_checkpoint, check_size, check_unquantised
from stablebert.encoders.encoder_files import stored_types, tensor_sizes
from stablebert.encoders.family import FAMILIES, Family, family_of
from stablebert.encoders.sources import EncoderError, encoder_digest, encoder_folder


@dataclass(frozen=True)
class Encoder:
    """A pretrained encoder, fresh from its files.

    Attributes:
        name: Its id.
        folder: Where its files are.
        model: The module, float32.
        family: What is known of its family.
        digest: Digest of its files.
        drawn: Names of parameters that the checkpoint lacks, which have no pretrained value: those of a pooler.
    """

    name: str
    folder: Path
    model: Any
    family: Family
    digest: str
    drawn: tuple[str, ...] = ()

    @property
    def config(self) -> Any:
        """The model's configuration."""
        return self.model.config

    @cached_property
    def tokenizer(self) -> Any:
        """Its tokenizer, read when it is first asked for: a run whose texts are tokenised needs none.

        Raises:
            EncoderError: it does not load, the folder has no vocabulary, or it has no token for padding.
        """
        from transformers import AutoTokenizer

        with reading(self.name, self.folder):
            tokenizer = AutoTokenizer.from_pretrained(self.folder, trust_remote_code=False)
        files = sorted({*tokenizer.vocab_files_names.values(), "tokenizer.json"})
        # without a file transformers makes one up, of the special tokens alone: every word would be unknown
        if not any((self.folder / file).is_file() for file in files):
            raise EncoderError(f"encoder {self.name!r}: {self.folder} has no tokenizer: none of {', '.join(files)}")
        if tokenizer.pad_token_id is None:
            raise EncoderError(f"encoder {self.name!r}: its tokenizer has no padding token; set pad_token and save it")
        return tokenizer


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

    with reading(source or name, folder), torch.random.fork_rng(devices=[]):
        # weights that a checkpoint lacks are drawn by transformers: the same in every run, until a head draws them
        torch.default_generator.manual_seed(0)
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        check_unquantised(source or name, config)
        check_size(source or name, config, tensor_sizes(folder))
        for attribute in [key for key in vars(config) if key.endswith(("dropout", "dropout_prob"))]:
            if isinstance(getattr(config, attribute), float):
                setattr(config, attribute, dropout)
        known = FAMILIES.get(config.model_type)
        unread = {} if known is None or known.reads_pooler else {"add_pooling_layer": False}
        model, report = AutoModel.from_pretrained(
            folder,
            config=config,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            # a shape that differs is in the report too
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **unread,
        )
    family = family_of(config.model_type, model)
    drawn = check_checkpoint(source or name, model, family, report, stored_types(folder))
    return Encoder(name, folder, model, family, encoder_digest(name, source), drawn)


def block_list(model: nn.Module, family: Family) -> nn.ModuleList:
    """Return the list with the top Transformer blocks of an encoder, bottom first."""
    blocks = model.get_submodule(family.blocks)
    if not isinstance(blocks, nn.ModuleList):
        raise EncoderError(f"encoder of type {family.model_type!r}: {family.blocks!r} is not a list of blocks")
    return blocks


_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "gelu": nn.functional.gelu,
    "relu": torch.relu,
}


@contextmanager
def reading(encoder: str, folder: Path) -> Iterator[None]:
    """Say of what transformers, tokenizers and safetensors raise that it is an encoder's, in one line.

    Args:
        encoder: Its name.
        folder: Its files.

    Raises:
        EncoderError: something was raised.
    """
    try:
        with quiet_transformers():
            yield
    except EncoderError:
        raise
    except Exception as error:
        # a file of others can make transformers, tokenizers and safetensors raise anything
        if "trust_remote_code" in str(error):
            raise EncoderError(
                f"encoder {encoder!r}: its model is code in its own folder (auto_map in config.json), which is not run "
                "here; save it as a model of transformers' own"
            ) from error
        # the first paragraph: what follows is advice on transformers
        said = " ".join(str(error).split("\n\n")[0].split())
        raise EncoderError(
            f"encoder {encoder!r} does not load from {folder}: {type(error).__name__}: {said}"
        ) from error


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
    """An encoder with a fresh head: a linear layer on its pooled first token for BERT, its family's own for others.

    Args:
        encoder: The pretrained encoder; its module becomes part of the classifier.
        num_labels: Outputs, >= 1; 1 for regression.
        dropout: Probability of the dropout before the linear layer, in [0, 1).
        generator: The `head` stream: weights are drawn from N(0, initializer_range), the bias is 0. A pooler that the
            checkpoint lacks is drawn from it too.
    """

    def __init__(self, encoder: Encoder, num_labels: int, dropout: float, generator: torch.Generator) -> None:
        super().__init__()
        self.encoder = encoder.model
        self.family = encoder.family
        self.drawn = encoder.drawn
        self.dropout = nn.Dropout(dropout)
        head, size = self.family.head, encoder.config.hidden_size
        # skip_init: torch's own initialisation would draw from the global generator
        self.classifier = nn.utils.skip_init(nn.Linear, size, num_labels)
        if head.dense:
            self.dense = nn.utils.skip_init(nn.Linear, size, size, bias=head.bias)
        if head.norm:
            self.norm = nn.LayerNorm(size, bias=False)
        std = self.family.standard_deviation(self.encoder)
        fresh = [name for name in dict(self.named_parameters()) if name.startswith(("classifier.", "dense."))]
        for name in [*fresh, *(f"encoder.{name}" for name in self.drawn)]:
            tensor = self.get_parameter(name)
            if tensor.ndim > 1:
                nn.init.normal_(tensor, std=std, generator=generator)
            else:
                nn.init.zeros_(tensor)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        device: torch.device = self.classifier.weight.device
        return device

    def head_parameters(self) -> list[nn.Parameter]:
        """Return what the head's generator has drawn or set, the output layer first."""
        layers = [self.classifier, *(layer for name in ("dense", "norm") if (layer := getattr(self, name, None)))]
        inside = [self.encoder.get_parameter(name) for name in self.drawn]
        return [*(parameter for layer in layers for parameter in layer.parameters()), *inside]

    def forward(self, **inputs: Any) -> Tensor:
        """Return logits, shape (examples, labels), from the encoder's own inputs.

        Args:
            inputs: `input_ids` and the like, shape (examples, tokens), and an `attention_mask` where there is padding,
                which may be on either side: it is moved to the family's.
        """
        mask = inputs.get("attention_mask")
        if mask is None:
            mask = torch.ones_like(inputs["input_ids"])
        order = mask.argsort(dim=1, descending=not self.family.left, stable=True)
        inputs = {name: value.gather(1, order) if value.ndim == 2 else value for name, value in inputs.items()}
        if self.family.first_position is None:
            # transformers would count from the ids, and take a word with the padding's id for padding
            first = self.family.position_of_first(self.encoder)
            inputs["position_ids"] = first + torch.arange(order.shape[1], device=order.device).expand_as(order)
        return self.classify(self._summary(self.encoder(**inputs).last_hidden_state, mask.gather(1, order)))

    def classify(self, summary: Tensor) -> Tensor:
        """Return logits, shape (examples, labels), from what stands for each text, (examples, size).

        Args:
            summary: One row an example: for most families the last hidden state of its first token.
        """
        family, head = self.family, self.family.head
        pooler = getattr(self.encoder, family.pooler, None) if family.pooler and family.reads_pooler else None
        if pooler is not None:
            summary = pooler(summary[:, None]).flatten(1)
        if head.dense:
            summary = self.dense(self.dropout(summary) if head.first_dropout else summary)
        if head.activation is not None:
            summary = _ACTIVATIONS[head.activation](summary)
        if head.norm:
            summary = self.norm(summary)
        logits: Tensor = self.classifier(self.dropout(summary))
        return logits

    def _summary(self, hidden: Tensor, mask: Tensor) -> Tensor:
        if self.family.summary == "mean":
            return (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        missing = hidden.shape[1] - mask.sum(1)
        first = missing if self.family.left else torch.zeros_like(missing)
        last = torch.full_like(missing, hidden.shape[1] - 1) - (0 if self.family.left else missing)
        place = first if self.family.summary == "first" else last
        return hidden[torch.arange(len(hidden), device=hidden.device), place]
