"""What a run item and a gate item do."""

import json

import pytest

from stablebert.gate import Status
from stablebert.plugin.bench_session import BenchSession
from stablebert.plugin.controller import VERDICT, Controller, now
from stablebert.plugin.requests import GateRequest, RunRequest, request_of
from stablebert.project.judging import MENDABLE, invalid
from stablebert.report import properties_of
from stablebert.watched import end_in_order

SESSION = pytest.StashKey[BenchSession]()


class BenchItem:
    """One item of a bench module with the session that it belongs to.

    Args:
        node: The pytest item.
        session: What this process knows.
    """

    def __init__(self, node: pytest.Item, session: BenchSession) -> None:
        self._node = node
        self._session = session

    def run(self, request: RunRequest) -> None:
        """Make a run, or skip it where its cell is decided without it."""
        try:
            outcome = self._session.run(request)
        except MENDABLE as error:
            # what it came of is not shown beside it: an error of these kinds is a sentence
            raise pytest.fail.Exception(f"{request.id}: {error}", pytrace=False) from None
        if isinstance(outcome, str):
            pytest.skip(outcome)

    def judge(self, gate: GateRequest) -> None:
        """Judge a cell: FAIL and INVALID fail the item, INCONCLUSIVE, a waived FAIL and cells not gated skip it."""
        if gate.cell not in self._session.gated:
            # the number of a session's cells is known before any is judged
            pytest.fail(f"{gate.id} was not collected: a gate is a parameter of its test", pytrace=False)
        if not self._session.gated[gate.cell] and self._session.project.settings.expect is None:
            self._measure(gate)
        try:
            verdict = self._session.verdict(gate.cell)
        except MENDABLE as error:
            verdict = invalid(self._session.project, gate.cell, str(error), self._session.among)
        evidence = {"verdict": verdict.to_dict()}
        self._node.user_properties += [(VERDICT, json.dumps(evidence)), *properties_of(verdict)]
        if verdict.status is Status.INCONCLUSIVE:
            pytest.skip(verdict.sentence())
        waiver = self._session.project.waivers.get(gate.id)
        if verdict.status is Status.FAIL and waiver is not None:
            pytest.skip(f"waived {waiver}; {verdict.sentence()}")
        if verdict.status is not Status.PASS:
            pytest.fail(f"{gate.id}: {verdict.sentence()}", pytrace=False)

    def _measure(self, gate: GateRequest) -> None:
        try:
            seen = self._session.measured(gate.cell, gate.runs)
        except MENDABLE as error:
            raise pytest.fail.Exception(f"{gate.id}: {error}", pytrace=False) from None
        self._node.user_properties.append((VERDICT, json.dumps({"measured": f"{gate.id}: {seen}"})))
        pytest.skip(seen)


def bench_item(request: pytest.FixtureRequest, controller: Controller) -> BenchItem:
    """Return the item of a fixture request; the first of a process sets its session up."""
    stash = request.config.stash
    if SESSION not in stash:
        found = [request_of(item) for item in request.session.items]
        cells = [one.cell for one in found if isinstance(one, GateRequest)]
        runs = [one for one in found if isinstance(one, RunRequest)]
        driver = controller.cluster.driver
        stash[SESSION] = BenchSession(
            controller.project, cells, controller.deadline, now, controller.name, driver, runs
        )
        # who is told to end must not leave a run behind that looks as if it had ended its process
        end_in_order()
    return BenchItem(request.node, stash[SESSION])
