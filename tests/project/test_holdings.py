import json
from dataclasses import asdict, replace

import pytest

from stablebert.baselines import Trial, baseline_path, write_baseline, write_search
from stablebert.baselines.collected import COLLECTED
from stablebert.project import Project
from stablebert.project.holdings import Holdings
from stablebert.project.options import settings_of
from stablebert.records import RunStore, StoreError, code_digest
from stablebert.runs import RunSpec, default_recipe
from tests.synthetic import synthetic_record, synthetic_rows

RUN = RunSpec("trec", "mixout", recipe=default_recipe("minilm"))
CELL = RUN.cell


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "s")


@pytest.fixture
def keep(store):
    """A function that stores a run as made by some code."""

    def keep(spec, code=None):
        number = len(list(store.folder.glob("??/*.json")))
        store.publish(f"{number:064d}", synthetic_record(spec, 80.0), {"code": code or code_digest()})

    return keep


def at_hand(store, folder):
    settings = settings_of({"store": store.folder, "baselines": folder})
    return Holdings(Project(folder, settings)).cells


def seeds(found, cell=CELL):
    return [row.seed for row in found.get(cell, ())]


def test_records_of_the_papers_methods_count(tmp_path, store, keep):
    for seed in range(3):
        keep(RUN.with_seed(seed))
    others = [
        replace(RUN, optimizer="torch.optim:Adam"),
        replace(RUN, data_seed=3),
        replace(RUN, recipe=replace(RUN.recipe, learning_rate=1.0)),
    ]
    for spec in others:
        keep(spec.with_seed(7))
    keep(RUN.with_seed(8), code="of another version")
    assert seeds(at_hand(store, tmp_path)) == ["s000", "s001", "s002"]


@pytest.fixture
def shelve(tmp_path):
    """A function that collects rows as a file of the root directory."""

    def shelve(name, runs, **header):
        facts = {"cell": CELL.id, "recipe": json.dumps(asdict(RUN.recipe)), **header}
        write_baseline(tmp_path / COLLECTED / f"{name}.csv", facts, synthetic_rows(70.0, runs))

    return shelve


def test_collected_runs_count_where_nothing_is_accepted_and_the_store_has_no_more(tmp_path, store, keep, shelve):
    shelve("a", range(3))
    for number in range(2):
        keep(RUN.with_seed(10 + number))
    assert seeds(at_hand(store, tmp_path)) == ["s000", "s001", "s002"]
    keep(RUN.with_seed(12))
    # as many of the present code go before them
    assert seeds(at_hand(store, tmp_path)) == ["s010", "s011", "s012"]
    write_baseline(baseline_path(tmp_path, CELL), {"cell": CELL.id}, synthetic_rows(90.0, range(20, 40)))
    assert len(seeds(at_hand(store, tmp_path))) == 20


def test_collected_runs_of_another_optimizer_recipe_or_crossed_seeds_are_none_of_the_cells(tmp_path, store, shelve):
    shelve("a", range(3), optimizer="mine:Adam", optimizer_arguments="{}")
    shelve("b", range(4), recipe=json.dumps(asdict(replace(RUN.recipe, learning_rate=1.0))))
    shelve("c", range(5), seeds="crossed")
    assert at_hand(store, tmp_path) == {}
    holdings = Holdings(Project(tmp_path, settings_of({"store": store.folder, "baselines": tmp_path})))
    assert {cell: len(rows) for cell, rows in holdings.grids.items()} == {CELL: 5}
    # the control
    shelve("d", range(6))
    assert len(seeds(at_hand(store, tmp_path))) == 6


def test_what_git_has_is_known_by_cell_and_seed(tmp_path, store, shelve):
    shelve("a", range(2))
    shelve("b", range(5), optimizer="mine:Adam")
    other = replace(CELL, method="reinit")
    write_baseline(baseline_path(tmp_path, other), {"cell": other.id}, synthetic_rows(90.0, range(1)))
    holdings = Holdings(Project(tmp_path, settings_of({"store": store.folder, "baselines": tmp_path})))
    assert holdings.held == {(CELL, "s000"), (CELL, "s001"), (other, "s000")}


def test_a_seed_that_chose_the_hyperparameters_does_not(tmp_path, store, keep):
    keep(RUN.with_seed(0))
    keep(RUN.with_seed(900))
    write_search(tmp_path, "minilm", [Trial("trec", "debiased", "3ep", 2e-4, 900, 80.0, False)], "code")
    assert seeds(at_hand(store, tmp_path)) == ["s000"]


def test_the_recipe_that_is_recorded_for_an_encoder_is_the_papers_way(tmp_path, store, keep):
    for seed, rate in enumerate((2e-4, 1e-4)):
        keep(replace(RUN, seed=seed, recipe=replace(RUN.recipe, learning_rate=rate)))
    assert seeds(at_hand(store, tmp_path)) == ["s000"]
    write_search(tmp_path, "minilm", [Trial("trec", "debiased", "3ep", 1e-4, 900, 80.0, False)], "code")
    assert seeds(at_hand(store, tmp_path)) == ["s001"]


def test_accepted_runs_stand_before_stored_ones(tmp_path, store, keep):
    keep(RUN.with_seed(5))
    # the folder given stands before the one below the root
    for folder, mean in (("a", 90.0), ("a/baselines", 20.0)):
        header = {"cell": CELL.id}
        write_baseline(baseline_path(tmp_path / folder, RUN.cell), header, synthetic_rows(mean, range(3)))
    (tmp_path / "a" / "minilm" / "trec" / "mixout_3ep.candidate.csv").write_text("not accepted yet")
    found = at_hand(store, tmp_path / "a")
    assert seeds(found) == ["s000", "s001", "s002"]
    assert found[CELL][0].test > 80


def test_a_damaged_record_is_not_passed_over(tmp_path, store, keep):
    keep(RUN)
    next(store.folder.glob("??/*.json")).write_text("{}")
    with pytest.raises(StoreError, match="is damaged"):
        at_hand(store, tmp_path)


def test_nothing_at_hand_is_nothing(tmp_path, store):
    assert at_hand(store, tmp_path) == {}
