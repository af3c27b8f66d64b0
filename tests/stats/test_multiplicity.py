import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from stablebert.stats import holm, holm_within


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
