"""Says, with evidence, whether a change to an optimizer, a method or a model made fine-tuning worse.

After *Revisiting Few-sample BERT Fine-tuning* (Zhang et al., ICLR 2021). Importing the package imports no torch:
`RunSpec`, `Recipe`, `Record` and `train` are resolved when first used.
"""

from typing import TYPE_CHECKING

from stablebert.lazy import lazy_names

if TYPE_CHECKING:
    from stablebert.runs import Recipe, Record, RunSpec
    from stablebert.training import train

__version__ = "0.1.0"
__all__ = ["Recipe", "Record", "RunSpec", "__version__", "train"]
__getattr__ = lazy_names(
    __name__,
    dict.fromkeys(("Recipe", "Record", "RunSpec"), "stablebert.runs") | {"train": "stablebert.training"},
)
