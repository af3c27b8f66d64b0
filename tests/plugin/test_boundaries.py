"""Where a session meets what is damaged, dead, or somebody else's."""

import pytest

from stablebert.baselines import baseline_path
from stablebert.runs import RunSpec
from tests.plugin.fake_bench import CONFTEST, FRESH

pytest_plugins = ["pytester"]

FEW = "--stablebert-seeds=12"
FOREIGN = """
import pytest

CELLS = ["A1", "B2"]


@pytest.fixture
def run():
    return 1


@pytest.mark.parametrize("name", ["and", "or"])
def test_gate(name):
    pass


@pytest.mark.parametrize("name", ["and", "or"])
def test_run(name):
    pass


def test_it(run):
    pass
"""
DIES = """

import os

_live = train


def train(spec):
    if spec.seed == 102:
        os._exit(9)
    return _live(spec)
"""
NO_FETCH = """
import stablebert.assets


def fetch(name, **_):
    print("FETCHED", name)


stablebert.assets.fetch = fetch
"""


def said(result):
    return result.stdout.str() + result.stderr.str()


def without_crash(result):
    return "Traceback" not in said(result) and "INTERNALERROR" not in said(result)


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_names_like_ours_in_other_projects_are_left_alone(pytester, monkeypatch, processes):
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest(NO_FETCH)
    pytester.makepyfile(test_section_parser=FOREIGN)
    result = pytester.runpytest_subprocess(*processes)
    result.assert_outcomes(passed=5)
    assert result.ret == 0
    assert not any(word in said(result) for word in ("stablebert:", "VERDICT", "FETCHED"))


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_ids_that_look_like_ours_name_no_cell(pytester, monkeypatch, processes):
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(
        test_section_parser="""
        import pytest

        @pytest.mark.parametrize("gate", ["rte_reinit_3ep_minilm_fp32"])
        def test_gate(gate):
            pass
        """
    )
    result = pytester.runpytest_subprocess(*processes)
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    assert not any(word in said(result) for word in ("stablebert:", "VERDICT", "session:"))


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_a_bench_is_known_by_its_items_whatever_its_names(bench, pytester, processes):
    folder = pytester.path / "bench"
    text = (folder / "test_section4.py").read_text()
    (folder / "test_section4.py").unlink()
    (folder / "test_mine.py").write_text(
        text.replace("def test_run", "def test_one").replace("def test_gate", "def test_two")
    )
    result = bench(FRESH, "-k", "trec_debiased", FEW, *processes)
    result.stdout.fnmatch_lines(["stablebert: profile mini, seeds 100-111*", "trec_debiased*PASS*", "session: PASS"])
    assert result.ret == 0
    refused = bench(FRESH, "-k", "trec_debiased", "--stablebert-accept", *processes)
    assert "--stablebert-accept needs a reason for the ledger" in said(refused)
    assert without_crash(refused)
    assert (refused.ret, refused.trained) == (4, [])


def test_a_damaged_baseline_makes_its_cell_invalid_and_the_table_is_still_printed(bench, pytester):
    # no margin but its own follows from re-initialised runs
    baseline_path(pytester.path / "baselines", RunSpec(task="trec", method="reinit").cell).write_text("rubbish")
    result = bench(FRESH, "-k", "trec_debiased or trec_reinit", FEW)
    result.stdout.fnmatch_lines(["trec_debiased*PASS*", "trec_reinit*INVALID*", "session: INVALID"])
    assert without_crash(result)
    assert result.ret == 1


def test_damaged_margins_make_the_session_invalid(bench, pytester):
    (pytester.path / "baselines" / "margins.csv").write_text("rubbish\n1\n")
    result = bench(FRESH, "-k", "trec_debiased", FEW)
    result.stdout.fnmatch_lines(["*margins.csv is damaged*", "session: INVALID"])
    assert without_crash(result)
    assert result.ret == 1


def test_a_damaged_record_beyond_the_look_that_decided_is_not_read(bench, pytester):
    words = "(trec_debiased or trec_reinit)"
    bench(FRESH, "-k", f"test_run and {words}")
    for path in _records(pytester):
        if '"seed":119' in path.read_text():
            path.write_text("rubbish")
    result = bench(FRESH, "-k", f"test_gate and {words}")
    result.stdout.fnmatch_lines(["trec_debiased*PASS*6/20*", "pooled*PASS*", "session: PASS"])
    # the control: one that a look asks for
    next(path for path in _records(pytester) if '"seed":103' in path.read_text()).write_text("rubbish")
    result = bench(FRESH, "-k", f"test_gate and {words}")
    result.stdout.fnmatch_lines(["*: record * is damaged*", "session: INVALID"])
    assert without_crash(result)
    assert result.ret == 1


