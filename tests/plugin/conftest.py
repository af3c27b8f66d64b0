"""A root directory with a bench over synthetic runs."""

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.runs import RunSpec
from tests.frozen import freeze_margins
from tests.plugin import fake_bench
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


def _lines(path):
    lines = path.read_text().splitlines() if path.is_file() else []
    path.unlink(missing_ok=True)
    return lines
