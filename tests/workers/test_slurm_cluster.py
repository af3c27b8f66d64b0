"""Slurm's adapter with the executor of submitit that starts processes of this machine."""

from pathlib import Path

import pytest

from stablebert.records import RunStore, load_run
from stablebert.workers.driver import Driver, make_all
from stablebert.workers.node import RunError
from stablebert.workers.slurm_cluster import SlurmCluster
from tests.records import fake_runs
from tests.workers import fake_cluster

pytest.importorskip("submitit", reason="submitit is not installed: pip install 'stablebert[slurm]'")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def specs(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    return [spec.with_seed(seed) for seed in range(4)]


def made(specs, folder, train, **options):
    cluster = SlurmCluster(folder / "jobs", "local", 1.0, 0.0, {"timeout_min": 5}, train)
    with Driver(cluster, RunStore(folder / "runs"), **options) as driver:
        return make_all(specs, driver, lambda *_: None)


def test_jobs_make_runs_and_an_error_stops_no_other(specs, tmp_path):
    results = made(specs, tmp_path, fake_runs.train_without_odd_seeds, at_once=2)
    assert [type(result) for result in results] == [type(None), RunError, type(None), RunError]
    assert sorted(record.spec.seed for record in RunStore(tmp_path / "runs").records()) == [0, 2]


def test_a_job_that_dies_is_sent_again_and_then_an_error(specs, tmp_path):
    results = made(specs[2:], tmp_path, fake_runs.train_and_kill_at_seed_3, retries=1)
    assert results[0] is None
    assert load_run(specs[2], RunStore(tmp_path / "runs")) is not None
    assert "was lost 2 times on the cluster" in str(results[1])
    assert [name for name in fake_runs.trained() if name.endswith("s003")] == [fake_runs.trained()[-1]] * 2


def test_an_interruption_cancels_jobs_and_leaves_what_has_ended(specs, tmp_path):
    cluster = SlurmCluster(tmp_path / "jobs", "local", 1.0, 0.0, {"timeout_min": 5}, fake_cluster.train_until_told)

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Driver(cluster, RunStore(tmp_path / "runs")) as driver:
        make_all(specs[:3], driver, interrupt)
    assert [record.spec.seed for record in RunStore(tmp_path / "runs").records()] == [0]
    assert not list((tmp_path / "runs").glob("??/*.attempts/*"))


@pytest.mark.parametrize(
    ("address", "cpus", "gpus", "arguments", "said"),
    [
        ("local", 1.0, 0.5, {}, "gpus 0.5: Slurm gives a job whole ones"),
        ("local", 0.5, 0.0, {}, "cpus 0.5: Slurm gives a job whole ones"),
        ("nowhere", 1.0, 0.0, {}, "submitit sends no jobs to nowhere"),
        ("local", 1.0, 0.0, {"no_such": 1}, "submitit sends no jobs to local"),
    ],
)
def test_what_slurm_cannot_do_is_one_clear_error(tmp_path, address, cpus, gpus, arguments, said):
    with pytest.raises(ValueError, match=said):
        SlurmCluster(tmp_path, address, cpus, gpus, arguments)
