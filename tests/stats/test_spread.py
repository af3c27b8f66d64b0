import numpy as np
import pytest
from scipy import stats

from stablebert.stats import (
    spread_p_value,
    spread_rank_p_value,
)


def test_spread_is_the_one_sided_half_of_brown_and_forsythe():
    generator = np.random.default_rng(0)
    wide, narrow = generator.normal(0, 3, 12), generator.normal(0, 1, 20)
    both = stats.levene(wide, narrow, center="median").pvalue
    assert spread_p_value(wide, narrow) == pytest.approx(both / 2)
    assert spread_p_value(narrow, wide) == pytest.approx(1 - both / 2)
    assert spread_p_value([1.0, 1.0, 1.0], [2.0, 2.0, 2.0]) == 1.0
    with pytest.raises(ValueError, match="at least 3"):
        spread_p_value([1.0, 2.0], [1.0, 2.0, 3.0])


def test_the_rank_form_of_spread_asks_the_distances_from_the_medians():
    generator = np.random.default_rng(1)
    wide, narrow = generator.normal(0, 5, 12), generator.normal(0, 1, 20)
    far, near = (abs(side - np.median(side)) for side in (wide, narrow))
    expected = stats.mannwhitneyu(far, near, alternative="greater", method="exact").pvalue
    assert spread_rank_p_value(wide, narrow) == pytest.approx(expected)
    # one far run carries the means, not the ranks
    outlier = [*narrow[:4], 60.0]
    assert spread_p_value(outlier, narrow) < 0.05 < spread_rank_p_value(outlier, narrow)
