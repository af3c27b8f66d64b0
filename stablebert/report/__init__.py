"""Verdicts, comparisons, plans, the paper and accepted runs as words and tables; imported when first used."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
