import pytest

from stablebert.report import properties_of
from tests.report.verdicts import EVERY, WORSE


@pytest.mark.parametrize("name", EVERY)
def test_every_scalar_that_is_there_is_a_property_and_every_part(name):
    verdict = EVERY[name]
    found = dict(properties_of(verdict))
    scalars = {key: value for key, value in verdict.to_dict().items() if key != "parts" and value not in (None, "")}
    assert {key.removeprefix("stablebert_"): text for key, text in found.items() if "_part_" not in key} == {
        key: str(value) for key, value in scalars.items()
    }
    assert len(found) == len(scalars) + len(verdict.parts)


def test_a_part_says_what_it_said():
    assert dict(properties_of(WORSE, "x"))["x_part_failed_runs"].startswith("allows: 0 of 5 runs failed")
