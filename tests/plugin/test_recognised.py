"""A bench is known by what its items carry: names and ids decide nothing, and a bench of which nothing is seen is refused."""

import json

import pytest

from tests.plugin.fake_bench import BENCH, FRESH
from tests.plugin.test_boundaries import said, without_crash

pytest_plugins = ["pytester"]

OPEN = {"trec_debiased": 0.7}
GIVEN = (FRESH, "-k", "trec_debiased", "--stablebert-seeds=6")
# requests under other names, with more parameters, and from a fixture
OTHER_NAMES = """
import pytest

from stablebert.bench import cells

CELLS = cells(["trec", "sms"], ["debiased"])


@pytest.fixture
def wanted(gate):
    return gate


@pytest.mark.parametrize("again", ["once"])
def test_one(run, again, stablebert_bench):
    stablebert_bench.run(run)


@pytest.mark.parametrize("again", ["once"])
def test_two(wanted, again, stablebert_bench):
    stablebert_bench.judge(wanted)
"""
OWN_PARAMETERS = """
import pytest

from stablebert.plugin.requests import GateRequest
from stablebert.runs import Cell


@pytest.mark.parametrize("cell", [GateRequest(Cell("trec"))], ids=str)
def test_mine(cell, stablebert_bench):
    stablebert_bench.judge(cell)
"""
UNCOLLECTED = """
from stablebert.plugin.requests import GateRequest
from stablebert.runs import Cell


def test_mine(stablebert_bench):
    stablebert_bench.judge(GateRequest(Cell("trec")))
"""
OTHERS = "def test_other(): pass"


@pytest.fixture
def module(bench, pytester):
    """A function that puts a text in the place of the bench."""
    path = pytester.path / "bench" / "test_section4.py"

    def put(text):
        path.write_text(text)
        (pytester.path / "bench" / "test_others.py").write_text(OTHERS)

    return put


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_names_and_suffixes_hide_no_undecided_session(bench, module, processes):
    module(OTHER_NAMES)
    result = bench(*GIVEN, *processes, loss=OPEN)
    result.stdout.fnmatch_lines(["trec_debiased_3ep_minilm_fp32 *INCONCLUSIVE*", "session: INCONCLUSIVE"])
    assert result.ret == 1
    # the control: the rule lets it pass where that is asked for
    assert bench(*GIVEN, "--stablebert-inconclusive=pass", *processes, loss=OPEN).ret == 0


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_a_request_of_ones_own_is_an_item_like_any(bench, module, pytester, processes):
    module(OWN_PARAMETERS)
    result = bench(FRESH, "--stablebert-seeds=6", *processes, loss=OPEN)
    result.stdout.fnmatch_lines(["stablebert: profile mini*", "session: INCONCLUSIVE"])
    assert result.ret == 1
    data = json.loads((pytester.path / ".stablebert" / "runs" / "verdicts.json").read_text())
    assert (data["session"], data["verdicts"][0]["status"]) == ("INCONCLUSIVE", "INCONCLUSIVE")


def test_a_gate_that_is_no_parameter_is_refused(bench, module):
    module(UNCOLLECTED)
    result = bench(FRESH)
    assert "trec_debiased_3ep_minilm_fp32 was not collected: a gate is a parameter of its test" in said(result)
    assert without_crash(result)
    assert (result.ret, result.trained) == (1, [])


@pytest.mark.parametrize(
    "text",
    [
        BENCH.replace("def test_", "def check_"),
        BENCH.replace("(run, ", "(").replace("(gate, ", "(").replace("(run)", "(None)").replace("(gate)", "(None)"),
        BENCH.replace("CELLS = [", "CELLS = []\nOTHERS = ["),
    ],
)
@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_cells_of_which_nothing_becomes_an_item_are_refused(bench, module, text, processes):
    module(text)
    result = bench(FRESH, *processes)
    assert "bench/test_section4.py: nothing of its CELLS is trained or judged" in said(result)
    assert without_crash(result)
    assert (result.ret, result.trained) == (4, [])


def test_a_module_that_is_selected_by_item_or_by_word_is_not_one_of_them(bench, module):
    module(f"{BENCH}\n\nclass TestOther:\n    def test_it(self):\n        pass\n")
    assert bench("-k", "test_it").ret == 0
    assert bench("bench/test_section4.py::TestOther::test_it", "--deselect=bench/test_others.py").ret == 0
