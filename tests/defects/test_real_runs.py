"""Planted changes are trained look by look, none of what is there again; what is decided becomes rows in git."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.baselines import baseline_path, find_baseline, write_baseline
from stablebert.gate import Status
from stablebert.records import RunStore
from stablebert.runs import cell_key
from tests.defects import kept_rows, real_runs, sensitivity
from tests.defects.arms import ARMS, AWAITED, judged_arms
from tests.defects.kept_rows import RowsError, read_rows, rows_so_far, write_rows
from tests.defects.planted_runs import FIRST_SEED, MOST_SEEDS, TASKS, cell_of, planted_specs
from tests.defects.real_runs import collect, train_look_by_look, train_with, verdict_of
from tests.frozen import freeze_margins
from tests.gate.power import grid_policy
from tests.synthetic import synthetic_record, synthetic_rows, wobble

ARM = "no-decay"
FIRST = grid_policy().looks[0]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A root directory with a baseline about 90 points, sd 0.5, and its margin; a training that is a formula."""
    for home in (kept_rows, sensitivity):
        monkeypatch.setattr(home, "ROOT", tmp_path)
    monkeypatch.setattr(kept_rows, "ROWS", tmp_path / "rows")
    monkeypatch.setattr(kept_rows, "task_digest", lambda task: "data")
    spec = cell_of("trec")
    header = {"cell_key": cell_key(spec, "data", "weights")}
    write_baseline(baseline_path(tmp_path / "baselines", spec.cell), header, synthetic_rows(90.0, range(20)))
    freeze_margins(tmp_path / "baselines")
    return Place(tmp_path / "stores")


class Place:
    """Where runs lie, and what has been asked of whoever trains them."""

    def __init__(self, store):
        self.store = store
        self.asked = []
        self.mean = {}

    def train(self, arm, task, seeds):
        self.asked.append((arm, len(seeds)))
        store = RunStore(self.store / arm)
        for one in planted_specs([task], seeds):
            key = f"{one.seed:064d}"
            if store.load(key) is None:
                store.publish(key, synthetic_record(one, self.mean[arm] + wobble(one.seed)), {"code": "c" * 64})
        return True

    def until_decided(self, **means):
        self.mean = {arm.replace("_", "-"): mean for arm, mean in means.items()}
        assert train_look_by_look(tuple(self.mean), ("trec",), self.store, self.train, MOST_SEEDS)


def test_every_arm_makes_a_look_before_any_goes_on(place):
    place.until_decided(none=90.0, no_decay=80.0, half_rate=89.45)
    assert place.asked[:3] == [("none", FIRST), ("no-decay", FIRST), ("half-rate", FIRST)]
    assert {arm for arm, _ in place.asked[3:]} == {"half-rate"}
    assert [seeds for _, seeds in place.asked[2:]] == list(grid_policy().looks[: len(place.asked) - 2])
    statuses = [verdict_of("trec", rows_so_far(arm, "trec", place.store)).status for arm in ("none", "no-decay")]
    assert statuses == [Status.PASS, Status.FAIL]


def test_it_can_be_started_again_and_ends_where_it_is_told(place):
    place.mean = {ARM: 89.45}
    for until in (FIRST, FIRST, grid_policy().looks[1]):
        train_look_by_look([ARM], ["trec"], place.store, place.train, until)
    # the second time the first look is there, and open: what is missing of it is asked for, and nothing is
    assert {seeds for _, seeds in place.asked} == set(grid_policy().looks[:2])
    assert len(rows_so_far(ARM, "trec", place.store)) == grid_policy().looks[1]
    assert {row.seed for row in rows_so_far(ARM, "trec", place.store)} == {
        f"s{FIRST_SEED + index}" for index in range(grid_policy().looks[1])
    }


def test_what_could_not_be_made_is_said(place):
    assert not train_look_by_look([ARM], ["trec"], place.store, lambda *_: False, FIRST)


def test_the_first_look_needs_no_baseline_and_the_next_does(place, tmp_path):
    baseline_path(tmp_path / "baselines", cell_of("trec").cell).unlink()
    place.mean = {ARM: 90.0}
    train_look_by_look([ARM], ["trec"], place.store, place.train, FIRST)
    assert place.asked == [(ARM, FIRST)]
    with pytest.raises(LookupError, match="no baseline"):
        train_look_by_look([ARM], ["trec"], place.store, place.train, MOST_SEEDS)


def test_what_rows_in_git_decide_is_not_trained(place):
    write_rows(ARM, "trec", synthetic_rows(80.0, range(200, 200 + FIRST)), "by hand")
    place.until_decided(no_decay=90.0)
    assert place.asked == []


