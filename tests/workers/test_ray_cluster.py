"""A real Ray cluster of several nodes on this machine: runs, a node that is killed, an interruption, the command."""

import signal
import threading
import time
from pathlib import Path

import pytest

from stablebert.cli.commands import main
from stablebert.records import RunStore
from stablebert.records.obtain import obtain
from stablebert.runs import RunSpec
from stablebert.workers.driver import Driver, make_all
from stablebert.workers.node import RunError
from stablebert.workers.ray_cluster import RayCluster
from tests.records import fake_runs
from tests.workers import fake_cluster

pytest.importorskip("ray", reason="Ray is not installed: pip install 'stablebert[ray]'")
ROOT = Path(__file__).parents[2]
# sockets and files of Ray's own processes, which it leaves to the garbage collector
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning:ray"),
]
_SMALL = {"object_store_memory": 80_000_000}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The cluster, with the sources of a run: a head without room, and two nodes with room for one run each."""
    from ray.cluster_utils import Cluster

    folder = tmp_path_factory.mktemp("ray")
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patched:
        # nodes have the environment that the cluster is started in
        patched.setenv("PYTHONPATH", str(ROOT))
        patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
        spec = fake_runs.set_up(folder, patched)
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **_SMALL})
        try:
            for _ in range(2):
                cluster.add_node(num_cpus=1, **_SMALL)
            yield cluster, spec, folder
        finally:
            cluster.shutdown()
            signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def started(shared):
    """The number of runs that were started, from this test on."""
    before = len(fake_runs.trained())
    return lambda: len(fake_runs.trained()) - before


def driver_on(cluster, folder, train=fake_runs.train, cpus=1.0, **options):
    return Driver(RayCluster(cluster.address, cpus, 0.0, {}, train), RunStore(folder), **options)


def test_runs_are_made_on_the_nodes_with_one_thread_each(shared, tmp_path):
    cluster, spec, _ = shared
    specs = [spec.with_seed(seed) for seed in range(4)]
    with driver_on(cluster, tmp_path, fake_cluster.train_and_say_where) as driver:
        assert driver.slots == 2
        assert make_all(specs, driver, lambda *_: None) == [None] * 4
    records = list(RunStore(tmp_path).records())
    assert len({record.census["process"] for record in records}) >= 2
    assert {record.census["threads"] for record in records} == {"1"}
    assert sorted(record.spec.seed for record in records) == [0, 1, 2, 3]


def test_fractions_of_a_cpu_give_more_room(shared, tmp_path):
    cluster, _, _ = shared
    with driver_on(cluster, tmp_path, cpus=0.25) as driver:
        assert driver.slots == 8
    with pytest.raises(ValueError, match="no node of the Ray cluster has room for a run of 2 CPUs and 0 GPUs"):
        driver_on(cluster, tmp_path, cpus=2.0)


def test_an_error_is_one_at_once_and_a_process_that_dies_is_tried_again(shared, tmp_path, started):
    cluster, spec, _ = shared
    with driver_on(cluster, tmp_path, fake_runs.train_without_odd_seeds) as driver:
        assert isinstance(make_all([spec.with_seed(1)], driver, lambda *_: None)[0], RunError)
    assert started() == 0
    with driver_on(cluster, tmp_path, fake_runs.train_and_kill_at_seed_3, retries=1) as driver:
        lost = make_all([spec.with_seed(3)], driver, lambda *_: None)[0]
    assert "was lost 2 times on the cluster" in str(lost)
    assert started() == 2


def test_a_whole_run_is_the_one_that_this_machine_makes(shared, tmp_path, tiny_encoder, monkeypatch):
    cluster, _, _ = shared
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    spec = RunSpec(task="rte", encoder="custom-000000", encoder_source=str(tiny_encoder), length="1ep")
    with driver_on(cluster, tmp_path / "there", None) as driver:
        there = driver.submit(spec).result().to_dict()
    here = obtain(spec, RunStore(tmp_path / "here")).to_dict()
    for name in ("seconds", "environment"):
        del here[name], there[name]
    assert there == here


def test_the_command_sends_runs_and_finds_them_again(shared, tmp_path, tiny_encoder, monkeypatch, capsys):
    cluster, _, _ = shared
    monkeypatch.chdir(tmp_path)
    words = ["run", "rte_debiased_1ep_minilm_fp32", "--seeds", "2", "--model", str(tiny_encoder), "--store", "runs"]
    assert main([*words, "--engine", "ray", "--address", cluster.address]) == 0
    assert len(list(RunStore(tmp_path / "runs").records())) == 2
    said = capsys.readouterr().out
    assert all(f"_fp32_s00{seed}  accuracy" in said for seed in range(2))
    # no Ray is needed for what is there
    assert main(words) == 0
    assert main([*words, "--engine", "ray", "--jobs", "2"]) == 2
    assert "--jobs 2 is of this machine" in capsys.readouterr().err


def test_an_interruption_ends_the_tasks_and_leaves_what_has_ended(shared, tmp_path, started):
    cluster, spec, _ = shared
    specs = [spec.with_seed(seed) for seed in range(10, 14)]

    def report(*_):
        # seed 10 has ended; the others would go on for ever
        wait_for(lambda: started() >= 2)
        raise KeyboardInterrupt

    with driver_on(cluster, tmp_path, fake_cluster.train_for_ever_but_10) as driver:
        driver.submit(specs[0]).result()
        with pytest.raises(KeyboardInterrupt):
            make_all(specs, driver, report)
    assert [record.spec.seed for record in RunStore(tmp_path).records()] == [10]
    assert not list(tmp_path.glob("??/*.attempts/*"))
    with driver_on(cluster, tmp_path) as driver:
        assert make_all(specs, driver, lambda *_: None) == [None] * 4
    assert sorted(record.spec.seed for record in RunStore(tmp_path).records()) == [10, 11, 12, 13]


def test_a_node_that_is_killed_costs_its_runs_another_try_and_nothing_else(shared, tmp_path, started):
    cluster, spec, folder = shared
    specs = [spec.with_seed(seed) for seed in range(1, 7)]
    results = []
    with driver_on(cluster, tmp_path, fake_cluster.train_until_told) as driver:
        thread = threading.Thread(target=lambda: results.extend(make_all(specs, driver, lambda *_: None)))
        thread.start()
        # one on each node
        wait_for(lambda: started() == 2)
        cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
        cluster.add_node(num_cpus=1, **_SMALL)
        wait_for(lambda: started() == 3)
        (folder / "go").touch()
        thread.join(120)
    assert results == [None] * 6
    assert sorted(record.spec.seed for record in RunStore(tmp_path).records()) == [1, 2, 3, 4, 5, 6]
    # one was on the node, and only that one was begun twice
    assert started() == 7


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)
