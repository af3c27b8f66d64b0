"""What the paper says it has chosen."""

import shutil

import pytest

from stablebert.paper import stated_choices


@pytest.fixture
def table(request, tmp_path):
    (tmp_path / "paper").mkdir()
    shutil.copy(request.config.rootpath / "baselines" / "paper" / "selected_values.csv", tmp_path / "paper")
    return tmp_path / "paper" / "selected_values.csv"


def test_only_what_is_stated_as_chosen_counts(table):
    found = stated_choices([table.parents[1]])
    assert found == {("bert-large", "sst2-1k", "reinit"): "reinit.blocks2"}
    # Appendix B fixes L at 5 and has not chosen it; Figure 14 has a legend that no panel is known of
    assert "layers_L,5,fixed_for_this_experiment" in table.read_text()
    assert stated_choices([table.parents[2] / "nowhere"]) == {}


def test_every_parameter_has_our_name(table):
    text = table.read_text().replace(
        "llrd,bert,rte,full,initial_learning_rate,,not", "llrd,bert,rte,full,initial_learning_rate,5e-5,is"
    )
    text = text.replace(
        "llrd,bert,rte,full,layerwise_decay_rate,,not", "llrd,bert,rte,full,layerwise_decay_rate,0.95,is"
    )
    for method, name in (("mixout", "mixout_probability_p"), ("pretrained_wd", "regularization_strength_lambda")):
        text = text.replace(f"{method},bert,rte,full,{name},,not", f"{method},bert,rte,full,{name},1e-1,is")
    table.write_text(text)
    found = stated_choices([table.parents[1]])
    chosen = {method: text for (_, task, method), text in found.items() if task == "rte"}
    assert chosen == {"llrd": "llrd.lr5e-05", "mixout": "mixout.p0.1", "prior": "prior.coefficient0.1"}


def test_a_value_that_is_no_number_is_named(table):
    table.write_text(table.read_text().replace("sst2,1k,layers_L,2,", "sst2,1k,layers_L,two,"))
    with pytest.raises(ValueError, match="layers_L of reinit on sst2 is 'two'; it must be a number"):
        stated_choices([table.parents[1]])
