import csv

import pytest

from stablebert.paper import check_canonical, intermediate_run
from stablebert.paper.methods import LONG_STEPS, SEARCH_SPACES, search_space
from stablebert.runs import RunSpec

# the paper's names of methods and parameters, and ours
NAMES = {
    ("llrd", "initial_learning_rate"): ("llrd", "lr"),
    ("llrd", "layerwise_decay_rate"): ("llrd", "decay"),
    ("mixout", "mixout_probability_p"): ("mixout", "p"),
    ("pretrained_wd", "regularization_strength_lambda"): ("prior", "coefficient"),
    ("wd", "regularization_strength_lambda"): ("wdecay", "coefficient"),
    ("reinit", "layers_L"): ("reinit", "blocks"),
    ("longer", "training_steps"): ("long", "steps"),
}


def test_the_search_spaces_are_those_of_the_paper(request):
    with (request.config.rootpath / "baselines" / "paper" / "search_space.csv").open(newline="") as stream:
        printed = {(*NAMES[line["method"], line["parameter"]], float(line["value"])) for line in csv.DictReader(stream)}
    ours = {("long", "steps", float(steps)) for steps in LONG_STEPS}
    ours |= {
        (method, key, float(value))
        for method, grid in SEARCH_SPACES.items()
        for key, values in grid.items()
        for value in values
    }
    assert ours == printed


@pytest.mark.parametrize("method", SEARCH_SPACES)
def test_every_point_of_a_grid_is_a_method_of_its_own(method):
    points = search_space(method)
    sizes = [len(values) for values in SEARCH_SPACES[method].values()]
    assert len(set(points)) == len(points) == (sizes[0] if len(sizes) == 1 else sizes[0] * sizes[1])
    for point in points:
        check_canonical(point)


def test_a_method_without_parameters_has_no_grid():
    with pytest.raises(ValueError, match="no parameters of 'debiased'"):
        search_space("debiased")


def test_a_chosen_value_is_the_papers_where_the_paper_states_it(request):
    with (request.config.rootpath / "baselines" / "paper" / "selected_values.csv").open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    stated = [line for line in lines if line["status"] == "stated"]
    assert {(line["method"], line["parameter"]) for line in stated} == {("int_task", "intermediate_task")}
    for line in stated:
        target = RunSpec(task=line["dataset"], method="transfer", encoder="bert-large")
        assert intermediate_run(target).task == line["value"]
