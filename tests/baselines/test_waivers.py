from datetime import date

import pytest

from stablebert.baselines import BaselineError, read_waivers

CELL = "trec_debiased_3ep_minilm_fp32"
TODAY = date(2026, 6, 1)
GOOD = {"cell": f'"{CELL}"', "reason": '"torch 2.14"', "who": '"Ada"', "until": "2026-06-01"}


@pytest.fixture
def waive(tmp_path):
    def write(name="one.toml", home="b", **changed):
        path = tmp_path / home / "waivers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = {**GOOD, **changed}
        path.write_text("".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None))
        return path

    return write


def test_a_waiver_holds_until_its_last_day(tmp_path, waive):
    path = waive()
    found = read_waivers([tmp_path / "b"], TODAY)
    assert set(found) == {CELL}
    assert str(found[CELL]) == "until 2026-06-01 by Ada: torch 2.14 (one.toml)"
    with pytest.raises(BaselineError, match="has expired: it held until 2026-06-01") as caught:
        read_waivers([tmp_path / "b"], date(2026, 6, 2))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"until": '"2026-06-01"'}, "until is '2026-06-01'; it must be a date"),
        ({"until": "2026-06-01T12:00:00"}, "it must be a date"),
        ({"until": "soon"}, "cannot be read"),
        ({"until": None}, "it must say cell, reason, who and until"),
        ({"reason": '"  "'}, "reason is '  '; it must be some text"),
        ({"who": None}, "it says cell, reason, until; it must say"),
        ({"who": "3"}, "who is 3"),
        ({"cell": '"trec_debiased"'}, "'trec_debiased' is not a cell id"),
        ({"margin": "3.0"}, "it says cell, margin, reason"),
    ],
)
def test_a_waiver_that_does_not_hold_is_named(tmp_path, waive, changed, message):
    path = waive(**changed)
    with pytest.raises(BaselineError, match=message) as caught:
        read_waivers([tmp_path / "b"], TODAY)
    assert str(path) in str(caught.value)


def test_two_waivers_of_one_cell_are_refused_and_those_of_two_folders_are_not(tmp_path, waive):
    waive(), waive(home="c", who='"Eve"')
    assert read_waivers([tmp_path / "b", tmp_path / "c"], TODAY)[CELL].who == "Ada"
    waive("two.toml")
    with pytest.raises(BaselineError, match="waivers one.toml and .*two.toml are of one cell"):
        read_waivers([tmp_path / "b"], TODAY)


def test_what_is_no_toml_is_named(tmp_path, waive):
    waive().write_bytes(b"\xff\xfe")
    with pytest.raises(BaselineError, match=r"one.toml cannot be read"):
        read_waivers([tmp_path / "b"], TODAY)
