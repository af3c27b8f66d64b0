"""Whole pytest sessions over synthetic runs: every verdict, every way to select, one process and two."""

import json

import pytest

from stablebert.baselines import baseline_path, read_baseline, write_baseline
from stablebert.runs import RunSpec
from stablebert.stats.looks import LOOKS
from tests.plugin.fake_bench import FRESH

pytest_plugins = ["pytester"]


def test_an_equal_candidate_passes_at_the_look_that_bounds_its_failed_runs_and_trains_no_more(bench):
    result = bench(FRESH, "-k", "trec_debiased")
    result.stdout.fnmatch_lines(["trec_debiased_3ep_minilm_fp32  PASS *12/20*0/0*", "session: PASS", "records: *runs"])
    assert "pooled" not in result.stdout.str()
    assert result.ret == 0
    assert len(result.trained) == 12


def test_several_equal_cells_pass_at_the_first_look_since_together_they_bound_it(bench):
    result = bench(FRESH, "-k", "trec_debiased or trec_reinit")
    result.stdout.fnmatch_lines(
        ["trec_debiased* PASS *6/20*", "trec_reinit* PASS *6/20*", "pooled*PASS*", "session: PASS"]
    )
    assert len(result.trained) == 12


def test_a_decided_cell_makes_no_further_run_whatever_the_others_do(bench):
    result = bench(FRESH, "-k", "trec_debiased or trec_reinit", loss={"trec_reinit": 0.7})
    assert sum("debiased" in line for line in result.trained) == 6
    assert sum("reinit" in line for line in result.trained) > 9
    # nor does it lend the others its PASS
    result.stdout.fnmatch_lines(["trec_debiased* PASS *6/20*", "trec_reinit*", "session: [FI]*"])
    assert result.ret == 1


def test_two_processes_reach_the_same_verdicts(bench):
    result = bench(FRESH, "-n", "2")
    result.stdout.fnmatch_lines(["trec_reinit_3ep_minilm_fp32 * PASS *", "session: PASS"])
    assert result.ret == 0
    assert len(result.trained) == len(set(result.trained))


@pytest.mark.parametrize("scheduler", ["worksteal", "loadscope", "each"])
def test_no_scheduler_deadlocks_the_gates(bench, scheduler):
    result = bench(FRESH, "-n", "2", "--dist", scheduler, "-k", "trec")
    assert result.ret == 0
    assert len(result.trained) == len(set(result.trained))


def test_seeds_below_the_first_look_are_said_to_judge_nothing_before_any_run(bench):
    result = bench("--collect-only", "--stablebert-seeds=3", "-k", "trec_debiased")
    line = "stablebert: 3 seeds a cell measure and judge nothing: the first look is at 6 (--stablebert-looks)"
    assert line in result.outlines
    for enough in (["--stablebert-seeds=6"], ["--stablebert-seeds=3", "--stablebert-looks=3"]):
        result = bench("--collect-only", *enough, "-k", "trec_debiased")
        assert "judge nothing" not in result.stdout.str()


def test_a_worse_candidate_fails(bench):
    result = bench(FRESH, "-k", "trec_debiased", loss={"trec_debiased": 2.0})
    result.stdout.fnmatch_lines(["trec_debiased_3ep_minilm_fp32  FAIL *", "*points worse*", "session: FAIL"])
    assert result.ret == 1


def test_failed_runs_fail(bench):
    result = bench(FRESH, "-k", "trec_debiased", failed=range(100, 120))
    result.stdout.fnmatch_lines(["*6 of 6 runs failed, in the baseline 0 of 20*", "session: FAIL"])
    assert result.ret == 1


def test_an_undecided_candidate_is_skipped_with_the_seeds_it_needs(bench):
    undecided = {"trec_debiased": 0.7}
    result = bench(FRESH, "-k", "trec_debiased", "--stablebert-seeds=6", loss=undecided)
    result.stdout.fnmatch_lines(["*INCONCLUSIVE*", "*is not ruled out; about * seeds would*", "session: INCONCLUSIVE"])
    assert result.ret == 1
    again = bench(
        FRESH, "-k", "trec_debiased", "--stablebert-seeds=6", "--stablebert-inconclusive=pass", loss=undecided
    )
    assert again.ret == 0
    assert again.trained == []


