"""Records that were damaged, or sealed anew by whoever has changed them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.records import RunStore, StoreError, store
from stablebert.runs import RunSpec, predictions_of, row_of
from tests.fuzz.mutations import data, files
from tests.fuzz.reading import answers, folder, put
from tests.synthetic import synthetic_record

__all__ = ["folder"]
KEY = "ab" + "0" * 62
PLAIN = json.loads(json.dumps(synthetic_record(RunSpec(task="trec", seed=3), 90.0).to_dict()))


def sealed(record):
    content = {"provenance": {"spec": "x"}, "record": record}
    return json.dumps({"schema": store.SCHEMA, "sha256": store._checksum(content), "key": KEY, **content}).encode()


def loaded(folder, content):
    put(folder, f"ab/{KEY}.json", content)
    return RunStore(folder).load(KEY)


@given(st.one_of(files(sealed(PLAIN)), data(PLAIN).map(sealed)))
def test_what_is_loaded_can_be_read_on(folder, content):
    record = answers(lambda: loaded(folder, content), StoreError)
    if record is not None:
        row_of(record)
        answers(lambda: predictions_of(record), ValueError)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"best_test": "90"}, "best_test of Record is '90'; it must be float"),
        ({"failed": 0}, "failed of Record is 0; it must be bool"),
        ({"evaluations": []}, "no update, or no evaluation"),
        ({"fingerprints": {"head": "x"}}, "no fingerprint of dropout, order, reinit"),
        ({"test_logits": {"float32": "", "shape": [1, 2]}}, "its predictions do not fit their shape"),
        ({"steps": {**PLAIN["steps"], "loss": [0.5, "x", 0.1]}}, "loss of StepSeries is"),
    ],
)
def test_a_sealed_record_that_no_run_leaves_is_named(folder, changed, said):
    with pytest.raises(StoreError, match=said):
        loaded(folder, sealed({**PLAIN, **changed}))
    assert loaded(folder, sealed(PLAIN)).best_test == 90.0


def test_a_whole_number_where_another_program_wrote_one_is_that_number(folder):
    def row(first):
        return row_of(loaded(folder, sealed({**PLAIN, "steps": {**PLAIN["steps"], "loss": [first, 0.5, 0.1]}})))

    assert row(0) == row(0.0) != row(0.25)
