"""Whole pytest sessions over synthetic runs: every verdict, every way to select, one process and two."""

import json

import pytest

from stablebert.runs import RunSpec
from stablebert.store.baselines import baseline_path, write_baseline
from stablebert.store.margins import Margin, write_margins
from tests.synthetic import synthetic_rows

pytest_plugins = ["pytester"]

BENCH = """
from stablebert.doors import cells

CELLS = [
    *cells(["trec", "sms"], ["bertadam", "debiased"], {"section": "4", "figure": "2"}),
    *cells(["trec", "rte"], ["reinit"], {"section": "5", "table": "1"}),
]


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)
"""
CONFTEST = """
import sys
from pathlib import Path

import stablebert.doors.bench_session as bench_session
from stablebert.store import Keys, StoreError
from stablebert.runs import digest_of, format_id

sys.path.insert(0, {root!r})
from tests.synthetic import synthetic_record, wobble

HERE = Path(__file__).parent
LOSS = {loss!r}
FAILED = {failed!r}
BROKEN = {broken!r}


def run_keys(spec):
    key = digest_of([format_id(spec), spec.optimizer])
    return Keys(key, key, "cell", "code", "data", "weights")


def train(spec):
    with (HERE / "trained.txt").open("a") as stream:
        stream.write(format_id(spec) + "\\n")
    if spec.seed in BROKEN:
        raise StoreError(f"seed {{spec.seed}} is broken")
    cell = f"{{spec.task}}_{{spec.method}}"
    score = 90.0 + wobble(spec.seed) - LOSS.get(cell, 0.0)
    return synthetic_record(spec, 20.0 if spec.seed in FAILED else score, failed=spec.seed in FAILED)


def obtain(spec, store):
    key = run_keys(spec).record
    found = store.load(key)
    if found is not None:
        return found
    with store.lock(key):
        return store.load(key) or store.publish(key, train(spec))


bench_session.run_keys, bench_session.obtain = run_keys, obtain
import stablebert.assets

stablebert.assets.fetch = lambda name, **_: None
"""


