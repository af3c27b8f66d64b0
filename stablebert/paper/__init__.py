"""Floor 0: what the paper states: recipes, encoders and printed numbers."""

from stablebert.paper.encoders import ENCODERS, PROFILES, default_encoder
from stablebert.paper.methods import METHOD_PARAMETERS, check_method
from stablebert.paper.recipes import MINILM_LEARNING_RATE, default_recipe
from stablebert.paper.tables import PrintedCell, printed_cell, read_table

__all__ = [
    "ENCODERS",
    "METHOD_PARAMETERS",
    "MINILM_LEARNING_RATE",
    "PROFILES",
    "PrintedCell",
    "check_method",
    "default_encoder",
    "default_recipe",
    "printed_cell",
    "read_table",
]
