"""What a machine of a cluster does with a run, and what its answer is worth."""

import os
import sys

import pytest

from stablebert.records import run_keys
from stablebert.workers.node import Made, RunError, carried, make_run, record_of
from tests.records import fake_runs


@pytest.fixture
def spec(tmp_path, monkeypatch):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TOKENIZERS_PARALLELISM"):
        monkeypatch.setenv(name, os.environ.get(name, "2"))
    return fake_runs.set_up(tmp_path, monkeypatch)


def test_a_record_comes_back_with_its_key(spec):
    made = make_run(spec, {}, fake_runs.train)
    assert (made.key, made.error) == (run_keys(spec).record, None)
    assert record_of(made, spec) == fake_runs.train(spec)


def test_an_error_comes_back_as_text(spec):
    made = make_run(spec.with_seed(1), {}, fake_runs.train_without_odd_seeds)
    assert (made.record, made.error) == (None, "seed 1 cannot be made")
    with pytest.raises(RunError, match="seed 1 cannot be made"):
        record_of(made, spec)


def test_code_that_would_end_the_process_is_an_error_of_the_run(spec):
    assert "would end the process" in (make_run(spec, {}, lambda _: sys.exit(0)).error or "")


def test_an_interruption_passes(spec):
    def interrupted(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_run(spec, {}, interrupted)


def test_a_run_has_the_drivers_variables_and_one_thread(spec):
    variables = carried({"GLUE_DIR": os.environ["GLUE_DIR"], "STABLEBERT_STORE": "/store", "OMP_NUM_THREADS": "7"})
    assert "STABLEBERT_STORE" not in variables
    made = make_run(spec, variables, fake_runs.train_in_one_thread)
    assert record_of(made, spec).census["threads"] == "1"


def test_a_record_of_another_key_is_refused(spec):
    made = make_run(spec, {}, fake_runs.train)
    with pytest.raises(RunError, match="other code, data, weights or libraries"):
        record_of(Made("f" * 64, made.record), spec)


def test_a_whole_run_is_trained_and_nothing_is_stored(tmp_path, tiny_encoder, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    tiny = type(spec)(task="rte", encoder="custom-000000", encoder_source=str(tiny_encoder), length="1ep")
    made = make_run(tiny, {})
    assert made.error is None
    assert record_of(made, tiny).spec == tiny
    assert not list((tmp_path / "cache").rglob("nodes/??/*.json"))
