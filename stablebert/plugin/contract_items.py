"""The items of the contract: one a law and optimizer."""

import json
from dataclasses import dataclass

import pytest

from stablebert.contract import LAWS, Law, Status
from stablebert.project.options import Settings

FINDING = "stablebert_finding"
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
        from stablebert.contract import examine, load_subject

        subject = load_subject(request.optimizer, request.arguments)
        finding = examine(request.law, subject)
        evidence = [subject.name, finding.law, finding.status, finding.detail]
        self._node.user_properties.append((FINDING, json.dumps(evidence)))
        if finding.status is Status.BROKEN:
            pytest.fail(finding.message, pytrace=False)
        if finding.status is not Status.KEPT:
            pytest.skip(f"{finding.status}: {finding.detail}")


def parametrize_laws(metafunc: pytest.Metafunc, settings: Settings) -> None:
    """Give a test of the contract its laws: of the optimizer to judge, else of ours."""
    given = {_CANDIDATE: (settings.optimizer, settings.optimizer_args)} if settings.optimizer else _OURS
    requests = [LawRequest(label, *optimizer, law) for label, optimizer in given.items() for law in LAWS]
    # a warning of the optimizer's breaks no law, whatever the session makes of warnings
    mark = pytest.mark.filterwarnings("default")
    metafunc.parametrize("law", [pytest.param(request, id=request.id, marks=mark) for request in requests])


def contract_items(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the items of the contract among these."""
    return [
        item
        for item in items
        if isinstance(getattr(getattr(item, "callspec", None), "params", {}).get("law"), LawRequest)
    ]


def requested_law(nodeid: str) -> str | None:
    """Return the law that a node id names, or None for an item of somebody else's.

    Example:
        >>> requested_law("bench/test_optimizer_contract.py::test_law[candidate_impulse-fades]")
        'impulse-fades'
        >>> requested_law("test_physics.py::test_law[candidate_gravity]")
    """
    kind, _, text = nodeid.rpartition("::")[2].removesuffix("]").partition("[")
    label, _, name = text.partition("_")
    known = kind == "test_law" and label in (*_OURS, _CANDIDATE) and name in {law.name for law in LAWS}
    return name if known else None
