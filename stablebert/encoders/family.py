"""What is known of a model family, as data: where its parts live and how it is fed."""

from dataclasses import dataclass

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
class Family:
    """One record a model family; paths are module paths inside the model that `AutoModel` builds.

    Attributes:
        model_type: transformers' `config.model_type`.
        embeddings: Path of the embeddings.
        blocks: Path of the list of Transformer blocks, bottom first.
        pooler: Path of the pooler of the first token, or None.
        packed: Whether attention goes through transformers' interface and positions can be given, so that a batch can
            be one packed row.
        native: What of it the compiled kernels can compute, or None.
        first_position: Position of a text's first token.
    """

    model_type: str
    embeddings: str
    blocks: str
    pooler: str | None
    packed: bool
    native: NativeParts | None = None
    first_position: int = 0


_BERT_PARTS = NativeParts(
    dropouts=("embeddings.dropout",),
    residual_norms=("attention.output", "output"),
    activations=("intermediate.intermediate_act_fn",),
)
FAMILIES = {
    family.model_type: family
    for family in (
        Family("bert", "embeddings", "encoder.layer", "pooler", packed=True, native=_BERT_PARTS),
        # its positions begin after that of the padding
        Family("roberta", "embeddings", "encoder.layer", "pooler", packed=True, native=_BERT_PARTS, first_position=2),
        Family("electra", "embeddings", "encoder.layer", None, packed=True, native=_BERT_PARTS),
    )
}


def family_of(model_type: str, model: nn.Module) -> Family:
    """Return the record of a model's family, found by structure where none is written down.

    Args:
        model_type: transformers' `config.model_type`.
        model: The encoder.

    Raises:
        EncoderError: the sequence is not summarised by its first token, or no list of blocks is found.
    """
    if model_type in FAMILIES:
        return FAMILIES[model_type]
    config = getattr(model, "config", None)
    if getattr(config, "is_encoder_decoder", False) or model_type == "xlnet":
        raise EncoderError(
            f"encoder of type {model_type!r}: not supported; its summary is not the first token of an encoder"
        )
    lists = {name: len(module) for name, module in model.named_modules() if isinstance(module, nn.ModuleList)}
    if not lists or not hasattr(model, "embeddings"):
        raise EncoderError(f"encoder of type {model_type!r}: found no 'embeddings' and no list of blocks")
    pooler = "pooler" if isinstance(getattr(model, "pooler", None), nn.Module) else None
    return Family(model_type, "embeddings", max(lists, key=lambda name: lists[name]), pooler, packed=False)
