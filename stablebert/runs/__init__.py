"""Floor 0: what a run is, how it is named, and what comes out of it."""

from stablebert.runs.beginning import FIRST_UPDATES, Beginning
from stablebert.runs.cell import (
    Cell,
    EnvironmentClass,
    MethodChoice,
    format_method,
    format_precision,
    is_length,
    parse_method,
    parse_precision,
)
from stablebert.runs.identity import cell_id, cell_key, digest_of, format_id, parse_id, record_key, seed_id, spec_id
from stablebert.runs.record import Evaluation, Record, StepSeries, decode_array, encode_array, predictions_of
from stablebert.runs.row import ROW_FIELDS, RunRow, Summary, row_of, summary_of
from stablebert.runs.spec import (
    MINILM_LEARNING_RATE,
    Recipe,
    RunSpec,
    default_recipe,
    total_steps,
    training_length,
    training_method,
)

__all__ = [
    "FIRST_UPDATES",
    "MINILM_LEARNING_RATE",
    "ROW_FIELDS",
    "Beginning",
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
    "format_precision",
    "is_length",
    "parse_id",
    "parse_method",
    "parse_precision",
    "predictions_of",
    "record_key",
    "row_of",
    "seed_id",
    "spec_id",
    "summary_of",
    "total_steps",
    "training_length",
    "training_method",
]
