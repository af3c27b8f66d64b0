"""Each planted change is in the runs that are said to have it and in no other, and nothing stored is trained again."""

from dataclasses import replace

import pytest

from stablebert import train
from stablebert.optim import bias_ratio
from stablebert.records import RunStore
from stablebert.runs import RunSpec
from tests.defects import optimizer, planted_runs, quiet, recipe
from tests.defects.arms import ARMS, CONTROL
from tests.defects.planted_runs import train_missing, train_planted
from tests.records import fake_runs
from tests.tiny import tiny_task
from tests.training.test_train import RECIPE

# what leaves the updates alone, and what draws other batches
NO_OTHER_UPDATES = ("dropout-in-evaluation", "last-checkpoint")
OTHER_BATCHES = ("half-batch", "repeated-order")


@pytest.fixture
def spec(tiny_encoder):
    return RunSpec(task="trec", length="4ep", encoder="custom-abcdef", encoder_source=str(tiny_encoder), recipe=RECIPE)


def outcome(record):
    """Return all of a record that a defect can move."""
    return record.steps, record.evaluations, record.best_step, record.test_logits


def test_the_control_has_no_defect(spec):
    assert outcome(train_planted(CONTROL, spec, task=tiny_task())) == outcome(train(spec, task=tiny_task()))


@pytest.mark.parametrize("arm", [arm for arm in ARMS if arm != CONTROL])
def test_a_defect_is_in_its_own_runs_and_in_none_after_them(spec, arm):
    # a limit at which clipping acts, whatever dropout keeps
    spec = replace(spec, recipe=replace(RECIPE, max_grad_norm=0.1))
    control = train(spec, task=tiny_task())
    planted, again = (train_planted(arm, spec, task=tiny_task()) for _ in range(2))
    assert outcome(planted) == outcome(again)
    assert outcome(planted) != outcome(control)
    assert (planted.steps.loss == control.steps.loss) == (arm in NO_OTHER_UPDATES)
    moved = {name for name, value in control.fingerprints.items() if planted.fingerprints[name] != value}
    assert moved == ({"order"} if arm in OTHER_BATCHES else set())
    assert outcome(train(spec, task=tiny_task())) == outcome(control)


def test_another_seed_has_other_draws_of_a_defect_that_draws(spec):
    # the same run but for what torch's own generator holds
    one, other = (
        train_planted("shuffled-labels", replace(spec, data_seed=7, seed=seed), task=tiny_task()) for seed in (1, 2)
    )
    assert one.steps.loss != other.steps.loss


def test_every_arm_is_a_defect_of_the_catalogue():
    numbers = {defect.id for defect in (*optimizer.DEFECTS, *recipe.DEFECTS, *quiet.DEFECTS)}
    assert {arm.defect for name, arm in ARMS.items() if name != CONTROL} <= numbers
    assert len(ARMS) > 12
    assert ARMS[CONTROL].defect == ""


def test_the_rates_and_the_first_update_are_those_of_the_defect(spec):
    records = {
        arm: train_planted(arm, spec, task=tiny_task())
        for arm in (CONTROL, "no-decay", "half-rate", "double-rate", "no-warm-up", "bertadam")
    }
    control, constant, half, double, cold, biased = (record.steps for record in records.values())
    peak = RECIPE.learning_rate
    assert control.rate[-1] < peak / 2
    assert constant.rate[-1] == peak
    assert half.rate == tuple(rate / 2 for rate in control.rate)
    assert double.rate == tuple(2 * rate for rate in control.rate)
    assert cold.rate[0] == peak
    assert control.rate[0] == 0
    # the first update has rate 0, so that both have seen the same gradients at the second; epsilon weighs more
    # where nothing is corrected
    assert 0.9 < biased.update_norm[1] / control.update_norm[1] / bias_ratio(2) < 1


def test_half_a_batch_is_twice_the_updates_in_as_many_epochs(spec):
    control, half = (train_planted(arm, spec, task=tiny_task()) for arm in (CONTROL, "half-batch"))
    assert (len(control.steps.loss), len(half.steps.loss)) == (40, 80)
    assert len(control.evaluations) == len(half.evaluations)
    assert half.evaluations[-1].step == 80


def test_the_block_whose_gradient_is_dropped_stays_where_it_was(spec):
    distance = train_planted("block-without-gradient", spec, task=tiny_task()).evaluations[-1].distance
    assert [name for name, value in distance.items() if value == 0] == ["block02"]


def test_two_percent_of_the_labels_are_exchanged(monkeypatch):
    import torch

    seen = []
    shuffled = quiet._Shuffled(lambda logits, labels, regression: seen.append(labels))
    logits, labels = torch.zeros(32, 6, requires_grad=True), torch.arange(32) % 6
    for _ in range(100):
        shuffled(logits, labels, False)
    wrong = sum(int((found != labels).sum()) for found in seen)
    assert wrong == 64 == 0.02 * 100 * 32
    assert all(found.sort().values.equal(labels.sort().values) for found in seen)
    shuffled(logits.detach(), labels, False)
    assert seen[-1] is labels


def test_the_last_checkpoint_is_the_one_that_is_tested(spec):
    control, last = (train_planted(arm, spec, task=tiny_task()) for arm in (CONTROL, "last-checkpoint"))
    assert control.evaluations == last.evaluations
    assert control.best_step < last.best_step == 40


def test_what_is_stored_is_not_trained_again(tiny_encoder, tmp_path, monkeypatch, capsys):
    small = replace(
        fake_runs.set_up(tmp_path, monkeypatch), encoder_source=str(tiny_encoder), length="8st", recipe=RECIPE
    )
    specs, store = [small.with_seed(seed) for seed in (100, 101)], tmp_path / "stores"
    assert train_missing("bertadam", specs[:1], store, 1) == 0
    assert [path.name for path in store.iterdir()] == ["bertadam"]
    (record,) = RunStore(store / "bertadam").records()
    assert outcome(record) == outcome(train_planted("bertadam", specs[0]))
    assert outcome(record) != outcome(train(specs[0]))
    assert planted_runs.missing("bertadam", specs, store) == specs[1:]
    # another recipe is another cell, and the control has a store of its own
    other = [replace(spec, recipe=replace(RECIPE, eps=1e-7)) for spec in specs]
    assert planted_runs.missing("bertadam", other, store) == other
    assert planted_runs.missing(CONTROL, specs, store) == specs
    capsys.readouterr()
    assert train_missing("bertadam", specs, store, 1) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "planted: bertadam, 1 of 2 runs are missing"
    assert len(said) == 2


def test_a_run_that_cannot_be_made_is_counted(tmp_path, monkeypatch, capsys):
    lost = replace(fake_runs.set_up(tmp_path, monkeypatch), encoder_source=str(tmp_path / "nowhere"))
    monkeypatch.setattr(planted_runs, "missing", lambda arm, specs, store: specs)
    assert train_missing(CONTROL, [lost], tmp_path / "stores", 1) == 1
    assert "ERROR" in capsys.readouterr().out
