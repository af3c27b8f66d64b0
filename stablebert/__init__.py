"""Says, with evidence, whether a change to an optimizer, a method or a model made fine-tuning worse.

After *Revisiting Few-sample BERT Fine-tuning* (Zhang et al., ICLR 2021). Importing the package imports no torch:
`RunSpec`, `Recipe`, `Record` and `train` are resolved when first used.
"""

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
