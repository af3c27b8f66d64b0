"""What is accepted, `baselines/` on disk: cells, margins, bridges, searches, releases, waivers, ledger; no torch."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
