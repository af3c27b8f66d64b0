"""Floor 1: the laws that every Adam-like optimizer keeps. Loaded when used, torch when a law is checked."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
