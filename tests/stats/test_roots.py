"""Roots by halving: those of scipy, and a function without one is named."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from stablebert.stats.roots import root


@given(st.floats(-50, 50), st.sampled_from([1.0, -1.0]))
def test_it_finds_what_scipy_finds(place, sign):
    def function(value):
        return sign * math.atan(value - place)

    assert root(function, -100.0, 100.0) == pytest.approx(brentq(function, -100, 100), abs=1e-9)


def test_it_ends_at_the_tolerance():
    asked = []

    def function(value):
        asked.append(value)
        return value - 0.3

    assert abs(root(function, 0.0, 1.0, tolerance=0.125) - 0.3) <= 0.0625
    few = len(asked)
    root(function, 0.0, 1.0)
    assert few < len(asked) - few


def test_a_function_of_one_sign_has_none():
    with pytest.raises(ValueError, match="one sign at 0 and 1; it must change it between them"):
        root(lambda value: value + 1, 0.0, 1.0)
