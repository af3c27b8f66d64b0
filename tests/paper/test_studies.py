"""Studies of the mini profile: which cells and runs each has."""

import pytest

from stablebert.paper import STUDIES, study_parts
from stablebert.project.marked import study_cells
from tests.project.projects import project_below


@pytest.fixture
def folder(tmp_path, request):
    """A root folder that has the paper's tables and no runs."""
    (tmp_path / "paper").symlink_to(request.config.rootpath / "baselines" / "paper")
    return tmp_path


@pytest.fixture
def project(folder):
    """A mini project without runs."""
    return project_below(folder)


def cells_of(project, name):
    return {one.cell.name: len(one.runs) for cells in study_cells(project, name).values() for one in cells}


def test_section_4_has_both_optimizers_on_six_tasks_at_twenty_seeds(project):
    tasks = ("trec", "rotten", "intensity", "sms", "mrpc-1k", "stsb-1k")
    assert cells_of(project, "optimizer") == {
        f"{task}_{method}_3ep": 20 for task in tasks for method in ("bertadam", "debiased")
    }


def test_section_5_has_no_layer_to_four_blocks_at_ten(project):
    methods = ("debiased", "reinit.blocks0", "reinit", "reinit.blocks2", "reinit.blocks3", "reinit.blocks4")
    found = cells_of(project, "layers")
    assert {name for name in found if name.startswith("trec_")} == {f"trec_{method}_3ep" for method in methods}
    assert {*found.values()} == {10}


def test_the_sweep_has_four_lengths_of_two_methods_at_five(project):
    assert cells_of(project, "sweep") == {
        f"{task}_{method}_{length}": 5
        for task in ("trec", "mrpc-1k")
        for method in ("debiased", "reinit")
        for length in ("3ep", "200st", "400st", "800st")
    }


def test_the_methods_of_table_2_are_those_without_an_intermediate_task(project):
    names = ("debiased_3ep", "llrd_3ep", "mixout_3ep", "prior_3ep", "wdecay_3ep", "reinit_3ep", "debiased_long")
    assert cells_of(project, "methods") == {f"{task}_{name}": 10 for task in ("trec", "mrpc-1k") for name in names}
    assert cells_of(project, "transfer") == {"rte_transfer_3ep": 20, "rte-1k_transfer_3ep": 20}


def test_a_grid_is_five_by_five_and_precision_is_three_classes(project):
    assert cells_of(project, "sources") == {"trec_debiased_3ep": 25, "trec_reinit_3ep": 25}
    parts = study_cells(project, "precision")
    assert [{one.cell.precision for one in cells} for cells in parts.values()] == [{"fp32"}, {"bf16"}, {"fp16"}]
    assert {len(one.runs) for cells in parts.values() for one in cells} == {10}


def test_evidence_is_every_study_and_another_name_is_refused(project):
    assert study_parts("evidence") == tuple(part for parts in STUDIES.values() for part in parts)
    assert len({part.name for part in study_parts("evidence")}) == len(study_parts("evidence"))
    with pytest.raises(ValueError, match="unknown study 'section9'; known: optimizer, layers, .*evidence"):
        study_parts("section9")
    with pytest.raises(ValueError, match="unknown study"):
        study_cells(project, "section9")


def test_a_number_of_seeds_that_is_given_takes_the_place_of_the_studys(folder):
    assert {*cells_of(project_below(folder, seeds=3), "sweep").values()} == {3}
