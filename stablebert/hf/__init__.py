"""The door of `transformers.Trainer`: the paper's methods in its forms, a watch on a run, and a look at its set-up."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
