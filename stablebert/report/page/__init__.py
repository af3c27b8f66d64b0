"""The page: one self-contained HTML file, the same as Markdown, a CSV a picture; made with the extra `report`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