def test_the_baselines_own_seeds_are_identical(bench):
    result = bench("-k", "trec_debiased")
    result.stdout.fnmatch_lines(["*PASS*", "session: PASS"])
    assert result.ret == 0


def test_a_run_that_cannot_be_made_makes_its_gate_invalid(bench):
    result = bench(FRESH, "-k", "trec_debiased", broken=[102])
    result.stdout.fnmatch_lines(["*seed 102 is broken*", "session: INVALID"])
    assert result.ret == 1


def test_a_listed_cell_without_baseline_is_invalid(bench, pytester):
    grid = '[tool.stablebert.grid]\nmini = ["sms_bertadam_3ep"]\n'
    (pytester.path / "pyproject.toml").write_text(grid)
    result = bench(FRESH, "-k", "sms_bertadam")
    result.stdout.fnmatch_lines(["*it is in the grid and has no baseline*", "session: INVALID"])
    assert result.ret == 1


@pytest.mark.parametrize("listed", ['mini = "sms_bertadam_3ep"', "mini = [3]"])
def test_a_grid_that_lists_no_names_is_refused(bench, pytester, listed):
    (pytester.path / "pyproject.toml").write_text(f"[tool.stablebert.grid]\n{listed}\n")
    result = bench(FRESH, "-k", "sms_bertadam")
    result.stderr.fnmatch_lines(["ERROR: [[]tool.stablebert.grid]: mini: it is *; it must be a list of names*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_a_baseline_of_another_cell_is_invalid(bench, pytester):
    path = baseline_path(pytester.path / "baselines", RunSpec(task="trec").cell)
    accepted = read_baseline(path)
    write_baseline(path, accepted.header | {"cell_key": "other"}, accepted.rows)
    result = bench(FRESH, "-k", "trec_debiased")
    result.stdout.fnmatch_lines(["*another recipe, other data or other weights*"])
    assert result.ret == 1


def test_cells_without_baseline_are_left_out_unless_asked_for(bench):
    result = bench(FRESH, "-k", "sms_bertadam")
    result.stdout.fnmatch_lines(["sms_bertadam_3ep: not gated*--stablebert-all measures them"])
    assert result.trained == []
    measured = bench(FRESH, "-k", "sms_bertadam", "--stablebert-all", "-rs", "--stablebert-seeds=6")
    measured.stdout.fnmatch_lines(["NO VERDICT*", "*measured, not gated: 6 seeds, 0 failed*"])
    assert measured.ret == 0
    assert len(measured.trained) == 6


def test_gated_and_measured_cells_stand_side_by_side(bench):
    result = bench(FRESH, "-k", "sms", "--stablebert-all", "--stablebert-seeds=12")
    # what is measured only is no cell of the session: the other is alone
    result.stdout.fnmatch_lines(["sms_bertadam*measured, not gated*", "sms_debiased* PASS *12/20*", "session: PASS"])
    assert result.ret == 0


def test_a_gate_that_was_collected_and_not_judged_is_invalid(bench):
    result = bench(FRESH, "-k", "trec", "-x", broken=[101])
    result.stdout.fnmatch_lines(["*collected and not judged*", "session: INVALID"])
    assert result.ret == 1


def test_no_verdict_is_an_error_in_continuous_integration(bench, monkeypatch):
    monkeypatch.setenv("CI", "true")
    result = bench(FRESH, "-k", "sms_bertadam", "--stablebert-all", "--stablebert-seeds=6")
    result.stdout.fnmatch_lines(["NO VERDICT*"])
    assert result.ret == 1


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_a_task_without_source_says_what_to_set(bench, processes):
    result = bench("-k", "rte", "--stablebert-all", *processes)
    assert "set GLUE_DIR" in result.stdout.str() + result.stderr.str()
    assert result.ret == 4
    listed = bench("-k", "rte", "--stablebert-all", "--collect-only", "-q")
    listed.stdout.fnmatch_lines(["*rte_reinit_3ep_minilm_fp32_s000*"])


def test_selection_by_place_in_the_paper(bench):
    result = bench(FRESH, "-m", "paper(table='1')", "-k", "trec")
    assert {line.split("_")[1] for line in result.trained} == {"reinit"}


def test_runs_come_by_look_and_gates_last(bench):
    result = bench("--collect-only", "-q", "-k", "trec")
    names = [line.split("::")[1] for line in result.outlines if "::" in line]
    kinds = [name.split("[")[0] for name in names]
    assert kinds == ["test_run"] * 60 + ["test_gate"] * 3
    looks = [sum(int(name[-4:-1]) >= look for look in LOOKS) for name in names[:60]]
    assert looks == sorted(looks)


def test_an_optimizer_of_others_takes_the_methods_place(bench):
    result = bench(FRESH, "--stablebert-optimizer=torch.optim:Adam", "-k", "trec", loss={"trec_reinit": 2.0})
    result.stdout.fnmatch_lines(["*trec_debiased*PASS*", "*trec_reinit*FAIL*"])
    assert not any("bertadam" in line for line in result.trained)


@pytest.mark.parametrize("path", ["no_such_module:Adam", "torch.optim:NoSuch", "torch.optim"])
def test_an_optimizer_that_does_not_import_is_one_clear_error(bench, path):
    result = bench(f"--stablebert-optimizer={path}")
    assert result.ret == 4
    assert f"{path!r}" in result.stderr.str()
    assert "does not import" in result.stderr.str()


@pytest.mark.parametrize(
    "option",
    [
        "profile=tiny",
        "seeds=no",
        "seeds=0",
        "alpha=2",
        "precision=fp8",
        "inconclusive=maybe",
        "margin=-1",
        "optimizer-args=[]",
    ],
)
def test_an_option_outside_its_range_is_a_usage_error(bench, option):
    result = bench(f"--stablebert-{option}")
    assert result.ret == 4
    assert option.split("=")[0] in result.stderr.str()


def test_a_session_is_written_as_data(bench, pytester):
    bench(FRESH, "-k", "trec_debiased", "--stablebert-report=out", "--junitxml=junit.xml")
    data = json.loads((pytester.path / "out" / "verdicts.json").read_text())
    assert data["session"] == "PASS"
    assert data["verdicts"][0]["cell"] == "trec_debiased_3ep_minilm_fp32"
    assert "| cell | verdict |" in (pytester.path / "out" / "verdicts.md").read_text()
    assert "stablebert_verdict" in (pytester.path / "junit.xml").read_text()


def test_a_gate_alone_makes_what_it_lacks(bench):
    result = bench(FRESH, "-k", "test_gate and trec_debiased")
    assert result.ret == 0
    assert len(result.trained) == 12


def test_last_failed_selects_the_failed_gate(bench, pytester):
    loss = {"trec_debiased": 2.0}
    bench(FRESH, "-k", "trec", loss=loss)
    result = bench(FRESH, "-k", "trec", "--lf", loss=loss)
    result.assert_outcomes(failed=1)


def test_a_session_without_bench_is_left_alone(pytester):
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_subprocess()
    assert result.ret == 0
    assert "stablebert:" not in result.stdout.str()
    assert "records:" not in result.stdout.str()


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
def test_the_closing_lines_say_what_a_worker_has_needed(bench, processes):
    result = bench(FRESH, "-k", "trec_debiased", *processes)
    line = next(line for line in result.outlines if line.startswith("peak memory of a worker: "))
    assert 20 < int(line.split()[-2]) < 2000
    assert line.endswith(" MiB")
    assert "peak memory" not in bench("--collect-only", "-q", *processes).stdout.str()
