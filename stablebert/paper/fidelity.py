"""The quirks of the authors' released code, one named switch each: off is `corrected`, on is `released`."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Fidelity:
    """Which quirks of the released code a run has; the default has none.

    Attributes:
        inert_weight_decay: `wdecay` does nothing: the wrapper of pretrained weight decay sets every group's decay to 0.
        pulled_head: `prior` pulls the head to its own random start, since the test that spares it never holds.
        decay_by_name: `prior` spares what has `bias` or `LayerNorm.weight` in its name, instead of pulling all.
        unscaled_mixout_gradient: `mixout` scales kept weights by 1 / (1 - p) forwards, and not backwards.
        mixout_by_neuron: `mixout` draws one mask an input feature and repeats it over the outputs.
        mixed_head: `mixout` mixes the head too, with its own random start as target.
        early_layerwise_decay: `llrd` decays the top block already; head and pooler have the base rate and no decay.
        selection_by_accuracy: the best checkpoint is the most accurate one, also where F1 is reported.
        late_last_update: a length in steps ends one update late.
        uneven_evaluations: evaluations follow every total // 10 updates and the end, so there may be 11.
    """

    inert_weight_decay: bool = False
    pulled_head: bool = False
    decay_by_name: bool = False
    unscaled_mixout_gradient: bool = False
    mixout_by_neuron: bool = False
    mixed_head: bool = False
    early_layerwise_decay: bool = False
    selection_by_accuracy: bool = False
    late_last_update: bool = False
    uneven_evaluations: bool = False


CORRECTED = Fidelity()
RELEASED = Fidelity(**{field.name: True for field in fields(Fidelity)})
_BY_NAME = {"corrected": CORRECTED, "released": RELEASED}


def fidelity_of(name: str) -> Fidelity:
    """Return the switches of a run's fidelity.

    Args:
        name: `corrected` or `released`.

    Raises:
        ValueError: the name is neither.

    Example:
        >>> fidelity_of("released").pulled_head
        True
    """
    if name not in _BY_NAME:
        raise ValueError(f"fidelity is {name!r}; it must be one of {', '.join(_BY_NAME)}")
    return _BY_NAME[name]
