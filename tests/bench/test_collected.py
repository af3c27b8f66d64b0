"""The bench as collected: ids that read back as runs, every cell once."""

import subprocess
import sys

import pytest

from stablebert.baselines import listed_names
from stablebert.contract import LAWS
from stablebert.paper import CLAIMS, METHOD_PARAMETERS
from stablebert.project import load_project
from stablebert.project.marked import marked_cells
from stablebert.runs import Cell, format_id, parse_id, parse_method
from stablebert.tasks import TASKS


@pytest.fixture(scope="module")
def collected(request):
    """The node ids of the whole bench."""
    command = [sys.executable, "-m", "pytest", "bench", "--collect-only", "-q", "--stablebert-all"]
    output = subprocess.run(command, cwd=request.config.rootpath, check=True, capture_output=True, text=True).stdout
    return [line for line in output.splitlines() if "::" in line]


def test_every_item_is_a_law_or_a_run_or_the_gate_of_a_cell_and_no_cell_comes_twice(collected):
    texts = {kind: [] for kind in ("test_law", "test_run", "test_gate")}
    for nodeid in collected:
        function, _, text = nodeid.rpartition("::")[2].removesuffix("]").partition("[")
        texts[function].append(text)
    assert texts["test_law"] == [f"{label}_{law.name}" for label in ("ours0", "ours1") for law in LAWS]
    specs = [parse_id(text) for text in texts["test_run"]]
    assert [format_id(spec) for spec in specs] == texts["test_run"]
    assert len(set(texts["test_run"])) == len(specs)
    assert sorted(texts["test_gate"]) == sorted({text.rpartition("_")[0] for text in texts["test_run"]})
    assert {spec.task for spec in specs} <= set(TASKS)
    assert {choice.name for spec in specs for choice in parse_method(spec.method)} <= set(METHOD_PARAMETERS)


def test_every_claim_is_an_item_of_one_module_where_claims_are_asked_for(request, collected):
    command = [sys.executable, "-m", "pytest", "bench", "--collect-only", "-q", "-m", "claims"]
    output = subprocess.run(command, cwd=request.config.rootpath, check=True, capture_output=True, text=True).stdout
    found = [line.rpartition("[")[2].removesuffix("]") for line in output.splitlines() if "::" in line]
    assert sorted(found) == sorted(f"{'-'.join(claim.sources)}-{claim.name}" for claim in CLAIMS)
    # and nowhere else
    assert not any("test_claim" in nodeid for nodeid in collected)


def gates(root, *arguments):
    """Return the cells of the gates, and the runs, that a session of the bench collects."""
    command = [sys.executable, "-m", "pytest", "bench", "--collect-only", "-q", *arguments]
    output = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    found = [line.removesuffix("]").partition("[") for line in output.splitlines() if "::test_" in line]
    return tuple(
        sorted(text for name, _, text in found if name.endswith(function)) for function in ("::test_gate", "::test_run")
    )


def test_a_bare_session_has_the_cells_of_the_grid_and_no_further_seeds(request):
    root = request.config.rootpath
    cells, runs = gates(root)
    assert [Cell.parse(cell).name for cell in cells] == sorted(listed_names(root / "baselines")["mini"])
    assert runs == sorted(f"{cell}_s{seed:03d}" for cell in cells for seed in range(20))


def test_a_mark_selects_in_a_session_what_it_selects_for_a_plan(request):
    root, expression = request.config.rootpath, "paper(table='4') or paper(table='5') or paper(figure='9')"
    marked = marked_cells(load_project(root, profile="paper", precision="fp32"), expression)
    profile = ("--stablebert-profile=paper", "--stablebert-precision=fp32")
    cells, runs = gates(root, "-m", expression, *profile)
    assert cells == sorted(one.cell.id for one in marked if not one.declared.apart)
    assert runs == sorted(format_id(spec) for one in marked for spec in one.specs)
    assert (len(cells), len(runs)) == (10, 160 + 6 + 200)
