"""Metrics against their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.tasks import TaskError, metric_score


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=50))
def test_metrics_of_classes_are_their_definitions(pairs):
    said, true = map(np.array, zip(*pairs, strict=True))
    tp, fp, fn, tn = (int(np.sum((said == a) & (true == b))) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0)))
    assert metric_score("accuracy", said, true) == pytest.approx(100 * (tp + tn) / len(said))
    assert metric_score("f1", said, true) == pytest.approx(100 * 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0)
    scale = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    assert metric_score("mcc", said, true) == pytest.approx(100 * (tp * tn - fp * fn) / scale if scale else 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-4, 4)), min_size=3, max_size=30))
def test_spearman_is_scipys_and_0_where_a_side_is_constant(pairs):
    said, true = map(np.array, zip(*pairs, strict=True))
    ours = metric_score("spearman", said, true)
    if np.ptp(said) == 0 or np.ptp(true) == 0:
        assert ours == 0
    else:
        assert ours == pytest.approx(100 * stats.spearmanr(said, true).statistic, abs=1e-9)


@pytest.mark.parametrize(
    ("metric", "said", "true", "message"),
    [
        ("auc", [1], [1], "known: accuracy"),
        ("accuracy", [1, 0], [1], "equally many"),
        ("accuracy", [], [], "at least one"),
        ("spearman", [1.0, math.nan], [1.0, 2.0], "not finite"),
    ],
)
def test_a_metric_refuses_what_it_cannot_score(metric, said, true, message):
    with pytest.raises(TaskError, match=message):
        metric_score(metric, said, true)
