"""Questions beside the rule: compare, rank, plan, claims, printed rows. No torch, no files; names are bound late."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
