"""What a session makes of the contract: its items come first, whatever is selected, and a broken law fails it."""

import json
from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from typing import Any

import pytest

from stablebert.contract import Status
from stablebert.plugin.contract_items import FINDING, contract_items, requested_law
from stablebert.project.options import Settings


class ContractSession:
    """Listens to a session, in every process of it.

    Args:
        settings: The options in force.
    """

    def __init__(self, settings: Settings) -> None:
        self._held = settings.optimizer is not None
        self._expected: dict[str, str] = {}
        self._findings: dict[str, list[str]] = {}

    @property
    def is_broken(self) -> bool:
        """Whether a law is broken."""
        return any(status == Status.BROKEN for _, _, status, _ in self._findings.values())

    @property
    def missing(self) -> list[str]:
        """Laws that were collected and not checked."""
        return sorted({law for nodeid, law in self._expected.items() if nodeid not in self._findings})

    def lines(self) -> list[str]:
        """Return what the summary says: a line an optimizer, and one a law that is broken, waived or not applicable."""
        by_optimizer = defaultdict(list)
        for finding in self._findings.values():
            by_optimizer[finding[0]].append(finding)
        lines = [line for name in sorted(by_optimizer) for line in _lines(name, by_optimizer[name])]
        if self.missing:
            lines.append(f"contract INVALID: collected and not checked: {', '.join(self.missing)}")
        return lines

    def evidence(self) -> list[dict[str, str]]:
        """Return every finding as plain data."""
        names = ("optimizer", "law", "status", "detail")
        return [dict(zip(names, self._findings[nodeid], strict=True)) for nodeid in sorted(self._findings)]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        """Where an optimizer is to be judged, keep its contract out of sight of `-k` and `-m`, and put it first."""
        held = contract_items(items) if self._held else []
        out_of_sight = {id(item) for item in held}
        items[:] = [item for item in items if id(item) not in out_of_sight]
        yield
        items[:0] = held

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take note of what this process has collected."""
        self._expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:  # noqa: ARG002
        """Take note of what the workers have collected."""
        self._expect(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the finding that an item's report carries."""
        for name, value in report.user_properties:
            if name == FINDING:
                known = self._findings.get(report.nodeid)
                # processes that check the same law (`--dist each`) must agree that it is kept
                if known is None or known[2] != Status.BROKEN:
                    self._findings[report.nodeid] = json.loads(str(value))

    def _expect(self, nodeids: Iterable[str]) -> None:
        self._expected |= {nodeid: law for nodeid in nodeids if (law := requested_law(nodeid)) is not None}


def _lines(optimizer: str, findings: list[list[str]]) -> list[str]:
    found = {status: [(law, detail) for _, law, given, detail in findings if given == status] for status in Status}
    counts = ", ".join(f"{len(laws)} {status}" for status, laws in found.items() if laws)
    verdict = "FAIL" if found[Status.BROKEN] else "PASS"
    return [
        f"contract {verdict}: {optimizer}: {counts}",
        *(f"broken law {law}: {detail}" for law, detail in found[Status.BROKEN]),
        *(f"waived law {law}: {reason}" for law, reason in found[Status.WAIVED]),
        *(f"not applicable: {law}: {reason}" for law, reason in found[Status.NOT_APPLICABLE]),
    ]
