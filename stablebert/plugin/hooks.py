"""The pytest doors: options, collection and items. What a session says at its end is in `doors.controller`."""

from typing import TYPE_CHECKING

import pytest

from stablebert.plugin import hookspec
from stablebert.plugin.contract_items import ContractItem, parametrize_laws
from stablebert.plugin.contract_session import ContractSession
from stablebert.plugin.controller import Controller
from stablebert.plugin.peak_memory import PeakMemory
from stablebert.plugin.selection import order_items, parametrize_cells, select_items
from stablebert.project.options import add_options, settings_of

if TYPE_CHECKING:
    from stablebert.plugin.items import BenchItem

_CONTROLLER = pytest.StashKey[Controller]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the hook for methods of others."""
    pluginmanager.add_hookspecs(hookspec)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, check the options, and listen for verdicts."""
    config.addinivalue_line("markers", "paper(section, table, figure): where the paper has a cell")
    settings = settings_of(config)
    contract = ContractSession(settings)
    controller = Controller(config, settings, contract)
    config.stash[_CONTROLLER] = controller
    config.pluginmanager.register(contract, "stablebert-contract")
    config.pluginmanager.register(controller, "stablebert-controller")
    if controller.trains and not config.option.collectonly:
        config.pluginmanager.register(PeakMemory(), "stablebert-peak-memory")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests of a bench module one parameter a run, a cell, or a law."""
    settings = metafunc.config.stash[_CONTROLLER].settings
    # other projects may have a CELLS of their own
    if "stablebert_bench" in metafunc.fixturenames and hasattr(metafunc.module, "CELLS"):
        parametrize_cells(metafunc, settings)
    if "stablebert_contract" in metafunc.fixturenames and "law" in metafunc.fixturenames:
        parametrize_laws(metafunc, settings)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what is not gated, has no source or makes no sense here, and sort the rest by look."""
    controller = config.stash[_CONTROLLER]
    controller.took(select_items(config, items, controller.settings), items)
    order_items(items, controller.settings.policy.moments)


@pytest.fixture
def stablebert_bench(request: pytest.FixtureRequest) -> "BenchItem":
    """Run and judge: `stablebert_bench.run(run)`, `stablebert_bench.judge(gate)`."""
    from stablebert.plugin.items import bench_item

    return bench_item(request, request.config.stash[_CONTROLLER].settings)


@pytest.fixture
def stablebert_contract(request: pytest.FixtureRequest) -> ContractItem:
    """Check a law of the optimizer's contract: `stablebert_contract.check(law)`."""
    return ContractItem(request.node)
