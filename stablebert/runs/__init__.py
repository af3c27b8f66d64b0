"""Floor 0: what a run is, how it is named, and what comes out of it."""

from stablebert.runs.ids import cell_id, format_id, parse_id
from stablebert.runs.keys import cell_key, digest_of, record_key, spec_id
from stablebert.runs.length import total_steps, training_length
from stablebert.runs.method_text import MethodChoice, format_method, parse_method
from stablebert.runs.record import Evaluation, Record, StepSeries, decode_array, encode_array
from stablebert.runs.row import ROW_FIELDS, RunRow, row_of
from stablebert.runs.spec import Recipe, RunSpec

__all__ = [
    "ROW_FIELDS",
    "Evaluation",
    "MethodChoice",
    "Recipe",
    "Record",
    "RunRow",
    "RunSpec",
    "StepSeries",
    "cell_id",
    "cell_key",
    "decode_array",
    "digest_of",
    "encode_array",
    "format_id",
    "format_method",
    "parse_id",
    "parse_method",
    "record_key",
    "row_of",
    "spec_id",
    "total_steps",
    "training_length",
]
