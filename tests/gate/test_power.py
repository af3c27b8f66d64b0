import tomllib
from collections import Counter

from stablebert.gate import Policy
from tests.gate.power import ROOT, grid_policy, outcomes
from tests.synthetic import synthetic_rows


def test_equal_runs_pass_and_worse_ones_fail_and_the_draw_is_the_same_each_time():
    baseline = synthetic_rows(90.0, range(20))
    options = {"policy": Policy(), "margin": 2.0, "sessions": 20}
    assert outcomes(baseline, baseline, **options) == Counter({("PASS", 12): 20})
    for mean in (86.0, 20.0):
        worse = synthetic_rows(mean, range(20))
        assert outcomes(worse, baseline, **options) == Counter({("FAIL", 6): 20})
    noisy = synthetic_rows(89.0, range(20), sd=1.0)
    assert outcomes(noisy, baseline, **options) == outcomes(noisy, baseline, **options)
    assert outcomes(noisy, baseline, **options) != outcomes(noisy, baseline, **options, seed=1)


def test_the_policy_is_that_of_the_projects_grid():
    grid = tomllib.loads((ROOT / "baselines" / "grid.toml").read_text(encoding="utf-8"))
    assert grid_policy().cells == len(grid["mini"])
