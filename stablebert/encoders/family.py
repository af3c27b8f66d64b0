"""What is known of a model family, as data: where its parts live, how it is fed, and what reads its output."""

import inspect
from dataclasses import dataclass, field, replace
from typing import Any

from torch import nn

from stablebert.encoders.sources import EncoderError


@dataclass(frozen=True)
class NativeParts:
    """Which modules of a family compute what there are kernels for.

    Attributes:
        dropouts: Paths of dropout modules inside the model.
        residual_norms: Paths inside a block of modules with `dense`, `dropout` and `LayerNorm` that compute
            LayerNorm(dropout(dense(hidden)) + residual).
        activations: Paths inside a block of its activation.
    """

    dropouts: tuple[str, ...]
    residual_norms: tuple[str, ...]
    activations: tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """What a classifier computes between the summary of a text and its output layer; that of transformers' own models.

    Attributes:
        dense: Whether a fresh linear layer of the encoder's width comes first.
        activation: What follows it (or the pooler): a function of `torch`, or None.
        first_dropout: Whether there is dropout before the dense layer too.
        bias: Whether the dense layer has one.
        norm: Whether a fresh normalisation follows the activation.
    """

    dense: bool = False
    activation: str | None = None
    first_dropout: bool = False
    bias: bool = True
    norm: bool = False


@dataclass(frozen=True)
class Family:
    """One record a model family; paths are module paths inside the model that `AutoModel` builds.

    Attributes:
        model_type: transformers' `config.model_type`.
        embeddings: Path of the embeddings.
        blocks: Path of the list of Transformer blocks, bottom first; the top blocks are its last.
        pooler: Path of the pooler of the first token, or None.
        packed: Whether attention goes through transformers' interface and positions can be given, so that a batch can
            be one packed row.
        native: What of it the compiled kernels can compute, or None.
        first_position: Position of a text's first token; None is the one after the padding's.
        reads_pooler: Whether the classifier reads the pooler; if not, it is loaded without one.
        below: Paths of further lists of blocks, below those of `blocks`: an encoder under a decoder.
        above: Paths of what lies above the top block, and counts with it.
        normal: Names of tensors that a block holds itself, outside any layer, drawn like matrices.
        positions: Path of the table of positions, which bounds the length of a text; a model may lack it.
        segments: Whether the encoder is told which of two texts a token is of.
        left: Whether texts are padded on the left.
        summary: What stands for a text: the hidden state of its `first` or `last` token, or their `mean`.
        summary_setting: Attribute of the configuration that says it otherwise, or None.
        head: What is computed of the summary.
        std: Attribute of the configuration with the standard deviation of fresh matrices.
        released: The family as the paper's code has it where that differs, or None.
    """

    model_type: str
    embeddings: str
    blocks: str
    pooler: str | None
    packed: bool
    native: NativeParts | None = None
    first_position: int | None = 0
    reads_pooler: bool = True
    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    normal: tuple[str, ...] = ()
    positions: str = "embeddings.position_embeddings"
    segments: bool = True
    left: bool = False
    summary: str = "first"
    summary_setting: str | None = None
    head: Head = field(default_factory=Head)
    std: str = "initializer_range"
    released: "Family | None" = None

    def position_of_first(self, model: nn.Module) -> int:
        """Return the position of a text's first token in a model of this family.

        Raises:
            EncoderError: it depends on the padding's id, and the configuration has none.
        """
        if self.first_position is not None:
            return self.first_position
        padding = getattr(model.get_submodule(self.embeddings), "padding_idx", None)
        if not isinstance(padding, int):
            raise EncoderError(
                f"encoder of type {self.model_type!r}: pad_token_id is {padding!r} in its configuration, and positions "
                "are counted from there; it must be the id of the padding token that the encoder was trained with"
            )
        return padding + 1

    def standard_deviation(self, model: nn.Module) -> float:
        """Return the standard deviation that a model's configuration gives fresh matrices, 0.02 where it gives none."""
        return float(getattr(model.config, self.std, 0.02))


