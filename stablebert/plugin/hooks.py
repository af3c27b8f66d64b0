"""The hooks of the pytest door. What a session says at its end is in `plugin.controller`."""

from collections.abc import Generator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stablebert.bench import MARKS
from stablebert.plugin import claims, hookspec
from stablebert.plugin.asked import take_installed_bench
from stablebert.plugin.contract import ContractItem, ContractSession, parametrize_laws
from stablebert.plugin.controller import Controller
from stablebert.plugin.progress import SessionProgress
from stablebert.plugin.requests import order_items, parametrize_cells
from stablebert.plugin.seeds_fixture import Seeds, SeedsSummary
from stablebert.plugin.selection import Selection, is_asked_for, select_items
from stablebert.project.options import OPTIONS, PREFIX, options_in
from stablebert.project.pyproject import adds_code
from stablebert.watched import watch

if TYPE_CHECKING:
    from stablebert.plugin.items import BenchItem

_CONTROLLER = pytest.StashKey[Controller]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the group of options and their ini keys."""
    group = parser.getgroup(PREFIX, "stablebert: fine-tuning runs and gates")
    for option in OPTIONS:
        group.addoption(f"--{PREFIX}-{option.name}", dest=option.key, help=option.text, **option.action)
        parser.addini(option.key, f"default of --{PREFIX}-{option.name}", default=None)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the hook for methods of others."""
    pluginmanager.add_hookspecs(hookspec)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, check the options, and listen for verdicts."""
    for mark in MARKS.values():
        config.addinivalue_line("markers", mark)
    config.addinivalue_line("markers", "claims(*sections): the paper's claims of these sections, on the runs at hand")
    try:
        _check_root(config)
        _, settings = options_in(config)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    take_installed_bench(config)
    contract = ContractSession(held=settings.optimizer is not None)
    controller = Controller(config, settings, contract)
    config.stash[_CONTROLLER] = controller
    config.pluginmanager.register(contract, "stablebert-contract")
    config.pluginmanager.register(SeedsSummary(), "stablebert-seeds")
    config.pluginmanager.register(controller, "stablebert-controller")
    config.pluginmanager.register(controller.faults, "stablebert-faults")
    # a worker of pytest-xdist has no terminal
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SessionProgress(config, controller), "stablebert-progress")


def _check_root(config: pytest.Config) -> None:
    """Refuse a value that pytest has taken for a folder of tests, where that may have moved the root folder.

    Pytest looks for the root before it knows our options: `--stablebert-report /tmp/report` is then two folders.

    Raises:
        ValueError: an option and an existing path outside the working directory stand apart on the command line.
    """
    here = config.invocation_params.dir
    words = [str(word) for word in config.invocation_params.args]
    taking = {f"--{PREFIX}-{option.name}" for option in OPTIONS if not option.flag}
    for name, value in pairwise(words):
        if name in taking and config.getoption("rootdir") is None and _lies_elsewhere(here / value, here):
            raise ValueError(f"{name} {value}: pytest takes the path for tests, which moves its root: {name}={value}")


def _lies_elsewhere(place: Path, here: Path) -> bool:
    try:
        return place.exists() and not place.resolve().is_relative_to(here.resolve())
    except (OSError, RuntimeError):
        # no path to the system: too long for one, say, or links in a circle
        return False


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests of a bench module one parameter a run, a cell, or a law."""
    controller = metafunc.config.stash[_CONTROLLER]
    try:
        # other projects may have a CELLS of their own
        asks = "stablebert_bench" in metafunc.fixturenames and {"run", "gate"} & {*metafunc.fixturenames}
        if asks and hasattr(metafunc.module, "CELLS"):
            asked = partial(is_asked_for, metafunc.config, controller.project)
            names = parametrize_cells(metafunc, controller.project, asked)
            controller.declared.take(metafunc.module, metafunc.definition.nodeid.partition("::")[0], names)
        if claims.FIXTURE in metafunc.fixturenames and "claim" in metafunc.fixturenames:
            claims.parametrize_claims(metafunc)
        if "stablebert_contract" in metafunc.fixturenames and "law" in metafunc.fixturenames:
            parametrize_laws(metafunc, controller.settings)
    except (ValueError, RuntimeError) as error:
        # an error of the project's files is no error of this module's
        controller.refuse(str(error))
        name = next(name for name in ("run", "gate", "claim", "law") if name in metafunc.fixturenames)
        metafunc.parametrize(name, [])


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Have this process watched where it will run code of others and says the exit status itself."""
    config = session.config
    config.stash[_CONTROLLER].cluster.check()
    of_others = config.stash[_CONTROLLER].settings.optimizer is not None or adds_code(config.rootpath)
    if of_others and not (hasattr(config, "workerinput") or config.pluginmanager.hasplugin("dsession")):
        watch()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Take note of modules that declare cells."""
    report = yield
    if isinstance(collector, pytest.Module) and report.passed:
        collector.config.stash[_CONTROLLER].declared.note(collector)
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what is not gated, has no source or makes no sense here, and sort the rest by look."""
    controller = config.stash[_CONTROLLER]
    claims.leave_out_claims(config, items)
    # of a module that is named by its items, not all were looked for
    named = any("::" in argument for argument in config.args)
    refused = controller.refused or (None if named else controller.declared.untaken())
    laws = controller.contract.laws_of(items)
    selection = Selection(refusal=refused) if refused else select_items(config, items, laws, controller)
    if selection.trains and selection.refusal is None:
        selection = replace(selection, refusal=controller.cluster.open(controller.project))
    controller.take(selection)
    if selection.trains:
        order_items(items, controller.project.policy.moments)


@pytest.fixture
def stablebert_bench(request: pytest.FixtureRequest) -> "BenchItem":
    """Run and judge: `stablebert_bench.run(run)`, `stablebert_bench.judge(gate)`."""
    from stablebert.plugin.items import bench_item

    return bench_item(request, request.config.stash[_CONTROLLER])


@pytest.fixture
def stablebert_claims(request: pytest.FixtureRequest) -> claims.ClaimItem:
    """Judge a claim of the paper on the runs at hand: `stablebert_claims.judge(claim)`."""
    return claims.ClaimItem(request.node, request.config.stash[_CONTROLLER].project)


@pytest.fixture
def stablebert_contract(request: pytest.FixtureRequest) -> ContractItem:
    """Check a law of the optimizer's contract: `stablebert_contract.check(law)`."""
    return ContractItem(request.node)


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> Seeds:
    """Gate a training function: `seeds.noninferior(train, margin=1.0)`, with `train(seed)` a score."""
    return Seeds(request.node, request.config.stash[_CONTROLLER].settings)
