"""A root directory with a bench over synthetic runs, and one with a training function of anyone's."""

import json

import pytest

from stablebert.baselines import baseline_path, write_baseline

# a session in this process forgets the modules that it is the first to load, and the next would have them twice
from stablebert.gate import rule  # noqa: F401
from stablebert.report import verdicts  # noqa: F401
from stablebert.runs import RunSpec
from stablebert.scores import finished, training  # noqa: F401
from tests.frozen import freeze_margins
from tests.plugin import fake_bench
from tests.plugin.seeds_module import GATE, MODULE, SCORES
from tests.synthetic import synthetic_rows


@pytest.fixture
def bench(pytester, request, monkeypatch):
    """A root directory with a bench, baselines about 90 points and a margin of 1; call it with pytest's arguments."""
    for name in ("CI", "GLUE_DIR", "STABLEBERT_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = pytester.path / "baselines"
    for task, method in (("trec", "bertadam"), ("trec", "debiased"), ("trec", "reinit"), ("sms", "debiased")):
        spec = RunSpec(task=task, method=method)
        header = {"cell": spec.cell.id, "cell_key": "cell", "data": "data", "environment_class": "cpu-fp32"}
        write_baseline(baseline_path(folder, spec.cell), header, synthetic_rows(90.0, range(20)))
    freeze_margins(folder)
    (pytester.path / "bench").mkdir()
    (pytester.path / "bench" / "test_section4.py").write_text(fake_bench.BENCH)

    def run(*arguments, loss=None, failed=(), broken=()):
        conftest = fake_bench.CONFTEST.format(
            root=str(request.config.rootpath), loss=loss or {}, failed=set(failed), broken=set(broken)
        )
        (pytester.path / "conftest.py").write_text(conftest)
        result = pytester.runpytest_subprocess("bench", *arguments)
        result.trained = sorted(_lines(pytester.path / "trained.txt"))
        return result

    return run


@pytest.fixture
def seeds_session(pytester, monkeypatch):
    """A module with a gate over scores about 90 points; call it with pytest's arguments and what is planted."""
    for name in ("CI", "STABLEBERT_STORE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, test=GATE, **plan):
        (pytester.path / "test_model.py").write_text(MODULE.format(test=test))
        (pytester.path / "plan.json").write_text(json.dumps({"scores": SCORES, **plan}))
        log = pytester.path / "trained.txt"
        log.unlink(missing_ok=True)
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments, no_reraise_ctrlc=True)
        result.trained = [int(line) for line in log.read_text().split()] if log.is_file() else []
        result.text = "\n".join(result.outlines)
        # a session within this one may be told that its modules are loaded already
        result.outcomes = {name: count for name, count in result.parseoutcomes().items() if name != "warnings"}
        return result

    run.path = pytester.path
    run.file = pytester.path / "test_model" / "test_it.csv"
    return run


@pytest.fixture
def accepted(seeds_session):
    """The same with its scores accepted."""
    seeds_session()
    return seeds_session


def _lines(path):
    lines = path.read_text().splitlines() if path.is_file() else []
    path.unlink(missing_ok=True)
    return lines
