"""Floor 0: what the paper states: recipes, encoders and printed numbers; each part is loaded when first used."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
