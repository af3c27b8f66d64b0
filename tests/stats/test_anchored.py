"""The paired and the anchored estimate: a regression of statsmodels, and what happens where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.api import OLS, add_constant

from stablebert.stats import noninferiority


def sides(seed, pairs=8, whole=20, follows=0.7):
    """Return scores by seed: the candidate follows the baseline on its first seeds."""
    generator = np.random.default_rng(seed)
    baseline = 90 + generator.normal(size=whole)
    candidate = 89.5 + follows * (baseline[:pairs] - 90) + 0.4 * generator.normal(size=pairs)
    return dict(enumerate(candidate.tolist())), dict(enumerate(baseline.tolist()))


def by_regression(candidate, baseline):
    """Return difference, standard error and degrees of the candidate predicted at the whole baseline's mean."""
    x = np.array([baseline[seed] for seed in candidate])
    whole = np.array(list(baseline.values()))
    fitted = OLS(np.array(list(candidate.values())), add_constant(x)).fit()
    predicted = fitted.get_prediction([[1.0, whole.mean()]])
    slope = fitted.params[1]
    # the mean of the whole is an estimate too, and moves the prediction by its slope
    terms = [
        (predicted.se_mean[0] ** 2, fitted.df_resid),
        ((1 - slope) ** 2 * whole.var(ddof=1) / whole.size, whole.size - 1),
    ]
    variance = sum(term for term, _ in terms)
    degrees = variance**2 / sum(term**2 / degree for term, degree in terms)
    return predicted.predicted_mean[0] - whole.mean(), np.sqrt(variance), degrees


@given(st.integers(0, 200), st.integers(4, 20), st.floats(-1, 1.5))
def test_anchored_is_a_regression_on_the_shared_seeds_read_at_the_mean_of_the_whole(seed, pairs, follows):
    candidate, baseline = sides(seed, pairs, follows=follows)
    found = noninferiority(candidate, baseline, margin=1.0, pairing="anchored")
    expected = by_regression(candidate, baseline)
    assert (found.difference, found.standard_error, found.degrees) == pytest.approx(expected)
    assert found.pairing == "anchored"


def test_seeds_of_one_side_alone_say_nothing_of_pairs():
    candidate, baseline = sides(1)
    beside = {**candidate, 77: 20.0}
    for pairing in ("paired", "anchored"):
        one, other = (noninferiority(side, baseline, margin=1.0, pairing=pairing) for side in (candidate, beside))
        assert one == other
    # seeds of the baseline alone are part of its mean, and of no pair
    more = {**baseline, 99: 95.0}
    assert noninferiority(candidate, more, margin=1.0, pairing="paired") == noninferiority(
        candidate, baseline, margin=1.0, pairing="paired"
    )
    anchored = noninferiority(candidate, more, margin=1.0, pairing="anchored")
    assert anchored.difference == pytest.approx(by_regression(candidate, more)[0])


def test_shared_seeds_of_one_score_anchor_nothing():
    candidate, baseline = sides(2)
    flat = {seed: 90.0 if seed in candidate else score for seed, score in baseline.items()}
    found = noninferiority(candidate, flat, margin=1.0, pairing="anchored")
    ours, whole = (np.array(list(side.values())) for side in (candidate, flat))
    assert found.difference == pytest.approx(ours.mean() - whole.mean())
    noise = ((ours - ours.mean()) ** 2).sum() / (ours.size - 2)
    assert found.standard_error == pytest.approx(np.sqrt(noise / ours.size + whole.var(ddof=1) / whole.size))


@pytest.mark.parametrize(("pairing", "least"), [("paired", 3), ("anchored", 4)])
def test_too_few_shared_seeds_are_refused_and_enough_are_not(pairing, least):
    candidate, baseline = sides(3)
    few = dict(list(candidate.items())[: least - 1])
    with pytest.raises(ValueError, match=f"^{least - 1} common seeds; at least {least} are needed$"):
        noninferiority(few, baseline, margin=1.0, pairing=pairing)
    enough = dict(list(candidate.items())[:least])
    assert noninferiority(enough, baseline, margin=1.0, pairing=pairing).standard_error > 0


@pytest.mark.parametrize("pairing", ["paired", "anchored"])
@pytest.mark.parametrize("place", [0, 1])
def test_scores_without_seeds_have_no_pairs(pairing, place):
    given_sides = list(sides(4))
    given_sides[place] = list(given_sides[place].values())
    with pytest.raises(ValueError, match="^paired and anchored tests need {seed: score} on both sides$"):
        noninferiority(*given_sides, margin=1.0, pairing=pairing)
