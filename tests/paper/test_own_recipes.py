"""The recipes of Table 6 against the table, number by number."""

import pytest

from stablebert.paper import paper_table, printed_rows, with_own_recipe
from stablebert.runs import RunSpec, default_recipe, total_steps, training_length


@pytest.fixture
def folders(request):
    return [request.config.rootpath / "baselines"]


def own_run(encoder, task, folders):
    return with_own_recipe(RunSpec(task=task, encoder=encoder, length="own"), folders)


def test_every_cell_of_table_7_has_its_recipe_as_printed(folders):
    with paper_table(6, folders[0]) as lines:
        printed = lines
    rows = {(row.encoder, row.task) for row in printed_rows(folders) if row.table == 7}
    rows |= {("bert-large", task) for _, task in rows}
    assert len(rows) == 20
    for encoder, task in rows:
        own = own_run(encoder, task, folders)
        lines = {
            line["parameter"]: line
            for line in printed
            if f"{line['model']}-large" == encoder and line["dataset"] in (task, "all")
        }
        assert own.recipe.learning_rate == float(lines["learning_rate"]["value"])
        assert own.recipe.batch_size == int(lines["batch_size"]["value"])
        unit = {"steps": "st", "epochs": "ep"}[lines["training_length"]["unit"]]
        assert training_length(own) == lines["training_length"]["value"] + unit
        assert str(own.layerwise_decay or "") == lines["llrd"]["value"]
        total = total_steps(training_length(own), 2490, own.recipe.batch_size)
        warmup = int(own.recipe.warmup_ratio * total)
        said = int(lines["warmup"]["value"])
        assert warmup == (said if lines["warmup"]["unit"] == "steps" else total * said // 100)


def test_layerwise_decay_is_electras_alone(folders):
    decays = {
        row.encoder: own_run(row.encoder, "rte", folders).layerwise_decay
        for row in printed_rows(folders)
        if row.table == 7
    }
    assert {encoder for encoder, decay in decays.items() if decay} == {"electra-large"}
    assert decays["electra-large"] == 0.9


def test_berts_own_is_the_standard_way_on_every_task(folders):
    own = own_run("bert-large", "trec", folders)
    assert (training_length(own), own.recipe) == ("3ep", default_recipe("bert-large"))


def test_a_run_of_another_length_comes_back_as_it_is(folders):
    other = RunSpec(task="rte", encoder="xlnet-large")
    assert with_own_recipe(other, folders) is other


@pytest.mark.parametrize(
    ("encoder", "task", "message"),
    [
        ("xlnet-large", "sst2", "no recipe of 'xlnet-large' on 'sst2': for xlnet-large it has cola, mrpc, rte, stsb"),
        ("minilm", "rte", "no recipe of 'minilm' on 'rte': its encoders are the five of the paper"),
    ],
)
def test_what_the_table_does_not_have_is_refused(folders, encoder, task, message):
    with pytest.raises(ValueError, match=message):
        own_run(encoder, task, folders)


def test_without_tables_it_says_where_it_looked(tmp_path):
    with pytest.raises(ValueError, match=str(tmp_path)):
        own_run("bert-large", "rte", [tmp_path])
