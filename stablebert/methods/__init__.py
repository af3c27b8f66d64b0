"""Floor 1: what the paper varies. One file a method, one registry in paper order; imported when first used."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
