"""Which runs are made alone, and why."""

import json
from collections.abc import Sequence
from contextlib import suppress

from stablebert.encoders.family import FAMILIES
from stablebert.encoders.sources import EncoderError, encoder_folder
from stablebert.paper import intermediate_run
from stablebert.runs import RunSpec, format_id


def why_alone(spec: RunSpec) -> str | None:
    """Return in words why a run cannot be trained side by side with other seeds, or None where it can.

    Args:
        spec: The run.

    Example:
        >>> why_alone(RunSpec(task="trec", optimizer="torch.optim:SGD"))
        "torch.optim:SGD is not ours: what it keeps of one seed may reach another's"
    """
    others = [name for name in (spec.optimizer, *json.loads(spec.method_sources).values()) if name]
    if others:
        return f"{', '.join(others)} is not ours: what it keeps of one seed may reach another's"
    if intermediate_run(spec) is not None:
        return f"{spec.method} begins with a run of its own each"
    kind = _model_type(spec)
    family = FAMILIES.get(kind) if kind else None
    if kind and not (family and family.packed):
        return f"an encoder of type {kind} cannot be packed into one row, which is what is stacked"
    return None


def check_together(specs: Sequence[RunSpec]) -> None:
    """Refuse runs that are no stack, whose records would not be those of their class, or that cannot be stacked.

    Raises:
        ValueError: they are not all runs of one stack in its order, or `why_alone` says why they are made alone.
    """
    if not specs or tuple(specs) != specs[0].stack or len(specs) == 1:
        said = ", ".join(map(format_id, specs)) or "none"
        raise ValueError(f"runs side by side are those of one stack, as `RunSpec.stack` lists them; these are {said}")
    if why := why_alone(specs[0]):
        raise ValueError(f"{specs[0].cell.id} cannot be trained side by side: {why}")


def _model_type(spec: RunSpec) -> str | None:
    # an encoder that cannot be read says so itself when its run is made
    with suppress(EncoderError, OSError, ValueError, RecursionError):
        configuration = encoder_folder(spec.encoder, spec.encoder_source) / "config.json"
        found = json.loads(configuration.read_text(encoding="utf-8"))
        kind = found.get("model_type") if isinstance(found, dict) else None
        return kind if isinstance(kind, str) else None
    return None
