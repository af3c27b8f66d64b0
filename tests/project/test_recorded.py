"""What is recorded for an encoder is what its cells are trained by: Table 6, a searched rate, the steps of `long`."""

import pytest

from stablebert.baselines import BaselineError, Trial, length_search, write_search
from stablebert.project.recorded import unsearched
from stablebert.runs import Cell, training_length
from tests.project.projects import project_below

MODEL = "google/electra-small-discriminator"


@pytest.fixture(autouse=True)
def tables(tmp_path, request):
    """The paper's tables, in the folder of baselines."""
    (tmp_path / "paper").symlink_to(request.config.rootpath / "baselines" / "paper")


def search_rate(folder, encoder):
    """Record a search that 5e-5 has won in a folder of baselines."""
    scores = {1e-5: 80.0, 5e-5: 90.0, 1e-4: 85.0}
    trials = [Trial("trec", "debiased", "3ep", rate, 900, score, False) for rate, score in scores.items()]
    write_search(folder, encoder, trials, "abc")


def test_an_encoders_own_recipe_is_that_of_table_6_in_every_door(tmp_path):
    project = project_below(tmp_path)
    run = project.spec(project.cell_of("rte_debiased_own_electra-large_fp32"))
    assert (training_length(run), run.layerwise_decay, run.recipe.learning_rate) == ("10ep", 0.9, 5e-5)
    given = project_below(tmp_path, model="electra-large")
    assert given.spec(given.declared("rte", "debiased", "own")) == run
    with pytest.raises(ValueError, match="length 'own': Table 6 has no recipe of 'minilm' on 'trec'"):
        project.spec(project.declared("trec", "debiased", "own"))


def test_the_papers_row_of_a_recipe_of_its_own_judges_its_encoder_given_by_name(tmp_path):
    project = project_below(tmp_path, profile="paper", model="roberta-large")
    assert [row.mean for row in project.printed(project.declared("rte", "reinit", "own"))] == [83.5]
    # nor is another encoder judged against print
    other = project_below(tmp_path, profile="paper", model=MODEL)
    assert other.printed(other.declared("rte", "reinit", "own")) == ()


def test_a_searched_rate_is_used_wherever_its_encoder_is_trained(tmp_path):
    project = project_below(tmp_path, model=MODEL)
    cell = project.declared("trec", "reinit", "3ep")
    assert project.spec(cell).recipe.learning_rate == 2e-5
    search_rate(tmp_path, project.encoder)
    assert {spec.recipe.learning_rate for spec in project.specs(cell)} == {5e-5}
    # by the id alone too, and for no other encoder
    assert project.spec(project.cell_of(cell.id)).recipe.learning_rate == 5e-5
    assert project.spec(Cell("trec", encoder="bert-large")).recipe.learning_rate == 2e-5


def test_a_model_whose_rate_was_not_searched_is_told_so_where_that_of_the_baselines_was(tmp_path):
    project = project_below(tmp_path, model=MODEL)
    assert unsearched(project) is None
    search_rate(tmp_path, "minilm")
    said = unsearched(project)
    assert "takes the recipe's peak rate 2e-05, where 5e-05 was searched for minilm" in said
    assert f"`stablebert search --model {MODEL}`" in said
    # one that is given is meant, and one that was searched is its own
    assert unsearched(project_below(tmp_path, model=MODEL, recipe="learning_rate=2e-5")) is None
    search_rate(tmp_path, project.encoder)
    assert unsearched(project) is None


def test_long_was_chosen_at_the_searched_rate(tmp_path):
    project = project_below(tmp_path, model=MODEL)
    search_rate(tmp_path, project.encoder)
    trials = [Trial("trec", "reinit", f"{steps}st", 5e-5, 900, 90.0 - steps, False) for steps in (20, 10)]
    write_search(tmp_path, project.encoder, trials, "abc", name=length_search("trec", "reinit"))
    run = project.spec(project.declared("trec", "reinit", "long"))
    assert (run.steps, run.recipe.learning_rate) == (10, 5e-5)


def test_a_search_that_chooses_nothing_is_named(tmp_path):
    project = project_below(tmp_path, model=MODEL)
    search_rate(tmp_path, project.encoder)
    path = tmp_path / project.encoder / "search.csv"
    text = path.read_text()
    path.write_text(text + text.splitlines()[-1] + "\n")
    with pytest.raises(BaselineError, match=f"{project.encoder}/search.csv chooses no rate"):
        project.spec(project.declared("trec", "reinit", "3ep"))
