"""`stablebert board`: places that are full, short and empty, from simulated records; and that it makes what is missing."""

import importlib
import json
from pathlib import Path

import pytest

from stablebert.baselines import RATE, Trial, optimizer_search, read_baseline, write_baseline, write_search
from stablebert.baselines.collected import COLLECTED
from stablebert.cli import main
from stablebert.project.board import ENTRANTS
from stablebert.records import Keys, RunStore
from stablebert.runs import digest_of, format_id
from tests.cli.conftest import OBTAIN
from tests.synthetic import synthetic_record, wobble

ADAFACTOR = "torch.optim:Adafactor"
RATES = (1e-4, 2e-4, 4e-4)


def keys(spec):
    name = f"{format_id(spec)}{spec.optimizer}{spec.optimizer_arguments}{spec.recipe.learning_rate}"
    return Keys(*([digest_of(name)] * 6))


@pytest.fixture(autouse=True)
def simulated(monkeypatch, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "paper").symlink_to(Path(__file__).parents[2] / "baselines" / "paper")
    for module in ("stablebert.project.board", "stablebert.records.obtain"):
        monkeypatch.setattr(importlib.import_module(module), "run_keys", keys)


def searched(folder, name, best, rates=RATES):
    trials = [
        Trial("trec", "debiased", "3ep", rate, seed, 80.0 - 1e4 * abs(rate - best), rate > 3e-4)
        for rate in rates
        for seed in (900, 901, 902)
    ]
    write_search(folder, "minilm", trials, "code", name=name)


def stored(project_folder, mean, seeds, optimizer=None, rate=2e-4):
    from stablebert.project import load_project

    options = {"optimizer": optimizer} if optimizer else {}
    project = load_project(project_folder, baselines="b", store="s", **options)
    spec = project.spec(project.declared("trec", "debiased", "3ep"))
    for seed in seeds:
        run = spec.with_seed(seed)
        RunStore(project_folder / "s").publish(keys(run).record, synthetic_record(run, mean + wobble(seed)))


def page(*words):
    return ["board", "--tasks", "trec", "--store", "s", "--baselines", "b", "--seconds", "60", *words]


def test_a_board_of_nothing_says_what_is_missing_and_what_it_costs(tmp_path, capsys):
    assert main(page("--output", "board.md")) == 0
    printed, text = capsys.readouterr().out, (tmp_path / "board.md").read_text()
    assert "0 of 10 optimizers have runs; there is nothing to rank" in text
    assert "No search is recorded." in text
    for entrant in ENTRANTS:
        assert f"{entrant.label}, trec: " in printed
    assert "runs of the board" in printed
    assert "stablebert board --run" in printed


def test_optimizers_are_ranked_with_ties_by_the_runs_that_there_are(tmp_path, capsys):
    searched(tmp_path / "b", RATE, 2e-4)
    searched(tmp_path / "b", optimizer_search(ADAFACTOR), 1e-4)
    stored(tmp_path, 90.0, range(10))
    stored(tmp_path, 84.0, range(8), ADAFACTOR)
    assert main(page()) == 0
    printed = capsys.readouterr().out
    rows = [line for line in printed.splitlines() if line.startswith("| 1 ") or line.startswith("| 2 ")]
    assert ["AdamW" in rows[0], "Adafactor" in rows[1]] == [True, True]
    assert "Adafactor, trec: 2 of 10 runs" in printed
    assert "\nAdamW, trec" not in printed
    # what the rate does, and how many failed at the largest
    assert "0.0001: 80.00, 0.0002: 79.00, 0.0004: 77.00 (3)" in printed


