"""The recipes of Table 6 against the table, number by number."""

import pytest

from stablebert.paper import own_recipe, printed_rows, read_table
from stablebert.runs import total_steps


@pytest.fixture
def folders(request):
    return [request.config.rootpath / "baselines"]


def test_every_cell_of_table_7_has_its_recipe_as_printed(folders):
    printed = read_table(6, folders[0])
    rows = {(row.encoder, row.task) for row in printed_rows(folders) if row.table == 7}
    rows |= {("bert-large", task) for _, task in rows}
    assert len(rows) == 20
    for encoder, task in rows:
        own = own_recipe(encoder, task, folders)
        lines = {
            line["parameter"]: line
            for line in printed
            if f"{line['model']}-large" == encoder and line["dataset"] in (task, "all")
        }
        assert own.recipe.learning_rate == float(lines["learning_rate"]["value"])
        assert own.recipe.batch_size == int(lines["batch_size"]["value"])
        assert own.length[:-2] == lines["training_length"]["value"]
        assert own.length[-2:] == lines["training_length"]["unit"][0] + {"s": "t", "e": "p"}[own.length[-2]]
        assert (own.decay is None) == (lines["llrd"]["value"] == "")
        total = total_steps(own.length, 2490, own.recipe.batch_size)
        warmup = int(own.recipe.warmup_ratio * total)
        said = int(lines["warmup"]["value"])
        assert warmup == (said if lines["warmup"]["unit"] == "steps" else total * said // 100)


def test_layerwise_decay_is_electras_alone(folders):
    decays = {
        row.encoder: own_recipe(row.encoder, "rte", folders).decay for row in printed_rows(folders) if row.table == 7
    }
    assert {encoder for encoder, decay in decays.items() if decay} == {"electra-large"}
    assert decays["electra-large"] == 0.9


@pytest.mark.parametrize(
    ("encoder", "task", "message"),
    [
        ("xlnet-large", "sst2", "no recipe of 'xlnet-large' on 'sst2': for xlnet-large it has cola, mrpc, rte, stsb"),
        ("minilm", "rte", "no recipe of 'minilm' on 'rte': its encoders are the five of the paper"),
    ],
)
def test_what_the_table_does_not_have_is_refused(folders, encoder, task, message):
    with pytest.raises(ValueError, match=message):
        own_recipe(encoder, task, folders)


def test_without_tables_it_says_where_it_looked(tmp_path):
    with pytest.raises(ValueError, match=str(tmp_path)):
        own_recipe("bert-large", "rte", [tmp_path])
