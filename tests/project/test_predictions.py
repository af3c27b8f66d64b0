"""How much the seeds of a judged cell disagree: the figure against a count by hand, and when there is none."""

import importlib
import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from stablebert.baselines import baseline_path, series_path, write_baseline, write_series
from stablebert.gate import Status
from stablebert.records import Keys, RunStore
from stablebert.runs import Cell, RunSpec, digest_of, encode_array, format_id, row_of
from tests.frozen import freeze_margins
from tests.project.projects import project_below
from tests.synthetic import synthetic_record, wobble

CELL = Cell("trec")
HEADER = {"cell": CELL.id, "cell_key": "cell", "data": "data", "environment_class": "cpu-fp32"}
ACCEPTED, FRESH = range(20), range(100, 112)
EXAMPLES, CLASSES = 60, 4
TRUTH = np.random.default_rng(0).integers(0, CLASSES, EXAMPLES)


def keys_of(spec):
    key = digest_of([format_id(spec)])
    return Keys(key, key, "cell", "code", "data", "weights")


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for module in ("stablebert.project.judging", "stablebert.records.obtain"):
        monkeypatch.setattr(importlib.import_module(module), "run_keys", keys_of)


def logits_of(seed, wrong):
    """Return logits whose largest is the true class, but for a share of the examples that each seed draws."""
    drawn = np.random.default_rng(seed)
    classes = np.where(drawn.random(EXAMPLES) < wrong, drawn.integers(0, CLASSES, EXAMPLES), TRUTH)
    return np.eye(CLASSES)[classes] + 0.1 * drawn.random((EXAMPLES, CLASSES))


def record_of(seed, logits, score=90.0, failed=False):
    made = synthetic_record(RunSpec(task="trec", seed=seed), score + wobble(seed), failed=failed)
    return replace(made, test_logits=encode_array(logits.ravel().tolist(), logits.shape))


def records(seeds, wrong=0.1):
    return [record_of(seed, logits_of(seed, wrong)) for seed in seeds]


