"""Where a beginning departs: every quantity by itself, and what rounding may do before it is one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.analysis import Agreement, Departure, compare_beginnings
from stablebert.analysis.beginnings import END, FLOOR, GROWTH
from stablebert.runs import Beginning, Evaluation, RunSpec, StepSeries, row_of
from tests.synthetic import synthetic_record

LIMIT = 1.0
UPDATES = 12
RECORD = synthetic_record(RunSpec(task="trec", seed=3), 90.0)
ROW = row_of(RECORD)
STEPS = StepSeries(
    loss=tuple(1.7 - 0.02 * place for place in range(UPDATES)),
    rate=tuple(2e-5 * place for place in range(UPDATES)),
    gradient_norm=tuple(0.4 + 0.1 * place for place in range(UPDATES)),
    update_norm=tuple(0.03 * place for place in range(UPDATES)),
)
EVALUATION = Evaluation(9, 40.0, 1.5, {"block01": 0.2, "head": 0.1})


def beginning(steps=STEPS, evaluation=EVALUATION, **changes):
    """Return the beginning of a run that is the accepted one, but for what is given."""
    same = Beginning(
        steps=steps,
        clipped_norm=tuple(min(norm, LIMIT) for norm in steps.gradient_norm),
        evaluations=(evaluation,),
        repeated=(evaluation, evaluation),
        fingerprints=RECORD.fingerprints,
    )
    return replace(same, **changes)


def compared(ours):
    return compare_beginnings(ours, STEPS, EVALUATION, ROW, LIMIT)


def changed(name, place, factor, steps=STEPS):
    """Return a series in which one value is a factor of what it was."""
    values = list(getattr(steps, name))
    values[place] *= factor
    return replace(steps, **{name: tuple(values)})


def test_the_same_beginning_agrees_in_every_update():
    assert compared(beginning()) == Agreement(UPDATES, 0.0)


@given(st.lists(st.floats(-1e-7, 1e-7), min_size=UPDATES, max_size=UPDATES))
def test_what_another_host_rounds_is_no_change(apart):
    steps = replace(STEPS, loss=tuple(loss * (1 + by) for loss, by in zip(STEPS.loss, apart, strict=True)))
    found = compared(beginning(steps))
    assert isinstance(found, Agreement)
    assert found.largest <= 2e-7


@pytest.mark.parametrize("name", ["loss", "rate", "gradient_norm", "update_norm"])
@pytest.mark.parametrize("place", [1, UPDATES - 1])
def test_a_quantity_that_differs_is_named_with_its_update(name, place):
    steps = changed(name, place, 1.001)
    found = compared(beginning(steps, clipped_norm=tuple(min(norm, LIMIT) for norm in STEPS.gradient_norm)))
    assert isinstance(found, Departure)
    assert found.update == place + 1
    assert found.quantity == {"rate": "learning rate"}.get(name, name.replace("_", " "))


def test_the_first_of_several_is_said():
    found = compared(beginning(changed("loss", 7, 1.1, changed("update_norm", 4, 0.5))))
    assert (found.quantity, found.update) == ("update norm", 5)


def test_a_norm_above_the_limit_is_not_clipped():
    found = compared(beginning(clipped_norm=STEPS.gradient_norm))
    assert (found.quantity, found.update) == ("gradient norm after clipping", 8)


@pytest.mark.parametrize("name", ["head", "order", "dropout", "reinit"])
def test_another_draw_is_named_by_its_stream(name):
    found = compared(beginning(fingerprints={**RECORD.fingerprints, name: "0" * 64}))
    assert found.quantity == f"what is drawn for {name!r}"


def test_an_evaluation_that_draws_is_seen_without_a_baseline():
    found = compared(beginning(repeated=(EVALUATION, replace(EVALUATION, log_loss=1.6))))
    assert found.quantity == "same weights evaluated twice"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"log_loss": 1.51}, "log-loss"),
        ({"score": 41.0}, "score"),
        ({"distance": {"block01": 0.21, "head": 0.1}}, "block01"),
        ({"distance": {"head": 0.1}}, "block01"),
        ({"step": 6}, "updates before"),
    ],
)
def test_another_first_evaluation_is_seen(change, named):
    found = compared(beginning(evaluation=replace(EVALUATION, **change)))
    assert isinstance(found, Departure)
    assert named in found.quantity


def test_a_run_that_ends_early_or_without_a_number_is_seen():
    short = StepSeries(*(values[:5] for values in vars(STEPS).values()))
    assert compared(beginning(short)).quantity == "number of updates"
    assert compared(beginning(changed("loss", 3, float("nan")))).quantity == "loss"


def grown(factor):
    """Return losses whose relative difference is multiplied by a factor at every update."""
    return replace(STEPS, loss=tuple(loss * (1 + 1e-7 * factor**place) for place, loss in enumerate(STEPS.loss)))


def test_what_grows_from_rounding_is_explained_until_it_says_nothing():
    found = compared(beginning(grown(10.0)))
    assert isinstance(found, Agreement)
    assert found.updates < UPDATES
    assert found.largest > END


def test_what_does_not_grow_from_anything_is_a_change():
    sudden = changed("loss", 6, 1 + 2 * max(FLOOR, GROWTH * 1e-8), grown(1.0))
    assert isinstance(compared(beginning(sudden)), Departure)


def test_rate_and_limit_are_held_where_values_say_nothing_any_more():
    wild = grown(10.0)
    assert compared(beginning(changed("rate", UPDATES - 1, 1.001, wild))).quantity == "learning rate"
    assert compared(beginning(wild, clipped_norm=STEPS.gradient_norm)).quantity == "gradient norm after clipping"
