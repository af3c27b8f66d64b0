"""What the documents say is there, is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from stablebert.cli import COMMANDS
from stablebert.project.options import OPTIONS, PREFIX
from stablebert.report import accepted_cells, accepted_table
from stablebert.tasks import TASKS

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "DEVIATIONS.md",
    "ASSETS.md",
    "baselines/README.md",
    "docs/calibration.md",
    "docs/engine.md",
    "docs/gate.md",
    "docs/sensitivity.md",
)
README = (ROOT / "README.md").read_text()


def unknown_options(text):
    known = {f"--{PREFIX}-{option.name}" for option in OPTIONS}
    return set(re.findall(rf"--{PREFIX}-[a-z-]+", text)) - known


@pytest.mark.parametrize("name", DOCUMENTS)
def test_options_links_and_paths_exist(name):
    text = (ROOT / name).read_text()
    assert unknown_options(text) == set()
    links = re.findall(r"\]\(([^)#:]+)[^):]*\)", text)
    paths = re.findall(r"`((?:stablebert|tests|bench|methods|training|paper)/[a-z_/]+\.py)`", text)
    missing = [link for link in links if not (ROOT / name).parent.joinpath(link).exists()]
    missing += [path for path in paths if not any((base / path).is_file() for base in (ROOT, ROOT / "stablebert"))]
    assert missing == []


def test_an_option_that_does_not_exist_is_noticed():
    assert unknown_options("`--stablebert-sed-block`") == {"--stablebert-sed-block"}


def test_the_readme_names_every_command_and_task():
    assert set(re.findall(r"`stablebert ([a-z]+)", README)) == set(COMMANDS)
    assert {name for name in TASKS if not name.endswith("-1k")} <= set(re.findall(r"[a-z0-9]+", README))


def test_the_readmes_code_runs(tiny_encoder):
    from transformers import AutoModel

    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {"model": AutoModel.from_pretrained(tiny_encoder)}
    exec(code, names)
    assert "pooler.dense.weight" in names["names"]


@pytest.mark.parametrize("words", re.findall(r"\$ (?:GLUE_DIR=\S+ )?pytest (bench .*)", README))
def test_the_readmes_selections_select(words, monkeypatch):
    import shlex

    given = shlex.split(words.replace("mypackage.optim:MyAdam", "stablebert.optim:BertAdam"))
    command = [sys.executable, "-m", "pytest", *given, "--collect-only", "-q", "--stablebert-all"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_place_of_the_results_is_marked_once():
    assert len(re.findall(r"<!-- results:begin -->.*<!-- results:end -->", README, re.DOTALL)) == 1


def test_the_readmes_numbers_are_those_of_the_accepted_runs():
    table = accepted_table(accepted_cells(ROOT / "baselines"))
    assert table in README
    # the control: a changed number is noticed
    assert table.replace("90.17", "90.18") not in README
