"""Floor 1: what the paper varies. One file a method, one registry in paper order; imported when first used."""

from typing import TYPE_CHECKING

from stablebert.lazy import lazy_names

if TYPE_CHECKING:
    from stablebert.methods.added import load_method, method_parameters
    from stablebert.methods.base import Method, MethodError, Start
    from stablebert.methods.building import OptimizerError, build_optimizer
    from stablebert.methods.changing import change_model
    from stablebert.methods.llrd import layerwise_lr_groups
    from stablebert.methods.mixout import apply_mixout
    from stablebert.methods.prior import PretrainedDecay
    from stablebert.methods.registry import METHODS, resolve
    from stablebert.methods.reinit import reinitialize
    from stablebert.methods.wdecay import weight_decay_groups

__all__ = [
    "METHODS",
    "Method",
    "MethodError",
    "OptimizerError",
    "PretrainedDecay",
    "Start",
    "apply_mixout",
    "build_optimizer",
    "change_model",
    "layerwise_lr_groups",
    "load_method",
    "method_parameters",
    "reinitialize",
    "resolve",
    "weight_decay_groups",
]
_HOMES = {
    "added": ("load_method", "method_parameters"),
    "base": ("Method", "MethodError", "Start"),
    "building": ("OptimizerError", "build_optimizer"),
    "changing": ("change_model",),
    "llrd": ("layerwise_lr_groups",),
    "mixout": ("apply_mixout",),
    "prior": ("PretrainedDecay",),
    "registry": ("METHODS", "resolve"),
    "reinit": ("reinitialize",),
    "wdecay": ("weight_decay_groups",),
}
__getattr__ = lazy_names(__name__, {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names})
