"""Collected runs: a file a kind, of one code each, which no gate finds; and what counts of them."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from stablebert.baselines import (
    BaselineError,
    Trial,
    baseline_files,
    collect,
    collected,
    collected_runs,
    find_series,
    is_crossed,
    write_search,
)
from stablebert.runs import RunSpec
from tests.baselines.conftest import keys

RUN = RunSpec(task="trec", method="mixout")
SEEDS = range(5)


@pytest.fixture
def shelf(place, tmp_path, monkeypatch):
    """A store, and what collects runs of it by some code into a folder."""

    def take(spec, seeds=SEEDS, code="code"):
        monkeypatch.setattr(collected, "run_keys", lambda one: replace(keys(one), code=code))
        return collect([spec.with_seed(seed) for seed in seeds], place.store, folder, [place.folder])

    folder = tmp_path / "docs" / "results" / "runs"
    return SimpleNamespace(folder=folder, take=take, make=place.make, baselines=place.folder)


def test_rows_and_series_of_what_the_store_has_are_written_once(shelf):
    shelf.make(RUN, 80.0, range(3))
    (one,) = shelf.take(RUN)
    assert (one.runs, one.new) == (3, 3)
    (found,) = collected_runs(shelf.folder)
    assert (found.path, found.cell, found.optimizer) == (one.path, RUN.cell, None)
    assert [run.seed for run in find_series(found)] == [row.seed for row in found.rows] == ["s000", "s001", "s002"]
    assert {"cell_key", "data", "recipe", "code", "commit", "environment_class", "collected"} <= found.header.keys()
    before = {path: path.read_bytes() for path in shelf.folder.iterdir()}
    shelf.take(RUN)
    assert {path: path.read_bytes() for path in shelf.folder.iterdir()} == before
    # no gate finds them, wherever their folder is taken for one of baselines
    assert baseline_files(shelf.folder) == baseline_files(shelf.folder.parent) == []
    assert shelf.take(RUN, range(7, 9)) == []


def test_runs_of_the_same_code_stand_side_by_side_and_those_of_another_make_room(shelf):
    shelf.make(RUN, 80.0, range(6))
    shelf.take(RUN, range(2))
    (one,) = shelf.take(RUN, range(2, 4))
    assert (one.runs, one.new) == (4, 2)
    (other,) = shelf.take(RUN, range(4, 6), code="other")
    assert (other.runs, other.new) == (2, 2)
    assert [row.seed for row in collected_runs(shelf.folder)[0].rows] == ["s004", "s005"]


def test_kinds_of_runs_are_told_apart(shelf):
    crossed = replace(RUN, data_seed=0)
    kinds = [
        RUN,
        replace(RUN, precision="bf16"),
        crossed,
        # what was given by --recipe takes no place of the method's own
        replace(RUN, recipe=replace(RUN.recipe, learning_rate=1e-3)),
        *(replace(RUN, optimizer="mine:Adam", optimizer_arguments=given) for given in ("{}", '{"lr":0.1}')),
    ]
    for kind in kinds:
        shelf.make(kind, 80.0, range(2))
        shelf.take(kind)
    found = collected_runs(shelf.folder)
    assert len(found) == len(kinds)
    assert [is_crossed(one) for one in found].count(True) == 1
    assert len({one.recipe for one in found}) == 2
    assert {(one.cell.precision, one.optimizer, one.header.get("optimizer_arguments")) for one in found} == {
        ("fp32", None, None),
        ("bf16", None, None),
        ("fp32", "mine:Adam", "{}"),
        ("fp32", "mine:Adam", '{"lr":0.1}'),
    }


def test_a_seed_that_chose_the_hyperparameters_is_refused_and_a_damaged_file_is_named(shelf):
    shelf.make(RUN, 80.0, range(3))
    shelf.take(RUN)
    write_search(shelf.baselines, "minilm", [Trial("trec", "mixout", "3ep", 2e-4, 1, 80.0, False)], "code")
    with pytest.raises(BaselineError, match="trec_mixout_3ep_minilm_fp32_s001: its seed chose the hyperparameters"):
        shelf.take(RUN)
    (path,) = shelf.folder.glob("*.csv")
    path.write_text(path.read_text().replace("s002", "s009"))
    with pytest.raises(BaselineError, match="is not what was accepted"):
        collected_runs(shelf.folder)


def test_nothing_is_collected_of_sources_that_are_not_committed(shelf, monkeypatch):
    shelf.make(RUN, 80.0, range(3))
    monkeypatch.setattr("stablebert.baselines.commit.uncommitted_changes", lambda *home: " M training/loop.py")
    with pytest.raises(BaselineError, match="uncommitted changes of the sources"):
        shelf.take(RUN)
    assert not shelf.folder.exists()


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert collected_runs(tmp_path / "nowhere") == []
