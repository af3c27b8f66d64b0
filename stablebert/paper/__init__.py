"""Floor 0: what the paper states: recipes, encoders and printed numbers; each part is loaded when first used."""

from typing import TYPE_CHECKING

from stablebert.lazy import lazy_names

if TYPE_CHECKING:
    from stablebert.paper.claims import CLAIMS, Arm, Claim
    from stablebert.paper.encoders import ENCODERS, PROFILES, default_encoder
    from stablebert.paper.fidelity import CORRECTED, RELEASED, Fidelity, fidelity_of
    from stablebert.paper.intermediate import INTERMEDIATE_TASKS, intermediate_run
    from stablebert.paper.methods import METHOD_PARAMETERS, check_method
    from stablebert.paper.printed import PrintedRow, paper_margin, printed_row, printed_rows
    from stablebert.paper.recipes import MINILM_LEARNING_RATE, default_recipe
    from stablebert.paper.tables import read_table

__all__ = [
    "CLAIMS",
    "CORRECTED",
    "ENCODERS",
    "INTERMEDIATE_TASKS",
    "METHOD_PARAMETERS",
    "MINILM_LEARNING_RATE",
    "PROFILES",
    "RELEASED",
    "Arm",
    "Claim",
    "Fidelity",
    "PrintedRow",
    "check_method",
    "default_encoder",
    "default_recipe",
    "fidelity_of",
    "intermediate_run",
    "paper_margin",
    "printed_row",
    "printed_rows",
    "read_table",
]
_HOMES = {
    "claims": ("CLAIMS", "Arm", "Claim"),
    "encoders": ("ENCODERS", "PROFILES", "default_encoder"),
    "fidelity": ("CORRECTED", "RELEASED", "Fidelity", "fidelity_of"),
    "intermediate": ("INTERMEDIATE_TASKS", "intermediate_run"),
    "methods": ("METHOD_PARAMETERS", "check_method"),
    "printed": ("PrintedRow", "paper_margin", "printed_row", "printed_rows"),
    "recipes": ("MINILM_LEARNING_RATE", "default_recipe"),
    "tables": ("read_table",),
}
__getattr__ = lazy_names(__name__, {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names})
