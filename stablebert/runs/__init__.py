"""Floor 0: what a run is, how it is named, and what comes out of it."""

from stablebert.runs.cell import Cell, EnvironmentClass
from stablebert.runs.ids import cell_id, format_id, parse_id, seed_id
from stablebert.runs.keys import cell_key, digest_of, record_key, spec_id
from stablebert.runs.length import total_steps, training_length
from stablebert.runs.method_text import MethodChoice, format_method, parse_method
from stablebert.runs.recipe import MINILM_LEARNING_RATE, Recipe, default_recipe
from stablebert.runs.record import Evaluation, Record, StepSeries, decode_array, encode_array
from stablebert.runs.row import ROW_FIELDS, RunRow, row_of
from stablebert.runs.spec import RunSpec
from stablebert.runs.summary import Summary, summary_of

__all__ = [
    "MINILM_LEARNING_RATE",
    "ROW_FIELDS",
    "Cell",
    "EnvironmentClass",
    "Evaluation",
    "MethodChoice",
    "Recipe",
    "Record",
    "RunRow",
    "RunSpec",
    "StepSeries",
    "Summary",
    "cell_id",
    "cell_key",
    "decode_array",
    "default_recipe",
    "digest_of",
    "encode_array",
    "format_id",
    "format_method",
    "parse_id",
    "parse_method",
    "record_key",
    "row_of",
    "seed_id",
    "spec_id",
    "summary_of",
    "total_steps",
    "training_length",
]
