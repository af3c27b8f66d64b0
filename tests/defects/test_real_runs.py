"""What is stored of planted changes is judged look by look, and what was collected is judged as the page says."""

import shutil
from dataclasses import replace

import pytest

from stablebert import train
from stablebert.baselines import baseline_path, read_baseline, write_baseline
from stablebert.gate import Status
from stablebert.records import RunStore
from stablebert.runs import cell_key
from tests.defects import real_runs
from tests.defects.planted_runs import FIRST_SEED, TASKS, cell_of, train_planted
from tests.defects.real_runs import train_apart, train_until_decided
from tests.frozen import freeze_margins
from tests.records import fake_runs
from tests.synthetic import synthetic_record, synthetic_rows, wobble
from tests.training.test_train import RECIPE


def test_a_process_of_its_own_trains_into_a_store_of_its_own(tiny_encoder, tmp_path, monkeypatch):
    small = replace(
        fake_runs.set_up(tmp_path, monkeypatch), encoder_source=str(tiny_encoder), length="8st", recipe=RECIPE
    )
    train_apart("bertadam", [small], tmp_path / "stores", 1)
    assert [path.name for path in (tmp_path / "stores").iterdir()] == ["bertadam"]
    (record,) = RunStore(tmp_path / "stores" / "bertadam").records()
    assert record.steps == train_planted("bertadam", small).steps != train(small).steps
    with pytest.raises(RuntimeError, match="none: the process that trains ended with 1"):
        train_apart("none", [replace(small, encoder_source=str(tmp_path / "nowhere"))], tmp_path / "stores", 1)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A root directory with a baseline about 90 points and a margin of 1, and a training that is a formula."""
    monkeypatch.setattr(real_runs, "ROOT", tmp_path)
    monkeypatch.setattr(real_runs, "ROWS", tmp_path / "rows")
    spec = cell_of("trec")
    header = {"cell": spec.cell.id, "cell_key": cell_key(spec, "data", "weights")}
    write_baseline(baseline_path(tmp_path / "baselines", spec.cell), header, synthetic_rows(90.0, range(20)))
    freeze_margins(tmp_path / "baselines")
    asked = []

    def run(mean):
        def publish(arm, specs, store, jobs):
            asked.append([one.seed for one in specs])
            for one in specs:
                RunStore(store / arm).publish(f"{one.seed:064d}", synthetic_record(one, mean + wobble(one.seed)))

        return train_until_decided("no-decay", "trec", tmp_path / "stores", 1, publish)

    run.asked = asked
    return run


@pytest.mark.parametrize(
    ("mean", "status", "seeds"), [(90.0, Status.PASS, 6), (80.0, Status.FAIL, 6), (89.35, Status.INCONCLUSIVE, 20)]
)
def test_the_first_look_that_decides_ends_the_training(place, mean, status, seeds):
    verdict = place(mean)
    assert (verdict.status, verdict.runs) == (status, seeds)
    assert [seed for look in place.asked for seed in look] == list(range(200, 200 + seeds))


def test_runs_of_another_cell_are_not_judged(place, tmp_path):
    other = replace(cell_of("trec"), seed=205, length="8st")
    RunStore(tmp_path / "stores" / "no-decay").publish("f" * 64, synthetic_record(other, 10.0))
    assert place(90.0).status is Status.PASS
    rows = real_runs.known_rows("no-decay", "trec", real_runs.present("trec"), tmp_path / "stores")
    assert [row.seed for row in rows] == [f"s{seed}" for seed in range(200, 206)]


def test_what_was_collected_is_judged_without_its_store_and_not_trained_again(place, tmp_path, monkeypatch):
    monkeypatch.setattr(real_runs, "TASKS", ("trec",))
    verdict = place(87.5)
    real_runs.collect(tmp_path / "stores")
    (line,) = real_runs.table().splitlines()[2:]
    assert line.startswith(f"| `trec` | no-decay | fp32 | FAIL | 6 | {verdict.difference:.2f} |")
    page = "before\n<!-- table:begin -->\nold\n<!-- table:end -->\nafter\n"
    assert real_runs.with_table(page) == page.replace("old\n", real_runs.table())
    shutil.rmtree(tmp_path / "stores")
    assert place(87.5) == verdict
    assert place.asked[-1] == []


def test_rows_that_another_baseline_judged_are_left_out_of_a_new_collection(place, tmp_path, monkeypatch):
    monkeypatch.setattr(real_runs, "TASKS", ("trec",))
    place(87.5)
    real_runs.collect(tmp_path / "stores")
    path = baseline_path(tmp_path / "baselines", cell_of("trec").cell)
    rows = read_baseline(path).rows
    write_baseline(path, {"cell": "trec", "cell_key": "another"}, rows)
    # no arm has a run of the new cell: what is there stays, beside what judged it
    before = real_runs.table()
    real_runs.collect(tmp_path / "stores")
    assert real_runs.table() == before
    known = real_runs.known_rows

    def with_one_new_arm(arm, task, accepted, store=None):
        return rows[:6] if arm == "none" and accepted.header["cell_key"] == "another" else known(arm, task, accepted)

    monkeypatch.setattr(real_runs, "known_rows", with_one_new_arm)
    real_runs.collect(tmp_path / "stores")
    (line,) = real_runs.table().splitlines()[2:]
    assert line.startswith("| `trec` | none | ")
    assert not (real_runs.ROWS / "no-decay" / "trec.csv").exists()


def test_the_page_holds_the_verdicts_on_the_rows_that_are_in_git():
    page = real_runs.PAGE.read_text()
    assert real_runs.with_table(page) == page
    assert "| none | fp32 | PASS |" in page
    # the control: another verdict is noticed
    wrong = page.replace("| PASS |", "| FAIL |")
    assert real_runs.with_table(wrong) != wrong


@pytest.mark.parametrize("task", TASKS)
def test_no_baseline_has_seen_the_seeds(task):
    for accepted in (real_runs.present(task), real_runs.collected(task)):
        assert max(int(row.seed[1:]) for row in accepted.rows) < FIRST_SEED


def test_an_arm_is_of_one_class_that_of_its_first_run_or_of_a_session_here(place, tmp_path, monkeypatch):
    accepted, bf16 = real_runs.present("trec"), replace(cell_of("trec"), precision="bf16")

    def cell(arm, store=None):
        return real_runs.planted_cell(arm, "trec", accepted, store).precision

    assert cell("none") == "fp32"
    # where a session would go over a bridge, so does an arm without a run
    monkeypatch.setattr(real_runs, "precision_of", lambda asked, *_: {"auto": "bf16"}[asked])
    assert cell("none") == "bf16"
    stores = tmp_path / "stores"
    for number, spec in enumerate([cell_of("trec"), bf16]):
        RunStore(stores / "half-rate").publish(
            f"{number:064d}", synthetic_record(replace(spec, seed=200 + number), 90.0)
        )
    first = next(iter(RunStore(stores / "half-rate").records())).spec
    assert cell("half-rate", stores) == first.precision
    assert [row.seed for row in real_runs.known_rows("half-rate", "trec", accepted, stores)] == [f"s{first.seed}"]
    monkeypatch.setattr(real_runs, "TASKS", ("trec",))
    real_runs.collect(stores)
    assert cell("half-rate") == first.precision
    (line,) = real_runs.table().splitlines()[2:]
    assert line.startswith(f"| `trec` | half-rate | {first.precision} | ")
