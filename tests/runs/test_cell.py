"""A cell and its id are one thing said twice; an environment class too."""

import pytest
from hypothesis import given

from stablebert.runs import Cell, EnvironmentClass, RunSpec, cell_id, format_precision, parse_precision
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


def test_how_many_seeds_stand_side_by_side_is_of_the_class():
    cell = Cell.parse("trec_debiased_3ep_minilm_fp32x4")
    assert cell.is_sibling_of(Cell("trec"))
    assert Cell.parse(cell.id) == cell
    assert EnvironmentClass.parse("cpu-fp32x4") != EnvironmentClass.parse("cpu-fp32")
    # the control: without a number, as every accepted file says, they are made alone
    assert EnvironmentClass.parse("cpu-fp32") == EnvironmentClass("cpu", format_precision("fp32", 1))
    assert parse_precision("fp32") == ("fp32", 1)


@pytest.mark.parametrize("text", ["fp32x1", "fp32x0", "fp32x04", "fp32x100", "x4", "fp32x", "fp8x4", "fp32x4x4"])
def test_a_class_has_one_way_to_be_written_and_no_stack_that_fits_no_machine(text):
    with pytest.raises(ValueError, match="x2 to x99 for seeds side by side"):
        Cell.parse(f"trec_debiased_3ep_minilm_{text}")
    with pytest.raises(ValueError, match="x2 to x99 for seeds side by side"):
        RunSpec(task="trec", precision=text)
    with pytest.raises(ValueError, match="one looks like cpu-fp32"):
        EnvironmentClass.parse(f"cpu-{text}")


def test_a_stack_is_decided_by_class_and_seed():
    spec = RunSpec(task="trec", precision="bf16x4", seed=6, data_seed=9)
    assert [(one.seed, one.data_seed) for one in spec.stack] == [(4, 9), (5, 9), (6, 9), (7, 9)]
    assert {one.stack for one in spec.stack} == {spec.stack}
    assert spec.arithmetic == "bf16"
    alone = RunSpec(task="trec", seed=6)
    assert alone.stack == (alone,)


@pytest.mark.parametrize("text", ["cpu", "cpu-", "-fp32", "cpu-fp8", ""])
def test_a_class_of_the_environment_is_a_device_and_a_precision(text):
    assert EnvironmentClass.parse(str(EnvironmentClass("cuda", "bf16"))) == EnvironmentClass("cuda", "bf16")
    with pytest.raises(ValueError, match="one looks like cpu-fp32"):
        EnvironmentClass.parse(text)
