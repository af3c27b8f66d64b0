"""Floor 0: the statistics of the gate and of the report. numpy and scipy only, loaded when first used."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
