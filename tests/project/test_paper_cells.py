"""The paper as a project has it: which value is chosen, and which runs a declared cell has."""

import pytest

from stablebert.baselines import BaselineError, Trial, parameter_search, write_search
from stablebert.bench import BenchCell, Place, cells
from stablebert.runs import Cell, format_id
from tests.project.projects import project_below

FIGURE, TABLE = (("figure", "2"),), (("table", "1"),)
DECLARED = BenchCell("rte", "debiased", "3ep", (Place(TABLE, seeds=20), Place(FIGURE, seeds=50)))


def search(folder, rate=2e-4, best="mixout.p0.3", task="trec", encoder="minilm"):
    trials = [Trial(task, one, "3ep", rate, 900, 50.0 + (one == best), False) for one in ("mixout.p0.3", "mixout")]
    write_search(folder, encoder, trials, "abc", name=parameter_search("trec", "mixout"))


def test_a_recorded_search_decides_what_is_trained_and_its_id_says_so(tmp_path):
    assert project_below(tmp_path).paper.chosen("trec", "mixout") == "mixout"
    search(tmp_path)
    found = project_below(tmp_path).paper
    assert found.chosen("trec", "mixout") == "mixout.p0.3"
    assert found.chosen("sms", "mixout") == "mixout"
    assert found.chosen("trec", "debiased") == "debiased"
    ids = {found.cell_of(one).id for one in found.cells if one.task == "trec" and one.method.startswith("mixout")}
    assert ids == {"trec_mixout.p0.3_3ep_minilm_fp32"}
    # an encoder of others takes the values of the one that judges it
    assert project_below(tmp_path, model="some/model").paper.chosen("trec", "mixout") == "mixout.p0.3"


def test_a_search_at_another_rate_than_the_encoder_is_trained_at_chooses_nothing(tmp_path):
    search(tmp_path, rate=1e-4)
    assert project_below(tmp_path).paper.chosen("trec", "mixout") == "mixout"


def test_a_search_of_something_else_is_refused(tmp_path):
    search(tmp_path, task="sms")
    with pytest.raises(BaselineError, match="the search of mixout on trec in .* has other trials"):
        project_below(tmp_path).paper.chosen("trec", "mixout")


def carried(run):
    return {dict(place.keywords).popitem() for place in run.places}


def test_further_seeds_carry_only_their_figures_mark(tmp_path):
    runs = project_below(tmp_path).paper.runs(DECLARED)
    assert [run.spec.seed for run in runs] == list(range(50))
    assert [run.further for run in runs] == 20 * [False] + 30 * [True]
    both, figure = {("table", "1"), ("figure", "2")}, {("figure", "2")}
    assert [carried(run) for run in runs] == 20 * [both] + 30 * [figure]


def test_a_number_of_seeds_that_is_given_takes_the_place_of_the_papers(tmp_path):
    for seeds in (3, 60):
        runs = project_below(tmp_path, seeds=seeds, seed_block=100).paper.runs(DECLARED)
        assert [run.spec.seed for run in runs] == list(range(100, 100 + seeds))
        assert {len(run.places) for run in runs} == {2}
        assert not any(run.further for run in runs)


def test_what_states_no_number_has_as_many_as_a_session_makes(tmp_path):
    (one,) = cells(["trec"], ["debiased"], {"section": "4"})
    assert len(project_below(tmp_path).paper.runs(one)) == 20
    sweep = BenchCell("trec", "debiased", "200st", (Place(FIGURE, seeds=8),))
    assert [run.further for run in project_below(tmp_path).paper.runs(sweep)] == 8 * [False]


def test_two_seeds_are_crossed_and_no_gate_reads_them(tmp_path):
    crossed = BenchCell("rte", "debiased", "3ep", (Place(FIGURE, seeds=10),), apart=True)
    runs = project_below(tmp_path).paper.runs(crossed)
    assert len({(run.spec.seed, run.spec.data_seed) for run in runs}) == 100
    assert all(run.further for run in runs)
    assert format_id(runs[37].spec) == "rte_debiased_3ep_minilm_fp32_i003d007"
    assert len(project_below(tmp_path, seeds=5).paper.runs(crossed)) == 25


def test_a_cell_that_print_judges_has_as_many_runs_as_print(tmp_path, request):
    (tmp_path / "paper").symlink_to(request.config.rootpath / "baselines" / "paper")
    project = project_below(tmp_path, profile="paper")
    counts = {task: len(project.specs(project.declared(task, "debiased", "3ep"))) for task in ("rte", "mnli")}
    assert counts == {"rte": 20, "mnli": 3}
    assert len(project_below(tmp_path, profile="paper", seeds=7).specs(Cell("mnli", encoder="bert-large"))) == 7


def test_the_grid_means_the_sessions_class_alone(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.stablebert.grid]\nmini = ["rte_debiased_3ep"]\n')
    project = project_below(tmp_path)
    own, other = (project.declared("rte", "debiased", "3ep", other_class=one) for one in (False, True))
    assert (own.precision, other.precision) == ("fp32", "fp16")
    assert (project.is_gated(own), project.is_gated(other)) == (True, False)


def test_an_encoder_of_its_own_stays_whatever_the_session_trains(tmp_path):
    project = project_below(tmp_path)
    assert project.declared("rte", "debiased", "own", "xlnet-large").id == "rte_debiased_own_xlnet-large_fp32"
