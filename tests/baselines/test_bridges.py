from dataclasses import replace

import pytest

from stablebert.baselines import (
    Baseline,
    BaselineError,
    Margin,
    baseline_path,
    bridge_over,
    bridging,
    plan_bridge,
    read_bridges,
    record_bridge,
    write_baseline,
    write_bridges,
    write_margins,
)
from stablebert.baselines import (
    commit as sources,
)
from stablebert.records import Keys, RunStore
from stablebert.runs import EnvironmentClass, RunSpec, digest_of, format_id, record_key
from tests.synthetic import passed_bridge, synthetic_record, synthetic_rows, wobble

FULL = RunSpec(task="trec")
HALF = replace(FULL, precision="bf16")
CELL = HALF.cell
ONE, OTHER = EnvironmentClass("cpu", "fp32"), EnvironmentClass("cpu", "bf16")
PILOT = range(200, 210)
WHY = "half the time"
MARGIN = Margin("minilm", "trec", "debiased", "3ep", 2.0, 1.0, 1.0, 20, 20, 20, "2026-01-01")


class Place:
    """A baseline of class cpu-fp32 with margin 1 and a store of runs of both classes."""

    def __init__(self, root):
        self.store, self.folder = RunStore(root / "runs"), root / "baselines"
        header = {"cell": "trec_debiased_3ep_minilm_fp32", "environment_class": str(ONE)}
        write_baseline(baseline_path(self.folder, FULL.cell), header, synthetic_rows(90.0, range(20)))
        write_margins(self.folder, [MARGIN])

    def make(self, spec, seeds, shift=0.0, sd=0.1, failed=(), streams="", device="cpu"):
        for seed in seeds:
            run = spec.with_seed(seed)
            # what both classes share, and what the class adds
            score = 90.0 + wobble(seed) + (wobble(seed + 7000, sd) + shift if spec.precision == "bf16" else 0.0)
            record = synthetic_record(run, score, failed=seed in failed)
            if streams:
                record = replace(record, fingerprints={name: streams + name for name in record.fingerprints})
            keys = _keys(run)
            self.store.publish(record_key(keys.spec, keys.code, device, run.precision), record)

    def both(self, seeds, **half):
        self.make(FULL, seeds)
        self.make(HALF, seeds, **half)

    def plan(self, pilot=PILOT, spec=HALF):
        return plan_bridge(spec, pilot, self.store, self.folder)

    def record(self, why=WHY):
        return record_bridge(HALF, self.store, self.folder, why)

    def over(self, theirs=ONE, ours=OTHER, spec=HALF, data="data"):
        header = {"cell": FULL.cell.id, "data": data} | ({"environment_class": str(theirs)} if theirs else {})
        return bridge_over([self.folder], spec.cell, Baseline(self.folder, header, ()), ours)


def _keys(spec):
    key = digest_of(format_id(replace(spec, precision="fp32")))
    return Keys("unused", key, "cell", digest_of("code"), "data", "weights")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(bridging, "run_keys", _keys)
    monkeypatch.setattr(sources, "uncommitted_changes", lambda home: "")
    return Place(tmp_path)


def test_a_bridge_is_planned_from_pilots_and_passes_on_fresh_seeds(place):
    place.both(PILOT)
    plan = place.plan()
    assert (plan.first_seed, plan.seeds, plan.limit, plan.pilot) == (210, 20, 0.5, 10)
    assert plan.outcome == "planned"
    with pytest.raises(BaselineError, match="the bridge between them has not passed: .* planned, 20 seeds from 210"):
        place.over()
    place.both(range(210, 230))
    bridge = place.record()
    assert (bridge.outcome, bridge.pairing, bridge.failed) == ("passed", "paired", 0)
    assert -0.1 < bridge.lower < bridge.difference < bridge.upper < 0.1
    assert read_bridges(place.folder) == [bridge]
    assert place.over() == bridge
    assert place.over(OTHER, ONE) == bridge
    ledger = (place.folder / "LEDGER.md").read_text()
    assert f"`bridge {CELL}`: cpu-fp32 and cpu-bf16 on minilm, trec: passed" in ledger
    assert ledger.endswith(f"{WHY}\n")


def test_a_difference_of_the_limit_is_no_bridge(place):
    place.both(PILOT)
    place.plan()
    place.both(range(210, 230), shift=-0.5)
    assert place.record().outcome == "failed"
    with pytest.raises(BaselineError, match="class cpu-fp32, these runs of cpu-bf16, .* not passed: .* failed"):
        place.over()
    with pytest.raises(BaselineError, match="it is decided already"):
        place.record()
    with pytest.raises(BaselineError, match=r"a bridge stands: .* take its line out of bridges.csv"):
        place.plan()


def test_failed_runs_carry_no_bridge(place):
    place.both(PILOT)
    place.plan()
    place.both(range(210, 230), failed={211})
    bridge = place.record()
    assert bridge.upper < bridge.limit
    assert (bridge.outcome, bridge.failed) == ("failed", 1)


def test_where_most_runs_failed_nothing_is_estimated(place):
    place.both(PILOT)
    place.plan()
    place.both(range(210, 230), failed=range(210, 225))
    bridge = place.record()
    assert (bridge.outcome, bridge.lower) == ("failed", None)
    assert read_bridges(place.folder) == [bridge]


