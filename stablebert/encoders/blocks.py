"""The parameters of a model by depth: embeddings, blocks from the bottom up, pooler, head."""

from torch import nn

from stablebert.encoders.finding import find_encoder

EMBEDDINGS, POOLER, HEAD = "embeddings", "pooler", "head"


def parameter_blocks(model: nn.Module) -> dict[str, list[str]]:
    """Return the names of all parameters by block, every name once.

    Args:
        model: A `Classifier`, or a model as from transformers' auto classes.

    Returns:
        `embeddings`, `block01` and so on from the bottom, `pooler` where the encoder has one, `head` for what lies
        outside the encoder; parameters of the encoder that lie in none of these count as embeddings. A model that is an
        encoder alone has an empty head.

    Raises:
        EncoderError: the model is no transformers model, or nothing is known of its family.
    """
    found = find_encoder(model)
    family = found.family
    blocks = found.module.get_submodule(family.blocks)
    owners = {
        f"{found.prefix}{family.blocks}.{name}.": f"block{int(name) + 1:02d}" for name, _ in blocks.named_children()
    }
    if family.pooler is not None and getattr(found.module, family.pooler, None) is not None:
        owners[f"{found.prefix}{family.pooler}."] = POOLER
    names: dict[str, list[str]] = {block: [] for block in (EMBEDDINGS, *owners.values(), HEAD)}
    for name, _ in model.named_parameters():
        inside = EMBEDDINGS if name.startswith(found.prefix) else HEAD
        names[next((block for start, block in owners.items() if name.startswith(start)), inside)].append(name)
    return names
