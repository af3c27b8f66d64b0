"""A verdict as data: out and back."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.gate import Part, Says, Status, Verdict

NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 100)
PARTS = st.builds(Part, st.text(), st.sampled_from(Says), st.text(), NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
SPREADS = ("mean", "sd", "baseline_mean", "baseline_sd", "correlation")
EVIDENCE = ("difference", "lower_bound", "margin", "p_value", "p_inferior", "detectable")
VERDICTS = st.builds(
    Verdict,
    cell=st.text(),
    status=st.sampled_from(Status),
    reason=st.text(),
    **dict.fromkeys(("runs", "baseline_runs", "failed", "baseline_failed"), COUNTS),
    **dict.fromkeys((*SPREADS, *EVIDENCE), NUMBERS),
    seeds_needed=st.none() | COUNTS,
    **dict.fromkeys(("unit", "pairing", "decided_by", "policy", "command"), st.text()),
    parts=st.lists(PARTS, max_size=3).map(tuple),
    futile=st.booleans(),
)


@given(VERDICTS)
def test_from_dict_is_the_inverse_of_to_dict_through_json(verdict):
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


@given(VERDICTS)
def test_data_holds_every_field(verdict):
    assert verdict.to_dict().keys() == {field.name for field in fields(Verdict)}


def test_a_status_that_does_not_exist_is_an_error():
    data = {**Verdict("cell", Status.PASS, "fine").to_dict(), "status": "MAYBE"}
    with pytest.raises(ValueError, match="MAYBE"):
        Verdict.from_dict(data)
