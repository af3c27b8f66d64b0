"""Each defect is in the runs that are said to have it and in no other; what is stored is judged look by look."""

from dataclasses import replace

import pytest

from stablebert import train
from stablebert.baselines import baseline_path, find_baseline, write_baseline
from stablebert.gate import Status
from stablebert.optim import bias_ratio
from stablebert.records import RunStore
from stablebert.runs import RunSpec, cell_key
from tests.defects import real_runs
from tests.defects.real_runs import ARMS, cell_of, train_apart, train_planted, train_until_decided
from tests.frozen import freeze_margins
from tests.records import fake_runs
from tests.synthetic import synthetic_record, synthetic_rows, wobble
from tests.tiny import tiny_task
from tests.training.test_train import RECIPE


@pytest.fixture
def spec(tiny_encoder):
    return RunSpec(task="trec", length="4ep", encoder="custom-abcdef", encoder_source=str(tiny_encoder), recipe=RECIPE)


def outcome(record):
    """Return all of a record that a defect can move."""
    return record.steps, record.evaluations, record.test_logits


def test_the_control_has_no_defect(spec):
    assert outcome(train_planted("none", spec, task=tiny_task())) == outcome(train(spec, task=tiny_task()))


@pytest.mark.parametrize("arm", [arm for arm in ARMS if arm != "none"])
def test_a_defect_is_in_its_own_runs_and_in_none_after_them(spec, arm):
    # a limit at which clipping acts, whatever dropout keeps
    spec = replace(spec, recipe=replace(RECIPE, max_grad_norm=0.1))
    control = train(spec, task=tiny_task())
    planted, again = (train_planted(arm, spec, task=tiny_task()) for _ in range(2))
    assert outcome(planted) == outcome(again)
    assert [point.log_loss for point in planted.evaluations] != [point.log_loss for point in control.evaluations]
    assert (planted.steps.loss == control.steps.loss) == (arm == "dropout-in-evaluation")
    assert planted.fingerprints == control.fingerprints
    assert outcome(train(spec, task=tiny_task())) == outcome(control)


def test_the_rates_and_the_first_update_are_those_of_the_defect(spec):
    control, constant, biased = (
        train_planted(arm, spec, task=tiny_task()).steps for arm in ("none", "no-decay", "bertadam")
    )
    assert control.rate[-1] < RECIPE.learning_rate / 2
    assert constant.rate[-1] == RECIPE.learning_rate
    # the first update has rate 0, so that both have seen the same gradients at the second; epsilon weighs more
    # where nothing is corrected
    assert 0.9 < biased.update_norm[1] / control.update_norm[1] / bias_ratio(2) < 1


def test_a_process_of_its_own_trains_into_a_store_of_its_own(tiny_encoder, tmp_path, monkeypatch):
    small = replace(
        fake_runs.set_up(tmp_path, monkeypatch), encoder_source=str(tiny_encoder), length="8st", recipe=RECIPE
    )
    train_apart("bertadam", [small], tmp_path / "stores", 1)
    assert [path.name for path in (tmp_path / "stores").iterdir()] == ["bertadam"]
    (record,) = RunStore(tmp_path / "stores" / "bertadam").records()
    assert outcome(record) == outcome(train_planted("bertadam", small))
    assert outcome(record) != outcome(train(small))


def test_a_run_that_cannot_be_made_is_an_error(tmp_path, monkeypatch, capsys):
    lost = replace(fake_runs.set_up(tmp_path, monkeypatch), encoder_source=str(tmp_path / "nowhere"))
    with pytest.raises(SystemExit):
        real_runs._train("none", [lost], tmp_path / "stores", 1)
    assert "ERROR" in capsys.readouterr().out


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A root directory with a baseline about 90 points and a margin of 1, and a training that is a formula."""
    monkeypatch.setattr(real_runs, "ROOT", tmp_path)
    monkeypatch.setattr(real_runs, "ROWS", tmp_path / "rows")
    spec = cell_of("trec")
    header = {"cell_key": cell_key(spec, "data", "weights")}
    write_baseline(baseline_path(tmp_path / "baselines", spec.cell), header, synthetic_rows(90.0, range(20)))
    freeze_margins(tmp_path / "baselines")
    asked = []

    def run(mean):
        def publish(arm, specs, store, jobs):
            asked.append([one.seed for one in specs])
            for one in specs:
                RunStore(store / arm).publish(f"{one.seed:064d}", synthetic_record(one, mean + wobble(one.seed)))

        return train_until_decided("no-decay", "trec", tmp_path / "stores", 1, publish)

    run.asked = asked
    return run


@pytest.mark.parametrize(
    ("mean", "status", "seeds"), [(90.0, Status.PASS, 6), (80.0, Status.FAIL, 6), (89.45, Status.INCONCLUSIVE, 9)]
)
def test_the_first_look_that_decides_ends_the_training(place, mean, status, seeds):
    verdict = place(mean)
    assert (verdict.status, verdict.runs) == (status, seeds)
    assert place.asked[-1] == list(range(200, 200 + seeds))


def test_runs_of_another_cell_are_not_judged(place, tmp_path):
    other = replace(cell_of("trec"), seed=205, length="8st")
    RunStore(tmp_path / "stores" / "no-decay").publish("f" * 64, synthetic_record(other, 10.0))
    assert place(90.0).status is Status.PASS
    rows = real_runs.stored_rows("no-decay", "trec", tmp_path / "stores")
    assert [row.seed for row in rows] == [f"s{seed}" for seed in range(200, 206)]


def test_training_that_has_not_ended_is_left_out(place, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(real_runs, "MOST_SEEDS", 6)
    monkeypatch.setattr(real_runs, "TASKS", ("trec",))
    assert place(89.45).status is Status.INCONCLUSIVE
    monkeypatch.setattr(real_runs, "MOST_SEEDS", 10)
    real_runs.collect(tmp_path / "stores")
    assert not real_runs.ROWS.exists()
    said = capsys.readouterr().out
    assert "left out: no-decay, trec: INCONCLUSIVE" in said
    assert "left out: none, trec: INVALID: the candidate has no runs" in said


def test_rows_that_were_collected_are_judged_without_their_store(place, tmp_path, monkeypatch):
    monkeypatch.setattr(real_runs, "TASKS", ("trec",))
    verdict = place(80.0)
    real_runs.collect(tmp_path / "stores")
    (line,) = real_runs.table().splitlines()[2:]
    assert line.startswith(f"| `trec` | no-decay | FAIL | 6 | {verdict.difference:.2f} |")
    page = "before\n<!-- table:begin -->\nold\n<!-- table:end -->\nafter\n"
    assert real_runs.with_table(page) == page.replace("old\n", real_runs.table())


def test_the_page_holds_the_verdicts_on_the_rows_that_are_in_git():
    page = real_runs.PAGE.read_text()
    assert real_runs.with_table(page) == page
    assert "| none | PASS |" in page
    # the control: another verdict is noticed
    wrong = page.replace("| PASS |", "| FAIL |")
    assert real_runs.with_table(wrong) != wrong


def test_no_baseline_has_seen_the_seeds():
    for task in real_runs.TASKS:
        rows = find_baseline(cell_of(task).cell, [real_runs.ROOT / "baselines"]).rows
        assert max(int(row.seed[1:]) for row in rows) < 100
