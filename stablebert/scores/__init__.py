"""Anyone's runs: tables of seeds and scores, and functions that make them. No torch; imported when first used."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
