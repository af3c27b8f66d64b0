"""What a session leaves and lets pass: candidates, acceptances, waivers, bridges, budgets."""

import json
from pathlib import Path

import pytest

from stablebert.baselines import (
    Anchor,
    baseline_path,
    freeze_release,
    read_baseline,
    write_baseline,
    write_bridges,
)
from stablebert.plugin.selection import check_accepting
from stablebert.project import Project
from stablebert.project.options import settings_of
from stablebert.runs import Cell, RunSpec
from tests.frozen import freeze_margins
from tests.plugin import fake_bench
from tests.plugin.fake_bench import FRESH
from tests.synthetic import passed_bridge, synthetic_rows

pytest_plugins = ["pytester"]

GRID = '[tool.stablebert.grid]\nmini = ["trec_debiased_3ep", "sms_bertadam_3ep"]\n'
CELL = "trec_debiased_3ep_minilm_fp32"
WAIVER = f'cell = "{CELL}"\nreason = "known"\nwho = "Ada"\nuntil = 2999-12-31\n'
LOST = {"trec_debiased": 2.0}
# a store of what the tests of accept read, over the fake runs
CLEAN = """
import stablebert.baselines.acceptance as accepting
import stablebert.baselines.commit as sources

accepting.run_keys, sources.uncommitted_changes = run_keys, lambda *home: ""
"""


@pytest.fixture
def folder(pytester):
    return pytester.path / "baselines"


@pytest.fixture
def waived(folder, bench):
    (folder / "waivers").mkdir()
    path = folder / "waivers" / "one.toml"
    path.write_text(WAIVER)
    return path


@pytest.fixture
def listed(pytester, bench, monkeypatch):
    """A grid that lists a cell without baseline, and keys that an acceptance finds."""
    (pytester.path / "pyproject.toml").write_text(GRID)
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", fake_bench.CONFTEST + CLEAN)


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_missing_baseline_is_invalid_and_leaves_a_candidate(bench, folder, listed):
    before = files(folder)
    result = bench(FRESH, "-k", "sms_bertadam or trec_debiased", "-n", "2")
    path = folder / "minilm" / "sms" / "bertadam_3ep.candidate.csv"
    result.stdout.fnmatch_lines([f"candidate: {path} (6 seeds, not a baseline)", "session: INVALID"])
    assert result.ret == 1
    after = files(folder)
    assert set(after) - set(before) == {"minilm/sms/bertadam_3ep.candidate.csv"}
    assert path.read_text().startswith("# stablebert-candidate 1\n# cell: sms_bertadam_3ep_minilm_fp32\n")
    assert {name: after[name] for name in before} == before
    # it is none the next time either
    again = bench(FRESH, "-k", "sms_bertadam")
    again.stdout.fnmatch_lines(["*it is in the grid and has no baseline*", "session: INVALID"])
    assert again.ret == 1


def test_runs_of_an_optimizer_of_others_are_no_candidate(bench, folder, listed, pytester):
    (pytester.path / "pyproject.toml").write_text(GRID)
    baseline_path(folder, RunSpec(task="trec").cell).unlink()
    words = (FRESH, "-k", "trec_debiased", "--stablebert-seeds=6")
    assert bench(*words, "--stablebert-optimizer=torch.optim:Adam").ret == 1
    assert not list(folder.rglob("*.candidate.csv"))
    # the control: the method's own runs are one
    assert bench(*words).ret == 1
    assert len(list(folder.rglob("*.candidate.csv"))) == 1


def test_a_session_accepts_when_told_and_fails(bench, folder, listed):
    result = bench(FRESH, "-k", "sms_bertadam or trec_debiased", "--stablebert-accept", "--stablebert-why=first runs")
    result.stdout.fnmatch_lines(
        [
            "session: INVALID",
            "sms_bertadam_3ep_minilm_fp32",
            "change: its first baseline",
            f"accepted: {folder}/minilm/sms/bertadam_3ep.csv",
            "before *20*0*",
            "after *20*0*",
            "change: undecided*",
            f"accepted: {folder}/minilm/trec/debiased_3ep.csv",
            "a session that accepts has no say*",
        ]
    )
    assert result.ret == 1
    # decided cells too were run to their last seed
    assert len(result.trained) == 40
    assert not list(folder.rglob("*.candidate.csv"))
    rows = read_baseline(baseline_path(folder, RunSpec(task="sms", method="bertadam").cell)).rows
    assert [row.seed for row in rows] == [f"s{seed}" for seed in range(100, 120)]
    assert (folder / "LEDGER.md").read_text().count("first runs") == 2
    assert bench(FRESH, "-k", "sms_bertadam").ret == 0
    # a session that accepts has no say though every cell passes
    again = bench(FRESH, "-k", "sms_bertadam", "--stablebert-accept", "--stablebert-why=again")
    again.stdout.fnmatch_lines(["session: PASS", "change: none: the same runs", "accepted: *"])
    assert again.ret == 1


