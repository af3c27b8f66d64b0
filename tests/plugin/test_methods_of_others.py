"""A method of somebody's conftest goes through `pytest bench` like one of the paper's."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from stablebert.methods import Method
from stablebert.project.catalogue import Catalogue, catalogue_of

pytest_plugins = ["pytester"]
METHODS = '''
from dataclasses import dataclass
from typing import Any

import torch

from stablebert.methods import Method


@dataclass(frozen=True)
class Shrink(Method):
    """Scale the pooler."""

    factor: float = 0.5

    def change_model(self, model: Any, start: Any) -> dict[str, Any]:
        with torch.no_grad():
            model.encoder.pooler.dense.weight.mul_(self.factor)
        return {"reinitialized": ["encoder.pooler.dense.weight"]}


@dataclass(frozen=True)
class Idle(Method):
    """Say that something was redrawn."""

    def change_model(self, model: Any, start: Any) -> dict[str, Any]:
        return {"reinitialized": ["encoder.pooler.dense.weight"]}


@dataclass(frozen=True)
class Secret(Method):
    """Change something and say nothing."""

    def change_model(self, model: Any, start: Any) -> dict[str, Any]:
        with torch.no_grad():
            model.encoder.pooler.dense.weight.mul_(2.0)
        return {}


@dataclass(frozen=True)
class Headless(Method):
    """Lose a group."""

    def refine_groups(self, groups: Any, model: Any, recipe: Any, fidelity: Any) -> Any:
        return [{**group, "params": group["params"][:-1]} for group in groups]
'''
CONFTEST = """
import their_methods


def pytest_stablebert_methods():
    return {added}
"""
BENCH = """
from stablebert.bench import cells

CELLS = cells(["rte"], {methods}, length="2st")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)
"""
TSV = "index\tsentence1\tsentence2\tlabel\n" + "".join(
    f"{index}\tgood film {index}\tbad plot\t{('entailment', 'not_entailment')[index % 2]}\n" for index in range(12)
)


@pytest.fixture
def session(tiny_encoder, pytester, monkeypatch):
    """A root directory with a tiny encoder, a tiny RTE and somebody's methods; call it with methods and cells."""
    for name in ("CI", "STABLEBERT_STORE"):
        monkeypatch.delenv(name, raising=False)
    folder = pytester.path
    (folder / "glue" / "RTE").mkdir(parents=True)
    for name in ("train.tsv", "dev.tsv"):
        (folder / "glue" / "RTE" / name).write_text(TSV)
    monkeypatch.setenv("GLUE_DIR", str(folder / "glue"))
    monkeypatch.setenv("STABLEBERT_CACHE", str(folder / "cache"))
    (folder / "their_methods.py").write_text(METHODS)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")
    (folder / "bench").mkdir()

    def run(added, methods, *arguments):
        (folder / "conftest.py").write_text(CONFTEST.format(added=added))
        (folder / "bench" / "test_section4.py").write_text(BENCH.format(methods=methods))
        usual = ["--stablebert-all", f"--stablebert-model={tiny_encoder}", "--stablebert-seeds=1"]
        return pytester.runpytest_subprocess("bench", *usual, *arguments)

    return run


def test_methods_of_others_are_cells_with_ids(session):
    added = '{"shrink": their_methods.Shrink}'
    result = session(added, ["shrink", "shrink.factor0.25", "reinit+shrink"], "-k", "shrink", "-v")
    result.assert_outcomes(passed=3, skipped=3)
    result.stdout.fnmatch_lines(["*test_run?rte_reinit+shrink_2st_custom-*_fp32_s000?*PASSED*"])
    result.stdout.fnmatch_lines(["*rte_shrink.factor0.25_2st_custom-*: measured, not gated: 1 seeds*"])


def test_a_method_that_does_not_do_what_it_says_is_named(session):
    added = '{"idle": their_methods.Idle, "secret": their_methods.Secret, "headless": their_methods.Headless}'
    result = session(added, ["idle", "secret", "headless"])
    result.assert_outcomes(failed=6)
    result.stdout.fnmatch_lines(
        [
            "*method Idle says that it has redrawn encoder.pooler.dense.weight, which did not move*",
            "*method Secret has changed encoder.pooler.dense.weight and does not name it*",
            "*1 trainable parameters are in no group*",
        ]
    )


@dataclass(frozen=True)
class Idle(Method):
    """A method that does nothing."""


@dataclass(frozen=True)
class Worded(Method):
    """A method with a parameter that no id can show."""

    mode: str = "fast"


def asked(*answers):
    """Return what a project takes that gets these answers from the hook."""
    return catalogue_of(Path("/nowhere"), answers).methods


def test_a_class_is_known_by_where_it_is_imported_from():
    assert asked({"idle": Idle}) == {"idle": f"{__name__}:Idle"}
    assert asked() == {}


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([{"reinit": Idle}], "'reinit' clashes with 'reinit'"),
        ([{"mix": Idle}], "'mix' clashes with 'mixout'"),
        ([{"benched": Idle}], "'benched' clashes with 'bench'"),
        ([{"rtextra": Idle}], "'rtextra' clashes with 'rte'"),
        ([{"step": Idle}], "'step' clashes with"),
        ([{"idle": Idle, "idler": Idle}], "'idler' clashes with 'idle'"),
        ([{"idle": Idle}, {"idle": Worded}], "'idle' is added twice"),
        ([{"Idle2": Idle}], "'Idle2' is not made of lower-case letters"),
        ([{"idle": dict}], "builtins:dict' does not inherit from stablebert.methods.Method"),
        ([{"idle": type("Local", (Idle,), {})}], ":Local' .* does not import"),
        ([{"idle": type("Idle", (Idle,), {})}], ":Idle imports as another class"),
        ([{"idle": Worded}], "parameter 'mode' with default 'fast' cannot stand in an id"),
        ([["idle"]], "is no dict from name to class"),
    ],
)
def test_what_cannot_be_a_method_is_one_clear_error(answers, message):
    with pytest.raises(ValueError, match=f"pytest_stablebert_methods: .*{message}"):
        asked(*answers)


def test_a_spec_names_the_sources_that_its_method_needs_alone():
    catalogue = Catalogue(methods={"shrink": "a:Shrink", "idle": "a:Idle"})
    assert catalogue.method_sources("reinit+shrink.factor2") == '{"shrink":"a:Shrink"}'
    assert catalogue.method_sources("reinit") == "{}"
