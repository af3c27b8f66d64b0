"""What runs cost before they are made: by those that were timed, and counted."""

from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.analysis import Prices, same_run
from stablebert.runs import RunSpec

FOLDERS = [Path(__file__).parents[2] / "baselines"]
TREC = RunSpec("trec")
RTE = RunSpec("rte", encoder="bert-large")


def test_a_run_like_those_timed_takes_as_long_and_a_longer_one_longer():
    prices = Prices([], [(TREC.with_seed(seed), 100.0 + seed) for seed in (0, 10)], FOLDERS)
    assert prices.seconds(TREC.with_seed(5)) == pytest.approx(105.0)
    # 96 updates of 32 forward and backward, ten evaluations of 500 and the test of 2,000: by hand
    assert prices.passes(TREC) == 3 * 96 * 32 + 10 * 500 + 2000
    longer = replace(TREC, length="200st")
    assert prices.seconds(longer) == pytest.approx(105.0 * prices.passes(longer) / prices.passes(TREC))
    assert prices.seconds(replace(TREC, task="sms")) is None
    assert prices.seconds(replace(TREC, precision="bf16")) is None
    assert Prices([], [], FOLDERS, each=7.0).seconds(RTE) == 7.0


def test_runs_of_the_cell_tell_before_those_of_its_kind():
    slow, mixed = replace(TREC, method="mixout"), replace(TREC, optimizer="torch.optim:Adam")
    prices = Prices([], [(TREC, 100.0), (slow, 300.0)], FOLDERS)
    assert prices.seconds(slow.with_seed(5)) == pytest.approx(300.0)
    assert prices.seconds(TREC.with_seed(5)) == pytest.approx(100.0)
    # of neither cell: what its kind takes
    for other in (mixed, replace(TREC, method="llrd")):
        assert prices.seconds(other) == pytest.approx(200.0)


def test_the_papers_tables_are_read_for_its_data_sets_alone(tmp_path):
    prices = Prices([], [(TREC, 100.0)], [tmp_path])
    assert prices.seconds(TREC) == pytest.approx(100.0)
    with pytest.raises(ValueError, match="the paper's tables are in none of"):
        prices.passes(RTE)


def test_gpu_seconds_are_counted_for_the_encoders_of_the_paper():
    prices = Prices([], [], FOLDERS)
    # Table 3: 2,500 to train, 139 to validate and to test
    passes = 3 * 237 * 32 + 10 * 139 + 139
    assert prices.passes(RTE) == passes
    assert prices.gpu_seconds(RTE) == pytest.approx(2 * 302e6 * 128 * passes / 50e12)
    assert prices.gpu_seconds(TREC) is None


def test_what_is_stored_or_is_one_run_by_two_names_is_paid_once():
    long, steps = replace(TREC, length="long", steps=200), replace(TREC, length="200st")
    assert same_run(long) == same_run(steps)
    specs = [long, steps, TREC, TREC.with_seed(1)]
    cost = Prices([TREC], [(TREC, 100.0)], FOLDERS).cost("some", 3, specs)
    assert (cost.cells, cost.runs, cost.stored, cost.missing, cost.untimed) == (3, 4, 1, 2, 0)
    assert cost.gpu_seconds is None
    # the control: another rate is another run
    other = replace(steps, recipe=replace(steps.recipe, learning_rate=1e-5))
    assert Prices([TREC], [], FOLDERS).cost("some", 3, [long, other]).missing == 2


def test_the_first_stage_of_transfer_is_paid_once_for_all():
    specs = [RunSpec(task, "transfer", encoder="bert-large", seed=seed) for task in ("rte", "cola") for seed in (0, 1)]
    cost = Prices([], [], FOLDERS).cost("transfer", 2, specs)
    assert (cost.runs, cost.first_stages, cost.missing) == (4, 1, 5)
    assert cost.gpu_seconds > 392_000 * 3 * 3 * 2 * 302e6 * 128 / 50e12


def test_a_length_that_nobody_has_chosen_counts_as_the_most_of_its_search():
    run = replace(RTE, length="long")
    cost = Prices([], [], FOLDERS).cost("long", 1, [run])
    assert (cost.unchosen, cost.untimed) == (1, 1)
    assert cost.gpu_seconds == Prices([], [], FOLDERS).gpu_seconds(replace(RTE, length="3200st"))
    assert Prices([], [], FOLDERS).cost("long", 1, [replace(run, steps=200)]).unchosen == 0
