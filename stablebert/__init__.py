"""Says, with evidence, whether a change to an optimizer, a method or a model made fine-tuning worse.

After *Revisiting Few-sample BERT Fine-tuning* (Zhang et al., ICLR 2021). Importing the package imports no torch;
`stablebert.RunSpec`, `stablebert.Recipe`, `stablebert.Record` and `stablebert.train` are resolved when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stablebert.runs import Recipe, Record, RunSpec
    from stablebert.training import train

__version__ = "0.1.0"
__all__ = ["Recipe", "Record", "RunSpec", "__version__", "train"]

_HOMES = {
    "Recipe": "stablebert.runs",
    "Record": "stablebert.runs",
    "RunSpec": "stablebert.runs",
    "train": "stablebert.training",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'stablebert' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
