"""A method text is right or wrong; of the right ones one is canonical, and ids have no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.methods import METHODS, resolve, resolve_run
from stablebert.paper import METHOD_PARAMETERS, canonical_method, check_canonical, check_method
from stablebert.runs import MethodChoice, RunSpec, format_method

# a value of each parameter that is not its default; 0.5 for all others
_OTHER = {"blocks": 2}


@st.composite
def right_texts(draw):
    pool = [name for name in METHOD_PARAMETERS if name not in ("debiased", "transfer", "bertadam")]
    names = draw(st.permutations(pool).flatmap(lambda order: st.sampled_from([order[:1], order[:2], order[:4]])))
    choices = []
    for name in names:
        values = {
            key: value for key, value in METHOD_PARAMETERS[name].items() if value is not None and draw(st.booleans())
        }
        choices.append(
            MethodChoice(
                name,
                tuple((key, draw(st.sampled_from([value, _OTHER.get(key, 0.5)]))) for key, value in values.items()),
            )
        )
    return format_method(tuple(choices))


@given(right_texts())
def test_every_right_text_has_one_canonical_text_that_means_the_same(text):
    check_method(text)
    canonical = canonical_method(text)
    check_canonical(canonical)
    assert canonical_method(canonical) == canonical
    assert resolve(text) == resolve(canonical)
    if canonical != text:
        with pytest.raises(ValueError, match="leave it out|in the paper's order|in canonical form"):
            check_canonical(text)


@pytest.mark.parametrize(
    ("text", "canonical", "message"),
    [
        ("reinit.blocks1", "reinit", "method 'reinit.blocks1': blocks 1 is the default of reinit; leave it out"),
        ("llrd+reinit", "reinit+llrd", "is not in the paper's order; that would be 'reinit\\+llrd'"),
        ("reinit.blocks05", "reinit.blocks5", "is not in canonical form; that would be 'reinit.blocks5'"),
    ],
)
def test_a_right_text_that_is_not_canonical_names_no_run(text, canonical, message):
    assert canonical_method(text) == canonical
    with pytest.raises(ValueError, match=message):
        check_canonical(text)
    with pytest.raises(ValueError, match=message):
        resolve_run(RunSpec(task="trec", method=text))
    assert resolve_run(RunSpec(task="trec", method=canonical)) == resolve(text)


@pytest.mark.parametrize(
    "text", ["debiased+reinit", "bertadam+debiased", "reinit+reinit.blocks2", "reinit+transfer", "adamw"]
)
def test_a_wrong_text_has_no_canonical_one(text):
    for check in (check_method, canonical_method, check_canonical, resolve):
        with pytest.raises(ValueError, match="leave 'debiased' out|twice|compose|unknown method"):
            check(text)


def test_methods_of_others_come_after_the_papers():
    added = {"shrink": {"factor": 2.0}}
    assert canonical_method("shrink.factor2.0+reinit", added) == "reinit+shrink"
    assert list(METHODS) == list(METHOD_PARAMETERS)
