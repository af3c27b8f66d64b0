"""Floor 0: what the paper states: recipes, encoders and printed numbers."""

from stablebert.paper.encoders import ENCODERS, PROFILES, default_encoder
from stablebert.paper.recipes import MINILM_LEARNING_RATE, default_recipe
from stablebert.paper.tables import PrintedCell, printed_cell, read_table

__all__ = [
    "ENCODERS",
    "MINILM_LEARNING_RATE",
    "PROFILES",
    "PrintedCell",
    "default_encoder",
    "default_recipe",
    "printed_cell",
    "read_table",
]
