"""Which engine a project has, and what is said of one that cannot be had."""

import sys
from pathlib import Path

import pytest

from stablebert.project.options import settings_of
from stablebert.workers import engines
from stablebert.workers.driver import Driver
from tests.workers.fake_cluster import FakeCluster


def test_runs_are_made_here_unless_an_engine_is_named(tmp_path):
    assert engines.driver_of(settings_of({}), tmp_path) is None


@pytest.mark.parametrize(("engine", "module", "extra"), [("ray", "ray", "ray"), ("slurm", "submitit", "slurm")])
def test_an_engine_that_is_not_installed_says_how_to_install_it(tmp_path, monkeypatch, engine, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ValueError, match=rf"engine '{engine}' needs .*pip install 'stablebert\[{extra}\]'"):
        engines.driver_of(settings_of({"engine": engine}), tmp_path)


@pytest.mark.parametrize(
    ("given", "device", "gpus"), [({}, "cpu", 0.0), ({}, "cuda", 1.0), ({"gpus": "0.25"}, "cuda", 0.25)]
)
def test_the_options_reach_the_cluster(tmp_path, monkeypatch, given, device, gpus):
    seen = []
    monkeypatch.setenv("STABLEBERT_DEVICE", device)
    monkeypatch.setattr(engines, "RayCluster", lambda *words: seen.append(words) or FakeCluster(slots=64))
    options = {
        "engine": "ray",
        "address": "head:6379",
        "cpus": "2",
        "at-once": "8",
        "engine-args": '{"namespace": "a"}',
    }
    with engines.driver_of(settings_of({**options, **given}), tmp_path) as driver:
        assert isinstance(driver, Driver)
        assert driver.slots == 8
    assert seen == [("head:6379", 2.0, gpus, {"namespace": "a"})]


def test_a_time_that_a_run_may_take_is_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "RayCluster", lambda *words: FakeCluster(slots=1))
    with pytest.raises(ValueError, match="run-timeout 60 s is of this machine's runs; ray has limits of its own"):
        engines.driver_of(settings_of({"engine": "ray", "run-timeout": "1m"}), tmp_path)
    # here it is none of a cluster's business
    assert engines.driver_of(settings_of({"run-timeout": "1m"}), tmp_path) is None


@pytest.mark.parametrize(
    ("name", "value"), [("engine", "dask"), ("gpus", "-1"), ("at-once", "0"), ("engine-args", "[]")]
)
def test_a_value_that_is_none_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"--stablebert-{name} "):
        settings_of({name: value})


def test_no_library_of_a_cluster_is_loaded_where_none_is_asked_for():
    source = Path(engines.__file__).parent
    for name in ("ray_cluster.py", "slurm_cluster.py"):
        lines = (source / name).read_text().splitlines()
        assert not [line for line in lines if line.startswith(("import ray", "import submitit", "from ray"))]
