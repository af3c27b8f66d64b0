"""The page on things of one's own: a project made as it says has its names in both doors."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
import torch
from transformers import BertForSequenceClassification

from stablebert.methods import pretrained_values
from tests.test_documents import page

METHOD = """
from dataclasses import dataclass

from stablebert.methods import Method


@dataclass(frozen=True)
class Shrink(Method):
    factor: float = 0.5
"""
LIST = ("-c", "import sys; from stablebert.cli.commands import main; sys.exit(main(['list']))")
KINDS = {"tasks": "tickets", "methods": "shrink", "encoders": "house"}


def tables_in(name):
    """Return the text of a document's one block of TOML."""
    (text,) = re.findall(r"```toml\n(.*?)```", page(name), re.DOTALL)
    return text


@pytest.fixture
def project(tmp_path, tiny_encoder):
    """A folder with the page's tables and bench module, and all that they name."""
    (tmp_path / "pyproject.toml").write_text(tables_in("docs/own.md"))
    (tmp_path / "mypackage").mkdir()
    (tmp_path / "mypackage" / "methods.py").write_text(METHOD)
    (tmp_path / "data" / "tickets").mkdir(parents=True)
    lines = [f"{word} {number},{number % 2}" for word in ("late", "paid") for number in range(20)]
    (tmp_path / "data" / "tickets" / "train.csv").write_text("\n".join(["text,label", *lines]))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "house-bert").symlink_to(tiny_encoder)
    (bench,) = re.findall(r"```python\n(from stablebert.bench.*?)```", page("docs/own.md"), re.DOTALL)
    (tmp_path / "test_bench.py").write_text(bench)
    return tmp_path


def said(project, *words):
    environment = {**os.environ, "PYTHONPATH": str(project)}
    done = subprocess.run([sys.executable, *words], cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_readme_and_page_name_the_same():
    assert tomllib.loads(tables_in("README.md")) == tomllib.loads(tables_in("docs/own.md"))
    assert {
        kind: next(iter(names)) for kind, names in tomllib.loads(tables_in("README.md"))["tool"]["stablebert"].items()
    } == KINDS


def test_the_commands_list_what_the_project_adds(project):
    listed = said(project, *LIST)
    assert [name for name in KINDS.values() if not re.search(rf"\b{name}\b", listed)] == []
    # the control: without its tables the project adds nothing
    (project / "pyproject.toml").write_text("")
    assert not set(KINDS.values()) & set(re.findall(r"\w+", said(project, *LIST)))


def test_the_loop_of_the_page_pulls_to_the_pretrained_weights_and_mixes_with_them(tiny_encoder):
    (loop,) = re.findall(r"```python\n(import torch.*?)```", page("docs/own.md"), re.DOTALL)
    before = "pretrained = pretrained_values(model)"
    for text, at_home in ((loop, True), (loop.replace(before, "pretrained = None"), False)):
        model = BertForSequenceClassification.from_pretrained(tiny_encoder)
        anchor = pretrained_values(model)
        made = {"model": model}
        exec(text, made)
        # one step at a rate that takes every weight home, and nothing else moves it
        for group in made["optimizer"].param_groups:
            group |= {"lr": 100.0, "weight_decay": 0.0}
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        made["optimizer"].step()
        parameters = dict(model.named_parameters())
        pulled = [torch.equal(parameters[name].detach(), anchor[name]) for name in made["names"]]
        mixed = [
            torch.equal(model.get_submodule(name[: -len(".weight")]).target, anchor[name]) for name in made["mixed"]
        ]
        # of the control only biases and the like could be where they were
        assert (all(pulled), all(mixed)) == (at_home, at_home)


def test_pytest_collects_the_bench_of_the_page(project):
    collected = said(
        project, "-m", "pytest", "test_bench.py", "--collect-only", "-q", "--stablebert-all", "-p", "no:cacheprovider"
    )
    assert "tickets_debiased_3ep_minilm_fp32" in collected
    assert "tickets_shrink.factor2_3ep_minilm_fp32" in collected