def test_rows_in_git_that_decide_nothing_are_gone_on_with(place):
    write_rows(ARM, "trec", synthetic_rows(89.45, range(200, 200 + FIRST)), "by hand")
    place.until_decided(no_decay=89.45)
    looks = grid_policy().looks
    # what is in git is not asked for again
    assert [seeds for _, seeds in place.asked] == [look - FIRST for look in looks[1 : len(place.asked) + 1]]
    rows = rows_so_far(ARM, "trec", place.store)
    assert [row.seed for row in rows] == [f"s{200 + index}" for index in range(len(rows))]
    collect([ARM], ["trec"], place.store)
    assert read_rows(ARM, "trec") == tuple(rows)
    assert "# trained: by hand; then by code cccccccccccc" in kept_rows.rows_path(ARM, "trec").read_text()


def test_runs_of_another_cell_are_not_judged(place):
    store = RunStore(place.store / ARM)
    store.publish("f" * 64, synthetic_record(replace(cell_of("trec"), seed=150, length="8st"), 10.0))
    assert rows_so_far(ARM, "trec", place.store) == []
    place.until_decided(no_decay=90.0)
    assert len(rows_so_far(ARM, "trec", place.store)) == FIRST


def test_runs_of_other_data_alone_are_an_error(place):
    record = synthetic_record(cell_of("trec").with_seed(FIRST_SEED), 90.0)
    RunStore(place.store / ARM).publish("f" * 64, replace(record, data_digest="older"))
    with pytest.raises(RowsError, match="1 stored runs, none of the baseline's data"):
        rows_so_far(ARM, "trec", place.store)


def test_only_what_is_decided_is_taken(place, capsys):
    place.mean = {ARM: 80.0, "half-rate": 89.45}
    for arm in place.mean:
        place.train(arm, "trec", range(FIRST_SEED, FIRST_SEED + FIRST))
    collect([ARM, "half-rate", "none"], ["trec"], place.store)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"taken: {ARM}, trec: FAIL")
    assert said[1].startswith("left out: half-rate, trec: INCONCLUSIVE")
    assert said[2] == "left out: none, trec: INVALID: the candidate has no runs"
    assert len(read_rows(ARM, "trec")) == FIRST
    assert "# trained: by code cccccccccccc" in kept_rows.rows_path(ARM, "trec").read_text()
    with pytest.raises(RowsError, match="has no rows; python -m tests.defects.real_runs .* --only none"):
        read_rows("none", "trec")


@pytest.mark.parametrize(
    ("name", "value"), [("data", "older"), ("data", None), ("cell_key", "0"), ("planted", "none"), ("cell", "other")]
)
def test_stale_rows_are_an_error_that_names_the_command(place, name, value):
    write_rows(ARM, "trec", synthetic_rows(80.0, range(200, 206)), "by hand")
    assert len(read_rows(ARM, "trec")) == 6
    path = kept_rows.rows_path(ARM, "trec")
    header = {**kept_rows.read_baseline(path).header, name: value}
    write_baseline(path, {key: text for key, text in header.items() if text is not None}, read_rows(ARM, "trec"))
    with pytest.raises(
        RowsError, match=f"stale rows: {name} .*--only {ARM} --tasks trec, then the same with --collect"
    ):
        read_rows(ARM, "trec")


def test_the_process_that_trains_has_the_package_of_the_tree(tmp_path, monkeypatch):
    # a package that says where it is imported from, and has nothing to train with
    package = tmp_path / "tree"
    (package / "stablebert").mkdir(parents=True)
    (package / "stablebert" / "__init__.py").write_text("raise SystemExit(0 if __file__ else 1)")
    (package / "tests").mkdir()
    seen = []
    run = real_runs.subprocess.run
    monkeypatch.setattr(
        real_runs.subprocess, "run", lambda command, **options: seen.append(command) or run(command, **options)
    )
    assert train_with(package, tmp_path / "stores", 2)(ARM, "trec", range(206, 209))
    assert seen[0][:4] == [sys.executable, "-P", "-m", "tests.defects.planted_runs"]
    assert seen[0][8:12] == ["--first", "206", "--seeds", "3"]
    (package / "stablebert" / "__init__.py").write_text("raise SystemExit(3)")
    assert not train_with(package, tmp_path / "stores", 2)(ARM, "trec", range(206, 209))


def test_no_baseline_has_seen_the_seeds():
    for task in TASKS:
        rows = find_baseline(cell_of(task).cell, [Path(real_runs.ROOT, "baselines")]).rows
        seen = {row.seed for row in rows}
        assert seen.isdisjoint(f"s{seed:03d}" for seed in range(FIRST_SEED, FIRST_SEED + MOST_SEEDS))
        assert all(seen.isdisjoint(row.seed for row in read_rows(arm, task)) for arm in judged_arms())


def test_what_is_awaited_has_no_rows_and_is_no_defect_without_a_name():
    assert set(AWAITED) <= set(ARMS)
    for arm in AWAITED:
        for task in TASKS:
            with pytest.raises(RowsError):
                read_rows(arm, task)
    assert set(judged_arms()) | set(AWAITED) == set(ARMS)
