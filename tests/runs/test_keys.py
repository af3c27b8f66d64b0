from dataclasses import replace

import pytest

from stablebert.runs import Recipe, RunSpec, cell_key, record_key, spec_id

SPEC = RunSpec(task="trec", method="reinit.blocks2", seed=3)


@pytest.mark.parametrize(
    "change",
    [
        {"task": "sms"},
        {"method": "reinit.blocks3"},
        {"length": "8st"},
        {"length": "long", "steps": 8},
        {"length": "own", "epochs": 8},
        {"length": "own", "epochs": 3, "layerwise_decay": 0.9},
        {"encoder": "custom-000000"},
        {"recipe": Recipe(learning_rate=1e-4)},
        {"fidelity": "released"},
    ],
)
def test_cell_key_changes_with_the_meaning(change):
    assert cell_key(replace(SPEC, **change), "data", "weights") != cell_key(SPEC, "data", "weights")


def test_cell_key_changes_with_data_and_weights():
    keys = {cell_key(SPEC, data, weights) for data in ("a", "b") for weights in ("c", "d")}
    assert len(keys) == 4


@pytest.mark.parametrize("change", [{"seed": 4}, {"data_seed": 3}, {"optimizer": "a.b:C"}])
def test_seeds_and_optimizers_of_others_share_the_cell_but_not_the_spec(change):
    other = replace(SPEC, **change)
    assert cell_key(other, "data", "weights") == cell_key(SPEC, "data", "weights")
    assert spec_id(other, "data", "weights") != spec_id(SPEC, "data", "weights")


def test_long_is_the_cell_of_the_steps_chosen():
    chosen = {steps: cell_key(replace(SPEC, length="long", steps=steps), "data", "weights") for steps in (200, 400)}
    assert chosen[200] != chosen[400]
    # the same training under another name, so that its runs serve both
    assert chosen[200] == cell_key(replace(SPEC, length="200st"), "data", "weights")
    with pytest.raises(ValueError, match="is not recorded"):
        cell_key(replace(SPEC, length="long"), "data", "weights")


def test_own_is_the_cell_of_what_it_stands_for():
    own = replace(SPEC, length="own", epochs=3)
    # the same training under another name
    assert cell_key(own, "data", "weights") == cell_key(SPEC, "data", "weights")
    decayed, named = replace(own, layerwise_decay=0.9), replace(SPEC, method="reinit.blocks2+llrd.decay0.9")
    assert cell_key(decayed, "data", "weights") == cell_key(named, "data", "weights")
    with pytest.raises(ValueError, match="'own' means .* is not in the run"):
        cell_key(replace(SPEC, length="own"), "data", "weights")


def test_record_key_changes_with_code_device_and_precision():
    keys = {record_key("spec", code, device, precision) for code in "ab" for device in "cd" for precision in "ef"}
    assert len(keys) == 8


def test_method_parameters_in_another_order_are_the_same_cell():
    one = replace(SPEC, method="llrd.decay0.9.rate1")
    two = replace(SPEC, method="llrd.rate1.decay0.9")
    assert cell_key(one, "data", "weights") == cell_key(two, "data", "weights")
