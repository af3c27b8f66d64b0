"""Floor 1: what the paper varies. One file a method, one registry in paper order."""

from stablebert.methods.base import Method, MethodError
from stablebert.methods.bertadam import BertAdamMethod
from stablebert.methods.building import OptimizerError, build_optimizer
from stablebert.methods.debiased import Debiased
from stablebert.methods.registry import METHODS, resolve
from stablebert.methods.reinit import Reinit, reinitialize

__all__ = [
    "METHODS",
    "BertAdamMethod",
    "Debiased",
    "Method",
    "MethodError",
    "OptimizerError",
    "Reinit",
    "build_optimizer",
    "reinitialize",
    "resolve",
]
