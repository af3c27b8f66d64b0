"""Floor 1: what the paper varies. One file a method, one registry in paper order; imported when first used."""

from typing import TYPE_CHECKING

from stablebert.lazy import lazy_names

if TYPE_CHECKING:
    from stablebert.methods.base import Method, MethodError
    from stablebert.methods.building import OptimizerError, build_optimizer
    from stablebert.methods.registry import METHODS, resolve
    from stablebert.methods.reinit import Reinit, reinitialize

__all__ = [
    "METHODS",
    "Method",
    "MethodError",
    "OptimizerError",
    "Reinit",
    "build_optimizer",
    "reinitialize",
    "resolve",
]
_BASE, _BUILDING, _REGISTRY, _REINIT = (f"{__name__}.{home}" for home in ("base", "building", "registry", "reinit"))
__getattr__ = lazy_names(
    __name__,
    {
        "METHODS": _REGISTRY,
        "Method": _BASE,
        "MethodError": _BASE,
        "OptimizerError": _BUILDING,
        "Reinit": _REINIT,
        "build_optimizer": _BUILDING,
        "reinitialize": _REINIT,
        "resolve": _REGISTRY,
    },
)