def test_a_worker_that_dies_leaves_an_invalid_session(bench, monkeypatch):
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", CONFTEST.replace("\n\ndef obtain", f"{DIES}\n\ndef obtain"))
    result = bench(FRESH, "-k", "trec_debiased", FEW, "-n", "2")
    result.stdout.fnmatch_lines(["trec_debiased*: 2 attempts ended without a record *", "session: INVALID"])
    assert result.ret == 1


def test_a_worker_that_dies_at_a_gate_leaves_an_invalid_session(bench, pytester):
    pytester.makepyfile(
        killer="import os\ndef pytest_runtest_call(item):\n    if 'test_gate' in item.nodeid:\n        os._exit(1)"
    )
    result = bench(FRESH, "-k", "trec_debiased", FEW, "-n", "1", "-p", "killer")
    result.stdout.fnmatch_lines(["trec_debiased*: collected and not judged", "session: INVALID"])
    assert result.ret == 1


def test_leaving_every_gate_out_is_no_pass_because_other_tests_pass(bench, pytester, monkeypatch):
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(test_other="def test_one(): pass")
    result = bench("test_other.py", FRESH, "-k", "sms_bertadam or test_one")
    result.stdout.fnmatch_lines(["NO VERDICT*"])
    assert result.ret == 1


@pytest.mark.parametrize("folder", ["bench", "."])
def test_reruns_are_refused(bench, pytester, monkeypatch, folder):
    option = "def pytest_addoption(parser):\n    parser.addoption('--reruns', type=int)\n"
    pytester.makepyfile(fake_reruns=option)
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=":")
    result = pytester.runpytest_subprocess(folder, FRESH, "-p", "fake_reruns", "--reruns=1", "--collect-only")
    assert "cannot be rerun" in said(result)
    assert result.ret == 4
    assert (
        pytester.runpytest_subprocess(folder, FRESH, "-p", "fake_reruns", "--reruns=0", "--collect-only", "-q").ret == 0
    )


@pytest.mark.parametrize("source", ["def x(:", "1 / 0", "Adam = 3"])
def test_an_optimizer_that_cannot_be_used_is_one_clear_error(bench, pytester, source):
    pytester.makepyfile(planted=source)
    result = bench("--stablebert-optimizer=planted:Adam")
    assert "--stablebert-optimizer 'planted:Adam'" in said(result)
    assert without_crash(result)
    assert result.ret == 4


def test_one_spelling_of_an_optimizers_arguments(bench):
    def header(arguments):
        options = ("--stablebert-optimizer=torch.optim:Adam", f"--stablebert-optimizer-args={arguments}")
        return next(line for line in bench("--collect-only", *options).outlines if line.startswith("stablebert: "))

    assert 'optimizer torch.optim:Adam {"eps":2.0,"lr":1},' in header('{"lr": 1, "eps": 2.0}')
    assert header('{"eps":2.0,   "lr":1}') == header('{"lr": 1, "eps": 2.0}')
    assert header('{"eps": 2.0, "lr": 2}') != header('{"lr": 1, "eps": 2.0}')


def test_another_encoder_is_named_and_so_is_what_it_is_judged_against(bench):
    result = bench(
        *("--collect-only", "--stablebert-all", "-k", "trec"),
        *("--stablebert-model=some/model", "--stablebert-against=electra-large"),
    )
    result.stdout.fnmatch_lines(
        ["stablebert: *custom-?????? is some/model, peak rate 2e-05 (baselines: electra-large, 2e-05)*"]
    )
    refused = bench("--collect-only", "--stablebert-model=some/model", "--stablebert-against=x")
    assert "--stablebert-against 'x' is no cell, encoder" in said(refused)
    assert refused.ret == 4


def test_only_what_selected_runs_need_is_fetched(bench, pytester, monkeypatch):
    told = CONFTEST.replace("lambda name, **_: None", "lambda name, **_: print('FETCHED', name)")
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", told)
    (pytester.path / "RTE").mkdir()
    monkeypatch.setenv("GLUE_DIR", str(pytester.path))
    fetched = {
        words: [line for line in bench(FRESH, FEW, "--stablebert-all", "-k", words).outlines if "FETCHED" in line]
        for words in ("rte", "trec_debiased", "no_such")
    }
    assert fetched == {"rte": ["FETCHED minilm"], "trec_debiased": ["FETCHED minilm", "FETCHED texts"], "no_such": []}


def _records(pytester):
    return sorted((pytester.path / ".stablebert" / "runs").glob("??/*.json"))
