"""The seeds of a cell: a block, or those of its baseline, judged in pairs."""

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.project.options import settings_of
from stablebert.runs import Cell, RunSpec
from tests.frozen import freeze_margins
from tests.plugin.test_boundaries import said, without_crash
from tests.project.projects import project_below
from tests.synthetic import synthetic_rows

pytest_plugins = ["pytester"]

PAIRED = ("--stablebert-seeds-of=baseline", "-k", "trec_debiased")


def accept(folder, seeds):
    header = {"cell_key": "cell", "data": "data", "environment_class": "cpu-fp32"}
    write_baseline(baseline_path(folder, RunSpec("trec").cell), header, synthetic_rows(90.0, seeds))
    # on other seeds it would tell what bias correction gains
    baseline_path(folder, RunSpec("trec", "bertadam").cell).unlink(missing_ok=True)
    freeze_margins(folder)


def seeds_of(folder, **given):
    return [spec.seed for spec in project_below(folder, **given).specs(Cell("trec"))]


def test_they_are_the_baselines_first_ones_in_the_order_of_numbers(tmp_path):
    accept(tmp_path, range(995, 1020))
    assert seeds_of(tmp_path, seeds_of="baseline") == list(range(995, 1015))
    assert seeds_of(tmp_path, seeds_of="baseline", seeds="7") == list(range(995, 1002))
    # the control
    assert seeds_of(tmp_path, seeds="7") == list(range(7))
    assert project_below(tmp_path, seeds_of="baseline").policy.pairing == "paired"
    assert project_below(tmp_path).policy.pairing == "auto"


def test_a_baseline_that_cannot_be_read_has_none(tmp_path):
    assert seeds_of(tmp_path, seeds_of="baseline") == []
    baseline_path(tmp_path, RunSpec("trec").cell).parent.mkdir(parents=True)
    baseline_path(tmp_path, RunSpec("trec").cell).write_text("rubbish")
    assert seeds_of(tmp_path, seeds_of="baseline") == []


@pytest.mark.parametrize(
    "other",
    [{"seed-block": "100"}, {"seed-block": "0"}, {"model": "some/model"}, {"against": "debiased"}, {"accept": True}],
)
def test_what_they_cannot_stand_with_is_refused(other):
    with pytest.raises(
        ValueError, match=f"--stablebert-seeds-of baseline cannot stand with --stablebert-{next(iter(other))}"
    ):
        settings_of({"seeds-of": "baseline", **other})
    # the control
    settings_of({"seeds-of": "baseline", "seeds": "6", "optimizer": "a:B", "accept": "false"})


def test_equal_runs_are_identical_and_others_are_judged_in_pairs(bench, pytester):
    accept(pytester.path / "baselines", range(30, 60))
    same = bench(*PAIRED)
    same.stdout.fnmatch_lines(
        [
            "stablebert: *the first 20 seeds of each baseline, in pairs*",
            "trec_debiased*: identical, 6 seeds",
            "session: PASS",
        ]
    )
    assert [line[-3:] for line in same.trained] == [f"{seed:03d}" for seed in range(30, 36)]
    # in pairs a loss of a tenth of a standard deviation is seen, which costs no margin
    other = bench(
        *PAIRED, "--stablebert-optimizer=torch.optim:Adam", "--stablebert-report=out", loss={"trec_debiased": 0.05}
    )
    other.stdout.fnmatch_lines(["trec_debiased* PASS *12/30*", "session: PASS"])
    assert '"pairing": "paired"' in (pytester.path / "out" / "verdicts.json").read_text()
    # the control: a loss of more than the margin
    lost = bench(*PAIRED, "--stablebert-optimizer=torch.optim:SGD", loss={"trec_debiased": 1.5})
    lost.stdout.fnmatch_lines(["trec_debiased* FAIL *6/30*", "session: FAIL"])


def test_the_command_that_judges_them_again_takes_the_same(bench, pytester, monkeypatch):
    bench(*PAIRED, "--stablebert-report=out")
    text = (pytester.path / "out" / "verdicts.json").read_text()
    assert '"command": "stablebert gate trec_debiased_3ep_minilm_fp32 --seeds-of baseline"' in text


def test_a_session_of_them_and_of_a_block_does_not_begin(bench):
    result = bench(*PAIRED, "--stablebert-seed-block=100")
    assert "cannot stand with --stablebert-seed-block" in said(result)
    assert without_crash(result)
    assert (result.ret, result.trained) == (4, [])
