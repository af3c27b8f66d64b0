import subprocess

import pytest

from stablebert.paper import MINILM_LEARNING_RATE
from stablebert.runs import RunSpec, cell_id
from stablebert.store import Keys, RunStore, baseline_path, find_baseline, read_baseline
from stablebert.store.accept import accept
from stablebert.store.baselines import BaselineError, write_baseline
from stablebert.store.margins import find_margin, margin_from, read_margins
from stablebert.store.search import Trial, read_search, winner, write_search
from tests.synthetic import synthetic_record, synthetic_rows, wobble

SPEC = RunSpec(task="trec")


def test_a_baseline_comes_back_to_the_last_digit(tmp_path):
    rows = synthetic_rows(90.0, range(20), failed=frozenset({3}))
    path = baseline_path(tmp_path, SPEC)
    write_baseline(path, {"cell": cell_id(SPEC), "metric": "accuracy"}, rows[::-1])
    found = read_baseline(path)
    assert list(found.rows) == rows
    assert found.header == {"cell": cell_id(SPEC), "metric": "accuracy"}
    text = path.read_text()
    write_baseline(path, found.header, found.rows)
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text.replace("# stablebert-baseline 1", "# other"), "does not begin"),
        (lambda text: text.replace(",test,", ",score,", 1), "columns"),
        (lambda text: text.replace("False", "maybe", 1), "kind"),
        (lambda text: text.split("s000")[0], "columns"),
    ],
)
def test_a_damaged_baseline_is_one_clear_error(tmp_path, damage, message):
    path = tmp_path / "a.csv"
    write_baseline(path, {}, synthetic_rows(90.0, range(5)))
    path.write_text(damage(path.read_text()))
    with pytest.raises(BaselineError, match=message):
        read_baseline(path)


def test_folders_are_searched_in_order(tmp_path):
    late = baseline_path(tmp_path / "late", SPEC)
    write_baseline(late, {"metric": "late"}, synthetic_rows(90.0, range(5)))
    folders = [tmp_path / "early", tmp_path / "late"]
    assert find_baseline(SPEC, folders).header["metric"] == "late"
    write_baseline(baseline_path(tmp_path / "early", SPEC), {"metric": "early"}, synthetic_rows(90.0, range(5)))
    assert find_baseline(SPEC, folders).header["metric"] == "early"
    assert find_baseline(RunSpec(task="sms"), folders) is None


@pytest.fixture
def accepted(tmp_path, monkeypatch):
    """A function that stores runs of a method about a mean and accepts them."""
    store, folder = RunStore(tmp_path / "runs"), tmp_path / "baselines"

    def keys(spec):
        key = f"{spec.seed:02d}{spec.method}".ljust(64, "0")
        return Keys(key, key, "cell", "code", "data", "weights")

    monkeypatch.setattr("stablebert.store.accept.run_keys", keys)

    def make(method, mean, seeds=range(20), why="a test", stored=range(20)):
        spec = RunSpec(task="trec", method=method)
        for seed in stored:
            run = spec.with_seed(seed)
            store.publish(keys(run).record, synthetic_record(run, mean + wobble(seed)))
        return accept(spec, list(seeds), store, folder, why)

    make.folder = folder
    return make


def test_accepting_both_optimizers_writes_baselines_margin_and_ledger(accepted):
    assert accepted("bertadam", 87.0).margin is None
    done = accepted("debiased", 89.0)
    assert 0.9 < done.margin.margin < 1.0
    assert find_margin([accepted.folder], "minilm", "trec", "3ep") == done.margin
    ledger = (accepted.folder / "LEDGER.md").read_text()
    assert ledger.count("- 20") == 2
    assert "a test" in ledger
    assert len(read_baseline(done.path).rows) == 20


def test_a_second_acceptance_shows_before_and_after(accepted):
    first = accepted("debiased", 89.0)
    again = accepted("debiased", 89.0, why="again")
    assert again.before == first.after
    assert (accepted.folder / "LEDGER.md").read_text().count("\n- ") == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"why": " "}, "reason"),
        ({"seeds": range(19)}, "at least 20"),
        ({"seeds": range(21)}, "no record of seeds 20"),
        ({"seeds": range(890, 910)}, "seeds 900 chose the hyperparameters"),
    ],
)
def test_an_acceptance_is_refused(accepted, options, message):
    write_search(accepted.folder, "minilm", [Trial("trec", 1e-4, 900, 90.0, False)], "code")
    with pytest.raises(BaselineError, match=message):
        accepted("debiased", 89.0, **options)
    assert not baseline_path(accepted.folder, SPEC).exists()


def test_a_dirty_tree_is_refused(accepted):
    root = accepted.folder.parent
    (root / "stablebert").mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "stablebert" / "new.py").write_text("")
    with pytest.raises(BaselineError, match=r"uncommitted changes(.|\n)*stablebert/"):
        accepted("debiased", 89.0)


def test_the_margin_is_half_the_lower_bound_of_the_gain_and_at_most_two():
    def margin(gain, sd=0.5):
        rows = [synthetic_rows(mean, range(20), sd=sd) for mean in (80 + gain, 80.0)]
        return margin_from(*rows, encoder="minilm", task="trec", length="3ep", accepted="2026-01-01")

    assert margin(2.0).margin == pytest.approx(margin(2.0).bound / 2, abs=1e-4)
    assert margin(2.0).bound < 2.0
    assert margin(30.0).margin == 2.0
    assert margin(-1.0).margin is None
    assert margin(0.01, sd=5.0).margin is None


def test_a_search_comes_back_and_its_winner_has_the_best_mean(tmp_path):
    trials = [
        Trial(task, rate, 900, score, False)
        for task, scores in (("trec", (90.0, 92.0)), ("sms", (80.0, 79.0)))
        for rate, score in zip((1e-4, 2e-4), scores, strict=True)
    ]
    write_search(tmp_path, "minilm", trials, "code")
    assert sorted(read_search(tmp_path, "minilm"), key=repr) == sorted(trials, key=repr)
    assert winner(trials) == 2e-4
    with pytest.raises(ValueError, match="every rate"):
        winner(trials[:3])
    with pytest.raises(ValueError, match="without trials"):
        winner([])


def test_the_rate_of_minilm_is_the_recorded_winner(request):
    trials = read_search(request.config.rootpath / "baselines", "minilm")
    assert winner(trials) == MINILM_LEARNING_RATE


def test_the_committed_baselines_hold_what_they_claim(request):
    folder = request.config.rootpath / "baselines"
    margins = {(item.task, item.length): item for item in read_margins(folder)}
    files = sorted(folder.glob("minilm/*/*.csv"))
    assert files
    for path in files:
        baseline = read_baseline(path)
        assert len(baseline.rows) >= 20
        assert len({row.losses for row in baseline.rows}) == len(baseline.rows)
        assert {row.seed for row in baseline.rows}.isdisjoint({f"s{seed:03d}" for seed in range(100, 1000)})
    for (task, length), margin in margins.items():
        rows = [
            read_baseline(folder / "minilm" / task / f"{name}_{length}.csv").rows for name in ("debiased", "bertadam")
        ]
        again = margin_from(*rows, encoder="minilm", task=task, length=length, accepted=margin.accepted)
        assert again == margin
