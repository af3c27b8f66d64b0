"""The gate of the tiny model, and the proof that it sees a defect: `pytest examples/digits`."""

from pathlib import Path

from digits import train

from stablebert.scores import noninferior, read_table

MARGIN = 1.5


def test_it_trains_as_well_as_it_did(seeds):
    """The gate: fails the first time, with the scores that it wrote."""
    seeds.noninferior(train, margin=MARGIN)


def test_adam_without_bias_correction_is_caught():
    """The control: the defect of Section 4 of the paper."""
    accepted = read_table(Path(__file__).parent / "test_digits" / "test_it_trains_as_well_as_it_did.csv")
    verdict = noninferior(lambda seed: train(seed, bias_correction=False), accepted, margin=MARGIN)
    assert verdict.status == "FAIL", verdict.sentence()
