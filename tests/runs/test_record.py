import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.runs import (
    Evaluation,
    Recipe,
    Record,
    RunSpec,
    StepSeries,
    decode_array,
    encode_array,
    predictions_of,
    row_of,
)

RECORD = Record(
    spec=RunSpec(task="trec", seed=4, recipe=Recipe(learning_rate=1e-4)),
    metric="accuracy",
    data_digest="d",
    weights_digest="w",
    best_step=1,
    best_validation=50.0,
    best_test=51.0,
    last_validation=50.0,
    evaluations=(Evaluation(1, 50.0, 0.7, {"head": 0.1}),),
    steps=StepSeries((0.7, 0.5), (0.0, 1e-4), (1.0, 2.0), (0.0, 0.1)),
    test_logits=encode_array([0.5, -0.5], (1, 2)),
    census={"redrawn": ["a"]},
    failed=False,
    failed_reason=None,
    at_most_majority=False,
    environment={"device": "cpu"},
    fingerprints={name: name * 20 for name in ("head", "order", "dropout", "reinit")},
    seconds=1.5,
)


def test_record_survives_json():
    assert Record.from_dict(json.loads(json.dumps(RECORD.to_dict()))) == RECORD


def test_a_record_with_a_field_too_few_or_too_many_is_refused():
    data = RECORD.to_dict()
    with pytest.raises(ValueError, match="metric"):
        Record.from_dict({name: value for name, value in data.items() if name != "metric"})
    with pytest.raises(ValueError, match="surplus"):
        Record.from_dict({**data, "surplus": 1})


@given(st.lists(st.floats(width=32, allow_nan=False)))
def test_arrays_survive_encoding_bit_for_bit(values):
    assert decode_array(json.loads(json.dumps(encode_array(values, (len(values),))))) == (values, (len(values),))


def test_an_array_that_does_not_fit_its_shape_is_refused():
    with pytest.raises(ValueError, match="3 values do not fit"):
        encode_array([1, 2, 3], (2, 2))


@pytest.mark.parametrize(
    ("logits", "shape", "predictions"),
    [
        ([0.5, -0.5, 0.0, 1.0], (2, 2), (0, 1)),
        # a logit that is no number chooses nothing, and where none is one it is the first class
        ([math.nan, -9.0, math.nan, math.nan], (2, 2), (1, 0)),
        ([0.5, -0.5, 2.0], (3, 1), (0.5, -0.5, 2.0)),
    ],
)
def test_a_prediction_is_a_class_or_of_regression_a_score(logits, shape, predictions):
    found = predictions_of(replace(RECORD, test_logits=encode_array(logits, shape)))
    assert found == predictions
    assert {type(one) for one in found} == {type(one) for one in predictions}


def test_row_holds_the_mean_loss_and_the_last_log_loss():
    row = row_of(RECORD)
    assert (row.seed, row.training_loss, row.log_loss, row.failed_reason) == ("s004", 0.6, 0.7, "")


def test_rows_tell_loss_sequences_apart_also_with_nan():
    one = row_of(RECORD)
    moved = row_of(replace(RECORD, steps=replace(RECORD.steps, loss=(0.7, math.nextafter(0.5, 1)))))
    diverged = row_of(replace(RECORD, steps=replace(RECORD.steps, loss=(0.7, math.nan))))
    assert len({one.losses, moved.losses, diverged.losses}) == 3
