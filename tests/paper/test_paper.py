import hashlib

import pytest

from stablebert.paper import ENCODERS, check_encoder, default_encoder, paper_table
from stablebert.runs import MINILM_LEARNING_RATE, default_recipe


@pytest.fixture
def folder(request):
    return request.config.rootpath / "baselines"


@pytest.mark.parametrize(("number", "rows"), [(1, 48), (2, 32), (3, 56), (4, 8), (5, 4), (6, 85), (7, 32)])
def test_the_tables_are_whole(folder, number, rows):
    with paper_table(number, folder) as lines:
        assert len(lines) == rows


def test_the_printed_numbers_are_never_regenerated(folder):
    files = sorted((folder / "paper").glob("*.csv"))
    text = "\n".join(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files)
    assert len(files) == 12
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "c8a8c18393918cef1b6ece49859b4f28f57362949101c6d1776fe04c057f1c85"
    )


def test_a_table_that_does_not_exist_is_refused(folder):
    with pytest.raises(ValueError, match="tables 1 to 7"), paper_table(8, folder):
        pass


def test_the_recipe_is_the_papers():
    recipe = default_recipe("bert-large")
    assert (recipe.learning_rate, recipe.batch_size, recipe.warmup_ratio) == (2e-5, 32, 0.1)
    assert (recipe.max_grad_norm, recipe.dropout, recipe.max_length, recipe.evaluations) == (1.0, 0.1, 128, 10)


def test_only_the_embedded_encoder_has_a_rate_of_its_own():
    rates = {name: default_recipe(name).learning_rate for name in ENCODERS}
    assert rates.pop("minilm") == MINILM_LEARNING_RATE
    assert set(rates.values()) == {2e-5}


def test_profiles_name_their_encoder():
    assert default_encoder("paper") == "bert-large"
    with pytest.raises(ValueError, match="known: mini, paper"):
        default_encoder("large")


def test_an_unknown_encoder_is_refused_by_its_name():
    with pytest.raises(ValueError, match="unknown encoder 'maxilm'; known: bert-large, .*, minilm, mpnet, mine"):
        check_encoder("maxilm", ["mine"])
    check_encoder("mine", ["mine"])


@pytest.mark.parametrize("model", ["bert", "roberta", "xlnet", "electra", "bart"])
def test_the_papers_five_can_be_had(model):
    check_encoder(f"{model}-large")
    assert ENCODERS[f"{model}-large"]
