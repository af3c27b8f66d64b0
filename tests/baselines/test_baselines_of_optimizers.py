"""The accepted runs of somebody's own optimizer: in a folder of their own, and none of a method's."""

from dataclasses import replace

import pytest

from stablebert.baselines import BaselineError, baseline_path, own_baselines, read_baseline
from stablebert.runs import RunSpec

SEEDS = range(20)
DEBIASED = RunSpec(task="trec", method="debiased")


def test_an_optimizer_of_others_has_a_baseline_in_a_folder_of_its_own(place):
    fast = replace(DEBIASED, optimizer="their.module:Fast", optimizer_arguments='{"beta":0.9}')
    place.make(fast, 91.0)
    place.accept(fast)
    path = baseline_path(place.folder, DEBIASED.cell)
    found = read_baseline(path)
    assert (found.optimizer, found.header["optimizer_arguments"]) == ("their.module:Fast", '{"beta":0.9}')
    # it is none of the methods' own, of which claims and pages are made
    assert own_baselines([place.folder]) == {}
    # and neither takes the other's place
    slow, own = replace(fast, optimizer="their.module:Slow"), range(40, 60)
    place.make(DEBIASED, 90.0, own)
    place.make(slow, 90.0, range(20, 40))
    before = place.written()
    for spec, seeds, ours in (
        (DEBIASED, own, "debiased's own optimizer"),
        (slow, range(20, 40), "their.module:Slow"),
    ):
        with pytest.raises(BaselineError, match=f"holds runs of their.module:Fast, these are of {ours}; --baselines"):
            place.accept(spec, seeds)
    assert place.written() == before
    path.unlink()
    place.accept(DEBIASED, own)
    assert read_baseline(path).optimizer is None
    assert [*own_baselines([place.folder])] == [DEBIASED.cell]
    with pytest.raises(BaselineError, match="holds runs of debiased's own optimizer, these are of their.module:Fast"):
        place.accept(fast)


def test_runs_of_an_optimizer_at_other_arguments_do_not_stay_beside_new_ones(place):
    fast = replace(DEBIASED, optimizer="their.module:Fast", optimizer_arguments='{"beta":0.9}')
    place.make(fast, 91.0)
    place.accept(fast)
    other = replace(fast, optimizer_arguments='{"beta":0.8}')
    place.make(other, 91.0, range(20, 40))
    place.accept(other, range(20, 40))
    assert len(read_baseline(baseline_path(place.folder, DEBIASED.cell)).rows) == 20
    # the control: at the same arguments they do
    place.make(other, 91.0, range(40, 60))
    place.accept(other, range(40, 60))
    assert len(read_baseline(baseline_path(place.folder, DEBIASED.cell)).rows) == 40
