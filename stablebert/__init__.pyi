from .runs import Recipe as Recipe
from .runs import Record as Record
from .runs import RunSpec as RunSpec
from .training import train as train

__version__: str
