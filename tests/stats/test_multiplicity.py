import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind
from statsmodels.stats.multitest import multipletests

from stablebert.stats.multiplicity import holm, holm_within, rank_bands


@pytest.mark.parametrize("questions", [1, 2, 5, 12])
def test_it_is_statsmodels_holm(questions):
    p_values = np.random.default_rng(questions).beta(0.3, 1, questions).tolist()
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


@given(st.lists(st.floats(0, 1), max_size=8), st.randoms())
def test_order_says_nothing_and_a_further_question_never_helps(p_values, random):
    places = list(range(len(p_values)))
    random.shuffle(places)
    adjusted = holm(p_values)
    assert holm([p_values[place] for place in places]) == [adjusted[place] for place in places]
    assert all(more >= one for one, more in zip(adjusted, holm([*p_values, 0.5]), strict=False))


def test_no_question_is_no_answer_and_a_p_value_is_a_probability():
    assert holm([]) == []
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="not in"):
            holm([0.5, wrong])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.floats(0, 1)), max_size=8))
def test_groups_say_nothing_of_each_other(asked):
    adjusted = holm_within([group for group, _ in asked], [value for _, value in asked])
    for group in "abc":
        own = [place for place, (name, value) in enumerate(asked) if name == group and value is not None]
        assert [adjusted[place] for place in own] == holm([asked[place][1] for place in own])
    assert [value is None for value in adjusted] == [value is None for _, value in asked]


def test_one_error_for_all_of_them():
    generator = np.random.default_rng(3)
    drawn = generator.uniform(size=(4000, 8))
    some = np.mean([min(holm(row)) <= 0.05 for row in drawn])
    assert some == pytest.approx(0.05, abs=0.012)
    # the control: unadjusted, a third of the tables would hold an error
    assert np.mean(drawn.min(axis=1) <= 0.05) > 0.3


def bands_of(samples, alpha=0.05):
    pairs = [(one, other) for one in range(len(samples)) for other in range(one + 1, len(samples))]
    first, second = (np.array([samples[pair[side]] for pair in pairs]) for side in (0, 1))
    p_values = ttest_ind(first, second, axis=1, equal_var=False).pvalue
    gaps = {(one, other): samples[one].mean() - samples[other].mean() for one, other in pairs}
    return rank_bands(len(samples), gaps, dict(zip(pairs, p_values, strict=True)), alpha=alpha)


def test_clear_differences_are_ranks_and_hidden_ones_are_ties():
    far = [np.array([score, score + 0.1, score - 0.1, score]) for score in (70.0, 90.0, 80.0)]
    assert bands_of(far) == [(3, 3), (1, 1), (2, 2)]
    near = [np.array([80.0, 82.0, 78.0, 81.0]) + shift for shift in (0.0, 0.1, 0.2)]
    assert bands_of(near) == [(1, 3)] * 3


def test_a_middle_one_can_be_tied_with_both_of_two_that_differ():
    gaps = {(0, 1): 1.0, (1, 2): 1.0, (0, 2): 2.0}
    assert rank_bands(3, gaps, {(0, 1): 0.5, (1, 2): 0.5, (0, 2): 0.001}) == [(1, 2), (1, 3), (2, 3)]


def test_what_follows_is_shown():
    # noisy ends, a precise middle: both steps are shown, so their sum is
    gaps = {(0, 1): 1.0, (1, 2): 1.0, (0, 2): 2.0}
    assert rank_bands(3, gaps, {(0, 1): 0.001, (1, 2): 0.001, (0, 2): 0.9}) == [(1, 1), (2, 2), (3, 3)]


@given(st.integers(2, 6), st.data())
def test_a_band_goes_down_where_a_difference_is_shown_and_is_whole_where_none_is(size, data):
    pairs = [(one, other) for one in range(size) for other in range(one + 1, size)]
    means = data.draw(st.lists(st.integers(0, 50), min_size=size, max_size=size))
    p_values = {pair: data.draw(st.sampled_from([0.0001, 0.01, 0.04, 0.5])) for pair in pairs}
    gaps = {(one, other): float(means[one] - means[other]) for one, other in pairs}
    bands = rank_bands(size, gaps, p_values)
    adjusted = dict(zip(pairs, holm([p_values[pair] for pair in pairs]), strict=True))
    for (one, other), p in adjusted.items():
        if p <= 0.05 and gaps[one, other]:
            better, worse = (one, other) if gaps[one, other] > 0 else (other, one)
            assert bands[better][0] < bands[worse][0]
            assert bands[better][1] < bands[worse][1]
        elif not any(one in pair or other in pair for pair, q in adjusted.items() if q <= 0.05):
            assert bands[one] == bands[other] == (1, size)


def test_equal_samples_are_parted_rarely_and_a_true_order_is_missed_rarely():
    generator = np.random.default_rng(0)
    sessions = 400
    parted = sum(bands_of(list(generator.normal(0, 1, (4, 12)))) != [(1, 4)] * 4 for _ in range(sessions))
    # a binomial band about 5 %: four standard errors
    assert parted / sessions < 0.05 + 4 * (0.05 * 0.95 / sessions) ** 0.5
    means = np.array([0.0, 0.4, 0.8, 5.0])
    truth = [4, 3, 2, 1]
    drawn = [bands_of(list(generator.normal(means[:, None], 1, (4, 12)))) for _ in range(sessions)]
    missed = sum(
        any(not low <= rank <= high for rank, (low, high) in zip(truth, bands, strict=True)) for bands in drawn
    )
    assert missed / sessions < 0.05 + 4 * (0.05 * 0.95 / sessions) ** 0.5
    # and the one that stands out is mostly found
    assert sum(bands[3] == (1, 1) for bands in drawn) > 0.99 * sessions


def test_unadjusted_tests_would_part_equal_samples_often():
    generator = np.random.default_rng(0)
    samples = [list(generator.normal(0, 1, (4, 12))) for _ in range(400)]
    # the control: at six times the level, which is what no adjustment comes to, the same check is red
    assert sum(bands_of(four, alpha=0.3) != [(1, 4)] * 4 for four in samples) / 400 > 0.1


@pytest.mark.parametrize(("alpha", "pairs"), [(0.0, 3), (1.0, 3), (0.05, 2)])
def test_values_outside_their_range_are_refused(alpha, pairs):
    table = dict.fromkeys([(0, 1), (0, 2), (1, 2)][:pairs], 0.5)
    with pytest.raises(ValueError, match="alpha is|pairs"):
        rank_bands(3, table, table, alpha=alpha)
