"""Sessions of tables and figures: runs beyond a gate's are made where their mark is asked for, and nowhere else."""

import shutil

import pytest

from tests.plugin.fake_bench import FRESH

pytest_plugins = ["pytester"]

FURTHER = """
from stablebert.bench import BenchCell, Place

CELLS = [BenchCell("trec", "debiased", "3ep", (Place((("figure", "2"),), seeds=22), Place((("table", "1"),), seeds=20)))]


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)
"""
SECTION = """
from stablebert.bench import PaperSection

CELLS = PaperSection("{section}")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)
"""
GATES = "\n\ndef test_gate(gate, stablebert_bench):\n    stablebert_bench.judge(gate)\n"
CROSSED = "-m=counterpart(figure='9')"


@pytest.fixture
def module(bench, pytester):
    """A function that puts a text in the place of the bench."""
    return (pytester.path / "bench" / "test_section4.py").write_text


def seeds(result):
    return [int(name.rpartition("_s")[2]) for name in result.trained]


def test_further_seeds_are_made_for_their_figure_and_read_by_no_gate(bench, module):
    module(FURTHER)
    # the last two would be lost, were they read
    asked = bench(FRESH, "-m=paper(figure='2')", failed=(120, 121))
    assert asked.ret == 0
    assert seeds(asked) == [*range(100, 112), 120, 121]
    asked.stdout.fnmatch_lines(["trec_debiased_3ep_minilm_fp32  PASS     12/20   0/0 *"])
    # the control: nothing else asks for them
    assert seeds(bench(FRESH, "--stablebert-all", "--stablebert-store=other")) == [*range(100, 112)]


def test_what_is_not_asked_for_is_one_item_a_cell_and_not_one_a_run(bench, module):
    module(FURTHER.replace("CELLS = [", 'CELLS = [BenchCell("trec", "llrd", "3ep", ()), '))
    result = bench(FRESH)
    # its first run and its gate stand for it; the two further runs of the other are none
    assert result.parseoutcomes()["deselected"] == 2
    result.stdout.fnmatch_lines(["trec_llrd_3ep: not gated *--stablebert-all measures them"])
    # the control: who asks for all has all
    assert "deselected" not in bench(FRESH, "--stablebert-all", "--stablebert-store=other").parseoutcomes()
    # what has no item is said to have one
    nothing = bench(FRESH, "-k", "s003", "--stablebert-store=other")
    nothing.stdout.fnmatch_lines(["*a run of a cell that is not gated is an item with --stablebert-all"])


def test_runs_with_two_seeds_are_made_for_their_figure_without_a_gate(bench, module):
    module(SECTION.format(section="B"))
    result = bench(FRESH, CROSSED, "--stablebert-seeds=2")
    crossed = [f"i{one}d{other}" for one in (100, 101) for other in (100, 101)]
    assert result.trained == [
        f"trec_{method}_3ep_minilm_fp32_{seed}" for method in ("debiased", "reinit") for seed in crossed
    ]
    result.stdout.fnmatch_lines(["NO VERDICT: no gate was judged"])
    bare = bench(FRESH, "-k", "trec")
    assert (bare.ret, bare.trained) == (pytest.ExitCode.NO_TESTS_COLLECTED, [])
    bare.stdout.fnmatch_lines(["these are runs that no gate reads; -m with their figure makes them*"])


def test_cells_of_another_encoder_are_asked_for_by_their_table_alone(bench, module, pytester, request):
    shutil.copytree(request.config.rootpath / "baselines" / "paper", pytester.path / "baselines" / "paper")
    module(SECTION.format(section="F") + GATES)

    def gates(result):
        return sorted(line for line in result.outlines if "test_gate" in line and "own" in line)

    listed, table = ("--collect-only", "-q"), "-m=paper(table='7')"
    asked = gates(bench(*listed, table))
    assert len(asked) == 32
    others = bench(*listed, "--stablebert-all")
    assert gates(others) == []
    others.stdout.fnmatch_lines(["*: not of minilm; -m with their table makes them: *"])
    # a model that is given takes the place of every encoder but its own
    electra = gates(bench(*listed, table, "--stablebert-model=electra-large"))
    assert electra == [line for line in asked if "electra-large" in line]