@pytest.fixture
def bench(pytester, request, monkeypatch):
    """A root directory with a bench, baselines about 90 points and a margin of 1; call it with pytest's arguments."""
    for name in ("CI", "GLUE_DIR", "STABLEBERT_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = pytester.path / "baselines"
    for task, method in (("trec", "bertadam"), ("trec", "debiased"), ("trec", "reinit"), ("sms", "debiased")):
        spec = RunSpec(task=task, method=method)
        header = {"cell_key": "cell", "environment_class": "cpu-fp32"}
        write_baseline(baseline_path(folder, spec), header, synthetic_rows(90.0, range(20)))
    write_margins(folder, [Margin("minilm", task, "3ep", 2.0, 1.0, 20, 20, "2026-01-01") for task in ("trec", "sms")])
    (pytester.path / "bench").mkdir()
    (pytester.path / "bench" / "test_section4.py").write_text(BENCH)

    def run(*arguments, loss=None, failed=(), broken=()):
        conftest = CONFTEST.format(
            root=str(request.config.rootpath), loss=loss or {}, failed=set(failed), broken=set(broken)
        )
        (pytester.path / "conftest.py").write_text(conftest)
        result = pytester.runpytest_subprocess("bench", *arguments)
        result.trained = sorted(_lines(pytester.path / "trained.txt"))
        return result

    return run


def _lines(path):
    lines = path.read_text().splitlines() if path.is_file() else []
    path.unlink(missing_ok=True)
    return lines


FRESH = "--stablebert-seed-block=100"


def test_an_equal_candidate_passes_at_the_first_look_and_trains_no_more(bench):
    result = bench(FRESH, "-k", "trec_debiased")
    result.stdout.fnmatch_lines(["trec_debiased_3ep_minilm_fp32  PASS *5/20*0/0*", "session: PASS", "records: *runs"])
    assert result.ret == 0
    assert len(result.trained) == 5


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


def test_a_worse_candidate_fails(bench):
    result = bench(FRESH, "-k", "trec_debiased", loss={"trec_debiased": 5.0})
    result.stdout.fnmatch_lines(["trec_debiased_3ep_minilm_fp32  FAIL *", "*points worse*", "session: FAIL"])
    assert result.ret == 1


def test_failed_runs_fail(bench):
    result = bench(FRESH, "-k", "trec_debiased", failed=range(100, 120))
    result.stdout.fnmatch_lines(["*5 of 5 runs failed, in the baseline 0 of 20*", "session: FAIL"])
    assert result.ret == 1


def test_an_undecided_candidate_is_skipped_with_the_seeds_it_needs(bench):
    undecided = {"trec_debiased": 0.8}
    result = bench(FRESH, "-k", "trec_debiased", "--stablebert-seeds=5", loss=undecided)
    result.stdout.fnmatch_lines(
        ["*INCONCLUSIVE*", "*is not ruled out; *, about * seeds would*", "session: INCONCLUSIVE"]
    )
    assert result.ret == 1
    again = bench(
        FRESH, "-k", "trec_debiased", "--stablebert-seeds=5", "--stablebert-inconclusive=pass", loss=undecided
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


def test_a_baseline_of_another_cell_is_invalid(bench, pytester):
    path = baseline_path(pytester.path / "baselines", RunSpec(task="trec"))
    path.write_text(path.read_text().replace("cell_key: cell", "cell_key: other"))
    result = bench(FRESH, "-k", "trec_debiased")
    result.stdout.fnmatch_lines(["*another recipe, other data or other weights*"])
    assert result.ret == 1


def test_cells_without_baseline_are_left_out_unless_asked_for(bench):
    result = bench(FRESH, "-k", "sms_bertadam")
    result.stdout.fnmatch_lines(["sms_bertadam: not gated*--stablebert-all measures them"])
    assert result.trained == []
    measured = bench(FRESH, "-k", "sms_bertadam", "--stablebert-all", "-rs", "--stablebert-seeds=5")
    measured.stdout.fnmatch_lines(["NO VERDICT*", "*measured, not gated: 5 seeds, 0 failed*"])
    assert measured.ret == 0
    assert len(measured.trained) == 5


def test_gated_and_measured_cells_stand_side_by_side(bench):
    result = bench(FRESH, "-k", "sms", "--stablebert-all", "--stablebert-seeds=5")
    result.stdout.fnmatch_lines(["sms_bertadam*measured, not gated*", "sms_debiased* PASS *", "session: PASS"])
    assert result.ret == 0


def test_a_gate_that_was_collected_and_not_judged_is_invalid(bench):
    result = bench(FRESH, "-k", "trec", "-x", broken=[101])
    result.stdout.fnmatch_lines(["*collected and not judged*", "session: INVALID"])
    assert result.ret == 1


def test_no_verdict_is_an_error_in_continuous_integration(bench, monkeypatch):
    monkeypatch.setenv("CI", "true")
    result = bench(FRESH, "-k", "sms_bertadam", "--stablebert-all", "--stablebert-seeds=5")
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
    seeds = [int(name[-4:-1]) // 5 for name in names[:60]]
    assert seeds == sorted(seeds)


def test_an_optimizer_of_others_takes_the_methods_place(bench):
    result = bench(FRESH, "--stablebert-optimizer=torch.optim:Adam", "-k", "trec", loss={"trec_reinit": 6.0})
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
    assert len(result.trained) == 5


def test_last_failed_selects_the_failed_gate(bench, pytester):
    loss = {"trec_debiased": 5.0}
    bench(FRESH, "-k", "trec", loss=loss)
    result = bench(FRESH, "-k", "trec", "--lf", loss=loss)
    result.assert_outcomes(failed=1)


def test_a_session_without_bench_is_left_alone(pytester):
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_subprocess()
    assert result.ret == 0
    assert "stablebert:" not in result.stdout.str()
    assert "records:" not in result.stdout.str()
