"""The parameters of a classifier by depth: embeddings, blocks from the bottom up, pooler, head."""

from stablebert.encoders.classifier import Classifier
from stablebert.encoders.sources import EncoderError


def parameter_blocks(model: Classifier) -> dict[str, list[str]]:
    """Return the names of all parameters by block, every name once.

    Args:
        model: The classifier.

    Returns:
        `embeddings`, `block01` and so on from the bottom, `pooler` where there is one, `head`; parameters of the
        encoder that lie in none of them count as embeddings.

    Raises:
        EncoderError: a parameter belongs to no block.
    """
    family = model.family
    prefixes = {
        f"encoder.{family.blocks}.{index}.": f"block{index + 1:02d}"
        for index in range(len(model.encoder.get_submodule(family.blocks)))
    }
    if family.pooler is not None:
        prefixes[f"encoder.{family.pooler}."] = "pooler"
    prefixes["classifier."] = "head"
    prefixes["encoder."] = "embeddings"
    blocks: dict[str, list[str]] = {block: [] for block in ("embeddings", *list(prefixes.values())[:-1])}
    for name, _ in model.named_parameters():
        owner = next((block for prefix, block in prefixes.items() if name.startswith(prefix)), None)
        if owner is None:
            raise EncoderError(f"parameter {name!r} belongs to no block of a {family.model_type!r} encoder")
        blocks[owner].append(name)
    return blocks
