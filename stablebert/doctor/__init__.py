"""Known causes of instability in anyone's set-up: its facts, the causes, and what is stored of each."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