def test_runs_that_were_collected_have_their_places_without_a_store(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(importlib.import_module("stablebert.baselines.collected"), "run_keys", keys)
    monkeypatch.setattr("stablebert.baselines.commit.uncommitted_changes", lambda *home: "")
    searched(tmp_path / "b", RATE, 2e-4)
    searched(tmp_path / "b", optimizer_search(ADAFACTOR), 1e-4)
    stored(tmp_path, 90.0, range(10))
    stored(tmp_path, 84.0, range(10), ADAFACTOR)
    assert main(page("--output", "before.md", "--collect")) == 0
    assert capsys.readouterr().out.count("10 runs, 10 of them from the store") == 2
    assert main(page("--output", "after.md", "--store", "none")) == 0
    assert (tmp_path / "after.md").read_text() == (tmp_path / "before.md").read_text()
    # nor does it need what made them
    found = importlib.import_module("stablebert.project.board")
    with monkeypatch.context() as bare:
        bare.setattr(found, "find_spec", lambda name: None)
        assert main(page("--output", "bare.md", "--store", "none")) == 0
    assert "| Adafactor | fp32 | 0.0001 | 10 |" in (tmp_path / "bare.md").read_text()
    # on a machine whose sessions are of another class the runs are what they are
    monkeypatch.setattr("stablebert.project.project.precision_of", lambda *_, **__: "bf16")
    assert main(page("--output", "elsewhere.md", "--store", "none")) == 0
    elsewhere = (tmp_path / "elsewhere.md").read_text()
    assert "| Adafactor | fp32 | 0.0001 | 10 |" in elsewhere
    assert "| AdamW | fp32 | 0.0002 | 10 |" in elsewhere
    # the control: half of them, by other code, are no half of a place
    for path in (tmp_path / COLLECTED).glob("*Adafactor*.csv"):
        one = read_baseline(path)
        write_baseline(path, one.header | {"code": "another"}, one.rows[:5])
    assert main(page("--store", "none")) == 0
    assert "Adafactor, trec: 10 of 10 runs" in capsys.readouterr().out


def test_equal_optimizers_share_a_rank(tmp_path, capsys):
    searched(tmp_path / "b", RATE, 2e-4)
    searched(tmp_path / "b", optimizer_search(ADAFACTOR), 1e-4)
    stored(tmp_path, 90.0, range(10))
    stored(tmp_path, 90.0, range(10), ADAFACTOR)
    assert main(page()) == 0
    assert capsys.readouterr().out.count("| 1-2 ") == 2


def test_runs_at_another_rate_than_the_searched_one_have_no_place(tmp_path, capsys):
    searched(tmp_path / "b", RATE, 2e-4)
    searched(tmp_path / "b", optimizer_search(ADAFACTOR), 1e-4)
    stored(tmp_path, 90.0, range(10), ADAFACTOR)
    (tmp_path / "b" / "minilm" / f"{optimizer_search(ADAFACTOR)}.csv").unlink()
    searched(tmp_path / "b", optimizer_search(ADAFACTOR), 2e-4)
    assert main(page()) == 0
    assert "Adafactor, trec: 10 of 10 runs" in capsys.readouterr().out


def test_it_makes_searches_and_then_runs_and_goes_on_from_what_is_stored(tmp_path, capsys, monkeypatch):
    made = []

    def train(spec, **_):
        made.append(spec)
        return synthetic_record(spec, 80.0 + wobble(spec.seed))

    monkeypatch.setattr(OBTAIN, "_train", train)
    few = ENTRANTS[:2]
    monkeypatch.setattr(importlib.import_module("stablebert.cli.board"), "ENTRANTS", few)
    assert main(page("--run", "--seeds", "3")) == 0
    assert "the board is full" in capsys.readouterr().out
    assert sum(spec.seed >= 900 for spec in made) == (3 + 5) * 3
    rates = {json.loads(spec.optimizer_arguments).get("lr") for spec in made if spec.optimizer and spec.seed < 900}
    assert len(rates) == 1
    count = len(made)
    assert main(page("--run", "--seeds", "4")) == 0
    assert len(made) == count + len(few)


def test_every_entrant_is_known_by_one_name_and_one_search():
    assert len({entrant.label for entrant in ENTRANTS}) == len({entrant.search for entrant in ENTRANTS}) == 10
