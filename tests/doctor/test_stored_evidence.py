"""Evidence is what is stored, read when it is asked for."""

import csv
from pathlib import Path

import pytest

from stablebert.baselines import (
    RATE,
    Trial,
    baseline_path,
    rate_search,
    read_search,
    recorded_rate_on,
    write_baseline,
    write_search,
)
from stablebert.doctor import Setup, diagnose
from stablebert.doctor.stored import Cells, Rates, Stated, TableOne, encoder_id, supported_rates
from stablebert.runs import Cell, summary_of
from tests.synthetic import synthetic_rows

BASELINES = Path(__file__).parents[2] / "baselines"
BIAS = Cells(without="bertadam", with_it="debiased")


@pytest.fixture
def accepted(tmp_path):
    """A folder with runs of trec without and with bias correction, and the function that wrote them."""

    def write(method, mean):
        cell = Cell("trec", method)
        rows = synthetic_rows(mean, range(20))
        write_baseline(baseline_path(tmp_path, cell), {"cell": cell.id}, rows)
        return summary_of(rows)

    return tmp_path, write


def test_accepted_cells_stand_beside_each_other(accepted):
    folder, write = accepted
    good = write("debiased", 90.0)
    assert list(BIAS.lines(Setup(), [folder])) == []
    bad = write("bertadam", 70.0)
    (line,) = BIAS.lines(Setup(), [folder])
    for side in (good, bad):
        assert f"{side.mean:.2f} sd {side.sd:.2f}, 0 of 20 runs failed" in line
    # the control: other runs are another line
    write("bertadam", 60.0)
    assert list(BIAS.lines(Setup(), [folder])) != [line]


def test_the_paper_says_its_own_set_up():
    (line,) = Stated("dropout").lines(Setup(), [BASELINES])
    with (BASELINES / "paper" / "default_setup.csv").open(newline="") as stream:
        (value,) = [row["value"] for row in csv.DictReader(stream) if row["parameter"] == "dropout"]
    assert line == f"the paper's dropout: {value} (section 3)"
    assert list(Stated("no-such-parameter").lines(Setup(), [BASELINES])) == []


def test_table_1_has_a_line_a_task():
    lines = list(TableOne().lines(Setup(), [BASELINES]))
    with (BASELINES / "paper" / "table1.csv").open(newline="") as stream:
        tasks = {(row["dataset"], row["train_size"]) for row in csv.DictReader(stream)}
    assert len(lines) == len(tasks)


def test_rates_are_those_searched_else_those_printed():
    tried = [trial.learning_rate for trial in read_search(BASELINES, "minilm")]
    assert supported_rates("minilm", [BASELINES]) == (min(tried), max(tried))
    searched = list(Rates().lines(Setup(encoder="minilm"), [BASELINES]))
    assert len(searched) == len(set(tried))
    assert supported_rates("bert-large-uncased", [BASELINES]) == (2e-5, 2e-5)
    (line,) = Rates().lines(Setup(encoder="bert-large-uncased"), [BASELINES])
    assert line == "Table 6, bert-large on all: 2e-05"
    # the control: of an encoder that nobody has searched there is nothing
    assert supported_rates("somebody/their-encoder", [BASELINES]) is None
    assert supported_rates(None, [BASELINES]) is None


@pytest.fixture
def own_search(tmp_path):
    """A folder with an encoder's search and one of a task's own, with the paper's tables behind it."""
    for name, task, rates in ((RATE, "trec", (1e-4, 4e-4)), (rate_search("rte-1k"), "rte-1k", (2e-5, 5e-5))):
        trials = [Trial(task, "debiased", "3ep", rate, 900, 60.0, False) for rate in rates]
        write_search(tmp_path, "minilm", trials, "code", name=name)
    return [tmp_path, BASELINES]


def test_a_tasks_own_search_is_what_counts_for_it_and_any_search_where_no_task_is_known(own_search):
    assert supported_rates("minilm", own_search, "rte-1k") == (2e-5, 5e-5)
    assert supported_rates("minilm", own_search, "mrpc-1k") == (1e-4, 4e-4)
    assert supported_rates("minilm", own_search) == (2e-5, 4e-4)
    assert list(Rates().lines(Setup(encoder="minilm", task="rte-1k"), own_search)) == [
        "searched for minilm on rte-1k: 2e-05 validates at 60.00",
        "searched for minilm on rte-1k: 5e-05 validates at 60.00",
    ]


@pytest.mark.parametrize(
    ("task", "rate", "found"),
    [("rte-1k", 4e-5, False), ("rte-1k", 2e-4, True), ("trec", 2e-4, False), ("trec", 4e-5, True), (None, 4e-5, False)],
)
def test_a_rate_is_unsupported_by_the_search_that_its_runs_are_trained_by(task, rate, found, own_search):
    names = [one.cause.name for one in diagnose(Setup("minilm", task, learning_rate=rate), own_search).findings]
    assert ("rate-unsupported" in names) == found
    if task is not None:
        # the one function that decides, which the runs of the task are trained by, too
        used = recorded_rate_on(own_search, "minilm", task, "reinit")
        lowest, highest = supported_rates("minilm", own_search, task)
        assert lowest <= used <= highest


def test_an_encoder_goes_by_its_hub_name():
    assert encoder_id("google/electra-large-discriminator") == "electra-large"
    assert encoder_id("electra-large") == "electra-large"
    assert encoder_id("bert-base-uncased") == "bert-base-uncased"


def test_without_the_papers_tables_one_error_says_so(tmp_path):
    with pytest.raises(ValueError, match="the paper's tables are in none of"):
        list(Stated("dropout").lines(Setup(), [tmp_path]))
