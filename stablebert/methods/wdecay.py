"""Weight decay: matrices are pulled to zero at every update (Section 7).

What: decoupled decay, as in AdamW: it goes with the schedule's rate and does not pass through the moments.
Equation: w = w - lr_t * coefficient * w before the update of step t, for matrices; biases and normalisations keep out.
Hyperparameters: `coefficient`, the paper's lambda (Appendix H: 1e-4, 1e-3, 1e-2, 1e-1).
Where it does not help: Table 2 prints the very numbers of the standard way for it.
Deviations: the paper says neither whether lambda goes with the rate nor what keeps out. In the released code it does
nothing at all (switch `inert_weight_decay`). What keeps out is found by the type of its module, not by its name.
"""

from dataclasses import dataclass

from torch import nn

from stablebert.methods.base import Groups, Method, MethodError, split_groups, trainable_group
from stablebert.paper import Fidelity
from stablebert.runs import Recipe

_NORMALISATIONS = (nn.LayerNorm, nn.RMSNorm, nn.GroupNorm, nn.modules.batchnorm._NormBase)


@dataclass(frozen=True)
class Wdecay(Method):
    """Decay of the matrices.

    Attributes:
        coefficient: The paper's lambda, >= 0.
    """

    moves_unused_rows = True
    coefficient: float = 0.01

    def __post_init__(self) -> None:
        _check(self.coefficient)

    def refine_groups(self, groups: Groups, model: nn.Module, recipe: Recipe, fidelity: Fidelity) -> Groups:  # noqa: ARG002
        """Split the groups into what decays and what does not."""
        if fidelity.inert_weight_decay:
            return groups
        matrices = decaying_parameters(model)
        return split_groups(
            groups, lambda tensor: {"weight_decay": self.coefficient if id(tensor) in matrices else 0.0}
        )


def weight_decay_groups(model: nn.Module, weight_decay: float) -> Groups:
    """Return parameter groups of which only the matrices decay, for any optimizer that takes `weight_decay`.

    Args:
        model: Any model.
        weight_decay: Decay of the matrices, >= 0.

    Returns:
        Torch parameter groups with their own `weight_decay`: every trainable parameter is in exactly one.

    Raises:
        ValueError: the decay is negative.

    Example:
        >>> model = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))
        >>> [(len(group["params"]), group["weight_decay"]) for group in weight_decay_groups(model, 0.1)]
        [(1, 0.1), (3, 0.0)]
    """
    _check(weight_decay)
    matrices = decaying_parameters(model)
    groups = trainable_group(model)
    return split_groups(groups, lambda tensor: {"weight_decay": weight_decay if id(tensor) in matrices else 0.0})


def decaying_parameters(model: nn.Module) -> set[int]:
    """Return the `id`s of the parameters that weight decay is for.

    These are tensors of two or more dimensions that belong to no normalisation and are no bias of their module, so that
    a normalisation is spared whatever it is called. A parameter that two modules share decays if it does in one.
    """
    return {
        id(tensor)
        for module in model.modules()
        if not _is_normalisation(module)
        for name, tensor in module.named_parameters(recurse=False)
        if tensor.ndim >= 2 and not name.endswith("bias")
    }


def _is_normalisation(module: nn.Module) -> bool:
    # models bring normalisations of their own, which inherit from none of torch's
    return isinstance(module, _NORMALISATIONS) or type(module).__name__.endswith("Norm")


def _check(coefficient: float) -> None:
    if not 0 <= coefficient < float("inf"):
        raise MethodError(f"wdecay: weight decay is {coefficient!r}; it must be >= 0 and finite")