def test_what_is_refused_is_said_and_not_written(bench, folder, listed):
    before = files(folder)
    result = bench(FRESH, "-k", "trec_debiased", "--stablebert-accept", "--stablebert-why=again", broken=[119])
    result.stdout.fnmatch_lines([f"not accepted: {CELL}: no record of seeds 119 *"])
    assert files(folder) == before


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"why": ""}, "needs a reason"),
        ({"why": " "}, "needs a reason"),
        ({"accept": False}, "goes with --stablebert-accept"),
        ({"seeds": 19}, "19 seeds; a baseline needs at least 20"),
        ({"optimizer": "torch.optim:Adam"}, "none of another optimizer"),
        ({"model": "some/model"}, "none of another optimizer or encoder"),
    ],
)
def test_what_could_not_be_accepted_is_refused(changed, message):
    given = {"accept": True, "why": "x", "seeds": "20"}
    check_accepting(Project(Path.cwd(), settings_of(given)))
    with pytest.raises(ValueError, match=message):
        check_accepting(Project(Path.cwd(), settings_of({**given, **changed})))


def test_a_session_that_could_not_accept_does_not_start(bench):
    result = bench("--stablebert-accept")
    assert "--stablebert-accept needs a reason for the ledger: --stablebert-why" in result.stderr.str()
    assert (result.ret, result.trained) == (4, [])


def test_a_waived_fail_is_printed_and_fails_nothing(bench, pytester, waived):
    result = bench(FRESH, "-k", "trec_debiased or trec_reinit", "--stablebert-report=out", "-n", "2", loss=LOST)
    result.stdout.fnmatch_lines(
        [
            f"{CELL} * FAIL *",
            f"waived: {CELL}: FAIL is let pass until 2999-12-31 by Ada: known (one.toml)",
            "session: PASS (1 waived)",
        ]
    )
    assert result.ret == 0
    assert "waived" in json.loads((pytester.path / "out" / "verdicts.json").read_text())["notes"][0]
    assert "- waived: " in (pytester.path / "out" / "verdicts.md").read_text()


def test_a_waiver_is_mentioned_where_it_acts_only(bench, waived):
    acting = bench(FRESH, "-k", "trec_debiased", loss=LOST)
    acting.stdout.fnmatch_lines(["waived: *", "session: PASS (1 waived)"])
    assert acting.ret == 0
    idle = bench("--stablebert-seed-block=200", "-k", "trec_debiased")
    idle.stdout.fnmatch_lines(["session: PASS"])
    assert "waived" not in idle.stdout.str()


def test_a_waiver_hides_no_invalid_and_no_other_cell(bench, waived):
    result = bench(FRESH, "-k", "trec_debiased", broken=[102])
    result.stdout.fnmatch_lines(["session: INVALID"])
    assert result.ret == 1
    other = bench(
        "--stablebert-seed-block=200", "-k", "trec_debiased or trec_reinit", loss={**LOST, "trec_reinit": 2.0}
    )
    other.stdout.fnmatch_lines(["waived: trec_debiased*", "session: FAIL (1 waived)"])
    assert other.ret == 1


def test_a_waiver_that_does_not_hold_stops_the_session_at_once(bench, waived):
    waived.write_text(WAIVER.replace("2999", "2020"))
    result = bench(FRESH, "-k", "trec_reinit")
    assert "one.toml has expired" in result.stderr.str()
    assert (result.ret, result.trained) == (4, [])


def test_across_classes_a_cell_is_judged_over_a_bridge_only(bench, folder):
    words = (FRESH, "-k", "trec_debiased", "--stablebert-precision=bf16")
    refused = bench(*words)
    refused.stdout.fnmatch_lines(
        [
            "*its baseline is of class cpu-fp32, these runs of cpu-bf16, and no bridge of these rows joins them*",
            "session: INVALID",
        ]
    )
    assert refused.ret == 1
    write_bridges(folder, [passed_bridge()])
    joined = bench(*words)
    joined.stdout.fnmatch_lines(
        ["trec_debiased_3ep_minilm_bf16 * PASS *", "bridge: cpu-fp32 and cpu-bf16 on minilm, trec: passed today*"]
    )
    assert joined.ret == 0
    other = bench(FRESH, "-k", "sms_debiased", "--stablebert-precision=bf16")
    assert other.ret == 1


def test_automatic_precision_is_that_of_each_cells_baseline(bench, folder):
    header = {"cell_key": "cell", "environment_class": "cpu-bf16"}
    write_baseline(baseline_path(folder, RunSpec(task="trec").cell), header, synthetic_rows(90.0, range(20)))
    freeze_margins(folder)
    result = bench(FRESH, "-k", "trec_debiased or trec_reinit")
    result.stdout.fnmatch_lines(["trec_debiased_3ep_minilm_bf16 * PASS *", "trec_reinit_3ep_minilm_fp32 * PASS *"])
    assert result.ret == 0


def test_budgets_are_printed_where_a_cell_was_released(bench, folder):
    path = baseline_path(folder, RunSpec(task="trec").cell)
    baseline = read_baseline(path)
    write_baseline(path, {**baseline.header, "cell": CELL}, baseline.rows)
    freeze_release(folder, [Anchor("1.0", Cell("trec"), 91.0, 1.0, "d", "c")], "first")
    result = bench(FRESH, "-k", "trec_debiased or trec_reinit")
    result.stdout.fnmatch_lines(
        [
            "cell * budget  why",
            f"{CELL} * +1.06 of 0.50  loss ruled out",
            "trec_reinit* -  loss ruled out",
            f"budget: {CELL}: its baseline has lost *",
        ]
    )
    assert result.ret == 0