class Judged:
    """A cell whose runs are stored and judged by accepted ones."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, fresh, accepted, series=True):
        self.fresh = fresh
        write_baseline(baseline_path(self.folder, CELL), HEADER, [row_of(record) for record in accepted])
        if series:
            write_series(series_path(self.folder, CELL), accepted)
        freeze_margins(self.folder)
        store = RunStore(self.folder / "runs")
        for record in fresh:
            store.publish(keys_of(record.spec).record, record)
        return self.again()

    def again(self, **given):
        given = {"seed_block": "100", "seeds": str(len(self.fresh)), **given}
        return project_below(self.folder, **given).judge(CELL, [row_of(record) for record in self.fresh])


@pytest.fixture
def judged(tmp_path):
    """A function that stores fresh runs, accepts others and returns the verdict."""
    return Judged(tmp_path)


def counted(made):
    """Return the share of examples on which two runs differ, counted pair by pair and example by example."""
    classes = [np.array(logits).argmax(axis=1) for logits in made]
    shares = []
    for one, other in itertools.combinations(classes, 2):
        differing = 0
        for place in range(EXAMPLES):
            differing += one[place] != other[place]
        shares.append(differing / EXAMPLES)
    return np.mean(shares)


def test_the_figures_are_those_counted_by_hand(judged):
    found = judged(records(FRESH), records(ACCEPTED))
    assert found.status is Status.PASS
    used = list(FRESH)[: found.runs]
    assert found.disagreement.runs == pytest.approx(counted([logits_of(seed, 0.1) for seed in used]))
    assert found.disagreement.baseline == pytest.approx(counted([logits_of(seed, 0.1) for seed in ACCEPTED]))
    assert found.disagreement.is_share


def test_shuffled_predictions_disagree_more_and_change_no_status(judged, tmp_path):
    plain = judged(records(FRESH), records(ACCEPTED))
    other = Judged(tmp_path / "other")
    shuffled = [record_of(seed, np.random.default_rng(seed).permutation(logits_of(seed, 0.1))) for seed in FRESH]
    found = other(shuffled, records(ACCEPTED))
    assert found.disagreement.runs > 5 * plain.disagreement.runs
    assert found.disagreement.baseline == plain.disagreement.baseline
    assert replace(found, disagreement=None) == replace(plain, disagreement=None)


def test_failed_and_collapsed_runs_are_left_out_on_both_sides(judged):
    def with_lost(seeds):
        first, second, *others = seeds
        noise = [np.random.default_rng(seed).random((EXAMPLES, CLASSES)) for seed in (first, second)]
        return [record_of(first, noise[0], 20.0, failed=True), record_of(second, noise[1], 40.0), *records(others)]

    found = judged(with_lost(FRESH), with_lost(ACCEPTED))
    assert (found.failed, found.collapsed, found.baseline_failed, found.baseline_collapsed) == (2, 1, 2, 1)
    sound = list(FRESH)[2 : found.runs]
    assert found.disagreement.runs == pytest.approx(counted([logits_of(seed, 0.1) for seed in sound]))
    assert found.disagreement.baseline == pytest.approx(counted([logits_of(seed, 0.1) for seed in ACCEPTED[2:]]))


def test_a_cell_that_goes_on_is_not_asked_at_each_look(judged):
    found = judged([record_of(seed, logits_of(seed, 0.1), 89.4) for seed in FRESH], records(ACCEPTED))
    assert found.status is Status.INCONCLUSIVE
    assert found.disagreement is not None
    assert judged.again(seeds="20").disagreement is None


def test_scores_differ_by_their_standard_deviation(judged):
    def scored(seeds, sd):
        return [record_of(seed, np.random.default_rng(seed).normal(0, sd, (EXAMPLES, 1))) for seed in seeds]

    found = judged(scored(FRESH, 0.4), scored(ACCEPTED, 0.2)).disagreement
    assert not found.is_share
    assert (found.runs, found.baseline) == (pytest.approx(0.4, rel=0.1), pytest.approx(0.2, rel=0.1))


def test_a_score_that_is_not_finite_has_no_figure(judged):
    wild = [record_of(seed, np.full((EXAMPLES, 1), math.inf)) for seed in FRESH]
    accepted = [record_of(seed, np.random.default_rng(seed).random((EXAMPLES, 1))) for seed in ACCEPTED]
    with np.errstate(invalid="ignore"):
        assert judged(wild, accepted).disagreement is None


def test_there_is_none_without_series(judged):
    assert judged(records(FRESH), records(ACCEPTED), series=False).disagreement is None


def test_there_is_none_unless_the_judged_runs_are_those_in_the_store(judged):
    assert judged(records(FRESH), records(ACCEPTED)).disagreement is not None
    path = RunStore(judged.folder / "runs").path(keys_of(judged.fresh[3].spec).record)
    path.unlink()
    assert judged.again().disagreement is None
    other = replace(judged.fresh[3], steps=judged.fresh[4].steps)
    RunStore(judged.folder / "runs").publish(path.stem, other)
    assert judged.again().disagreement is None


def test_one_sound_run_disagrees_with_nobody(judged):
    fresh = [*records(FRESH[:1]), *(record_of(seed, logits_of(seed, 0.1), 20.0, failed=True) for seed in FRESH[1:])]
    assert judged(fresh, records(ACCEPTED)).disagreement is None


def test_damaged_series_are_warned_of_and_change_no_verdict(judged, tmp_path, caplog):
    plain = Judged(tmp_path / "plain")(records(FRESH), records(ACCEPTED), series=False)
    assert plain.disagreement is None
    series_path(tmp_path, CELL).parent.mkdir(parents=True)
    series_path(tmp_path, CELL).write_text("rubbish")
    assert judged(records(FRESH), records(ACCEPTED), series=False) == plain
    assert f"{CELL.id}: how much its seeds disagree is not known: series" in caplog.text