_BERT_PARTS = NativeParts(
    dropouts=("embeddings.dropout",),
    residual_norms=("attention.output", "output"),
    activations=("intermediate.intermediate_act_fn",),
)
_TANH = Head(dense=True, activation="tanh", first_dropout=True)
_GELU = Head(dense=True, activation="gelu", first_dropout=True)
_BERT = Family("bert", "embeddings", "encoder.layer", "pooler", packed=True, native=_BERT_PARTS)
# the positions of a RoBERTa begin after that of the padding
_ROBERTA = replace(_BERT, model_type="roberta", first_position=None, reads_pooler=False, head=_TANH)
_ELECTRA = replace(_BERT, model_type="electra", pooler=None, head=_GELU)
FAMILIES = {
    family.model_type: family
    for family in (
        _BERT,
        _ROBERTA,
        replace(_ROBERTA, model_type="xlm-roberta"),
        replace(_ELECTRA, released=replace(_ELECTRA, head=Head(), segments=False)),
        Family(
            "xlnet",
            "word_embedding",
            "layer",
            None,
            packed=False,
            normal=("q", "k", "v", "o", "r", "r_r_bias", "r_s_bias", "r_w_bias", "seg_embed"),
            left=True,
            summary="last",
            summary_setting="summary_type",
            head=Head(dense=True, activation="tanh"),
        ),
        Family(
            "bart",
            "shared",
            "decoder.layers",
            None,
            packed=False,
            first_position=2,
            below=("encoder.layers",),
            positions="encoder.embed_positions",
            segments=False,
            summary="last",
            head=_TANH,
            std="init_std",
        ),
        Family(
            "distilbert",
            "embeddings",
            "transformer.layer",
            None,
            packed=False,
            segments=False,
            head=Head(dense=True, activation="relu"),
        ),
        # one set of weights serves all blocks; the pooler is a bare linear layer
        Family(
            "albert",
            "embeddings",
            "encoder.albert_layer_groups",
            "pooler",
            packed=False,
            head=Head(activation="tanh"),
        ),
        replace(_ROBERTA, model_type="mpnet", packed=False, native=None, segments=False),
        Family(
            "deberta-v2", "embeddings", "encoder.layer", None, packed=False, head=replace(_GELU, first_dropout=False)
        ),
        Family(
            "modernbert",
            "embeddings",
            "layers",
            None,
            packed=False,
            above=("final_norm",),
            segments=False,
            summary_setting="classifier_pooling",
            head=Head(dense=True, activation="gelu", bias=False, norm=True),
        ),
    )
}
_SUMMARIES = {"first": "first", "cls": "first", "last": "last", "mean": "mean"}


def family_of(model_type: str, model: nn.Module) -> Family:
    """Return the record of a model's family, found by structure where none is written down.

    A record found by structure is for an encoder like BERT: transformers knows it as a masked language model, its
    `embeddings` hold the input embeddings, and one list of blocks is as long as its configuration says.

    Args:
        model_type: transformers' `config.model_type`.
        model: The encoder.

    Raises:
        EncoderError: the model is a causal one, or it has no record and is not like BERT.

    Example:
        >>> from transformers import BertConfig, BertModel
        >>> config = BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=2, num_attention_heads=2)
        >>> family_of("bert", BertModel(config)).blocks
        'encoder.layer'
    """
    config: Any = getattr(model, "config", None)
    if getattr(config, "is_decoder", False):
        raise EncoderError(f"encoder of type {model_type!r}: is_decoder is set: its first token would not see the text")
    if model_type in FAMILIES:
        return _with_summary(FAMILIES[model_type], config)
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    if getattr(config, "is_encoder_decoder", False) or model_type not in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        raise EncoderError(
            f"encoder of type {model_type!r}: not supported: it is no masked language model like BERT, whose first "
            f"token sees the whole text, and none of {', '.join(FAMILIES)}"
        )
    if "attention_mask" not in inspect.signature(model.forward).parameters:
        raise EncoderError(
            f"encoder of type {model_type!r}: not supported: it takes no attention_mask, so that a text's result would "
            "depend on the padding beside it"
        )
    embeddings = getattr(model, "embeddings", None)
    inputs = model.get_input_embeddings()  # type: ignore[operator]
    if embeddings is None or all(module is not inputs for module in embeddings.modules()):
        raise EncoderError(f"encoder of type {model_type!r}: not supported: it has no 'embeddings' with those of words")
    wanted = getattr(config, "num_hidden_layers", None)
    lists = {name: len(found) for name, found in model.named_modules() if isinstance(found, nn.ModuleList)}
    outer = [name for name, size in lists.items() if size == wanted]
    if len(outer) != 1:
        raise EncoderError(
            f"encoder of type {model_type!r}: not supported: num_hidden_layers is {wanted}, and its lists of modules "
            f"have {', '.join(f'{size} ({name})' for name, size in lists.items()) or 'none'}; just one must fit"
        )
    pooler = "pooler" if isinstance(getattr(model, "pooler", None), nn.Module) else None
    return Family(model_type, "embeddings", outer[0], pooler, packed=False, first_position=_after_padding(embeddings))


def _after_padding(embeddings: nn.Module) -> int | None:
    # a RoBERTa by another name keeps the padding's index beside its tables
    return None if hasattr(embeddings, "padding_idx") else 0


def _with_summary(family: Family, config: Any) -> Family:
    said = getattr(config, family.summary_setting, None) if family.summary_setting else None
    if said is None or _SUMMARIES.get(said) == family.summary:
        return family
    if said not in _SUMMARIES:
        raise EncoderError(
            f"encoder of type {family.model_type!r}: {family.summary_setting} is {said!r} in its configuration; it "
            f"must be one of {', '.join(_SUMMARIES)}"
        )
    return replace(family, summary=_SUMMARIES[said])
