"""What befalls a session: items that fail without a verdict, and workers that end before any item begins."""

from typing import Any

import pytest

from stablebert.project.options import Settings


class Faults:
    """Listens to a session in the process that says its verdict.

    Args:
        settings: The options in force.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failed: list[str] = []
        self._collected: set[str] = set()

    def failed(self, bench: frozenset[str]) -> list[str]:
        """Return the items that have failed, of those with these node ids."""
        return [nodeid for nodeid in self._failed if nodeid in bench]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of an item that fails, also of one whose worker died."""
        if report.failed and report.nodeid not in self._failed:
            self._failed.append(report.nodeid)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        """Take note of a worker that has come so far."""
        self._collected.add(node.gateway.id)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Refuse a session whose workers end while they collect, where code of others does it: each would.

        Raises:
            pytest.UsageError: that is so.
        """
        optimizer = self._settings.optimizer
        if error and optimizer is not None and node.gateway.id not in self._collected:
            raise pytest.UsageError(
                f"a worker ended while it collected the bench: optimizer {optimizer!r} ends its process when it is "
                "imported or first driven"
            )
