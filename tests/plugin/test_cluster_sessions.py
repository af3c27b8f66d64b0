"""A session whose runs a cluster makes: side by side, judged as here, and not with workers of pytest-xdist."""

import json

import pytest

from tests.plugin.fake_bench import CONFTEST, FRESH

pytest_plugins = ["pytester"]

# the cluster is threads, a run is that of the fake bench, and each leaves how many were under way when it began
CLUSTER = """
import atexit

import stablebert.workers.driver as driving
import stablebert.workers.engines as engines
from tests.workers.fake_cluster import FakeCluster

CLUSTERS = []


def make(spec):
    time.sleep(0.2)
    return train(spec)


def cluster(settings, store):
    CLUSTERS.append(FakeCluster(make, slots=12))
    return CLUSTERS[-1]


def obtained(spec, store, train):
    found = load_run(spec, store)
    if found is not None:
        return found
    key = run_keys(spec).record
    # as `obtain` does: what has failed is known in its session
    with store.attempt(key):
        return store.publish(key, train(spec))


engines._CLUSTERS["ray"] = cluster
driving.obtain = obtained
for name in ("stablebert.workers.driver", "stablebert.workers.node"):
    importlib.import_module(name).run_keys = run_keys


@atexit.register
def leave():
    said = [[one.most, one.is_closed] for one in CLUSTERS]
    (HERE / "clusters.txt").write_text(str(said))
"""
WORDS = (FRESH, "-k", "trec_debiased or sms_debiased", "--stablebert-inconclusive=pass", "--stablebert-report=report")
RAY = "--stablebert-engine=ray"


@pytest.fixture
def clustered(bench, monkeypatch):
    """As `bench`, with a cluster in threads behind `--stablebert-engine ray`."""
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", CONFTEST + CLUSTER)
    return bench


def verdicts_in(folder):
    return json.loads((folder / "report" / "verdicts.json").read_text())["verdicts"]


def test_a_cluster_makes_the_runs_of_a_look_side_by_side_and_the_verdict_is_that_of_this_machine(clustered, pytester):
    loss = {"sms_debiased": 0.9}
    here = clustered(*WORDS, loss=loss)
    judged = verdicts_in(pytester.path)
    there = clustered(*WORDS, RAY, "--stablebert-store=there", loss=loss)
    assert (there.ret, there.trained) == (here.ret, here.trained)
    # decided early: the runs of later looks were sent for neither
    assert len([run for run in there.trained if run.startswith("trec")]) < 20
    most, is_closed = json.loads((pytester.path / "clusters.txt").read_text().lower())[0]
    assert most > 6
    assert is_closed
    assert [one["status"] for one in verdicts_in(pytester.path)] == [one["status"] for one in judged]
    # the control: a change of what is trained is seen in what is judged
    clustered(*WORDS, RAY, "--stablebert-store=other", loss={"trec_debiased": 5.0})
    assert verdicts_in(pytester.path) != judged


def test_what_is_stored_is_sent_no_more(clustered):
    assert clustered(*WORDS, RAY).trained
    assert clustered(*WORDS, RAY).trained == []


def test_an_error_of_a_run_is_that_of_its_item_alone(clustered):
    result = clustered(*WORDS, RAY, broken=[101])
    assert "seed 101 is broken" in result.stdout.str()
    assert result.ret == 1
    assert result.trained.count("trec_debiased_3ep_minilm_fp32_s101") == 1


def test_workers_of_xdist_are_refused(clustered):
    result = clustered(*WORDS, RAY, "-n", "2")
    assert result.ret == 4
    assert (
        "--stablebert-engine ray shares the runs out itself: leave out -n" in result.stdout.str() + result.stderr.str()
    )
    assert result.trained == []


def test_a_cluster_that_cannot_be_had_is_one_sentence(bench, monkeypatch, pytester):
    hidden = CONFTEST + "\nsys.modules['ray'] = None\n"
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", hidden)
    result = bench(*WORDS, RAY)
    said = result.stdout.str() + result.stderr.str()
    assert "engine 'ray' needs Ray, which is not installed: pip install 'stablebert[ray]'" in said
    assert "Traceback" not in said
    assert result.ret == 4
    assert result.trained == []
