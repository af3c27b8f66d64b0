"""A store of synthetic runs and an empty baselines folder."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from stablebert.baselines import acceptance
from stablebert.baselines import commit as sources
from stablebert.records import Keys, RunStore
from stablebert.runs import digest_of, format_id
from tests.synthetic import synthetic_record, wobble


def keys(spec):
    key = digest_of([format_id(spec), spec.recipe.learning_rate, spec.optimizer, spec.optimizer_arguments])
    return Keys(key, key, "cell", "code", "data", "weights")


def _content(path):
    return path.read_bytes() if path.suffix == ".gz" else path.read_text()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A store and an empty baselines folder, with keys that need no task; `make` fills the store."""
    monkeypatch.setattr(acceptance, "run_keys", keys)
    monkeypatch.setattr(sources, "uncommitted_changes", lambda *home: "")
    store = RunStore(tmp_path / "runs")

    def make(spec, mean, seeds=range(20), failed=(), sd=0.5):
        for seed in seeds:
            run = spec.with_seed(seed)
            # each twenty seeds scatter alike, so that means differ by what they are made to
            record = synthetic_record(run, mean + wobble(seed % 20, sd), failed=seed in failed)
            store.publish(keys(run).record, record)

    def accept(spec, seeds=range(20), why="first runs", code=None):
        if code is not None:
            monkeypatch.setattr(acceptance, "run_keys", lambda spec: replace(keys(spec), code=code))
        return acceptance.accept(spec, seeds, store, tmp_path / "baselines", why)

    def written():
        folder = tmp_path / "baselines"
        return {path.relative_to(folder).as_posix(): _content(path) for path in folder.rglob("*") if path.is_file()}

    return SimpleNamespace(store=store, folder=tmp_path / "baselines", make=make, accept=accept, written=written)
