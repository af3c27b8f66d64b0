"""A cell and its id are one thing said twice; an environment class too."""

import pytest
from hypothesis import given

from stablebert.runs import Cell, EnvironmentClass, cell_id
from tests.runs.test_ids import specs


@given(specs)
def test_a_cell_and_its_id_are_a_bijection(spec):
    assert Cell.parse(spec.cell.id) == spec.cell
    assert cell_id(spec) == spec.cell.id == str(spec.cell)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "trec_debiased_3ep_minilm",
        "trec_debiased_3ep_minilm_fp32_s007",
        "trec_debiased_3ep_minilm_fp8",
        "trec_reinit.blocks05_3ep_minilm_fp32",
        "trec_debi ased_3ep_minilm_fp32",
    ],
)
def test_other_texts_are_no_cells(text):
    with pytest.raises(ValueError, match="cell id|canonical|precision|not of the form"):
        Cell.parse(text)


def test_a_name_of_the_grid_is_a_cell_without_encoder_and_class():
    cell = Cell.named("rte-1k_reinit.released_3ep", "bert-large")
    assert (cell.name, cell.encoder, cell.fidelity) == ("rte-1k_reinit.released_3ep", "bert-large", "released")
    with pytest.raises(ValueError, match="TASK_METHOD_LENGTH"):
        Cell.named("trec_debiased_3ep_minilm_fp32")


def test_siblings_differ_in_class_only():
    cell = Cell("trec")
    assert cell.is_sibling_of(Cell("trec", precision="bf16"))
    assert not cell.is_sibling_of(Cell("trec", "reinit", precision="bf16"))


@pytest.mark.parametrize("text", ["cpu", "cpu-", "-fp32", "cpu-fp8", ""])
def test_a_class_of_the_environment_is_a_device_and_a_precision(text):
    assert EnvironmentClass.parse(str(EnvironmentClass("cuda", "bf16"))) == EnvironmentClass("cuda", "bf16")
    with pytest.raises(ValueError, match="one looks like cpu-fp32"):
        EnvironmentClass.parse(text)
