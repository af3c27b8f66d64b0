"""The outside package of the examples: installed, its names are known to every door, and its runs are made."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CELL = "parity_quiet.factor0.25_4st_dwarf_fp32"
BENCH = """
from stablebert.bench import cells

CELLS = cells(["parity"], ["quiet.factor0.25"], length="4st")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)
"""


@pytest.fixture(scope="module")
def outside(tmp_path_factory, request):
    """An empty repository with the package installed beside it, and a function that runs Python there."""
    folder = tmp_path_factory.mktemp("outside")
    package = request.config.rootpath / "examples" / "own_things"
    installed, work = folder / "installed", folder / "work"
    work.mkdir()
    # the machine's own setuptools where there is one, else the index's
    isolated = [] if importlib.util.find_spec("setuptools") is None else ["--no-build-isolation"]
    source = folder / "source"
    subprocess.run(["cp", "-r", str(package), str(source)], check=True)
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", *isolated]
    subprocess.run([sys.executable, *install, "--target", str(installed), str(source)], check=True)
    paths = os.pathsep.join([str(installed), str(request.config.rootpath)])
    given = {"PYTHONPATH": paths, "STABLEBERT_CACHE": str(folder / "cache"), "TMPDIR": str(folder)}

    def run(*words):
        environment = {**os.environ, **given, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        for name in ("CI", "GLUE_DIR", "STABLEBERT_STORE"):
            environment.pop(name, None)
        return subprocess.run(
            [sys.executable, *words], cwd=work, env=environment, capture_output=True, text=True, check=False
        )

    run.work = work
    return run


def command(outside, *words):
    return outside("-c", "import sys; from stablebert.cli import main; sys.exit(main())", *words)


def test_what_is_installed_is_listed(outside):
    listed = json.loads(command(outside, "list", "--json").stdout)
    assert {"parity"} <= set(listed["tasks"])
    assert "quiet" in listed["methods"]
    assert "dwarf" in listed["encoders"]


def test_its_runs_are_made_by_the_command_and_found_again_by_pytest(outside):
    made = command(outside, "run", CELL, "--seeds", "2")
    assert made.returncode == 0, made.stdout + made.stderr
    assert made.stdout.count(f"{CELL}_s00") == 2
    (outside.work / "test_bench.py").write_text(BENCH)
    before = sorted(Path(outside.work).rglob("??/*.json"))
    words = ("--stablebert-all", "--stablebert-model=dwarf", "--stablebert-seeds=2", "-p", "no:cacheprovider")
    found = outside("-m", "pytest", "-q", "test_bench.py", *words)
    assert "2 passed" in found.stdout, found.stdout + found.stderr
    assert sorted(Path(outside.work).rglob("??/*.json")) == before


def test_without_the_package_its_names_are_unknown(outside, monkeypatch):
    code = "import sys; from stablebert.cli import main; sys.exit(main())"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    said = subprocess.run(
        [sys.executable, "-c", code, "run", CELL], cwd=outside.work, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert said.returncode == 2
    assert "unknown task 'parity'" in said.stderr
