"""The optimizer's contract in a session: one item a law, first whatever is selected; a broken law fails the session."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from stablebert.contract import LAWS, Law, Status
from stablebert.project.options import Settings

if TYPE_CHECKING:
    from stablebert.contract import OptimizerUnderTest

FINDING = "stablebert_finding"
_SUBJECTS = pytest.StashKey["dict[tuple[str, str], OptimizerUnderTest]"]()
# as the methods of Section 4 build them
_OURS = {
    "ours0": ("stablebert.optim:BertAdam", '{"fused":true}'),
    "ours1": ("torch.optim:AdamW", '{"fused":true}'),
}
_CANDIDATE = "candidate"


@dataclass(frozen=True)
class LawRequest:
    """One law to check.

    Attributes:
        label: Stands for the optimizer in ids, since `-k` would find tasks and methods in its name.
        optimizer: `package.module:Class`.
        arguments: Its keyword arguments as JSON.
        law: The law.
    """

    label: str
    optimizer: str
    arguments: str
    law: Law

    @property
    def id(self) -> str:
        """Id of the item."""
        return f"{self.label}_{self.law.name}"


class ContractItem:
    """What an item of the contract does.

    Args:
        node: The pytest item.
    """

    def __init__(self, node: pytest.Item) -> None:
        self._node = node

    def check(self, request: LawRequest) -> None:
        """Check a law: broken, it fails the item; waived or not applicable, it skips it with the reason."""
        from stablebert.contract import examine

        subject = self._subject_of(request)
        finding = examine(request.law, subject)
        evidence = [subject.name, finding.law, finding.status, finding.detail]
        self._node.user_properties.append((FINDING, json.dumps(evidence)))
        if finding.status is Status.BROKEN:
            pytest.fail(finding.message, pytrace=False)
        if finding.status is not Status.KEPT:
            pytest.skip(f"{finding.status}: {finding.detail}")

    def _subject_of(self, request: LawRequest) -> "OptimizerUnderTest":
        """Return the optimizer, built and probed once a session and not once a law."""
        from stablebert.contract import load_subject

        known = self._node.session.stash.setdefault(_SUBJECTS, {})
        path = (request.optimizer, request.arguments)
        if path not in known:
            known[path] = load_subject(*path)
        return known[path]


def parametrize_laws(metafunc: pytest.Metafunc, settings: Settings) -> None:
    """Give a test of the contract its laws: of the optimizer to judge, else of ours."""
    given = {_CANDIDATE: (settings.optimizer, settings.optimizer_args)} if settings.optimizer else _OURS
    requests = [LawRequest(label, *optimizer, law) for label, optimizer in given.items() for law in LAWS]
    # a warning of the optimizer's breaks no law, whatever the session makes of warnings
    mark = pytest.mark.filterwarnings("default")
    metafunc.parametrize("law", [pytest.param(request, id=request.id, marks=mark) for request in requests])


def contract_items(items: list[pytest.Item]) -> list[tuple[pytest.Item, LawRequest]]:
    """Return the items of the contract among these, with what they ask for."""
    found = ((item, getattr(getattr(item, "callspec", None), "params", {}).get("law")) for item in items)
    return [(item, request) for item, request in found if isinstance(request, LawRequest)]


class ContractSession:
    """Listens to a session, in every process of it.

    Args:
        held: Whether an optimizer is to be judged, whose contract is kept whatever is selected.
    """

    def __init__(self, held: bool) -> None:
        self._held = held
        self._out_of_sight: list[pytest.Item] = []
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

    def laws_of(self, items: list[pytest.Item]) -> dict[str, str]:
        """Return law by node id of what is among these items or is kept out of sight of the selection."""
        return {item.nodeid: request.law.name for item, request in contract_items(self._out_of_sight + items)}

    def expect(self, laws: Mapping[str, str]) -> None:
        """Take note of the laws that were collected, by node id."""
        self._expected |= laws

    def lines(self) -> list[str]:
        """Return what the summary says: a line an optimizer, and one a law that is broken, waived or not applicable."""
        from stablebert.report import contract_lines

        return [*contract_lines(self.evidence()), *self.notes()]

    def notes(self) -> list[str]:
        """Return what the findings do not say: which laws have none."""
        missing = self.missing
        return [f"contract INVALID: collected and not checked: {', '.join(missing)}"] if missing else []

    def evidence(self) -> list[dict[str, str]]:
        """Return every finding as plain data."""
        names = ("optimizer", "law", "status", "detail")
        return [dict(zip(names, self._findings[nodeid], strict=True)) for nodeid in sorted(self._findings)]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        """Where an optimizer is to be judged, keep its contract out of sight of `-k` and `-m`, and put it first."""
        held = [item for item, _ in contract_items(items)] if self._held else []
        hidden = {id(item) for item in held}
        items[:] = [item for item in items if id(item) not in hidden]
        self._out_of_sight = held
        yield
        items[:0] = held
        self._out_of_sight = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the finding that an item's report carries."""
        for name, value in report.user_properties:
            if name == FINDING:
                known = self._findings.get(report.nodeid)
                # processes that check the same law (`--dist each`) must agree that it is kept
                if known is None or known[2] != Status.BROKEN:
                    self._findings[report.nodeid] = json.loads(str(value))
