"""Floor 0: the statistics of the gate and of the report. numpy and scipy only, loaded when first used."""

from stablebert.stats.expected import expected_test
from stablebert.stats.failed import failure_p_value, upper_failure_rate
from stablebert.stats.location import NonInferiority, noninferiority
from stablebert.stats.looks import LOOKS, nominal_level
from stablebert.stats.power import detectable_margin, seeds_needed
from stablebert.stats.spread import spread_p_value

__all__ = [
    "LOOKS",
    "NonInferiority",
    "detectable_margin",
    "expected_test",
    "failure_p_value",
    "nominal_level",
    "noninferiority",
    "seeds_needed",
    "spread_p_value",
    "upper_failure_rate",
]
