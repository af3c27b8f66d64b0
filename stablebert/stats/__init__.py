"""Floor 0: the statistics of the gate and of the report. numpy and scipy only, loaded when first used."""

from typing import TYPE_CHECKING

from stablebert.lazy import lazy_names

if TYPE_CHECKING:
    from stablebert.stats.anchoring import anchor_helps, correlation
    from stablebert.stats.anytime import failure_e_value, t_e_value
    from stablebert.stats.contrasts import Estimate, Summary, contrast, summarise
    from stablebert.stats.degrees import satterthwaite
    from stablebert.stats.expected import expected_test
    from stablebert.stats.failed import failure_p_value, pooled_failure_p_value, upper_failure_rate
    from stablebert.stats.location import NonInferiority, noninferiority
    from stablebert.stats.looks import LOOKS, nominal_level
    from stablebert.stats.multiplicity import holm, holm_within
    from stablebert.stats.pooled import pooled_noninferiority
    from stablebert.stats.power import detectable_margin, seeds_needed
    from stablebert.stats.published import highlighted, prediction_interval, spread_ratio
    from stablebert.stats.ranks import pooled_rank_sum_p_value, rank_sum_p_value
    from stablebert.stats.spread import spread_p_value, spread_rank_p_value
    from stablebert.stats.strata import failure_difference

__all__ = [
    "LOOKS",
    "Estimate",
    "NonInferiority",
    "Summary",
    "anchor_helps",
    "contrast",
    "correlation",
    "detectable_margin",
    "expected_test",
    "failure_difference",
    "failure_e_value",
    "failure_p_value",
    "highlighted",
    "holm",
    "holm_within",
    "nominal_level",
    "noninferiority",
    "pooled_failure_p_value",
    "pooled_noninferiority",
    "pooled_rank_sum_p_value",
    "prediction_interval",
    "rank_sum_p_value",
    "satterthwaite",
    "seeds_needed",
    "spread_p_value",
    "spread_rank_p_value",
    "spread_ratio",
    "summarise",
    "t_e_value",
    "upper_failure_rate",
]
_HOMES = {
    "anchoring": ("anchor_helps", "correlation"),
    "anytime": ("failure_e_value", "t_e_value"),
    "contrasts": ("Estimate", "Summary", "contrast", "summarise"),
    "expected": ("expected_test",),
    "failed": ("failure_p_value", "pooled_failure_p_value", "upper_failure_rate"),
    "multiplicity": ("holm", "holm_within"),
    "location": ("NonInferiority", "noninferiority"),
    "looks": ("LOOKS", "nominal_level"),
    "pooled": ("pooled_noninferiority",),
    "power": ("detectable_margin", "seeds_needed"),
    "published": ("highlighted", "prediction_interval", "spread_ratio"),
    "ranks": ("pooled_rank_sum_p_value", "rank_sum_p_value"),
    "degrees": ("satterthwaite",),
    "spread": ("spread_p_value", "spread_rank_p_value"),
    "strata": ("failure_difference",),
}
__getattr__ = lazy_names(__name__, {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names})