def test_runs_of_other_random_streams_are_not_paired_and_need_more_seeds(place):
    place.both(PILOT, streams="other")
    plan = place.plan()
    assert 20 < plan.seeds <= 50
    place.both(range(210, 210 + plan.seeds), streams="other")
    assert place.record().pairing == "welch"


def test_without_a_margin_the_limit_is_half_a_point(place):
    write_margins(place.folder, [replace(MARGIN, margin=2.0)])
    place.both(PILOT)
    assert place.plan().limit == 1.0
    (place.folder / "bridges.csv").unlink()
    write_margins(place.folder, [replace(MARGIN, sd=None, margin=None)])
    assert place.plan().limit == 0.5


def test_records_of_another_device_are_found_in_a_shared_store(place):
    header = {"cell": CELL.id, "environment_class": "cuda-fp32"}
    write_baseline(baseline_path(place.folder, FULL.cell), header, synthetic_rows(90.0, range(20)))
    place.make(FULL, PILOT, device="cuda")
    place.make(HALF, PILOT)
    assert place.plan().one == EnvironmentClass("cuda", "fp32")


@pytest.mark.parametrize(
    ("prepare", "plan", "message"),
    [
        ({}, {"pilot": range(200, 204)}, "4 pilot seeds; at least 5"),
        ({}, {"pilot": [200] * 9}, "1 pilot seeds"),
        ({}, {"pilot": range(200, 211)}, r"bf16: no record of 1 of 11|fp32: no record of 1 of 11"),
        ({}, {"spec": FULL}, "its baseline is of class cpu-fp32 too"),
        ({}, {"spec": replace(HALF, method="reinit")}, "it has no baseline"),
        ({"sd": 5.0}, {}, "these classes cannot be joined on this cell"),
        ({"failed": {203}}, {}, "1 pilot runs have failed"),
    ],
)
def test_what_cannot_be_planned_is_refused_and_nothing_written(place, prepare, plan, message):
    place.both(PILOT, **prepare)
    with pytest.raises(BaselineError, match=message):
        place.plan(**plan)
    assert not (place.folder / "bridges.csv").exists()


def test_a_pilot_seed_given_twice_counts_once(place):
    place.both(PILOT)
    once = place.plan()
    (place.folder / "bridges.csv").unlink()
    assert place.plan([*PILOT, *PILOT]) == once
    assert once.pilot == 10


def test_seeds_that_were_seen_are_not_planned(place):
    place.both(range(200, 212))
    with pytest.raises(BaselineError, match="seeds 210 and on were run in both classes already"):
        place.plan()
    assert place.plan(range(200, 212)).first_seed == 212


def test_nothing_is_recorded_without_a_plan_a_reason_every_run_and_clean_sources(place, monkeypatch):
    place.both(PILOT)
    with pytest.raises(BaselineError, match="no bridge is planned"):
        place.record()
    place.plan()
    with pytest.raises(BaselineError, match="needs a reason"):
        place.record(" ")
    place.both(range(210, 229))
    with pytest.raises(
        BaselineError, match="no record of 1 of 20 seeds .*stablebert run .* --seed-block 210 --seeds 20"
    ):
        place.record()
    place.both(range(229, 230))
    monkeypatch.setattr(sources, "uncommitted_changes", lambda home: " M loop.py")
    with pytest.raises(BaselineError, match="commit them first"):
        place.record()
    assert read_bridges(place.folder)[0].outcome == "planned"


def test_a_row_covers_one_encoder_one_task_and_one_pair_of_classes(place):
    place.both(range(200, 230))
    passed = passed_bridge()
    write_bridges(place.folder, [passed])
    assert place.over(spec=replace(HALF, method="reinit")) == passed
    assert place.over(ONE, ONE) is None
    for spec, theirs, ours in (
        (replace(HALF, task="sms"), ONE, OTHER),
        (replace(HALF, encoder="custom-000000"), ONE, OTHER),
        (HALF, ONE, EnvironmentClass("cuda", "bf16")),
        (HALF, None, OTHER),
    ):
        with pytest.raises(BaselineError, match="no bridge of these rows joins them"):
            place.over(theirs, ours, spec)
    with pytest.raises(BaselineError, match="no bridge of these rows joins them"):
        place.over(data="other rows")


def test_a_margin_that_has_become_sharper_than_the_bridge_is_not_judged_over_it(place):
    write_bridges(place.folder, [passed_bridge()])
    assert place.over() is not None
    write_margins(place.folder, [replace(MARGIN, margin=0.21)])
    assert place.over() is not None
    write_margins(place.folder, [replace(MARGIN, margin=0.2)])
    with pytest.raises(BaselineError, match="half the margin is 0.10 points now: cpu-fp32 and cpu-bf16 on minilm"):
        place.over()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",0.7,", ",0.4,", "outcome says 'failed' where the figures say"),
        (",failed", ",passed", "damaged"),
        ("20", "x", "damaged"),
    ],
)
def test_a_bridge_that_was_edited_is_noticed(place, old, new, message):
    failed = replace(passed_bridge(), difference=0.5, lower=0.3, upper=0.7)
    write_bridges(place.folder, [failed])
    path = place.folder / "bridges.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BaselineError, match=message) as caught:
        place.over()
    assert "bridges.csv is damaged" in str(caught.value)
