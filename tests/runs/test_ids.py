import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.runs import MethodChoice, RunSpec, cell_id, format_id, format_method, parse_id, parse_method

names = st.from_regex(r"[a-z]{2,8}", fullmatch=True)
numbers = st.integers(-10, 10**6) | st.floats(allow_nan=False, allow_infinity=False)
choices = st.builds(
    lambda name, parameters: MethodChoice(name, tuple(sorted(parameters.items()))),
    names,
    st.dictionaries(names, numbers, max_size=3),
)
words = st.from_regex(r"[a-z][a-z0-9]{0,6}(-1k)?", fullmatch=True)
specs = st.builds(
    RunSpec,
    task=words,
    method=st.lists(choices, min_size=1, max_size=3).map(lambda items: format_method(tuple(items))),
    length=st.sampled_from(["3ep", "long", "own", "800st"]),
    encoder=st.sampled_from(["minilm", "bert-large", "custom-0a1b2c"]),
    precision=st.sampled_from(["fp32", "bf16", "fp16"]),
    seed=st.integers(0, 5000),
    data_seed=st.none() | st.integers(0, 5000),
    fidelity=st.sampled_from(["corrected", "released"]),
)


@given(specs)
def test_id_and_spec_are_a_bijection(spec):
    assert parse_id(format_id(spec)) == spec


@given(st.lists(choices, min_size=1, max_size=3))
def test_method_text_and_choices_are_a_bijection(items):
    assert parse_method(format_method(tuple(items))) == tuple(items)


def test_ids_look_as_documented():
    spec = RunSpec(task="rte-1k", method="reinit.blocks5", seed=7)
    assert format_id(spec) == "rte-1k_reinit.blocks5_3ep_minilm_fp32_s007"
    assert cell_id(spec) == "rte-1k_reinit.blocks5_3ep_minilm_fp32"
    assert format_id(RunSpec(task="rte", seed=3, data_seed=7)).endswith("_i003d007")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "trec_debiased_3ep_minilm_fp32",
        "trec_debiased_3ep_minilm_fp32_7",
        "trec_debiased_3ep_minilm_fp32_s7",
        "trec_Debiased_3ep_minilm_fp32_s007",
        "trec_debiased_3ep_minilm_fp32_s007_s008",
        "trec_debiased_3ep_mini lm_fp32_s007",
        "trec_reinit.blocks05_3ep_minilm_fp32_s007",
    ],
)
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match="run id|canonical|not of the form"):
        parse_id(text)


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(ValueError, match="given twice"):
        parse_method("reinit.blocks1.blocks2")
